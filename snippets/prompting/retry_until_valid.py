"""Validate, send the errors back, ask again: what a schema catches and what only code does."""

import json
from collections.abc import Callable
from typing import NamedTuple

from jsonschema import Draft202012Validator

AMOUNT = {"type": "number", "minimum": 0}
FIELDS = {"currency": {"enum": ["EUR", "USD"]}, "net": AMOUNT, "tax": AMOUNT, "total": AMOUNT}
SCHEMA = {"type": "object", "properties": FIELDS, "required": list(FIELDS),
          "additionalProperties": False}  # fmt: skip
VALIDATOR = Draft202012Validator(SCHEMA)


class Reply(NamedTuple):
    text: str
    finish_reason: str = "stop"


# --8<-- [start:retry]
def problems(text: str) -> list[str]:
    """What is wrong with an answer: syntax, then schema, then the rule no schema can state."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"not JSON: {error}"]
    errors = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(value)]
    adds_up = not errors and abs(value["net"] + value["tax"] - value["total"]) <= 0.005
    if not errors and not adds_up:  # "not close" catches NaN, which json.loads accepts
        errors = [f"$.total: {value['total']} is not net + tax"]
    return errors


def extract(ask: Callable[[list[str]], Reply], prompt: str, tries: int = 4) -> dict:
    """Ask until the answer has no problems; a truncated answer is not worth repairing."""
    messages = [prompt]
    for _ in range(tries):
        reply = ask(messages)
        if reply.finish_reason == "length":
            raise ValueError("cut off: raise max_tokens, do not retry with the same limit")
        if not (errors := problems(reply.text)):
            return json.loads(reply.text)
        messages += [reply.text, "Correct this and send only the JSON:\n" + "\n".join(errors)]
    raise ValueError(f"still wrong after {tries} tries: {errors}")


# --8<-- [end:retry]
SCRIPT = (
    'Sure! {"currency": "EUR"}',
    '{"currency": "€", "net": "80", "tax": 16.8}',
    '{"currency": "EUR", "net": 80, "tax": 16.8, "total": 97.8}',
    '{"currency": "EUR", "net": 80, "tax": 16.8, "total": 96.8}',
)
if __name__ == "__main__":
    answers = iter(map(Reply, SCRIPT))
    print(extract(lambda messages: next(answers), "Extract the invoice as JSON."))
    for text in SCRIPT:
        print("\n".join([text, *(f"    {problem}" for problem in problems(text))]))
