"""Decide page by page whether a PDF's own text can be used or the page must be read by OCR."""

import io

import pdfplumber
import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

TEXT = """The company sold its stake in the port for 40 million euros.
The buyer is a fund of the city, and the sale is to close in June.
All of the staff will be kept, and the name of the port remains."""
COMMON = set("the of and to in is a for that on with as at by it be are was".split())


def pages(picture: object = None) -> bytes:
    """A page of text; with a picture also a page of it, and one of it over damaged text."""
    canvas = Canvas(buffer := io.BytesIO(), pagesize=(400, 120), invariant=1)
    damaged = "".join(chr(ord(c) + 3) if c.isalpha() else c for c in TEXT)
    for number, text in enumerate((TEXT, "", damaged)[: 3 if picture else 1]):
        for line, words in enumerate(text.split("\n")):
            canvas.drawString(20, 90 - 20 * line, words)
        if number:
            canvas.drawImage(ImageReader(picture), 0, 0, 400, 120)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


# --8<-- [start:route]
def route(page: pdfplumber.page.Page) -> tuple[int, float, float, str]:
    """Characters of text, share of the page under pictures, share of common words, decision."""
    text = page.extract_text()
    words = text.lower().split()
    common = sum(w.strip(".,;:") in COMMON for w in words) / max(len(words), 1)
    area = sum(image["width"] * image["height"] for image in page.images)
    covered = min(area / (page.width * page.height), 1)
    if len(text) < 50:
        decision = "OCR: no text" if covered > 0.5 else "blank, or drawn as curves"
    else:
        decision = "text layer" if common > 0.1 else "OCR: text layer is not language"
    return len(text), covered, common, decision


# --8<-- [end:route]
if __name__ == "__main__":
    picture = pypdfium2.PdfDocument(pages())[0].render(scale=1).to_pil()
    print("page  characters  picture  common words  decision")
    with pdfplumber.open(io.BytesIO(pages(picture))) as pdf:
        for page in pdf.pages:
            n, covered, common, decision = route(page)
            print(f"{page.page_number:4}{n:12}{covered:9.0%}{common:14.0%}  {decision}")
        print("text found on page 3:", pdf.pages[2].extract_text()[:35])
