"""Labs: a committed notebook with the outputs of a real run becomes a page like any other.

mkdocs-jupyter was tried first: it inlines 590 kB of style sheets and a script from another host into each page.
The notebook itself is published beside the page, for download.
"""

import html
import json
import re
from pathlib import Path

from tools.outputs import normalised_svg
from tools.render import sized


def to_markdown(path: Path) -> str:
    """The page of the notebook at `path`: its cells in order, code with what it printed and drew.

    Raises ValueError if a figure's cell has no text alternative (`metadata.alt`) or an output is an error or a bitmap.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lead = "".join(cells[0]["source"])
    title, _, rest = lead.partition("\n")
    sentence = re.split(r"(?<=\.)\s", re.sub(r"[*_`]", "", rest).strip())[0].replace("\n", " ")
    description = sentence if len(sentence) <= 160 else sentence[:157].rsplit(" ", 1)[0] + " …"
    out = [
        f"---\ntitle: {json.dumps(title.lstrip('# '))}\ndescription: {json.dumps(description)}\n---\n"
    ]
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            pages = re.sub(
                r"\]\(\.\./\.\./([\w-]+)/([\w-]+)/([)#])", r"](../\1/\2.md\3", source
            )
            out.append(pages.replace("](../../", "](../"))  # what is no page: data files
            if number == 0:
                out.append(f"[Download the notebook]({path.name}) to run it yourself.")
            continue
        out.append(f"````{{ .python .cell }}\n{source}\n````")
        out += [_output(o, cell, f"{path.name}, cell {cell['id']}") for o in cell["outputs"]]
    return "\n\n".join(out) + "\n"


def _output(output: dict, cell: dict, where: str) -> str:
    if output["output_type"] == "stream":
        return f"````{{ .text .printed }}\n{''.join(output['text']).rstrip()}\n````"
    svg = "".join(output.get("data", {}).get("image/svg+xml", ""))
    alt = cell["metadata"].get("alt")
    if not svg or not alt:
        raise ValueError(
            f"docs/labs/{where}: an output that is neither text nor a figure with metadata.alt; "
            "run the notebook again, or write what the figure shows into the cell's metadata as `alt`"
        )
    drawn = sized(normalised_svg(svg, f"lab-{cell['id']}").replace("\n", " "))
    return (
        '<figure class="drawing"><div class="scroll" tabindex="0" role="group" aria-label="Figure">'
        f'<div role="img" aria-label="{html.escape(alt)}">{drawn}</div></div></figure>'
    )
