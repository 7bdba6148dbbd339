"""Claims of docs/prompting/reasoning-models.md."""

import itertools
import random
import statistics

import pytest
import torch
from scipy.stats import binom, hypergeom
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from snippets.prompting import ambiguity_in_context as ambiguity
from snippets.prompting import judge_generated_code as judge
from snippets.prompting import revise_or_keep as revise
from snippets.prompting import thinking_cost as cost
from snippets.prompting.budget_forcing import careless_adder, think
from snippets.prompting.language_of_thought import STEP, TRACES, consistency
from snippets.prompting.pass_at_k import by_enumeration, expected, pass_at_k, plug_in
from snippets.prompting.repeated_sampling import oracle, verified, vote


@pytest.fixture(scope="module")
def tiny() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=31,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        attn_implementation="eager",
    )
    return LlamaForCausalLM(config).eval()


@torch.no_grad()
def test_generation_flops_equal_pytorchs_counter(tiny):
    """The FLOPs of generating token by token are those PyTorch counts in a cached Llama."""
    prompt, new = 7, 5
    ids = torch.arange(prompt + new)[None]
    past = tiny(ids[:, :prompt], use_cache=True).past_key_values
    with FlopCounterMode(display=False) as counter:
        for i in range(prompt, prompt + new):
            past = tiny(ids[:, i : i + 1], past_key_values=past, use_cache=True).past_key_values
    matrices = sum(p.numel() for n, p in tiny.named_parameters() if p.dim() == 2)
    weights = matrices - tiny.get_input_embeddings().weight.numel()  # looked up
    model = cost.Model(weights=weights, layers=2, width=16, cache=0)
    assert counter.get_total_flops() == cost.flops(model, prompt, new)


