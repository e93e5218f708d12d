"""Models: exact sizes, uint8 in and logits out, weights that survive the disk and nothing worse."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from svhn_lib.labels import encode
from svhn_lib.losses import LossSettings, blank_loss, masked_loss, total_loss
from svhn_lib.models import zoo
from svhn_lib.models.architectures import almenningen, goodfellow, li, marek, own, zylbersztejn
from svhn_lib.models.backbones import build_backbone, output_size
from svhn_lib.models.blocks import Conv, Residual
from svhn_lib.models.boxes import RegressedBox, VotedBox, box_edges
from svhn_lib.models.config import (
    AttentionConfig,
    BoxConfig,
    GRUConfig,
    ParallelConfig,
    VotesConfig,
)
from svhn_lib.models.heads import RecurrentHead
from svhn_lib.models.reported import REACHED, REPORTED
from svhn_lib.reading.answers import answer, read_and_locate
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import classify, predict


def pictures(count: int = 3, size: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=generator)


def test_goodfellow_feature_maps_shrink_as_documented() -> None:
    sizes, x = [], torch.zeros(1, 3, 54, 54)
    for block in zoo.create_model("goodfellow2014").eval().backbone:
        x = block(x)
        sizes.append(x.shape[-1])
    assert sizes == [28, 29, 15, 16, 9, 10, 6, 7]


def test_sizes_of_features_are_those_that_the_layers_give() -> None:
    rng, small = np.random.default_rng(0), 0
    for _ in range(600):
        rows = tuple(
            Residual(2, int(rng.integers(1, 4)))
            if rng.random() < 0.2
            else Conv(
                2,
                kernel=int(rng.integers(1, 6)),
                stride=int(rng.integers(1, 4)),
                pool=int(rng.integers(0, 5)),
                pool_padding=int(rng.integers(0, 2)),
                padded=bool(rng.random() < 0.7),
            )
            for _ in range(int(rng.integers(0, 4)))
        )
        height, width = rng.integers(1, 40, 2).tolist()
        layers = build_backbone(rows, 1).eval()
        try:
            with torch.no_grad():
                made = tuple(layers(torch.zeros(1, 1, height, width)).shape[2:])
        except RuntimeError:
            small += 1
            with pytest.raises(ValueError, match=f"{height}x{width} are too small"):
                output_size(rows, height, width)
        else:
            assert output_size(rows, height, width) == made
    assert 20 < small < 500


def conv(kernel: int, inputs: int, *outputs: int) -> int:
    """Weights and biases of convolutions one after another, all of one kernel."""
    total = 0
    for channels in outputs:
        total += (kernel * kernel * inputs + 1) * channels
        inputs = channels
    return total


def dense(*sizes: int) -> int:
    """Weights and biases of fully connected layers one after another."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))


def gru(inputs: int) -> int:
    """Three gates with weights of input and state and, in PyTorch, a bias of each."""
    return 3 * 576 * (inputs + 576 + 2)


def residual(inputs: int, channels: int) -> int:
    """Two 3x3 convolutions with norms, and one of 1x1 on the shortcut where channels change."""
    shortcut = inputs * channels + 2 * channels if inputs != channels else 0
    return 9 * (inputs + channels) * channels + 4 * channels + shortcut


# 28x140, 14x70, 7x35, 4x18 places
LARGE_FIRST = conv(10, 1, 8) + conv(5, 8, 16) + conv(2, 16, 32)
# 128x256, halved five times: 4x8 places of 32 channels
SMALLER = conv(8, 8, 14) + conv(6, 14, 20) + conv(4, 20, 24) + conv(2, 24, 32)
# 128x256, halved six times: 2x4 places of 192 channels
PAPER = conv(5, 3, 48, 64, 128, 160) + conv(2, 160, 192, 192)

