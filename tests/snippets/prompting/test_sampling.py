"""Claims of docs/prompting/sampling.md."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from snippets.prompting import sampling_filters as ours
from snippets.prompting import seeded_draws as seeded
from snippets.prompting.filtered_distribution import PROMPT as DOOR
from snippets.prompting.filtered_distribution import SETTINGS, after_each
from snippets.prompting.floating_point_order import split_sum
from snippets.prompting.greedy_loop_with_penalties import PROMPTS as LOOPS
from snippets.prompting.greedy_loop_with_penalties import AdditivePenalty
from snippets.prompting.greedy_loop_with_penalties import settings as penalties
from snippets.prompting.order_of_filters import both_orders
from snippets.prompting.penalties_and_logit_bias import (
    frequency_and_presence,
    logit_bias,
    repetition,
)
from snippets.prompting.sample_from_logits import (
    candidates,
    chi_square,
    gumbel_max,
    sample,
    softmax,
)
from snippets.prompting.surviving_tokens import FILTERS, PROMPTS, survivors
from snippets.prompting.top_k_by_partition import top_k, top_k_two_calls

SIX = torch.tensor([0.40, 0.25, 0.15, 0.10, 0.06, 0.04], dtype=torch.float64).log()
PAIRS = [
    (ours.temperature, TemperatureLogitsWarper, (0.3, 1.0, 1.7)),
    (ours.top_k, TopKLogitsWarper, (1, 7, 50, 10**6)),
    (ours.top_p, TopPLogitsWarper, (0.01, 0.5, 0.9, 0.99)),
    (ours.min_p, MinPLogitsWarper, (0.01, 0.05, 0.3, 1.0)),
    (ours.typical, TypicalLogitsWarper, (0.05, 0.5, 0.9, 0.99)),
]


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 4 * torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture(scope="module")
def continuations(smollm2):
    """Sixteen greedy tokens of SmolLM2 after both prompts under each penalty: ids and text."""
    model, tokenizer = smollm2
    found = []
    for prompt in LOOPS:
        batch = tokenizer(prompt, return_tensors="pt")
        length = batch.input_ids.size(1)
        first = model(**batch).logits[0, -1].argmax().tolist()
        found.append({})
        for name, chain in penalties(length, [first]).items():
            ids = model.generate(
                **batch, max_new_tokens=16, do_sample=False, logits_processor=chain
            )
            new = ids[0, length:].tolist()
            found[-1][name] = (new, tokenizer.decode(new), first)
    return found


def same_as_library(logits: torch.Tensor) -> None:
    for function, warper, settings in PAIRS:
        for setting in settings:
            expected = warper(setting)(None, logits.clone())
            torch.testing.assert_close(function(logits, setting), expected)


@pytest.mark.parametrize("seed", range(5))
def test_every_filter_equals_transformers_on_random_logits(seed):
    """Temperature, top-k, top-p, min-p and typical give the library's logits, -inf included."""
    same_as_library(random(3, 1000, seed=seed))


def test_filters_stay_equal_when_an_earlier_filter_has_removed_tokens():
    """Chained after top-k they still agree: what is -inf stays out of every later sum."""
    cut = ours.top_k(random(2, 400, seed=9), 60)
    for function, warper, settings in PAIRS:
        expected = warper(settings[1])(None, cut.clone())
        torch.testing.assert_close(function(cut, settings[1]), expected)


@pytest.mark.model
def test_every_filter_equals_transformers_on_a_real_distribution(smollm2):
    """The same on SmolLM2's next-token logits for both contexts of the figure."""
    model, tokenizer = smollm2
    for prompt in PROMPTS.values():
        with torch.no_grad():
            logits = model(**tokenizer(prompt, return_tensors="pt")).logits[:, -1].double()
        same_as_library(logits)
        for name, function in (("top-p 0.9", ours.top_p), ("typical 0.9", ours.typical)):
            assert function(logits / 1.5, 0.9).isfinite().sum() == survivors(logits / 1.5, name)
    assert set(FILTERS) == {"top-k 50", "top-p 0.9", "min-p 0.05", "typical 0.9"}


def test_temperature_raises_probabilities_to_a_power():
    """Dividing logits by T is p^(1/T), normalised: odds of 1.6 become 2.56 at T = 0.5."""
    probs = SIX.softmax(0)
    for t in (0.5, 2.0):
        power = probs ** (1 / t)
        torch.testing.assert_close(ours.temperature(SIX, t).softmax(0), power / power.sum())
    cold = ours.temperature(SIX, 0.5).softmax(0)
    assert math.isclose(cold[0] / cold[1], 2.56)


