"""Where the number is: heads that give the box of the whole number beside its digits.

Both give centre and size in pixels of the net's own pictures; `net` turns them into those of the
pictures that it was given.
"""

import torch
from torch import Tensor, nn

from svhn_lib.models.heads import fully_connected


def box_edges(box: Tensor) -> Tensor:
    """Return left, top, right, bottom of boxes (N, 4) of centre x and y, width and height.

    Example:
        >>> box_edges(torch.tensor([[24.0, 31.0, 32.0, 42.0]])).tolist()
        [[8.0, 10.0, 40.0, 52.0]]
    """
    centre, half = box[:, :2], box[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=1)


class RegressedBox(nn.Module):
    """Fully connected layers on all features, the last of which gives the four numbers.

    Marek 2017: what is learnt at one place of a picture is not known at another.
    """

    def __init__(
        self,
        features: tuple[int, int, int],
        size: tuple[int, int],
        *,
        hidden: tuple[int, ...],
        dropout: float,
    ) -> None:
        """Make the layers for features (C, H, W); the other values are those of `BoxConfig`.

        `size` is that of `ModelConfig`; the layers learn the pixels by themselves.
        """
        super().__init__()
        channels, height, width = features
        flat = channels * height * width
        self.layers = nn.Sequential(
            nn.Flatten(),
            *fully_connected(flat, hidden, dropout),
            nn.Linear((flat, *hidden)[-1], 4),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return centre x and y, width and height, (N, 4), of features (N, C, H, W)."""
        found: Tensor = self.layers(features)
        return found


class VotedBox(nn.Module):
    """Every place of the feature map votes where the four edges are; attention weighs the votes.

    An edge is the mean of the votes, each the place's own position and an offset, weighted by a
    softmax over all places: a soft-argmax (Sun et al. 2018, section 2.1, for joints of a body) with
    offsets. The same 1x1 convolution serves all places, so what is learnt at one is known at all.
    """

    def __init__(self, features: tuple[int, int, int], size: tuple[int, int]) -> None:
        """Make the convolution for features (C, H, W) of pictures of `size` pixels."""
        super().__init__()
        channels, height, width = features
        self.vote = nn.Conv2d(channels, 8, 1)
        self.step = size[0] / height, size[1] / width  # pixels from place to place

    def forward(self, features: Tensor) -> Tensor:
        """Return centre x and y, width and height, (N, 4), of features (N, C, H, W)."""
        attention, votes = self.votes(features)
        left, top, right, bottom = (attention * votes).sum(dim=(2, 3)).unbind(dim=1)
        return torch.stack(
            [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top], dim=1
        )

    def votes(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return how much each place is attended to, and where it sees each edge.

        Args:
            features: (N, C, H, W).

        Returns:
            Attention (N, 4, H, W), which adds up to 1 over all places, for left, top, right and
            bottom edge, and the places' votes (N, 4, H, W) in pixels; both float32.
        """
        scores, offsets = self.vote(features).float().chunk(2, dim=1)
        height, width = scores.shape[2:]
        attention = scores.flatten(2).softmax(dim=2).view_as(scores)
        rows = (torch.arange(height, device=scores.device) + 0.5)[:, None].expand(height, width)
        columns = (torch.arange(width, device=scores.device) + 0.5).expand(height, width)
        places = torch.stack([columns, rows, columns, rows])
        down, across = self.step
        return attention, (places + offsets) * scores.new_tensor([across, down, across, down]).view(
            4, 1, 1
        )
