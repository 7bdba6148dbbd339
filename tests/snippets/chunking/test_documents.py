"""docs/chunking/documents.md"""

import io

import numpy as np
import pdfplumber
import pypdf
import pytest
from rapidfuzz.distance import Levenshtein

from snippets.chunking import (
    chunk_lineage,
    html_sections,
    ocr_error_rate,
    route_pages,
    table_chunks,
    table_header_recall,
    table_over_two_pages,
    totals_need_sql,
    two_column_order,
)


def test_damaged_text_layer_is_as_long_as_the_good_one_and_has_no_common_word():
    """Page 3 has as many characters as page 1 and not one common word; pages 2 and 3 go to OCR."""
    picture = route_pages.pypdfium2.PdfDocument(route_pages.pages())[0].render(scale=1).to_pil()
    with pdfplumber.open(io.BytesIO(route_pages.pages(picture))) as pdf:
        good, scan, damaged = map(route_pages.route, pdf.pages)
    assert good[0] == damaged[0] > 100 and scan[0] == 0
    assert good[2] > 0.3 and damaged[2] == 0
    assert [d.split(":")[0] for *_, d in (good, scan, damaged)] == ["text layer", "OCR", "OCR"]


def texts(words: list[dict]) -> list[str]:
    return [word["text"] for word in words]


@pytest.mark.parametrize("drawn", ["by row", "by column"])
def test_recursive_cuts_equal_columns_cropped_by_hand(drawn):
    """Recursive cuts give the order of title, left column, right column, cropped by hand."""
    with pdfplumber.open(io.BytesIO(two_column_order.page(drawn))) as pdf:
        page = pdf.pages[0]
        boxes = (0, 0, 360, 40), (0, 40, 190, 170), (190, 40, 360, 170)
        by_hand = [w for box in boxes for w in texts(page.crop(box).extract_words())]
        assert texts(two_column_order.reading_order(page.extract_words())) == by_hand


def test_file_order_differs_between_pages_that_look_the_same():
    """The two pages hold the same words at the same places, and pypdf reads them differently."""
    pages = [two_column_order.page(drawn) for drawn in ("by row", "by column")]
    places = [sorted((w["text"], w["x0"], w["top"]) for w in
                     pdfplumber.open(io.BytesIO(p)).pages[0].extract_words()) for p in pages]  # fmt: skip
    assert places[0] == places[1]
    read = [pypdf.PdfReader(io.BytesIO(p)).pages[0].extract_text().split() for p in pages]
    assert sorted(read[0]) == sorted(read[1]) and read[0] != read[1]


@pytest.mark.parametrize(("gutter", "right"), [(20, "ABCD"), (8, "ACBD")])
def test_cut_fails_where_paragraphs_are_further_apart_than_columns(gutter, right):
    """A gap between columns narrower than the gap between paragraphs mixes the columns."""
    places = {"A": (0, 0), "B": (0, 22), "C": (50 + gutter, 0), "D": (50 + gutter, 22)}
    words = [{"text": t, "x0": x, "x1": x + 50, "top": y, "bottom": y + 10}
             for t, (x, y) in places.items()]  # fmt: skip
    assert "".join(texts(two_column_order.reading_order(words))) == right


def test_error_rate_by_hand_and_against_its_parts():
    """CER is replaced plus missing plus inserted characters over the length of the truth."""
    assert ocr_error_rate.error_rate("12,495.00", "12,95.00") == pytest.approx(1 / 9)
    assert ocr_error_rate.error_rate("ab", "xyzab") == 1.5
    parts = Levenshtein.editops("harbour", "narbor")
    assert ocr_error_rate.error_rate("harbour", "narbor") == len(parts) / 7


def test_low_error_rate_can_still_lose_amounts():
    """Clean lines: all amounts right at 200 dpi, not at 100, with under 5 % wrong characters."""
    engine = ocr_error_rate.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    found = {}
    for dpi in (200, 100):
        read = [engine(cut, use_det=False, use_cls=False)[0][0][0].strip()
                for cut in ocr_error_rate.scan(dpi, 0)]  # fmt: skip
        text = " ".join(read)
        assert ocr_error_rate.error_rate(" ".join(ocr_error_rate.LINES), text) < 0.05
        found[dpi] = sum(amount in text for amount in ocr_error_rate.AMOUNTS)
    assert found[200] == 4 > found[100]


def test_the_invoice_checks_itself():
    """Ten pumps, tax and total of the invoice agree, so a misread amount can be found."""
    unit, net, tax, total = (
        round(100 * float(a.replace(",", ""))) for a in ocr_error_rate.AMOUNTS
    )
    assert 10 * unit == net and net + tax == total and round(net * 0.19) == tax


@pytest.mark.parametrize("repeat", [0, 1])
def test_table_over_two_pages_equals_its_source(repeat):
    """Joined rows equal the source, with and without a repeated header."""
    data = table_over_two_pages.pdf(repeat)
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) == 2
    source = [table_over_two_pages.HEADER, *table_over_two_pages.ROWS]
    assert table_over_two_pages.join_pages(data) == [
        [c.replace("\n", " ") for c in r] for r in source
    ]


