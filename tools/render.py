"""Turn what authors write into what readers see, before and after Markdown.

`prepare` rewrites the source so that Markdown passes on what it would lose (which file a fence shows);
`finish` replaces those marks in the HTML: toolbars on code, inline figures, MathML, question labels.
"""

import html
import re
import zlib
from pathlib import Path

import merm
from math_core import LatexToMathML

from tools.outputs import SNIPPETS, data_files, published
from tools.pages import FENCE, FIGURE, INCLUDE, Question
from tools.proofs import Proof

_latex = LatexToMathML()
SHOWN_WORDINGS = 4  # of "also asked as"; the others fold away
# merm's own colours, and what stands for them in the site's two schemes.
DIAGRAM_COLOURS = {
    "#ECECFF": "var(--diagram-node, #eef2f6)",
    "#9370DB": "var(--diagram-line, #5b6b7b)",
    "#333333": "currentColor",
    "#ffffde": "var(--diagram-group, #f6f6f2)",
    "#aaaa33": "var(--diagram-line, #5b6b7b)",
    "white": "transparent",
    "rgba(232,232,232,0.8)": "var(--paper, #ffffff)",  # behind the label of an edge
}


def prepare(text: str) -> str:
    """Mark fences that include a file, and replace figure lines by an empty figure element."""
    lines, out = text.split("\n"), []
    fence = None
    for number, line in enumerate(lines):
        opened = FENCE.match(line)
        if fence:
            if line.strip() == fence:
                fence = None
        elif opened:
            fence = opened["fence"]
            include = INCLUDE.match(lines[number + 1]) if number + 1 < len(lines) else None
            if include and opened["language"] in ("python", "text"):
                role = "snippet" if opened["language"] == "python" else "output"
                section = f' data-section="{include["section"]}"' if include["section"] else ""
                line = (
                    f"{opened['indent']}{fence} {{ .{opened['language']} .{role} "
                    f'data-file="{include["path"]}"{section} }}'
                )
        elif (drawn := FIGURE.match(line)) and drawn["path"].endswith(".svg"):
            marks = {
                "path": drawn["path"],
                "alt": drawn["alt"],
                "caption": drawn["caption"] or "",
            }
            marks = " ".join(f'data-{k}="{html.escape(v)}"' for k, v in marks.items())
            line = f"<figure {marks}></figure>"
        out.append(line)
    return "\n".join(out)


def diagram(
    source: str, language: str, css_class: str, options: dict, md: object, **_: object
) -> str:
    """The `diagram` fence: Mermaid's flow or sequence syntax as inline SVG; line one is `%% text alternative`."""
    first, _, rest = source.partition("\n")
    alt = first.removeprefix("%%").strip()
    svg = merm.render_diagram(
        re.sub(r'\|"([^"|]*)"\|', r"|\1|", rest)
    )  # merm prints an edge's quotes
    key = f"d{zlib.crc32(source.encode())}"
    size = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+)', svg)
    svg = re.sub(r"<style>.*?</style>", "", svg, flags=re.S)
    svg = re.sub(
        r' (?:width="[\d.]+" height="[\d.]+" )?style="background-color: \w+"', "", svg, count=1
    )
    svg = re.sub(r'id="([^"]+)"', rf'id="{key}-\1"', svg).replace("url(#", f"url(#{key}-")
    for colour, variable in DIAGRAM_COLOURS.items():
        svg = svg.replace(f'"{colour}"', f'"{variable}"')
    svg = re.sub(r' font-family="[^"]*"', "", re.sub(r">\s+<", "><", svg))
    width = float(size[1]) if size else 700
    return (
        f'<figure class="diagram"><div class="scroll" tabindex="0" role="group" aria-label="Diagram">'
        f'<div style="width:{width / 16:.1f}em" role="img" aria-label="{html.escape(alt)}">{svg}</div></div></figure>'
    )


def mathml(tex: str, display: bool) -> str:
    """TeX to MathML; raises math_core.LatexError on what it cannot read."""
    converted = _latex.convert_with_local_state(tex, displaystyle=display)
    # Variables in the text font's italic: no mathematical alphabet has to be downloaded.
    return re.sub(r"<mi>(\w)</mi>", r'<mi class="v">\1</mi>', converted)


def sized(svg: str) -> str:
    """Bound the width of an inline SVG by its own, so that a small drawing is not blown up."""
    width = float(re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+)', svg)[1])
    return svg.replace('style="', f'style="max-width: {width * 1.6:.0f}px; ', 1)


def figure(path: Path, alt: str, caption: str) -> str:
    """The SVG at `path` inside a figure with its text alternative and caption."""
    svg = path.read_text(encoding="utf-8")
    svg = sized(svg[svg.index("<svg") :])
    said = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        '<figure class="drawing"><div class="scroll" tabindex="0" role="group" aria-label="Figure">'
        f'<div role="img" aria-label="{html.escape(alt)}">{svg}</div></div>{said}</figure>'
    )


