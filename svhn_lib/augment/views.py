"""Random views of training pictures: windows around the number, a little turned, in other light.

A view is a window around the number, cut as people's crops are: square or clipped, tighter or
wider, turned and shifted. Digit boxes move with their digits; changes of colour alone are in
`colour`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.augment.draws import uniform
from svhn_lib.data.cutting.crops import GREY_WEIGHTS


@dataclass(frozen=True)
class AugmentSettings:
    """How far random views go; every range is drawn uniformly for each picture.

    Attributes:
        margin: added to the number's box, as a share of it, from and to.
        bars: share of views that are black beyond the number, above and below or all round.
        clipped: share of views that are cut as wide and as high as the number is.
        shift: of the window either way, as a share of its sides.
        loose: share of views around a box that stands off the number, as a detector or a hasty
            hand draws it: each side is moved on its own by -0.08 to 0.35 of a digit's height, and
            a third of these boxes are up to twice as wide besides.
        coarse: share of views with as few pixels as small pictures have: a half, a third or a
            quarter of the view's rows and columns.
        turn: degrees either way.
        shear: either way, as a share of the height.
        contrast: factor on the distance from the view's mean, from and to.
        brightness: added, up to this much either way, of 255.
        tint: change of each channel's gain either way.
        grey: share of views without colour.

    Example:
        >>> AugmentSettings(turn=0.0).margin
        (0.15, 0.45)
    """

    margin: tuple[float, float] = (0.15, 0.45)
    bars: float = 0.15
    clipped: float = 0.35
    shift: float = 0.06
    loose: float = 0.0
    coarse: float = 0.0
    turn: float = 6.0
    shear: float = 0.12
    contrast: tuple[float, float] = (0.6, 1.4)
    brightness: float = 30.0
    tint: float = 0.12
    grey: float = 0.12


HARD_VIEWS = AugmentSettings(
    margin=(0.1, 0.45), clipped=0.5, loose=0.3, coarse=0.2, turn=8.0, shear=0.16
)
"""Views for long runs: around boxes that stand off their numbers, and of very few pixels, too.

So the shipped weights learned last. A run of minutes reads fewer numbers with them.
"""


def number_boxes(boxes: Tensor, size: tuple[int, int], margin: float = 0.30) -> Tensor:
    """Return the box around all digits of each picture, (N, 4) in pixels.

    Args:
        boxes: (N, K, 4) in pixels, NaN where there is no digit.
        size: height and width of the pictures in pixels.
        margin: that a picture without any digit box is taken to be cut around its number with.

    Example:
        >>> boxes = torch.tensor([[[8.0, 10.0, 20.0, 50.0], [22.0, 12.0, 40.0, 52.0]]])
        >>> number_boxes(boxes, (64, 64)).tolist()
        [[8.0, 10.0, 40.0, 52.0]]
    """
    known = torch.isfinite(boxes).all(dim=2, keepdim=True)  # (N, K, 1)
    low = torch.where(known, boxes[..., :2], torch.inf).amin(dim=1)
    high = torch.where(known, boxes[..., 2:], -torch.inf).amax(dim=1)
    height, width = size
    rim = margin / (1 + margin) / 2
    guess = boxes.new_tensor([rim * width, rim * height, (1 - rim) * width, (1 - rim) * height])
    return torch.where(known.any(dim=1), torch.cat([low, high], dim=1), guess)


def random_views(
    pictures: Tensor,
    boxes: Tensor,
    size: tuple[int, int],
    generator: torch.Generator,
    settings: AugmentSettings | None = None,
) -> tuple[Tensor, Tensor]:
    """Return one random view of each picture.

    Args:
        pictures: uint8 (N, C, H, W), C = 1 or 3.
        boxes: float32 (N, K, 4) in pixels of them, NaN where there is none.
        size: height and width of the views in pixels.
        generator: that views are drawn from.
        settings: how far views go.

    Returns:
        Pictures (N, C, *size) of 0-255, float32, black outside the picture, and boxes in pixels of
        the views.

    Example:
        >>> pictures = torch.zeros(2, 3, 96, 96, dtype=torch.uint8)
        >>> boxes = torch.full((2, 5, 4), torch.nan)
        >>> random_views(pictures, boxes, (64, 64), torch.Generator())[0].shape
        torch.Size([2, 3, 64, 64])
    """
    settings = settings or AugmentSettings()
    height, width = pictures.shape[-2:]
    affine = _random_windows(boxes, (height, width), generator, settings)  # (N, 2, 3)
    # grid_sample wants source coordinates of -1..1
    scale = affine.new_tensor([2 / width, 2 / height])[:, None]
    theta = affine * scale - F.pad(affine.new_ones(2, 1), (2, 0))
    grid = F.affine_grid(theta, [len(pictures), pictures.shape[1], *size], align_corners=False)
    views = F.grid_sample(pictures.float(), grid, align_corners=False)
    if settings.coarse:
        views = _random_coarseness(views, generator, settings.coarse)
    views = _random_light(views, generator, settings)
    if settings.bars:
        kept = _random_bars(grid, number_boxes(boxes, (height, width)), (height, width), generator)
        barred = uniform(len(views), 0, 1, views, generator) < settings.bars
        views = views * (kept | ~barred[:, None, None])[:, None]
    return views, _move(boxes, affine, size)


def _random_bars(grid: Tensor, box: Tensor, size: tuple[int, int], rng: torch.Generator) -> Tensor:
    """Return which places of views (N, h, w) lie in the number's box or in a rim around it.

    So look crops of pictures that people have cut tightly before. The rim is up to 8 % of the box
    above and below; at the sides it is up to 80 % of its height, so that most keep what is there.
    """
    scale = box.new_tensor([2 / size[1], 2 / size[0]])
    low, high = box[:, :2] * scale - 1, box[:, 2:] * scale - 1  # in the grid's -1..1
    over = uniform(len(box), 0, 0.08, box, rng) * (high - low)[:, 1]
    side = uniform(len(box), 0, 0.8, box, rng) * (box[:, 3] - box[:, 1]) * scale[0]
    rim = torch.stack([side, over], dim=1)
    inside = (grid > (low - rim)[:, None, None]) & (grid < (high + rim)[:, None, None])
    return inside.all(dim=3)


def _random_windows(
    boxes: Tensor, size: tuple[int, int], rng: torch.Generator, settings: AugmentSettings
) -> Tensor:
    """Return transforms (N, 2, 3) from a view's coordinates of -1..1 to pixels of its picture."""
    box = number_boxes(boxes, size)
    if settings.loose:
        box = _random_looseness(box, rng, settings.loose)
    count = len(box)
    sides = (box[:, 2:] - box[:, :2]).clamp(min=2)  # (N, 2)
    square = sides.amax(dim=1, keepdim=True).expand_as(sides)
    clipped = uniform(count, 0, 1, box, rng) < settings.clipped
    window = torch.where(clipped[:, None], sides, square)
    window = window * (1 + uniform(count, *settings.margin, box, rng))[:, None]
    shift = torch.stack(
        [uniform(count, -settings.shift, settings.shift, box, rng) for _ in range(2)], dim=1
    )
    centre = (box[:, :2] + box[:, 2:]) / 2 + shift * window
    turn = torch.deg2rad(uniform(count, -settings.turn, settings.turn, box, rng))
    shear = uniform(count, -settings.shear, settings.shear, box, rng)
    cos, sin = turn.cos(), turn.sin()
    half = window / 2
    return torch.stack(
        [
            torch.stack([cos * half[:, 0], (shear * cos - sin) * half[:, 1], centre[:, 0]], dim=1),
            torch.stack([sin * half[:, 0], (shear * sin + cos) * half[:, 1], centre[:, 1]], dim=1),
        ],
        dim=1,
    )