# Weights and biases, layer after layer, as on paper. Names are followed by what a source states.
COMPACT = (
    (75 * 32 + 64)
    + (9 * 32 * 32 + 64)
    + residual(32, 80)
    + residual(80, 80)
    + residual(80, 160)
    + residual(160, 160)
)
# 128x256, halved five times; Marek's box hangs on the same 1024 features as the digits
BOX = dense(1024, 768, 512, 256, 64, 32, 4)
PARAMETERS = {
    # 64, 32, 32, 16, 16, 8, 8: 8x8 places of 64 channels after the 1x1; no bias beside a norm
    "compact": (
        COMPACT
        + conv(1, 160, 64)
        + dense(8 * 8 * 64, 192)
        + dense(192, 7)
        + 5 * dense(192, 11)
        + dense(2 * 160, 11)
    ),
    # a 1x1 with a norm; a GRU of 128 units on 8x8 places of 64 channels, and five classifiers
    "compact-gru": (
        COMPACT
        + conv(1, 160, 64)
        + 2 * 64
        + 3 * 128 * (8 * 8 * 64 + 128 + 2)
        + 5 * dense(128, 11)
        + dense(2 * 64, 11)
    ),
    # a 1x1 with a norm; pictures embedded in 256 with a norm; LSTM of 192 units, with two biases
    "compact-lstm": (
        COMPACT
        + conv(1, 160, 64)
        + 2 * 64
        + 8 * 8 * 64 * 256
        + 2 * 256
        + 12 * 256
        + 4 * 192 * (256 + 192 + 2)
        + dense(192, 12)
        + dense(2 * 64, 11)
    ),
    # 8 columns of 8 x 160 features, each with its place; a GRU of 128 on embeddings of 32 and 128
    "compact-attention": (
        COMPACT
        + dense(8 * 160, 128)
        + 8 * 128
        + dense(128, 128)
        + 12 * 32
        + dense(128, 128)
        + 128
        + 3 * 128 * (32 + 128 + 128 + 2)
        + dense(2 * 128, 12)
        + dense(2 * 160, 11)
    ),
    # stem and blocks of strides 4, 8 and 16; a 1x1 for each, two 3x3 with norms; 19 maps
    "localiser": (
        (75 * 16 + 2 * 16)
        + (9 * 16 * 32 + 2 * 32)
        + residual(32, 32)
        + residual(32, 64)
        + residual(64, 64)
        + residual(64, 80)
        + sum(conv(1, channels, 32) for channels in (32, 64, 80))
        + 2 * (9 * 32 * 32 + 2 * 32)
        + dense(32, 19)
    ),
    "small": (
        (25 * 16 + 32)
        + residual(16, 32)
        + residual(32, 64)
        + residual(64, 64)
        + conv(1, 64, 64)
        + dense(8 * 8 * 64, 256)
        + dense(256, 7)
        + 5 * dense(256, 11)
        + dense(2 * 64, 11)
    ),
    # 64x128, halved three times: 8x16 places of 64 channels; each votes with eight numbers
    "joint": (
        (25 * 16 + 32)
        + residual(16, 32)
        + residual(32, 64)
        + residual(64, 64)
        + conv(1, 64, 64)
        + dense(8 * 16 * 64, 256)
        + dense(256, 7)
        + 5 * dense(256, 11)
        + dense(2 * 64, 11)
        + conv(1, 64, 8)
    ),
    "goodfellow2014": 42_868_734,
    # The document's 24,941,516, and the second bias (4 x 64) that PyTorch's LSTM has.
    "li2017": 24_941_516 + 256,
    # 32x32, pooled twice: 8x8 places of 64 channels
    "almenningen2017-digit": conv(5, 1, 32, 64) + dense(8 * 8 * 64, 256, 10),
    # 64, 60, 30, 26, 13, 9: 9x9 places of 64 channels, five heads with blank
    "almenningen2017-canvas": (conv(5, 1, 16, 32, 64) + dense(9 * 9 * 64, 64) + 5 * dense(64, 11)),
    # 32, 16, 8, and no third pooling
    "almenningen2017-report": (
        conv(5, 1, 64) + conv(3, 64, 32, 64) + dense(8 * 8 * 64, 128) + 5 * dense(128, 11)
    ),
    "almenningen2017": 1_809_047,
    # 64, 32, 16, 8, 4: 4x4 places of 128 channels, lengths 0 to 5, six heads without blank
    "zylbersztejn2016-canvas": (
        conv(3, 1, 16, 32, 64, 128)
        + dense(4 * 4 * 128, 256, 128)
        + dense(128, 6)
        + 6 * dense(128, 10)
    ),
    "zylbersztejn2016": 4_461_442,
    "marek2017-softmax": dense(784, 10),
    "marek2017-hidden": dense(784, 64, 10),
    # 28, 14, 7, 4: 4x4 places of 8 channels
    "marek2017-digit": (
        conv(5, 1, 32) + conv(3, 32, 16) + conv(2, 16, 8) + dense(4 * 4 * 8, 64, 32, 10)
    ),
    # 4x18 places of 8 channels are the 576 inputs of the GRU
    "marek2017-strip": (
        conv(5, 1, 32) + conv(3, 32, 16) + conv(2, 16, 8) + gru(576) + 5 * dense(576, 10)
    ),
    "marek2017-strip-output": (
        conv(5, 1, 32) + conv(3, 32, 16) + conv(2, 16, 8) + gru(576) + 5 * dense(576, 256, 64, 10)
    ),
    "marek2017-strip-reshaped": LARGE_FIRST + gru(4 * 18 * 32) + 5 * dense(576, 10),
    "marek2017-strip-deeper": (
        conv(10, 1, 8)
        + conv(5, 8, 16)
        + conv(2, 16, 24, 32)
        + gru(4 * 18 * 32)
        + 5 * dense(576, 10)
    ),
    "marek2017-strip-norm": (
        LARGE_FIRST + 2 * (8 + 16 + 32) + gru(4 * 18 * 32) + 5 * dense(576, 10)
    ),
    "marek2017-strip-double": (
        conv(10, 1, 8, 8)
        + conv(5, 8, 16, 16)
        + conv(2, 16, 32, 32)
        + 4 * (8 + 16 + 32)
        + gru(4 * 18 * 32)
        + 5 * dense(576, 10)
    ),
    "marek2017-scattered": conv(10, 1, 8) + SMALLER + gru(4 * 8 * 32) + 5 * dense(576, 11) + BOX,
    # halved once more: 2x4 places of 128 channels
    "marek2017-scattered-deeper": (
        conv(10, 1, 8) + SMALLER + conv(2, 32, 128) + gru(2 * 4 * 128) + 5 * dense(576, 11) + BOX
    ),
    # The document's 4,166,024, and the second bias (3 x 576) that PyTorch's GRU has.
    "marek2017-picture": 4_166_024 + 3 * 576,
    # six heads for digits and a layer for the box, each on 2x4 places of 192 channels
    "marek2017-picture-paper": PAPER + 6 * dense(2 * 4 * 192, 11) + dense(2 * 4 * 192, 4),
    "marek2017-picture-dropout": PAPER + 6 * dense(2 * 4 * 192, 11) + dense(2 * 4 * 192, 4),
    # a 2x2 convolution of its own channels after each
    "marek2017-picture-strided": (
        PAPER
        + sum(conv(2, channels, channels) for channels in (48, 64, 128, 160, 192, 192))
        + 6 * dense(2 * 4 * 192, 11)
        + dense(2 * 4 * 192, 4)
    ),
}


