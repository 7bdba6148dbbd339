"""Claims of docs/embeddings/training-them.md."""

import itertools
import math
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cosine_embedding_loss, cross_entropy, normalize
from transformers import Qwen3Config, Qwen3Model

from snippets.embeddings import fine_tune_nicknames
from snippets.embeddings.batch_false_negatives import expected_rows_hit, groups_by
from snippets.embeddings.contrastive_losses import (
    contrastive,
    cosine_embedding,
    info_nce,
    triplet,
    unit,
)
from snippets.embeddings.distil_query_encoder import fit
from snippets.embeddings.few_questions import adapter
from snippets.embeddings.gradient_cache import cached_step, gradients
from snippets.embeddings.gradient_cache import info_nce as batch_info_nce
from snippets.embeddings.hard_negatives import info_nce as mined_info_nce
from snippets.embeddings.hard_negatives import mine
from snippets.embeddings.last_token_pooling import batched, changed, last_token
from snippets.embeddings.temperature_weights import push
from snippets.embeddings.untrained_instructions import crowding
from tools.outputs import DATA


def test_info_nce_is_torchs_cross_entropy_and_its_shares_are_the_gradient():
    """InfoNCE equals cross_entropy of cosines over τ, and its gradient is each negative's share over τ."""
    negatives = np.array([0.7, 0.5, 0.1])
    for tau in (1.0, 0.1, 0.05, 0.001):
        scores = torch.tensor([0.8, *negatives], dtype=torch.float64, requires_grad=True)
        loss = cross_entropy(scores[None] / tau, torch.tensor([0]))
        loss.backward()
        value, shares = info_nce(0.8, negatives, tau)
        assert value == pytest.approx(loss.item())
        assert np.allclose(scores.grad[1:].numpy(), shares / tau)
        assert scores.grad[0].item() == pytest.approx(-shares.sum() / tau)


def test_info_nce_by_hand():
    """With τ = 0.1 the positive's share is 2,981 / 4,229 = 0.70 and the loss 0.35."""
    loss, shares = info_nce(0.8, np.array([0.7, 0.5, 0.1]), 0.1)
    assert 1 - shares.sum() == pytest.approx(2981 / 4229, abs=1e-3)
    assert loss == pytest.approx(0.35, abs=0.005)


def test_triplet_and_cosine_losses_equal_torchs():
    """Triplet loss is TripletMarginLoss, the cosine loss is CosineEmbeddingLoss, for every negative."""
    anchor, positive = unit(1.0), unit(0.8)
    a, p = torch.tensor(anchor)[None], torch.tensor(positive)[None]
    for c in (0.7, 0.5, 0.1, -0.4):
        n = torch.tensor(unit(c))[None]
        theirs = nn.TripletMarginLoss(margin=0.5, eps=0.0)(a, p, n)
        assert triplet(anchor, positive, unit(c), 0.5) == pytest.approx(theirs.item())
        for same, y in ((True, 1), (False, -1)):
            theirs = cosine_embedding_loss(a, n, torch.tensor([y]), margin=0.3)
            assert cosine_embedding(c, same, 0.3) == pytest.approx(theirs.item())


def test_pair_loss_by_hand():
    """A pair of the same class costs d²/2; others cost (margin - d)²/2 inside the margin and nothing outside."""
    a, b = np.array([0.0, 0.0]), np.array([3.0, 4.0])  # distance 5
    assert contrastive(a, b, True, 1.0) == 12.5
    assert contrastive(a, b, False, 7.0) == 2.0
    assert contrastive(a, b, False, 5.0) == 0.0


def test_temperature_moves_the_push_to_the_hardest():
    """The hardest negative's share grows as τ falls, and an ideal ranking costs ln(1 + n e^(-1/τ))."""
    scores = np.array([1.0, *np.linspace(0.9, -0.1, 308)])
    hardest = [push(scores, 0, tau)[1][0] for tau in (1.0, 0.1, 0.05, 0.01)]
    assert hardest == sorted(hardest)
    assert hardest[0] < 0.01
    ideal = np.array([1.0] + [0.0] * 308)
    assert push(ideal, 0, 1.0)[0] == pytest.approx(math.log(1 + 308 / math.e))
    assert push(ideal, 0, 1.0)[0] == pytest.approx(4.74, abs=0.005)


def test_mining_skips_filters_and_never_takes_the_positive():
    """Mined negatives come in order of score, without the positive, after `skip`, below the share of its score."""
    scores = np.array([0.5, 0.9, 0.6, 0.55, 0.1])
    assert mine(scores, 2) == [1, 3, 0, 4]
    assert mine(scores, 2, skip=1) == [3, 0, 4]
    assert mine(scores, 2, share=0.9) == [0, 4]
    assert len(mine(-np.arange(1.0, 20.0), 3)) == 7  # also with negative scores
    s = torch.tensor(scores[[2, 0, 4]] / 0.05)[None]
    assert mined_info_nce(scores, 2, [0, 4], 0.05) == pytest.approx(
        cross_entropy(s, torch.tensor([0])).item()
    )


def test_hard_negatives_have_the_larger_loss():
    """For any scores, the best-scored negatives give at least the loss of any others of the same number."""
    scores = np.random.default_rng(0).uniform(-0.2, 0.8, 30)
    hard = mined_info_nce(scores, 3, mine(scores, 3), 0.05)
    rest = [i for i in range(30) if i != 3]
    for start in range(20):
        assert hard >= mined_info_nce(scores, 3, rest[start : start + 7], 0.05)


