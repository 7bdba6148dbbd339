"""Read the Markdown pages: their questions, code, figures and links, each with its line.

Everything here is a plain function of text, so that the build, the tests and `tools.check` share it.
What an author got wrong is reported as `Fault`s: file, line, what is wrong and how to mend it.
"""

import html
import re
from pathlib import Path
from typing import NamedTuple

import markdown
import yaml
from markdown.extensions.toc import slugify

from tools.outputs import SECTION_MARKER, SNIPPETS, data_files

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
IDS = ROOT / "tools" / "question_ids.txt"

LEVELS = ("foundation", "core", "advanced")
KINDS = ("concept", "coding", "arithmetic", "design", "behavioural")
BLOCKS = {
    "in-short": "In short",
    "asked-as": "Also asked as",
    "wrong-answers": "Common wrong answers",
    "comes-next": "What comes next",
    "sources": "Sources",
}
IN_SHORT_WORDS = 90
NOT_CHAPTERS = ("about/", "assets/", "labs/")  # folders of docs/ whose pages hold no questions
GENERATED = {"questions.json", "llms.txt"}  # made by the build: a page may link them

FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})[ {.]*(?P<language>[\w+-]*)(?P<rest>.*)$"
)
HEADING = re.compile(
    r"^(?P<marks>#{1,6})\s+(?P<title>.*?)\s*(?:\{(?P<attributes>[^{}]*)\})?\s*$"
)
INCLUDE = re.compile(r'^\s*--8<--\s+"(?P<path>[^":]+)(?::(?P<section>[^"]*))?"\s*$')
FIGURE = re.compile(
    r'^!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s"]+)(?:\s+"(?P<caption>[^"]*)")?\)\s*$', re.M
)
LINK = re.compile(
    r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)"
)
SECTION = re.compile(r"^[ \t]*# --8<-- \[(?P<edge>start|end):(?P<name>[^\]]*)\][ \t]*$")


class Fault(NamedTuple):
    """An author's error, told so that it can be mended without reading our code."""

    file: str
    line: int
    problem: str
    cure: str
    finishing: bool = False  # true for work in progress: a preview goes on

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}\n    cure: {self.cure}"


class Include(NamedTuple):
    """A ``--8<--`` line inside a fence."""

    line: int
    language: str
    path: str
    section: str | None


class Question(NamedTuple):
    """A question as the catalogue publishes it, all text plain, and the line of its heading."""

    id: str
    page: str
    line: int
    question: str
    level: str
    kind: str
    in_short: str
    asked_as: list[str]
    follow_ups: list[str]
    sources: list[dict[str, str]]
    snippets: list[str]


class Page(NamedTuple):
    """A Markdown page: `path` is relative to docs/; `anchors` are the ids it offers."""

    path: str
    title: str
    description: str
    questions: list[Question]
    includes: list[Include]
    figures: list[tuple[int, str]]
    links: list[tuple[int, str]]
    anchors: set[str]
    faults: list[Fault]


def plain(text: str) -> str:
    """Markdown to the text a reader sees, on one line."""
    rendered = markdown.markdown(text, extensions=["tables"])
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", rendered)).split())


def items(block: str) -> list[str]:
    """The top-level bullets of a block, continuation lines joined."""
    return [
        " ".join(part.split())
        for part in re.split(r"^[-*] +", block, flags=re.M)[1:]
        if part.strip()
    ]


def is_question_page(path: str) -> bool:
    """Whether `path` (relative to docs/) is a page of a chapter: every level-two heading is a question."""
    return "/" in path and not path.startswith(NOT_CHAPTERS) and not path.endswith("/index.md")


