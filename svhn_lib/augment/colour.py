"""Other colours for the same picture: photometric distortion and PCA colour, in batches.

Pictures keep their pixels' places; windows, turns and shifts are in `views` and `windows`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from svhn_lib.augment.draws import uniform


@dataclass(frozen=True)
class PhotometricSettings:
    """How far colours change; every value is drawn uniformly for each picture."""

    brightness: float = 32.0  # added, up to this much either way, of 255
    saturation: tuple[float, float] = (0.5, 1.5)  # factor on the S of HSV
    hue: float = 0.032  # turn of the H of HSV either way, 1 being the full circle
    contrast: tuple[float, float] = (0.5, 1.5)  # factor on the distance from the channel's mean


def photometric_distortion(
    pictures: Tensor, generator: torch.Generator, settings: PhotometricSettings | None = None
) -> Tensor:
    """Each picture with another brightness, saturation, hue and contrast.

    For half of the pictures, chosen at random, contrast changes before the colours, for the others
    after them: the ranges and the two orders of the program published with "Show and Tell"
    (Vinyals et al. 2016). Values are clipped to 0-255 after each step.

    Shape: pictures (N, 3, H, W) of 0-255, uint8 or float; gives float32 (N, 3, H, W) of 0-255.
    """
    settings = settings or PhotometricSettings()
    count = len(pictures)
    brightness = uniform(count, -settings.brightness, settings.brightness, pictures, generator)
    saturation = uniform(count, *settings.saturation, pictures, generator)
    hue = uniform(count, -settings.hue, settings.hue, pictures, generator)
    contrast = uniform(count, *settings.contrast, pictures, generator)
    first = uniform(count, 0, 1, pictures, generator) < 0.5
    pictures = adjust_brightness(pictures, brightness)
    pictures = adjust_contrast(pictures, torch.where(first, contrast, 1.0))
    pictures = adjust_colour(pictures, saturation, hue)
    return adjust_contrast(pictures, torch.where(first, 1.0, contrast))


def adjust_brightness(pictures: Tensor, offset: Tensor) -> Tensor:
    """Pictures (N, C, H, W) of 0-255 with `offset` (N,) added, clipped to 0-255, float32."""
    return (pictures.float() + offset[:, None, None, None]).clamp(0, 255)


def adjust_contrast(pictures: Tensor, factor: Tensor) -> Tensor:
    """Pictures (N, C, H, W) of 0-255, each channel stretched about its mean by `factor` (N,).

    Gives float32, clipped to 0-255.
    """
    pictures = pictures.float()
    mean = pictures.mean(dim=(2, 3), keepdim=True)  # (N, C, 1, 1)
    return (mean + (pictures - mean) * factor[:, None, None, None]).clamp(0, 255)


def adjust_colour(pictures: Tensor, saturation: Tensor, hue: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) of 0-255 in HSV: S times `saturation` (N,), H turned by `hue` (N,).

    S stays at most 1; a hue of 1 is the full circle. Gives float32 (N, 3, H, W) of 0-255. Grey
    pictures (N, 1, H, W) have neither, and stay as they are.
    """
    pictures = pictures.float()
    if pictures.shape[1] == 1:
        return pictures
    value, chroma, angle = _hexcone(pictures)  # each (N, H, W)
    factor = saturation[:, None, None]
    chroma = torch.minimum(chroma * factor, value)  # a saturation of 1 is the most there is
    angle = angle + 6 * hue[:, None, None]
    # Smith 1978: on the edge of the hexagon each channel is a trapezium of the angle.
    steps = [(start + angle) % 6 for start in (5, 3, 1)]
    return torch.stack(
        [value - chroma * torch.minimum(step, 4 - step).clamp(0, 1) for step in steps], dim=1
    )


def _hexcone(pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Value and chroma in the unit of the pictures, and hue in sixths of the circle."""
    value, place = pictures.max(dim=1)  # (N, H, W)
    chroma = value - pictures.amin(dim=1)
    red, green, blue = pictures.unbind(dim=1)
    size = chroma.clamp(min=1e-6)
    hues = torch.stack([(green - blue) / size, 2 + (blue - red) / size, 4 + (red - green) / size])
    return value, chroma, hues.gather(0, place[None])[0]


class ColourAxes(NamedTuple):
    """The directions in which the colours of a set vary.

    Attributes:
        vectors: float32 (3, 3); column i is a direction in RGB, of length 1, widest last.
        deviations: float32 (3,); standard deviation of the set's pixels along it, of 255.
    """

    vectors: Tensor
    deviations: Tensor


def colour_axes(pictures: Tensor) -> ColourAxes:
    """Principal axes of all pixels of a set, uint8 (N, 3, H, W): one fit for the training set.

    Grey pictures (N, 1, H, W) vary along one axis alone, from black to white.
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
    """Each picture with one random shift of colour, along the axes in which the set varies.

    Krizhevsky et al. 2012, section 4.1: the shift is the sum over the axes of vector times spread
    times a normal random value of deviation `strength`. Their spread is the variance of pixels of
    0-1; here it is the standard deviation, which has the unit of a pixel, so that `strength` is a
    share of how much the colours vary anyway.

    Shape: pictures (N, 3, H, W) of 0-255, uint8 or float; gives float32 (N, 3, H, W) of 0-255.
    """
    drawn = torch.randn(len(pictures), 3, generator=generator, device=generator.device)
    vectors, deviations = (part.to(pictures.device) for part in axes)
    shift = (strength * drawn.to(pictures.device) * deviations) @ vectors.T  # (N, 3)
    return (pictures.float() + shift[:, :, None, None]).clamp(0, 255)
