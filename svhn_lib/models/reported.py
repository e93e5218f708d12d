"""What is reported about the networks of the zoo and what they reached here, each with its metric.

Sources measure different things and call all of them accuracy: the metric says what was counted.
"""

from typing import NamedTuple


class Figure(NamedTuple):
    """A share between 0 and 1, and what it is the share of."""

    value: float
    metric: str


_PICTURES = "whole numbers, uncropped SVHN test pictures, which also chose the net"

REPORTED = {
    "goodfellow2014": Figure(
        0.8921,
        "whole numbers by blanks alone (no length head), a tenth of SVHN train held out; "
        "0.9565 of the test set when trained on extra too",
    ),
    "li2017": Figure(
        0.9634,
        "tokens, the end included, each with the true ones before it at hand, of a validation set",
    ),
    "almenningen2017-digit": Figure(0.9584, "digits, SVHN's cropped test digits"),
    "almenningen2017-canvas": Figure(0.9652, "slots of five, blanks counted as digits"),
    "almenningen2017-report": Figure(0.8505, "whole numbers, SVHN test"),
    "almenningen2017": Figure(0.9052, "whole numbers, SVHN test"),
    "zylbersztejn2016-canvas": Figure(
        0.924, "digits up to the true length all right, the length head not asked"
    ),
    "zylbersztejn2016": Figure(
        0.9236,
        "digits up to the true length all right, the length head not asked; "
        "13,000 of the 13,054 SVHN test numbers that are not zero",
    ),
    "marek2017-softmax": Figure(0.91, "digits, MNIST test"),
    "marek2017-hidden": Figure(0.92, "digits, MNIST test"),
    "marek2017-strip": Figure(0.82, "whole strips, of MNIST test digits"),
    "marek2017-scattered": Figure(
        0.80, "whole numbers, on canvases; the test digits were MNIST's validation digits"
    ),
    "marek2017-picture": Figure(0.20, _PICTURES),
    "marek2017-picture-paper": Figure(0.38, _PICTURES),
    "marek2017-picture-dropout": Figure(0.40, _PICTURES),
    "marek2017-picture-strided": Figure(0.42, _PICTURES),
}
"""By name; nets about which their source says nothing are not in it."""

_HEADS = (
    "whole numbers, 2,000 plain rendered ones; heads taught 80 processor seconds on the frozen "
    "backbone of `compact`, whose own head reads 0.919 so, 3 seeds: python benchmarks/decoders.py"
)
REACHED: dict[str, Figure] = {
    "localiser": Figure(
        0.8875,
        "numbers found at any confidence (IoU above 0.5), of 329 with digits of 8 pixels or more "
        "in 400 rendered photos, seed 900: detection.Localiser.find",
    ),
    "compact-gru": Figure(0.9058, _HEADS),
    "compact-lstm": Figure(0.9100, _HEADS),
    "compact-attention": Figure(0.9202, _HEADS),
    "joint": Figure(
        0.9112,
        "whole numbers on 10,000 canvases of scattered MNIST test digits, boxes of mean IoU 0.908, "
        "1 seed: python benchmarks/joint.py",
    ),
    "small": Figure(
        0.9721,
        "whole numbers on 10,000 canvases of centred MNIST test digits, seen at 96x96, 3 seeds: "
        "python benchmarks/handwriting.py",
    ),
}
"""Measured with this library, by name: the metric names data, time, machine and command."""
