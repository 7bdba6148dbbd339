"""A collection of points in Qdrant's in-process mode: search, filter, delete, with no model."""

import json
from pathlib import Path

import numpy as np
from qdrant_client import QdrantClient, models

NAME = "passages"


# --8<-- [start:collection]
def equals(field: str, value: str) -> models.FieldCondition:
    """The condition that a payload field has a value."""
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def collection(rows: list[dict], vectors: np.ndarray) -> QdrantClient:
    """One point a passage: an id, a vector, and what the passage is as payload."""
    client = QdrantClient(":memory:")
    settings = models.VectorParams(size=vectors.shape[1], distance=models.Distance.COSINE)
    client.create_collection(NAME, vectors_config=settings)
    client.upsert(NAME, [
        models.PointStruct(id=n, vector=v.tolist(), payload=row)
        for n, (row, v) in enumerate(zip(rows, vectors, strict=True))
    ])  # fmt: skip
    return client


# --8<-- [end:collection]
if __name__ == "__main__":
    rows = [json.loads(line) for line in Path("python_passages.jsonl").open(encoding="utf-8")]
    vectors = np.load("python_vectors.npy").astype(np.float32)
    client = collection(rows, vectors)
    liked = next(n for n, row in enumerate(rows) if row["text"].startswith('The "with"'))
    like = vectors[liked].tolist()
    same = models.HasIdCondition(has_id=[liked])
    asked = {
        "all": models.Filter(must_not=[same]),
        "doc = class": models.Filter(must=[equals("doc", "class")]),
        "doc is not with": models.Filter(must_not=[same, equals("doc", "with")]),
    }
    print("passages like the start of the topic 'with':")
    for label, condition in asked.items():
        hits = client.query_points(NAME, query=like, query_filter=condition, limit=3).points
        print(f"  {label:16}", *(f"{h.payload['doc']} {h.score:.2f}" for h in hits), sep="  ")
    print("points:", client.count(NAME).count)
    client.delete(
        NAME, models.FilterSelector(filter=models.Filter(must=[equals("doc", "try")]))
    )
    print("after deleting the topic 'try':", client.count(NAME).count)
    hits = client.query_points(NAME, query=like, query_filter=asked["doc is not with"], limit=3)
    print(
        "the last search again:  ", *(f"{h.payload['doc']} {h.score:.2f}" for h in hits.points)
    )