def read_page(path: str, text: str) -> Page:
    """Parse the Markdown `text` of docs/`path`."""
    file = f"docs/{path}"
    faults: list[Fault] = []
    try:
        meta, body, offset = _front_matter(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        faults.append(Fault(file, mark.line + 2 if mark else 1, "the front matter is not YAML",
                            "quote a value that holds a colon: `description: \"…: …\"`"))  # fmt: skip
        meta, body, offset = {"title": "?", "description": "?"}, text, 0
    for key, cure in (
        ("title", "begin the file with `---`, `title: …`, `description: …`, `---`"),
        ("description", "add `description: …`, one sentence of at most 160 characters"),
    ):
        if not meta.get(key):
            faults.append(Fault(file, 1, f"no {key} in the front matter", cure))
    if len(meta.get("description", "")) > 160:
        faults.append(Fault(file, 1, "the description is over 160 characters", "shorten it"))

    lines = body.splitlines()
    headings: list[tuple[int, re.Match]] = []
    blocks: list[tuple[int, str, str]] = []
    includes: list[Include] = []
    figures: list[tuple[int, str]] = []
    links: list[tuple[int, str]] = []
    prose: list[tuple[int, str]] = []
    fence: tuple[str, str, int, list[str]] | None = None
    block: tuple[str, int, list[str]] | None = None
    for index, line in enumerate(lines, offset + 1):
        if fence:
            marks, language, start, inside = fence
            if line.strip().startswith(marks) and not line.strip().strip(marks[0]):
                faults += _fence_faults(file, language, start, inside)
                fence = None
            else:
                inside.append(line)
                if found := INCLUDE.match(line):
                    includes.append(Include(index, language, found["path"], found["section"]))
            continue
        if opened := FENCE.match(line):
            fence = (opened["fence"], opened["language"].lower(), index, [])
            continue
        if line.startswith("/// ") and line[4:].strip() in BLOCKS:
            if block:
                faults.append(_unclosed(file, block))
            block = (line[4:].strip(), index, [])
            continue
        if line.strip() == "///" and block:
            name, start, inside = block
            blocks.append((start, name, "\n".join(inside)))
            block = None
            continue
        if heading := HEADING.match(line):
            if block:
                faults.append(_unclosed(file, block))
                block = None
            headings.append((index, heading))
        if block:
            block[2].append(line)
        if figure := FIGURE.match(line):
            figures.append((index, figure["path"]))
            if not figure["alt"].strip():
                faults.append(Fault(file, index, "a figure without a text alternative",
                                    "say between the brackets what the figure shows"))  # fmt: skip
        prose.append((index, re.sub(r"`[^`]*`", "", line)))
    if fence:
        faults.append(
            Fault(file, fence[2], "a code fence that never ends", f"close it with {fence[0]}")
        )
    if block:
        faults.append(_unclosed(file, block))
    links = [(index, found["target"]) for index, line in prose for found in LINK.finditer(line)]

    title = [h for _, h in headings if len(h["marks"]) == 1]
    if len(title) != 1:
        faults.append(
            Fault(
                file,
                offset + 1,
                f"{len(title)} level-one headings",
                "write exactly one `# Title`",
            )
        )
    anchors, questions = set(), []
    marked = [(i, h) for i, h in headings if len(h["marks"]) == 2]
    for position, (index, heading) in enumerate(marked):
        end = marked[position + 1][0] if position + 1 < len(marked) else len(lines) + offset + 1
        attributes = _attributes(heading["attributes"])
        if (
            not is_question_page(path)
            and "level" not in attributes
            and "kind" not in attributes
        ):
            continue
        own = [(s, n, t) for s, n, t in blocks if index < s < end]
        here = [i for i in includes if index < i.line < end and i.language == "python"]
        question, wrong = _question(file, path, index, heading, attributes, own, here)
        faults += wrong
        if question:
            questions.append(question)
    used: set[str] = set()
    for _, heading in headings:
        explicit = _attributes(heading["attributes"]).get("id")
        anchors.add(explicit or _unique(slugify(plain(heading["title"]), "-"), used))
    anchors |= set(re.findall(r'\bid="([^"]+)"', body))
    return Page(
        path, meta.get("title", ""), meta.get("description", ""), questions, includes, figures, links, anchors, faults
    )  # fmt: skip


def _front_matter(text: str) -> tuple[dict, str, int]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.S)
    if not found:
        return {}, text, 0
    return yaml.safe_load(found[1]) or {}, text[found.end() :], text[: found.end()].count("\n")


