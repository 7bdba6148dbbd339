"""docs/prompting/decoding-strategies.md"""

import itertools
from collections import Counter
from math import exp, isclose, log
from types import SimpleNamespace

import pytest
import torch

from snippets.prompting.beam_search import beam_search
from snippets.prompting.best_of_n import (
    expected_maximum,
    kl_bound,
    minimum_bayes_risk,
    word_f1,
)
from snippets.prompting.best_of_n_measured import coverage, expected_quality
from snippets.prompting.contrastive_search import contrastive
from snippets.prompting.decoding_surprisal import HUMAN, START, repeated, surprisal
from snippets.prompting.diverse_beam_tree import diverse_beams
from snippets.prompting.generate_is_not_training import generate as greedy
from snippets.prompting.generate_is_not_training import next_token_loss
from snippets.prompting.greedy_misses_the_best import TREE, beam_search_worst_first
from snippets.prompting.greedy_misses_the_best import beam_search as tree_search
from snippets.prompting.length_penalty import HYPOTHESES, gnmt, power, winner


@pytest.fixture(scope="module")
def tiny():
    """A small Llama with random weights that differ enough to give uneven probabilities."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(vocab_size=20, hidden_size=32, intermediate_size=64, initializer_range=0.3,
                         num_hidden_layers=2, num_attention_heads=4)  # fmt: skip
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def gpt2():
    """A small GPT-2 with random weights; its end token is outside the vocabulary."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(3)
    config = GPT2Config(vocab_size=64, n_positions=64, n_embd=32, n_layer=2, n_head=4,
                        initializer_range=0.3)  # fmt: skip
    return GPT2LMHeadModel(config).eval()


def scorer(model):
    @torch.no_grad()
    def next_log_probs(ids):
        return model(ids).logits[:, -1].log_softmax(dim=-1)

    return next_log_probs


def generate(model, prompt, **options):
    out = model.generate(torch.tensor([prompt]), do_sample=False, pad_token_id=6, **options)
    return out.tolist()


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_beam_search_equals_transformers(tiny, width, alpha):
    """All the beams, their order and their ends equal transformers' generate(num_beams=…)."""
    for prompt in ([3, 14, 15], [7], [5, 5, 9, 1]):
        ours = beam_search(scorer(tiny), prompt, width, 2, 9, alpha)
        many = {"num_return_sequences": width, "length_penalty": alpha} if width > 1 else {}
        theirs = generate(
            tiny, prompt, num_beams=width, max_new_tokens=9, eos_token_id=2, **many
        )
        assert len(ours) == len(theirs)
        for (_, ids), row in zip(ours, theirs, strict=True):
            assert row[: len(ids)] == ids
            assert set(row[len(ids) :]) <= {6}


def test_beam_search_as_wide_as_the_tree_finds_the_global_best(tiny):
    """A beam wider than all texts finds the optimum that trying every text finds."""
    log_p, best = scorer(tiny), (float("-inf"), None)
    for text in itertools.product(range(20), repeat=2):
        ids = torch.tensor([[3, *text]])
        first, second = log_p(ids[:, :1])[0, text[0]], log_p(ids[:, :2])[0, text[1]]
        if text[0] == 2:
            best = max(best, (first.item(), (2,)))
        else:
            best = max(best, ((first + second).item(), text))
    score, ids = beam_search(log_p, [3], 20, 2, 2, alpha=0.0)[0]
    assert tuple(ids[1:]) == best[1]
    assert score == pytest.approx(best[0], abs=1e-5)


def test_a_finished_beams_score_is_its_log_probability_over_length_to_the_alpha(tiny):
    """Scoring the returned text again in one pass gives the reported score."""
    for score, ids in beam_search(scorer(tiny), [3, 14, 15], 4, 2, 8, 0.7):
        with torch.no_grad():
            log_p = tiny(torch.tensor([ids])).logits[0].log_softmax(-1)
        total = sum(log_p[i - 1, ids[i]].item() for i in range(3, len(ids)))
        assert score == pytest.approx(total / (len(ids) - 3) ** 0.7, abs=1e-4)


