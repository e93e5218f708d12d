"""Pictures, weights and training are what they were at commit 98a7378, before the library's moves.

Values were written down there, those of the renderer and of the localiser when they
came; whoever changes one on purpose writes down the new one, with `VERSION` of the renderer raised
where pictures change.
"""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from small_runs import SMALL, bars, small_model

from svhn_lib.augment import AugmentSettings
from svhn_lib.data.scenes import SceneSettings, render_photo
from svhn_lib.data.street import INGREDIENTS, VERSION_3, RenderSettings, render_picture
from svhn_lib.models import zoo
from svhn_lib.reading import Reader
from svhn_lib.training import train

PICTURES = {
    "plain": "8086e2297bbab311",
    "version 3": "7fbe3fd9ebf08554",
    "fonts": "089a72e057847853",
    "proportions": "2ce6d0b3b095d6aa",
    "poses": "fc8b8303e5a9dfb3",
    "materials": "d91618785a697fd1",
    "surroundings": "d00e617aedcf3ba4",
    "optics": "73ff68b20361b505",
    "boxes": "b87a401c6bd5fc23",
    "framing": "3fb8ad7f375e0837",
    "numerals": "c3fe65afda0538c8",
    "stacks": "9a05c044053002f5",
    "palette": "4953cf93dd7c63e0",
    "signs": "d36e142750796f39",
    "facades": "68fa15a47069fab5",
    "depth": "45804883c63c7624",
    "lens": "ad3a77aa9503a5ca",
    "rims": "9c1bd8ea2600a53e",
    "all": "8074fb986f6215e2",
}
WEIGHTS = {"compact": "6d19236638cb465c", "localiser": "9247beb62fdcd22c"}
FOUND = {  # in a rendered photo: the surest place, its confidence, and what is read in the photo
    1: ((157.2, 221.2, 190.8, 239.4), 0.948, "255"),
    4: ((62.7, 0.7, 94.9, 31.1), 0.894, "39"),
    5: ((99.1, 415.0, 104.6, 455.0), 0.869, "8761"),
    7: ((106.4, 362.5, 159.0, 399.8), 0.946, "1821"),
    8: ((154.4, 226.6, 160.6, 265.2), 0.465, None),
    10: ((22.3, 4.6, 80.4, 66.5), 0.892, "13"),
}
LOSSES = [4.102322578430176, 2.8216207027435303, 2.3402650356292725]  # of steps 1-4, 5-8, 9-12


def digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


@pytest.mark.parametrize("name", PICTURES)
def test_rendered_pictures_and_boxes(name):
    chosen = {"plain": (), "version 3": VERSION_3, "all": tuple(INGREDIENTS)}.get(name, (name,))
    settings = RenderSettings(bundled_fonts=True, ingredients=chosen)
    parts = []
    for index in range(25):
        rendered = render_picture(np.random.default_rng((5, index)), settings)
        parts += [rendered.picture.tobytes(), rendered.boxes.tobytes()]
    assert digest(parts) == PICTURES[name]


@pytest.mark.parametrize("name", WEIGHTS)
def test_shipped_weights(name):
    state = sorted(zoo.load_model(name).state_dict().items())
    parts = [key.encode() + value.numpy().tobytes() for key, value in state]
    assert digest(parts) == WEIGHTS[name]


def test_numbers_found_and_read_in_rendered_photos():
    reader, settings = Reader(device="cpu"), SceneSettings(bundled_fonts=True)
    for index, (box, confidence, number) in FOUND.items():
        photo = render_photo(np.random.default_rng((5, index)), settings).picture
        best = reader.localiser.find(photo)[0]
        assert best.box == pytest.approx(box, abs=0.5), index
        assert best.confidence == pytest.approx(confidence, abs=0.01)
        assert reader.read(photo).number == number


@pytest.mark.parametrize("stops", [(), (6,), (3, 8)])
def test_losses_of_a_run_whole_and_resumed(tmp_path, stops):
    settings = replace(
        SMALL, epochs=3, average=0.99, augment=AugmentSettings(), evaluate_every=4, log_every=2
    )

    def stop(done: int, total: int) -> None:
        if done in remaining:
            remaining.remove(done)
            signal_stop()

    def signal_stop() -> None:
        raise KeyboardInterrupt

    remaining = list(stops)
    for _ in range(len(stops)):
        with pytest.raises(KeyboardInterrupt):
            train(
                small_model(), bars(64, 0), bars(32, 1), tmp_path, settings, resume=True,
                progress=stop,
            )  # fmt: skip
    result = train(small_model(), bars(64, 0), bars(32, 1), tmp_path, settings, resume=True)
    # Kernels of other processors add in another order.
    assert [row["loss"] for row in result.history] == pytest.approx(LOSSES, rel=1e-6)
