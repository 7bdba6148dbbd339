"""Each chunk knows its page and box, so an answer can be checked against the PDF."""

import hashlib
import io
from dataclasses import dataclass

import pdfplumber
from reportlab.pdfgen.canvas import Canvas

SECTIONS = {"Dividend": "The board proposes 1.20 euros a share.",
            "Outlook": "Growth: 2 per cent.", "Risks": "A claim of 9 million."}  # fmt: skip


def report(sections: dict[str, str]) -> bytes:
    """One section a page: a heading and a line."""
    canvas = Canvas(buffer := io.BytesIO(), pagesize=(360, 120), invariant=1)
    for heading, line in sections.items():
        canvas.drawString(30, 90, heading)
        canvas.drawString(30, 65, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


# --8<-- [start:chunks]
@dataclass(frozen=True)
class Chunk:
    text: str
    source: str
    page: int
    box: tuple[int, int, int, int]  # left, top, right, bottom in points from the top left
    section: str
    parser: str = f"pdfplumber {pdfplumber.__version__}"

    @property
    def key(self) -> str:
        """Equal for equal content in an equal place of the outline, whatever the page."""
        content = "\x1f".join((self.source, self.section, self.text))
        return hashlib.sha256(content.encode()).hexdigest()[:8]


def chunks(data: bytes, source: str) -> list[Chunk]:
    found = []
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            heading, body = page.extract_text_lines()
            left, top, right, bottom = (body[k] for k in ("x0", "top", "x1", "bottom"))
            box = int(left), int(top), int(right) + 1, int(bottom) + 1
            found.append(Chunk(body["text"], source, page.page_number, box, heading["text"]))
    return found


# --8<-- [end:chunks]
if __name__ == "__main__":
    old = chunks(report(SECTIONS), "report.pdf")
    for c in old:
        print(f"{c.key} p. {c.page} {c.box} {c.section}: {c.text}")
    changed = {"Letter": "Dear owners."} | SECTIONS | {"Outlook": "Growth: 1 per cent."}
    new = chunks(report(changed), "report.pdf")
    before, after = {c.key for c in old}, {c.key for c in new}
    kept, gone, fresh = len(before & after), len(before - after), len(after - before)
    print(f"\nafter an edit and a new first page: kept {kept}, deleted {gone}, new {fresh}")