def _unclosed(file: str, block: tuple[str, int, list[str]]) -> Fault:
    return Fault(file, block[1], f"`/// {block[0]}` never ends", "close it with a line `///`")


def _attributes(text: str | None) -> dict[str, str]:
    out = {}
    for word in (text or "").lstrip(":").split():
        if word.startswith("#"):
            out["id"] = word[1:]
        elif "=" in word:
            key, _, value = word.partition("=")
            out[key] = value.strip("\"'")
    return out


def _unique(slug: str, used: set[str]) -> str:
    candidate, number = slug, 0
    while candidate in used:
        number += 1
        candidate = f"{slug}_{number}"
    used.add(candidate)
    return candidate


def _fence_faults(file: str, language: str, start: int, inside: list[str]) -> list[Fault]:
    typed = [line for line in inside if line.strip() and not INCLUDE.match(line)]
    if language in ("python", "py", "python3"):
        if typed or not inside:
            return [Fault(file, start, "Python typed into a page",
                          "put it in a file under snippets/ and include it, or fence it as `text` if it "
                          "is not meant to run")]  # fmt: skip
        if len([line for line in inside if line.strip()]) > 1 or language != "python":
            return [Fault(file, start, "a Python fence holds one include and is called `python`",
                          "write one fence for each file")]  # fmt: skip
    if language == "mermaid":
        return [Fault(file, start, "a `mermaid` fence would load a script from another host",
                      "call the fence `diagram`: it is drawn when the site is built")]  # fmt: skip
    if language == "diagram" and not (inside and inside[0].startswith("%% ")):
        return [Fault(file, start, "a diagram without a text alternative",
                      "begin it with a line `%% what the diagram shows`")]  # fmt: skip
    return []


def _question(
    file: str, path: str, line: int, heading: re.Match, attributes: dict[str, str],
    blocks: list[tuple[int, str, str]], includes: list[Include],
) -> tuple[Question | None, list[Fault]]:  # fmt: skip
    faults = []

    def fault(at: int, problem: str, cure: str) -> None:
        faults.append(Fault(file, at, problem, cure))

    identifier = attributes.get("id", "")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", identifier):
        fault(
            line,
            f"the question's id is {identifier!r}",
            "write `{ #kebab-case-id level=… kind=… }` after the heading",
        )
    for name, allowed in (("level", LEVELS), ("kind", KINDS)):
        if attributes.get(name) not in allowed:
            fault(
                line,
                f"unknown {name} {attributes.get(name)!r}",
                f"use one of: {', '.join(allowed)}",
            )
    found: dict[str, tuple[int, str]] = {}
    for start, name, text in blocks:
        if name in found:
            fault(start, f"a second `/// {name}` in one question", "merge the two")
        found[name] = (start, text)
    for name in BLOCKS:
        if name not in found:
            fault(
                line,
                f"the question has no `/// {name}`",
                f"add the block `/// {name}` … `///` under it",
            )
    order = [name for name in BLOCKS if name in found]
    if sorted(order, key=lambda n: found[n][0]) != order:
        fault(
            line,
            "the question's blocks are out of order",
            f"put them in this order: {', '.join(BLOCKS)}",
        )
    text_of = {name: found.get(name, (line, ""))[1] for name in BLOCKS}
    in_short = plain(text_of["in-short"])
    if "in-short" in found and not in_short:
        fault(found["in-short"][0], "an empty `in-short`", "say the answer in at most 90 words")
    if (words := len(in_short.split())) > IN_SHORT_WORDS:
        fault(
            found["in-short"][0], f"`in-short` has {words} words", f"cut it to {IN_SHORT_WORDS}"
        )
    for name in ("asked-as", "wrong-answers", "comes-next", "sources"):
        if name in found and not items(text_of[name]):
            fault(
                found[name][0],
                f"`{name}` has no item",
                "write each item on a line that begins with `- `",
            )
    sources = []
    for item in items(text_of["sources"]):
        link = LINK.search(item)
        if not link or not link["target"].startswith("https://"):
            fault(found["sources"][0], f"a source without an https link: {item[:60]!r}",
                  "write `- [title, section](https://…): what it says`")  # fmt: skip
        else:
            sources.append({"title": plain(link["text"]), "url": link["target"]})
    snippets = list(dict.fromkeys(i.path for i in includes))
    follow_ups = []
    for item in items(text_of["comes-next"]):
        bold = re.match(r"\*\*(.+?)\*\*", item)
        follow_ups.append(plain(bold[1] if bold else item))
    asked = [plain(item) for item in items(text_of["asked-as"])]
    return Question(
        identifier, path, line, plain(heading["title"]), attributes.get("level", ""), attributes.get("kind", ""),
        in_short, asked, follow_ups, sources, snippets,
    ), faults  # fmt: skip


