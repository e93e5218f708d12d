"""Running a network of PyTorch over many pictures, in batches and without gradients."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from svhn_lib.models.net import NumberNet
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.arrays import mean_over_views
from svhn_lib.reading.threads import threads_for


@contextmanager
def evaluation_mode(model: NumberNet) -> Iterator[None]:
    """Set the model to evaluation mode and without gradients; its mode is put back at the end.

    Example:
        >>> from svhn_lib.models import create_model
        >>> model = create_model("compact")
        >>> with evaluation_mode(model):
        ...     model.training
        False
        >>> model.training
        True
    """
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was_training)


def predict(model: NumberNet, pictures: Tensor, batch: int = 256) -> Logits:
    """Return the logits of all pictures, float32 on the CPU; the model's mode is left as it was.

    Args:
        model: with a head for each digit, on any device.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W), on any device; or several views of each
            number, (N, V, 3, H, W), whose logits are averaged: the log-probabilities of each head,
            but for a constant that a softmax takes away. Boxes, which stand elsewhere in each view,
            are left out.
        batch: pictures that go through the net at once.

    Raises:
        ValueError: there is no picture, or the net writes token by token.

    Example:
        >>> from svhn_lib.models import load_model
        >>> black = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
        >>> predict(load_model("compact"), black).digits.shape
        torch.Size([2, 5, 11])
    """
    if len(pictures) == 0:
        raise ValueError("no pictures to read: give at least one")
    if model.config.autoregressive:
        raise ValueError(f"{model.config.name} writes token by token: use svhn_lib.reading.answers")
    views = pictures.shape[1] if pictures.ndim == 5 else 1
    each = pictures.flatten(0, 1) if pictures.ndim == 5 else pictures
    with evaluation_mode(model), threads_for(min(len(each), batch)):
        parts = [model(part.to(model.device)) for part in each.split(batch)]
    joined = Logits(*(_joined(fields) for fields in zip(*parts, strict=True)))
    if views == 1:
        return joined
    means = mean_over_views(Logits(*(f if f is None else f.numpy() for f in joined)), views)
    return Logits(*(None if field is None else torch.from_numpy(field) for field in means))


def classify(model: NumberNet, pictures: Tensor, batch: int = 256) -> Tensor:
    """Return the probabilities of the digits 0-9, float32 (N, 10), by a net of single digits.

    The answer is the `argmax` over them; nets that read numbers are decoded by
    `svhn_lib.reading.decoding`.

    Args:
        model: a net that reads single digits, on any device.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W), on any device.
        batch: pictures that go through the net at once.

    Raises:
        ValueError: there is no picture, or the net reads numbers.

    Example:
        >>> import torch
        >>> from svhn_lib import create_model
        >>> digits = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
        >>> classify(create_model("marek2017-digit").eval(), digits).shape
        torch.Size([2, 10])
    """
    config = model.config
    if config.max_digits != 1 or config.autoregressive or config.has_blank:
        raise ValueError(f"{config.name} reads numbers, not single digits: decode its logits")
    return predict(model, pictures, batch).digits[:, 0].softmax(dim=1)


def _joined(fields: tuple[Tensor | None, ...]) -> Tensor | None:
    """Return one head's logits of all batches, on the CPU."""
    there = [field.float().cpu() for field in fields if field is not None]
    return torch.cat(there) if there else None
