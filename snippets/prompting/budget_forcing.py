"""Budget forcing: cut a model's thinking short, or make it go on by writing "Wait" for it."""

from collections.abc import Callable

Token = int | str


# --8<-- [start:think]
def think(
    next_token: Callable[[list[Token]], Token],
    prompt: list[Token],
    end: Token,
    wait: Token,
    at_most: int,
    waits: int = 0,
) -> list[Token]:
    """Thinking tokens, closed by `end` at the latest after `at_most`."""
    trace: list[Token] = []
    while len(trace) < at_most:
        token = next_token([*prompt, *trace])
        if token == end:
            if waits == 0:
                break
            token, waits = wait, waits - 1  # refuse to stop: the model reads its own "Wait"
        trace.append(token)
    return [*trace, end]  # the end is written for the model if the budget ran out


# --8<-- [end:think]
NUMBERS = [17, 25, 8, 31, 19]


def careless_adder(text: list[Token]) -> Token:
    """A scripted solver: a running sum a token. Its first pass skips a number, no other."""
    numbers, trace = text[: len(NUMBERS)], text[len(NUMBERS) :]
    passes = trace.count("Wait")
    this_pass = trace[trace.index("Wait") + 1 :] if passes else trace
    if passes == 0:
        numbers = numbers[:2] + numbers[3:]
    steps = [sum(numbers[: i + 1]) for i in range(len(numbers))]
    done = len([token for token in this_pass if token != "Wait"])
    return steps[done] if done < len(steps) else "</think>"


if __name__ == "__main__":
    print(f"sum of {NUMBERS} is {sum(NUMBERS)}")
    print("at most  waits  answer  thinking")
    for at_most, waits in ((3, 0), (99, 0), (7, 1), (99, 1), (99, 3)):
        trace = think(careless_adder, NUMBERS, "</think>", "Wait", at_most, waits)
        answer = [token for token in trace if isinstance(token, int)][-1]
        print(f"{at_most:7} {waits:6} {answer:7}  {' '.join(map(str, trace))}")
