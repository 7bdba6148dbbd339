"""An answer cache for users with different rights: what the key must hold."""

import random
from collections import Counter

READS = {"intern": {"handbook"}, "engineer": {"handbook", "design"},
         "lead": {"handbook", "design", "salaries"}}  # fmt: skip
# Forty topics; the document that answers each.
SOURCE = {f"topic {n}": ("handbook", "design", "salaries")[n % 3] for n in range(40)}
KEYS = {
    "question": lambda user, topic, version: topic,
    "question, user": lambda user, topic, version: (topic, user),
    "question, rights": lambda user, topic, version: (topic, frozenset(READS[user[0]])),
    "question, rights, index": lambda user, topic, version: (
        topic, frozenset(READS[user[0]]), version),
}  # fmt: skip


def answer(role: str, topic: str, version: int) -> tuple[str, int]:
    """What the system would say now: from which document, in which version of the index."""
    return (SOURCE[topic] if SOURCE[topic] in READS[role] else "no answer"), version


def serve(key: str, requests: list[tuple[tuple[str, int], str, int]]) -> Counter:
    """Counts of hits, leaks (a document not for this user), wrong refusals, stale answers."""
    cache, counts = {}, Counter()
    for user, topic, version in requests:
        slot = KEYS[key](user, topic, version)
        if slot in cache:
            counts["hits"] += 1
        said, made = cache.setdefault(slot, answer(user[0], topic, version))
        counts["leaks"] += said != "no answer" and said not in READS[user[0]]
        counts["refused"] += said == "no answer" and SOURCE[topic] in READS[user[0]]
        counts["stale"] += made != version
    return counts


def traffic(count: int = 3_000) -> list[tuple[tuple[str, int], str, int]]:
    """(role, number) of 90 users, a topic, and the index version, which changes twice."""
    draw = random.Random(0)
    users = [
        (role, n)
        for role, share in (("intern", 50), ("engineer", 30), ("lead", 10))
        for n in range(share)
    ]
    return [(draw.choice(users), draw.choice([*SOURCE]), n * 3 // count) for n in range(count)]


if __name__ == "__main__":
    requests = traffic()
    print(f"{'key of the cache':26}{'hits':>7}{'leaks':>8}{'wrong refusals':>16}{'stale':>7}")
    for key in KEYS:
        counts = serve(key, requests)
        print(f"{key:26}{counts['hits'] / len(requests):7.0%}{counts['leaks']:8}"
              f"{counts['refused']:16}{counts['stale']:7}")  # fmt: skip