@pytest.mark.model
def test_beam_search_equals_transformers_on_smollm2(smollm2):
    """On the real chat model greedy text and all four beams, in order, are generate's."""
    model, tokenizer = smollm2
    prompt = tokenizer("She opened the door and").input_ids
    for width in (1, 4):
        ours = beam_search(scorer(model), prompt, width, tokenizer.eos_token_id, 6)
        theirs = generate(
            model, prompt, num_beams=width, num_return_sequences=width, max_new_tokens=6
        )
        assert [ids for _, ids in ours] == theirs


def test_the_stopping_rule_decides_and_is_transformers_default(tiny):
    """Where True, False and "never" end in different texts, ours is the text of the default."""
    texts = {True: [], False: [], "never": []}
    for first, width in itertools.product((1, 3, 4, 5, 7, 9, 10, 11), (2, 4)):
        prompt = [first, 7]  # without 6, which pads
        for rule, found in texts.items():
            found += generate(tiny, prompt, num_beams=width, early_stopping=rule, eos_token_id=8,
                              length_penalty=2.0, max_new_tokens=12)  # fmt: skip
        ours = beam_search(scorer(tiny), prompt, width, 8, 12, 2.0)[0][1]
        assert texts[False][-1][: len(ours)] == ours
    assert texts[True] != texts[False] != texts["never"]


def test_greedy_takes_the_wrong_road_and_two_beams_do_not():
    """By hand: old man 0.5·0.4 = 0.20, ship sank 0.4·0.9 = 0.36, the best of all six texts."""
    every = {(a, b): p * q for (a,), p in zip([("old",), ("ship",), ("end",)], TREE[()].values())
             for b, q in TREE[(a,)].items()}  # fmt: skip
    (greedy, words), (best, best_words) = tree_search(1)[0], tree_search(2)[0]
    assert (words, best_words) == (("old", "man"), ("ship", "sank"))
    assert isclose(exp(greedy), 0.20) and isclose(exp(best), 0.36)
    assert best_words == max(every, key=every.get)


def test_an_ascending_sort_returns_the_worst_beam():
    """The bug keeps the right beams, returns the worst, and so gets worse with width: 0.20, 0.15."""
    for width in (1, 2, 3):
        assert beam_search_worst_first(width) == tree_search(width)[::-1]
    probabilities = [exp(beam_search_worst_first(width)[0][0]) for width in (1, 2, 3)]
    assert probabilities == pytest.approx([0.20, 0.20, 0.15])


def test_the_greedy_loop_equals_transformers_generate(gpt2):
    """With a cache, with and without an end token, the loop gives generate's tokens."""
    for prompt in ([3, 14, 15], [7], [5, 5, 9, 1]):
        ids, options = torch.tensor([prompt]), {"max_new_tokens": 12}
        free = greedy(gpt2, ids, 12)
        assert free.tolist() == generate(gpt2, prompt, **options)
        eos = free[0, len(prompt) + 4].item()  # end at a token that really comes
        assert greedy(gpt2, ids, 12, eos).tolist() == generate(
            gpt2, prompt, eos_token_id=eos, **options
        )


def test_generate_changes_no_weight_and_a_training_step_does(gpt2):
    """Calling generate on a GPT-2 leaves every weight as it was and no gradient; a step does not."""
    before = [p.clone() for p in gpt2.parameters()]
    gpt2.generate(torch.tensor([[3, 14]]), max_new_tokens=8, do_sample=True, pad_token_id=6)
    assert all(
        p.equal(q) and p.grad is None for p, q in zip(gpt2.parameters(), before, strict=True)
    )
    next_token_loss(gpt2, torch.randint(64, (2, 20))).backward()
    torch.optim.SGD(gpt2.parameters(), lr=0.1).step()
    assert sum(not p.equal(q) for p, q in zip(gpt2.parameters(), before, strict=True)) > 20