@pytest.mark.parametrize("name", sorted(zoo.MODELS))
def test_parameters_by_hand(name: str) -> None:
    with torch.device("meta"):
        assert zoo.parameter_count(zoo.create_model(name)) == PARAMETERS[name]


def test_marek_counts_agree_with_his() -> None:
    """The baseline layer by layer; of the wider net he tells the millions only."""
    layers = conv(10, 3, 8) + SMALLER + gru(4 * 8 * 32) + 6 * dense(576, 11) + BOX
    assert PARAMETERS["marek2017-picture"] == layers
    assert round(PARAMETERS["marek2017-picture-paper"], -4) == 1_180_000


def test_every_row_has_a_name_of_its_own() -> None:
    sources = (almenningen, goodfellow, li, marek, own, zylbersztejn)
    assert len(zoo.MODELS) == sum(len(source.ROWS) for source in sources)


def test_figures_are_shares_of_named_things_of_named_models() -> None:
    figures = [*REPORTED.items(), *REACHED.items()]
    assert {name for name, _ in figures} <= set(zoo.MODELS)
    assert all(0 < figure.value < 1 and figure.metric for _, figure in figures)


def test_compact_keeps_its_promises() -> None:
    model = zoo.create_model("compact")
    assert zoo.parameter_count(model) <= 2_500_000
    assert zoo.multiply_adds(model) <= 150_000_000
    assert zoo.parameter_count(model) * 4 <= 8_000_000


def test_multiply_adds_by_hand() -> None:
    config = zoo.ModelConfig(
        "tiny",
        "by hand",
        (8, 8),
        (Conv(4, kernel=3, stride=2),),
        ParallelConfig(hidden=(5,), lengths=3),
        max_digits=2,
    )
    model = zoo.NumberNet(config)
    convolution = 3 * 3 * 3 * 4 * 4 * 4  # kernel, channels in and out, 4x4 places
    assert zoo.multiply_adds(model) == convolution + 64 * 5 + 5 * 3 + 5 * 2 * 11


DECODERS = sorted(name for name, config in zoo.MODELS.items() if config.autoregressive)


@pytest.mark.parametrize("name", DECODERS)
def test_any_size_in_tokens_out(name: str) -> None:
    model = zoo.create_model(name).eval()
    for size in (64, 47):
        logits = model(pictures(2, size), torch.full((2, 6), 10))
        assert logits.tokens.shape == (2, 6, 12)
        assert (logits.columns is not None) == model.config.columns
        attends = isinstance(model.config.head, AttentionConfig)
        assert (logits.attention is not None) == attends
    with pytest.raises(ValueError, match="token by token"):
        predict(model, pictures(2, 64))


@pytest.mark.parametrize("name", sorted(set(zoo.MODELS) - set(DECODERS) - {"localiser"}))
def test_any_size_in_logits_out(name: str) -> None:
    model = zoo.create_model(name).eval()
    for size in (64, 47, 120):
        logits = model(pictures(2, size))
        config = model.config
        assert logits.digits.shape == (2, config.max_digits, 11 if config.has_blank else 10)
        assert (logits.length is not None) == config.has_length
        assert logits.length is None or logits.length.shape == (2, config.head.lengths)
        assert (logits.columns is not None) == config.columns
        assert (logits.box is not None) == (config.box is not None)
        assert logits.box is None or logits.box.shape == (2, 4)
        assert all(torch.isfinite(x).all() for x in logits if x is not None)


