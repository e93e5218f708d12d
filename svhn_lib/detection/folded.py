"""A net of PyTorch that finds numbers, made ready to run: norms folded away, arrays out."""

from __future__ import annotations

import copy
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from svhn_lib.detection.looking import Look
from svhn_lib.models.net import PlaceNet
from svhn_lib.models.outputs import Maps


def folded(net: PlaceNet) -> PlaceNet:
    """Return a copy of a net whose batch norms are part of the convolutions before them.

    It gives the same maps, but for rounding, in four fifths of the time.
    """
    net = copy.deepcopy(net).eval()
    for module in list(net.modules()):
        children = list(module.named_children())
        for (name, layer), (other, norm) in pairwise(children):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(layer, norm))
                setattr(module, other, nn.Identity())
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def maps_by(net: PlaceNet) -> Look:
    """Return a function that gives the maps of a canvas by a net, without gradients.

    Args:
        net: in evaluation mode, on any device.

    Example:
        >>> from svhn_lib.models import load_model
        >>> maps_by(load_model("localiser"))(np.full((64, 96, 3), 128, np.uint8)).score.shape
        (1, 16, 24)
    """
    return partial(_maps_of, net)


def _maps_of(net: PlaceNet, canvas: NDArray[np.uint8]) -> Maps:
    picture = torch.from_numpy(canvas).permute(2, 0, 1)[None].to(net.device)
    with torch.inference_mode():
        maps = net(picture)
    return Maps(*(field.cpu().numpy() for field in maps))
