"""Two passages state one fact differently: decide before the prompt, and say how."""

from datetime import date
from typing import NamedTuple


class Statement(NamedTuple):
    fact: str  # what it is about: subject, property, scope
    value: str
    source: str
    authority: int  # higher wins: 3 contract or policy, 2 handbook, 1 wiki or chat
    valid_from: date


# --8<-- [start:resolve]
def resolve(
    statements: list[Statement], today: date
) -> dict[str, tuple[list[Statement], list[Statement]]]:
    """For each fact (kept, dropped): in force, then most authoritative, then newest.

    Two kept statements with different values are a conflict that no rule decides.
    """
    result = {}
    for fact in dict.fromkeys(s.fact for s in statements):
        about = [s for s in statements if s.fact == fact]
        in_force = [s for s in about if s.valid_from <= today]
        best = max(((s.authority, s.valid_from) for s in in_force), default=None)
        kept = [s for s in in_force if (s.authority, s.valid_from) == best]
        result[fact] = kept, [s for s in about if s not in kept]
    return result


# --8<-- [end:resolve]
STATEMENTS = [
    Statement("refund period", "30 days", "policy 2023", 3, date(2023, 1, 1)),
    Statement("refund period", "14 days", "policy 2026", 3, date(2026, 3, 1)),
    Statement("refund period", "10 days", "policy 2027", 3, date(2027, 1, 1)),
    Statement("refund period", "60 days", "team wiki", 1, date(2026, 10, 9)),
    Statement("refund period, business customers", "45 days", "contract", 3, date(2022, 5, 1)),
    Statement("upload limit", "20 MB", "handbook", 2, date(2026, 6, 1)),
    Statement("upload limit", "50 MB", "release notes", 2, date(2026, 6, 1)),
]

if __name__ == "__main__":
    for fact, (kept, dropped) in resolve(STATEMENTS, date(2026, 11, 28)).items():
        values = " or ".join(f"{s.value} ({s.source})" for s in kept)
        state = "UNDECIDED" if len({s.value for s in kept}) > 1 else "use"
        print(f"{fact}: {state} {values}")
        for s in dropped:
            print(f"    dropped {s.value:8}{s.source:15}from {s.valid_from}")