def test_the_pretraining_loss_equals_transformers(gpt2):
    """Next-token cross-entropy with the shift written out is model(ids, labels=ids).loss."""
    ids = torch.randint(64, (3, 20), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert next_token_loss(gpt2, ids).item() == pytest.approx(
            gpt2(ids, labels=ids).loss.item()
        )


def test_max_length_counts_the_prompt(gpt2):
    """generate: 20 new tokens unless told; max_new_tokens 9 gives 9; max_length 9 after 4 gives 5."""
    prompt = [5, 5, 9, 1]
    assert len(generate(gpt2, prompt)[0]) == 4 + 20
    assert len(generate(gpt2, prompt, max_new_tokens=9)[0]) == 4 + 9
    assert len(generate(gpt2, prompt, max_length=9)[0]) == 9


def test_speculative_decoding_keeps_the_greedy_text(gpt2):
    """With a draft model of other weights generate returns the same greedy tokens."""
    from transformers import GPT2LMHeadModel

    torch.manual_seed(4)
    draft = GPT2LMHeadModel(gpt2.config).eval()
    for prompt in ([3, 14, 15], [5, 5, 9, 1]):
        plain = generate(gpt2, prompt, max_new_tokens=12)
        assert generate(gpt2, prompt, max_new_tokens=12, assistant_model=draft) == plain


def test_one_group_of_diverse_beam_search_is_beam_search(tiny):
    """Without a penalty and with one group the beams equal transformers' (no end token)."""
    log_p = scorer(tiny)
    *_, (group,) = diverse_beams(
        lambda beams: log_p(torch.tensor([[3, 14, *t] for _, t in beams])), 1, 4, 0.0, 5
    )
    theirs = generate(tiny, [3, 14], num_beams=4, num_return_sequences=4, max_new_tokens=5,
                      min_new_tokens=5, eos_token_id=None)  # fmt: skip
    assert [[3, 14, *tokens] for _, tokens in group] == theirs


def test_the_diversity_penalty_by_hand():
    """Log-probabilities -0.5, -1.2, -2.0: a penalty of 1 sends group two elsewhere, 0.5 doesn't."""

    def log_p(beams):
        return torch.tensor([[-0.5, -1.2, -2.0]] * len(beams))

    for penalty, second in ((0.5, 0), (1.0, 1)):
        (first, other), *_ = diverse_beams(log_p, 2, 1, penalty, 1)
        assert first == [(-0.5, (0,))]
        assert other[0][1] == (second,)
        assert other[0][0] == pytest.approx([-0.5, -1.2][second])  # the score is not penalised


def diverse_by_definition(log_p, groups, width, penalty, steps):
    """Vijayakumar et al. 2016 with plain dictionaries: every extension scored one by one."""
    kept = [[(0.0, ())] for _ in range(groups)]
    for _ in range(steps):
        counts = Counter()
        for g, beams in enumerate(kept):
            options = [(score + p - penalty * counts[token], score + p, (*text, token))
                       for score, text in beams for token, p in enumerate(log_p(text))]  # fmt: skip
            kept[g] = [(s, text) for _, s, text in sorted(options, reverse=True)[:width]]
            counts.update(text[-1] for _, text in kept[g])
    return kept


@pytest.mark.parametrize(("groups", "width"), [(1, 4), (2, 2), (4, 1)])
def test_diverse_beam_search_equals_its_definition(tiny, groups, width):
    """Groups of one and of several beams choose what scoring each extension by hand chooses."""
    log_p = scorer(tiny)
    *_, ours = diverse_beams(
        lambda beams: log_p(torch.tensor([[3, 14, *t] for _, t in beams])),
        groups,
        width,
        0.7,
        4,
    )
    theirs = diverse_by_definition(
        lambda text: log_p(torch.tensor([[3, 14, *text]]))[0].tolist(), groups, width, 0.7, 4
    )
    assert [[text for _, text in g] for g in ours] == [[text for _, text in g] for g in theirs]


@pytest.mark.model
def test_groups_of_one_begin_differently_on_smollm2(smollm2):
    """Four groups of one reach three first words where four plain beams share one."""
    model, tokenizer = smollm2
    prompt, log_p = tokenizer("She opened the door and").input_ids, scorer(model)

    def next_log_probs(beams):
        return log_p(torch.tensor([[*prompt, *t] for _, t in beams]))

    *_, plain = diverse_beams(next_log_probs, 1, 4, 1.0, 5)
    *_, diverse = diverse_beams(next_log_probs, 4, 1, 1.0, 5)
    assert len({t[0] for g in plain for _, t in g}) == 1
    assert len({t[0] for g in diverse for _, t in g}) == 3


def contrastive_by_definition(model, ids, k, alpha, steps):
    """Su et al. 2022, equation 5, without a cache: every candidate text from the start."""
    for _ in range(steps):
        p, tokens = model(ids).logits[0, -1].softmax(-1).topk(k)
        scores = []
        for probability, token in zip(p, tokens, strict=True):
            text = torch.cat([ids, token.view(1, 1)], dim=1)
            h = model(text, output_hidden_states=True).hidden_states[-1][0]
            h = h / h.norm(dim=-1, keepdim=True)
            scores.append((1 - alpha) * probability - alpha * (h[:-1] @ h[-1]).max())
        token = tokens[torch.stack(scores).argmax()]
        ids = torch.cat([ids, token.view(1, 1)], dim=1)
    return ids


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.6, 1.0])
def test_contrastive_search_equals_its_definition(tiny, alpha):
    """The cached search gives the tokens of the formula evaluated from scratch at each step."""
    ids = torch.tensor([[3, 14, 15]])
    with torch.no_grad():
        theirs = contrastive_by_definition(tiny, ids, 4, alpha, 8)
    assert contrastive(tiny, ids, 4, alpha, 8).tolist() == theirs.tolist()


