"""Claims of docs/prompting/structured-output.md."""

import csv
import io
import json
import random
import re
from functools import reduce
from itertools import product
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
import torch
import yaml
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from snippets.prompting import masking_changes_the_odds as odds
from snippets.prompting import table_formats_in_tokens as tables
from snippets.prompting.allowed_at_each_step import DOCUMENT, allowed_sets
from snippets.prompting.regex_token_mask import NUMBER, VOCABULARY, Pattern, token_index
from snippets.prompting.retry_until_valid import SCHEMA as INVOICE
from snippets.prompting.retry_until_valid import SCRIPT, Reply, extract, problems
from snippets.prompting.schema_token_mask import PEOPLE, PROMPT, SCHEMA, SchemaMask
from snippets.prompting.tokens_span_symbols import SYMBOL, spanning

NUMBER_RE = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"


def library_tokenizer(tokens: list[str]) -> LLTokenizer:
    """llguidance's tokenizer over our own small vocabulary, the end token last."""

    class Words(SimpleNamespace):
        def __call__(self, text):
            return [self.tokens.index(bytes([b])) for b in text]

    entries = [t.encode() for t in tokens] + [b"<end>"]
    words = Words(tokens=entries, eos_token_id=len(tokens), bos_token_id=None)
    words.special_token_ids = [len(tokens)]
    return LLTokenizer(TokenizerWrapper(words))


def bits(matcher: LLMatcher) -> set[int]:
    return set(np.flatnonzero(np.frombuffer(matcher.compute_logit_bias(), np.uint8)).tolist())


def test_our_masks_equal_llguidances_in_every_state():
    """Token for token, the masks of the automaton equal llguidance's for the same expression."""
    index, final = token_index(NUMBER, VOCABULARY)
    grammar = LLMatcher.grammar_from_regex(NUMBER_RE)
    tokenizer = library_tokenizer(VOCABULARY)
    paths, seen = [((), 0)], set()
    for path, state in paths:  # one way into each state
        if state in seen:
            continue
        seen.add(state)
        matcher = LLMatcher(tokenizer, grammar)
        assert matcher.consume_tokens([VOCABULARY.index(t) for t in path])
        ours = {VOCABULARY.index(t) for t in index[state]}
        assert bits(matcher) == ours | ({len(VOCABULARY)} if state in final else set())
        paths += [((*path, token), target) for token, target in index[state].items()]
    assert seen == set(range(len(index))) == set(range(6))


def test_llguidances_parser_rolls_back_over_rejected_tokens():
    """After a rollback of two tokens the mask is what it was before them."""
    grammar = LLMatcher.grammar_from_regex(NUMBER_RE)
    matcher = LLMatcher(library_tokenizer(VOCABULARY), grammar)
    matcher.consume_token(VOCABULARY.index("12"))
    before = bits(matcher)
    assert matcher.consume_tokens([VOCABULARY.index("1."), VOCABULARY.index("00")])
    assert bits(matcher) != before
    assert matcher.rollback(2) and bits(matcher) == before


def written(pattern: Pattern) -> str:
    """Our pattern in the notation of Python's re."""
    parts = []
    for item in pattern:
        if isinstance(item, str):
            parts.append(f"[{re.escape(item)}]")
        elif item[0] == "star":
            parts.append(f"(?:{written(item[1])})*")
        else:
            parts.append(f"(?:{'|'.join(map(written, item[1:]))})")
    return "".join(parts)


def random_pattern(rng: random.Random, depth: int = 3) -> Pattern:
    def item():
        kind = rng.choice(["chars", "chars", "star", "or"]) if depth else "chars"
        if kind == "chars":
            return "".join(rng.sample("abc", rng.randint(1, 2)))
        inner = [random_pattern(rng, depth - 1) for _ in range(2)]
        return ("star", inner[0]) if kind == "star" else ("or", *inner)

    return tuple(item() for _ in range(rng.randint(0 if depth < 3 else 1, 2)))


def kept(pattern: Pattern, vocabulary: list[str], length: int) -> set[tuple[str, ...]]:
    index, final = token_index(pattern, vocabulary)
    index.append({})
    texts = [ts for n in range(length + 1) for ts in product(vocabulary, repeat=n)]
    return {t for t in texts if reduce(lambda at, x: index[at].get(x, -1), t, 0) in final}


@pytest.mark.parametrize("seed", range(40))
def test_masks_equal_filtering_by_full_match_for_random_expressions(seed):
    """Walking the masks keeps just the token sequences whose text re.fullmatch accepts."""
    pattern, vocabulary = random_pattern(random.Random(seed)), ["a", "b", "c", "ab", "ca", "bb"]
    texts = [ts for n in range(5) for ts in product(vocabulary, repeat=n)]
    expected = {t for t in texts if re.fullmatch(written(pattern), "".join(t))}
    assert kept(pattern, vocabulary, 4) == expected