def toolbar(path: str, section: str, proofs: list[Proof], root: str) -> str:
    """The line above a code block: its file, the data it reads, what proves it, the download."""
    name = path.rsplit("/", 1)[-1]
    part = f' <span class="part">part: {html.escape(section)}</span>' if section else ""
    claims = "".join(f"<li>{html.escape(p.claim)}</li>" for p in proofs)
    modules = sorted({p.module for p in proofs})
    links = ", ".join(f'<a href="{root}code/{m}">{m.rsplit("/", 1)[-1]}</a>' for m in modules)
    needs = ", ".join(
        f'<a href="{root}code/data/{file.name}" download>{file.name}</a>'
        for file in data_files((SNIPPETS / path).read_text(encoding="utf-8"))
    )
    needs = f'<span class="needs">needs {needs} beside it</span>' if needs else ""
    count = f"{len(proofs)} test" + ("s" if len(proofs) != 1 else "")
    return (
        f'<div class="snippet-bar"><span class="file">{name}{part}</span>{needs}'
        f'<details class="proofs"><summary>proved by {count}</summary>'
        f"<div><ul>{claims}</ul><p>In {links}</p></div></details>"
        f'<a class="download" href="{root}code/{path}" download title="{name}">download</a><button class="copy" type="button">copy file</button></div>'
    )


def finish(
    content: str,
    source: Path,
    questions: dict[str, Question],
    proofs: dict[str, list[Proof]],
    root: str,
) -> str:
    """Replace the marks of `prepare` in rendered HTML. `root` leads from the page to the site's root."""
    embedded: set[str] = set()

    def code(match: re.Match) -> str:
        classes, path, section, pre = (
            match["classes"],
            match["file"],
            match["section"] or "",
            match["pre"],
        )
        pre = pre.replace("<pre>", '<pre tabindex="0">', 1)
        if "output" in classes.split():
            what = "prints" if path.endswith(".out") else path.rsplit("/", 1)[-1]
            return f'<figure class="output"><figcaption>{what}</figcaption><div class="highlight">{pre}</div></figure>'
        whole = ""
        if section:
            text = published((SNIPPETS / path).read_text(encoding="utf-8"))
            whole = (
                f'<template data-whole="{path}">{html.escape(text)}</template>'
                if path not in embedded
                else ""
            )
            embedded.add(path)
        return (
            f'<figure class="snippet" data-file="{path}"{" data-part" if section else ""}>'
            f"{toolbar(path, section, proofs.get(path, []), root)}"
            f'<div class="highlight">{pre}</div>{whole}</figure>'
        )

    content = re.sub(
        r'<div class="(?P<classes>[^"]*)"(?: data-file="(?P<file>[^"]+)")(?: data-section="(?P<section>[^"]+)")?>'
        r"(?P<pre><pre>.*?</pre>)\s*</div>",
        code, content, flags=re.S,
    )  # fmt: skip
    # A lab's cells: code, and what it printed.
    content = re.sub(
        r'<div class="(?:python cell|text printed) highlight"><pre>(.*?)</pre></div>',
        lambda m: f'<div class="highlight{" printed" if "text printed" in m[0][:40] else ""}"><pre tabindex="0">{m[1]}</pre></div>',
        content, flags=re.S,
    )  # fmt: skip
    content = re.sub(
        r'<figure data-path="([^"]*)" data-alt="([^"]*)" data-caption="([^"]*)"></figure>',
        lambda m: figure(source.parent / m[1], html.unescape(m[2]), html.unescape(m[3])), content,
    )  # fmt: skip
    content = re.sub(
        r'<(span|div) class="arithmatex">(.*?)</\1>',
        lambda m: _math(m[1], m[2]),
        content,
        flags=re.S,
    )

    content = content.replace(
        "<pre><span>", '<pre tabindex="0"><span>'
    )  # wide code scrolls by keyboard
    content = re.sub(
        r"<th([^>]*)></th>", r"<td\1></td>", content
    )  # an empty corner is no header

    def heading(match: re.Match) -> str:
        question = questions.get(match["id"])
        if not question:
            return match[0]
        return (
            f'<h2 id="{question.id}" class="question">{match["inside"]}</h2>\n<p class="labels">'
            f'<span class="level {question.level}">{question.level}</span> <span class="kind">{question.kind}</span></p>'
        )

    content = re.sub(
        r'(<div class="admonition asked-as">.*?<ul>\s*)(.*?)(</ul>\s*</div>)',
        _folded,
        content,
        flags=re.S,
    )
    content = re.sub(
        r'<h2 (?=[^>]*\bid="(?P<id>[^"]+)")[^>]*>(?P<inside>.*?)</h2>',
        heading,
        content,
        flags=re.S,
    )
    content = re.sub(r"(<table>.*?</table>)", r'<div class="table scroll" tabindex="0" role="group" aria-label="Table">\1</div>',
                     content, flags=re.S)  # fmt: skip
    return content


def _folded(match: re.Match) -> str:
    """The first wordings in sight, the others one click away."""
    wordings = re.findall(r"<li>.*?</li>", match[2], re.S)
    shown, rest = wordings[:SHOWN_WORDINGS], wordings[SHOWN_WORDINGS:]
    if not rest:
        return match[0]
    more = f"<details><summary>and {len(rest)} more</summary><ul>{''.join(rest)}</ul></details>"
    return f"{match[1]}{''.join(shown)}</ul>{more}</div>"


def _math(tag: str, inside: str) -> str:
    tex = html.unescape(inside).strip()
    tex = re.sub(r"^\\[(\[]|\\[)\]]$", "", tex).strip()
    done = mathml(tex, tag == "div")
    return (
        f'<div class="formula scroll" tabindex="0" role="group" aria-label="Formula">{done}</div>'
        if tag == "div"
        else done
    )
