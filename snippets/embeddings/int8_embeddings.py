"""One byte a dimension: calibrate, encode, score without decoding, and how it goes wrong."""

import numpy as np


# --8<-- [start:int8]
def calibrate(sample: np.ndarray, levels: int = 255) -> tuple[np.ndarray, np.ndarray]:
    """Lowest value and step of each dimension; one that never varies gets step 1, not 0."""
    width = np.ptp(sample, axis=0)
    return sample.min(axis=0), np.where(width > 1e-6, width / levels, 1)


def encode(x: np.ndarray, low: np.ndarray, step: np.ndarray, levels: int = 255) -> np.ndarray:
    """The nearest level of each value, as a byte; outside the calibrated range: clipped."""
    return np.clip(np.round((x - low) / step), 0, levels).astype(np.uint8)


def scores(q: np.ndarray, codes: np.ndarray, low: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Dot products with the decoded vectors, low + codes * step, without decoding them."""
    return (q @ low)[:, None] + (q * step) @ codes.T


# --8<-- [end:int8]
def kept(found: np.ndarray, exact: np.ndarray) -> float:
    """Share of the ten nearest others that are still among the ten nearest."""
    itself = 1e9 * np.eye(len(exact))
    pairs = zip(
        *(np.argsort(itself - s, axis=1, kind="stable")[:, :10] for s in (found, exact))
    )
    return float(np.mean([len({*a} & {*b}) / 10 for a, b in pairs]))


if __name__ == "__main__":
    vectors = np.load("python_vectors.npy").astype(float)
    exact, largest = vectors @ vectors.T, np.abs(vectors).max()
    print("dimensions that never vary:", *np.flatnonzero(np.ptp(vectors, axis=0) < 1e-6))
    print(f"largest value {largest:.2f} of a possible 1")
    print("bits a value                       8     6     4     3     2")
    rows: dict[str, list[float]] = {}
    for bits in (8, 6, 4, 3, 2):
        top = 2**bits - 1
        low, step = calibrate(vectors, top)
        codes = encode(vectors, low, step, top).astype(int)
        rows.setdefault("a range for each dimension", []).append(
            kept(scores(vectors, codes, low, step), exact)
        )
        for name, scale in (("one scale, to the largest", largest), ("one scale, to 1", 1)):
            whole = np.round(vectors / scale * (top // 2)).astype(int)  # -127 to 127
            rows.setdefault(name, []).append(kept(whole @ whole.T, exact))
        rows.setdefault("ranges, bare codes compared", []).append(kept(codes @ codes.T, exact))
    for name, shares in rows.items():
        print(f"{name:30}" + "".join(f"{share:6.2f}" for share in shares))
