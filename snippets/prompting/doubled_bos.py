"""A template that writes the start token, and a tokenizer that adds it: it is there twice."""

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

WORDS = "<unk> <s> </s> [user] [assistant] Hello there".split()
TEMPLATE = (
    "{{ bos_token }} {% for m in messages %}[{{ m.role }}] {{ m.content }} {% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)


# --8<-- [start:tokenizer]
def llama_like() -> PreTrainedTokenizerFast:
    """Like Llama's: `<s>` before every text, and `<s>` in the chat template too."""
    words = Tokenizer(WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = WhitespaceSplit()
    words.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    specials = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=words, chat_template=TEMPLATE, **specials)


# --8<-- [end:tokenizer]
if __name__ == "__main__":
    tokenizer = llama_like()
    chat = [{"role": "user", "content": "Hello there"}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ways = {
        "tokenizer(text)": tokenizer(text).input_ids,
        "tokenizer(text, add_special_tokens=False)": tokenizer(
            text, add_special_tokens=False
        ).input_ids,
        "apply_chat_template(chat)": tokenizer.apply_chat_template(
            chat, add_generation_prompt=True
        )["input_ids"],
    }
    for name, ids in ways.items():
        print(f"{name:42}{' '.join(tokenizer.convert_ids_to_tokens(ids))}")
