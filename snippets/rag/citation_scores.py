"""Citation recall and precision of an answer, as the benchmark ALCE defines them."""

from collections.abc import Callable


# --8<-- [start:scores]
def citation_scores(
    statements: list[tuple[str, list[int]]], entails: Callable[[frozenset[int], str], bool]
) -> tuple[float, float]:
    """Recall over statements, precision over citations; entails(passages, statement) judges."""
    supported, useful, cited = 0, 0, 0
    for statement, numbers in statements:
        whole = bool(numbers) and entails(frozenset(numbers), statement)
        supported += whole
        for number in numbers:
            alone = entails(frozenset({number}), statement)
            needed = not entails(frozenset(numbers) - {number}, statement)
            useful += whole and (alone or needed)  # in vain: proves nothing and is not missed
            cited += 1
    return supported / len(statements), useful / cited if cited else 0.0


# --8<-- [end:scores]
ANSWER = [
    ("Keys must be hashable.", [1]),
    ("Lists are refused and tuples of numbers accepted.", [2, 3]),
    ("Insertion order is kept.", [4, 5]),
    ("Deleting is fast.", []),
    ("Lookups never fail.", [1]),
]
# What a person or a judge model would say: the smallest sets of passages that suffice.
PROOFS = {
    "Keys must be hashable.": [{1}],
    "Lists are refused and tuples of numbers accepted.": [{2, 3}],
    "Insertion order is kept.": [{4}],
}


def judge(passages: frozenset[int], statement: str) -> bool:
    return any(proof <= passages for proof in PROOFS.get(statement, []))


if __name__ == "__main__":
    for statement, numbers in ANSWER:
        cited = " ".join(f"[{n}]" for n in numbers) or "none"
        verdict = "supported" if judge(frozenset(numbers), statement) else "not supported"
        print(f"{statement:50} {cited:8} {verdict}")
    recall, precision = citation_scores(ANSWER, judge)
    print(f"citation recall {recall:.2f}, citation precision {precision:.2f}")
