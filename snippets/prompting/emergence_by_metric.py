"""The same smooth improvement, scored in four ways: only some of them jump."""

import matplotlib.pyplot as plt
import numpy as np

LENGTH, QUESTIONS = 20, 200  # tokens in an answer, questions in the benchmark


# --8<-- [start:metrics]
def token_accuracy(parameters: np.ndarray) -> np.ndarray:
    """A toy scaling law: loss a token falls as a power of size; p = exp(-loss)."""
    return np.exp(-((parameters / 1e8) ** -0.4))


def exact_match(p: np.ndarray, length: int) -> np.ndarray:
    return p**length  # every token must be right


def wrong_tokens(p: np.ndarray, length: int) -> np.ndarray:
    return length * (1 - p)  # expected: linear in p


def measured(p: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """What a benchmark of 200 questions reports."""
    return rng.binomial(QUESTIONS, exact_match(p, length)) / QUESTIONS


# --8<-- [end:metrics]
if __name__ == "__main__":
    sizes = 10.0 ** np.arange(7, 13)
    p = token_accuracy(sizes)
    seen = measured(p, LENGTH, np.random.default_rng(0))
    print("parameters   loss  p a token    p^5     p^20   of 200 seen  wrong tokens of 20")
    for n, q, s in zip(sizes, p, seen, strict=True):
        print(f"{n:10.0e} {-np.log(q):6.2f} {q:10.2f} {exact_match(q, 5):6.3f} "
              f"{exact_match(q, LENGTH):8.0e} {s:13.1%}"
              f" {wrong_tokens(q, LENGTH):19.1f}")  # fmt: skip
    n = np.logspace(7, 12, 41)
    fig, (left, right) = plt.subplots(1, 2)
    for length in (1, 5, 20):
        left.plot(n, exact_match(token_accuracy(n), length))
        right.plot(n, -np.log(exact_match(token_accuracy(n), length)), label=f"{length}")
    left.plot(sizes, seen, "o", color="C2", markerfacecolor="none")
    left.set(xscale="log", xlabel="parameters", title="Whole answer right: a jump")
    right.set(xscale="log", yscale="log", xlabel="parameters", title="Its -ln: straight")
    right.legend(title="tokens in the answer")
    for axes in (left, right):
        axes.minorticks_off()
    fig.savefig("emergence_by_metric.svg")