def test_no_allowed_token_leads_to_a_dead_end():
    """With single characters in the vocabulary, every allowed token can still be finished."""
    index, final = token_index(NUMBER, VOCABULARY)
    alive = set(final)
    for _ in index:
        alive |= {s for s, row in enumerate(index) if alive & set(row.values())}
    assert alive == set(range(len(index)))
    poor, ends = token_index(NUMBER, ["1."])  # without digits to follow, the point is a trap
    assert poor == [{"1.": 1}, {}] and not ends


def test_a_token_may_hold_the_end_of_one_symbol_and_the_start_of_the_next():
    """Found by hand in one small document; a token inside a symbol does not count."""
    symbols = SYMBOL.findall('{"a":"bc","d":7}')
    assert symbols == ["{", '"a"', ":", '"bc"', ",", '"d"', ":", "7", "}"]
    tokens = ['{"', "a", '":"', "b", "c", '","', "d", '":', "7", "}"]
    assert spanning(tokens, symbols) == ['{"', '":"', '","', '":']
    assert spanning(symbols, symbols) == []


@pytest.mark.model
def test_llguidance_allows_tokens_that_span_symbols_and_what_can_be_finished(smollm2):
    """In the enum, the allowed tokens are all pieces of an allowed value and nothing else."""
    _, tokenizer = smollm2
    steps = allowed_sets(tokenizer, SCHEMA, json.dumps(DOCUMENT))
    texts = [tokenizer.decode(token) for token, _ in steps]
    assert '{"' in texts and '"}' in texts  # the model's own tokens, not single symbols
    city = set(steps[texts.index("Rome")][1].tolist())
    pieces = [tokenizer.decode(i) for i in range(len(tokenizer))]
    endings = [value + '"' for value in SCHEMA["properties"]["city"]["enum"]]
    assert city == {
        i for i, p in enumerate(pieces) if p and any(e.startswith(p) for e in endings)
    }
    assert len(steps[texts.index("name")][1]) == 1  # only the canonical token of a forced key
    with pytest.raises(ValueError, match="does not follow"):
        allowed_sets(tokenizer, SCHEMA, '{"name": "Ann", "age": "41"')


@pytest.mark.model
def test_the_mask_mends_an_answer_that_breaks_the_enum(smollm2):
    """Free, SmolLM2 answers "Paris, France" for the enum; masked, the same prompt is valid."""
    from llguidance.hf import from_tokenizer

    model, tokenizer = smollm2
    chat = [{"role": "user", "content": PROMPT + list(PEOPLE)[2]}]
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    batch = tokenizer(text, return_tensors="pt")
    answers = []
    for mask in ([], [SchemaMask(from_tokenizer(tokenizer), 1, True)]):
        out = model.generate(**batch, do_sample=False, max_new_tokens=40, logits_processor=mask)
        new = out[0, batch["input_ids"].shape[1] :]
        answers.append(json.loads(tokenizer.decode(new, skip_special_tokens=True)))
    with pytest.raises(jsonschema.ValidationError, match="is not one of"):
        jsonschema.validate(answers[0], SCHEMA)
    jsonschema.validate(answers[1], SCHEMA)
    assert list(answers[1].values()) == PEOPLE[list(PEOPLE)[2]]


def test_plain_masking_equals_transformers_prefix_constraint():
    """A text's masked probability is the product of transformers' constrained steps."""
    from transformers import PrefixConstrainedLogitsProcessor

    names = sorted({token for row in odds.MODEL.values() for token in row})
    for text in odds.ENUM:
        product_of_steps = 1.0
        for i, token in enumerate(text):
            next_ids = [names.index(t[i]) for t in odds.ENUM if t[:i] == text[:i]]
            row = odds.MODEL[text[:i]]
            logits = torch.tensor([[row.get(name, 0.0) for name in names]]).log()
            mask = PrefixConstrainedLogitsProcessor(lambda *_, ids=next_ids: ids, num_beams=1)
            probs = mask(torch.tensor([[0]]), logits).softmax(-1)[0]
            product_of_steps *= float(probs[names.index(token)])
        assert odds.constrained(text, {}) == pytest.approx(product_of_steps)


