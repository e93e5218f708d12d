"""Whichever way a net needs is taken: answers, boxes and temperatures by heads and by decoders."""

import pytest
import torch
from torch import Tensor

from svhn_lib.labels import END, START, encode, encode_tokens
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv
from svhn_lib.models.boxes import box_edges
from svhn_lib.reading.answers import answer, fitted_temperature, read_and_locate
from svhn_lib.reading.beam import beam_search
from svhn_lib.reading.decoding import answers_of, fit_temperature, most_probable
from svhn_lib.reading.inference import predict
from svhn_lib.reading.record import Answer

KINDS = ("lstm", "attention")


def texts_of(answer: Answer) -> list[str]:
    """The candidates as texts, '' for no number."""
    return [number or "" for number, _ in answer.candidates]


def tiny(kind: str, **changes: object) -> zoo.NumberNet:
    torch.manual_seed(0)
    return zoo.create_model(
        f"compact-{kind}", size=(16, 32), backbone=(Conv(8, stride=4),), units=16, embedding=8,
        **({"hidden": (16,)} if kind == "lstm" else {}), **changes,
    )  # fmt: skip


def sharp(kind: str) -> zoo.NumberNet:
    """One that is far from undecided, so that a narrow beam misses what a wide one finds."""
    net = tiny(kind).eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in net.head.decoder.parameters():
            parameter.copy_(2 * torch.randn_like(parameter))
        net.head.decoder.tokens.bias[END] -= 2  # long numbers, of which there are many
    return net


def parallel(name: str = "compact", **changes: object) -> zoo.NumberNet:
    """A small net with a head for each digit, whose temperature is not 1."""
    torch.manual_seed(1)
    net = zoo.create_model(name, size=(16, 32), backbone=(Conv(8, stride=4),), **changes)
    with torch.no_grad():
        for parameter in net.parameters():  # far from undecided, so that temperatures matter
            parameter.mul_(2)
    net.figures["temperature"] = 1.7
    return net.eval()


def pictures(count: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(
        0, 256, (count, *(shape or (3, 16, 32))), dtype=torch.uint8, generator=generator
    )


@pytest.fixture
def passes(monkeypatch):
    """How many pictures went through nets at once, and with how many threads: one pair per pass."""
    seen, threads = [], [2]  # as it is told: real ones would not outlive a fork
    features = zoo.NumberNet.features

    def noted(self, pictures):
        seen.append((len(pictures), threads[-1]))
        return features(self, pictures)

    monkeypatch.setattr(zoo.NumberNet, "features", noted)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads[-1])
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    return seen


def test_heads_for_each_digit_are_decoded_exactly_at_the_net_s_own_temperature():
    net, asked = parallel(), pictures(3)
    logits = predict(net, asked)
    assert answer(net, asked) == answers_of(logits, 1, 1.7) != answers_of(logits, 1, 1.0)
    assert answer(net, asked, 4) == answers_of(logits, 4, 1.7)
    assert answer(net, asked, 4, 0.5) == answers_of(logits, 4, 0.5)
    assert [len(one.candidates) for one in answer(net, asked)] == [1, 1, 1]


