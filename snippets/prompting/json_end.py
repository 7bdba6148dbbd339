"""Where does a JSON value end? A scanner that stops generation at its last character."""

import json


# --8<-- [start:scanner]
class JsonEnd:
    """Feed text in any pieces; `feed` returns the value's text once it is complete."""

    def __init__(self) -> None:
        self.text, self.open, self.in_string, self.escaped = "", [], False, False

    def feed(self, piece: str) -> str | None:
        """None while an object or array is still open."""
        for c in piece:
            if not self.open and c not in "{[":
                continue  # prose or a code fence before the value
            self.text += c
            if self.in_string:  # brackets inside a string do not count
                self.in_string = self.escaped or c != '"'
                self.escaped = c == "\\" and not self.escaped
            elif c == '"':
                self.in_string = True
            elif c in "{[":
                self.open.append("}" if c == "{" else "]")
            elif c in "}]":
                if c != self.open.pop():
                    raise ValueError(f"{c!r} closes nothing here: {self.text!r}")
                if not self.open:
                    return self.text
        return None

    def closed(self) -> str:
        """Close what is open, as repair tools do: perhaps valid, but not what was meant."""
        return self.text + '"' * self.in_string + "".join(reversed(self.open))


# --8<-- [end:scanner]
if __name__ == "__main__":
    reply = '```json\n{"city": "a } in {quotes}", "ids": [3, 14]}\n```\nThis object holds'
    scanner = JsonEnd()
    for read in range(0, len(reply), 4):  # four characters at a time
        if value := scanner.feed(reply[read : read + 4]):
            break
    print("stopped after", read + 4, "of", len(reply), "characters:", json.loads(value))

    answer = '{"item": "rope", "cut": false, "note": "not for climbing", "metres": 1250}'
    meant, counts = json.loads(answer), {"invalid": 0, "fields missing": 0, "all fields": 0}
    for end in range(1, len(answer)):
        scanner = JsonEnd()
        scanner.feed(answer[:end])
        try:
            got = json.loads(scanner.closed())
        except json.JSONDecodeError:
            counts["invalid"] += 1
            continue
        counts["all fields" if got.keys() == meant.keys() else "fields missing"] += 1
        if got.keys() == meant.keys():
            print("cut and closed: …", scanner.closed().split(", ")[-1], "right:", got == meant)
    print(f"of {len(answer) - 1} cuts:", counts)
