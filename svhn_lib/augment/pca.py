"""PCA colour: the axes in which a set's colours vary, and random shifts along them."""

from typing import NamedTuple

import torch
from torch import Tensor


class ColourAxes(NamedTuple):
    """The directions in which the colours of a set vary, as `colour_axes` finds them.

    Attributes:
        vectors: float32 (3, 3); column i is a direction in RGB, of length 1, widest last.
        deviations: float32 (3,); standard deviation of the set's pixels along it, of 255.

    Example:
        >>> ColourAxes(torch.eye(3), torch.ones(3)).deviations.tolist()
        [1.0, 1.0, 1.0]
    """

    vectors: Tensor
    deviations: Tensor


def colour_axes(pictures: Tensor) -> ColourAxes:
    """Return the principal axes of all pixels of a set: one fit for the training set.

    Args:
        pictures: uint8 (N, 3, H, W); grey ones (N, 1, H, W) vary along one axis alone, from black
            to white.

    Example:
        >>> grey = torch.tensor([90, 110], dtype=torch.uint8).view(1, 1, 1, 2)
        >>> [round(float(value), 2) for value in colour_axes(grey).deviations]
        [0.0, 0.0, 17.32]
    """
    total, squares = torch.zeros(3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    for block in pictures.split(256):  # float64 copies of the whole set would fill the memory
        pixels = block.expand(-1, 3, -1, -1).movedim(1, 0).flatten(1).double().cpu()  # (3, n H W)
        total += pixels.sum(dim=1)
        squares += pixels @ pixels.T
    count = pictures[:, 0].numel()
    mean = total / count
    variances, vectors = torch.linalg.eigh(squares / count - mean[:, None] * mean)
    return ColourAxes(vectors.float(), variances.clamp(min=0).sqrt().float())


def pca_colour(
    pictures: Tensor, axes: ColourAxes, generator: torch.Generator, strength: float = 0.1
) -> Tensor:
    """Shift the colours of each picture at random, along the axes in which the set varies.

    Krizhevsky et al. 2012, section 4.1: the shift is the sum over the axes of vector times spread
    times a normal random value of deviation `strength`. Their spread is the variance of pixels of
    0-1; here it is the standard deviation, which has the unit of a pixel, so that `strength` is a
    share of how much the colours vary anyway.

    Args:
        pictures: (N, 3, H, W) of 0-255, uint8 or float; grey ones (N, 1, H, W) get three channels.
        axes: of the training set.
        generator: that shifts are drawn from.
        strength: standard deviation of a shift, as a share of the set's along the same axis.

    Returns:
        Pictures (N, 3, H, W) of 0-255, float32.

    Example:
        >>> axes = ColourAxes(torch.eye(3), torch.ones(3))
        >>> pictures = torch.full((2, 3, 8, 8), 100, dtype=torch.uint8)
        >>> pca_colour(pictures, axes, torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 8, 8])
    """
    drawn = torch.randn(len(pictures), 3, generator=generator, device=generator.device)
    vectors, deviations = (part.to(pictures.device) for part in axes)
    shift = (strength * drawn.to(pictures.device) * deviations) @ vectors.T  # (N, 3)
    return (pictures.float() + shift[:, :, None, None]).clamp(0, 255)
