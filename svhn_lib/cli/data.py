"""`svhn data`: sets, downloads, shards; `prepare`, `scenes` and `canvases` have own modules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svhn_lib.cli import canvases, prepare, scenes
from svhn_lib.cli.console import Progress, examples, explain, message, one_line_errors, print_line
from svhn_lib.cli.options import BundledFonts, Workers

if TYPE_CHECKING:
    from svhn_lib.data.splits import Split

app = typer.Typer(
    help="Render, download, cut and pack pictures.",
    add_completion=False,
    epilog=examples(
        "svhn data street streets",
        "svhn data scenes scenes",
        "svhn data download svhn-train svhn-test",
        "svhn data prepare streets/train train.h5",
        "svhn data shards train.h5 shards",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Lengths(StrEnum):
    """How often numbers of each length occur in a rendered set."""

    svhn = "svhn"
    even = "even"


class Part(StrEnum):
    """Which numbers of a store are meant."""

    all = "all"
    train = "train"
    validation = "validation"


def _print_fonts(asked: bool) -> None:
    """Say which fonts the full set wants, and how many there are; ends the command."""
    if not asked:
        return
    from svhn_lib.data.street import usable_fonts
    from svhn_lib.data.street.fonts import PACKAGES

    typer.echo(PACKAGES.read_text(encoding="utf-8").rstrip())
    found, bundled = len(usable_fonts()), len(usable_fonts(bundled_only=True))
    typer.echo(f"\n{found} designs are found on this machine, {bundled} of them matplotlib's own.")
    typer.echo("To install all on Debian or Ubuntu:")
    names = "svhn data street --fonts | grep ^fonts- | cut -d' ' -f1"
    typer.echo(f"  {names} | xargs sudo apt-get install --yes")  # xargs leaves nobody to ask
    raise typer.Exit


def _ingredients(names: str) -> tuple[str, ...]:
    from svhn_lib.data.street import INGREDIENTS

    if names in ("all", "none"):
        return tuple(INGREDIENTS) if names == "all" else ()
    chosen = tuple(name.strip() for name in names.split(","))
    if unknown := [name for name in chosen if name not in INGREDIENTS]:
        raise typer.BadParameter(
            f"no ingredient {unknown[0]!r}: there are {', '.join(INGREDIENTS)}, all and none"
        )
    return chosen


@app.command(
    epilog=examples(
        "svhn data street streets --train 2000 --test 500",
        "svhn data street streets --train 0 --test 0 --extra 10000 --seed 7",
        "svhn data street plain --ingredients none --bundled-fonts",
        "svhn data street whole --train 0 --test 800 --no-neighbours",
        "svhn data street --fonts",
    )
)
@one_line_errors()
def street(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for train, test and extra.")],
    train: Annotated[int, typer.Option(min=0, help="Pictures in OUT/train, 0 for none.")] = 2000,
    test: Annotated[int, typer.Option(min=0, help="Pictures in OUT/test, 0 for none.")] = 500,
    extra: Annotated[int, typer.Option(min=0, help="Pictures in OUT/extra, 0 for none.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pictures.")] = 0,
    lengths: Annotated[
        Lengths | None,
        typer.Option(
            help="Numbers as long as SVHN's, or as many of each length from 1 to 5 digits.  "
            "[default: svhn for train and test, even for extra]"
        ),
    ] = None,
    bundled_fonts: BundledFonts = False,
    ingredients: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="What makes the pictures like SVHN's, separated by commas: fonts, proportions, "
            "poses, materials, surroundings, optics, boxes, framing, numerals, stacks, palette, "
            "signs, facades, depth, lens, rims; 'none' for plain, clean streets.",
        ),
    ] = "all",
    stacked: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of the numbers of two or more digits that are written downwards.",
        ),
    ] = 0.04,
    neighbours: Annotated[
        bool,
        typer.Option(
            help="Other numbers may stand near the number. Without them finding it in the whole "
            "picture has one right answer."
        ),
    ] = True,
    fonts: Annotated[
        bool,
        typer.Option(
            "--fonts",
            callback=_print_fonts,
            is_eager=True,
            help="List the packages with the fonts of the full set, their licences and how many "
            "designs are found here; nothing is rendered.",
        ),
    ] = False,
    workers: Workers = None,
) -> None:
    """Render street numbers in SVHN's own files.

    These are PNG pictures and, in each folder, digitStruct.mat with the box of every digit.
    """
    from svhn_lib.data.splits import SPLIT_LENGTHS, split_seed
    from svhn_lib.data.street import EVEN_LENGTHS, SVHN_LENGTHS, RenderSettings, render_split

    counts: dict[Split, int] = {"train": train, "test": test, "extra": extra}
    wanted = {split: count for split, count in counts.items() if count}
    if not wanted:
        raise typer.BadParameter("nothing to render: give --train, --test or --extra a number")
    shown = _ingredients(ingredients)
    for split in wanted:  # before the first minute of rendering, not after the last
        if (out / split).exists() and any((out / split).iterdir()):
            raise FileExistsError(f"{out / split} is not empty: name a new folder, or delete it")
    named = {Lengths.svhn: SVHN_LENGTHS, Lengths.even: EVEN_LENGTHS}
    for split, count in wanted.items():
        chosen = SPLIT_LENGTHS[split] if lengths is None else named[lengths]
        settings = RenderSettings(chosen, bundled_fonts, shown, stacked, neighbours)
        path, own_seed = out / split, split_seed(seed, split)
        with Progress(f"rendering {split}") as progress:
            render_split(path, count, own_seed, settings, workers, progress)
        print_line(f"{path}: {count} pictures")


app.command(epilog=scenes.EXAMPLES)(scenes.scenes)


@app.command(
    epilog=examples(
        "svhn data download svhn-train svhn-test", "svhn data download mnist --root ~/data"
    )
)
@one_line_errors()
def download(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...", help="svhn-train, svhn-test, svhn-extra, svhn-digits, mnist."
        ),
    ],
    root: Annotated[
        Path | None,
        typer.Option(help="Folder for data.  [default: SVHN_DATA, else data of the checkout]"),
    ] = None,
) -> None:
    """Download data sets, verify and unpack them.

    Where a transfer was cut off, the next call goes on with it. SVHN is free for non-commercial use
    only.
    """
    from svhn_lib.data.download.catalogue import SOURCES
    from svhn_lib.data.download.catalogue import download as bring

    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        there = ", ".join(SOURCES)
        raise typer.BadParameter(f"no data set is called {unknown[0]!r}; there are: {there}")
    if root is None:
        from svhn_lib import settings

        root = settings.read().data_root
    failed = False
    for name in dict.fromkeys(names):
        try:
            with Progress(name, "B") as progress:
                print_line(str(bring(name, root, progress)))
        except (OSError, ValueError) as error:
            message(explain(error))
            failed = True
    if failed:
        raise typer.Exit(1)


app.command(epilog=prepare.EXAMPLES)(prepare.prepare)
app.command(epilog=canvases.EXAMPLES)(canvases.canvases)


@app.command(
    epilog=examples(
        "svhn data shards train.h5 shards",
        "svhn data shards train.h5 shards --part validation --size 1000",
    )
)
@one_line_errors()
def shards(
    store: Annotated[
        Path, typer.Argument(metavar="STORE.h5", help="A store of 'svhn data prepare'.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the shards.")],
    size: Annotated[int, typer.Option(min=1, help="Numbers per shard.")] = 4096,
    part: Annotated[
        Part, typer.Option(help="All numbers, or one side of the split marked in the store.")
    ] = Part.all,
    name: Annotated[
        str | None,
        typer.Option(
            help="The shards are called NAME-000000.tar, ...  [default: the store's name, and "
            "-validation after it for that part]"
        ),
    ] = None,
) -> None:
    """Pack a store into tar shards, to be streamed.

    The shards hold KEY.png and KEY.json of each number, as the webdataset package reads them; keep
    NAME-index.json beside them. A web server with that folder is enough to train from anywhere.
    """
    from svhn_lib.data.shards.write import write_shards

    with Progress("packing", "numbers") as progress:
        report = write_shards(store, out, size=size, part=part.value, name=name, progress=progress)
    print_line(
        f"{report.pattern}: {report.numbers} numbers in {report.shards} "
        f"shard{'s' if report.shards > 1 else ''}, {report.bytes / 1e6:.1f} MB"
    )