def test_small_is_an_eighth_of_compact() -> None:
    small, compact = zoo.create_model("small"), zoo.create_model("compact")
    assert zoo.multiply_adds(small) * 8 < zoo.multiply_adds(compact)
    wide = zoo.create_model("small", size=(64, 128)).eval()
    assert wide(pictures(1)).columns.shape == (1, 16, 11)


def test_multiply_adds_of_a_gru() -> None:
    """Three gates of input and state at each of five steps, and a classifier a step."""
    strip = zoo.create_model("marek2017-strip")
    convolutions = 28 * 140 * 25 * 32 + 14 * 70 * 9 * 32 * 16 + 7 * 35 * 4 * 16 * 8
    unrolled = 5 * (3 * 576 * (576 + 576) + 576 * 10)
    assert zoo.multiply_adds(strip) == convolutions + unrolled


def test_the_recurrent_head_step_by_step() -> None:
    """Against the equations of the gated recurrent unit, with the same picture at each step."""
    torch.manual_seed(0)
    head = RecurrentHead((2, 3, 1), units=4, hidden=(6, 5), max_digits=3, classes=10)
    head = head.double().eval()
    features = torch.randn(5, 2, 3, 1, dtype=torch.float64)
    x, state = features.flatten(1), torch.zeros(5, 4, dtype=torch.float64)
    cell = head.gru
    for step in range(3):
        of_input = (x @ cell.weight_ih_l0.T + cell.bias_ih_l0).chunk(3, dim=1)
        of_state = (state @ cell.weight_hh_l0.T + cell.bias_hh_l0).chunk(3, dim=1)
        reset, update = (torch.sigmoid(of_input[i] + of_state[i]) for i in (0, 1))
        new = torch.tanh(of_input[2] + reset * of_state[2])
        state = (1 - update) * new + update * state
        hidden = state
        for layer in (head.hidden[step][0], head.hidden[step][2]):
            hidden = (hidden @ layer.weight.T + layer.bias).clamp(min=0)
        expected = hidden @ head.digits[step].weight.T + head.digits[step].bias
        torch.testing.assert_close(head(features).digits[:, step], expected)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("marek2017-strip", {"lengths": 7}, "marek2017-strip has no 'lengths': .* GRUConfig has"),
        ("marek2017-strip", {"squeeze": 8}, "marek2017-strip has no 'squeeze'"),
        ("compact", {"units": 8}, "compact has no 'units': .* ParallelConfig has classes, dropout"),
        ("compact-attention", {"hidden": (8,)}, "compact-attention has no 'hidden'"),
        ("compact-lstm", {"classes": 10}, "compact-lstm has no 'classes'"),
        ("compact", {"decoder": "lstm"}, "compact has no 'decoder'"),
        ("compact", {"normalise": "hlaf"}, "normalise is 'hlaf': give 'half', 'mean' or 'picture'"),
        ("compact", {"normalise": ""}, "normalise is ''"),
        ("compact", {"classes": 12}, "classes is 12: give a whole number of 10 to 11"),
        ("compact", {"dropout": 5}, "dropout is 5: give a number of 0 to 0.99"),
        ("compact", {"dropout": float("nan")}, "dropout is nan"),
        ("compact", {"hidden": (8, 0)}, "hidden is 0"),
        ("compact", {"hidden": 8}, "hidden is 8: give a tuple of at most 64 whole numbers"),
        ("compact", {"size": (64, 64, 3)}, "size is .*: give a tuple of 2 whole numbers"),
        ("compact", {"size": (64.0, 64)}, "size is 64.0: give a whole number"),
        ("almenningen2017-canvas", {"size": (8, 8)}, "pictures of 8x8 are too small for its"),
        ("compact", {"max_digits": 0}, "max_digits is 0"),
        ("compact", {"grey": 1}, "grey is 1: give true or false"),
        ("compact", {"backbone": [Conv(8)]}, "the backbone is no tuple"),
        ("compact", {"head": {"hidden": (8,)}}, "the head is no record"),
        ("compact-lstm", {"embedding": 0}, "LSTMConfig: embedding is 0"),
        ("compact-attention", {"embedding": 0}, "AttentionConfig: embedding is 0"),
        ("compact-gru", {"units": True}, "GRUConfig: units is True"),
        ("joint", {"box": "votes"}, "joint: the box is no record"),
        ("joint", {"box": ParallelConfig()}, "joint: the box is no record"),
        (
            "compact-lstm",
            {"box": VotesConfig()},
            "a LSTMConfig cannot have a box",
        ),
    ],
)
def test_configs_that_cannot_be_are_refused(name: str, changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        zoo.create_model(name, **changes)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"channels": 2.5}, {"dropout": -1.0}])
def test_rows_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=f"Conv: {next(iter(wrong))} is"):
        Conv(**{"channels": 8, **wrong})
    with pytest.raises(ValueError, match="Residual: stride is 0"):
        Residual(8, stride=0)


