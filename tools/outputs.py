"""Run snippets as a reader would and keep, or check, what they print and draw.

``python -m tools.outputs`` rewrites every ``.out`` and ``.svg`` beside its snippet; arguments
restrict it to the snippets named. Tests call `run` and `differences`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SNIPPETS = ROOT / "snippets"
DATA = SNIPPETS / "data"

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "COLUMNS": "80",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "SOURCE_DATE_EPOCH": "0",
    "MATPLOTLIBRC": str(ROOT / "tools" / "matplotlibrc"),
}
# What a snippet draws in these colours follows the reader's colour scheme on the page.
FIGURE_COLOURS = {
    "#1d1f21": "currentColor",
    "#d9dbde": "var(--figure-grid, #d9dbde)",
    "#0b64a8": "var(--figure-1, #0b64a8)",
    "#c4500a": "var(--figure-2, #c4500a)",
    "#0a7d5a": "var(--figure-3, #0a7d5a)",
    "#a8487f": "var(--figure-4, #a8487f)",
    "#8a6d00": "var(--figure-5, #8a6d00)",
    "#4a7fb5": "var(--figure-6, #4a7fb5)",
}
SECTION_MARKER = re.compile(r"^[ \t]*# --8<-- \[(?:start|end):[^\]]*\][ \t]*\n", re.M)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


class Outputs(NamedTuple):
    """What one run left: standard output, and the text of ``name.svg`` or None."""

    out: str
    svg: str | None


def published(source: str) -> str:
    """The text that readers copy and download: the file without its section markers."""
    return SECTION_MARKER.sub("", source)


def data_files(source: str, data: Path = DATA) -> list[Path]:
    """The files of snippets/data that `source` names in a string: a reader puts them beside the snippet."""
    named = set(re.findall(r"[\"']([\w.-]+)[\"']", source))
    return sorted(p for p in data.glob("*") if p.name in named)


def all_snippets() -> list[Path]:
    """Every snippet, in a stable order; `snippets/data` holds data, not snippets."""
    return sorted(p for p in SNIPPETS.glob("*/*.py") if p.parent.name != "data")


def run(path: Path, timeout: float = 300) -> Outputs:
    """Run the published text of `path` in a clean interpreter and a folder that is empty but for its data files.

    Raises RuntimeError with the traceback if it fails, or if it draws a file of another name.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        source = published(path.read_text(encoding="utf-8"))
        copy.write_text(source, encoding="utf-8")
        for file in data_files(source):
            shutil.copy(file, folder)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
        done = subprocess.run(
            [sys.executable, copy.name], cwd=folder, env=inherited | ENVIRONMENT,
            capture_output=True, text=True, encoding="utf-8", timeout=timeout,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{path}: exit status {done.returncode}\n{done.stderr}")
        figure = copy.with_suffix(".svg")
        if strays := [p.name for p in Path(folder).glob("*.svg") if p != figure]:
            raise RuntimeError(f"{path}: draws {strays}; name the figure {figure.name}")
        drawn = (
            normalised_svg(figure.read_text(encoding="utf-8"), path.stem)
            if figure.exists()
            else None
        )
        return Outputs(done.stdout, drawn)


def normalised_svg(svg: str, name: str) -> str:
    """The drawing alone, fit to stand inside a page.

    No prolog, metadata, fixed size or page-wide style; two decimals; colours that follow the
    reader's scheme; only ids that something refers to, counted, and those begin with `name`.
    """
    if "<image" in svg:
        raise RuntimeError(f"{name}.svg: holds a bitmap; draw it with pcolormesh, not imshow")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(
        r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.S
    )
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>',
                 r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="\1" '
                 'style="stroke-linejoin: round; stroke-linecap: butt; font-family: system-ui, sans-serif">', svg, count=1)  # fmt: skip
    svg = re.sub(r" font-family: [^;\"]*;|\s*transform=\"rotate\(-0 [^\"]*\"", "", svg)
    svg = re.sub(r"<[^>]+>", lambda tag: _rounded(tag[0]), svg)  # labels keep their digits
    svg = svg.replace("xlink:href", "href")
    referred = set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg))
    named = {old: f"{name}-{n}" for n, old in enumerate(
        (i for i in re.findall(r' id="([^"]*)"', svg) if i in referred), 1)}  # fmt: skip
    svg = re.sub(
        r' id="([^"]*)"', lambda m: f' id="{named[m[1]]}"' if m[1] in named else "", svg
    )
    svg = re.sub(r"(url\(|href=\")#([^)\"]+)", lambda m: f"{m[1]}#{named.get(m[2], m[2])}", svg)
    for colour, variable in FIGURE_COLOURS.items():
        svg = re.sub(colour, variable, svg, flags=re.I)
    svg = re.sub(r"\n(?=[^<]*>)", " ", re.sub(r">\s+<", ">\n<", svg))  # one element a line
    return svg.replace(' "', '"').strip() + "\n"


