"""The rows of which tables of convolution blocks are made, as frozen records.

A row says everything about its layers, so that an architecture can be read, compared and stored as
data. `backbones` makes layers of them; nothing here needs PyTorch.
"""

from dataclasses import dataclass
from typing import Any

from svhn_lib.models.fields import check_fields


@dataclass(frozen=True)
class Conv:
    """Convolution, batch norm, ReLU, pooling, dropout, in this order unless the row says otherwise.

    As with TensorFlow's 'SAME', an even kernel has its odd row and column of zeros below and to the
    right, and the pooling keeps what is left over at the end of an odd map.

    Attributes:
        channels: that come out.
        kernel: side of the kernel in pixels.
        stride: of the convolution in pixels.
        pool: stride of a 2x2 pooling, 0 for none.
        pool_padding: of the pooling in pixels.
        dropout: after the pooling.
        norm: batch norm.
        bias: of the convolution.
        padded: zeros around the map keep its size; without, it loses kernel - 1 pixels.
        dropout_first: dropout before the pooling.
        input_dropout: before the convolution.
        norm_last: batch norm after the ReLU.
        norm_momentum: weight of a new batch in the norm's running mean and variance.
        relu: whether there is a ReLU.
        average: the pooling takes the mean in place of the maximum.

    Example:
        >>> Conv(16, pool=2).kernel
        3
    """

    channels: int
    kernel: int = 3
    stride: int = 1
    pool: int = 0
    pool_padding: int = 0
    dropout: float = 0.0
    norm: bool = True
    bias: bool = True
    padded: bool = True
    dropout_first: bool = False
    input_dropout: float = 0.0
    norm_last: bool = False
    norm_momentum: float = 0.1
    relu: bool = True
    average: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


def conv_relu_pool(channels: int, kernel: int, **changes: Any) -> Conv:
    """Return a row of convolution, ReLU and 2x2 pooling, as before there was batch norm.

    Args:
        channels: that come out.
        kernel: side of the kernel in pixels.
        changes: other fields of `Conv`.

    Example:
        >>> conv_relu_pool(32, 5).pool, conv_relu_pool(32, 5).norm
        (2, False)
    """
    return Conv(channels, kernel, **{"pool": 2, "norm": False, **changes})


@dataclass(frozen=True)
class Residual:
    """Two 3x3 convolutions with batch norm beside a shortcut (He et al. 2016, figure 2).

    Attributes:
        channels: that come out.
        stride: of the first convolution, and of the shortcut, in pixels.

    Example:
        >>> Residual(8, stride=2)
        Residual(channels=8, stride=2)
    """

    channels: int
    stride: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


Block = Conv | Residual