def test_plain_text_loses_the_empty_cell():
    """In plain text the row of Energy has two values and no sign of which column is empty."""
    text = pypdf.PdfReader(io.BytesIO(table_over_two_pages.pdf(0))).pages[1].extract_text()
    assert text.split()[:3] == ["Energy", "12", "96"]


@pytest.mark.parametrize("limit", [1, 120, 200, 10_000])
def test_chunks_give_the_table_back_and_each_begins_with_the_title(limit):
    """Whatever the limit, the chunks hold the whole table, and each begins with the title."""
    t = table_chunks
    chunks = list(t.chunk_table(t.TITLE, t.HEADER, t.ROWS, limit))
    assert t.read_back(chunks, t.HEADER) == t.ROWS
    assert all(chunk.startswith(t.TITLE + "\n") for chunk in chunks)
    assert all(len(chunk) <= limit or chunk.count("\n") == 1 for chunk in chunks)
    assert len(chunks) == {1: 6, 120: 6, 200: 3, 10_000: 1}[limit]


def test_styles_of_table_chunks_hold_the_same_cells():
    """The four ways of writing differ in the head and names, not in rows or cells."""
    rows = [[f"place{n}", str(n), str(n + 100)] for n in range(12)]
    for style in table_header_recall.STYLES:
        chunks = table_header_recall.write(style, "Title", ["Country", "2024", "2025"], rows)
        assert len(chunks) == 3
        for n, row in enumerate(rows):
            assert any(row[0] in line and row[2] in line for line in chunks[n // 5].split("\n"))
        headed = [chunk.startswith("Title\n") for chunk in chunks]
        expected = {0: [False] * 3, 1: [True, False, False]}
        assert headed == expected.get(table_header_recall.STYLES.index(style), [True] * 3)


def test_without_a_head_bm25_cannot_tell_the_tables_apart():
    """Rows only: a question about Norway scores the same in the chunks of all four tables."""
    bm25s = table_header_recall.bm25s
    rows = [[c, "11", "12", "13"] for c in table_header_recall.PLACES]
    names = ["Country", *table_header_recall.YEARS]
    spread = {}
    for style in table_header_recall.STYLES[0], table_header_recall.STYLES[2]:
        chunks = [c for t in table_header_recall.TABLES
                  for c in table_header_recall.write(style, t, names, rows)]  # fmt: skip
        index = bm25s.BM25()
        index.index(bm25s.tokenize(chunks, show_progress=False), show_progress=False)
        query = bm25s.tokenize(
            ["What was the revenue of Norway"], return_ids=False, show_progress=False
        )
        scores = index.get_scores(query[0])
        spread[style] = np.ptp(
            [s for s, c in zip(scores, chunks, strict=True) if "Norway" in c]
        )
    assert spread["rows only"] == 0 < spread["head in each"]


def test_sum_in_sql_equals_a_loop_and_chunks_fall_short():
    """SQL gives the sum over all rows; the five best chunks hold ever less of it."""
    shares = []
    for size in (100, 1_000, 10_000):
        rows = totals_need_sql.ledger(size)
        truth = sum(
            amount for _, region, year, amount in rows if (region, year) == ("North", 2025)
        )
        assert totals_need_sql.exact(rows, "North", 2025) == truth
        shares.append(totals_need_sql.best_case(rows, "North", 2025) / truth)
    assert shares[0] == 1 and shares[0] > shares[1] > shares[2]


def test_html_paths_lists_and_code():
    """Headings form the path, lists keep their introduction, code its white space."""
    parser = html_sections.Sections()
    parser.feed(html_sections.PAGE)
    paths = [path for path, *_ in parser.blocks]
    assert paths[-1] == ("Client", "Errors") and paths[2] == ("Client", "Limits", "Example")
    texts = [text for *_, text in parser.blocks]
    assert texts[1] == "Before you raise a limit:\n- measure the load,\n- ask the owner."
    assert texts[2] == "if calls > 100:\n    wait(seconds=30)"
    assert not any(word in " ".join(texts) for word in ("Home", "Copyright", "color"))


def test_box_of_each_chunk_holds_its_text():
    """Cut out of the PDF, the box of each chunk gives the chunk's text back."""
    data = chunk_lineage.report(chunk_lineage.SECTIONS)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for chunk in chunk_lineage.chunks(data, "report.pdf"):
            assert pdf.pages[chunk.page - 1].crop(chunk.box).extract_text() == chunk.text
            assert chunk_lineage.SECTIONS[chunk.section] == chunk.text


def test_keys_survive_a_move_and_change_with_text_section_or_source():
    """A new first page moves every section and keeps its key; another text has another key."""
    sections = chunk_lineage.SECTIONS
    old = chunk_lineage.chunks(chunk_lineage.report(sections), "report.pdf")
    moved = chunk_lineage.chunks(
        chunk_lineage.report({"Letter": "Hello."} | sections), "report.pdf"
    )
    assert [c.key for c in moved[1:]] == [c.key for c in old]
    assert [c.page for c in moved[1:]] == [c.page + 1 for c in old]
    for field in ("text", "section", "source"):
        assert chunk_lineage.Chunk(**(vars(old[0]) | {field: "other"})).key != old[0].key