def test_views_of_a_number_are_averaged_by_heads_and_refused_by_decoders():
    net, views = parallel(), pictures(2, 3, 3, 16, 32)
    assert answer(net, views) == answers_of(predict(net, views), 1, 1.7)
    for kind in KINDS:
        with pytest.raises(ValueError, match=f"^compact-{kind} writes token by token, so that"):
            answer(tiny(kind), views)
        assert answer(tiny(kind), views[:, :1], 2) == answer(tiny(kind), views[:, 0], 2)
    assert answer(net, views[:, :1]) == answer(net, views[:, 0])
    with pytest.raises(ValueError, match=r"^no pictures to read: give at least one$"):
        answer(tiny("lstm"), views[:0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_beam_is_as_wide_as_it_is_asked_to_be_and_as_its_candidates_need(kind):
    net, asked = sharp(kind), pictures(4)
    net.figures["temperature"] = 3.0

    def beam(temperature, width, count, max_digits=5):
        decoder, features = net.head.decoder, net.features(asked)
        return beam_search(
            decoder, features, width=width, count=count, max_digits=max_digits,
            temperature=temperature,
        )  # fmt: skip

    with torch.inference_mode():
        usual, wider, wide = beam(3.0, 5, 5), beam(3.0, 6, 5), beam(3.0, 9, 9)
        narrow, cold = beam(3.0, 1, 1), beam(0.8, 5, 5)
    assert answer(net, asked, 5) == usual != wider
    assert answer(net, asked, 5, width=6) == wider
    assert answer(net, asked, 9) == wide
    assert answer(net, asked, width=1) == narrow
    assert answer(net, asked, 5, 0.8) == cold != usual
    assert [len(one.candidates) for one in answer(net, asked)] == [1] * 4


def test_no_number_is_longer_than_the_decoder_was_made_for():
    net = tiny("attention", max_digits=2).eval()
    with torch.no_grad():
        net.head.decoder.tokens.bias[END] = -100  # never wants to end
    for one in answer(net, pictures(3), 100):
        assert {len(text) for text in texts_of(one)} == {0, 1, 2}


@pytest.mark.parametrize("net", [*KINDS, "compact", "joint"])
def test_so_many_pictures_at_once_and_one_thread_for_few(net, passes):
    def read(count, **options):
        passes.clear()
        if net == "joint":
            read_and_locate(boxed(), pictures(count), **options)
        else:
            answer(tiny(net) if net in KINDS else parallel(), pictures(count), **options)
        return list(passes)

    assert read(257) == [(256, 2), (1, 2)]
    assert read(20, batch=8) == [(8, 1), (8, 1), (4, 1)]
    assert read(3) == [(3, 1)]
    assert torch.get_num_threads() == 2


def boxed() -> zoo.NumberNet:
    """A small net that says where the number is."""
    torch.manual_seed(2)
    net = zoo.create_model("joint", size=(32, 64), backbone=(Conv(8, stride=4),))
    net.figures["temperature"] = 0.6
    return net.eval()


def test_a_number_and_its_box_come_from_one_look():
    net, asked = boxed(), pictures(5, 1, 64, 64)
    logits = predict(net, asked)
    answers, boxes = read_and_locate(net, asked)
    assert answers == most_probable(logits, 0.6)
    assert torch.equal(boxes, box_edges(logits.box))
    assert read_and_locate(net, asked, 2.0)[0] == most_probable(logits, 2.0) != answers
    with pytest.raises(
        ValueError, match=r"^compact has no box head: it cannot say where the number is$"
    ):
        read_and_locate(parallel(), asked)


def test_the_temperature_of_heads_is_that_of_their_logits(passes):
    net, asked = parallel(), pictures(30)
    labels = encode(["7", "20", None] * 10)
    assert fitted_temperature(net, asked, *labels) == fit_temperature(predict(net, asked), *labels)
    passes.clear()
    fitted_temperature(net, asked, *labels, batch=20)
    assert [count for count, _ in passes] == [20, 10]


@pytest.mark.parametrize("kind", KINDS)
def test_the_temperature_of_a_decoder_makes_true_tokens_most_probable(kind, passes):
    """Against a search among many, with the loss written out."""
    net, asked = sharp(kind), pictures(12)
    said = [one.candidates for one in answer(net, asked, 3)]
    texts = [some[place % 3 == 2][0] for place, some in enumerate(said)]  # a third is wrong
    texts[5] = "0"
    with torch.no_grad():
        for parameter in net.head.decoder.tokens.parameters():
            parameter.mul_(0.2)  # or the best temperature would be out of range
    lengths, digits = encode(texts)
    net.train()
    passes.clear()
    found = fitted_temperature(net, asked, lengths, digits, batch=5)
    assert [count for count, _ in passes] == [5, 5, 2]
    assert net.training

    given, true = encode_tokens(lengths, digits)
    with torch.no_grad():
        logits = net.eval()(asked, given).tokens.double()

    def loss(temperature: float) -> float:
        scores = (logits / temperature).log_softmax(dim=2)
        return -sum(
            scores[row, place, token].item()
            for row, tokens in enumerate(true.tolist())
            for place, token in enumerate(tokens)
            if token >= 0
        )

    assert 0.06 < found < 15
    assert loss(found) <= min(loss(found * factor) for factor in (0.98, 1.02))


def test_batches_of_256_are_the_usual_for_a_temperature(passes):
    for net in (parallel(), sharp("lstm")):
        passes.clear()
        fitted_temperature(net, pictures(257), *encode(["1"] * 257))
        assert [count for count, _ in passes] == [256, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_net_answers_as_its_beam_does_in_any_batch(kind):
    net = tiny(kind)
    pictures = torch.randint(0, 256, (5, 3, 16, 32), dtype=torch.uint8)
    answers = answer(net, pictures, 3, batch=2)
    assert net.training
    net.eval()
    beams = beam_search(net.head.decoder, net.features(pictures), width=5, count=3)
    for said, beam in zip(answers, beams, strict=True):
        assert texts_of(said) == texts_of(beam)
        assert said.candidates[0] == (said.number, said.probability)
        assert len(said.digit_probabilities) == len(said.number or "")
    with pytest.raises(ValueError, match="no pictures"):
        answer(net, pictures[:0])


def test_the_temperature_undoes_a_known_factor():
    net = tiny("attention").eval()
    pictures = torch.randint(0, 256, (400, 3, 16, 32), dtype=torch.uint8)
    with torch.no_grad():
        net.head.decoder.tokens.weight.mul_(8)
    # Numbers drawn from the net itself are calibrated by definition.
    generator = torch.Generator().manual_seed(0)
    state = net.head.decoder.begin(net.features(pictures))
    tokens, texts, open_ = torch.full((400,), START), [""] * 400, [True] * 400
    for _ in range(5):
        scores, _, state = net.head.decoder.step(tokens, state)
        scores[:, START] = -torch.inf
        tokens = torch.multinomial(scores.softmax(1), 1, generator=generator)[:, 0]
        for row, token in enumerate(tokens.tolist()):
            open_[row] &= token != END
            texts[row] += str(token) if open_[row] else ""
    whole = torch.tensor([len(text) < 5 for text in texts])  # others were cut off
    labels = encode([text for text in texts if len(text) < 5])
    before = fitted_temperature(net, pictures[whole], *labels)
    with torch.no_grad():
        net.head.decoder.tokens.weight.mul_(3)
        net.head.decoder.tokens.bias.mul_(3)
    assert fitted_temperature(net, pictures[whole], *labels) == pytest.approx(3 * before, rel=1e-3)
