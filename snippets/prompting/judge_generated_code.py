"""Judge generated code by running it: parse, given tests, more tests, a time limit."""

import subprocess
import sys

GIVEN = ["median([3]) == 3", "median([5, 1, 3]) == 3"]
MORE = ["median([4, 1, 3, 2]) == 2.5", "(lambda v: (median(v), v)[1])([2, 3, 1]) == [2, 3, 1]"]


# --8<-- [start:judge]
def verdict(code: str, tests: list[str], seconds: float = 4.0) -> str:
    """Run code and its tests in a process of their own: "pass", or the reason it did not."""
    try:
        compile(code, "answer.py", "exec")
    except SyntaxError:
        return "SyntaxError"
    program = code + "".join(f"\nassert {test}" for test in tests) + "\nprint('every test ran')"
    command = [sys.executable, "-I", "-c", program]  # a time limit, but no sandbox
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "time limit"
    if done.returncode == 0:  # exit status 0 is not enough: code can leave before its tests
        return "pass" if done.stdout.endswith("every test ran\n") else "left early"
    last = (done.stderr.strip().splitlines() or ["exit"])[-1]
    return last.split(":")[0]  # the name of the error, for a repair prompt


# --8<-- [end:judge]
HEAD = "def median(values):\n"
ANSWERS = {  # written by us, after failures that are typical of generated code
    "forgets a bracket": HEAD + "    return sorted(values)[len(values) // 2",
    "invents a function": HEAD + "    import statistics\n    return statistics.middle(values)",
    "never ends": HEAD + "    while len(values) > 1:\n        pass\n    return values[0]",
    "exits with status 0": HEAD + "    raise SystemExit(0)",
    "ignores even lengths": HEAD + "    return sorted(values)[len(values) // 2]",
    "sorts the caller's list": HEAD
    + "    values.sort()\n    i = len(values) // 2\n    return (values[i] + values[~i]) / 2",
    "is right": HEAD
    + "    v, i = sorted(values), len(values) // 2\n    return (v[i] + v[~i]) / 2",
}

if __name__ == "__main__":
    print("a median that ...        given tests     more tests")
    for name, code in ANSWERS.items():
        first = verdict(code, GIVEN)
        second = verdict(code, MORE) if first == "pass" else "-"
        print(f"{name:24} {first:15} {second}")
