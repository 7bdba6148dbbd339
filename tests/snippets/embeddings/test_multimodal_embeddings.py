"""Claims of docs/embeddings/multimodal-embeddings.md."""

import math

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import binary_cross_entropy_with_logits, normalize
from transformers import SiglipConfig, SiglipModel
from transformers.models.clip.modeling_clip import image_text_contrastive_loss

from snippets.embeddings import clip_from_scratch, modality_gap, zero_shot_words
from snippets.embeddings.image_tokens import patches, tokens
from snippets.embeddings.page_index_bytes import page_bytes, products
from snippets.embeddings.page_patches import score
from snippets.embeddings.sigmoid_loss import in_blocks, sigmoid_loss
from snippets.embeddings.swapped_scenes import scenes, words


@pytest.fixture(scope="module")
def digits():
    """Grey digits (1797, 8, 8) and their labels."""
    grey, label = load_digits(return_X_y=True)
    return torch.tensor(grey).view(-1, 8, 8) / 16, torch.tensor(label)


@pytest.fixture(scope="module")
def pool(digits):
    """Digits by class: (10, 160, 8, 8)."""
    grey, label = digits
    return torch.stack([grey[label == d][:160] for d in range(10)])


# CLIP
def test_the_loss_is_the_librarys():
    """clip_loss equals the contrastive loss of the CLIP model in Transformers."""
    torch.manual_seed(0)
    images, texts, scale = torch.randn(7, 5), torch.randn(7, 5), torch.tensor(9.0)
    logits = scale * normalize(texts) @ normalize(images).T
    ours = clip_from_scratch.clip_loss(images, texts, scale)
    torch.testing.assert_close(ours, image_text_contrastive_loss(logits))


@pytest.mark.parametrize(("scale", "loss"), [(10.0, 0.018), (1.0, 0.513)])
def test_two_pairs_by_hand(scale, loss):
    """Cosines .5 and .1 cost .018 at scale 10 and .513 at scale 1."""
    images = torch.eye(3)[:2]
    rest = math.sqrt(1 - 0.5**2 - 0.1**2)
    texts = torch.tensor([[0.5, 0.1, rest], [0.1, 0.5, rest]])
    ours = clip_from_scratch.clip_loss(images, texts, torch.tensor(scale))
    assert round(float(ours), 3) == loss


def test_new_captions_are_found_from_known_words(digits):
    """After 60 steps most pictures with an untrained caption find it among the untrained."""
    grey, label = digits
    new, seen = torch.randperm(160, generator=torch.Generator().manual_seed(1)).split([32, 128])
    image, text, _ = clip_from_scratch.train(grey[:1400], label[:1400], seen, 60)
    truth = label[1400:] * 16 + torch.arange(397) * 7 % 16
    mine = torch.isin(truth, new)
    with torch.no_grad():
        pictures = image(clip_from_scratch.paint(grey[1400:][mine], truth[mine]))
        said = new[
            (normalize(pictures) @ normalize(text(clip_from_scratch.WORDS[new])).T).argmax(1)
        ]
    assert (said == truth[mine]).double().mean() > 0.7


# SigLIP
def test_the_sigmoid_loss_is_the_librarys():
    """sigmoid_loss equals the loss that a tiny SigLIP model in Transformers returns."""
    torch.manual_seed(0)
    small = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    model = SiglipModel(SiglipConfig(
        text_config={**small, "vocab_size": 20, "max_position_embeddings": 4, "projection_size": 16},
        vision_config={**small, "image_size": 8, "patch_size": 4},
    )).eval()  # fmt: skip
    with torch.no_grad():
        model.logit_bias.fill_(-3)
        out = model(
            input_ids=torch.randint(0, 20, (5, 4)),
            pixel_values=torch.randn(5, 3, 8, 8),
            return_loss=True,
        )
    torch.testing.assert_close(sigmoid_loss(out.logits_per_text), out.loss)


def test_the_sigmoid_loss_is_a_binary_cross_entropy():
    """n times the mean binary cross-entropy over all pairs, matches on the diagonal."""
    logits = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    expected = 6 * binary_cross_entropy_with_logits(logits, torch.eye(6))
    torch.testing.assert_close(sigmoid_loss(logits), expected)


@pytest.mark.parametrize("size", [1, 4, 12])
def test_blocks_of_any_size_give_the_same_loss(size):
    """The sum over blocks equals the sum over the whole matrix."""
    torch.manual_seed(size)
    images, texts = normalize(torch.randn(12, 6)), normalize(torch.randn(12, 6))
    whole = sigmoid_loss(5 * images @ texts.T - 2)
    assert in_blocks(images, texts, 5, -2, size) == pytest.approx(float(whole), rel=1e-5)


def test_the_bias_takes_the_negatives_out_of_the_first_steps():
    """At cosine 0 and n = 512: n log 2 without bias; with -10 the match costs 10, the rest .023."""
    nothing = torch.zeros(512, 512)
    assert float(sigmoid_loss(nothing)) == pytest.approx(512 * math.log(2), rel=1e-5)
    expected = math.log1p(math.exp(10)) + 511 * math.log1p(math.exp(-10))
    assert float(sigmoid_loss(nothing - 10)) == pytest.approx(expected, rel=1e-5)


