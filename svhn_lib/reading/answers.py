"""Pictures to numbers with probabilities by any net: parallel heads exactly, decoders by beam.

How logits become numbers is in `decoding`, how tokens do in `beam`; here is which a net needs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from svhn_lib.labels import encode_tokens
from svhn_lib.models.boxes import box_edges
from svhn_lib.models.decoders import TokenHead
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.beam import beam_search
from svhn_lib.reading.decoding import (
    answers_of,
    best_temperature,
    fit_temperature,
    most_probable,
)
from svhn_lib.reading.inference import evaluation_mode, predict
from svhn_lib.reading.record import ONE_VIEW_ONLY, Answer
from svhn_lib.reading.threads import threads_for

BEAM_WIDTH = 5


def answer(
    model: NumberNet,
    pictures: Tensor,
    count: int = 1,
    temperature: float | None = None,
    *,
    width: int = BEAM_WIDTH,
    batch: int = 256,
) -> list[Answer]:
    """Return the most probable number of each of N pictures, with `count` candidates.

    Candidates are exact for parallel heads, and those of the beam for decoders.

    Args:
        model: in any mode; it reads in evaluation mode, and its mode is left as it was.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W); several views of each number,
            (N, V, 3, H, W), are averaged, which decoders cannot.
        count: candidates of each number.
        temperature: that logits are divided by; None for the one that was fitted to the net.
        width: of a decoder's beam; parallel heads need none.
        batch: pictures that go through the net at once.

    Raises:
        ValueError: there is no picture, there are several views of one for a decoder, or a count,
            width or temperature that cannot be.

    Example:
        >>> import torch
        >>> from svhn_lib.models.zoo import load_model
        >>> from svhn_lib.reading.answers import answer
        >>> grey = torch.full((2, 1, 64, 64), 128, dtype=torch.uint8)
        >>> [len(one.candidates) for one in answer(load_model("compact"), grey, count=3)]
        [3, 3]
    """
    temperature = model.temperature if temperature is None else temperature
    head = model.head
    if pictures.ndim == 5 and pictures.shape[1] == 1:
        pictures = pictures[:, 0]
    if not isinstance(head, TokenHead):
        return answers_of(predict(model, pictures, batch), count, temperature)
    if len(pictures) == 0:
        raise ValueError("no pictures to read: give at least one")
    if pictures.ndim == 5:
        raise ValueError(f"{model.config.name} {ONE_VIEW_ONLY}")
    answers: list[Answer] = []
    with evaluation_mode(model), threads_for(min(len(pictures), batch)):
        for part in pictures.split(batch):
            answers += beam_search(
                head.decoder,
                model.features(part.to(model.device)),
                width=max(width, count),
                count=count,
                max_digits=model.config.max_digits,
                temperature=temperature,
            )
    return answers


def read_and_locate(
    model: NumberNet, pictures: Tensor, temperature: float | None = None, batch: int = 256
) -> tuple[list[Answer], Tensor]:
    """Return the most probable number of each of N pictures, and the box where it stands.

    Args:
        model: a net with a box head, such as 'joint'; in any mode.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W), whole ones.
        temperature: that logits are divided by; None for the one that was fitted to the net.
        batch: pictures that go through the net at once.

    Returns:
        Answers, and float32 (N, 4): left, top, right, bottom in pixels of the pictures.

    Raises:
        ValueError: there is no picture, or the net has no box head.

    Example:
        >>> import torch
        >>> from svhn_lib.models import create_model
        >>> from svhn_lib.reading.answers import read_and_locate
        >>> dark = torch.zeros(2, 1, 128, 256, dtype=torch.uint8)
        >>> answers, boxes = read_and_locate(create_model("joint"), dark)
        >>> len(answers), boxes.shape
        (2, torch.Size([2, 4]))
    """
    if model.config.box is None:
        raise ValueError(f"{model.config.name} has no box head: it cannot say where the number is")
    logits = predict(model, pictures, batch)
    assert logits.box is not None  # as the config says
    temperature = model.temperature if temperature is None else temperature
    return most_probable(logits, temperature), box_edges(logits.box)


def fitted_temperature(
    model: NumberNet, pictures: Tensor, lengths: Tensor, digits: Tensor, batch: int = 256
) -> float:
    """Return the temperature under which the true numbers of N pictures are most probable.

    See `decoding.fit_temperature`; a decoder is given the true tokens.

    Args:
        model: of any kind.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W), that the net was not trained on.
        lengths: of their true numbers, int64 (N,).
        digits: of their true numbers, int64 (N, up to D).
        batch: pictures that go through the net at once.

    Raises:
        ValueError: there is no picture, or a number longer than the net can say.

    Example:
        >>> import torch
        >>> from svhn_lib import encode, load_model
        >>> pictures = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
        >>> fitted_temperature(load_model("compact"), pictures, *encode(["1", "23"])) > 0
        True
    """
    if not isinstance(model.head, TokenHead):
        return fit_temperature(predict(model, pictures, batch), lengths, digits)
    given, answers = encode_tokens(lengths, digits)
    with evaluation_mode(model):
        parts = [
            model(part.to(model.device), tokens.to(model.device)).tokens.cpu().double()
            for part, tokens in zip(pictures.split(batch), given.split(batch), strict=True)
        ]
    logits, counted = torch.cat(parts), answers >= 0

    def loss(temperature: float) -> float:
        scores = (logits / temperature).log_softmax(dim=2)
        picked = scores.gather(2, answers.clamp(min=0)[:, :, None])[:, :, 0]
        return float(-picked[counted].sum() / len(logits))

    return best_temperature(loss)