def read_all(docs: Path = DOCS) -> list[Page]:
    """Every Markdown page under `docs`, in path order."""
    return [
        read_page(p.relative_to(docs).as_posix(), p.read_text(encoding="utf-8"))
        for p in sorted(docs.rglob("*.md"))
    ]


def snippet_faults(snippets: Path = SNIPPETS) -> list[Fault]:
    """Markers without a partner and reused section names, which pymdownx.snippets passes over."""
    faults = []
    for path in sorted(snippets.rglob("*.py")):
        file = f"snippets/{path.relative_to(snippets).as_posix()}"
        opened: dict[str, int] = {}
        closed: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not (found := SECTION.match(line)):
                if "--8<--" in line:
                    faults.append(Fault(file, number, "a marker that is not well formed",
                                        "write `# --8<-- [start:name]` or `# --8<-- [end:name]` alone on a line"))  # fmt: skip
                continue
            name = found["name"]
            if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
                faults.append(Fault(file, number, f"section name {name!r}", "use kebab-case"))
            if found["edge"] == "start":
                if name in opened or name in closed:
                    faults.append(
                        Fault(
                            file,
                            number,
                            f"section {name!r} begins twice",
                            "give each section its own name",
                        )
                    )
                opened[name] = number
            elif name not in opened:
                faults.append(
                    Fault(
                        file,
                        number,
                        f"section {name!r} ends and never began",
                        f"add `# --8<-- [start:{name}]` above",
                    )
                )
            else:
                closed.add(name)
                del opened[name]
        faults += [
            Fault(
                file,
                number,
                f"section {name!r} never ends",
                f"add `# --8<-- [end:{name}]` below",
            )
            for name, number in opened.items()
        ]
    return faults


