"""Other colours for the same picture: brightness, contrast, saturation and hue.

Pictures keep their pixels' places; windows and turns are in `views` and `windows`. Shifts along the
colours of a set are in `pca`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from svhn_lib.augment.draws import uniform


@dataclass(frozen=True)
class PhotometricSettings:
    """How far colours change; every value is drawn uniformly for each picture.

    Attributes:
        brightness: added, up to this much either way, of 255.
        saturation: factor on the S of HSV, from and to.
        hue: turn of the H of HSV either way, 1 being the full circle.
        contrast: factor on the distance from the channel's mean, from and to.

    Example:
        >>> PhotometricSettings(hue=0.0).brightness
        32.0
    """

    brightness: float = 32.0
    saturation: tuple[float, float] = (0.5, 1.5)
    hue: float = 0.032
    contrast: tuple[float, float] = (0.5, 1.5)


def photometric_distortion(
    pictures: Tensor, generator: torch.Generator, settings: PhotometricSettings | None = None
) -> Tensor:
    """Give each picture another brightness, saturation, hue and contrast.

    For half of the pictures, chosen at random, contrast changes before the colours, for the others
    after them: the ranges and the two orders of the program published with "Show and Tell"
    (Vinyals et al. 2016). Values are clipped to 0-255 after each step.

    Args:
        pictures: (N, 3, H, W) or grey (N, 1, H, W) of 0-255, uint8 or float.
        generator: that values are drawn from.
        settings: how far colours change.

    Returns:
        Pictures of the same shape of 0-255, float32.

    Example:
        >>> pictures = torch.full((2, 3, 8, 8), 100, dtype=torch.uint8)
        >>> photometric_distortion(pictures, torch.Generator().manual_seed(0)).shape
        torch.Size([2, 3, 8, 8])
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
    """Add `offset` (N,) to pictures (N, C, H, W) of 0-255; gives float32, clipped to 0-255.

    Example:
        >>> adjust_brightness(torch.full((1, 1, 1, 2), 250.0), torch.tensor([10.0])).tolist()
        [[[[255.0, 255.0]]]]
    """
    return (pictures.float() + offset[:, None, None, None]).clamp(0, 255)


def adjust_contrast(pictures: Tensor, factor: Tensor) -> Tensor:
    """Stretch each channel of pictures (N, C, H, W) of 0-255 about its mean by `factor` (N,).

    Gives float32, clipped to 0-255.

    Example:
        >>> adjust_contrast(torch.tensor([[[[90.0, 110.0]]]]), torch.tensor([2.0])).tolist()
        [[[[80.0, 120.0]]]]
    """
    pictures = pictures.float()
    mean = pictures.mean(dim=(2, 3), keepdim=True)  # (N, C, 1, 1)
    return (mean + (pictures - mean) * factor[:, None, None, None]).clamp(0, 255)


def adjust_colour(pictures: Tensor, saturation: Tensor, hue: Tensor) -> Tensor:
    """Multiply the S of HSV by `saturation` (N,), and turn its H by `hue` (N,).

    S stays at most 1; a hue of 1 is the full circle (Smith 1978, 'Color gamut transform pairs').

    Args:
        pictures: (N, 3, H, W) of 0-255; grey ones (N, 1, H, W) have neither, and stay as they are.
        saturation: factors.
        hue: turns.

    Returns:
        Pictures of the same shape of 0-255, float32.

    Example:
        >>> red = torch.tensor([200.0, 0.0, 0.0])[None, :, None, None]
        >>> adjust_colour(red, torch.tensor([1.0]), torch.tensor([1 / 3])).flatten().tolist()
        [0.0, 200.0, 0.0]
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
    """Return value and chroma in the unit of the pictures, and hue in sixths of the circle."""
    value, place = pictures.max(dim=1)  # (N, H, W)
    chroma = value - pictures.amin(dim=1)
    red, green, blue = pictures.unbind(dim=1)
    size = chroma.clamp(min=1e-6)
    hues = torch.stack([(green - blue) / size, 2 + (blue - red) / size, 4 + (red - green) / size])
    return value, chroma, hues.gather(0, place[None])[0]