def test_another_head_on_the_same_backbone() -> None:
    model = zoo.create_model("compact", head=GRUConfig(units=16), classes=10)
    assert model.config.head == GRUConfig(units=16, classes=10)
    assert model(pictures()).digits.shape == (3, 5, 10)


def test_columns_have_a_class_for_none_beside_heads_without_blank() -> None:
    model = zoo.create_model("zylbersztejn2016-canvas", columns=True)
    lengths, digits = encode(["12", "3"], max_digits=6)
    boxes = torch.full((2, 6, 4), torch.nan)
    boxes[:, 0] = torch.tensor([4.0, 4.0, 20.0, 60.0])
    boxes[0, 1] = torch.tensor([30.0, 4.0, 60.0, 60.0])
    settings = LossSettings("masked", column_weight=1.0)
    loss = total_loss(model(pictures(2)), lengths, digits, boxes, settings, 64)
    assert loss.isfinite()


def test_columns_of_a_recurrent_head_are_those_of_parallel_heads() -> None:
    features = torch.randn(3, 64, 8, 8)
    gru = zoo.create_model("compact-gru").head.eval()
    parallel = zoo.create_model("compact", squeeze=0, backbone=(Conv(64, stride=8),)).head.eval()
    parallel.columns.load_state_dict(gru.columns.state_dict())
    assert gru(features).columns.shape == (3, 8, 11)
    torch.testing.assert_close(gru(features).columns, parallel(features).columns)


def test_votes_are_averaged_by_attention() -> None:
    """Two places of 10x20 pixels: the first is attended to by the left edge, the second by right.

    Top and bottom edge attend to both alike.
    """
    head = VotedBox((1, 1, 2), (20, 20))
    with torch.no_grad():
        head.vote.weight.zero_()
        head.vote.weight[[0, 2], 0, 0, 0] = torch.tensor([-50.0, 50.0])  # attention
        head.vote.bias.copy_(torch.tensor([0.0, 0, 0, 0, -0.2, -0.25, 0.3, 0.25]))  # offsets
        box = head(torch.tensor([[[[0.0, 1.0]]]]))
    # left 10 (0.5 - 0.2), right 10 (1.5 + 0.3), top 20 (0.5 - 0.25), bottom 20 (0.5 + 0.25)
    torch.testing.assert_close(box_edges(box), torch.tensor([[3.0, 5.0, 18.0, 15.0]]))
    torch.testing.assert_close(box, torch.tensor([[10.5, 10.0, 15.0, 10.0]]))


def test_what_a_place_votes_moves_with_what_it_sees() -> None:
    torch.manual_seed(0)
    head, features = VotedBox((5, 6, 9), (48, 72)), torch.zeros(1, 5, 6, 9)
    features[:, :, 1, 2] = 20 * torch.randn(5)
    moved = features.roll((2, 3), dims=(2, 3))
    with torch.no_grad():
        _, votes = head.votes(features)
        _, others = head.votes(moved)
    shift = torch.tensor([24.0, 16.0, 24.0, 16.0])
    torch.testing.assert_close(others[0, :, 3, 5], votes[0, :, 1, 2] + shift)


def test_a_regressed_box_layer_by_layer() -> None:
    head = RegressedBox((2, 1, 1), (8, 8), hidden=(2,), dropout=0.0)
    with torch.no_grad():
        head.layers[1].weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 0.0]]))
        head.layers[1].bias.zero_()
        head.layers[3].weight.copy_(torch.tensor([[1.0, 9.0], [2.0, 9.0], [3.0, 9.0], [4.0, 9.0]]))
        head.layers[3].bias.copy_(torch.tensor([0.0, 0.0, 0.5, 0.5]))
        box = head(torch.tensor([3.0, 1.0]).view(1, 2, 1, 1))
    assert box.tolist() == [[5.0, 10.0, 15.5, 20.5]]


