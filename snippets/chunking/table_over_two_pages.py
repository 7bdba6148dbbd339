"""A table that runs over two pages, put together again with its empty cells."""

import io

import pdfplumber
import pypdf
from reportlab.lib import colors
from reportlab.platypus import SimpleDocTemplate, Table

HEADER = ["Segment", "Revenue", "Profit", "Staff"]
ROWS = [
    ["Ports", "412", "38", "1,204"], ["Rail", "198", "", "877"],
    ["Road and\nstorage", "305", "21", "2,310"], ["Energy", "", "12", "96"],
    ["Leasing", "77", "9", ""], ["Group", "992", "80", "4,487"],
]  # fmt: skip
Row = list[str]


def pdf(repeat: int) -> bytes:
    """The table on two small pages; with `repeat` 1 its header stands on both."""
    document = SimpleDocTemplate(buffer := io.BytesIO(), pagesize=(320, 122), invariant=1,
                                 topMargin=8, bottomMargin=8)  # fmt: skip
    table = Table([HEADER, *ROWS], repeatRows=repeat)
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    document.build([table])
    return buffer.getvalue()


# --8<-- [start:join]
def join_pages(data: bytes) -> list[Row]:
    """Rows of all pages: one header, line breaks inside cells removed, equal columns only."""
    rows: list[Row] = []
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            for table in page.extract_tables():
                clean = [[(cell or "").replace("\n", " ") for cell in row] for row in table]
                if rows and len(clean[0]) != len(rows[0]):
                    raise ValueError(f"page {page.page_number}: not the same table")
                rows += clean[1:] if rows and clean[0] == rows[0] else clean
    return rows


# --8<-- [end:join]
if __name__ == "__main__":
    truth = [[cell.replace("\n", " ") for cell in row] for row in (HEADER, *ROWS)]
    for repeat in (1, 0):
        data = pdf(repeat)
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        found = sum(len(t) for p in pdfplumber.open(io.BytesIO(data)).pages
                    for t in p.extract_tables())  # fmt: skip
        print(f"header on {'both pages' if repeat else 'page 1 only'}: {len(pages)} pages,",
              f"{found} rows found, joined {len(join_pages(data))},",
              "equal to source:", join_pages(data) == truth)  # fmt: skip
    print("\nthe second page as plain text, header not repeated:")
    print(pages[1].extract_text())
    print("\nthe same page's rows as cells:")
    print(*map(str, join_pages(data)[4:]), sep="\n")
