"""Beam search against every number there is, on decoders small enough to ask for all of them."""

import itertools
import math

import pytest
import torch

from svhn_lib.labels import END, START, encode, encode_tokens
from svhn_lib.models.decoders import AttentionDecoder, LSTMDecoder, TokenHead
from svhn_lib.reading.beam import beam_search, greedy
from svhn_lib.reading.record import Answer

NUMBERS = ["".join(d) for n in range(6) for d in itertools.product("0123456789", repeat=n)]
KINDS = ("lstm", "attention")


def decoder(kind: str, seed: int = 0) -> LSTMDecoder | AttentionDecoder:
    torch.manual_seed(seed)
    if kind == "lstm":
        made = LSTMDecoder((2, 1, 3), hidden=(4,), embedding=3, units=4, dropout=0.5)
    else:
        made = AttentionDecoder((2, 1, 3), embedding=3, units=4, dropout=0.5)
    with torch.no_grad():
        for parameter in made.parameters():  # far from uniform, so that numbers differ
            parameter.mul_(4)
    return made.eval()


def texts_of(answer: Answer) -> list[str]:
    """The candidates as texts, '' for no number."""
    return [number or "" for number, _ in answer.candidates]


@pytest.fixture
def features() -> torch.Tensor:
    return torch.randn(2, 2, 1, 3, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def all_probabilities(made, features: torch.Tensor, temperature: float = 1.0) -> torch.Tensor:
    """P of each of NUMBERS for one picture, by the truth-fed decoder: (111,111)."""
    given, answers = encode_tokens(*encode(NUMBERS))
    repeated = features.expand(len(NUMBERS), -1, -1, -1)
    scores = (TokenHead(made, None)(repeated, given).tokens.double() / temperature).log_softmax(2)
    picked = scores.gather(2, answers.clamp(min=0)[:, :, None])[:, :, 0]
    return picked.masked_fill(answers < 0, 0).sum(dim=1).exp()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_a_beam_as_wide_as_there_are_numbers_finds_what_brute_force_finds(
    kind, temperature, features
):
    made = decoder(kind)
    beams = beam_search(made, features, width=100_000, count=20, temperature=temperature)
    for picture, beam in zip(features, beams, strict=True):
        probabilities = all_probabilities(made, picture[None], temperature)
        best = probabilities.argsort(descending=True, stable=True)[:20]
        assert texts_of(beam) == [NUMBERS[i] for i in best]
        found = torch.tensor([p for _, p in beam.candidates], dtype=torch.float64)
        torch.testing.assert_close(found, probabilities[best], rtol=1e-5, atol=1e-12)
        assert beam.other_probability == pytest.approx(1 - float(found.sum()), abs=1e-12)
        assert math.prod(beam.digit_probabilities) >= beam.probability


@pytest.mark.parametrize("kind", KINDS)
def test_all_numbers_together_are_a_distribution(kind, features):
    beam = beam_search(decoder(kind), features[:1], width=100_000, count=len(NUMBERS))[0]
    texts = texts_of(beam)
    assert len(set(texts)) == len(texts) == len(NUMBERS)
    total = sum(p for _, p in beam.candidates)
    assert total <= 1 + 1e-9
    # the start, and more than five digits
    assert beam.other_probability == pytest.approx(max(0, 1 - total))


@pytest.mark.parametrize("kind", KINDS)
def test_wider_beams_never_find_less(kind, features):
    made, before = decoder(kind, 3), -1.0
    for width in (1, 2, 5, 20):
        beam = beam_search(made, features[:1], width=width, count=1)[0]
        assert beam.probability >= before - 1e-12
        before = beam.probability


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_do_not_depend_on_each_other(kind):
    made, three = decoder(kind), torch.randn(3, 2, 1, 3, generator=torch.Generator().manual_seed(1))
    together = beam_search(made, three, width=4, count=3)
    alone = [beam_search(made, picture[None], width=4, count=3)[0] for picture in three]
    for one, other in zip(together, alone, strict=True):
        assert texts_of(one) == texts_of(other)
        expected = [probability for _, probability in other.candidates]
        assert [p for _, p in one.candidates] == pytest.approx(expected, rel=1e-5)


def test_equally_probable_numbers_come_in_the_order_of_their_digits(features):
    made = decoder("lstm")
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.zero_()
    found = beam_search(made, features, width=40, count=40)[1]
    assert texts_of(found) == NUMBERS[:40]
    assert [p for _, p in found.candidates] == pytest.approx(
        [12.0 ** -(len(number) + 1) for number in NUMBERS[:40]], rel=1e-12
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_length_power_ranks_by_score_over_tokens(kind, features):
    """Against all numbers; their probabilities stay what they are."""
    made = decoder(kind, 5)
    beams = beam_search(made, features, width=100_000, count=10, length_power=1.0)
    tokens = torch.tensor([len(number) + 1 for number in NUMBERS])
    for picture, beam in zip(features, beams, strict=True):
        probabilities = all_probabilities(made, picture[None])
        best = (probabilities.log() / tokens).argsort(descending=True)[:10]
        assert texts_of(beam) == [NUMBERS[i] for i in best]
        found = torch.tensor([p for _, p in beam.candidates], dtype=torch.float64)
        torch.testing.assert_close(found, probabilities[best], rtol=1e-5, atol=1e-12)
        assert len(beam.number or "") >= len(NUMBERS[probabilities.argmax()])


@pytest.mark.parametrize("kind", KINDS)
def test_a_narrow_beam_says_how_much_it_left_out(kind, features):
    made = decoder(kind, 2)
    beam = beam_search(made, features[:1], width=2, count=3)[0]
    probabilities = all_probabilities(made, features[:1])
    known = [float(probabilities[NUMBERS.index(text or "")]) for text, _ in beam.candidates]
    assert [p for _, p in beam.candidates] == pytest.approx(known)
    assert len(known) == 3
    assert beam.other_probability == pytest.approx(1 - sum(known))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_likeliest_token_and_is_never_better_than_a_beam(kind, seed, features):
    made = decoder(kind, seed)
    beams = beam_search(made, features, width=1, count=1)
    for row, (said, beam) in enumerate(zip(greedy(made, features), beams, strict=True)):
        state, token, expected, total = made.begin(features[row, None]), START, "", 1.0
        while token != END:
            scores, _, state = made.step(torch.tensor([token]), state)
            shares = scores[0].double().softmax(dim=0)
            allowed = shares.index_fill(0, torch.tensor([START]), -1)
            token = END if len(expected) == 5 else int(allowed.argmax())
            total *= shares[token].item()
            expected += "" if token == END else str(token)
        assert said.number == (expected or None)
        assert said.probability == pytest.approx(total, rel=1e-4)
        assert said.other_probability == 1 - said.probability
        assert len(said.digit_probabilities) == len(expected)
        assert beam.probability >= total - 1e-6
        assert (beam.number or "").startswith(expected) or expected.startswith(beam.number or "")


@pytest.mark.parametrize("max_digits", [1, 3, 8])
def test_numbers_have_any_length_up_to_the_most(max_digits, features):
    made = decoder("attention")
    with torch.no_grad():
        made.tokens.bias[END] = -100  # never wants to end
    for beam in greedy(made, features, max_digits=max_digits):
        assert len(beam.number or "") == len(beam.digit_probabilities) == max_digits
    for beam in beam_search(made, features, width=2, count=100, max_digits=max_digits):
        found = [len(text) for text in texts_of(beam)]
        assert [found.count(length) for length in range(max_digits + 2)] == (
            [1] + [2] * max_digits + [0]
        )


@pytest.mark.parametrize("wrong", [{"width": 0}, {"count": 0}, {"temperature": 0.0}])
def test_what_cannot_be_is_refused(wrong, features):
    with pytest.raises(ValueError, match="width"):
        beam_search(decoder("lstm"), features, **wrong)
    with pytest.raises(ValueError, match="temperature must be above 0"):
        greedy(decoder("lstm"), features, temperature=-1.0)