@pytest.mark.parametrize(
    ("function", "setting", "kept"),
    [
        (ours.top_k, 3, [0, 1, 2]),
        (ours.top_p, 0.75, [0, 1, 2]),  # 0.40, 0.65, 0.80: the token that crosses stays
        (ours.top_p, 0.1, [0]),  # never empty
        (ours.min_p, 0.2, [0, 1, 2, 3]),  # 0.2 · 0.40 = 0.08
        (ours.typical, 0.35, [1, 2]),  # the likeliest token goes
        (ours.top_n_sigma, 1.0, [0, 1]),
    ],
)
def test_the_worked_table(function, setting, kept):
    """Six tokens by hand: which survive each filter, and their renormalised probabilities."""
    probs = function(SIX, setting).softmax(0)
    assert probs.nonzero().flatten().tolist() == kept
    torch.testing.assert_close(probs[kept], SIX[kept].softmax(0))


def test_top_n_sigma_does_not_depend_on_temperature_but_min_p_does():
    """Scaling all logits scales sigma too, so the same tokens survive; min-p lets more in."""
    logits = random(500, seed=3)
    for t in (0.5, 2.0, 5.0):
        kept = ours.top_n_sigma(logits / t, 1.5).isfinite()
        assert torch.equal(kept, ours.top_n_sigma(logits, 1.5).isfinite())
    assert (
        ours.min_p(logits / 5, 0.1).isfinite().sum() > ours.min_p(logits, 0.1).isfinite().sum()
    )


def test_order_changes_top_p_and_min_p_and_not_top_k():
    """Temperature 2 first: top-p 0.75 keeps 4 tokens instead of 3, min-p 0.2 keeps 6, not 4."""
    for filter_, counts in (
        (TopKLogitsWarper(3), (3, 3)),
        (TopPLogitsWarper(0.75), (4, 3)),
        (MinPLogitsWarper(0.2), (6, 4)),
    ):
        assert tuple(int((p > 0).sum()) for p in both_orders(filter_, 2.0)) == counts


@pytest.mark.parametrize("theta", [0.8, 1.2, 1.3, 2.0])
def test_repetition_penalty_equals_transformers(theta):
    """Divide positive logits, multiply negative ones, once for each token seen."""
    logits, seen = (
        random(200, seed=1),
        torch.randint(200, (90,), generator=torch.manual_seed(0)),
    )
    expected = RepetitionPenaltyLogitsProcessor(theta)(seen[None], logits[None].clone())[0]
    torch.testing.assert_close(repetition(logits, seen, theta), expected)


def test_dividing_a_negative_logit_would_reward_repetition():
    """Division alone raises a negative logit; the library's rule lowers every seen logit."""
    logits, seen = torch.tensor([-1.0, 2.0]), torch.tensor([0, 1])
    assert logits[0] / 1.3 > logits[0]
    assert (repetition(logits, seen, 1.3) < logits).all()


def test_frequency_and_presence_follow_openais_formula():
    """mu[j] - c[j] · frequency - (c[j] > 0) · presence, token by token."""
    logits, generated = random(20, seed=2), torch.tensor([3, 3, 3, 7])
    expected = logits.clone()
    expected[3] -= 3 * 0.5 + 0.2
    expected[7] -= 1 * 0.5 + 0.2
    torch.testing.assert_close(frequency_and_presence(logits, generated, 0.5, 0.2), expected)
    processor = AdditivePenalty(prompt_length=2, frequency=0.5, presence=0.2)
    ids = torch.cat([torch.tensor([9, 9]), generated])[None]  # the first two are the prompt
    torch.testing.assert_close(processor(ids, logits[None])[0], expected)


def test_only_the_repetition_penalty_depends_on_the_zero_of_the_logits():
    """Adding 10 to all logits keeps softmax and the additive penalties, not division.

    On log-probabilities the division is safe as well.
    """
    logits, seen = torch.tensor([3.0, 1.0, -1.0, -2.0]), torch.tensor([0, 0, 0, 2])
    for shifted in (logits + 10, logits - 10):
        additive = frequency_and_presence(shifted, seen, 0.5, 0.5).softmax(0)
        torch.testing.assert_close(
            additive, frequency_and_presence(logits, seen, 0.5, 0.5).softmax(0)
        )
        fixed_zero = repetition(shifted.log_softmax(0), seen, 1.3).softmax(0)
        torch.testing.assert_close(
            fixed_zero, repetition(logits.log_softmax(0), seen, 1.3).softmax(0)
        )
        divided = repetition(shifted, seen, 1.3).softmax(0)
        assert (divided - repetition(logits, seen, 1.3).softmax(0)).abs().max() > 0.3


