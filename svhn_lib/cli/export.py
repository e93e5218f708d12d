"""`svhn export`: trained weights as an ONNX file, which other runtimes read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from svhn_lib.cli.console import examples, one_line_errors, print_line

EXAMPLES = examples(
    "svhn export compact compact.onnx",
    "svhn export compact small.onnx --int8",
    "svhn export runs/first/best.safetensors first.onnx",
)


@one_line_errors()
def export(
    model: Annotated[
        str,
        typer.Argument(metavar="NAME_OR_FILE", help="Name of shipped weights, or a file of a run."),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT.onnx", help="The file to write; its folder is made.")
    ],
    int8: Annotated[
        bool, typer.Option("--int8", help="Compute in int8: a quarter of the size, faster.")
    ] = False,
) -> None:
    """Write trained weights as an ONNX file (opset 18).

    Greying, resizing and normalising are in the graph. Its input is 'pictures', uint8 (N, 3, H, W)
    of any size; for 'localiser' H and W are multiples of 16. Its outputs are the net's logits:
    'length' (N, 7) and 'digits' (N, 5, 11) of 'compact'; of 'localiser' the maps 'score', 'sides',
    'up', 'stacked' and 'digits', with one cell for 4 x 4 pixels. The file's metadata hold name,
    config, temperature and crop, as JSON. Nets that write token by token are not exported.

    --int8 quantises all layers but the first and the last statically (QDQ, per channel), calibrated
    on rendered pictures: it takes about a minute.
    """
    from svhn_lib.export import export_model

    export_model(model, out, int8)
    print_line(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