@pytest.mark.parametrize("name", ["joint", "marek2017-scattered"])
def test_boxes_are_in_pixels_of_the_pictures_that_were_given(name: str) -> None:
    """The same picture twice as large has its box twice as far from the corner."""
    model = zoo.create_model(name).eval()
    height, width = model.config.size
    small = pictures(2, 8)[:, :1].repeat_interleave(height // 8, 2).repeat_interleave(width // 8, 3)
    large = small.repeat_interleave(3, dim=2).repeat_interleave(2, dim=3)
    with torch.no_grad():
        box, larger = model(small).box, model(large).box
    torch.testing.assert_close(
        larger, box * torch.tensor([2.0, 3.0, 2.0, 3.0]), rtol=1e-3, atol=0.1
    )


def test_boxes_of_all_pictures_and_of_nets_without() -> None:
    model = zoo.create_model("joint").eval()
    answers, boxes = read_and_locate(model, pictures(5), batch=2)
    assert len(answers) == 5
    torch.testing.assert_close(boxes, box_edges(predict(model, pictures(5)).box))
    with pytest.raises(ValueError, match="compact has no box head"):
        read_and_locate(zoo.create_model("compact"), pictures())


def kinds(row: Conv) -> list[str]:
    return [type(layer).__name__ for layer in build_backbone((row,), 1)[0]]


def test_layers_stand_in_the_order_of_the_row() -> None:
    row = Conv(2, pool=2, dropout=0.5)
    assert kinds(row) == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Dropout"]
    assert kinds(replace(row, norm=False, dropout_first=True)) == [
        *("Conv2d", "ReLU", "Dropout", "MaxPool2d"),
    ]
    assert kinds(replace(row, norm_last=True, average=True)) == [
        *("Conv2d", "ReLU", "BatchNorm2d", "AvgPool2d", "Dropout"),
    ]
    assert kinds(Conv(2, norm=False, relu=False, input_dropout=0.1)) == ["Dropout", "Conv2d"]
    assert kinds(Conv(2, kernel=2, norm=False)) == ["ZeroPad2d", "Conv2d", "ReLU"]


def test_an_even_kernel_sees_zeros_below_and_to_the_right() -> None:
    """A kernel that takes the lower right of its four pixels shifts the map by one."""
    convolution = build_backbone((Conv(1, kernel=2, norm=False, bias=False),), 1)
    with torch.no_grad():
        convolution[0][1].weight.copy_(torch.tensor([[[[0.0, 0.0], [0.0, 1.0]]]]))
    x = torch.arange(1.0, 10.0).view(1, 1, 3, 3)
    shifted = [[5.0, 6.0, 0.0], [8.0, 9.0, 0.0], [0.0, 0.0, 0.0]]
    assert convolution(x)[0, 0].tolist() == shifted


@pytest.mark.parametrize(
    ("average", "expected"), [(False, [4.0, 6.0, 7.0]), (True, [2.5, 4.5, 6.0])]
)
def test_pooling_keeps_the_rest_of_an_odd_map(average: bool, expected: list[float]) -> None:
    row = Conv(1, kernel=1, norm=False, bias=False, pool=2, average=average)
    pooling = build_backbone((row,), 1)[0][-1]
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0], [3.0, 4.0, 5.0, 6.0, 7.0]])
    assert pooling(x.view(1, 1, 2, 5)).flatten().tolist() == expected


def test_running_statistics_forget_as_the_row_says() -> None:
    block = build_backbone((Conv(1, kernel=1, norm_momentum=0.5, norm_last=True),), 1).train()
    norm = block[0][2]
    with torch.no_grad():
        block[0][0].weight.fill_(1.0)
        block[0][0].bias.fill_(0.0)
        block(torch.tensor([-3.0, 1.0, 3.0, 4.0]).view(1, 1, 2, 2))
    assert norm.running_mean.item() == pytest.approx(0.5 * (0 + 1 + 3 + 4) / 4)


def test_zylbersztejn_shrinks_to_one_place() -> None:
    sizes, x = [], torch.zeros(1, 3, 64, 64)
    for block in zoo.create_model("zylbersztejn2016").eval().backbone:
        x = block(x)
        sizes.append(x.shape[-1])
    assert sizes == [32, 32, 16, 16, 8, 8, 4, 4, 2, 1]
    assert x.shape == (1, 768, 1, 1)


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("marek2017-strip-double", (32, 4, 18)),
        ("marek2017-strip-deeper", (32, 4, 18)),
        ("marek2017-picture", (32, 4, 8)),
        ("marek2017-picture-strided", (192, 2, 4)),
    ],
)
def test_features_of_marek_are_as_wide_as_his(name: str, features: tuple[int, int, int]) -> None:
    config = zoo.MODELS[name]
    with torch.device("meta"):
        x = torch.empty(1, 1 if config.grey else 3, *config.size)
        assert build_backbone(config.backbone, x.shape[1])(x).shape[1:] == features


