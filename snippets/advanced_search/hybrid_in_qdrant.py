"""Dense and sparse vectors in one collection, fused by the engine: filter, prefetch, RRF."""

import math
import re
from collections import Counter

from qdrant_client import QdrantClient, models

TEXTS = {
    1: ("E1042 means that the disk is full", "ops", (0.9, 0.1, 0.2)),
    2: ("no space left on the device", "ops", (1.0, 0.0, 0.1)),
    3: ("E1042 was renamed to E2042 in version 3", "ops", (0.2, 0.9, 0.1)),
    4: ("the disk of the printer tray is full", "office", (0.8, 0.2, 0.3)),
    5: ("how to book a meeting room", "office", (0.0, 0.1, 1.0)),
}
VOCABULARY: dict[str, int] = {}


def sparse(text: str) -> models.SparseVector:
    """Word counts, dampened; the engine multiplies the inverse document frequency in."""
    counts = Counter(re.findall(r"\w+", text.lower()))
    ids = [VOCABULARY.setdefault(word, len(VOCABULARY)) for word in counts]
    return models.SparseVector(indices=ids, values=[1 + math.log(n) for n in counts.values()])


# --8<-- [start:hybrid]
def hybrid(
    client: QdrantClient, dense: tuple[float, ...], text: str, team: str, k: int = 60
) -> list[models.ScoredPoint]:
    """Both searches run with the filter inside; the engine fuses the ranks."""
    mine = models.Filter(
        must=[models.FieldCondition(key="team", match=models.MatchValue(value=team))]
    )
    searches = [
        models.Prefetch(query=list(dense), using="dense", filter=mine, limit=20),
        models.Prefetch(query=sparse(text), using="words", filter=mine, limit=20),
    ]
    fused = models.RrfQuery(rrf=models.Rrf(k=k + 1))  # this engine counts ranks from 0
    return client.query_points("notes", prefetch=searches, query=fused, limit=5).points


# --8<-- [end:hybrid]
if __name__ == "__main__":
    client = QdrantClient(":memory:")
    plain = models.VectorParams(size=3, distance=models.Distance.COSINE)
    idf = models.SparseVectorParams(modifier=models.Modifier.IDF)
    client.create_collection("notes", {"dense": plain}, sparse_vectors_config={"words": idf})
    client.upsert("notes", [
        models.PointStruct(id=n, payload={"team": team},
                           vector={"dense": list(vector), "words": sparse(text)})
        for n, (text, team, vector) in TEXTS.items()
    ])  # fmt: skip
    for point in hybrid(client, (1.0, 0.05, 0.15), "E1042 disk", "ops"):
        print(f"{point.score:.4f}  {TEXTS[point.id][0]}")
