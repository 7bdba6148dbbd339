"""What the built site holds besides its pages: catalogue, lists, downloads, headers, math font."""

import gzip
import html
import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path

import yaml
from mkdocs.structure.files import File, Files

from tools.notebooks import to_markdown
from tools.outputs import DATA, SNIPPETS, all_snippets, data_files, published
from tools.pages import DOCS, KINDS, LEVELS, ROOT, Page, is_question_page
from tools.proofs import TESTS
from tools.search_index import Section, encode

CURRICULUM = ROOT / "tools" / "curriculum.yml"
POPULAR = ROOT / "tools" / "popular_questions.txt"
MATH_FONT = "assets/fonts/math.woff2"
# Operators and what stretches; letters and digits come from the text font (see `tools.render.mathml`).
MATH_SYMBOLS = "()[]{}|‖/\\+−±×·⋅∗∘=≠≈≡∼∝<>≤≥≪≫,.:;!′″…⋯⋮⋱√∑∏∫∂∇∞∈∉∋⊂⊆∪∩∧∨¬∀∃∅→←↔↦⇒⇔↑↓⌈⌉⌊⌋⟨⟩⊙⊕⊗⊤⊥ℝℕℤ𝔼ℓ‾¯^ˆ~˜⏞⏟∣∥\u2061\u2062"
# Besides these, a page may load only what the site itself serves.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'"
)


@cache
def curriculum() -> list[dict]:
    """The sixteen chapters: number, slug, title, about, and whether they are written."""
    chapters = yaml.safe_load(CURRICULUM.read_text(encoding="utf-8"))
    return [
        {"number": n, **c, "written": (DOCS / c["slug"] / "index.md").exists()}
        for n, c in enumerate(chapters, 1)
    ]


def catalogue(pages: list[Page]) -> dict:
    """The published catalogue (``/questions.json``), in the order of the chapters and of their pages' nav."""
    chapters = [c for c in curriculum() if c["written"]]
    order = {c["slug"]: c["number"] for c in chapters}
    nav = _nav_order()
    own = [p for p in pages if is_question_page(p.path) and p.path.split("/")[0] in order]
    own.sort(key=lambda p: (order[p.path.split("/")[0]], nav.get(p.path, len(nav)), p.path))
    questions = []
    for page in own:
        url = page.path.removesuffix(".md") + "/"
        for q in page.questions:
            questions.append({
                "id": q.id, "chapter": q.page.split("/")[0], "page": page.title, "url": f"{url}#{q.id}",
                "question": q.question, "level": q.level, "kind": q.kind, "in_short": q.in_short,
                "asked_as": q.asked_as, "follow_ups": q.follow_ups, "sources": q.sources, "snippets": q.snippets,
            })  # fmt: skip
    return {
        "version": 1,
        "chapters": [
            {
                "number": c["number"],
                "slug": c["slug"],
                "title": c["title"],
                "url": f"{c['slug']}/",
            }
            for c in chapters
        ],
        "questions": questions,
    }


def _nav_order() -> dict[str, int]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return {
        name: n
        for n, name in enumerate(
            re.findall(r"[\w./-]+\.(?:md|ipynb)", text[text.index("\nnav:") :])
        )
    }


def add_files(files: Files, config, data: dict) -> Files:
    """Add the generated files; they exist only in the built site."""
    add = {
        "questions.json": json.dumps(data, ensure_ascii=False, indent=1) + "\n",
        "llms.txt": llms_txt(data, config),
        "robots.txt": f"User-agent: *\nAllow: /\nSitemap: {config.site_url}sitemap.xml\n",
        MATH_FONT: math_font(),
    }
    for path in all_snippets():
        source = published(path.read_text(encoding="utf-8"))
        add[f"code/{path.relative_to(SNIPPETS).as_posix()}"] = source
        for file in data_files(source):
            add[f"code/data/{file.name}"] = file.read_bytes()
    for path in sorted(DATA.glob("*.txt")):  # where the data come from, and their licences
        add[f"code/data/{path.name}"] = path.read_text(encoding="utf-8")
    for path in sorted(TESTS.rglob("test_*.py")):
        add[f"code/tests/{path.relative_to(TESTS.parent).as_posix()}"] = path.read_text(
            encoding="utf-8"
        )
    for path in sorted((DOCS / "labs").glob("*.ipynb")):
        add[f"labs/{path.stem}.md"] = to_markdown(path)
    for name, content in add.items():
        files.append(File.generated(config, name, content=content))
    return files


