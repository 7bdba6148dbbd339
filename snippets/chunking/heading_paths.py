"""Markdown cut at its headings, each section with its path of headings, as the library does."""

import re

from langchain_text_splitters import MarkdownHeaderTextSplitter

PAGE = """# Refunds
Ask within 30 days.

## Digital goods
### Exceptions
Not refundable once downloaded.

```bash
# Refunds are listed here
ls refunds/
```
## Shipping
The buyer pays.
"""


# --8<-- [start:sections]
def sections(page: str, deepest: int = 3) -> list[tuple[tuple[str, ...], str]]:
    """(path, text) of each section with text; a `#` inside a code fence is no heading."""
    path: list[tuple[int, str]] = []
    found: list[tuple[tuple[str, ...], list[str]]] = []
    fenced = False
    for line in page.splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else re.match(r"(#+) (.*)", line)
        if heading and len(heading[1]) <= deepest:
            level = len(heading[1])
            path = [*[p for p in path if p[0] < level], (level, heading[2].strip())]
            found.append((tuple(title for _, title in path), []))
        elif line.strip():
            if not found:
                found.append(((), []))
            found[-1][1].append(line.strip())
    return [(titles, "\n".join(lines)) for titles, lines in found if lines]


# --8<-- [end:sections]
def library(page: str) -> list[tuple[tuple[str, ...], str]]:
    splitter = MarkdownHeaderTextSplitter([("#", "1"), ("##", "2"), ("###", "3")])
    parts = splitter.split_text(page)
    return [(tuple(p.metadata.values()),
             "\n".join(x.strip() for x in p.page_content.splitlines() if x.strip()))
            for p in parts]  # fmt: skip


def main() -> None:
    for path, text in sections(PAGE):
        print(f"{' > '.join(path):38}{text.splitlines()[0]}")
    print(f"equal to the library: {sections(PAGE) == library(PAGE)}")
    naive = [line for line in PAGE.splitlines() if line.startswith("#")]
    print(f"lines that begin with #: {len(naive)}, headings: 4")


if __name__ == "__main__":
    main()
