"""Claims of docs/language-model-internals/transformer-block.md."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, GPT2Config, LlamaConfig
from transformers.models.deepseek_v4 import modeling_deepseek_v4 as deepseek_v4
from transformers.models.llama import modeling_llama as llama

from snippets.language_model_internals.embeddings_and_hidden_states import (
    last_token_states,
    logit_lens,
)
from snippets.language_model_internals.forward_flops import LLAMA_3_8B, counted, forward_flops
from snippets.language_model_internals.gradient_by_depth import averaged
from snippets.language_model_internals.layernorm_rmsnorm import layer_norm, rms_norm
from snippets.language_model_internals.llama_block import Block
from snippets.language_model_internals.parameter_count import MODELS, Shape, count
from snippets.language_model_internals.post_norm_encoder_layer import (
    EncoderLayer,
    copy_from_torch,
)


def encoder_pair(batch_first: bool = True) -> tuple[nn.Module, EncoderLayer]:
    torch.manual_seed(3)
    torchs = nn.TransformerEncoderLayer(48, 6, 96, batch_first=batch_first).eval()
    for parameter in torchs.parameters():  # norms and biases that are not 1 and 0
        nn.init.normal_(parameter, std=0.3)
    return torchs, copy_from_torch(EncoderLayer(48, 6, 96), torchs)


def llama_pair() -> tuple[Block, nn.Module, tuple[torch.Tensor, torch.Tensor]]:
    torch.manual_seed(4)
    config = LlamaConfig(
        hidden_size=48,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=16,
        intermediate_size=80,
        rms_norm_eps=1e-5,
    )
    config._attn_implementation = "sdpa"
    theirs, ours = llama.LlamaDecoderLayer(config, 0), Block(48, 6, 2, 16, 80)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.3)
    ours.load_state_dict(
        {".".join(k.split(".")[-2:]): w for k, w in theirs.state_dict().items()}
    )
    angles = llama.LlamaRotaryEmbedding(config)(torch.zeros(1), torch.arange(9)[None])
    return ours, theirs, angles


def test_the_2017_layer_equals_torch():
    """The post-norm encoder layer equals nn.TransformerEncoderLayer with the same weights."""
    torchs, ours = encoder_pair()
    x = torch.randn(3, 7, 48)
    torch.testing.assert_close(ours(x), torchs(x), atol=1e-5, rtol=1e-4)


def test_without_batch_first_attention_runs_across_the_batch():
    """Given (batch, time, d) without batch_first, one sequence changes another's output."""
    x = torch.randn(2, 5, 48, generator=torch.Generator().manual_seed(0))
    other = torch.cat([x[:1], x[1:] + 1])
    wrong, _ = encoder_pair(batch_first=False)
    right, _ = encoder_pair()
    assert not torch.allclose(wrong(x)[0], wrong(other)[0], atol=1e-3)
    torch.testing.assert_close(right(x)[0], right(other)[0])


def test_the_llama_block_equals_transformers():
    """The pre-norm block equals LlamaDecoderLayer with the same weights, with grouped heads."""
    ours, theirs, angles = llama_pair()
    x = torch.randn(2, 9, 48)
    expected = theirs(x, position_embeddings=angles)
    torch.testing.assert_close(ours(x, *angles), expected, atol=1e-4, rtol=1e-4)


