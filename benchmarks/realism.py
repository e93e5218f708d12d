"""How well rendered crops of numbers can be told from real ones, and by what.

    python benchmarks/realism.py LABELS.csv [--count 1000] [--quick] [--sheet OUT.png]
    python benchmarks/realism.py LABELS.csv --other OTHER_LABELS.csv

A logistic regression on a frozen backbone, the mean and deviation of each channel over the crop,
learns to tell the labelled real crops from rendered ones, whose numbers are as long. Printed is the
area under its ROC curve in five-fold cross-validation, 0.5 where nothing tells them apart, with the
range over the folds: for all ingredients, with each one left out, and for plain streets. 'every
map' takes the channels of all blocks of the backbone, the early ones with blur, noise and colour;
'last map' only what the heads see. The sheet shows the crops that the classifier on every map is
surest of, real ones above, rendered ones below, each with P(real).

With --other, real crops take the place of rendered ones. That tells how far apart two collections
of real pictures are; a rendered set can hardly be nearer to both of them.
"""

import argparse
import os
import platform
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from svhn_lib import plots, settings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import INGREDIENTS, RenderSettings, render_split
from svhn_lib.data.street.render import VERSION
from svhn_lib.labels import MAX_DIGITS
from svhn_lib.models import zoo
from svhn_lib.reading.inference import evaluation_mode

SEED = 23
SHOWN = 24  # crops of each kind on the sheet
LOOKS = {
    "all": tuple(INGREDIENTS),
    **{
        f"without {name}": tuple(other for other in INGREDIENTS if other != name)
        for name in INGREDIENTS
    },
    "plain": (),
}


class Told(NamedTuple):
    """What the classifier says of crops that it did not learn from.

    Attributes:
        areas: under the ROC curve, of each fold.
        chances: P(real) of each crop, float64 (N,), where both kinds count alike.
    """

    areas: list[float]
    chances: np.ndarray


def statistics(net: zoo.NumberNet, pictures: torch.Tensor, batch: int = 250) -> list[np.ndarray]:
    """Mean and deviation of each channel of each block's map: per block (N, 2 * channels)."""
    batches = []
    with evaluation_mode(net):
        for part in pictures.split(batch):
            x, maps = net.normalise(part.to(net.device)), []
            for block in net.backbone:
                x = block(x)
                channels = x.float().flatten(2).cpu()  # (N, C, h * w)
                maps.append(torch.cat([channels.mean(2), channels.std(2)], dim=1))
            batches.append(maps)
    return [torch.cat(maps).numpy() for maps in zip(*batches, strict=True)]


def tell(real: np.ndarray, rendered: np.ndarray) -> Told:
    """Tell crops apart by their statistics, (N, F) and (M, F); chances are real ones first."""
    features = np.concatenate([real, rendered])
    kinds = np.arange(len(features)) < len(real)
    chances, areas = np.empty(len(features)), []
    for known, unseen in StratifiedKFold(5, shuffle=True, random_state=0).split(features, kinds):
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=2_000)
        )
        model.fit(features[known], kinds[known])
        chances[unseen] = model.predict_proba(features[unseen])[:, 1]
        areas.append(float(roc_auc_score(kinds[unseen], chances[unseen])))
    return Told(areas, chances)


def rendered(
    out: Path, count: int, lengths: tuple[int, ...], ingredients: tuple[str, ...]
) -> torch.Tensor:
    """Crops of rendered streets, uint8 (count, 3, H, W); rendered once."""
    like = "-".join(map(str, lengths))
    folder = out / f"realism-{VERSION}-{count}-{like}-{SEED}" / ("-".join(ingredients) or "plain")
    if not folder.exists():
        render_split(folder, count, SEED, RenderSettings(lengths, ingredients=ingredients))
    return load_crops(folder).pictures


def sheet(path: Path, real: torch.Tensor, rendered: torch.Tensor, chances: np.ndarray) -> None:
    """Write the real and rendered crops that are surest to be what they are."""
    order = np.argsort(chances, kind="stable")
    surest_real = order[order < len(real)][::-1][:SHOWN]
    surest_rendered = order[order >= len(real)][:SHOWN]
    chosen = np.concatenate([surest_real, surest_rendered])
    pictures = torch.cat([real, rendered])[chosen]
    figure = plots.picture_grid(
        list(pictures.permute(0, 2, 3, 1).numpy()),
        [f"{chance:.3f}" for chance in chances[chosen]],
        columns=12,
    )
    figure.savefig(path)


def shown(areas: list[float]) -> str:
    return f"{np.mean(areas):.3f} ({min(areas):.3f} to {max(areas):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--count", type=int, default=1_000, help="rendered numbers of each kind")
    parser.add_argument("--weights", default="compact", metavar="NAME_OR_FILE")
    parser.add_argument("--other", type=Path, metavar="LABELS.csv", help="real ones, not rendered")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png")
    parser.add_argument("--quick", action="store_true", help="all ingredients only")
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    net = zoo.load_model(arguments.weights)
    numbers = load_crops(arguments.labels)
    real = numbers.pictures
    lengths = tuple(numbers.lengths.bincount(minlength=MAX_DIGITS + 1)[1 : MAX_DIGITS + 1].tolist())
    of_real = statistics(net, real)
    print(f"{len(real):,} real crops, {arguments.count:,} others of each kind")
    print(f"{'':<22}{'every map':<24}last map")
    kinds = ["other real ones"] if arguments.other else ["all"] if arguments.quick else [*LOOKS]
    for name in tqdm(kinds, unit="kind", disable=None):
        if arguments.other:
            pictures = load_crops(arguments.other).pictures[: arguments.count]
        else:
            pictures = rendered(arguments.out, arguments.count, lengths, LOOKS[name])
        of_rendered = statistics(net, pictures)
        every = tell(np.hstack(of_real), np.hstack(of_rendered))
        last = tell(of_real[-1], of_rendered[-1])
        print(f"{name:<22}{shown(every.areas):<24}{shown(last.areas)}", flush=True)
        if arguments.sheet and name in ("all", "other real ones"):
            sheet(arguments.sheet, real, pictures, every.chances)


if __name__ == "__main__":
    main()
