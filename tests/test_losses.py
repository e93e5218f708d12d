"""Losses: hand-worked values, exact zero gradients, class counts, column targets by brute force."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.labels import BLANK, IGNORED, encode
from svhn_lib.losses import (
    LossSettings,
    blank_loss,
    box_loss,
    box_targets,
    column_loss,
    column_targets,
    masked_loss,
    total_loss,
)
from svhn_lib.models.outputs import Logits

TEXTS = ["257", "", "98765", "0"]
NAN = math.nan


def random_logits(
    n: int = 4, positions: int = 5, classes: int = 11, lengths: int | None = 7, columns: int = 8
) -> Logits:
    generator = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).requires_grad_()

    return Logits(
        length=None if lengths is None else draw(n, lengths),
        digits=draw(n, positions, classes),
        columns=draw(n, columns, 11),
    )


def by_hand(logits: Logits, texts: list[str], *, mask: bool) -> float:
    """The same sum, one example, one position, one logarithm at a time."""
    total = 0.0
    for row, text in enumerate(texts):
        if logits.length is not None:
            total -= math.log(logits.length[row].softmax(0)[len(text)].item())
        slots = [int(char) for char in text] + [BLANK] * (logits.digits.shape[1] - len(text))
        for i, digit in enumerate(slots[: len(text)] if mask else slots):
            total -= math.log(logits.digits[row, i].softmax(0)[digit].item())
    return total / len(texts)


@pytest.mark.parametrize("lengths", [6, 7, None])
def test_blank_trained_is_the_sum_of_all_heads(lengths: int | None) -> None:
    logits = random_logits(lengths=lengths)
    loss = blank_loss(logits, *encode(TEXTS))
    assert loss.shape == ()
    assert loss.item() == pytest.approx(by_hand(logits, TEXTS, mask=False), rel=1e-5)


def test_blank_trained_agrees_with_separate_cross_entropies() -> None:
    logits, (lengths, digits) = random_logits(), encode(TEXTS)
    assert logits.length is not None
    expected = F.cross_entropy(logits.length, lengths, label_smoothing=0.1) + sum(
        F.cross_entropy(logits.digits[:, i], digits[:, i], label_smoothing=0.1) for i in range(5)
    )
    torch.testing.assert_close(blank_loss(logits, lengths, digits, 0.1), expected)


@pytest.mark.parametrize(("classes", "lengths"), [(10, 6), (10, 7), (11, 6), (11, 7)])
def test_masked_counts_real_digits_only(classes: int, lengths: int) -> None:
    logits = random_logits(classes=classes, lengths=lengths)
    loss = masked_loss(logits, *encode(TEXTS))
    assert loss.item() == pytest.approx(by_hand(logits, TEXTS, mask=True), rel=1e-5)


def test_uniform_logits_give_known_values() -> None:
    logits = Logits(torch.zeros(2, 7), torch.zeros(2, 5, 11))
    labels = encode(["12", ""])
    assert blank_loss(logits, *labels).item() == pytest.approx(math.log(7) + 5 * math.log(11))
    assert masked_loss(logits, *labels).item() == pytest.approx(math.log(7) + math.log(11))


def test_masked_gradient_is_softmax_minus_target_and_zero_beyond_the_end() -> None:
    logits, (lengths, digits) = random_logits(), encode(TEXTS)
    masked_loss(logits, lengths, digits).backward()
    gradient = logits.digits.grad
    assert gradient is not None
    for row, text in enumerate(TEXTS):
        assert (gradient[row, len(text) :] == 0).all()
        for i in range(len(text)):
            expected = logits.digits[row, i].softmax(0) - F.one_hot(digits[row, i], 11)
            torch.testing.assert_close(gradient[row, i], expected.detach() / len(TEXTS))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_masked_batch_without_a_digit_is_finite_and_reaches_every_head(smoothing: float) -> None:
    logits = random_logits(n=2, classes=10)
    loss = masked_loss(logits, *encode(["", ""]), smoothing)
    loss.backward()
    assert loss.isfinite()
    assert logits.digits.grad is not None
    assert (logits.digits.grad == 0).all()
    assert logits.length is not None
    assert logits.length.grad is not None
    assert (logits.length.grad != 0).all()


def test_losses_are_means_over_examples() -> None:
    """Batches of different make-up, weighted by their sizes, add up to the whole."""
    logits, (lengths, digits) = random_logits(), encode(TEXTS)
    there = [head for head in logits if head is not None]
    for loss in (blank_loss, masked_loss):
        parts = [
            loss(Logits(*(head[rows] for head in there)), lengths[rows], digits[rows]) * count
            for rows, count in ((slice(0, 1), 1), (slice(1, 4), 3))
        ]
        torch.testing.assert_close(sum(parts) / 4, loss(logits, lengths, digits))


def test_labels_narrower_than_the_net_are_filled_with_blanks() -> None:
    logits = random_logits(positions=6)
    narrow, wide = encode(TEXTS), encode(TEXTS, max_digits=6)
    for loss in (blank_loss, masked_loss):
        assert loss(logits, *narrow) == loss(logits, *wide)


@pytest.mark.parametrize("loss", [blank_loss, masked_loss])
def test_labels_wider_than_the_net_lose_blanks_alone(loss) -> None:
    logits = random_logits(positions=3)
    texts = ["257", "", "9", "04"]
    assert loss(logits, *encode(texts)) == loss(logits, *encode(texts, max_digits=3))
    with pytest.raises(ValueError, match=r"the net only 3, and a number is longer than that"):
        loss(logits, *encode([*texts[:3], "1234"]))


def test_half_precision_logits_are_summed_in_single_precision() -> None:
    logits = random_logits()
    half = Logits(*(head.bfloat16() for head in logits if head is not None))
    loss = blank_loss(half, *encode(TEXTS))
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, blank_loss(logits, *encode(TEXTS)), rtol=1e-2, atol=0)


def test_a_net_of_fixed_length_is_trained_on_its_digits_alone() -> None:
    logits = random_logits(lengths=None, classes=10)
    lengths, digits = encode([f"{value:05d}" for value in range(len(logits.digits))])
    picked = logits.digits.log_softmax(dim=2).gather(2, digits[:, :, None])
    expected = -picked.sum() / len(digits)
    torch.testing.assert_close(masked_loss(logits, lengths, digits), expected)


def test_what_cannot_be_trained_is_refused() -> None:
    labels = encode(TEXTS)
    with pytest.raises(ValueError, match="no blank"):
        blank_loss(random_logits(classes=10), *labels)
    with pytest.raises(ValueError, match="length head"):
        masked_loss(random_logits(lengths=None), *labels)
    with pytest.raises(ValueError, match="always says 5 digits"):
        masked_loss(random_logits(lengths=None, classes=10), *labels)
    with pytest.raises(ValueError, match="5 digit positions, the net only 3"):
        masked_loss(random_logits(positions=3), *labels)


def box(left: float, right: float) -> list[float]:
    return [left, 10.0, right, 50.0]


def test_column_targets_by_hand() -> None:
    none = [NAN] * 4
    boxes = torch.tensor(
        [
            [box(0, 10), box(20, 30), box(40, 56)],  # centres 5, 25, 48 of 64 in columns of 8
            [box(8, 12), box(12, 19), none],  # centres 10 and 15.5: the first is nearer 12
            [box(-20, -2), box(60, 68), none],  # centres -11, and 64, just outside
            [none, none, none],  # boxes not known
            [box(0, 10), none, none],  # one of two boxes not known
            [none, none, none],  # no digit at all
        ]
    )
    digits = encode(["257", "40", "98", "12", "12", ""], max_digits=3)[1]
    targets = column_targets(boxes, digits, width=64, columns=8)
    assert targets.dtype == torch.int64
    assert targets.tolist() == [
        [2, 10, 10, 5, 10, 10, 7, 10],
        [10, 4, 10, 10, 10, 10, 10, 10],
        [10] * 8,
        [IGNORED] * 8,
        [IGNORED] * 8,
        [IGNORED] * 8,
    ]


def test_digit_nearer_the_columns_middle_wins_in_either_order() -> None:
    boxes = torch.tensor([[box(8, 10), box(11, 14)], [box(11, 14), box(8, 10)]])
    targets = column_targets(boxes, torch.tensor([[3, 6], [6, 3]]), width=64, columns=8)
    assert targets[:, 1].tolist() == [6, 6]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-20, 84), st.floats(0.5, 30)), min_size=1, max_size=5),
    st.integers(1, 13),
    st.integers(40, 70),
)
def test_column_targets_agree_with_a_loop(
    spans: list[tuple[float, float]], columns: int, width: int
) -> None:
    boxes = torch.full((1, 5, 4), NAN, dtype=torch.float64)
    digits = torch.full((1, 5), BLANK)
    expected = [(math.inf, BLANK)] * columns
    for i, (left, size) in enumerate(spans):
        boxes[0, i] = torch.tensor(box(left, left + size), dtype=torch.float64)
        digits[0, i] = i
        place = (left + (left + size)) / 2 * (columns / width)
        column = math.floor(place)
        if 0 <= column < columns:
            distance = abs(place - (column + 0.5))
            expected[column] = min(expected[column], (distance, i))
    targets = column_targets(boxes, digits, width, columns)
    assert targets.tolist() == [[digit for _, digit in expected]]


def test_column_loss_averages_columns_then_examples_with_boxes() -> None:
    logits = random_logits(n=3, columns=4).columns
    assert logits is not None
    targets = torch.tensor([[1, 10, 10, 2], [IGNORED] * 4, [10, 10, 10, 9]])
    loss = column_loss(logits, targets)
    expected = F.cross_entropy(logits[[0, 2]].flatten(0, 1), targets[[0, 2]].flatten())
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert logits.grad is not None
    assert (logits.grad[1] == 0).all()
    one = torch.full((3, 4), IGNORED)
    one[1, 2] = 7  # a single column of a single example is not halved
    expected = F.cross_entropy(logits[1, 2:3], one[1, 2:3])
    torch.testing.assert_close(column_loss(logits, one), expected)
    nothing = column_loss(logits, torch.full((3, 4), IGNORED))
    assert nothing.item() == 0
    assert nothing.requires_grad


def test_total_loss_adds_what_the_settings_say() -> None:
    logits, (lengths, digits) = random_logits(n=2), encode(["12", "7"])
    boxes = torch.full((2, 5, 4), NAN)
    boxes[0, :2] = torch.tensor([box(10, 20), box(30, 40)])
    boxes[1, 0] = torch.tensor(box(25, 35))
    columns = column_loss(logits.columns, column_targets(boxes, digits, 64, 8))  # type: ignore[arg-type]
    for kind, number_loss in (("blank", blank_loss), ("masked", masked_loss)):
        plain = LossSettings(kind=kind)  # type: ignore[arg-type]
        torch.testing.assert_close(
            total_loss(logits, lengths, digits, None, plain), number_loss(logits, lengths, digits)
        )
        both = LossSettings(kind=kind, column_weight=3.0, label_smoothing=0.05)  # type: ignore[arg-type]
        torch.testing.assert_close(
            total_loss(logits, lengths, digits, boxes, both, width=64),
            number_loss(logits, lengths, digits, 0.05) + 3 * columns,
        )


def test_total_loss_names_what_the_column_loss_lacks() -> None:
    logits, labels = random_logits(), encode(TEXTS)
    weighted = LossSettings(column_weight=1.0)
    with pytest.raises(ValueError, match="no column logits"):
        total_loss(logits._replace(columns=None), *labels, None, weighted, 64)
    with pytest.raises(ValueError, match="give digit boxes"):
        total_loss(logits, *labels, None, weighted, 64)
    with pytest.raises(ValueError, match="crop's width"):
        total_loss(logits, *labels, torch.zeros(4, 5, 4), weighted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "both"},
        {"column_weight": -1.0},
        {"column_weight": NAN},
        {"column_weight": math.inf},
        {"label_smoothing": 1.0},
        {"label_smoothing": NAN},
    ],
)
def test_settings_refuse_what_is_out_of_range(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("kind", "unknown")):
        LossSettings(**wrong)


def test_a_few_steps_of_gradient_descent_learn_the_labels() -> None:
    logits = random_logits()
    labels = encode(TEXTS)
    optimizer = torch.optim.SGD([head for head in logits if head is not None], lr=20.0)
    boxes = torch.from_numpy(np.full((4, 5, 4), NAN, dtype=np.float32))
    for _ in range(50):
        optimizer.zero_grad()
        total_loss(logits, *labels, boxes, LossSettings(column_weight=1.0), 64).backward()
        optimizer.step()
    assert logits.length is not None
    assert logits.length.argmax(1).equal(labels[0])
    assert logits.digits.argmax(2).equal(labels[1])


def test_box_targets_are_around_all_known_digits() -> None:
    boxes = torch.full((3, 5, 4), NAN)
    boxes[0, :2] = torch.tensor([[8.0, 10.0, 20.0, 50.0], [22.0, 4.0, 40.0, 52.0]])
    boxes[1, 2] = torch.tensor([1.0, 2.0, 5.0, 4.0])
    found = box_targets(boxes)
    assert found[:2].tolist() == [[24.0, 28.0, 32.0, 48.0], [3.0, 3.0, 4.0, 2.0]]
    assert found[2].isnan().all()


def test_box_loss_by_hand() -> None:
    """Off by 3, 0, 0 and 0.5 pixels; a number without box counts nothing, in either mean."""
    targets = torch.tensor([[10.0, 20.0, 30.0, 40.0], [NAN] * 4])
    box = torch.tensor([[13.0, 20.0, 30.0, 40.5], [7.0, 7.0, 7.0, 7.0]], requires_grad=True)
    assert box_loss(box, targets).item() == pytest.approx((9 + 0.25) / 4)
    assert box_loss(box, targets, "smooth").item() == pytest.approx((2.5 + 0.125) / 4)
    box_loss(box, targets).backward()
    assert box.grad is not None
    assert box.grad[0].tolist() == pytest.approx([2 * 3 / 4, 0, 0, 2 * 0.5 / 4])
    assert (box.grad[1] == 0).all()
    assert box_loss(box, torch.full((2, 4), NAN)).item() == 0


def test_total_loss_adds_the_weighted_box() -> None:
    logits, (lengths, digits) = random_logits(), encode(TEXTS)
    boxes = torch.full((4, 5, 4), NAN)
    boxes[:, 0] = torch.tensor([2.0, 4.0, 12.0, 24.0])
    with_box = logits._replace(box=torch.tensor([[7.0, 14.0, 12.0, 20.0]]).expand(4, 4))
    alone = total_loss(with_box, lengths, digits, None, LossSettings())
    for kind, off in (("squared", 4 / 4), ("smooth", 1.5 / 4)):
        settings_ = LossSettings(box_weight=0.5, box=kind)  # type: ignore[arg-type]
        total = total_loss(with_box, lengths, digits, boxes, settings_)
        assert total.item() == pytest.approx(alone.item() + 0.5 * off, rel=1e-5)
    with pytest.raises(ValueError, match="this net gives no box"):
        total_loss(logits, lengths, digits, boxes, LossSettings(box_weight=1.0))
    with pytest.raises(ValueError, match="give digit boxes"):
        total_loss(with_box, lengths, digits, None, LossSettings(box_weight=1.0))


def test_blanks_can_count_less() -> None:
    """An eighth of what they counted: of "257", "", "98765" and "0", 2 + 5 + 0 + 4 positions."""
    logits, (lengths, digits) = random_logits(lengths=None), encode(TEXTS)
    scores = logits.digits.log_softmax(2).gather(2, digits[:, :, None])[:, :, 0]
    blank = digits == BLANK
    assert blank.sum() == 11
    expected = -(scores[~blank].sum() + 0.125 * scores[blank].sum()) / 4
    torch.testing.assert_close(blank_loss(logits, lengths, digits, blank_weight=0.125), expected)
    weighted = LossSettings(blank_weight=0.125)
    torch.testing.assert_close(total_loss(logits, lengths, digits, None, weighted), expected)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": "cubed"}, "box loss 'cubed' is unknown"),
        ({"box_weight": -1.0}, "box_weight must be 0 or more"),
        ({"box_weight": NAN}, "box_weight must be 0 or more"),
        ({"blank_weight": math.inf}, "blank_weight must be 0 or more"),
    ],
)
def test_box_settings_that_cannot_be(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LossSettings(**changes)


def test_what_does_not_belong_together_is_refused() -> None:
    """Shapes that PyTorch would broadcast, and a kind of loss that there is not."""
    with pytest.raises(ValueError, match="give two alike"):
        box_loss(torch.zeros(3, 4), torch.zeros(1, 4))
    with pytest.raises(ValueError, match="box loss 'cubed' is unknown"):
        box_loss(torch.zeros(1, 4), torch.zeros(1, 4), "cubed")
    with pytest.raises(ValueError, match="give one for each"):
        column_targets(torch.zeros(1, 5, 4), torch.zeros(2, 5, dtype=torch.int64), 64, 8)
