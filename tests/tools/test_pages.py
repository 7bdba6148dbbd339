"""Authors' errors: each planted fault is found, with its file, its line and a cure."""

import re

import pytest

from tools.pages import cross_faults, read_page, snippet_faults

GOOD = """---
title: A page
description: What this page is about.
---

# A page

A lead.

## Why? { #why-it-is level=core kind=concept }

/// in-short
Because.
///

/// asked-as
- how come
///

Text with [a link](#why-it-is) and code:

```python
--8<-- "chapter/shown.py"
```

![A line that rises](../../snippets/chapter/shown.svg "Rising.")

/// wrong-answers
- **"Never."** Always.
///

/// comes-next
- **And then?** [This](other.md#what-then).
///

/// sources
- [A paper, §1](https://example.org/paper): says so.
///
"""
PATH = "chapter/page.md"


def problems(text: str) -> list[str]:
    return [f"{f.line}: {f.problem}" for f in read_page(PATH, text).faults]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_good_page_has_no_fault_and_one_whole_question():
    """The catalogue's fields come from the Markdown itself, as plain text."""
    page = read_page(PATH, GOOD)
    assert page.faults == []
    (question,) = page.questions
    assert question.id == "why-it-is" and question.question == "Why?" and question.line == 10
    assert (question.level, question.kind, question.in_short) == ("core", "concept", "Because.")
    assert question.asked_as == ["how come"] and question.follow_ups == ["And then?"]
    assert question.sources == [{"title": "A paper, §1", "url": "https://example.org/paper"}]
    assert question.snippets == ["chapter/shown.py"]