def test_mean_subtraction_sees_contrast_but_no_brightness() -> None:
    model = zoo.create_model("almenningen2017").eval()
    dark = pictures(2, 32).float() * 0.5
    x = model.normalise(dark)
    torch.testing.assert_close(x.mean(dim=(1, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(model.normalise(dark + 100), x, atol=1e-4, rtol=0)
    torch.testing.assert_close(model.normalise(dark * 1.5), x * 1.5, atol=1e-4, rtol=0)


def test_convolutions_without_padding_lose_their_rim() -> None:
    blocks = zoo.MODELS["almenningen2017-canvas"].backbone
    sizes, x = [], torch.zeros(1, 1, 64, 64)
    for block in build_backbone(blocks, 1).eval():
        x = block(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(16, 30, 30), (32, 13, 13), (64, 9, 9)]


def test_digit_classifiers_learn_and_classify() -> None:
    """Ten fixed pictures of random dots are told apart after a few steps."""
    torch.manual_seed(0)
    model = zoo.create_model("marek2017-hidden")
    dots, classes = pictures(10, 28), torch.arange(10)
    assert (classify(model, dots).argmax(dim=1) == classes).float().mean() < 0.5
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(dots).digits[:, 0], classes).backward()
        optimiser.step()
    probabilities = classify(model, dots)
    assert probabilities.shape == (10, 10)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(10))
    assert probabilities.argmax(dim=1).tolist() == classes.tolist()
    with pytest.raises(ValueError, match="compact reads numbers, not single digits"):
        classify(zoo.create_model("compact"), dots)


@pytest.mark.parametrize("name", ["almenningen2017-canvas", "zylbersztejn2016-canvas", "small"])
def test_canvas_readers_fit_losses_and_decoding(name: str) -> None:
    torch.manual_seed(0)
    model = zoo.create_model(name)
    lengths, digits = encode(["", "7", "123", "98765"])
    logits = model(pictures(4))
    loss = masked_loss if model.config.has_length else blank_loss
    loss(logits, lengths, digits).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.head.digits.parameters())
    assert all(len(p.number or "") <= 5 for p in most_probable(logits))


def test_the_strip_reader_with_a_blank_reads_numbers() -> None:
    """With an eleventh class it is trained and decoded as all others."""
    model = zoo.create_model("marek2017-strip", classes=11)
    lengths, digits = encode(["12345", "9"])
    logits = model(pictures(2, 40))
    blank_loss(logits, lengths, digits).backward()
    assert len(most_probable(logits)) == 2


def test_a_picture_is_read_alone_as_in_a_batch() -> None:
    model = zoo.create_model("compact").eval()
    batch = pictures(5)
    together = predict(model, batch)
    alone = [predict(model, batch[i : i + 1]) for i in range(5)]
    for i, one in enumerate(alone):
        torch.testing.assert_close(one.digits[0], together.digits[i], atol=1e-4, rtol=1e-4)


def test_blank_picture_gives_finite_logits() -> None:
    logits = zoo.create_model("compact").eval()(torch.zeros(2, 3, 64, 64, dtype=torch.uint8))
    assert torch.isfinite(logits.digits).all()


def test_compact_does_not_see_exposure() -> None:
    """Normalised picture by picture: half the contrast and more light change almost nothing."""
    model = zoo.create_model("compact").eval()
    bright = pictures(4).float() * 0.8 + 20
    dim = bright * 0.5 + 30
    torch.testing.assert_close(model(bright).digits, model(dim).digits, atol=0.05, rtol=0.05)


def test_columns_run_from_left_to_right() -> None:
    """Ink on the left changes the left columns' logits more than the right ones'."""
    model = zoo.create_model("compact", normalise="half").eval()
    plain = torch.full((1, 3, 64, 64), 120, dtype=torch.uint8)
    marked = plain.clone()
    marked[..., 20:40, 0:8] = 255
    columns = (model(marked).columns - model(plain).columns).abs().sum(dim=2)[0]  # (W,)
    assert columns.shape == (8,)
    assert columns[:2].min() > columns[-2:].max()