# Modality gap
def test_a_higher_scale_leaves_a_wider_gap(pool):
    """Trained alike for 150 steps, scale 100 leaves more than twice the gap of scale 5."""
    gaps = []
    for scale in (5, 100):
        image, text = modality_gap.train(pool[:, :100], scale)
        with torch.no_grad():
            drawn = modality_gap.paint(
                pool[modality_gap.CAPTIONS[:, 0], 130], modality_gap.EVERY
            )
            means = normalize(image(drawn)).mean(0), normalize(text(modality_gap.WORDS)).mean(0)
        gaps.append(float((means[0] - means[1]).norm()))
    assert gaps[1] > 2 * gaps[0]


def test_a_constant_shift_hides_the_captions_and_centring_brings_them_back():
    """Captions that are the pictures moved by one vector: hardly any found, then all."""
    torch.manual_seed(0)
    pictures = normalize(torch.randn(160, 32).double() * (torch.arange(32) > 0))
    pictures -= pictures.mean(0)
    captions = pictures + 10 * torch.eye(32).double()[0]
    asked = pictures + 0.01 * torch.randn(160, 32)
    raw, centred = (
        modality_gap.mixed_search(asked, pictures, captions, centre) for centre in (False, True)
    )
    assert centred == "80 and 80 of 80"
    assert int(raw.split()[2]) < 5


# Zero-shot
def test_a_digit_that_no_picture_showed_is_never_recognised(pool):
    """With random class vectors too, a tower trained without sevens finds no seven."""
    torch.manual_seed(0)
    names = normalize(torch.randn(40, 384).double())
    kinds = torch.tensor([k for k in range(40) if k // 4 != 7])
    tower = zero_shot_words.train(pool[:, :130], kinds, names)
    kind = torch.arange(400) % 40
    with torch.no_grad():
        right = (normalize(tower(zero_shot_words.draw(pool[:, 130:], kind))) @ names.T).argmax(
            1
        ) == kind
    assert right[kind // 4 == 7].sum() == 0
    assert right[kind // 4 != 7].double().mean() > 0.8


@pytest.mark.model
def test_the_text_vectors_ignore_padding_and_know_crimson():
    """A text has the same vector beside a longer one; crimson is nearer to red than to blue."""
    together = zero_shot_words.embed(
        ["red", "blue", "crimson", "a much longer text " * 3], "{}"
    )
    torch.testing.assert_close(
        zero_shot_words.embed(["red"], "{}")[0], together[0], atol=1e-5, rtol=0
    )
    assert together[2] @ together[0] > together[2] @ together[1]


# Pages
def test_the_best_patch_counts_and_one_patch_is_its_own_mean():
    """Late: equal to a loop over pages and queries. With one patch both scores agree."""
    torch.manual_seed(0)
    patches, queries = torch.randn(4, 3, 8), normalize(torch.randn(5, 8))
    late = score(patches, queries, True)
    for page in range(4):
        for query in range(5):
            best = max(float(normalize(p, dim=0) @ queries[query]) for p in patches[page])
            assert float(late[page, query]) == pytest.approx(best, abs=1e-5)
    torch.testing.assert_close(
        score(patches[:, :1], queries, True), score(patches[:, :1], queries, False)
    )


def test_a_mean_of_patches_forgets_who_has_which_ink():
    """Patch = digit + ink: two pages with swapped inks have one mean, but not one best patch."""
    red, blue, three, seven = torch.eye(4).double()
    pages = torch.stack([
        torch.stack([three + red, seven + blue]),
        torch.stack([seven + red, three + blue]),
    ])  # fmt: skip
    query = normalize(red + seven, dim=0)[None]
    mean, best = (score(pages, query, late)[:, 0] for late in (False, True))
    torch.testing.assert_close(mean[0], mean[1])
    torch.testing.assert_close(best, torch.tensor([0.5, 1.0]).double())


def test_the_bytes_of_a_page():
    """263,680 bytes; 129 times one vector of 1,024 numbers; one bit is a sixteenth."""
    page = page_bytes(1030, 128, 16)
    assert page == 263_680
    assert round(page / page_bytes(1, 1024, 16)) == 129
    assert page == 16 * page_bytes(1030, 128, 1)
    assert products(1030, 20) == 20_600


# Into a language model
def test_patches_and_a_matrix_are_a_strided_convolution():
    """The first layer of a Vision Transformer: a linear map of patches equals Conv2d(stride=size)."""
    torch.manual_seed(0)
    image, layer = torch.randn(3, 28, 42), torch.nn.Conv2d(3, 5, 14, stride=14, bias=False)
    ours = patches(image, 14) @ layer.weight.flatten(1).T
    torch.testing.assert_close(ours, layer(image[None])[0].flatten(1).T, atol=1e-5, rtol=1e-5)


def test_tokens_of_a_picture_by_hand():
    """336 pixels in patches of 14: 576; four merged into one: 144; sides are rounded up."""
    assert tokens(336, 336, 14) == 576
    assert tokens(336, 336, 14, merge=2) == 144
    assert tokens(1241, 1754, 14, merge=2) == 45 * 63


# Limits
def test_a_bag_of_words_cannot_tell_a_caption_from_its_twin():
    """As a bag both are the same vector; as a list no caption equals its twin."""
    torch.manual_seed(0)
    scene = scenes(200)
    assert torch.equal(words(scene, True), words(scene, True, swap=True))
    same = (words(scene, False) == words(scene, False, swap=True)).all(1)
    assert not same.any()
