"""Claims of docs/rag/how-rag-works.md."""

import json
import math

import faiss
import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from transformers import (
    AutoModel,
    AutoTokenizer,
    BartConfig,
    DPRConfig,
    RagConfig,
    RagSequenceForGeneration,
    RagTokenForGeneration,
)

from snippets.rag import closed_or_open_book, offline_rag
from snippets.rag.answer_or_abstain import auc, best_threshold
from snippets.rag.closed_or_open_book import names_it
from snippets.rag.index_passages import MINILM, embed, passages
from snippets.rag.marginalise_over_passages import prior, rag_sequence, rag_token
from snippets.rag.recall_curve import first_ranks, recall
from snippets.rag.stage_losses import funnel
from snippets.rag.summary_coverage import central, within
from tools.outputs import DATA


def lines(name: str) -> list[dict]:
    return [json.loads(x) for x in (DATA / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def minilm():
    return AutoModel.from_pretrained(MINILM).eval(), AutoTokenizer.from_pretrained(MINILM)


@pytest.fixture(scope="module")
def tiny_rag():
    """RAG-Sequence and RAG-Token of transformers with the same small random weights."""
    torch.manual_seed(0)
    encoder = DPRConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1,
                        num_attention_heads=2, intermediate_size=16)  # fmt: skip
    generator = BartConfig(vocab_size=50, d_model=16, encoder_layers=1, decoder_layers=1,
                           encoder_attention_heads=2, decoder_attention_heads=2,
                           encoder_ffn_dim=16, decoder_ffn_dim=16, init_std=1.0)  # fmt: skip
    config = RagConfig.from_question_encoder_generator_configs(encoder, generator, n_docs=3)
    config.bos_token_id, config.pad_token_id = 0, 1
    sequence = RagSequenceForGeneration(config).eval()
    token = RagTokenForGeneration(config).eval()
    token.load_state_dict(sequence.state_dict())
    return sequence, token


def test_the_two_sums_over_passages_are_those_of_the_rag_models(tiny_rag):
    """RAG-Sequence and RAG-Token give the probabilities of transformers' RAG models."""
    sequence, token = tiny_rag
    generator = torch.Generator().manual_seed(1)
    context = torch.randint(3, 50, (3, 7), generator=generator)
    scores = torch.tensor([[1.5, 0.3, -0.4]])
    target = torch.tensor([[0, 9, 30, 12, 2]])
    inputs = {
        "context_input_ids": context,
        "context_attention_mask": torch.ones_like(context),
        "doc_scores": scores,
        "decoder_input_ids": target,
        "n_docs": 3,
    }
    with torch.no_grad():
        logits = token(**inputs).logits.log_softmax(-1)  # (3 passages, 5 positions, 50 words)
        by_word = token.marginalize(token(**inputs).logits, scores, 3)
        loss = sequence.get_nll(sequence(**inputs).logits, scores, target, False, 0.0, False, 3)
    following = target[0, 1:]
    probabilities = logits[:, torch.arange(4), following].exp().numpy()
    weights = prior(scores[0].numpy())
    library = by_word[0, torch.arange(4), following].sum().item()
    each = math.log(rag_token(weights, probabilities))
    whole = math.log(rag_sequence(weights, probabilities))
    assert each == pytest.approx(library, abs=1e-3)
    assert whole == pytest.approx(-loss.item(), abs=1e-3)
    assert abs(each - whole) > 0.1


def test_both_sums_by_hand():
    """By hand: 0.085 and 0.225 if each passage knows one token, 0.365 and 0.225 if one knows both."""
    even = prior(np.array([70.0, 70.0]))
    each, both = np.array([[0.9, 0.1], [0.1, 0.8]]), np.array([[0.9, 0.8], [0.1, 0.1]])
    assert rag_sequence(even, each) == pytest.approx(0.085)
    assert rag_token(even, each) == pytest.approx(0.225)
    assert rag_sequence(even, both) == pytest.approx(0.365)
    assert rag_token(even, both) == pytest.approx(0.225)
    one = prior(np.array([3.0]))
    assert rag_sequence(one, each[:1]) == rag_token(one, each[:1]) == pytest.approx(0.09)


def test_the_passages_are_those_of_the_stored_index():
    """Cutting the reference again gives the passages that the chapter's other pages read."""
    made = [
        {"doc": d["id"], "text": p}
        for d in lines("python_reference.jsonl")
        for p in passages(d["text"])
    ]
    assert made == lines("python_passages.jsonl")


def test_no_text_is_lost_in_cutting_and_only_long_lines_are_too_long():
    """Passages hold all the text in order; only a single line may be longer than the limit."""
    for topic in lines("python_reference.jsonl"):
        cut = passages(topic["text"], 300)
        assert "".join("".join(cut).split()) == "".join(topic["text"].split())
        assert all(len(p) <= 300 or "\n" not in p.strip("\n") for p in cut)


@pytest.mark.model
def test_the_vectors_are_those_of_the_stored_index(minilm):
    """Embedding the passages again gives the stored float16 vectors, up to their rounding."""
    made = embed([p["text"] for p in lines("python_passages.jsonl")], *minilm)
    stored = np.load(DATA / "python_vectors.npy")
    assert made.shape == stored.shape == (309, 384)
    np.testing.assert_allclose(made, stored.astype(np.float32), atol=2e-4)


@pytest.mark.model
def test_neighbours_in_the_batch_do_not_change_a_vector(minilm):
    """Padding does not count in the mean: a text alone gets the vector it has beside a longer one."""
    texts = [
        "await",
        "order of evaluation of call arguments in a function with many parameters",
    ]
    both = offline_rag.embed(texts, *minilm)
    alone = np.concatenate([embed([text], *minilm) for text in texts])
    np.testing.assert_allclose(both, alone, atol=1e-5)


@pytest.mark.model
def test_half_precision_finds_the_same_passages(minilm):
    """For every question the five nearest passages are the same with float32 and float16 vectors."""
    full = embed([p["text"] for p in lines("python_passages.jsonl")], *minilm)
    half = np.load(DATA / "python_vectors.npy").astype(np.float32)
    queries = embed([q["question"] for q in lines("python_questions.jsonl")], *minilm)
    for query in queries:
        assert set(offline_rag.top(query, full, 5)) == set(offline_rag.top(query, half, 5))


@pytest.mark.model
def test_the_search_is_that_of_faiss(minilm):
    """The five passages are those of an exact inner-product index in FAISS, in the same order."""
    vectors = np.load(DATA / "python_vectors.npy").astype(np.float32)
    queries = embed([q["question"] for q in lines("python_questions.jsonl")[:40]], *minilm)
    index = faiss.IndexFlatIP(384)
    index.add(vectors)
    found = index.search(queries, 5)[1]
    assert found.tolist() == [offline_rag.top(query, vectors, 5) for query in queries]


@pytest.mark.model
def test_the_answer_follows_an_edit_of_the_source(smollm2):
    """Told that the main module is called "__start__", the model says so; with the real text it does not."""
    question = "Name of the main module of a script?"
    passage = lines("python_passages.jsonl")[123]["text"]
    quote = [s for s in offline_rag.sentences(passage) if "always called" in s]
    assert quote == ['The main module for a script is always called "__main__".']
    told = [quote[0], quote[0].replace("__main__", "__start__")]
    answers = [offline_rag.write(f"{text}\n\n{question}", *smollm2) for text in told]
    assert [names_it(a, "__main__") for a in answers] == [True, False]
    assert [names_it(a, "__start__") for a in answers] == [False, True]


@pytest.mark.model
def test_answers_written_together_are_those_written_alone(smollm2):
    """Left padding in a batch changes no answer: each is what the model writes for that prompt alone."""
    prompts = [
        'The main module for a script is always called "__main__".\n\nName of the main module?',
        '"remove()" raises "ValueError" when *x* is not found in *s*.\n\nWhich error, and when?',
        "Name of the main module of a script?",
    ]
    together = closed_or_open_book.write(prompts, *smollm2)
    for prompt, answer in zip(prompts, together, strict=True):
        assert offline_rag.write(prompt, *smollm2).startswith(answer.rstrip("�"))


@pytest.mark.model
def test_a_right_name_may_stand_in_a_false_answer(smollm2):
    """The answer that names 3.7 after the best passage speaks of another feature, and is counted as right."""
    passage = " ".join(lines("python_passages.jsonl")[21]["text"].split())
    question = "Since which release are async and await reserved words?"
    answer = closed_or_open_book.write([f"{passage}\n\n{question}"], *smollm2)[0]
    assert names_it(answer, "3.7") and "async for" in answer and "reserved" not in answer


def test_the_judge_wants_the_name_as_a_word_of_its_own():
    """`__main__` in a sentence counts, a longer word or another case does not."""
    assert names_it('It is called "__main__".', "__main__")
    assert names_it("since 3.7, they", "3.7")
    assert not names_it("a TypeErrorGroup is raised", "TypeError")
    assert not names_it("a typeerror is raised", "TypeError")
    assert not names_it("version 3x7", "3.7")


def test_recall_by_hand_and_against_a_loop():
    """First relevant ranks 1, 3, 2 give recall 1/3, 2/3, 1; random cases agree with a plain loop."""
    scores = np.array([[0.9, 0.1, 0.5], [0.9, 0.1, 0.5], [0.2, 0.9, 0.5]])
    relevant = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    ranks = first_ranks(scores, relevant)
    assert ranks.tolist() == [1, 3, 2]
    assert [recall(ranks, k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])
    draw = np.random.default_rng(0)
    scores, relevant = draw.normal(size=(50, 30)), draw.random((50, 30)) < 0.1
    relevant[:, 7] = True
    for row, labels, rank in zip(scores, relevant, first_ranks(scores, relevant), strict=True):
        assert rank == 1 + sum(row > row[labels].max())


@pytest.mark.model
def test_the_baseline_of_the_chapter(minilm):
    """Dense recall@1, 3, 5, 10, 20 on the 81 test questions: 0.46, 0.68, 0.83, 0.88, 0.95."""
    asked = [
        q for q in lines("python_questions.jsonl") if q["split"] == "test" and q["evidence"]
    ]
    flat = [" ".join(p["text"].split()) for p in lines("python_passages.jsonl")]
    relevant = np.array([[any(e in f for e in q["evidence"]) for f in flat] for q in asked])
    scores = (
        embed([q["question"] for q in asked], *minilm) @ np.load(DATA / "python_vectors.npy").T
    )
    ranks = first_ranks(scores, relevant)
    measured = [round(recall(ranks, k), 2) for k in (1, 3, 5, 10, 20)]
    assert len(asked) == 81 and measured == [0.46, 0.68, 0.83, 0.88, 0.95]


def test_stage_rates_multiply_to_the_share_left():
    """By hand: of four questions 4, 3, 1 survive; what was lost once does not come back."""
    kept = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 1, 0]], dtype=bool)
    alive, rates = funnel(kept)
    assert alive.tolist() == [4, 3, 1]
    assert rates == pytest.approx([1, 3 / 4, 1 / 3])
    draw = np.random.default_rng(1).random((200, 6)) < 0.9
    alive, rates = funnel(draw)
    assert rates.prod() == pytest.approx(draw.all(axis=1).mean())
    assert rates.prod() == pytest.approx(0.9**6, abs=0.1)


