"""Claims of docs/prompting/what-is-an-llm.md."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM, LlamaConfig

from snippets.prompting import emergence_by_metric as emergence
from snippets.prompting import loss_of_each_stage as stage
from snippets.prompting.generative_or_discriminative import NaiveBayes
from snippets.prompting.next_token_loop import PROMPT, write
from snippets.prompting.parameters_data_compute import MODELS, Llama
from snippets.prompting.raw_text_or_chat_format import QUESTION, first_tokens, formats

X, Y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.mark.model
@pytest.mark.parametrize(
    "prompt", [PROMPT, "The capital of France is", "What is the capital of France?"]
)
def test_the_loop_writes_what_generate_writes(smollm2, prompt):
    """Score, choose, append: the tokens of transformers' greedy generate, and its end."""
    model, tokenizer = smollm2
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    ours = [t for t, _ in write(model, ids, 8, tokenizer.eos_token_id)]
    theirs = model.generate(ids, max_new_tokens=8, do_sample=False)[0, ids.size(1) :]
    assert ours == theirs.tolist()


@pytest.mark.model
def test_each_step_is_a_distribution_over_the_whole_vocabulary(smollm2):
    """49,152 probabilities that sum to one; their product is the chain rule's p(text)."""
    model, tokenizer = smollm2
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids
    steps = list(write(model, ids, 4, tokenizer.eos_token_id))
    for _, p in steps:
        assert p.shape == (49_152,)
        assert p.sum().item() == pytest.approx(1, abs=1e-4)
    text = torch.cat([ids, torch.tensor([[t for t, _ in steps]])], dim=1)
    labels = text.clone()
    labels[:, : ids.size(1)] = -100
    with torch.no_grad():
        loss = model(text, labels=labels).loss  # the library's mean of -ln p
    product = math.prod(p[t].item() for t, p in steps)
    assert -math.log(product) / 4 == pytest.approx(loss.item(), abs=1e-3)


def test_naive_bayes_equals_scikit_learn_with_pooled_variances():
    """The class probabilities of GaussianNB once its variances are the shared ones."""
    ours, theirs = NaiveBayes().fit(X[:300], Y[:300]), GaussianNB().fit(X[:300], Y[:300])
    theirs.var_ = np.stack([ours.var, ours.var])
    joint = ours.log_joint(X[300:])
    posterior = np.exp(joint - np.logaddexp(*joint.T)[:, None])
    np.testing.assert_allclose(posterior, theirs.predict_proba(X[300:]), atol=1e-9)
    np.testing.assert_array_equal(ours.predict(X[300:]), theirs.predict(X[300:]))
    pooled = np.average([X[:300][Y[:300] == c].var(axis=0) for c in (0, 1)], axis=0,
                        weights=np.bincount(Y[:300]))  # fmt: skip
    np.testing.assert_allclose(ours.var, pooled, rtol=1e-6)


def test_shared_variances_make_the_border_linear():
    """The log-odds are a linear function of the 30 measurements, as in logistic regression."""
    odds = np.diff(NaiveBayes().fit(X, Y).log_joint(X))[:, 0]
    line = LinearRegression().fit(X, odds)
    np.testing.assert_allclose(line.predict(X), odds, atol=1e-8)
    joint = GaussianNB().fit(X, Y).predict_joint_log_proba(X)  # a variance for each class
    curved = np.diff(joint)[:, 0]
    assert LinearRegression().fit(X, curved).score(X, curved) < 0.99


def test_a_generative_model_makes_data_that_it_can_learn_back():
    """Samples of the fitted model have its means and variances."""
    model = NaiveBayes().fit(X, Y)
    labels = np.repeat([0, 1], 20_000)
    again = NaiveBayes().fit(model.sample(labels, np.random.default_rng(0)), labels)
    np.testing.assert_allclose(again.mean, model.mean, atol=0.05)
    np.testing.assert_allclose(again.var, model.var, rtol=0.05)


def test_fine_tuning_loss_is_cross_entropy_with_the_prompt_ignored():
    """A mask over the reply equals labels of -100 over the prompt in PyTorch."""
    logits = torch.randn(7, 50, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(7)
    log_p = logits.log_softmax(dim=-1)[torch.arange(7), labels]
    ours = stage.next_token_loss(log_p, stage.IS_REPLY)
    masked = torch.where(stage.IS_REPLY.bool(), labels, -100)
    torch.testing.assert_close(ours, F.cross_entropy(logits, masked))
    everything = stage.next_token_loss(log_p, torch.ones(7))
    torch.testing.assert_close(everything, F.cross_entropy(logits, labels))


def test_dpo_by_hand_and_as_a_classifier():
    """ln 2 before training, ln(1 + e^-0.7) for a margin of 7: a binary cross-entropy."""
    zero, t = torch.tensor(0.0), torch.tensor
    assert stage.dpo_loss(zero, zero, (zero, zero)).item() == pytest.approx(math.log(2))
    loss = stage.dpo_loss(t(-10.0), t(-14.0), (t(-12.0), t(-9.0)))
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-0.7)))
    other = F.binary_cross_entropy_with_logits(t(0.7), t(1.0))
    torch.testing.assert_close(loss, other)


