"""RAG as published in 2020: the passage is a hidden variable, summed over in two ways."""

import numpy as np


# --8<-- [start:marginals]
def rag_sequence(passage: np.ndarray, token: np.ndarray) -> float:
    """One passage for the whole answer: sum over z of p(z) · product of p(token | z)."""
    return float(passage @ token.prod(axis=1))  # passage (k,), token (k, length)


def rag_token(passage: np.ndarray, token: np.ndarray) -> float:
    """A passage drawn anew for each token: product over tokens of the sum over z."""
    return float((passage @ token).prod())


def prior(scores: np.ndarray) -> np.ndarray:
    """p(z | question): the softmax of the retriever's scores over the k retrieved passages."""
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


# --8<-- [end:marginals]
if __name__ == "__main__":
    cases = {
        "one passage knows both tokens": [[0.9, 0.8], [0.1, 0.1]],
        "each passage knows one token": [[0.9, 0.1], [0.1, 0.8]],
    }
    even, sure = prior(np.array([70.0, 70.0])), prior(np.array([72.0, 70.0]))
    print(f"p(z): even {even.round(2)}, two points apart {sure.round(2)}")
    print("two passages, an answer of two tokens  p(z)   RAG-Sequence  RAG-Token")
    for name, token in cases.items():
        for label, p in (("even", even), ("sure", sure)):
            whole, each = rag_sequence(p, np.array(token)), rag_token(p, np.array(token))
            print(f"{name:38} {label}   {whole:12.3f} {each:10.3f}")
    cosines = np.array([0.55, 0.50, 0.45, 0.40, 0.35])
    print(f"p(z) from five cosines   {prior(cosines).round(2)}")
    print(f"the same, times 20       {prior(20 * cosines).round(2)}")