def test_logit_bias_equals_transformers_and_multiplies_odds():
    """A bias of b multiplies a token's odds by e^b; -100 leaves nothing."""
    logits = random(30, seed=4)
    expected = SequenceBiasLogitsProcessor([[[5], 2.0], [[8], -100.0]])(
        torch.zeros(1, 1, dtype=torch.long), logits[None]
    )[0]
    biased = logit_bias(logits, {5: 2.0, 8: -100.0})
    torch.testing.assert_close(biased, expected)
    odds = [row.softmax(0)[5] / row.softmax(0)[0] for row in (logits, biased)]
    assert math.isclose(odds[1] / odds[0], math.exp(2))
    assert biased.softmax(0)[8] < 1e-30


@pytest.mark.model
def test_greedy_loops_and_the_penalties_break_the_loop(continuations):
    """Greedy SmolLM2 repeats one sentence; all penalties bring in more different tokens."""
    kinds = {name: len(set(ids)) for name, (ids, *_) in continuations[0].items()}
    assert kinds["greedy"] < 9
    assert min(kinds[n] for n in ("repetition 1.1", "frequency 1.0", "presence 1.0")) > 9


@pytest.mark.model
def test_a_repetition_penalty_changes_data_that_should_repeat(continuations):
    """A JSON list of "ok": true goes on with true; a mild penalty of 1.1 writes false."""
    texts = {name: text for name, (_, text, _) in continuations[1].items()}
    assert texts["greedy"].startswith(' true}, {"id": 4')
    assert texts["repetition 1.1"].startswith(" false")


@pytest.mark.model
def test_a_bias_bans_a_token_and_not_a_word(continuations):
    """With a bias of -100 the banned id never comes; without it, it comes first."""
    for found in continuations:
        free, banned, first = found["greedy"][0], found["bias -100"][0], found["greedy"][2]
        assert free[0] == first and first not in banned


@pytest.mark.parametrize(
    "settings", [(1.0, 0, 1.0), (0.7, 40, 0.9), (1.6, 5, 0.5), (2.0, 0, 0.8)]
)
def test_the_sampler_draws_from_transformers_distribution(settings):
    """Ids and probabilities after temperature, top-k and top-p equal the library's chain."""
    t, k, p = settings
    logits = random(1, 300, seed=6)
    chain = [TemperatureLogitsWarper(t), TopPLogitsWarper(p)]
    if k:
        chain.insert(1, TopKLogitsWarper(k))
    expected = LogitsProcessorList(chain)(None, logits.clone()).softmax(-1)[0]
    ids, probs = candidates(logits[0].numpy(), t, k, p)
    full = np.zeros(300)
    full[ids] = probs
    np.testing.assert_allclose(full, expected.numpy(), atol=1e-12)


@pytest.mark.parametrize("draw", [sample, gumbel_max])
def test_both_draws_follow_the_softmax(draw):
    """Chi-square over 30,000 draws below the 99.9 % point of 9 degrees of freedom, 27.9."""
    logits, rng = random(10, seed=7).numpy() / 3, np.random.default_rng(5)
    counts = np.bincount([draw(logits, rng) for _ in range(30_000)], minlength=10)
    assert chi_square(counts, softmax(logits)) < 27.9
    assert chi_square(counts, softmax(logits / 1.2)) > 27.9  # the test can fail


def test_softmax_is_stable_and_equals_torch():
    """Logits of 1,000 and of -1,000 give finite probabilities, as torch's softmax does."""
    for logits in (np.array([1000.0, 999.0, 0.0]), np.array([-1000.0, -1001.0])):
        np.testing.assert_allclose(softmax(logits), torch.tensor(logits).softmax(0).numpy())
    assert sample(np.array([0.0, 3.0, 1.0]), np.random.default_rng(0), temperature=0) == 1


def test_the_sampler_returns_ids_and_not_positions():
    """With the likeliest tokens at the end of the vocabulary, top-k draws those ids."""
    logits, rng = np.arange(100.0) / 50, np.random.default_rng(0)
    drawn = {sample(logits, rng, top_k=3) for _ in range(200)}
    assert drawn == {97, 98, 99}


@pytest.mark.parametrize("k", [1, 5, 60, 1000])
def test_partition_with_one_call_equals_torch_and_transformers(k):
    """Ids taken once and indexed give the library's top-k distribution."""
    logits = random(1, 1000, seed=8)
    ids, kept = top_k(logits[0].softmax(0).numpy(), k)
    full = np.zeros(1000)
    full[ids] = kept
    expected = TopKLogitsWarper(k)(None, logits.clone()).softmax(-1)[0]
    np.testing.assert_allclose(full, expected.numpy(), atol=1e-12)
    assert set(ids.tolist()) == set(logits[0].topk(k).indices.tolist())