def test_reinforcement_pushes_replies_above_the_mean_and_leaves_equals_alone():
    """Gradients are minus the normalised advantages over n: they sum to zero."""
    log_p = torch.tensor([-3.0, -4.0, -5.0, -6.0], requires_grad=True)
    stage.policy_gradient_loss(log_p, torch.tensor([1.0, 0.0, 0.0, 1.0])).backward()
    expected = torch.tensor([1.0, -1.0, -1.0, 1.0]) * math.sqrt(0.75) / 4
    torch.testing.assert_close(-log_p.grad, expected)


@pytest.mark.model
def test_the_format_decides_what_the_first_token_is(smollm2):
    """Raw: the turn ends. Chat not opened: its header. Opened: neither."""
    model, tokenizer = smollm2
    start, end = tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
    given = formats(tokenizer, QUESTION)
    first = {name: first_tokens(model, ids)[1][0].item() for name, ids in given.items()}
    assert first["raw text"] == end
    assert first["chat, answer not opened"] == start
    assert first["chat, answer opened"] not in (start, end)
    raw, opened = given["raw text"][0].tolist(), given["chat, answer opened"][0].tolist()
    assert any(opened[i : i + len(raw)] == raw for i in range(len(opened)))


@pytest.mark.model
def test_most_added_tokens_are_a_system_message_nobody_typed(smollm2):
    """Of the 30 tokens beside the question's 7, the default system turn is 21."""
    tokenizer = smollm2[1]
    opened = formats(tokenizer, QUESTION)["chat, answer opened"][0].tolist()
    assert len(opened) - len(tokenizer(QUESTION[0]["content"]).input_ids) == 30
    end = opened.index(tokenizer.eos_token_id)  # of the first turn
    assert tokenizer.decode(opened[:3]) == "<|im_start|>system\n"
    assert end + 2 == 21  # its end mark and a line break


@pytest.mark.parametrize("name", MODELS)
def test_parameters_equal_the_library_model(name):
    """The formula counts what transformers builds from the same configuration."""
    m = MODELS[name]
    config = LlamaConfig(
        vocab_size=m.vocabulary, hidden_size=m.width, num_hidden_layers=m.layers,
        num_attention_heads=m.heads, num_key_value_heads=m.kv_heads,
        intermediate_size=m.ffn, tie_word_embeddings=m.tied)  # fmt: skip
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    assert m.parameters() == sum(p.numel() for p in model.parameters())


@pytest.mark.model
def test_smollm2_has_the_counted_parameters(smollm2):
    """134,515,008 in the real file too."""
    assert MODELS["SmolLM2-135M"].parameters() == sum(
        p.numel() for p in smollm2[0].parameters()
    )


def test_training_takes_six_operations_a_weight_and_token():
    """PyTorch counts 6ND in a training step, with look-ups, norms and scores put aside."""
    m = Llama(64, 32, 2, 4, 2, 48, False, 10)
    config = LlamaConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=48, tie_word_embeddings=False,
        attn_implementation="eager")  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    ids = torch.arange(10)[None]
    with FlopCounterMode(display=False) as counter:
        model(ids, labels=ids).loss.backward()
    matrices = m.parameters() - m.vocabulary * m.width - (2 * m.layers + 1) * m.width
    scores = 3 * m.layers * 2 * 2 * 10 * 10 * m.width  # QK and AV, forward and twice back
    assert counter.get_total_flops() == 6 * matrices * 10 + scores
    assert m.training_flops() == 6 * m.parameters() * 10


def test_parameters_by_hand():
    """4 attention weights, 2 + 1 norms and one table of 1 make 8."""
    assert Llama(1, 1, 1, 1, 1, 0, True, 10).parameters() == 8


def test_exact_match_counts_sequences_of_independent_tokens():
    """p to the n is the share of simulated answers with all tokens right."""
    right = np.random.default_rng(0).random((200_000, 5)) < 0.67
    match = emergence.exact_match(np.array(0.67), 5)
    assert right.all(axis=1).mean() == pytest.approx(match, abs=0.005)
    wrong = emergence.wrong_tokens(np.array(0.67), 5)
    assert (~right).sum(axis=1).mean() == pytest.approx(wrong, abs=0.01)


def test_minus_log_of_exact_match_is_a_straight_line_on_log_axes():
    """The slope of log(-ln p^n) against log size is -0.4 for every length: nothing jumps."""
    n = np.logspace(7, 12, 6)
    for length in (1, 5, 20):
        y = np.log10(-np.log(emergence.exact_match(emergence.token_accuracy(n), length)))
        np.testing.assert_allclose(np.diff(y), -0.4)


def test_200_questions_cannot_see_a_small_success_rate():
    """At a billion parameters 0.07 of 200 answers are expected right: most tests report 0 %."""
    p = emergence.token_accuracy(np.array(1e9))
    assert 200 * emergence.exact_match(p, 20) == pytest.approx(0.07, abs=0.005)
    many = emergence.measured(np.full(1000, p), 20, np.random.default_rng(1))
    assert (many == 0).mean() > 0.9
    assert many.mean() == pytest.approx(emergence.exact_match(p, 20), rel=0.3)  # unbiased
