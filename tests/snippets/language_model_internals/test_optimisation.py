"""docs/language-model-internals/optimisation.md"""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
import transformers
import transformers.optimization as hf
from torch import nn
from transformers.loss.loss_utils import fixed_cross_entropy

from snippets.language_model_internals import (
    activation_checkpointing,
    float_formats,
    gradient_accumulation,
    learning_rate_schedules,
    mup_learning_rate_transfer,
)
from snippets.language_model_internals.adamw_from_scratch import adamw_step, after_noise
from snippets.language_model_internals.clip_by_global_norm import (
    adam_step_sizes,
    clip_by_global_norm,
)
from snippets.language_model_internals.muon_from_scratch import muon_step, orthogonalise


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("length", [0.1, 1.0, 30.0])
def test_clipping_equals_torchs_clip_grad_norm(length):
    """One factor for all gradients, as torch.nn.utils.clip_grad_norm_ computes it."""
    parameters = [nn.Parameter(torch.zeros(4, 3)), nn.Parameter(torch.zeros(7))]
    for seed, p in enumerate(parameters):
        p.grad = length * randn(*p.shape, seed=seed)
    ours = [p.grad.clone() for p in parameters]
    norm = clip_by_global_norm(ours, 2.0)
    torch.testing.assert_close(norm, nn.utils.clip_grad_norm_(parameters, 2.0))
    torch.testing.assert_close(ours, [p.grad for p in parameters])


def test_clipping_by_hand_and_a_short_gradient_is_left_alone():
    """(3, 4) has norm 5: clipped to 1 it is (0.6, 0.8); a gradient below 1 stays."""
    grads = [torch.tensor([3.0]), torch.tensor([4.0])]
    assert clip_by_global_norm(grads).item() == pytest.approx(5)
    assert torch.cat(grads).tolist() == pytest.approx([0.6, 0.8], abs=1e-5)
    small = [torch.tensor([0.3, 0.4])]
    clip_by_global_norm(small)
    assert small[0].tolist() == pytest.approx([0.3, 0.4])


def test_a_spike_shrinks_adams_later_steps():
    """After a spike of 1,000 Adam's steps are below 0.1 for dozens of steps; clipped, 1."""
    spiked = adam_step_sizes([1.0] * 20 + [1000.0] + [1.0] * 60)
    assert spiked[20] == pytest.approx(0.1 / 0.05**0.5, rel=0.02)  # (1 - β1) / √(1 - β2)
    assert max(spiked[50:]) < 0.1
    w = torch.zeros(1, requires_grad=True)
    adam = torch.optim.Adam([w], lr=1.0, betas=(0.9, 0.95), eps=0)
    before = []
    for g in [1.0] * 400 + [1000.0] + [1.0] * 60:  # so long that the corrections are 1
        before.append(w.item())
        w.grad = torch.tensor([g])
        adam.step()
    torchs = [a - b for a, b in zip(before[400:], [*before[401:], w.item()], strict=True)]
    assert torchs == pytest.approx(spiked[20:], abs=1e-3)


@pytest.mark.parametrize("decoupled", [True, False])
def test_our_step_equals_torchs_adamw_and_adam_with_l2(decoupled):
    """Twenty steps equal torch.optim.AdamW, and without decoupling torch.optim.Adam."""
    w, m, v = randn(5, 4), torch.zeros(5, 4), torch.zeros(5, 4)
    p = nn.Parameter(w.clone())
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    torchs = kind([p], lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.3)
    for t in range(1, 21):
        g = randn(5, 4, seed=t)
        p.grad = g.clone()
        torchs.step()
        adamw_step(w, g, m, v, t, lr=0.01, decay=0.3, decoupled=decoupled)
        torch.testing.assert_close(w, p.data)


def test_the_first_step_of_adam_is_the_sign_of_the_gradient():
    """Bias correction makes the first step lr·sign(g) at any size of the gradient."""
    w, g = torch.zeros(3), torch.tensor([100.0, 1.0, -1e-4])
    adamw_step(w, g, torch.zeros(3), torch.zeros(3), t=1, lr=0.5, decay=0)
    assert w.tolist() == pytest.approx([-0.5, -0.5, 0.5], rel=1e-3)