def _rounded(text: str) -> str:
    return re.sub(
        r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), text
    )


def differences(expected: str, actual: str, tolerance: float = 0.0) -> str:
    """Say where two outputs part, or return "".

    Text and whole numbers must be equal. A decimal may differ by one unit in its last printed
    place, since processors round differently, or by `tolerance` where that is larger.
    """
    was, now = expected.splitlines(), actual.splitlines()
    if len(was) != len(now):
        return f"{len(was)} lines committed, {len(now)} printed"
    for number, (old, new) in enumerate(zip(was, now), 1):
        if old == new:
            continue
        if re.sub(r" +", " ", NUMBER.sub("#", old)) != re.sub(r" +", " ", NUMBER.sub("#", new)):
            return f"line {number}: committed {old!r}, printed {new!r}"
        for a, b in zip(NUMBER.findall(old), NUMBER.findall(new)):
            if a != b and not _close(a, b, tolerance):
                return f"line {number}: committed {a}, printed {b}"
    return ""


def _close(a: str, b: str, tolerance: float) -> bool:
    x, y = (float(n.replace(",", "").replace("−", "-")) for n in (a, b))
    if tolerance:  # a figure: coordinates lose their final zeros, so places tell nothing
        return abs(x - y) <= tolerance
    mantissas = [re.split("e", x)[0] for x in (a, b)]
    places = [len(m.partition(".")[2]) for m in mantissas]
    if places[0] != places[1] or places[0] == 0:
        return False
    scale = max(1.0, *(10 ** int(n.partition("e")[2] or 0) for n in (a, b)))
    return abs(x - y) <= 1.001 * 10 ** -places[0] * scale


def check(path: Path) -> str:
    """Run `path` and compare with what is committed beside it; "" if they agree."""
    fresh = run(path)
    problems = []
    for suffix, text, tolerance in (
        (".out", fresh.out or None, 0.0),
        (".svg", fresh.svg, 0.05),
    ):
        committed = path.with_suffix(suffix)
        if (text is None) != (not committed.exists()):
            state = "missing" if text else "no longer made"
            problems.append(f"{committed}: {state}; run `make outputs`")
        elif text and (diff := differences(committed.read_text("utf-8"), text, tolerance)):
            problems.append(f"{committed}: {diff}; run `make outputs` and look at the change")
    return "\n".join(problems)


def rewrite(path: Path) -> str:
    """Run `path` and store its outputs; returns a line for the log."""
    fresh = run(path)
    for suffix, text in ((".out", fresh.out), (".svg", fresh.svg)):
        target = path.with_suffix(suffix)
        if not text:
            target.unlink(missing_ok=True)
        elif not target.exists() or _changed(target.read_text("utf-8"), text, suffix):
            target.write_text(text, encoding="utf-8")
    return str(path.relative_to(ROOT))


def _changed(old: str, new: str, suffix: str) -> bool:
    """Whether a rewrite is due: not for the last place of a number alone."""
    spacing = NUMBER.sub("#", old) != NUMBER.sub("#", new)
    return spacing or bool(differences(old, new, 0.05 if suffix == ".svg" else 0.0))


def main(names: list[str]) -> int:
    """Rewrite the outputs of the snippets at `names`, or of all."""
    paths = [Path(n).resolve() for n in names] or all_snippets()
    workers = max(1, (os.cpu_count() or 1) if shutil.which("nproc") else 1)
    with ThreadPoolExecutor(workers) as pool:
        for line in pool.map(rewrite, paths):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
