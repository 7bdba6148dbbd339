"""What set_payload, update_vectors, upsert and delete do to points, in Qdrant's local mode."""

import numpy as np
from qdrant_client import QdrantClient, models

NAME = "passages"
V = np.eye(4).tolist()


# --8<-- [start:operations]
def point(number: int, axis: int, version: int, **more: object) -> models.PointStruct:
    """Passage `number` of document a; its vector is one axis."""
    payload = {"doc": "a", "version": version, **more}
    return models.PointStruct(id=number, vector=V[axis], payload=payload)


def of_document(name: str, before: int = 1_000_000) -> models.FilterSelector:
    """The points of a document that are older than version `before`."""
    same = models.FieldCondition(key="doc", match=models.MatchValue(value=name))
    old = models.FieldCondition(key="version", range=models.Range(lt=before))
    return models.FilterSelector(filter=models.Filter(must=[same, old]))


# --8<-- [end:operations]
def prepared() -> QdrantClient:
    """A collection with one document of three passages."""
    client = QdrantClient(":memory:")
    settings = models.VectorParams(size=4, distance=models.Distance.COSINE)
    client.create_collection(NAME, vectors_config=settings)
    client.upsert(NAME, [point(n, n, version=1, lang="en") for n in range(3)])
    return client


def show(step: str, client: QdrantClient) -> None:
    """The number of points, and the first one."""
    state = "gone"
    for found in client.retrieve(NAME, [0], with_vectors=True):
        state = f"axis {np.argmax(found.vector)} {found.payload}"
    print(f"{step:26}{client.count(NAME).count}  {state}")


if __name__ == "__main__":
    client = prepared()
    print("after                points  the point 0: vector, payload")
    show("3 passages", client)
    client.set_payload(NAME, {"lang": "de"}, points=[0])
    show("set_payload lang", client)
    client.update_vectors(NAME, [models.PointVectors(id=0, vector=V[3])])
    show("update_vectors", client)
    client.upsert(NAME, [point(n, n + 1, version=2) for n in range(2)])
    show("upsert of 2 passages", client)
    client.delete(NAME, of_document("a", before=2))
    show("delete version < 2", client)
    client.delete(NAME, of_document("a"))
    show("delete the document", client)