@pytest.mark.parametrize(
    ("ours", "layers", "width", "ffn"),
    [(cost.LLAMA_8B, 32, 4096, 14336), (cost.LLAMA_70B, 80, 8192, 28672)],
)
def test_model_shapes_are_llamas(ours, layers, width, ffn):
    """Weights and cache a token of the two models follow from Llama 3's published shapes."""
    config = LlamaConfig(
        vocab_size=128256,
        hidden_size=width,
        intermediate_size=ffn,
        num_hidden_layers=layers,
        num_attention_heads=width // 128,
        num_key_value_heads=8,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    weights = (
        sum(p.numel() for p in model.parameters()) - model.model.embed_tokens.weight.numel()
    )
    assert ours.weights == pytest.approx(weights, rel=2e-3)
    assert (ours.layers, ours.width) == (layers, width)
    assert ours.cache == 2 * layers * 8 * 128 * 2


def test_thinking_costs_more_than_its_share_of_tokens():
    """Twice the thinking costs more than twice: every token attends to all thoughts before it."""
    assert cost.flops(cost.LLAMA_8B, 500, 64_000) > 2 * cost.flops(cost.LLAMA_8B, 500, 32_000)
    n = cost.tokens_for(42e12, cost.LLAMA_8B, 500)
    assert cost.flops(cost.LLAMA_8B, 500, n) <= 42e12 < cost.flops(cost.LLAMA_8B, 500, n + 1)


def test_pass_at_k_equals_enumeration_and_the_hypergeometric():
    """The estimator equals the share of subsets with a right sample, and scipy's hypergeometric."""
    for n in range(1, 8):
        for c, k in itertools.product(range(n + 1), range(1, n + 1)):
            right = [True] * c + [False] * (n - c)
            assert pass_at_k(n, c, k) == pytest.approx(float(by_enumeration(right, k)))
            assert pass_at_k(n, c, k) == pytest.approx(hypergeom.sf(0, n, c, k))


@pytest.mark.parametrize("p", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("k", [2, 5, 10])
def test_pass_at_k_is_unbiased_and_the_plug_in_is_not(p, k):
    """Averaged over all outcomes of n samples it is 1 - (1-p)^k; the short cut falls below."""
    truth = 1 - (1 - p) ** k
    assert expected(pass_at_k, 10, k, p) == pytest.approx(truth)
    assert expected(plug_in, 10, k, p) < truth - 1e-6


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("leak", [0.0, 0.2, 1.0])
def test_leaky_tests_equal_enumeration(n, leak):
    """Accuracy with leaky tests is the sum over all outcomes of n samples."""
    p = 0.3
    kinds = {"right": p, "leaks": (1 - p) * leak, "caught": (1 - p) * (1 - leak)}
    total = 0.0
    for outcome in itertools.product(kinds, repeat=n):
        chance = torch.tensor([kinds[kind] for kind in outcome]).prod().item()
        passing = [kind for kind in outcome if kind != "caught"]
        total += chance * (passing.count("right") / len(passing) if passing else 0)
    assert verified(torch.tensor(p), n, leak).item() == pytest.approx(total, abs=1e-6)


def test_perfect_tests_are_the_oracle_and_leaks_set_a_ceiling():
    """Without leaks tests give coverage; with them accuracy ends at p / (p + (1 - p) leak)."""
    p = torch.tensor([0.01, 0.2, 0.7])
    torch.testing.assert_close(verified(p, 9, 0.0), oracle(p, 9))
    torch.testing.assert_close(verified(p, 10**5, 0.1), p / (p + (1 - p) * 0.1))


@pytest.mark.parametrize("p", [0.4, 0.6])
def test_majority_vote_equals_the_binomial(p):
    """With two answers and 15 samples the vote is right when at least 8 samples are."""
    answers = torch.tensor([[p, 1 - p]]).expand(40_000, 2)
    share = vote(answers, 15, torch.Generator().manual_seed(1)).mean().item()
    assert share == pytest.approx(binom.sf(7, 15, p), abs=0.01)  # four standard errors


def test_a_vote_finds_the_commonest_answer_and_not_the_right_one():
    """Where a wrong answer is more frequent than the right one, more votes make it worse."""
    answers = torch.tensor([[0.4, 0.35, 0.25], [0.3, 0.5, 0.2]]).repeat_interleave(300, 0)
    picked = vote(answers, 3_000, torch.Generator().manual_seed(2))
    assert picked[:300].mean() > 0.95
    assert picked[300:].mean() == 0


def test_thinking_without_intervention_equals_generate(tiny):
    """With a large budget and no waits the loop is transformers' greedy generation."""

    @torch.no_grad()
    def greedy(text: list[int]) -> int:
        return tiny(torch.tensor([text])).logits[0, -1].argmax().item()

    prompt = [3, 1, 4, 1, 5]
    ids = torch.tensor([prompt])
    options = {"do_sample": False, "pad_token_id": 0, "attention_mask": torch.ones_like(ids)}
    free = tiny.generate(ids, max_new_tokens=12, eos_token_id=-1, **options)[0, 5:].tolist()
    end = free[-1]
    stopped = tiny.generate(ids, max_new_tokens=12, eos_token_id=end, **options)[0, 5:].tolist()
    assert think(greedy, prompt, end, wait=2, at_most=50) == stopped
    assert stopped[-1] == end
    first = free.index(end)
    assert think(greedy, prompt, end, wait=2, at_most=first) == [*free[:first], end]


def test_budgets_cut_and_waits_extend():
    """The budget is never exceeded, and each wait replaces one attempt to stop."""
    numbers = [17, 25, 8, 31, 19]
    for at_most, waits in itertools.product(range(12), range(3)):
        trace = think(careless_adder, numbers, "</think>", "Wait", at_most, waits)
        assert trace[-1] == "</think>" and trace.count("</think>") == 1
        assert len(trace) - 1 <= at_most
        assert trace.count("Wait") <= waits
    assert think(careless_adder, numbers, "</think>", "Wait", 99, 1)[-2] == sum(numbers)
    assert think(careless_adder, numbers, "</think>", "Wait", 99, 0)[-2] == sum(numbers) - 8


def test_revision_equals_the_powers_of_its_matrix():
    """Rounds of revision are powers of a two-state transition matrix and end at its limit."""
    for start, repair, damage in revise.TASKS.values():
        step = torch.tensor([[1 - damage, damage], [repair, 1 - repair]], dtype=torch.float64)
        state = torch.tensor([start, 1 - start], dtype=torch.float64)
        for rounds in (0, 1, 5, 200):
            expected_state = state @ torch.linalg.matrix_power(step, rounds)
            assert revise.after(rounds, start, repair, damage) == pytest.approx(
                expected_state[0].item()
            )
        assert revise.after(500, start, repair, damage) == pytest.approx(
            revise.limit(repair, damage)
        )


def test_revision_helps_only_below_its_limit():
    """One round changes accuracy by (repair + damage) times its distance from the limit."""
    for start, repair, damage in revise.TASKS.values():
        gain = revise.after(1, start, repair, damage) - start
        distance = revise.limit(repair, damage) - start
        assert gain == pytest.approx((repair + damage) * distance)


def test_consistency_reward_by_hand():
    """The reward counts letters of the script and ignores digits and punctuation."""
    assert consistency("abc 甲乙丙", "CJK") == 0.5
    assert consistency("12, 3。", "CJK") == 0.0
    assert consistency(TRACES["all Chinese"], "CJK") == 1.0
    assert consistency(STEP["Hindi"], "DEVANAGARI") == 1.0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("forgets a bracket", "SyntaxError"),
        ("invents a function", "AttributeError"),
        ("exits with status 0", "left early"),
        ("ignores even lengths", "pass"),
        ("sorts the caller's list", "pass"),
        ("is right", "pass"),
    ],
)
def test_given_tests_let_two_wrong_answers_pass(name, reason):
    """Running finds code that does not parse, invents a call or leaves; two given tests miss two."""
    assert judge.verdict(judge.ANSWERS[name], judge.GIVEN, seconds=30) == reason


