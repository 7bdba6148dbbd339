"""Migrate to a new model behind an alias: write twice, backfill, check, switch, go back."""

import numpy as np
from qdrant_client import QdrantClient
from qdrant_client import models as m


# --8<-- [start:migrate]
def embed(text: str, width: int) -> list[float]:
    """Stands for a model: another width is another model."""
    return np.random.default_rng([width, *text.encode()]).normal(size=width).tolist()


def put(client: QdrantClient, name: str, width: int, row: tuple, check: bool) -> None:
    """Store (id, version, text); with `check`, never over a newer version."""
    key, version, text = row
    there = client.retrieve(name, [key]) if check else []
    if not there or there[0].payload["version"] < version:
        point = m.PointStruct(id=key, vector=embed(text, width), payload={"version": version})
        client.upsert(name, [point])


def point_to(client: QdrantClient, alias: str, name: str) -> None:
    """One atomic request: the old meaning of the alias goes, the new one comes."""
    drop = m.DeleteAliasOperation(delete_alias=m.DeleteAlias(alias_name=alias))
    make = m.CreateAlias(collection_name=name, alias_name=alias)
    client.update_collection_aliases([drop, m.CreateAliasOperation(create_alias=make)])


def stale(client: QdrantClient, name: str, table: dict[int, tuple]) -> int:
    """Points whose version is not the one in the table of record."""
    return sum(p.payload["version"] != table[p.id][1] for p in client.retrieve(name, [*table]))


# --8<-- [end:migrate]
def migrate(check: bool) -> None:  # 20 of 60 documents are edited during the backfill
    client, widths = QdrantClient(":memory:"), {"docs_v1": 8, "docs_v2": 16}
    for name, width in widths.items():
        client.create_collection(name, m.VectorParams(size=width, distance=m.Distance.COSINE))
    table = {key: (key, 1, f"text {key}") for key in range(60)}
    for row in table.values():
        put(client, "docs_v1", 8, row, check)
    point_to(client, "docs", "docs_v1")
    for row in list(table.values()):  # the backfill's snapshot
        if row[0] < 20:  # an edit goes to the table and to both collections, then
            table[row[0]] = (row[0], 2, f"edited {row[0]}")
            for name, width in widths.items():
                put(client, name, width, table[row[0]], check)
        put(client, "docs_v2", 16, row, check)  # the backfill arrives with what it read before
    wrong = [stale(client, name, table) for name in widths]
    print(f"version check {check!s:5}: stale in v1 {wrong[0]}, in v2 {wrong[1]} of 60")
    if any(wrong):
        return
    for name in ("docs_v2", "docs_v1"):  # the switch, and the way back
        point_to(client, "docs", name)
        size = client.get_collection("docs").config.params.vectors.size
        print(f"  alias docs -> {name}: takes queries of {size} numbers")


if __name__ == "__main__":
    migrate(check=False)
    migrate(check=True)