def test_cached_gradient_equals_the_whole_batch_and_accumulation_does_not():
    """GradCache gives the gradient of the whole batch for any chunk; accumulating small batches gives another."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(8, 12), nn.Tanh(), nn.Linear(12, 6)).double()
    queries, passages = torch.randn(2, 12, 8, dtype=torch.float64)

    def encode(x):
        return normalize(model(x), dim=1)

    loss = batch_info_nce(encode(queries), encode(passages))
    loss.backward()
    whole = gradients(model)
    for chunk in (1, 5, 12):
        assert torch.allclose(cached_step(encode, queries, passages, chunk), loss)
        assert torch.allclose(gradients(model), whole)
    for q, p in zip(queries.split(4), passages.split(4)):
        (batch_info_nce(encode(q), encode(p)) / 3).backward()
    assert not torch.allclose(gradients(model), whole, rtol=0.05)


def test_expected_collisions_equal_a_count_of_all_batches():
    """The formula equals the mean over every batch that can be drawn from a small set."""
    rows = [{"passage": p} for p in "aabcccd"]
    batches = list(itertools.combinations(rows, 3))
    hit = sum(
        sum(sum(other["passage"] == row["passage"] for other in batch) > 1 for row in batch)
        for batch in batches
    )
    groups = groups_by("passage", rows)
    assert groups == [3, 2, 1, 1]
    assert expected_rows_hit(groups, 3) == pytest.approx(hit / len(batches))


def test_last_token_is_found_on_either_side_and_naive_indexing_fails():
    """Last-token pooling equals each text alone with padding left or right; [:, -1] does not with padding right."""
    torch.manual_seed(2)
    config = Qwen3Config(vocab_size=50, hidden_size=32, intermediate_size=64, head_dim=8,
                         num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)  # fmt: skip
    model = Qwen3Model(config).eval()
    texts = [torch.arange(1, 5), torch.arange(7, 14), torch.arange(20, 22)]
    with torch.inference_mode():
        alone = torch.stack([model(t[None]).last_hidden_state[0, -1] for t in texts])
        for side in ("left", "right"):
            ids, mask = batched(texts, side)
            hidden = model(ids, attention_mask=mask).last_hidden_state
            assert torch.allclose(last_token(hidden, mask), alone, atol=1e-4)
        assert not torch.allclose(hidden[:, -1], alone, atol=1e-2)
    assert changed(model, texts[1][None], causal=True) == 1
    assert changed(model, texts[1][None], causal=False) == 7


def test_crowding_is_one_for_equal_rows_and_zero_for_orthogonal():
    """The mean cosine of different rows: 1 if all are equal, 0 if all are orthogonal, diagonal left out."""
    assert crowding(np.tile([[0.6, 0.8]], (4, 1))) == pytest.approx(1.0)
    assert crowding(np.eye(5)) == pytest.approx(0.0)


def test_fitted_map_is_ridge_regression():
    """The distilled matrix equals scikit-learn's Ridge, and recovers an exact map when there is one."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    student, true = rng.normal(size=(60, 8)), rng.normal(size=(8, 5))
    teacher = student @ true
    theirs = Ridge(alpha=0.1, fit_intercept=False).fit(student, teacher).coef_.T
    assert np.allclose(fit(student, teacher), theirs)
    assert np.allclose(fit(student, teacher, 1e-9), true)


def test_adapter_learns_random_labels_by_heart():
    """A linear adapter fits pairs drawn at random: a perfect training result proves nothing."""
    torch.manual_seed(0)
    queries = normalize(torch.randn(20, 48, dtype=torch.float64))
    passages = normalize(torch.randn(60, 48, dtype=torch.float64))
    answers = torch.randperm(60)[:20]
    relevant = torch.zeros(20, 60, dtype=torch.bool)
    relevant[torch.arange(20), answers] = True
    states = adapter(queries, relevant, passages, 600)
    ranked = [(normalize(queries @ w) @ passages.T).argmax(1) for w in (states[0], states[-1])]
    before, after = ((r == answers).sum().item() for r in ranked)
    assert before <= 3
    assert after == 20


def test_no_passage_contains_a_nickname():
    """The twelve nicknames stand in no passage, so keyword search cannot find them either."""
    text = (DATA / "python_passages.jsonl").read_text(encoding="utf-8").lower()
    names = fine_tune_nicknames.NAMES.lower().split()
    assert len(set(names)) == 12
    assert not [n for n in names if re.search(rf"\b{n}\b", text)]


@pytest.mark.model
def test_training_one_name_moves_it_and_leaves_lower_layers_alone(data_folder):
    """A few steps lift the named passages; the lower three layers and the word table do not change."""
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(0)
    model = AutoModel.from_pretrained(fine_tune_nicknames.MINILM).eval().requires_grad_(False)
    model.tokenize = AutoTokenizer.from_pretrained(fine_tune_nicknames.MINILM)
    passages = torch.tensor(np.load("python_vectors.npy")[:40]).float()
    relevant = [i in (7, 9) for i in range(40)]
    pairs = [("where is Heron documented?", relevant), ("open Heron", relevant)]
    asked = [("Heron explained", relevant)]
    before = {name: w.clone() for name, w in model.named_parameters()}
    with torch.no_grad():
        old, _ = fine_tune_nicknames.score(model, asked, passages)
    fine_tune_nicknames.train(model, pairs, passages, 5)
    with torch.no_grad():
        new, _ = fine_tune_nicknames.score(model, asked, passages)
    assert new[0, [7, 9]].max() > old[0, [7, 9]].max() + 0.1
    assert int(new[0].argmax()) in (7, 9)
    for name, w in model.named_parameters():
        upper = any(f"encoder.layer.{i}." in name for i in (3, 4, 5))
        assert upper or torch.equal(w, before[name])
