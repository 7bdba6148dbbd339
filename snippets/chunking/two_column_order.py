"""Two columns on one page: the order of the file, line by line, and by recursive cuts."""

import io

import matplotlib.pyplot as plt
import pdfplumber
import pypdf
from reportlab.pdfgen.canvas import Canvas

LEFT = """The port was sold in March|to a fund of the city. The|price was 40 million euros.||\
Staff keep their contracts.|The name of the port stays|as it is until 2030."""
RIGHT = """Sales fell by 3 per cent in|the north. Prices were the|same as a year before.||\
For next year the board|expects no growth. It will|report again in August."""
SENTENCES = " ".join(f"{LEFT} {RIGHT}".replace("|", " ").split()).split(". ")


def page(drawn: str) -> bytes:
    """A title over two columns, written into the file by row or by column."""
    canvas = Canvas(buffer := io.BytesIO(), pagesize=(360, 170), invariant=1)
    canvas.drawString(20, 145, "Half-year report: what changed and what did not")
    put = [(n, x, s) for x, t in ((20, LEFT), (195, RIGHT)) for n, s in enumerate(t.split("|"))]
    for row, x, line in sorted(put) if drawn == "by row" else put:
        canvas.drawString(x, 112 - 14 * row, line)
    canvas.save()
    return buffer.getvalue()


# --8<-- [start:cut]
def reading_order(words: list[dict], gap: float = 6) -> list[dict]:
    """Recursive XY cut: split at the widest empty strip, then read first part, second part."""
    cuts = []
    for low, high in (("top", "bottom"), ("x0", "x1")):
        ordered, edge = sorted(words, key=lambda w: w[low]), float("inf")
        for number, word in enumerate(ordered):
            if word[low] - edge > gap:  # no word reaches into this strip
                cuts.append((word[low] - edge, number, ordered))
            edge = word[high] if number == 0 else max(edge, word[high])
    if not cuts:  # one block: lines from the top, words from the left
        return sorted(words, key=lambda w: (round(w["top"]), w["x0"]))
    _, number, ordered = max(cuts, key=lambda cut: cut[0])
    return reading_order(ordered[:number], gap) + reading_order(ordered[number:], gap)


# --8<-- [end:cut]
if __name__ == "__main__":
    figure, panels = plt.subplots(1, 2, figsize=(7, 3))
    for drawn in ("by column", "by row"):
        words = pdfplumber.open(data := io.BytesIO(page(drawn))).pages[0].extract_words()
        lined = sorted(words, key=lambda w: (round(w["top"]), w["x0"]))
        paths = {"line by line": lined, "recursive cuts": reading_order(words)}
        orders = {"as in the file": pypdf.PdfReader(data).pages[0].extract_text().split()}
        orders |= {name: [w["text"] for w in path] for name, path in paths.items()}
        for name, order in orders.items():
            whole = sum(s in " ".join(order) for s in SENTENCES)
            print(f"drawn {drawn:10} {name:15} {whole} of {len(SENTENCES)} sentences whole")
    for panel, (name, path) in zip(panels, paths.items(), strict=True):
        start, end, low = ([w[key] for w in path] for key in ("x0", "x1", "bottom"))
        panel.plot(start, low, lw=0.9, color="C1")
        panel.hlines([y - 5 for y in low], start, end, lw=5, alpha=0.5)
        panel.set(title=name, ylim=(165, 10))
        panel.axis("off")
    figure.savefig("two_column_order.svg")
