"""A search that cannot be called without its tenant: the filter is part of the object."""

from typing import NamedTuple

import numpy as np
from qdrant_client import QdrantClient, models

TENANTS, PASSAGES, SIZE = 20, 50, 32


class TenantSearch(NamedTuple):
    """Search within one tenant. Made by `login` only; the request has no say in `tenant`."""

    store: QdrantClient
    tenant: str

    def __call__(self, vector: list[float], k: int = 5) -> list[models.ScoredPoint]:
        own = models.FieldCondition(key="tenant", match=models.MatchValue(value=self.tenant))
        only_own = models.Filter(must=[own])
        return self.store.query_points(
            "docs", query=vector, query_filter=only_own, limit=k
        ).points


def login(store: QdrantClient, token: str) -> TenantSearch:
    """The search for a verified login; KeyError for an unknown token."""
    return TenantSearch(store, {f"token-{n}": f"tenant-{n}" for n in range(TENANTS)}[token])


def filled() -> tuple[QdrantClient, np.ndarray]:
    """A store with random unit vectors, and the vectors (tenants, passages, size)."""
    vectors = np.random.default_rng(0).standard_normal((TENANTS, PASSAGES, SIZE))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    store = QdrantClient(":memory:")
    store.create_collection(
        "docs", models.VectorParams(size=SIZE, distance=models.Distance.DOT)
    )
    store.upsert("docs", [
        models.PointStruct(id=t * PASSAGES + p, vector=vectors[t, p].tolist(),
                           payload={"tenant": f"tenant-{t}"})
        for t in range(TENANTS) for p in range(PASSAGES)
    ])  # fmt: skip
    return store, vectors


if __name__ == "__main__":
    store, vectors = filled()
    search = login(store, "token-3")
    foreign = vectors[7, 0].tolist()  # exactly a passage of another tenant
    unfiltered = store.query_points("docs", query=foreign, limit=5).points
    print("asked for    ", "tenant-7's passage, by tenant-3")
    print("no filter    ", [p.payload["tenant"] for p in unfiltered])
    print("bound search ", [p.payload["tenant"] for p in search(foreign)])
    asked = vectors.reshape(-1, SIZE)[::10].tolist()  # a passage of every tenant in turn
    leaks = sum(
        hit.payload["tenant"] != "tenant-3" for vector in asked for hit in search(vector)
    )
    print(f"leaks in {len(asked)} questions: {leaks}")