def llms_txt(data: dict, config) -> str:
    """The pages and questions as https://llmstxt.org proposes."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    lines += ["The catalogue of all questions with their short answers: "
              f"[questions.json]({config.site_url}questions.json)", ""]  # fmt: skip
    for chapter in data["chapters"]:
        lines += [f"## {chapter['number']}. {chapter['title']}", ""]
        lines += [
            f"- [{q['question']}]({config.site_url}{q['url']}): {q['page']}, {q['level']}"
            for q in data["questions"] if q["chapter"] == chapter["slug"]
        ] + [""]  # fmt: skip
    return "\n".join(lines)


def lists(content: str, url: str, data: dict, root: str) -> str:
    """Replace ``<!-- list: NAME -->`` by a list made from the catalogue."""

    def replacement(match: re.Match) -> str:
        name, _, argument = match[1].partition(" ")
        if name == "chapters":
            return _chapters(data, root)
        if name == "answer":
            return _answer(argument, data, root)
        if name == "chapter-questions":
            slug = url.split("/")[0]
            return _by_level([q for q in data["questions"] if q["chapter"] == slug], root)
        if name == "all-questions":
            return _all_questions(data, root)
        if name == "count":
            return str(len(data["questions"]))
        raise ValueError(
            f"{url}: unknown list {name!r}; use chapters, answer ID, chapter-questions, all-questions, count"
        )

    return re.sub(r"<!-- list: (.*?) -->", replacement, content)


def _chapters(data: dict, root: str) -> str:
    rows = []
    for c in curriculum():
        number = sum(q["chapter"] == c["slug"] for q in data["questions"])
        title = f'<span class="number">{c["number"]}</span> '
        if c["written"]:
            title += f'<a href="{root}{c["slug"]}/">{html.escape(c["title"])}</a>'
            state = f"{number} questions"
        else:
            title += html.escape(c["title"])
            state = "not written yet"
        rows.append(
            f'<li class="{"written" if c["written"] else "unwritten"}"><p class="title">{title}</p>'
            f'<p>{html.escape(c["about"])} <span class="state">{state}</span></p></li>'
        )
    return f'<ol class="chapters">{"".join(rows)}</ol>'


def _answer(identifier: str, data: dict, root: str) -> str:
    q = next(q for q in data["questions"] if q["id"] == identifier)
    return (
        f'<div class="sample"><h3><a href="{root}{q["url"]}">{html.escape(q["question"])}</a></h3>'
        f'<div class="admonition in-short"><p class="admonition-title">In short</p><p>{html.escape(q["in_short"])}</p></div></div>'
    )


def _entry(q: dict, root: str) -> str:
    return (
        f'<li data-chapter="{q["chapter"]}" data-level="{q["level"]}" data-kind="{q["kind"]}">'
        f'<a href="{root}{q["url"]}">{html.escape(q["question"])}</a> '
        f'<span class="where">{html.escape(q["page"])} · {q["kind"]}</span></li>'
    )


def _by_level(questions: list[dict], root: str) -> str:
    out = []
    for level in LEVELS:
        if own := [q for q in questions if q["level"] == level]:
            out.append(
                f'<h2 id="{level}">{level.capitalize()} <span class="count">{len(own)}</span></h2>'
            )
            out.append(f'<ol class="questions">{"".join(_entry(q, root) for q in own)}</ol>')
    return "".join(out)


def _all_questions(data: dict, root: str) -> str:
    def select(name: str, options: list[tuple[str, str]]) -> str:
        choices = "".join(f'<option value="{v}">{html.escape(t)}</option>' for v, t in options)
        return f'<label>{name.capitalize()} <select name="{name}"><option value="">all</option>{choices}</select></label>'

    form = (
        '<form class="filter" hidden>'
        + select(
            "chapter", [(c["slug"], f"{c['number']}. {c['title']}") for c in data["chapters"]]
        )
        + select("level", [(level, level) for level in LEVELS])
        + select("kind", [(kind, kind) for kind in KINDS])
        + f'<output aria-live="polite">{len(data["questions"])} questions</output></form>'
    )
    out = [form]
    for c in data["chapters"]:
        own = [q for q in data["questions"] if q["chapter"] == c["slug"]]
        out.append(
            f'<section class="chapter-list"><h2 id="{c["slug"]}">{c["number"]}. {html.escape(c["title"])}</h2>'
            f'<ol class="questions">{"".join(_entry(q, root) for q in own)}</ol></section>'
        )
    return "".join(out)


@cache
def math_font() -> bytes:
    """STIX Two Math (OFL, from the ziamath package), cut to the symbols TeX writes, as WOFF2.

    Without an OpenType math font a browser cannot stretch brackets and roots.
    """
    from importlib.util import find_spec

    from fontTools import subset

    spec = find_spec("ziamath")
    source = next(Path(spec.submodule_search_locations[0]).rglob("STIXTwoMath-Regular.ttf"))
    options = subset.Options(
        flavor="woff2", layout_features=[], notdef_outline=True, hinting=False
    )
    font = subset.load_font(str(source), options)
    chooser = subset.Subsetter(options)
    chooser.populate(text=MATH_SYMBOLS)
    chooser.subset(font)
    font.recalcTimestamp = False
    out = BytesIO()
    subset.save_font(font, out, options)
    return out.getvalue()


def index_sources() -> list[str]:
    """Everything the search index is made from: a change of any of it changes the index's version."""
    paths = [
        *DOCS.rglob("*.md"),
        *DOCS.rglob("*.ipynb"),
        *all_snippets(),
        *(ROOT / "tools").glob("*.*"),
        *SNIPPETS.rglob("*.out"),
    ]
    return [p.read_text(encoding="utf-8") for p in sorted(paths)]


