"""Pictures to numbers with probabilities by any net: parallel heads exactly, decoders by beam.

How logits become numbers is in `decoding`, how tokens do in `beam`; here is which a net needs.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from svhn_lib.labels import encode_tokens
from svhn_lib.models.decoders import TokenHead
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.beam import Beam, beam_search
from svhn_lib.reading.decoding import (
    Prediction,
    best_temperature,
    candidates,
    fit_temperature,
    most_probable,
)
from svhn_lib.reading.inference import predict, reading

WIDTH = 5  # of the beam


class Answers(NamedTuple):
    """What a net reads on N pictures.

    Attributes:
        predictions: the most probable number of each.
        candidates: the most probable numbers of each, (text, probability), best first; exact for
            parallel heads, of those in the beam for decoders.
    """

    predictions: list[Prediction]
    candidates: list[list[tuple[str, float]]]


def answer(
    model: NumberNet,
    pictures: Tensor,
    count: int = 1,
    temperature: float = 1.0,
    *,
    width: int = WIDTH,
    batch: int = 256,
) -> Answers:
    """Read pictures uint8 (N, 3, H, W), in evaluation mode, and leave the mode as it was.

    Args:
        count: numbers of each picture to give.
        temperature: that logits are divided by.
        width: of a decoder's beam; parallel heads need none.

    Raises:
        ValueError: there is no picture, or a count, width or temperature that cannot be.
    """
    head = model.head
    if not isinstance(head, TokenHead):
        logits = predict(model, pictures, batch)
        return Answers(most_probable(logits, temperature), candidates(logits, count, temperature))
    if len(pictures) == 0:
        raise ValueError("no pictures to read: give at least one")
    beams: list[Beam] = []
    with reading(model):
        for part in pictures.split(batch):
            beams += beam_search(
                head.decoder,
                model.features(part.to(model.device)),
                width=max(width, count),
                best=count,
                max_digits=model.config.max_digits,
                temperature=temperature,
            )
    predictions = [Prediction(*beam.numbers[0], beam.digits) for beam in beams]
    return Answers(predictions, [beam.numbers for beam in beams])


def fitted_temperature(
    model: NumberNet, pictures: Tensor, lengths: Tensor, digits: Tensor, batch: int = 256
) -> float:
    """The temperature under which the true numbers of N pictures are most probable.

    See `decoding.fit_temperature`; a decoder is given the true tokens.
    """
    if not isinstance(model.head, TokenHead):
        return fit_temperature(predict(model, pictures, batch), lengths, digits)
    given, answers = encode_tokens(lengths, digits)
    with reading(model):
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
