"""Decoding against all 111,111 numbers of at most five digits, and calibration by temperature."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from svhn_lib.labels import BLANK, encode
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.decoding import (
    TEMPERATURES,
    answers_of,
    best_temperature,
    candidates,
    fit_temperature,
    greedy,
    most_probable,
)
from svhn_lib.reading.record import Answer

ALL_NUMBERS = [
    "".join(chars) for n in range(6) for chars in itertools.product("0123456789", repeat=n)
]
ALL_LENGTHS, ALL_DIGITS = (labels.numpy() for labels in encode(ALL_NUMBERS))

# length classes (None: no length head), digit classes, positions
NETS = [(7, 11, 5), (6, 11, 5), (7, 10, 5), (6, 10, 6), (None, 11, 5), (None, 10, 5)]


def random_logits(seed: int, lengths: int | None, classes: int, positions: int = 5) -> Logits:
    generator = torch.Generator().manual_seed(seed)
    return Logits(
        length=None if lengths is None else 2 * torch.randn(3, lengths, generator=generator),
        digits=2 * torch.randn(3, positions, classes, generator=generator),
    )


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def brute_force(logits: Logits, row: int, temperature: float = 1.0) -> NDArray[np.float64]:
    """P of each of ALL_NUMBERS, head by head, in plain probabilities."""
    heads = logits.digits[row].numpy().astype(np.float64) / temperature
    if logits.length is None:
        never = np.zeros((len(heads), 11 - heads.shape[1]))  # the blank, where there is none
        slots = np.concatenate([softmax(heads), never], axis=1)
        return np.prod([slots[i, ALL_DIGITS[:, i]] for i in range(len(heads))], axis=0)
    lengths = softmax(logits.length[row].numpy().astype(np.float64) / temperature)
    slots = np.concatenate([softmax(heads[:, :10]), np.ones((len(heads), 1))], axis=1)
    digits = np.prod([slots[i, ALL_DIGITS[:, i]] for i in range(5)], axis=0)
    return lengths[ALL_LENGTHS] * digits


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_candidates_and_most_probable_equal_brute_force(
    net: tuple[int | None, int, int], temperature: float
) -> None:
    for seed in range(3):
        logits = random_logits(seed, *net)
        found = candidates(logits, 50, temperature)
        for row, best in enumerate(most_probable(logits, temperature)):
            probabilities = brute_force(logits, row, temperature)
            order = np.argsort(-probabilities, kind="stable")[:50]
            assert [text or "" for text, _ in found[row]] == [ALL_NUMBERS[i] for i in order]
            np.testing.assert_allclose([p for _, p in found[row]], probabilities[order], rtol=1e-9)
            assert (best.number or "") == ALL_NUMBERS[order[0]]
            assert best.probability == pytest.approx(probabilities[order[0]], rel=1e-9)


def test_all_candidates_are_all_numbers_once() -> None:
    logits = random_logits(7, 7, 11)
    for row, found in enumerate(candidates(logits, 200_000)):
        texts, probabilities = zip(*found, strict=True)
        assert len(texts) == 111_111
        assert {text or "" for text in texts} == set(ALL_NUMBERS)
        assert list(probabilities) == sorted(probabilities, reverse=True)
        np.testing.assert_allclose(
            sorted(probabilities), sorted(brute_force(logits, row)), rtol=1e-9
        )
        assert logits.length is not None
        more = logits.length[row].double().softmax(0)[-1].item()
        assert sum(probabilities) == pytest.approx(1 - more)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(NETS), st.floats(0.2, 5), st.integers(1, 12))
def test_candidates_are_distinct_sorted_and_sum_to_at_most_one(
    seed: int, net: tuple[int | None, int, int], temperature: float, n: int
) -> None:
    logits = random_logits(seed, *net)
    best = most_probable(logits, temperature)
    for row, found in enumerate(candidates(logits, n, temperature)):
        texts, probabilities = zip(*found, strict=True)
        assert len(set(texts)) == len(texts) == n
        assert list(probabilities) == sorted(probabilities, reverse=True)
        assert 0 < sum(probabilities) <= 1 + 1e-12
        assert found[0] == (best[row].number, pytest.approx(best[row].probability))
        assert greedy(logits, temperature)[row].probability <= probabilities[0] * (1 + 1e-12)


def by_probability(
    lengths: list[float] | None, digits: list[dict[int, float]], classes: int = 11
) -> Logits:
    """Logits of one example whose heads have the given probabilities (1e-9 where not given)."""
    heads = torch.full((1, len(digits), classes), 1e-9)
    for i, shares in enumerate(digits):
        for digit, share in shares.items():
            heads[0, i, digit] = share
    return Logits(None if lengths is None else torch.tensor([lengths]).log(), heads.log())


def test_most_probable_by_hand_differs_from_greedy() -> None:
    # Two digits are likelier than one, but which second digit is so unsure that '3' wins.
    logits = by_probability([1e-9, 0.45, 0.55], [{3: 0.9, 8: 0.1}, {4: 0.6, 5: 0.4}])
    assert greedy(logits)[0].number == "34"
    assert greedy(logits)[0].probability == pytest.approx(0.55 * 0.9 * 0.6, rel=1e-6)
    best = most_probable(logits)[0]
    assert isinstance(best, Answer)
    assert best.number == "3"
    assert best.probability == pytest.approx(0.45 * 0.9, rel=1e-6)
    assert best.digit_probabilities == pytest.approx((0.9,), rel=1e-6)
    assert [text for text, _ in candidates(logits, 3)[0]] == ["3", "34", "35"]


def test_blank_is_left_out_where_the_length_says_there_is_a_digit() -> None:
    logits = by_probability([0.01, 0.97, 0.01, 0.01], [{BLANK: 0.6, 7: 0.3, 1: 0.1}, {BLANK: 1.0}])
    best = most_probable(logits)[0]
    assert best.number == "7"
    assert best.digit_probabilities == pytest.approx((0.75,), rel=1e-6)
    assert best.probability == pytest.approx(0.97 * 0.75, rel=1e-6)


def test_more_keeps_its_probability_and_is_never_the_answer() -> None:
    logits = by_probability([0.05, 0.05, 0.9], [{6: 1.0}])
    assert [p.number for p in (most_probable(logits)[0], greedy(logits)[0])] == [None, None]
    assert most_probable(logits)[0].probability == pytest.approx(0.05, rel=1e-6)
    assert most_probable(logits)[0].digit_probabilities == ()
    assert sum(p for _, p in candidates(logits, 100)[0]) == pytest.approx(0.1, rel=1e-6)


def test_without_a_length_head_blanks_end_the_number() -> None:
    logits = by_probability(
        None, [{4: 0.8, BLANK: 0.2}, {BLANK: 0.7, 2: 0.3}, {9: 0.6, BLANK: 0.4}]
    )
    # Only blank suffixes are numbers: '4' .8x.7x.4, '429' .8x.3x.6, '42' .8x.3x.4, '' .2x.7x.4
    found = candidates(logits, 4)[0]
    assert [text for text, _ in found] == ["4", "429", "42", None]
    assert [p for _, p in found] == pytest.approx([0.224, 0.144, 0.096, 0.056], rel=1e-5)
    best = greedy(logits)[0]
    assert (best.number, best.digit_probabilities) == ("4", pytest.approx((0.8,), rel=1e-5))
    assert best.probability == pytest.approx(0.224, rel=1e-5)


def test_with_neither_length_nor_blank_every_head_says_a_digit() -> None:
    logits = random_logits(3, None, 10)
    said = ["".join(map(str, row)) for row in logits.digits.argmax(dim=2).tolist()]
    assert [p.number for p in most_probable(logits)] == said
    assert [p.number for p in greedy(logits)] == said
    assert [row[0][0] for row in candidates(logits, 4)] == said


def test_lengths_the_head_does_not_know_cannot_occur() -> None:
    logits = Logits(torch.zeros(1, 2), torch.zeros(1, 3, 10))
    found = candidates(logits, 1000)[0]
    assert len(found) == 11
    assert {len(text or "") for text, _ in found} == {0, 1}
    assert sum(p for _, p in found) == pytest.approx(1)


def test_ties_go_to_the_shorter_number_everywhere() -> None:
    logits = Logits(torch.zeros(1, 3), torch.zeros(1, 1, 10) - 50 * torch.arange(10))
    logits.digits[0, 0, 0] = 0
    assert most_probable(logits)[0].number == greedy(logits)[0].number is None
    assert candidates(logits, 1)[0][0][0] is None


def test_equally_probable_numbers_keep_an_order() -> None:
    undecided = Logits(torch.tensor([[-50.0, -50, 0]]), torch.zeros(1, 2, 10))
    undecided.digits[:, :, 1::2] = -1  # odd digits are less probable
    texts = sorted((f"{i:02d}" for i in range(100)), key=lambda text: int(text[0]) % 2)
    texts.sort(key=lambda text: sum(int(digit) % 2 for digit in text))
    assert [text for text, _ in candidates(undecided, 60)[0]] == texts[:60]


def test_extreme_and_half_precision_logits_stay_finite() -> None:
    logits = Logits(torch.full((1, 7), -1e4), torch.randn(1, 5, 11).mul(1e4))
    logits.length[0, 3] = 1e4  # type: ignore[index]
    best = most_probable(logits)[0]
    assert len(best.number) == 3
    assert best.probability == pytest.approx(1)
    half = random_logits(1, 7, 11)
    half = Logits(half.length.bfloat16(), half.digits.bfloat16())  # type: ignore[union-attr]
    assert sum(p for _, p in candidates(half, 10)[0]) <= 1


def test_temperature_flattens_and_keeps_the_probabilities_of_a_softmax() -> None:
    logits = random_logits(5, 7, 11)
    cooled = Logits(logits.length / 2, logits.digits / 2)  # type: ignore[operator]
    assert most_probable(logits, temperature=2.0) == most_probable(cooled)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan])
def test_wrong_arguments_are_refused(wrong: float) -> None:
    logits = random_logits(0, 7, 11)
    with pytest.raises(ValueError, match=f"^temperature must be above 0, got {wrong}$"):
        most_probable(logits, wrong)
    with pytest.raises(ValueError, match=r"^n must be 1 or more, got 0$"):
        candidates(logits, 0)


def test_what_stands_after_the_first_blank_is_not_read() -> None:
    logits = by_probability(None, [{5: 1.0}, {BLANK: 0.9, 4: 0.1}, {3: 1.0}])
    assert greedy(logits)[0].number == "5"
    assert greedy(logits)[0].digit_probabilities == pytest.approx((1.0,), rel=1e-6)


def test_answers_have_as_many_candidates_as_are_asked_for() -> None:
    logits = random_logits(4, 7, 11)
    for temperature in (1.0, 2.0):
        best = most_probable(logits, temperature)
        assert [one.candidates for one in best] == [((b.number, b.probability),) for b in best]
        assert answers_of(logits, 1, temperature) == best
        for count in (2, 3):
            found = answers_of(logits, count, temperature)
            assert [list(one.candidates) for one in found] == candidates(logits, count, temperature)
            alike = [replace(one, candidates=best[i].candidates) for i, one in enumerate(found)]
            assert alike == best


def test_no_examples_give_no_numbers() -> None:
    logits = Logits(torch.zeros(0, 7), torch.zeros(0, 5, 11))
    assert most_probable(logits) == greedy(logits) == candidates(logits, 3) == []


def sampled(n: int, lengths: int | None, seed: int = 0) -> tuple[Logits, list[str]]:
    """Logits, and numbers drawn from the very distribution that they state."""
    torch.manual_seed(seed)
    if lengths is None:
        digits = torch.randn(n, 2, 11)
        digits[:, :, BLANK] += 1
        classes = torch.distributions.Categorical(logits=digits).sample()
        keep = (classes[:, 0] != BLANK) | (classes[:, 1] == BLANK)
        texts = ["".join(str(d) for d in row if d != BLANK) for row in classes[keep].tolist()]
        return Logits(None, digits[keep]), texts
    logits = Logits(torch.randn(n, 3), torch.randn(n, 2, 10))
    ends = torch.distributions.Categorical(logits=logits.length).sample()
    classes = torch.distributions.Categorical(logits=logits.digits).sample()
    return logits, [
        "".join(map(str, row[:end])) for row, end in zip(classes.tolist(), ends, strict=True)
    ]


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_fit_temperature_undoes_a_known_factor(factor: float) -> None:
    logits, texts = sampled(20_000, 3)
    scaled = Logits(logits.length * factor, logits.digits * factor)  # type: ignore[operator]
    temperature = fit_temperature(scaled, *encode(texts))
    assert temperature == pytest.approx(factor, rel=0.03)
    assert temperature == fit_temperature(scaled, *encode(texts, max_digits=2))
    lengths, digits = encode(texts, max_digits=2)
    wider = Logits(scaled.length, torch.cat([scaled.digits, scaled.digits[:, :1]], dim=1))
    assert temperature == fit_temperature(wider, lengths, digits)  # more positions than labels


@pytest.mark.parametrize("lengths", [3, None])
def test_fit_temperature_minimises_the_nll_of_the_whole_number(lengths: int | None) -> None:
    logits, texts = sampled(400, lengths, seed=2)

    def nll(temperature: float) -> float:
        found = candidates(logits, 111, temperature)
        return -sum(math.log(dict(row)[t or None]) for row, t in zip(found, texts, strict=True))

    best = fit_temperature(logits, *encode(texts))
    assert nll(best) <= min(nll(best * factor) for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2)) + 1e-9


def test_fit_temperature_of_a_faultless_net_is_the_lower_bound() -> None:
    logits = Logits(torch.eye(3)[[1, 2]], torch.eye(10)[torch.tensor([[4, 4], [5, 6]])])
    labels = encode(["4", "56"], max_digits=2)
    assert fit_temperature(logits, *labels) == pytest.approx(TEMPERATURES[0], rel=1e-3)


@pytest.mark.parametrize("texts", [[], ["123"], ["12345"]])
def test_fit_temperature_refuses_what_the_net_cannot_say(texts: list[str]) -> None:
    words = r"^give at least one number, and none of more than 2 digits$"
    long = torch.zeros(len(texts), 5, 10)
    with pytest.raises(ValueError, match=words):
        fit_temperature(Logits(torch.zeros(len(texts), 3), long), *encode(texts))
    for length in (None, torch.zeros(len(texts), 7)):  # more lengths than there are heads
        with pytest.raises(ValueError, match=words):
            fit_temperature(Logits(length, long[:, :2]), *encode(texts))


def test_the_longest_number_that_a_net_can_say_has_a_temperature() -> None:
    texts = encode(["12", "3"], max_digits=2)
    for length in (torch.randn(2, 3), None):
        assert fit_temperature(Logits(length, torch.randn(2, 2, 11)), *texts) > 0


@pytest.mark.parametrize("lowest", [0.07, 1.0, 3.0, 15.0])
def test_the_best_temperature_is_found_to_a_ten_thousandth(lowest: float) -> None:
    tried = []

    def loss(temperature: float) -> float:
        tried.append(temperature)
        return (math.log(temperature) - math.log(lowest)) ** 2

    assert abs(math.log(best_temperature(loss) / lowest)) < 1e-4
    assert TEMPERATURES[0] < min(tried) <= max(tried) < TEMPERATURES[1]


def test_the_best_temperature_is_within_its_range() -> None:
    assert best_temperature(lambda t: t) == pytest.approx(TEMPERATURES[0], rel=1e-4)
    assert best_temperature(lambda t: -t) == pytest.approx(TEMPERATURES[1], rel=1e-4)