def test_contrastive_search_without_penalty_is_greedy(tiny):
    """With alpha 0 it equals transformers' greedy text."""
    ours = contrastive(tiny, torch.tensor([[3, 14]]), 5, 0.0, 8)
    assert ours.tolist() == generate(tiny, [3, 14], max_new_tokens=8, eos_token_id=None)


def test_the_contrastive_choice_by_hand():
    """Probability 0.6 at cosine 0.9 scores -0.30 and loses to 0.2 at cosine 0.5, which has -0.22."""
    states = torch.tensor([[[0.9, 0.19**0.5]], [[0.5, 0.75**0.5]]])  # against (1, 0)
    logits = torch.tensor([0.6, 0.2, 0.1, 0.1]).log()

    class Cache:
        def batch_repeat_interleave(self, k):
            """Nothing to copy."""

        batch_select_indices = batch_repeat_interleave

    def model(ids, **_):
        state = states if ids.size(0) == 2 else torch.tensor([[[1.0, 0.0]]])
        return SimpleNamespace(past_key_values=Cache(), hidden_states=[state],
                               logits=logits.expand(ids.size(0), 1, 4))  # fmt: skip

    for alpha, token in ((0.6, 1), (0.0, 0)):
        assert contrastive(model, torch.tensor([[3]]), 2, alpha, 1).tolist() == [[3, token]]


@pytest.mark.model
def test_search_removes_surprise_and_contrastive_search_the_loop(smollm2):
    """Greedy text has under half of the human surprise and repeats; contrastive repeats less."""
    model, tokenizer = smollm2
    ids, human = (tokenizer(s, return_tensors="pt").input_ids for s in (START, START + HUMAN))
    t, n = ids.size(1), human.size(1) - ids.size(1)
    with torch.no_grad():
        text, unlike = contrastive(model, ids, 1, 0.0, n), contrastive(model, ids, 4, 0.6, n)
        assert surprisal(model, text, t).mean() < surprisal(model, human, t).mean() / 2
    assert repeated(human, t) == 0 and repeated(text, t) > 0.3 and repeated(unlike, t) < 0.1


def test_repetition_is_counted_in_four_grams():
    """By hand: a b c d a b c d has five four-grams, of which the last stood there before."""
    assert repeated(torch.tensor([[9, 1, 2, 3, 4, 1, 2, 3, 4]]), 1) == pytest.approx(1 / 5)


@pytest.mark.model
def test_surprisal_is_transformers_loss_in_bits(smollm2):
    """The mean of our bits is the model's own cross-entropy divided by ln 2."""
    model, tokenizer = smollm2
    ids = tokenizer("A ferry is a ship that crosses.", return_tensors="pt").input_ids
    with torch.no_grad():
        loss = model(ids, labels=ids).loss.item()
        bits = surprisal(model, ids, 1)
    assert bits.mean().item() == pytest.approx(loss / log(2), abs=1e-3)


@pytest.mark.parametrize("options", [
    {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 1.0},
    {"penalty_alpha": 0.6, "top_k": 4},
    {"dola_layers": "high"},
    {"num_beams": 2, "force_words_ids": [[5]]},
])  # fmt: skip
def test_transformers_moved_four_methods_to_the_hub(tiny, options):
    """Group beam, contrastive, DoLa and constrained beam search ask for code from the Hub."""
    with pytest.raises(ValueError, match="trust_remote_code=True.*transformers-community"):
        generate(tiny, [3, 14], max_new_tokens=2, **options)


