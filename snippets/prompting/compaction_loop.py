"""An agent's context under three policies: keep all, clear old tool results, compact."""

import matplotlib.pyplot as plt

History = list[tuple[str, str]]  # role and text
CLEARED = "[result cleared, call the tool again]"


# --8<-- [start:policies]
def size(history: History) -> int:
    return sum(len(text.split()) for _, text in history)  # a word stands for a token


def clear(history: History, keep: int, at_least: int) -> History:
    """Empty all but the last `keep` tool results, once that frees `at_least` tokens."""
    old = [i for i, (role, _) in enumerate(history) if role == "tool"][: -keep or None]
    new = [(role, CLEARED if i in old else text) for i, (role, text) in enumerate(history)]
    return new if size(history) - size(new) >= at_least else history


def summarise(messages: History) -> str:
    """A scripted stand-in for the model: it keeps the lines marked as decisions."""
    lines = "\n".join(text for _, text in messages).splitlines()
    return "\n".join(["Summary so far."] + [x for x in lines if x.startswith("DECISION")])


def compact(history: History, limit: int, keep: int) -> History:
    """Above the limit, a summary replaces all but the system prompt and the last messages."""
    if size(history) <= limit or len(history) <= keep + 1:
        return history
    return [history[0], ("user", summarise(history[1:-keep])), *history[-keep:]]


# --8<-- [end:policies]
def run(steps: int, policy: str) -> tuple[History, list[int]]:
    """History and sizes; every step reads a file, every fifth also decides something."""
    history, sizes = [("system", "Repair the shop's code. " * 50)], []
    for n in range(steps):
        decision = f"\nDECISION {n}: keep module {n}" * (n % 5 == 0)
        history += [("assistant", f"Read file {n}.{decision}"), ("tool", f"line {n}; " * 200)]
        if policy == "clear":
            history = clear(history, keep=3, at_least=2000)
        if policy == "compact":  # 6 messages are 3 steps: no call is parted from its result
            history = compact(history, limit=4000, keep=6)
        sizes.append(size(history))
    return history, sizes


if __name__ == "__main__":
    print("40 steps   largest  at the end  sum sent  rewrites  decisions  files left")
    for policy in ("keep all", "clear", "compact"):
        history, sizes = run(40, policy)
        text, pairs = str(history), zip(sizes, sizes[1:], strict=False)
        left = sum(f"line {n};" in text for n in range(40))
        row = f"{policy:9}{max(sizes):9,}{sizes[-1]:12,}{sum(sizes):10,}"
        print(f"{row}{sum(b < a for a, b in pairs):10}{text.count('DECISION'):11}{left:12}")
        plt.plot(range(1, 41), sizes, label=policy)
    plt.gca().set(xlabel="step of the agent", ylabel="tokens in the context", ylim=(0, None))
    plt.legend()
    plt.savefig("compaction_loop.svg")