def test_decoupled_decay_ignores_the_gradients_size_and_l2_does_not():
    """Decoupled: (1 - lr·λ)^1000 whatever the noise; L2 decays loud weights the least."""
    assert pytest.approx(0.905, abs=5e-4) == (1 - 1e-4) ** 1000
    loud, quiet = after_noise(10, 1000, True), after_noise(0.01, 1000, True)
    assert loud == pytest.approx(quiet, abs=2e-3) == pytest.approx(0.905, abs=2e-3)
    loud, quiet = after_noise(10, 1000, False), after_noise(0.01, 1000, False)
    assert loud > 0.99 and quiet < 0.1


def optimiser() -> torch.optim.Optimizer:
    return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)


def rates(scheduler, steps: int) -> list[float]:
    out = []
    for _ in range(steps):
        out.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return out


def test_the_schedules_equal_those_of_transformers():
    """Cosine, linear and WSD equal transformers' schedulers at every step."""
    total, warmup, decay = 100, 10, 20
    theirs = {
        "cosine": hf.get_cosine_schedule_with_warmup(optimiser(), warmup, total),
        "floor": hf.get_cosine_with_min_lr_schedule_with_warmup(
            optimiser(), warmup, total, min_lr_rate=0.1
        ),
        "linear": hf.get_linear_schedule_with_warmup(optimiser(), warmup, total),
        "wsd": hf.get_wsd_schedule(optimiser(), warmup, decay, total, decay_type="1-sqrt"),
    }
    s = learning_rate_schedules
    ours = {
        "cosine": [s.cosine(i, total, warmup) for i in range(total)],
        "floor": [s.cosine(i, total, warmup, floor=0.1) for i in range(total)],
        "linear": [s.linear(i, total, warmup) for i in range(total)],
        "wsd": [s.wsd(i, total, warmup, decay) for i in range(total)],
    }
    for name, scheduler in theirs.items():
        assert ours[name] == pytest.approx(rates(scheduler, total)), name


def test_cosine_equals_torchs_cosine_annealing():
    """Without warm-up our cosine is torch's CosineAnnealingLR."""
    torchs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser(), 50, eta_min=0.1)
    ours = [learning_rate_schedules.cosine(i, 50, 0, floor=0.1) for i in range(50)]
    assert ours == pytest.approx(rates(torchs, 50))


def test_only_wsd_is_independent_of_the_horizon_until_it_decays():
    """A longer run changes every cosine rate after warm-up, and no stable WSD rate."""
    wsd, cosine = learning_rate_schedules.wsd, learning_rate_schedules.cosine
    assert all(wsd(i, 500, 50, 100) == wsd(i, 1000, 50, 200) for i in range(400))
    assert all(cosine(i, 500, 50) < cosine(i, 1000, 50) for i in range(51, 500))
    assert wsd(450, 500, 50, 100) == pytest.approx(1 - math.sqrt(0.5))


def toy_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(50, 8), nn.Linear(8, 50))


@pytest.mark.parametrize("counts", [[16, 16], [16, 8, 4, 1]])
def test_accumulated_tokens_equal_one_large_batch_and_transformers(counts):
    """Sum of losses over all tokens: the large batch's gradient, and transformers' loss."""
    parts, model = gradient_accumulation.padded(counts), toy_model()
    whole = [tuple(torch.cat(side) for side in zip(*parts, strict=True))]
    ids, labels = whole[0]
    loss, accumulated = gradient_accumulation.gradient(model, parts)
    model.zero_grad()
    direct = F.cross_entropy(model(ids).flatten(0, 1), labels.flatten())
    direct.backward()
    torch.testing.assert_close(
        accumulated, torch.cat([p.grad.flatten() for p in model.parameters()])
    )
    assert loss == pytest.approx(direct.item(), rel=1e-5)
    theirs = sum(
        fixed_cross_entropy(
            model(i).flatten(0, 1), y.flatten(), num_items_in_batch=torch.tensor(sum(counts))
        ).item()
        for i, y in parts
    )
    assert loss == pytest.approx(theirs, rel=1e-5)


def test_a_mean_of_means_is_right_only_for_equal_counts():
    """The old bug: equal token counts hide it, unequal ones give another gradient."""
    model = toy_model()
    for counts, same in (([16, 16], True), ([16, 1], False)):
        parts = gradient_accumulation.padded(counts)
        exact = gradient_accumulation.gradient(model, parts, fixed=True)[1]
        wrong = gradient_accumulation.gradient(model, parts, fixed=False)[1]
        assert torch.allclose(wrong, exact, atol=1e-6) == same
    losses = [gradient_accumulation.gradient(model, [part])[0] for part in parts]
    mean = gradient_accumulation.gradient(model, parts, fixed=False)[0]
    assert mean == pytest.approx(sum(losses) / 2)  # the lone token weighs as much as 16