def test_the_length_penalty_chooses_the_length():
    """By hand: 3.6/6^0.6 = 1.23 beats 2/2^0.6 = 1.32; and GNMT's 1.0 is not transformers' 1.0."""
    texts = list(HYPOTHESES)
    assert [winner(power, a) for a in (0.0, 0.6, 1.0)] == texts
    assert [winner(gnmt, a) for a in (0.0, 0.6, 1.0, 2.0)] == [texts[0]] * 3 + [texts[2]]
    assert power(6, 0.6) == pytest.approx(2.930, abs=1e-3)
    assert gnmt(1, 0.7) == 1


def test_a_minimum_length_forbids_the_end_token(tiny):
    """min_new_tokens keeps EOS out of the first six tokens of a text that ended earlier."""
    end = {"num_beams": 4, "length_penalty": 0.0, "eos_token_id": 8, "max_new_tokens": 9}
    short = generate(tiny, [3, 14, 15], **end)[0]
    long = generate(tiny, [3, 14, 15], **end, min_new_tokens=6)[0]
    assert 8 in short[3:9] and 8 not in long[3:9]


@pytest.mark.parametrize("n", [1, 2, 5, 32])
def test_the_expected_best_of_n_agrees_with_sampling(n):
    """The integral equals the mean maximum of n normal draws."""
    draws = torch.randn(200_000, n, generator=torch.Generator().manual_seed(0))
    assert expected_maximum(n) == pytest.approx(draws.amax(1).mean().item(), abs=0.01)


def test_the_best_of_two_and_three_by_hand():
    """1/√π and 3/(2√π) are the known expected maxima of two and three normal draws."""
    root = 3.141592653589793**0.5
    assert expected_maximum(2) == pytest.approx(1 / root, abs=1e-6)
    assert expected_maximum(3) == pytest.approx(1.5 / root, abs=1e-6)


def test_the_kl_bound_is_exact_when_no_two_samples_are_equal():
    """On 20,000 equally likely texts KL(best-of-n || model) is log n - (n-1)/n; on two, less."""
    for size, exact in ((20_000, True), (2, False)):
        ranks = torch.arange(size + 1, dtype=torch.float64) / size
        best = (ranks**8).diff()  # the best of 8 has rank r with this probability
        kl = (best * (best * size).log()).nansum().item()
        assert (abs(kl - kl_bound(8)) < 1e-2) == exact
        assert kl <= kl_bound(8) + 1e-9


def test_half_a_correlation_keeps_half_the_gain():
    """Choosing by a proxy that correlates 0.5 gives half the expected maximum."""
    generator = torch.Generator().manual_seed(0)
    gold, noise = torch.randn(2, 100_000, 16, generator=generator)
    proxy = 0.5 * gold + 0.75**0.5 * noise
    chosen = gold.gather(1, proxy.argmax(1, keepdim=True)).mean().item()
    assert chosen == pytest.approx(0.5 * expected_maximum(16), abs=0.02)


def test_minimum_bayes_risk_prefers_agreement_to_frequency():
    """By hand: the repeated outlier shares no support with the three ferry texts."""
    samples = ["the ferry leaves at seven", "the ferry leaves at seven daily", "no ferry today",
               "the ferry leaves every day at seven", "no ferry today"]  # fmt: skip
    assert Counter(samples).most_common(1)[0][0] == "no ferry today"
    assert minimum_bayes_risk(samples) == samples[0]
    assert word_f1("a b c", "a b d e") == pytest.approx(4 / 7)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_the_expected_best_of_n_equals_trying_every_draw(n):
    """The closed formula is the mean over all ways to draw n of six samples and keep the best."""
    scores, quality = [0.3, 0.9, 0.1, 0.5, 0.7, 0.2], [1.0, 0.25, 0.5, 0.75, 0.0, 0.5]
    draws = list(itertools.combinations(range(6), n))
    best = [quality[max(draw, key=scores.__getitem__)] for draw in draws]
    assert expected_quality(scores, quality, n) == pytest.approx(sum(best) / len(best))


def test_the_checker_counts_required_words():
    """By hand: two of the four words, in any case."""
    assert coverage("A Dog by the river.") == 0.5
