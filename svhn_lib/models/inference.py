"""Running a network over many pictures, in batches and without gradients."""

import torch
from torch import Tensor

from svhn_lib.models.heads import Logits
from svhn_lib.models.zoo import NumberNet


def predict(model: NumberNet, pictures: Tensor, batch: int = 256) -> Logits:
    """Logits of all pictures, float32 on the CPU; the model's mode is left as it was.

    Shape: pictures uint8 (N, 3, H, W), on any device.

    Raises:
        ValueError: there is no picture.
    """
    if len(pictures) == 0:
        raise ValueError("no pictures to read: give at least one")
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            parts = [_to_cpu(model(part.to(model.device))) for part in pictures.split(batch)]
    finally:
        model.train(was_training)
    return Logits(*(_join(fields) for fields in zip(*parts, strict=True)))


def _to_cpu(logits: Logits) -> Logits:
    return Logits(*(None if field is None else field.float().cpu() for field in logits))  # type: ignore[arg-type]


def _join(fields: tuple[Tensor | None, ...]) -> Tensor | None:
    return None if fields[0] is None else torch.cat([f for f in fields if f is not None])