def test_bf16_loses_the_update_that_fp32_and_fp16_keep():
    """bf16 has 2^-7 between 1 and the next number: adding 2^-9 changes nothing."""
    one = torch.ones((), dtype=torch.bfloat16)
    assert (one + 2**-9) == 1 and (one + 2**-7) > 1
    assert torch.nextafter(one, 2 * one).item() - 1 == 2**-7
    formats = (torch.bfloat16, torch.float16, torch.float32)
    kept = {d: float_formats.add_repeatedly(2**-9, 512, d) for d in formats}
    assert kept[torch.bfloat16] == 1 and kept[torch.float16] == kept[torch.float32] == 2


def test_loss_scaling_saves_small_gradients_and_leaves_their_value():
    """2^-26 is 0 in fp16; scaled by 2^10 it survives, and unscaling restores it exactly."""
    g = torch.tensor([2.0**-26])
    assert g.half() == 0
    assert (g * 2**10).half().float() / 2**10 == g
    assert torch.tensor(70_000.0).half().isinf()
    assert float_formats.surviving(g, 1.0) == 0 and float_formats.surviving(g, 2.0**10) == 1
    assert float_formats.surviving(g, 2.0**60) == 0


def test_torchs_gradscaler_halves_the_scale_and_skips_the_step_on_infinity():
    """torch.amp.GradScaler: an infinite gradient skips the step and halves the scale."""
    p = nn.Parameter(torch.ones(1))
    sgd = torch.optim.SGD([p], lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for factor, moved in ((1.0, True), (float("inf"), False)):
        before = p.item()
        sgd.zero_grad()
        scaler.scale(p * factor).sum().backward()
        scaler.step(sgd)
        scaler.update()
        assert (p.item() != before) == moved
    assert scaler.get_scale() == 512.0


@pytest.mark.parametrize("every", [1, 2, 3])
def test_checkpointing_gives_equal_gradients_and_one_more_forward_pass(every):
    """Bitwise equal gradients, dropout included; 4/3 of the FLOPs: 4 passes for 3."""
    x = randn(2, 16, 64).requires_grad_()
    flops, exact = activation_checkpointing.step(activation_checkpointing.stack(6), x)
    more, grads = activation_checkpointing.step(activation_checkpointing.stack(6), x, every)
    assert all(map(torch.equal, grads, exact))
    assert more / flops == pytest.approx(4 / 3, rel=0.01)


def test_checkpointing_keeps_one_input_a_run():
    """Kept: the input of each run of blocks and nothing else; without, it grows by layer."""
    x = randn(2, 16, 64).requires_grad_()
    kept = activation_checkpointing.kept_bytes
    stack = activation_checkpointing.stack
    for every, inputs in ((1, 6), (2, 3), (3, 2)):
        assert kept(stack(6), x, every) == pytest.approx(inputs * 2 * 16 * 64 * 4, rel=0.02)
    assert kept(stack(6), x) > 20 * kept(stack(6), x, 1)
    assert kept(stack(6), x) - kept(stack(4), x) == pytest.approx(
        2 * (kept(stack(4), x) - kept(stack(3), x))
    )


def test_kept_bytes_by_hand_for_a_linear_layer():
    """A bias-free linear layer on an input that needs a gradient keeps just that input."""
    layer = nn.ModuleList([nn.Linear(8, 32, bias=False)])
    x = torch.ones(4, 8, requires_grad=True)
    assert activation_checkpointing.kept_bytes(layer, x) == 4 * 8 * 4


@pytest.mark.parametrize("shape", [(8, 24), (24, 8), (16, 16)])
def test_muon_equals_torchs_muon(shape):
    """Five steps equal torch.optim.Muon with match_rms_adamw, up to bf16 rounding."""
    w, m = randn(*shape), torch.zeros(shape)
    p = nn.Parameter(w.clone())
    torchs = torch.optim.Muon([p], lr=0.1, weight_decay=0.2, adjust_lr_fn="match_rms_adamw")
    for t in range(1, 6):
        g = randn(*shape, seed=t)
        p.grad = g.clone()
        torchs.step()
        muon_step(w, g, m, lr=0.1, decay=0.2)
    torch.testing.assert_close(w, p.data, atol=0.02, rtol=0)
    assert (w - p.data).abs().mean() < 2e-3
    assert (w - randn(*shape)).abs().mean() > 0.05  # the steps are large beside that


def test_orthogonalising_keeps_the_directions_and_levels_the_singular_values():
    """UΣVᵀ becomes nearly UVᵀ: same directions, all singular values between 0.6 and 1.3."""
    u, _, v = randn(16, 40).svd()
    g = u @ torch.logspace(0, -2, 16).diag() @ v.T
    out = orthogonalise(g)
    s = torch.linalg.svdvals(out)
    assert s.min() > 0.6 and s.max() < 1.3
    core = u.T @ out @ v  # would be diagonal for exact arithmetic
    assert (core - core.diag().diag()).abs().max() < 0.05


def test_muons_update_has_the_size_of_adamws():
    """0.2·√max(rows, columns) gives an RMS near 0.2 for wide, square and tall matrices."""
    for shape in ((64, 256), (256, 256), (256, 64)):
        w = torch.zeros(shape)
        muon_step(w, randn(*shape), torch.zeros(shape), lr=1.0)
        assert w.square().mean().sqrt().item() == pytest.approx(0.18, abs=0.02)


def change_of_the_output(width: int, mup: bool) -> float:
    """Size of the change of the logits after three Adam steps at one learning rate."""
    torch.manual_seed(0)
    model, factors = mup_learning_rate_transfer.network(width, mup)
    groups = [
        {"params": p, "lr": 2**-7 * f} for p, f in zip(model.parameters(), factors, strict=True)
    ]
    adam, x = torch.optim.Adam(groups), randn(64, 16).double()
    before = copy.deepcopy(model)(x).detach()
    for _ in range(3):
        adam.zero_grad()
        F.cross_entropy(model(x), torch.arange(64) % 8).backward()
        adam.step()
    return (model(x) - before).std().item()


def test_under_mup_a_step_changes_the_output_alike_at_every_width():
    """Coordinate check: eight times the width, the same change; standard, several times it."""
    standard = change_of_the_output(512, False) / change_of_the_output(64, False)
    mup = change_of_the_output(512, True) / change_of_the_output(64, True)
    assert standard > 3
    assert 0.5 < mup < 2


def test_the_mup_factors_are_those_of_the_papers_table():
    """Adam's rate: 1 for the input matrix, base/width for hidden and output matrices."""
    model, factors = mup_learning_rate_transfer.network(128, True)
    assert factors == [1.0, 0.25, 0.25, 0.25]
    assert mup_learning_rate_transfer.network(128, False)[1] == [1.0] * 4
    assert model[-1].weight.eq(0).all()
    assert mup_learning_rate_transfer.network(32, True)[1] == [1.0] * 4  # the base model


def test_the_best_rate_moves_with_the_width_only_in_the_standard_network():
    """2^-5 is best at width 32; at 512 it is worse than 2^-9, except under μP."""
    loss = mup_learning_rate_transfer.final_loss
    for mup in (False, True):
        assert loss(32, 2**-5, mup) < loss(32, 2**-9, mup)
    assert loss(512, 2**-9, False) < loss(512, 2**-5, False)
    assert loss(512, 2**-5, True) < loss(512, 2**-9, True)


def test_transformers_has_no_adamw_and_loads_models_in_eval_mode(tmp_path):
    """No transformers.AdamW; from_pretrained gives a model whose dropout is off."""
    assert not hasattr(transformers, "AdamW")
    config = transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    model = transformers.BertModel.from_pretrained(tmp_path)
    assert not model.training and model.train().training


def test_dropout_defaults_of_the_configs_named_on_the_page():
    """transformers' defaults: 0.1 for GPT-2 and BERT, 0 for Llama, Qwen3, OLMo 2, DeepSeek."""
    assert transformers.GPT2Config().resid_pdrop == 0.1
    assert transformers.BertConfig().hidden_dropout_prob == 0.1
    for name in ("Llama", "Qwen3", "Olmo2", "DeepseekV3"):
        assert getattr(transformers, f"{name}Config")().attention_dropout == 0.0