def test_mask_before_top_p_and_on_either_side_of_temperature():
    """Top-p first may keep only forbidden tokens; with temperature the order does not matter."""
    from transformers import TemperatureLogitsWarper, TopPLogitsWarper

    logits, forbidden = (
        torch.tensor([[0.95, 0.03, 0.02]]).log(),
        torch.tensor([[True, False, False]]),
    )
    top_p, cool = TopPLogitsWarper(0.9), TemperatureLogitsWarper(0.5)

    def mask(scores: torch.Tensor) -> torch.Tensor:
        return scores.masked_fill(forbidden, -torch.inf)

    assert mask(top_p(None, logits)).isneginf().all()
    probs = top_p(None, mask(logits)).softmax(-1)[0].tolist()
    assert probs == pytest.approx([0, 0.6, 0.4])
    torch.testing.assert_close(cool(None, mask(logits)), mask(cool(None, logits)))


def test_the_enum_example_by_hand():
    """0.6 · 0.05 against 0.4 · 0.9: "no" has 0.03 / 0.39, and masking makes it 0.6."""
    no, yes = odds.ENUM
    assert odds.probability(no) == pytest.approx(0.03)
    assert odds.probability(yes) == pytest.approx(0.36)
    assert odds.constrained(no, {}) == pytest.approx(0.6)
    future = {}
    odds.learn(no, future)
    assert odds.constrained(no, future) == pytest.approx(0.03 / 0.43)


@pytest.mark.parametrize("seed", range(10))
def test_asap_reaches_the_conditional_distribution(seed, monkeypatch):
    """Once every valid text was seen, the reweighted steps give P(text | valid) exactly."""
    rng, model = random.Random(seed), {}
    for prefix in (t for n in range(3) for t in product("ab", repeat=n)):
        weights = {t: rng.random() + 0.01 for t in ("a", "b", odds.END)}
        model[prefix] = {t: w / sum(weights.values()) for t, w in weights.items()}
    texts = [(*p, odds.END) for p in model if len(p) < 3]
    valid = rng.sample(texts, 4)
    monkeypatch.setattr(odds, "MODEL", model)
    monkeypatch.setattr(odds, "ENUM", valid)
    future = {}
    for text in valid:
        odds.learn(text, future)
    total = sum(map(odds.probability, valid))
    for text in valid:
        assert odds.constrained(text, future) == pytest.approx(odds.probability(text) / total)
    assert sum(odds.constrained(text, {}) for text in valid) == pytest.approx(1)


def test_problems_agree_with_jsonschema_and_the_sum():
    """What has no problems passes jsonschema.validate and adds up; each script line by hand."""
    assert [len(problems(text)) for text in SCRIPT] == [1, 3, 1, 0]
    jsonschema.validate(json.loads(SCRIPT[2]), INVOICE)  # the schema cannot see the wrong sum
    assert "net + tax" in problems(SCRIPT[2])[0]


def test_nan_and_infinity_do_not_pass_as_amounts():
    """json.loads and jsonschema accept NaN; the sum, written as "not close", refuses it."""
    for bad in ("NaN", "Infinity"):
        text = SCRIPT[3].replace("80", bad).replace("96.8", bad)
        jsonschema.validate(json.loads(text), INVOICE)
        assert len(problems(text)) == 1


def test_the_retry_loop_sends_the_errors_back_and_gives_up():
    """Each new request carries the last answer and its errors; a cut answer is not retried."""
    asked, answers = [], iter(SCRIPT)

    def ask(messages):
        asked.append(list(messages))
        return Reply(next(answers))

    assert extract(ask, "p") == json.loads(SCRIPT[-1])
    assert [len(messages) for messages in asked] == [1, 3, 5, 7]
    assert asked[2][3] == SCRIPT[1] and "is not of type 'number'" in asked[2][4]
    with pytest.raises(ValueError, match="still wrong after 2"):
        extract(lambda _: Reply("{}"), "p", tries=2)
    with pytest.raises(ValueError, match="max_tokens"):
        extract(lambda _: Reply(SCRIPT[-1][:20], "length"), "p")


def test_every_format_holds_the_same_table():
    """CSV, YAML and JSON are read back by their libraries; Markdown and HTML hold each cell."""
    rows = tables.table(7)
    text = {name: write(rows) for name, write in tables.FORMATS.items()}
    as_text = [{k: str(v) for k, v in row.items()} for row in rows]
    assert list(csv.DictReader(io.StringIO(text["CSV"]))) == as_text
    assert yaml.safe_load(text["YAML"]) == rows
    assert json.loads(text["JSON, no blanks"]) == json.loads(text["JSON, indented"]) == rows
    cells = [list(rows[0]), *([str(v) for v in row.values()] for row in rows)]
    head, _, *body = text["Markdown"].splitlines()
    assert [line.strip("| ").split(" | ") for line in [head, *body]] == cells
    assert re.findall("<td>(.*?)</td>", text["HTML"]) == sum(cells, [])
