"""The networks of Almenningen 2017: SVHN's single digits, centred canvases, and house numbers.

None of them has a length head: the class blank ends a number.
"""

from svhn_lib.models.blocks import conv_relu_pool
from svhn_lib.models.config import ModelConfig, ParallelConfig

ROWS = (
    # Published with every pixel standardised over the training set; here 0-255 becomes -1 to 1.
    ModelConfig(
        name="almenningen2017-digit",
        source="Almenningen 2017, SVHN's single digits",
        size=(32, 32),
        grey=True,
        backbone=(conv_relu_pool(32, 5), conv_relu_pool(64, 5, dropout=0.5)),
        head=ParallelConfig(hidden=(256,), lengths=0, classes=10),
        max_digits=1,
    ),
    ModelConfig(
        name="almenningen2017-canvas",
        source="Almenningen 2017, centred numbers: five heads with blank, no length",
        size=(64, 64),
        grey=True,
        backbone=(
            conv_relu_pool(16, 5, padded=False),
            conv_relu_pool(32, 5, padded=False),
            conv_relu_pool(64, 5, pool=0, padded=False, dropout=0.5),
        ),
        head=ParallelConfig(hidden=(64,), lengths=0),
    ),
    # The report's table has no pooling after its third convolution, unlike its formula.
    ModelConfig(
        name="almenningen2017-report",
        source="Almenningen 2017, house numbers, the net of the report of 8 January",
        size=(32, 32),
        grey=True,
        normalise="mean",  # published: of 0-255 without the division
        backbone=(
            conv_relu_pool(64, 5, input_dropout=0.1, dropout=0.25),
            conv_relu_pool(32, 3, dropout=0.25),
            conv_relu_pool(64, 3, pool=0, dropout=0.5),
        ),
        head=ParallelConfig(hidden=(128,), lengths=0),
    ),
    ModelConfig(
        name="almenningen2017",
        source="Almenningen 2017, house numbers, the final net of 19 January",
        size=(32, 32),
        grey=True,
        normalise="mean",
        backbone=(
            conv_relu_pool(32, 5, pool=0, input_dropout=0.1),
            conv_relu_pool(32, 5),
            conv_relu_pool(64, 5, pool=0),
            conv_relu_pool(64, 5, dropout=0.25),
            conv_relu_pool(128, 5, pool=0),
            conv_relu_pool(128, 5, pool=0),
            conv_relu_pool(128, 5, dropout=0.5),
        ),
        # Published: dropout after the first of the two layers only.
        head=ParallelConfig(hidden=(256, 256), dropout=0.5, lengths=0),
    ),
)
