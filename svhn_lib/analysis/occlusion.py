"""Where in a picture the evidence for each digit lies, by covering one window after another."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from svhn_lib.analysis.features import check_heads
from svhn_lib.labels import DIGITS
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.inference import evaluation_mode

_WINDOW, _STRIDE, _BLUR = 3 / 16, 1 / 16, 1 / 6  # of the picture's sides
_LEAST, _AT_ONCE = 1e-3, 64  # of the log-odds: what is less is rounding; windows at a time


def saliency(net: NumberNet, picture: Tensor, number: str | None) -> NDArray[np.float32]:
    """Find where in a picture the evidence for each digit of a number lies.

    Occlusion (Zeiler and Fergus 2014, section 4.2): a window is moved over the picture; what it
    covers is blurred, which takes strokes away and adds no edge. A map holds by how much that
    lowers the log-odds of its digit, the mean over all windows that cover a pixel, and is scaled
    to its maximum; what raises them counts as 0. Nothing is assumed about the net, unlike by
    Grad-CAM, whose mean over a map forgets the places that fully connected layers know.

    Args:
        net: with a head for each digit.
        picture: uint8 (C, H, W), C = 1 or 3.
        number: whose evidence is asked for; None for no number.

    Returns:
        float32 (K, H, W), 0 to 1, for the K digits of the number.

    Raises:
        ValueError: the number is longer than the net can say, or the net writes token by token.
        ImportError: captum is not installed.

    Example:
        >>> from svhn_lib import load_model
        >>> picture = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
        >>> saliency(load_model("compact"), picture, "25").shape
        (2, 32, 32)
    """
    check_heads(net, "saliency of its digits")
    height, width = picture.shape[1:]
    if not number:
        return np.zeros((0, height, width), np.float32)
    if len(number) > net.config.max_digits:
        raise ValueError(f"{net.config.name} says at most {net.config.max_digits} digits: {number}")
    given = picture[None].float()
    window, stride = (
        (len(picture), max(1, round(share * height)), max(1, round(share * width)))
        for share in (_WINDOW, _STRIDE)
    )
    with evaluation_mode(net):
        falls = _occlusion(net, given.to(net.device), number, window, stride)
    maps = falls[:, 0].clamp(min=0).cpu().numpy()  # the channels are covered together
    highest = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, highest, out=np.zeros_like(maps), where=highest > _LEAST)


def _occlusion(
    net: NumberNet, given: Tensor, number: str, window: tuple[int, ...], stride: tuple[int, ...]
) -> Tensor:
    """Falls of the log-odds of K digits where a picture (1, C, H, W) is blurred: (K, C, H, W)."""
    try:
        from captum.attr import Occlusion
    except ImportError as error:
        raise ImportError("saliency maps need captum: pip install 'svhn_lib[analysis]'") from error
    found: Tensor = Occlusion(lambda pictures: _log_odds(net, pictures, number)).attribute(
        given, window, stride, _blurred(given), perturbations_per_eval=_AT_ONCE
    )
    return found


def _log_odds(net: NumberNet, pictures: Tensor, number: str) -> Tensor:
    """Log-odds of each digit of a number at its position against the other nine, (N, K).

    Unlike a probability they do not stand still near 1: sure digits have evidence to lose, too.
    """
    classes = torch.tensor([int(digit) for digit in number], device=pictures.device)
    logits = net(pictures).digits.float()[:, : len(number), :DIGITS]  # (N, K, 10)
    chosen = torch.zeros_like(logits[0], dtype=torch.bool).scatter(1, classes[:, None], True)
    others = logits.masked_fill(chosen, -torch.inf).logsumexp(dim=2)
    return logits[:, chosen] - others


def _blurred(given: Tensor) -> Tensor:
    """A picture (1, C, H, W) with its strokes blurred away."""
    array = given[0].permute(1, 2, 0).cpu().numpy()
    soft = cv2.GaussianBlur(array, (0, 0), _BLUR * max(given.shape[2:]))
    soft = soft.reshape(array.shape)  # OpenCV drops a single channel
    return torch.from_numpy(soft).permute(2, 0, 1)[None].to(given.device)
