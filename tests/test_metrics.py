"""Metrics: values worked by hand, brute force, and the same figures from other libraries."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, recall_score
from torchmetrics.functional.classification import (
    binary_calibration_error,
    multiclass_accuracy,
    multiclass_exact_match,
)

from svhn_lib.labels import encode
from svhn_lib.metrics import (
    accuracy_given_box,
    accuracy_given_length,
    all_slots_accuracy,
    bootstrap_difference,
    coverage_at,
    coverage_curve,
    expected_calibration_error,
    judge,
    reliability,
    score,
    slot_accuracy,
    wilson_interval,
)
from svhn_lib.reading.record import Answer

numbers = st.text(alphabet="0123", max_size=5)
judged = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.9, 1.0])), min_size=1)


def test_score_by_hand() -> None:
    true = ["257", "16", "16", "9", "1234"]
    predicted = ["257", "18", "1", "99", "0234"]
    result = score(true, predicted, [0.9, 0.8, 0.7, 0.6, 0.5])
    assert result.n == 5
    assert result.sequence_accuracy == 1 / 5
    assert result.character_accuracy == (3 + 1 + 1 + 1 + 3) / 12
    assert result.length_accuracy == 3 / 5
    assert result.position_accuracy == (4 / 5, 2 / 4, 1.0, 1.0)
    assert result.by_length == {1: (1, 0.0), 2: (2, 0.0), 3: (1, 1.0), 4: (1, 0.0)}
    assert result.coverage_at_98 == 1 / 5
    assert result.calibration_error == pytest.approx((0.1 + 0.8 + 0.7 + 0.6 + 0.5) / 5)


def test_score_without_confidence_and_without_digits() -> None:
    result = score(["", ""], ["", "1"])
    assert result.sequence_accuracy == result.length_accuracy == 0.5
    assert math.isnan(result.character_accuracy)
    assert result.position_accuracy == ()
    assert result.by_length == {0: (2, 0.5)}
    assert result.coverage_at_98 is None
    assert result.calibration_error is None


def test_no_number_is_wrong_where_there_is_one():
    result = score(["25", "7", ""], [None, "7", None], [0.4, 0.9, 0.5])
    assert result.sequence_accuracy == pytest.approx(2 / 3)
    assert result.character_accuracy == pytest.approx(1 / 3)
    assert result.length_accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize(("true", "predicted"), [([], []), (["1"], ["1", "2"])])
def test_score_refuses_unequal_or_empty(true: list[str], predicted: list[str]) -> None:
    with pytest.raises(ValueError, match="give as many"):
        score(true, predicted)


@given(st.lists(st.tuples(numbers, numbers), min_size=1))
def test_score_parts_are_consistent(pairs: list[tuple[str, str]]) -> None:
    true, predicted = (list(texts) for texts in zip(*pairs, strict=True))
    result = score(true, predicted)
    assert result.sequence_accuracy == pytest.approx(accuracy_score(true, predicted))
    assert result.sequence_accuracy <= result.length_accuracy
    total = sum(count for count, _ in result.by_length.values())
    right = sum(count * share for count, share in result.by_length.values())
    assert total == result.n == len(pairs)
    assert right / total == pytest.approx(result.sequence_accuracy)
    digits = [sum(len(t) > i for t in true) for i in range(len(result.position_accuracy))]
    if sum(digits):
        by_position = np.average(result.position_accuracy, weights=digits)
        assert by_position == pytest.approx(result.character_accuracy)


def random_labels(n: int = 500) -> tuple[list[str], torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(4)
    texts = ["".join(map(str, rng.integers(0, 10, rng.integers(1, 6)))) for _ in range(n)]
    lengths, digits = encode(texts)
    noise = torch.from_numpy(rng.random(digits.shape) < 0.15)
    other = torch.from_numpy(rng.integers(0, 11, digits.shape))
    return texts, lengths, digits, torch.where(noise, other, digits)


def test_array_figures_by_hand() -> None:
    lengths, digits = encode(["12", "3", ""], max_digits=3)
    predicted = [[1, 2, 10], [3, 4, 10], [10, 10, 5]]
    assert accuracy_given_length(lengths, digits, predicted) == 1.0
    assert all_slots_accuracy(digits, predicted) == 1 / 3
    assert slot_accuracy(digits, predicted) == 7 / 9
    predicted = [[1, 10, 10], [0, 10, 10], [10, 10, 10]]
    assert accuracy_given_length(lengths, digits, predicted) == 1 / 3
    with pytest.raises(ValueError, match="give two alike"):
        slot_accuracy(digits, [[1, 2, 3]])
    for other in ([1], [1, 1], [[2], [1], [0]], 1):  # would be taken for all numbers, or fail late
        with pytest.raises(ValueError, match=r"give \(N,\) and \(N, D\)"):
            accuracy_given_length(other, digits, predicted)


def test_tensors_in_bfloat16_are_taken() -> None:
    correct, confidence = torch.tensor([True, False]), torch.tensor([0.75, 0.5])
    assert score(["1", "2"], ["1", "3"], confidence.bfloat16()) == score(  # type: ignore[arg-type]
        ["1", "2"], ["1", "3"], [0.75, 0.5]
    )
    half = confidence.bfloat16()
    assert coverage_at(correct, half, 0.98) == coverage_at(correct, confidence, 0.98) == 0.5


def test_array_figures_agree_with_torchmetrics() -> None:
    _, lengths, digits, predicted = random_labels()
    assert slot_accuracy(digits, predicted) == pytest.approx(
        multiclass_accuracy(predicted, digits, num_classes=11, average="micro").item()
    )
    assert all_slots_accuracy(digits, predicted) == pytest.approx(
        multiclass_exact_match(predicted, digits, num_classes=11).item()
    )
    ended = torch.arange(5) >= lengths[:, None]
    assert accuracy_given_length(lengths, digits, predicted) == pytest.approx(
        multiclass_exact_match(
            predicted.masked_fill(ended, 10), digits.masked_fill(ended, 10), num_classes=11
        ).item()
    )


def test_character_accuracy_agrees_with_torchmetrics_and_sklearn() -> None:
    texts, lengths, digits, predicted = random_labels()
    predicted[predicted == 10] = 0  # texts have no blank inside: keep every length right
    read = [
        "".join(map(str, row[: len(t)])) for row, t in zip(predicted.tolist(), texts, strict=True)
    ]
    result = score(texts, read)
    expected = multiclass_accuracy(
        predicted, digits, num_classes=11, average="micro", ignore_index=10
    )
    assert result.character_accuracy == pytest.approx(expected.item())
    assert result.length_accuracy == 1
    for i, share in enumerate(result.position_accuracy):
        has = lengths > i
        assert share == pytest.approx(
            recall_score(digits[has, i], predicted[has, i], average="micro")
        )


def test_coverage_by_hand() -> None:
    correct = [True] * 49 + [False] + [True] * 30 + [False] * 20
    confidence = np.linspace(1, 0, 100)
    # 49 of the first 50 are right, which is 0.98 exactly; 79 of 80 is more; 79 of 81 is less.
    assert coverage_at(correct, confidence, 0.98) == 0.80
    assert coverage_at(correct, confidence, 1.0) == 0.49
    assert coverage_at(correct, confidence, 0.79) == 1.0
    assert coverage_at([False, True], [0.9, 0.1], 0.98) == 0.0
    assert coverage_at(correct[:50], confidence[:50], 0.98) == 1.0


def test_coverage_keeps_or_rejects_ties_together() -> None:
    # A sort would keep the two right ones of the tie and reject the wrong one.
    assert coverage_at([True, True, True, False], [0.9, 0.5, 0.5, 0.5], 0.9) == 0.25
    assert coverage_at([True, False], [0.5, 0.5], 0.9) == 0.0
    assert coverage_at([True, False], [0.5, 0.5], 0.5) == 1.0


@given(judged, st.sampled_from([0.25, 0.5, 0.8, 0.98, 1.0]))
def test_coverage_is_the_best_of_all_thresholds(
    pairs: list[tuple[bool, float]], accuracy: float
) -> None:
    correct, confidence = (np.array(values) for values in zip(*pairs, strict=True))
    shares = [
        (confidence >= threshold).mean()
        for threshold in set(confidence)
        if correct[confidence >= threshold].mean() >= accuracy
    ]
    assert coverage_at(correct, confidence, accuracy) == pytest.approx(max(shares, default=0))


def test_calibration_by_hand() -> None:
    correct, confidence = [True, False, True, True], [0.6, 0.7, 0.95, 0.2]
    counts, accuracies, means = reliability(correct, confidence, bins=2)
    assert counts.tolist() == [1, 3]
    assert accuracies.tolist() == pytest.approx([1, 2 / 3])
    assert means.tolist() == pytest.approx([0.2, 0.75])
    expected = (0.8 + 3 * abs(2 / 3 - 0.75)) / 4
    assert expected_calibration_error(correct, confidence, bins=2) == pytest.approx(expected)
    assert reliability([True, True, True], [0.0, 0.5, 1.0], bins=2)[0].tolist() == [2, 1]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 300), st.sampled_from([1, 10, 15]))
def test_calibration_error_agrees_with_torchmetrics(seed: int, n: int, bins: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.random(n)
    correct = rng.random(n) < confidence**2
    expected = binary_calibration_error(
        torch.from_numpy(confidence), torch.from_numpy(correct).int(), n_bins=bins, norm="l1"
    )
    assert expected_calibration_error(correct, confidence, bins) == pytest.approx(
        expected.item(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("correct", "confidence", "message"),
    [
        ([], [], "not empty"),
        ([True], [0.5, 0.5], "alike"),
        ([True], [math.nan], "nan"),
        ([True], [1.5], "0 to 1"),
        ([[True, False]], [[0.5, 0.5]], "one value per number"),
    ],
)
def test_wrong_confidences_are_refused(
    correct: list[bool], confidence: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(correct, confidence)


@given(st.integers(1, 20_000), st.data())
def test_wilson_interval_agrees_with_scipy(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    expected = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_interval_of_the_svhn_test_set() -> None:
    low, high = wilson_interval(round(0.9603 * 13068), 13068)
    assert (high - low) / 2 == pytest.approx(0.0033, abs=1e-4)
    for successes, n in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(ValueError, match="no share"):
            wilson_interval(successes, n)


def test_bootstrap_difference_covers_and_is_reproducible() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random(2000) < 0.9, rng.random(2000) < 0.85
    low, high = bootstrap_difference(a, b, seed=1)
    assert low < a.mean() - b.mean() < high
    assert (low, high) == bootstrap_difference(a, b, seed=1)
    assert (low, high) == bootstrap_difference(a, b, np.random.default_rng(1))
    difference = a.astype(int) - b
    normal = 1.96 * difference.std() / math.sqrt(len(a))
    assert (high - low) / 2 == pytest.approx(normal, rel=0.05)


def test_bootstrap_difference_equals_drawing_pictures() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.random(300) < 0.8, rng.random(300) < 0.7
    picks = rng.integers(0, 300, (20_000, 300))
    drawn = np.quantile((a.astype(float) - b)[picks].mean(axis=1), [0.025, 0.975])
    assert bootstrap_difference(a, b, seed=0, resamples=20_000) == pytest.approx(drawn, abs=0.004)


def test_bootstrap_difference_is_paired_and_antisymmetric() -> None:
    a = np.array([True, False] * 50)
    assert bootstrap_difference(a, a, seed=0) == (0, 0)
    assert bootstrap_difference(np.ones(9), np.zeros(9), seed=0) == (1, 1)
    b = np.array([True, True, False, False] * 25)
    low, high = bootstrap_difference(a, b, seed=0)
    assert low < 0 < high
    with pytest.raises(ValueError, match="alike"):
        bootstrap_difference(a, b[:-1], seed=0)


BOX = [0, 0, 9, 9]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coverage_at([math.nan, 1], [0.5, 0.6], 0.9), "True and False"),
        (lambda: coverage_curve([2, 1], [0.5, 0.6]), "True and False"),
        (lambda: expected_calibration_error([0.5, 1], [0.5, 0.6]), "True and False"),
        (lambda: bootstrap_difference([5, 0], [1, 1], seed=0), "True and False"),
        (lambda: accuracy_given_box([7], [BOX], [BOX]), "True and False"),
        (lambda: accuracy_given_box([True, True], [BOX], [BOX]), "give two alike"),
        (lambda: coverage_at([True], [0.5], 98), r"accuracy is 98: give a share of 0 to 1"),
        (lambda: coverage_at([True], [0.5], math.nan), "accuracy is nan"),
        (lambda: reliability([True], [0.5], 0), "bins is 0: give a whole number"),
        (lambda: reliability([True], [0.5], 2.5), "bins is 2.5"),
        (lambda: wilson_interval(1, 3, 95), "level is 95: give a share"),
        (lambda: bootstrap_difference([1], [0], seed=0, level=1), "level is 1"),
        (lambda: bootstrap_difference([1], [0], seed=0, resamples=0), "resamples is 0"),
        (lambda: accuracy_given_length([6], [[1] * 5], [[2] * 5]), "none of 0 to 5"),
        (lambda: accuracy_given_length([1.5], [[1] * 5], [[2] * 5]), "none of 0 to 5"),
        (lambda: all_slots_accuracy([1, 2], [1, 2]), r"give \(N, D\)"),
        (lambda: score([257], ["257"]), "257 is no text"),
        (lambda: judge(["12", "3"], [BOX], Answer("12", 0.9)), "give one box for each"),
    ],
)
def test_what_would_give_a_wrong_figure_is_refused(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_picture_without_a_number_is_read_rightly_where_none_is_read() -> None:
    assert score([None, "1"], [None, "2"]) == score(["", "1"], ["", "2"])
    assert score([None, "1"], [None, "2"]).sequence_accuracy == 0.5