def _random_coarseness(views: Tensor, rng: torch.Generator, share: float) -> Tensor:
    """Return views (N, C, H, W) of which a share have lost rows and columns, and are grainy."""
    size = (views.shape[2], views.shape[3])
    drawn = uniform(len(views), 0, 3 / share, views, rng)  # 0-1: a half, 1-2: a third, 2-3
    for factor in (2, 3, 4):
        chosen = ((drawn >= factor - 2) & (drawn < factor - 1)).nonzero()[:, 0]
        rows, columns = max(1, size[0] // factor), max(1, size[1] // factor)
        few = F.interpolate(views[chosen], (rows, columns), mode="area")
        grain = torch.randn(few.shape, generator=rng, device=rng.device).to(few.device)
        again = F.interpolate(few + 2 * grain, size, mode="bicubic", align_corners=False)
        views = views.index_copy(0, chosen, again)
    return views


def _random_looseness(box: Tensor, rng: torch.Generator, share: float) -> Tensor:
    """Return boxes (N, 4) of which a share stand off their numbers, or cut a little off them."""
    count = len(box)
    left, top, right, bottom = (uniform(count, -0.08, 0.35, box, rng) for _ in range(4))
    wider = uniform(count, -2.0, 1.0, box, rng).clamp(min=0)  # one box in three is wider
    at_left = uniform(count, 0, 1, box, rng)
    width, height = (box[:, 2:] - box[:, :2]).unbind(dim=1)
    tall = torch.minimum(height, 1.6 * width)  # a digit's height, of stacked ones too
    sides = torch.stack([-left, -top, right, bottom], dim=1) * tall[:, None]
    further = torch.stack([-at_left, 0 * at_left, 1 - at_left, 0 * at_left], dim=1)
    out = sides + further * (wider * width)[:, None]
    chosen = uniform(count, 0, 1, box, rng) < share
    return torch.where(chosen[:, None], box + out, box)


def _move(boxes: Tensor, affine: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the boxes around the moved corners of boxes (N, K, 4), in pixels of the views."""
    corners = boxes[..., [0, 1, 2, 1, 0, 3, 2, 3]].unflatten(-1, (4, 2))  # (N, K, 4, 2)
    # Unchecked: windows have an area, and a check would make a GPU wait for the CPU.
    inverse = torch.linalg.inv_ex(affine[:, :, :2]).inverse  # (N, 2, 2)
    moved = torch.einsum("nij,nkcj->nkci", inverse, corners - affine[:, None, None, :, 2])
    moved = (moved + 1) / 2 * moved.new_tensor([size[1], size[0]])
    return torch.cat([moved.amin(dim=2), moved.amax(dim=2)], dim=-1)


def _random_light(views: Tensor, rng: torch.Generator, settings: AugmentSettings) -> Tensor:
    """Return views (N, C, H, W) with another contrast, tint and brightness, some without colour."""
    count, channels = views.shape[:2]
    if channels == 3:
        grey = (views * views.new_tensor(GREY_WEIGHTS)[:, None, None]).sum(dim=1, keepdim=True)
        chosen = uniform(count, 0, 1, views, rng) < settings.grey
        views = torch.where(chosen[:, None, None, None], grey, views)
    middle = views.mean(dim=(1, 2, 3), keepdim=True)
    gain = uniform(count, *settings.contrast, views, rng)[:, None]
    tint = 1 + uniform(count * channels, -settings.tint, settings.tint, views, rng)
    gain = (gain * tint.view(count, channels))[..., None, None]
    offset = uniform(count, -settings.brightness, settings.brightness, views, rng)
    return (middle + (views - middle) * gain + offset[:, None, None, None]).clamp(0, 255)
