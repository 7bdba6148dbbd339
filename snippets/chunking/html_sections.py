"""HTML to chunks with the standard library: headings as a path, code and lists kept whole."""

from html.parser import HTMLParser

PAGE = """<html><head><title>Help</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a> <a href="/help">Help</a></nav>
<h1>Client</h1><p>The client <b>retries</b> failed calls.</p>
<h2>Limits</h2><p>Before you raise a limit:</p>
<ol><li>measure the load,</li><li>ask the owner.</li></ol>
<h3>Example</h3><pre><code>if calls &gt; 100:
    wait(seconds=30)
</code></pre>
<h2>Errors</h2><p>Code 429 means: too many calls.</p>
<footer>Copyright</footer></body></html>"""
SKIP = {"head", "nav", "footer", "aside", "script", "style"}
BLOCK = {"p", "li", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}


# --8<-- [start:parser]
class Sections(HTMLParser):
    """Collects (path of headings, kind, text); white space is kept inside <pre> only."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[tuple[str, ...], str, str]] = []
        self.path: list[tuple[int, str]] = []
        self.skipping, self.kind, self.text = 0, "", ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.skipping += tag in SKIP
        if tag in BLOCK:
            self.kind, self.text = tag, ""

    def handle_data(self, data: str) -> None:
        if self.kind and not self.skipping:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in SKIP
        if tag != self.kind:
            return
        text = self.text.rstrip() if tag == "pre" else " ".join(self.text.split())
        names = tuple(name for _, name in self.path)
        if tag[0] == "h":  # a heading closes those of its own level and below
            level = int(tag[1])
            self.path = [h for h in self.path if h[0] < level] + [(level, text)]
        elif tag == "li" and self.blocks and self.blocks[-1][0] == names:
            joined = f"{self.blocks[-1][2]}\n- {text}"  # a list stays with what introduces it
            self.blocks[-1] = (names, "list", joined)
        else:
            self.blocks.append((names, tag, text))
        self.kind = ""


# --8<-- [end:parser]
if __name__ == "__main__":
    parser = Sections()
    parser.feed(PAGE)
    for path, kind, text in parser.blocks:
        print(f"[{' > '.join(path)}] {kind}\n{text}\n")