def test_swiglu_equals_llamas_mlp_and_8_thirds_d_equals_the_classic_size():
    """SwiGLU equals LlamaMLP; at width 8/3·d it has the parameters of two matrices of 4d."""
    ours, theirs, _ = llama_pair()
    x = torch.randn(4, 48)
    torch.testing.assert_close(ours.swiglu(x), theirs.mlp(x))
    d = 576
    assert 3 * d * (8 * d // 3) == 2 * d * 4 * d
    rounded = 256 * -(-int(2 * 4 * 4096 / 3) // 256)  # Meta's rule for LLaMA-7B
    assert rounded == LlamaConfig().intermediate_size == 11_008


def test_the_llama_block_is_causal():
    """Changing a later token leaves the outputs of earlier tokens as they were."""
    ours, _, angles = llama_pair()
    x = torch.randn(1, 9, 48)
    changed = x.clone()
    changed[:, 6] += 1
    before, after = ours(x, *angles), ours(changed, *angles)
    torch.testing.assert_close(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:])


def test_norms_equal_torch():
    """LayerNorm and RMSNorm equal PyTorch's, with weight and bias, on inputs off centre."""
    torch.manual_seed(5)
    x, weight, bias = 7 * torch.randn(2, 4, 32) + 3, torch.randn(32), torch.randn(32)
    torch.testing.assert_close(
        layer_norm(x, weight, bias), F.layer_norm(x, (32,), weight, bias)
    )
    torch.testing.assert_close(rms_norm(x, weight), F.rms_norm(x, (32,), weight, eps=1e-5))


def test_norms_of_1_2_3_6_by_hand():
    """LayerNorm of (1, 2, 3, 6) begins with -2/√3.5, RMSNorm with 1/√12.5."""
    x, one = torch.tensor([1.0, 2.0, 3.0, 6.0]), torch.ones(4)
    assert layer_norm(x, one, 0 * one)[0].item() == pytest.approx(-2 / 3.5**0.5, abs=1e-4)
    assert rms_norm(x, one)[0].item() == pytest.approx(1 / 12.5**0.5, abs=1e-4)


def test_last_layer_gradient_by_depth():
    """4 times deeper, pre-norm's last gradient halves, its stream doubles; not post-norm's."""
    (pre, pre_size), (deep_pre, deep_size) = averaged(8, True, 3), averaged(32, True, 3)
    (post, post_size), (deep_post, _) = averaged(8, False, 3), averaged(32, False, 3)
    assert (deep_pre[-1] / pre[-1]).item() == pytest.approx(0.5, abs=0.12)
    assert (deep_size[-1] / pre_size[-1]).item() == pytest.approx(2, abs=0.3)
    assert (deep_post[-1] / post[-1]).item() > 0.75
    assert post_size[-1].item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", MODELS)
def test_counted_by_hand_equals_the_library(name):
    """The parameter formula gives the count of transformers' model from the real config."""
    make_config, shape = MODELS[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(make_config(**shape._asdict()))
    parts = count(shape, qk_norm=name == "Qwen3-8B")
    assert sum(parts.values()) == sum(p.numel() for p in model.parameters())


def test_gpt2_is_12_l_d_squared_and_embeddings():
    """12·L·d² with token and position tables is GPT-2's 124 M within 0.1 %."""
    with torch.device("meta"):
        exact = sum(
            p.numel() for p in AutoModelForCausalLM.from_config(GPT2Config()).parameters()
        )
    assert exact == 124_439_808
    assert pytest.approx(exact, rel=1e-3) == 12 * 12 * 768**2 + (50_257 + 1_024) * 768


def test_flops_equal_pytorchs_counter():
    """The FLOP formula equals torch.utils.flop_counter, with a head size other than d/heads."""
    config = LlamaConfig(
        vocab_size=101,
        hidden_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=24,
        intermediate_size=96,
    )
    with torch.device("meta"):
        model = llama.LlamaForCausalLM(config)
    assert sum(forward_flops(config, 17)) == counted(model, 17)


def test_two_flops_for_each_multiplied_parameter():
    """Llama-3-8B's matrices cost twice its parameters less the input table and the norms."""
    parts = count(MODELS["Llama-3-8B"][1], qk_norm=False)
    multiplied = parts["attention"] + parts["FFN"] + parts["embeddings"] // 2
    assert forward_flops(LLAMA_3_8B, 1)[0] == 2 * multiplied
    slope = forward_flops(LLAMA_3_8B, 1)[1]
    assert round(2 * multiplied / slope, -2) == 28_600


def layer_norms(family: str, **options) -> set[str]:
    """Names of the norm modules in the first layer of a tiny model of `family`."""
    config = CONFIG_MAPPING[family](
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        vocab_size=64,
        pad_token_id=0,
        **options,
    )
    with torch.device("meta"):
        layer = AutoModelForCausalLM.from_config(config).model.layers[0]
    return {name.split(".")[-1] for name, _ in layer.named_modules() if "norm" in name}


def test_which_norms_the_families_have():
    """Qwen3: pre-norm and QK-norm. Gemma 3: sandwich and QK; Gemma 4: a norm on values too.
    OLMo 2 and 3: output norms and QK. Cohere: one norm for both. BitNet: sub-norms."""
    qk, pre = {"q_norm", "k_norm"}, {"input_layernorm", "post_attention_layernorm"}
    assert layer_norms("llama") == pre
    assert layer_norms("qwen3") == pre | qk
    sandwich = pre | {"pre_feedforward_layernorm", "post_feedforward_layernorm"}
    assert layer_norms("gemma3_text") == sandwich | qk
    assert layer_norms("gemma2") == sandwich
    gemma4 = layer_norms("gemma4_text", hidden_size_per_layer_input=0)
    assert gemma4 == sandwich | qk | {"v_norm"}
    output = {"post_attention_layernorm", "post_feedforward_layernorm"}
    assert layer_norms("olmo2") == layer_norms("olmo3") == output | qk
    assert layer_norms("cohere") == {"input_layernorm"}
    assert layer_norms("bitnet") == pre | {"attn_sub_norm", "ffn_sub_norm"}


def test_deepseek_v4_mixes_four_streams_by_a_doubly_stochastic_matrix():
    """DeepSeek-V4: pre-norm and four streams; rows and columns of their mixing sum to 1."""
    assert layer_norms("deepseek_v4") >= {"input_layernorm", "post_attention_layernorm"}
    config = CONFIG_MAPPING["deepseek_v4"](hidden_size=32)
    assert config.hc_mult == 4
    torch.manual_seed(6)
    connection = deepseek_v4.DeepseekV4HyperConnection(config)
    for parameter in connection.parameters():
        nn.init.normal_(parameter, std=0.3)
    _, mixing, _ = connection(torch.randn(2, 3, 4, 32))  # (batch, time, 4, 4)
    for axis in (-1, -2):
        torch.testing.assert_close(mixing.sum(axis), torch.ones(2, 3, 4), atol=1e-3, rtol=0)


def test_tied_embeddings_are_counted_once():
    """Tying SmolLM2's tables saves V·d = 28.3 M of 162.8 M parameters."""
    tied: Shape = MODELS["SmolLM2-135M"][1]
    untied = tied._replace(tie_word_embeddings=False)
    sizes = [sum(count(s, qk_norm=False).values()) for s in (tied, untied)]
    assert sizes == [134_515_008, 162_826_560]


@pytest.mark.model
def test_smollm2_has_the_shape_that_we_count(smollm2):
    """The real SmolLM2 has the counted parameters; its output head is its embedding table."""
    model, _ = smollm2
    parts = count(MODELS["SmolLM2-135M"][1], qk_norm=False)
    assert sum(p.numel() for p in model.parameters()) == sum(parts.values())
    assert model.lm_head.weight is model.get_input_embeddings().weight


@pytest.mark.model
def test_input_embeddings_ignore_context_and_hidden_states_do_not(smollm2):
    """“bank” enters as one vector in every sentence; after ten blocks meanings are apart."""
    model, tokenizer = smollm2
    river, shore, money = (
        last_token_states(model, tokenizer, text)
        for text in (
            "The river burst its bank",
            "They sat on the grassy river bank",
            "She paid the money into her bank",
        )
    )
    row = model.get_input_embeddings().weight[tokenizer(" bank").input_ids[0]]
    assert river[0].equal(row) and shore[0].equal(row) and money[0].equal(row)
    same, other = (torch.cosine_similarity(river[10], s[10], dim=0) for s in (shore, money))
    assert other < same - 0.05


@pytest.mark.model
def test_the_logit_lens_on_the_last_block_is_the_models_output(smollm2):
    """transformers' last hidden state is normed already; the lens at 0 reads the input."""
    model, tokenizer = smollm2
    states = last_token_states(model, tokenizer, "The capital of France is")
    ids = tokenizer("The capital of France is", return_tensors="pt").input_ids
    with torch.no_grad():  # one position against all: another order of the same float32 sums
        torch.testing.assert_close(
            model.lm_head(states[-1]), model(ids).logits[0, -1], rtol=1e-4, atol=1e-4
        )
    assert tokenizer.decode(logit_lens(model, states[0]).argmax()) == " is"
    assert not torch.allclose(logit_lens(model, states[-1]), model.lm_head(states[-1]), atol=1)
