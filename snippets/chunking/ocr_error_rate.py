"""A scan-like page read by a real OCR model at several resolutions: which errors, how many?"""

import io

import numpy as np
import pypdfium2
from rapidfuzz.distance import Levenshtein
from rapidocr_onnxruntime import RapidOCR
from reportlab.pdfgen.canvas import Canvas

LINES = ["Invoice 2025-1183 of 14 March 2025", "Ten pumps, type B-800, at 1,249.50 each",
         "Delivery to the harbour office, gate 6", "Discount of 5 per cent if paid by 30 April",
         "Net amount: 12,495.00 euros", "Value added tax, 19 per cent: 2,374.05",
         "Total amount: 14,869.05 euros", "Account: DE89 3704 0044 0532 0130 00"]  # fmt: skip
AMOUNTS = "1,249.50 12,495.00 2,374.05 14,869.05".split()


def scan(dpi: int, noise: float) -> list[np.ndarray]:
    """The page as pixels with noise, cut into its lines (their places are known here)."""
    canvas = Canvas(buffer := io.BytesIO(), pagesize=(240, 160), invariant=1)
    for number, line in enumerate(LINES):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(15, 140 - 18 * number, line)
    canvas.save()
    page = pypdfium2.PdfDocument(buffer.getvalue())[0].render(scale=dpi / 72).to_numpy()
    page = page + np.random.default_rng(0).normal(0, noise, page.shape[:2])[..., None]
    edges = [round((9 + 18 * number) * dpi / 72) for number in range(len(LINES) + 1)]
    page = np.clip(page, 0, 255).astype(np.uint8)
    return [page[top:bottom] for top, bottom in zip(edges, edges[1:])]


# --8<-- [start:rate]
def error_rate(truth: str, read: str) -> float:
    """Characters to insert, delete or replace, as a share of the true text's length."""
    return Levenshtein.distance(truth, read) / len(truth)


# --8<-- [end:rate]
if __name__ == "__main__":
    engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    print(" dpi  noise  wrong  spaces aside  amounts right  line 5 as read")
    for dpi, noise in ((200, 0), (100, 0), (200, 60), (100, 60), (72, 60)):
        cuts = scan(dpi, noise)
        read = [engine(cut, use_det=False, use_cls=False)[0][0][0].strip() for cut in cuts]
        truth, text = " ".join(LINES), " ".join(read)
        closed = error_rate(truth.replace(" ", ""), text.replace(" ", ""))
        right = sum(amount in text for amount in AMOUNTS)
        rates = f"{error_rate(truth, text):7.0%}{closed:14.0%}"
        print(f"{dpi:4}{noise:7}{rates}{right:10} of 4  {read[4]}")
