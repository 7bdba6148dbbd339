"""docs/rag/rag-or-not.md"""

import copy

import pytest
import torch

from snippets.rag.fact_in_weights_or_prompt import (
    ASKED,
    DESKS,
    MOVED,
    TAUGHT,
    losses,
    right,
    teach,
)
from snippets.rag.whole_corpus_or_passages import SIZES, break_even, dollars


def test_the_cached_corpus_and_the_passages_cost_the_same_at_the_break_even():
    """T* = R p / (p_c + p_w / m): there both ways cost the same; 26,667 tokens for twenty passages, as by hand."""
    assert break_even(3_000, 20) == pytest.approx(3_000 * 2 / 0.225)
    for passages, questions in ((450, 2), (3_000, 20), (3_000, 200)):
        size = break_even(passages, questions)
        assert dollars(size, 0, questions) == pytest.approx(dollars(size, passages))
        assert dollars(size / 2, 0, questions) < dollars(size / 2, passages)


def test_what_passages_cost_does_not_depend_on_the_corpus():
    """Retrieval's line is flat; the whole corpus costs twice as much a token above 272,000."""
    assert dollars(1_000, 450) == dollars(1_000_000, 450)
    assert dollars(272_001, 0) > 1.9 * dollars(271_000, 0)


def test_the_cascade_by_hand():
    """With 75 % answered by twenty passages, a thousand questions to a handbook cost 21 dollars, not 48."""
    cheap, long = dollars(SIZES["a handbook"], 3_000), dollars(SIZES["a handbook"], 0, 20)
    assert round(long) == 48 and round(cheap + 0.25 * long) == 21


def test_the_question_is_asked_in_a_wording_that_training_never_shows():
    """The wording asked is none of the three taught; three of eight desks move."""
    assert ASKED not in TAUGHT and len(DESKS) == len(MOVED) == 8
    assert sum(DESKS[desk] != MOVED[desk] for desk in DESKS) == 3
    assert set(MOVED.values()) <= set(DESKS.values())


@pytest.mark.model
def test_padding_does_not_change_a_loss(smollm2):
    """The loss of a text is the same alone and padded beside a longer one."""
    model, tokenizer = smollm2
    texts = ["Water boils.", "Water boils at a lower temperature on a mountain."]
    with torch.no_grad():
        together = losses(model, tokenizer, texts)
        alone = torch.cat([losses(model, tokenizer, [text]) for text in texts])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-3)


@pytest.mark.model
def test_the_prompt_follows_a_changed_fact_and_the_weights_do_not(smollm2):
    """Untaught, the note decides; taught the old facts, the model is right about few of the desks that moved."""
    model, tokenizer = copy.deepcopy(smollm2[0]), smollm2[1]
    moved = {desk: city for desk, city in MOVED.items() if city != DESKS[desk]}
    assert right(model, tokenizer, MOVED, note=True) >= 7
    teach(model, tokenizer, DESKS)
    assert right(model, tokenizer, DESKS, note=False) >= 6
    assert right(model, tokenizer, moved, note=False) <= 1