def test_grey_models_ignore_colour() -> None:
    model = zoo.create_model("compact", grey=True).eval()
    grey = pictures()[:, :1].expand(-1, 3, -1, -1)
    red = torch.zeros_like(grey)
    red[:, 0] = (grey[:, 0].float() * 0.5).round()
    weights = torch.tensor([0.2989, 0.5870, 0.1140])
    as_grey = (red.float() * weights[:, None, None]).sum(1, keepdim=True).expand(-1, 3, -1, -1)
    scaled = as_grey / float(weights.sum())
    torch.testing.assert_close(model(red).digits, model(scaled).digits, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("name", ["compact", "small", "compact-attention"])
def test_grey_pictures_are_taken_as_three_equal_channels(name: str) -> None:
    model = zoo.create_model(name).eval()
    grey = pictures()[:, :1]
    torch.testing.assert_close(model.features(grey), model.features(grey.repeat(1, 3, 1, 1)))
    assert answer(model, grey) == answer(model, grey.repeat(1, 3, 1, 1))


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (torch.zeros(2, 4, 64, 64, dtype=torch.uint8), ValueError, r"\(2, 4, 64, 64\): give"),
        (torch.zeros(2, 2, 64, 64, dtype=torch.uint8), ValueError, "give .N, 3, H, W."),
        (torch.zeros(2, 64, 64, 3, dtype=torch.uint8), ValueError, "give .N, 3, H, W."),
        (torch.zeros(3, 64, 64, dtype=torch.uint8), ValueError, "give .N, 3, H, W."),
        (torch.zeros(64, 64, dtype=torch.uint8), ValueError, "grey .N, 1, H, W."),
        (torch.zeros(2, 3, 0, 64, dtype=torch.uint8), ValueError, "give .N, 3, H, W."),
        (torch.zeros(2, 3, 64, 64, dtype=torch.int64), TypeError, "int64: give uint8"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.bool), TypeError, "bool: give uint8"),
        (np.zeros((2, 3, 64, 64), np.uint8), TypeError, "ndarray: give a tensor"),
        (torch.rand(2, 3, 64, 64), ValueError, "floats of .* give 0-255"),
        (torch.rand(2, 1, 64, 64).double(), ValueError, "floats of .* give 0-255"),
        (torch.rand(2, 3, 64, 64) * 2 - 1, ValueError, "floats of .* give 0-255"),
        (torch.randn(2, 3, 64, 64) * 2, ValueError, "floats of .* give 0-255"),
        (torch.rand(2, 3, 64, 64) * 65535, ValueError, "floats of .* give 0-255"),
        (torch.full((2, 3, 64, 64), torch.nan), ValueError, "floats of nan"),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_pictures_of_another_kind_are_refused_in_one_line(
    wrong: torch.Tensor, error: type[Exception], words: str, training: bool
) -> None:
    model = zoo.create_model("small").train(training)
    with pytest.raises(error, match=words) as raised:
        model(wrong)
    assert "\n" not in str(raised.value)


def test_floats_of_0_to_255_are_taken_as_bytes_are() -> None:
    model = zoo.create_model("small").eval()
    torch.testing.assert_close(model(pictures().float()).digits, model(pictures()).digits)
    assert model(torch.zeros(1, 3, 64, 64)).digits.isfinite().all()


def test_the_temperature_is_the_nets_and_travels_with_its_weights(tmp_path: Path) -> None:
    model = zoo.create_model("marek2017-softmax")
    assert model.temperature == 1.0
    zoo.save_model(model, tmp_path / "a.safetensors", {"temperature": 2.5})
    assert zoo.load_model(tmp_path / "a.safetensors").temperature == 2.5


def test_residual_block_starts_as_its_shortcut() -> None:
    block = build_backbone((Residual(6),), 6).eval()
    x = torch.rand(2, 6, 5, 5)
    torch.testing.assert_close(block(x), torch.relu(x))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("compact", {"size": (32, 32), "hidden": (48,)}),
        ("marek2017-strip", {"units": 20}),
        ("compact-gru", {"units": 20}),
        ("marek2017-strip-output", {"units": 20, "hidden": (7,)}),
        ("marek2017-strip-double", {"units": 20}),
        ("marek2017-softmax", {}),
        ("joint", {}),
        ("marek2017-scattered", {"units": 20, "box": BoxConfig(hidden=(7,), dropout=0.5)}),
        ("almenningen2017-canvas", {}),
    ],
)
def test_weights_survive_the_disk(tmp_path: Path, name: str, changes: dict) -> None:
    model = zoo.create_model(name, **changes).eval()
    zoo.save_model(model, tmp_path / "a.safetensors", {"sequence_accuracy": 0.5})
    again = zoo.load_model(tmp_path / "a.safetensors")
    assert again.config == model.config
    assert again.figures == {"sequence_accuracy": 0.5}
    assert not again.training
    torch.testing.assert_close(again(pictures()).digits, model(pictures()).digits)
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_unknown_names_are_listed() -> None:
    with pytest.raises(
        ValueError, match="compact-lstm, goodfellow2014, joint, li2017, localiser, marek2017-digit"
    ):
        zoo.create_model("lenet")
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors: no such weights"):
        zoo.load_model("nothing.safetensors")


@pytest.mark.parametrize("damage", ["text", "cut", "foreign", "other model", "pickle"])
def test_damaged_weights_are_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "w.safetensors"
    model = zoo.create_model("compact", size=(32, 32), hidden=(48,))
    zoo.save_model(model, path)
    if damage == "text":
        path.write_text("not weights")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1000])
    elif damage == "foreign":
        save_file({"a": torch.zeros(2)}, path)
    elif damage == "pickle":
        torch.save(model.state_dict(), path)
    else:
        model.config = zoo.MODELS["goodfellow2014"]
        zoo.save_model(model, path)
    with pytest.raises(ValueError, match=r"w\.safetensors: not weights written by svhn_lib"):
        zoo.load_model(path)


def test_predict_leaves_the_mode_and_refuses_nothing(tmp_path: Path) -> None:
    model = zoo.create_model("compact", size=(32, 32), hidden=(48,)).train()
    predict(model, pictures(3), batch=2)
    assert model.training
    with pytest.raises(ValueError, match="at least one"):
        predict(model, pictures(0))
