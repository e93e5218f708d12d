"""Finding the numbers of whole photos: any size, several numbers or none, however they stand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from svhn_lib.detection.cells import cells_of
from svhn_lib.detection.decoding import merged
from svhn_lib.detection.looking import Look, look
from svhn_lib.detection.pyramid import pyramid
from svhn_lib.detection.record import Found
from svhn_lib.runtime.choice import Backend, backend_for
from svhn_lib.runtime.onnx_net import OnnxNet, load_onnx

if TYPE_CHECKING:
    import torch

    from svhn_lib.models.net import PlaceNet

LEAST_CONFIDENCE = 0.05
"""Places that are less probable are not given."""
_LEAST_CONTRAST = 1.5  # deviation of a place's pixels, of 255: a blank wall has no number
_LEAST_LOGIT = -1.0  # of a cell; many weak ones together can make a number


class Localiser:
    """A trained net that finds numbers.

    A photo is looked at in several sizes, so that digits of 8 to 28 pixels in one of them are
    found; one of up to a quarter of a megapixel also at twice its size, one of more than 3.2
    megapixels at less than its own. So digits should be 4 pixels high or more in a small picture,
    and 16 or more in one of 12 megapixels.

    Attributes:
        net: the network; one of PyTorch in evaluation mode.

    Example:
        >>> Localiser().find(np.full((90, 120, 3), 128, np.uint8))
        []
    """

    def __init__(
        self,
        model: str | Path | PlaceNet = "localiser",
        device: str | torch.device | None = None,
        backend: Backend | None = None,
    ) -> None:
        """Load shipped weights by name, or a file.

        Args:
            model: name of shipped weights, a `*.safetensors` or `*.onnx` file, or a net.
            device: as PyTorch names it; None for whatever there is.
            backend: 'torch' or 'onnx'; None to choose, see `svhn_lib.runtime.backend_for`.

        Raises:
            FileNotFoundError: neither shipped weights nor a file are called so.
            ValueError: the file is damaged or not one of ours, its net does not find numbers, or
                there is no such device or runtime.
        """
        self.net: PlaceNet | OnnxNet
        self._maps: Look
        if isinstance(model, str | Path) and backend_for(model, device, backend) == "onnx":
            self.net = load_onnx(model)
            if not self.net.finds:
                raise _reads(model, self.net.config.name)
            self._maps = self.net.maps
        else:
            self.net, self._maps = _by_torch(model, device)

    def find(self, picture: NDArray[np.uint8], limit: int = 10) -> list[Found]:
        """Return where numbers are in a photo, best first; empty where there is none.

        Args:
            picture: RGB, uint8 (H, W, 3), any size.
            limit: at most so many.

        Raises:
            ValueError: it is no such picture.
        """
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise ValueError(f"a photo is uint8 (H, W, 3), not {picture.dtype} {picture.shape}")
        if 0 in picture.shape:
            raise ValueError("the photo has no pixels")
        temperature, bias = self.net.temperature, float(self.net.figures.get("bias", 0.0))
        parts = []
        for pixels, views in pyramid(picture):
            maps = look(self._maps, pixels)
            parts += [cells_of(maps, 0, view, _LEAST_LOGIT) for view in views]
        places = merged(parts, limit, temperature, bias)
        return [
            place
            for place in places
            if place.confidence >= LEAST_CONFIDENCE and _contrast(picture, place) >= _LEAST_CONTRAST
        ]

    def find_many(
        self, pictures: Iterable[NDArray[np.uint8]], limit: int = 10
    ) -> list[list[Found]]:
        """Return the places of several photos; each photo's do not depend on the others."""
        return [self.find(picture, limit) for picture in pictures]


def _by_torch(
    model: str | Path | PlaceNet, device: str | torch.device | None
) -> tuple[PlaceNet, Look]:
    """Return a network of PyTorch on its device, and what gives its maps."""
    from svhn_lib.models import PlaceNet, load_model
    from svhn_lib.settings import checked_device

    net = load_model(model) if isinstance(model, str | Path) else model
    if not isinstance(net, PlaceNet):
        raise _reads(model, net.config.name)
    from svhn_lib.detection.folded import folded, maps_by

    net = net.eval().to(checked_device(device))
    return net, maps_by(folded(net))


def _reads(model: object, name: str) -> ValueError:
    return ValueError(f"{model}: {name} reads numbers and finds none")


def _contrast(picture: NDArray[np.uint8], place: Found) -> float:
    """Return the standard deviation of the pixels in a box, of the channel that has the most."""
    left, top, right, bottom = np.clip(place.box, 0, [*picture.shape[1::-1]] * 2).astype(int)
    rows, columns = (max(1, side // 64) for side in (bottom - top, right - left))
    inside = picture[top : bottom + 1 : rows, left : right + 1 : columns].reshape(-1, 3)
    return float(inside.std(axis=0).max()) if len(inside) else 0.0