PLANTED = {
    "unknown level": ("level=core", "level=expert", "level=expert", "unknown level 'expert'"),
    "unknown kind": ("kind=concept", "kind=idea", "kind=idea", "unknown kind 'idea'"),
    "missing level": ("level=core ", "", "## Why?", "unknown level None"),
    "missing id": ("#why-it-is level", "level", "## Why?", "the question's id is ''"),
    "id not kebab-case": ("#why-it-is level", "#WhyItIs level", "## Why?", "the question's id is 'WhyItIs'"),
    "missing in short": ("/// in-short\nBecause.\n///\n", "", "## Why?", "the question has no `/// in-short`"),
    "empty in short": ("Because.", "", "/// in-short", "an empty `in-short`"),
    "in short over 90 words": ("Because.", "word " * 91, "/// in-short", "`in-short` has 91 words"),
    "missing sources": (GOOD[GOOD.index("/// sources") :], "", "## Why?", "the question has no `/// sources`"),
    "empty sources": ("- [A paper, §1](https://example.org/paper): says so.\n", "", "/// sources", "`sources` has no item"),
    "source without a link": ("[A paper, §1](https://example.org/paper)", "A paper", "/// sources", "a source without an https link"),
    "block never ends": ("says so.\n///\n", "says so.\n", "/// sources", "`/// sources` never ends"),
    "blocks out of order": (
        "/// in-short\nBecause.\n///\n\n/// asked-as\n- how come\n///\n",
        "/// asked-as\n- how come\n///\n\n/// in-short\nBecause.\n///\n",
        "## Why?",
        "the question's blocks are out of order",
    ),
    "typed Python": ('--8<-- "chapter/shown.py"', "print(1)", "```python", "Python typed into a page"),
    "Python beside an include": ('--8<-- "chapter/shown.py"', '--8<-- "chapter/shown.py"\nprint(1)', "```python", "Python typed into a page"),
    "mermaid fence": ("```python\n", "```mermaid\n", "```mermaid", "a `mermaid` fence would load a script"),
    "diagram without alternative": ('```python\n--8<-- "chapter/shown.py"', "```diagram\nflowchart LR", "```diagram", "a diagram without a text alternative"),
    "figure without alternative": ("![A line that rises]", "![]", "![](", "a figure without a text alternative"),
    "fence never ends": ('shown.py"\n```\n', 'shown.py"\n', "```python", "a code fence that never ends"),
    "no title": ("# A page\n", "", "", "0 level-one headings"),
    "no description": ("description: What this page is about.\n", "", "---", "no description in the front matter"),
    "front matter is not YAML": ("description: What", "description: Pages: what", "description", "the front matter is not YAML"),
    "description too long": ("What this page is about.", "long " * 40, "---", "the description is over 160 characters"),
    "a second block": ("/// wrong-answers", "/// asked-as\n- z\n///\n/// wrong-answers", "", "a second `/// asked-as`"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found_on_its_line(name):
    """An author's error is reported where it stands, with what to do."""
    old, new, where, problem = PLANTED[name]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = [f for f in read_page(PATH, text).faults if f.problem.startswith(problem)]
    assert found, problems(text)
    assert found[0].file == "docs/chapter/page.md" and len(found[0].cure) > 5
    if where:
        assert found[0].line == line_of(text, where)


@pytest.fixture
def guide(tmp_path):
    """A guide of one chapter without faults: docs, snippets, register of ids."""
    docs, snippets = tmp_path / "docs", tmp_path / "snippets"
    for folder in (docs / "chapter", snippets / "chapter"):
        folder.mkdir(parents=True)
    (docs / PATH).write_text(GOOD)
    other = GOOD.replace("why-it-is level", "what-then level").replace(
        "(#why-it-is)", "(#what-then)"
    )
    (docs / "chapter/other.md").write_text(other)
    (snippets / "chapter/shown.py").write_text(
        "# --8<-- [start:part]\nx = 1\n# --8<-- [end:part]\n"
    )
    (snippets / "chapter/shown.svg").write_text("<svg></svg>")
    (tmp_path / "ids.txt").write_text("why-it-is\nwhat-then\n")
    return tmp_path


def faults_of(guide) -> list[str]:
    docs, snippets, ids = guide / "docs", guide / "snippets", guide / "ids.txt"
    pages = [
        read_page(p.relative_to(docs).as_posix(), p.read_text())
        for p in sorted(docs.rglob("*.md"))
    ]
    return [
        f"{f.file}:{f.line}: {f.problem}" for f in cross_faults(pages, docs, snippets, ids)
    ] + [f"{f.file}:{f.line}: {f.problem}" for f in snippet_faults(snippets)]


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_whole_guide_without_faults(guide):
    """The good guide is good, so that what follows is due to the planted fault."""
    assert faults_of(guide) == []


def test_missing_snippet(guide):
    """A page that includes a file that does not exist."""
    replace(guide / "docs" / PATH, "shown.py", "gone.py")
    line = line_of((guide / "docs" / PATH).read_text(), "gone.py")
    assert f"docs/{PATH}:{line}: there is no snippets/chapter/gone.py" in faults_of(guide)


def test_missing_section(guide):
    """A page that shows a section that the snippet does not mark."""
    replace(guide / "docs" / PATH, "shown.py", "shown.py:nowhere")
    assert any("has no section 'nowhere'" in f for f in faults_of(guide))


@pytest.mark.parametrize(
    "source, problem",
    [
        ("# --8<-- [start:part]\nx = 1\n", "1: section 'part' never ends"),
        ("x = 1\n# --8<-- [end:part]\n", "2: section 'part' ends and never began"),
        ("# --8<-- [start:p]\n# --8<-- [end:p]\n# --8<-- [start:p]\n# --8<-- [end:p]\n", "3: section 'p' begins twice"),
        ("# --8<-- [start:Part_1]\n# --8<-- [end:Part_1]\n", "1: section name 'Part_1'"),
        ("x = 1  # --8<-- [start:p]\n", "1: a marker that is not well formed"),
    ],
)  # fmt: skip
def test_bad_markers(guide, source, problem):
    """Lost, reused and malformed section markers, which pymdownx.snippets would pass over."""
    (guide / "snippets/chapter/shown.py").write_text(source)
    assert f"snippets/chapter/shown.py:{problem}" in faults_of(guide)


def test_missing_figure(guide):
    """A figure that was never drawn."""
    (guide / "snippets/chapter/shown.svg").unlink()
    assert any("there is no figure" in f for f in faults_of(guide))


def test_duplicate_id(guide):
    """Two questions with one id, on different pages."""
    replace(guide / "docs/chapter/other.md", "#what-then", "#why-it-is")
    assert any(
        "'why-it-is' is taken by docs/chapter/other.md:10" in f for f in faults_of(guide)
    )


def test_changed_id(guide):
    """A published id that no page has any more."""
    replace(guide / "docs/chapter/other.md", "#what-then", "#another-name")
    found = faults_of(guide)
    assert any(
        re.search(r"question_ids.txt:2: the published question 'what-then' is gone", f)
        for f in found
    )
    assert any("the id 'another-name' is not registered" in f for f in found)


def test_broken_link_and_anchor(guide):
    """A link to a page that does not exist, and to an anchor that its page does not have."""
    replace(guide / "docs" / PATH, "(other.md#what-then)", "(nowhere.md)")
    replace(guide / "docs" / PATH, "(#why-it-is)", "(other.md#what-if)")
    text = (guide / "docs" / PATH).read_text()
    found = faults_of(guide)
    assert (
        f"docs/{PATH}:{line_of(text, 'nowhere.md')}: the link 'nowhere.md' leads nowhere"
        in found
    )
    assert (
        f"docs/{PATH}:{line_of(text, 'what-if')}: chapter/other.md has no anchor 'what-if'"
        in found
    )


@pytest.mark.parametrize("name", ["unused.py", "unused.out", "unused.svg"])
def test_orphans(guide, name):
    """A snippet, an output or a figure that no page shows."""
    (guide / "snippets/chapter" / name).write_text("x = 1\n")
    assert f"snippets/chapter/{name}:1: no page shows this file" in faults_of(guide)


def test_a_data_file_that_nothing_reads(guide):
    """A data file that no snippet names; naming it mends that."""
    (guide / "snippets/data").mkdir()
    (guide / "snippets/data/rows.jsonl").write_text("{}\n")
    assert "snippets/data/rows.jsonl:1: no snippet reads this file" in faults_of(guide)
    replace(guide / "snippets/chapter/shown.py", "x = 1", 'x = "rows.jsonl"')
    assert faults_of(guide) == []