def test_values_and_ids_from_two_calls_can_swap_probabilities():
    """Both orders meet NumPy's contract, the ids and the sum are right, the pairs are not."""
    probs = np.array([0.06, 0.40, 0.04, 0.10, 0.25, 0.15])
    ids, kept = top_k_two_calls(probs, 3)
    assert set(ids.tolist()) == {1, 4, 5} and math.isclose(kept.sum(), 1)
    assert sorted(kept) == sorted(top_k(probs, 3)[1])  # the same values, for other ids
    np.testing.assert_allclose(kept, probs[[5, 4, 1]] / 0.8)
    counts = np.bincount(np.random.default_rng(0).choice(ids, 5_000, p=kept), minlength=6)
    right = probs[[1, 4, 5]] / 0.8
    assert chi_square(counts[[1, 4, 5]], right) > 13.8  # 99.9 % point, 2 degrees of freedom


@pytest.mark.model
def test_the_figure_shows_what_our_filters_leave(smollm2):
    """Every panel's distribution equals our own function's on the same real logits."""
    model, tokenizer = smollm2
    with torch.no_grad():
        logits = model(**tokenizer(DOOR, return_tensors="pt")).logits[:, -1].double()
    mine = {"T": ours.temperature, "top-k": ours.top_k, "top-p": ours.top_p}
    mine |= {"min-p": ours.min_p, "typical": ours.typical}
    found = after_each(logits)
    assert list(found) == list(SETTINGS) and len(found) == 6
    for name, probs in found.items():
        value = float(name.split()[-1])
        function = mine[name.split()[0]]
        setting = int(value) if function is ours.top_k else value
        torch.testing.assert_close(probs, function(logits, setting).softmax(-1)[0])


@pytest.mark.model
def test_a_seed_fixes_the_draw_and_not_the_logits(smollm2):
    """transformers' sampling repeats with a seed; a bf16 rounding changes some of our draws."""
    model, tokenizer = smollm2
    batch = tokenizer(PROMPTS["open"], return_tensors="pt")
    texts = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        texts.append(model.generate(**batch, max_new_tokens=8, do_sample=True).tolist())
    assert texts[0] == texts[1] != texts[2]
    with torch.no_grad():
        logits = model(**batch).logits[0, -1]
    same = {}
    for draw in (seeded.inverse_cdf, seeded.gumbel_max):
        reference = draw(logits, 1, 500)
        assert torch.equal(draw(logits, 1, 500), reference)
        assert (draw(logits, 2, 500) == reference).double().mean() < 0.1
        same[draw] = float((draw(logits.bfloat16(), 1, 500) == reference).double().mean())
    assert 0.5 < same[seeded.inverse_cdf] < same[seeded.gumbel_max] < 1


@pytest.mark.parametrize("draw", [seeded.inverse_cdf, seeded.gumbel_max])
def test_seeded_draws_follow_the_softmax(draw):
    """Chi-square of 30,000 draws below the 99.9 % point of 9 degrees of freedom, 27.9."""
    logits = random(10, seed=7) / 3
    counts = torch.bincount(draw(logits, 5, 30_000), minlength=10).numpy()
    assert chi_square(counts, logits.softmax(0).numpy()) < 27.9
    assert chi_square(counts, (logits / 1.2).softmax(0).numpy()) > 27.9  # the test can fail


@pytest.mark.model
def test_transformers_samples_with_top_k_50_and_temperature_first(smollm2):
    """Defaults leave 50 tokens; temperature acts before top-p; temperature zero is refused."""
    model, tokenizer = smollm2
    batch = tokenizer(PROMPTS["open"], return_tensors="pt")
    with torch.no_grad():
        raw = model(**batch).logits[:, -1]

    def kept(**settings: float) -> int:
        out = model.generate(
            **batch, max_new_tokens=1, do_sample=True, output_scores=True,
            return_dict_in_generate=True, **settings,
        )  # fmt: skip
        return int(out.scores[0].isfinite().sum())

    assert kept() == 50
    both = ours.top_p(raw / 2, 0.5), ours.top_p(raw, 0.5) / 2
    first, last = (int(row.isfinite().sum()) for row in both)
    assert kept(temperature=2.0, top_k=0, top_p=0.5) == first != last
    with pytest.raises(ValueError, match="do_sample=False"):
        TemperatureLogitsWarper(0.0)


def test_the_order_of_additions_changes_an_fp32_sum_and_the_winner():
    """Two exactly tied logits: different splits round differently and pick different tokens."""
    rng = np.random.default_rng(0)
    a = (rng.integers(-1000, 1000, 4096) / 1000).astype(np.float32)
    b = rng.permutation(a)
    assert sum(map(Fraction, a.tolist())) == sum(map(Fraction, b.tolist()))  # a tie, exactly
    winners = {bool(split_sum(a, n) > split_sum(b, n)) for n in (1, 2, 4, 8, 16, 32)}
    assert winners == {True, False}
    exact = float(sum(map(Fraction, a.tolist())))
    assert all(abs(split_sum(a, n) - exact) < 1e-3 for n in (1, 2, 4, 8, 16, 32))