def test_two_more_tests_leave_only_the_right_answer():
    """Of the three answers that pass the given tests, more tests stop two."""
    passing = ["ignores even lengths", "sorts the caller's list", "is right"]
    found = [judge.verdict(judge.ANSWERS[name], judge.MORE, seconds=30) for name in passing]
    assert found == ["AssertionError", "AssertionError", "pass"]


def test_code_that_never_ends_meets_the_time_limit():
    """An endless loop is stopped by the clock, in its own process."""
    assert judge.verdict(judge.ANSWERS["never ends"], judge.GIVEN, seconds=0.5) == "time limit"


def test_the_right_answer_equals_the_standard_librarys_median():
    """The answer called right equals statistics.median and leaves its argument alone."""
    scope: dict = {}
    exec(judge.ANSWERS["is right"], scope)
    rng = random.Random(0)
    for n in range(1, 30):
        values = [rng.randrange(20) for _ in range(n)]
        before = list(values)
        assert scope["median"](values) == statistics.median(values)
        assert values == before


@pytest.mark.model
def test_readings_equal_the_models_loss(smollm2):
    """A reading's log-probability is minus transformers' loss on just its tokens."""
    model, tokenizer = smollm2
    prompt, option = "Mercury is a", " messenger of the gods"
    ids = tokenizer(prompt + option, return_tensors="pt").input_ids
    labels = ids.clone()
    labels[:, : len(tokenizer(prompt).input_ids)] = -100  # not counted
    with torch.no_grad():
        loss = model(ids, labels=labels).loss * (labels != -100).sum()
    ours = ambiguity.readings(model, tokenizer, prompt, [option])[0]
    torch.testing.assert_close(ours, -loss, rtol=1e-4, atol=1e-3)


@pytest.mark.model
def test_a_sentence_before_decides_what_mercury_is(smollm2):
    """Telescope, thermometer and temple each make planet, metal and god the likeliest."""
    model, tokenizer = smollm2
    for sense, context in enumerate(ambiguity.CONTEXTS[1:]):
        scores = ambiguity.readings(
            model, tokenizer, context + "Mercury is a", ambiguity.SENSES
        )
        assert scores.argmax() == sense