def test_blind_cuts_break_evidence():
    """Of 81 test questions, cuts every 800 characters keep 79 whole and every 400 keep 71; passages keep all."""
    asked = [
        q for q in lines("python_questions.jsonl") if q["split"] == "test" and q["evidence"]
    ]
    texts = [d["text"] for d in lines("python_reference.jsonl")]

    def kept(pieces: list[str]) -> int:
        flat = [" ".join(piece.split()) for piece in pieces]
        return sum(any(e in f for e in q["evidence"] for f in flat) for q in asked)

    def blind(size: int) -> list[str]:
        return [t[n : n + size] for t in texts for n in range(0, len(t), size)]

    assert kept([p["text"] for p in lines("python_passages.jsonl")]) == 81
    assert (kept(blind(800)), kept(blind(400))) == (79, 71)


def test_the_threshold_and_the_area_under_the_curve():
    """By hand 0.37 splits 0.36 from 0.4; the area is that of scikit-learn."""
    assert best_threshold(np.array([0.4, 0.5, 0.3]), np.array([0.1, 0.36])) == 0.37
    draw = np.random.default_rng(2)
    yes, no = draw.normal(0.5, 0.1, 60), draw.normal(0.4, 0.1, 10)
    truth = np.append(np.ones(60), np.zeros(10))
    assert auc(yes, no) == pytest.approx(roc_auc_score(truth, np.append(yes, no)))


def test_an_extract_keeps_to_its_budget():
    """Sentences are taken in the given order while they fit, and shown in the order of the text."""
    sizes = np.array([5, 3, 4, 2])
    assert within(np.array([2, 0, 3, 1]), sizes, 9) == [0, 2]
    assert within(np.array([0, 2, 3, 1]), sizes, 8) == [0, 3]
    vectors = np.eye(3)[[0, 0, 1]]
    assert central(vectors).tolist() == [0, 1, 2]