def search_filters(data: dict) -> str:
    """The choices of the search dialog's filters, as JSON for an attribute."""
    chapters = [[c["slug"], f"{c['number']}. {c['title']}"] for c in data["chapters"]]
    return json.dumps({"chapters": chapters, "levels": LEVELS}, ensure_ascii=False)


def write_search(
    site: Path, sections: dict[str, list[Section]], data: dict, version: str
) -> None:
    """Write the index and, a file a page, the text that excerpts are taken from.

    Raises ValueError if a question of the catalogue is missing from it, or a popular one does not exist.
    """
    order = {q["url"]: n for n, q in enumerate(data["questions"])}
    corpus = [s for page in sections.values() for s in page]
    corpus.sort(key=lambda s: (order.get(s.url, len(order)), s.url))
    indexed = {s.url for s in corpus}
    if missing := [q["url"] for q in data["questions"] if q["url"] not in indexed]:
        raise ValueError(f"not in the search index: {missing}")
    popular = POPULAR.read_text(encoding="utf-8").split()
    if unknown := set(popular) - {q["id"] for q in data["questions"]}:
        raise ValueError(
            f"{POPULAR.name}: no such question: {sorted(unknown)}; remove or correct the line"
        )
    folder = site / "assets" / "search"
    folder.mkdir(parents=True, exist_ok=True)
    chapters = {c["slug"]: f"{c['number']}. {c['title']}" for c in data["chapters"]}
    (folder / "index.bin").write_bytes(encode(corpus, version, chapters, popular))
    for own in sections.values():
        if own:
            page = own[0].url.partition("#")[0]
            texts = {s.url.partition("#")[2]: s.fields["body"] for s in own}
            name = page.replace("/", "_") or "index_"
            (folder / f"{name}.json").write_text(
                json.dumps(texts, ensure_ascii=False), encoding="utf-8"
            )


def after_build(site: Path) -> None:
    """Write the headers of hosts that can set them: Netlify's and Cloudflare's format, and nginx's."""
    headers = {
        "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    common = "".join(f"  {name}: {value}\n" for name, value in headers.items())
    (site / "_headers").write_text(
        f"/*\n{common}  Cache-Control: public, max-age=600\n\n"
        "/assets/*\n  ! Cache-Control\n  Cache-Control: public, max-age=86400\n\n"
        "/code/*\n  Content-Type: text/plain; charset=utf-8\n",
        encoding="utf-8",
    )
    (site / "security-headers.conf").write_text(
        "".join(f'add_header {name} "{value}" always;\n' for name, value in headers.items()),
        encoding="utf-8",
    )


def compress(site: Path) -> int:
    """Write ``.gz`` beside every text file (no time stamp: two runs are identical); returns how many."""
    wanted = {
        ".html",
        ".css",
        ".js",
        ".json",
        ".xml",
        ".txt",
        ".svg",
        ".py",
        ".ipynb",
        ".jsonl",
    }
    paths = [p for p in sorted(site.rglob("*")) if p.suffix in wanted and p.is_file()]
    for path in paths:
        path.with_name(path.name + ".gz").write_bytes(
            gzip.compress(path.read_bytes(), 9, mtime=0)
        )
    return len(paths)


if __name__ == "__main__":
    print(compress(ROOT / "site"), "files compressed")