def cross_faults(
    pages: list[Page], docs: Path = DOCS, snippets: Path = SNIPPETS, ids: Path = IDS
) -> list[Fault]:
    """What only shows when pages, snippets and the register of ids are held together."""
    faults: list[Fault] = []
    shown: set[str] = set()
    anchors = {page.path: page.anchors for page in pages}
    owners: dict[str, Question] = {}
    for page in pages:
        file = f"docs/{page.path}"
        for include in page.includes:
            target = snippets / include.path
            shown.add(include.path)
            if not target.is_file():
                faults.append(Fault(file, include.line, f"there is no snippets/{include.path}",
                                    "correct the name, or write the file (an output: run `make outputs`)"))  # fmt: skip
            elif include.section is not None and not re.search(
                rf"# --8<-- \[start:{re.escape(include.section)}\]",
                target.read_text(encoding="utf-8"),
            ):
                faults.append(Fault(file, include.line, f"snippets/{include.path} has no section {include.section!r}",
                                    f"mark it there with `# --8<-- [start:{include.section}]` … `[end:{include.section}]`"))  # fmt: skip
        for line, path in page.figures:
            target = (docs / page.path).parent / path
            if not target.resolve().is_file():
                faults.append(
                    Fault(
                        file,
                        line,
                        f"there is no figure {path}",
                        "run `make outputs`, or correct the path",
                    )
                )
            elif snippets.resolve() in target.resolve().parents:
                shown.add(target.resolve().relative_to(snippets.resolve()).as_posix())
        faults += _link_faults(file, page, anchors, docs)
        for question in page.questions:
            if other := owners.get(question.id):
                faults.append(Fault(file, question.line, f"the id {question.id!r} is taken by docs/{other.page}:{other.line}",
                                    "choose another: ids are unique in the whole guide"))  # fmt: skip
            owners[question.id] = question
    for path in sorted(p for p in snippets.rglob("*") if p.suffix in (".py", ".out", ".svg")):
        name = path.relative_to(snippets).as_posix()
        if name not in shown:
            faults.append(
                Fault(
                    f"snippets/{name}",
                    1,
                    "no page shows this file",
                    "include it on a page, or delete it",
                    True,
                )
            )
    used = {
        file.name
        for path in snippets.rglob("*.py")
        for file in data_files(path.read_text(encoding="utf-8"), snippets / "data")
    }
    faults += [
        Fault(f"snippets/data/{path.name}", 1, "no snippet reads this file", "name it in one, or delete it", True)
        for path in sorted(snippets.glob("data/*.jsonl"))
        if path.name not in used
    ]  # fmt: skip
    registered = ids.read_text(encoding="utf-8").split() if ids.exists() else []
    for number, identifier in enumerate(registered, 1):
        if identifier not in owners:
            faults.append(Fault("tools/question_ids.txt", number, f"the published question {identifier!r} is gone",
                                "give the question its id back: people have linked to it"))  # fmt: skip
    for identifier in sorted(set(owners) - set(registered)):
        owner = owners[identifier]
        faults.append(Fault(f"docs/{owner.page}", owner.line, f"the id {identifier!r} is not registered",
                            "run `make tidy`, which records new ids", True))  # fmt: skip
    return faults


def _link_faults(
    file: str, page: Page, anchors: dict[str, set[str]], docs: Path
) -> list[Fault]:
    faults = []
    for line, target in page.links:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        resolved = (docs / page.path).parent / path if path else docs / page.path
        try:
            name = resolved.resolve().relative_to(docs.resolve()).as_posix()
        except ValueError:
            name = ""
        lab = resolved.with_suffix(".ipynb").is_file()
        if not resolved.is_file() and name not in GENERATED and not lab:
            faults.append(
                Fault(
                    file,
                    line,
                    f"the link {target!r} leads nowhere",
                    "link an existing page by its file, `page.md#id`",
                )
            )
        elif anchor and name in anchors and anchor not in anchors[name]:
            near = ", ".join(
                sorted(a for a in anchors[name] if set(a.split("-")) & set(anchor.split("-")))
            )
            faults.append(
                Fault(
                    file,
                    line,
                    f"{name} has no anchor {anchor!r}",
                    f"use one of its ids{': ' + near if near else ''}",
                )
            )
    return faults


def all_faults(
    docs: Path = DOCS, snippets: Path = SNIPPETS, ids: Path = IDS
) -> tuple[list[Page], list[Fault]]:
    """Read everything; return the pages and every fault, pages' own first."""
    pages = read_all(docs)
    own = [fault for page in pages for fault in page.faults]
    return pages, own + snippet_faults(snippets) + cross_faults(pages, docs, snippets, ids)


def section_text(path: str, section: str | None, snippets: Path = SNIPPETS) -> str:
    """The lines of a snippet that a page shows: all, or a named section, without markers."""
    text = (snippets / path).read_text(encoding="utf-8")
    if section:
        inside = re.search(
            rf"# --8<-- \[start:{re.escape(section)}\][^\n]*\n(.*?)^[^\n]*# --8<-- \[end:{re.escape(section)}\]",
            text, re.S | re.M,
        )  # fmt: skip
        text = inside[1] if inside else ""
    return SECTION_MARKER.sub("", text)
