"""How many dimensions? Latent semantic analysis, the embedding of 1990, with 5 to 300."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import svds
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize


# --8<-- [start:lsa]
def recalls(passages: np.ndarray, questions: np.ndarray, good: np.ndarray) -> list[float]:
    """Recall@1, @5 and @20 by cosine."""
    order = np.argsort(-normalize(questions) @ normalize(passages).T, axis=1, kind="stable")
    hits = np.take_along_axis(good, order, axis=1)
    return [float(hits[:, :k].any(axis=1).mean()) for k in (1, 5, 20)]


# --8<-- [end:lsa]
if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, texts = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts = [" ".join(passage["text"].split()) for passage in texts]
    asked = [q for q in rows if q["evidence"]]
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    words = TfidfVectorizer(sublinear_tf=True).fit(texts)
    passages, questions = words.transform(texts), words.transform(q["question"] for q in asked)
    _, _, directions = svds(passages, k=300, random_state=0)  # smallest singular value first
    sizes, curves = (5, 10, 20, 50, 100, 200, 300), []
    print("162 questions      recall@1    @5   @20   bytes a passage (float32)")
    for d in sizes:
        basis = directions[-d:].T
        curves.append(recalls(passages @ basis, questions @ basis, good))
        print(f"LSA {d:4} dims" + "".join(f"{r:8.2f}" for r in curves[-1]) + f"{4 * d:12}")
    full = recalls(passages.toarray(), questions.toarray(), good)
    print(f"all {passages.shape[1]} words" + "".join(f"{r:8.2f}" for r in full), end="")
    print(f"{8 * passages.nnz // len(texts):12} (sparse)")
    for n, k in enumerate((1, 5, 20)):
        line = plt.plot(sizes, [c[n] for c in curves], "o-", label=f"recall@{k}")[0]
        plt.axhline(full[n], linestyle=":", color=line.get_color())
    plt.gca().set(xscale="log", xlabel="dimensions kept", ylabel="recall", ylim=(0, 1))
    plt.xticks(sizes, sizes)
    plt.legend(loc="lower right")
    plt.savefig("lsa_dimensions.svg")
