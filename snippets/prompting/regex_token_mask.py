"""Constrain tokens by a regular expression: the tokens allowed in each automaton state."""

import re
from functools import reduce
from itertools import product

Pattern = tuple  # items in a row: "abc" (one of these), ("star", pattern), ("or", p, q, …)
State = frozenset[Pattern]  # the patterns that may still follow; none left means a dead end
DIGIT, DIGITS = "0123456789", ("star", ("0123456789",))
NUMBER = (("or", (), ("-",)), ("or", ("0",), ("123456789", DIGITS)),
          ("or", (), (".", DIGIT, DIGITS)))  # fmt: skip
VOCABULARY = ["-", ".", "0", "1", "00", "12", "-1", "1.", ".5", "0.5", "about", "1.2.", " "]


# --8<-- [start:token-index]
def after(pattern: Pattern, c: str) -> set[Pattern]:
    """What may still follow once the character `c` has been read (Antimirov's derivative)."""
    match pattern:
        case (str(characters), *rest):
            return {tuple(rest)} if c in characters else set()
        case (("star", inner), *rest):
            return {again + pattern for again in after(inner, c)} | after(tuple(rest), c)
        case (("or", *options), *rest):
            return {left for option in options for left in after(option + tuple(rest), c)}
    return set()


def step(state: State, c: str) -> State:
    return frozenset(left for pattern in state for left in after(pattern, c))


def may_end(p: Pattern) -> bool:
    return all(i[0] == "star" or i[0] == "or" and any(map(may_end, i[1:])) for i in p)


def token_index(pattern: Pattern, tokens: list[str]) -> tuple[list[dict[str, int]], set[int]]:
    """For each state the allowed tokens and where each leads; the states that allow EOS."""
    states, index = [frozenset([pattern])], []
    for state in states:  # grows while new states are found
        ends = {token: reduce(step, token, state) for token in tokens}  # all its characters
        states += [end for end in dict.fromkeys(ends.values()) if end and end not in states]
        index.append({token: states.index(end) for token, end in ends.items() if end})
    return index, {i for i, state in enumerate(states) if any(map(may_end, state))}


# --8<-- [end:token-index]
if __name__ == "__main__":
    index, final = token_index(NUMBER, VOCABULARY)
    print("state  may stop  allowed token → next state")
    for state, row in enumerate(index):
        moves = "  ".join(f"{token}→{target}" for token, target in row.items())
        print(f"{state:5}  {'yes' if state in final else 'no':8}  {moves}")
    texts = [tokens for n in range(5) for tokens in product(VOCABULARY, repeat=n)]
    index.append({})  # state -1, the dead end
    by_mask = [reduce(lambda at, t: index[at].get(t, -1), ts, 0) in final for ts in texts]
    number = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
    by_match = [bool(number.fullmatch("".join(ts))) for ts in texts]
    print(f"{len(texts):,} sequences of at most 4 tokens: the masks keep {sum(by_mask):,},")
    print(f"re.fullmatch keeps {sum(by_match):,}, the same ones: {by_mask == by_match}")
