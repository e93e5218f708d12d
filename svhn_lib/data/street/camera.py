"""What a street-view camera does to a scene: blur, few pixels, noise, JPEG, colour.

Takes the scene as float32 (H, W, 3) and gives the picture as uint8; knows nothing of numbers.
"""

import cv2
import numpy as np


def blur(rng: np.random.Generator, scene: np.ndarray, unit: float) -> np.ndarray:
    """Return the scene out of focus, now and then with the smear of a moving car.

    Float32 (H, W, 3) in and out; `unit` is the digit height in pixels.
    """
    sigma = unit * float(np.exp(rng.normal(np.log(0.03), 0.85)))
    if sigma > 0.4:
        scene = cv2.GaussianBlur(scene, (0, 0), min(sigma, 0.15 * unit))
    if rng.random() < 0.15:
        length = 2 * int(unit * rng.uniform(0.03, 0.15)) + 1
        upright = rng.random() < 0.25
        scene = cv2.blur(scene, (1, length) if upright else (length, 1))
    return scene


def sample(rng: np.random.Generator, scene: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the scene on the sensor's grid: averaged down, sometimes coarser and back up.

    Takes float32 (H, W, 3) and gives the same of the (height, width) in `size`.
    """
    height, width = size
    if rng.random() < 0.35:
        coarse = rng.uniform(0.35, 0.9)
        small = (max(4, round(width * coarse)), max(4, round(height * coarse)))
        scene = cv2.resize(scene, small, interpolation=cv2.INTER_AREA)
        back = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
        return cv2.resize(scene, (width, height), interpolation=back)
    return cv2.resize(scene, (width, height), interpolation=cv2.INTER_AREA)


def expose(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Return the picture with exposure, contrast, colour cast, sharpening and sensor noise.

    Float32 (H, W, 3) in and out.
    """
    middle = picture.mean()
    contrast = rng.uniform(0.55, 1.15)
    cast = rng.normal(0, 6, 3) + rng.normal(0, 1) * np.array([3.0, -3.0, 6.0])  # bluish, pinkish
    picture = middle + (picture - middle) * contrast + rng.normal(0, 18) + cast
    picture = picture.astype(np.float32)
    if rng.random() < 0.2:
        picture += rng.uniform(0.3, 1.5) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    height, width = picture.shape[:2]
    if rng.random() < 0.25:  # colour fringes: red and blue are imaged a little apart
        for channel, way in ((0, 1), (2, -1)):
            move = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
            move[:, 2] = way * rng.uniform(-0.8, 0.8, 2)
            picture[..., channel] = cv2.warpAffine(
                picture[..., channel], move, (width, height), borderMode=cv2.BORDER_REPLICATE
            )
    grain = rng.gamma(1.2, 1.5)
    picture += grain * rng.standard_normal((height, width, 1), dtype=np.float32)
    if rng.random() < 0.5:  # chroma noise comes in blotches
        cells = rng.standard_normal((height // 4 + 2, width // 4 + 2, 3), dtype=np.float32)
        picture += 1.5 * grain * cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
    return picture


def degrade(rng: np.random.Generator, picture: np.ndarray, unit: float) -> np.ndarray:
    """Return the picture with haze, double images, halos, wrong exposure or very few pixels.

    Float32 (H, W, 3) in and out; `unit` is the digit height in its pixels.
    """
    height, width = picture.shape[:2]
    low, middle, high = np.percentile(picture, (5, 50, 95))
    if high - low < 110:  # cameras stretch what has little contrast
        gain = max(1.0, rng.uniform(60, 130) / max(high - low, 10))
        picture = np.float32(middle) + (picture - np.float32(middle)) * np.float32(gain)
    if rng.random() < 0.08:  # two frames laid over each other
        move = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
        move[:, 2] = rng.normal(0, 0.1, 2) * unit
        again = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        share = np.float32(rng.uniform(0.2, 0.5))
        picture = picture * (1 - share) + again * share
    if rng.random() < 0.10:  # digits of 6 to 14 pixels, enlarged again
        coarse = min(1.0, rng.uniform(6, 14) / unit)
        small = (max(4, round(width * coarse)), max(4, round(height * coarse)))
        fine = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(fine, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        reach = max(0.6, unit * rng.uniform(0.04, 0.12))
        halo = picture - cv2.GaussianBlur(picture, (0, 0), reach)
        picture = picture + np.float32(rng.uniform(0.5, 1.8)) * halo
    kind = rng.random()
    if kind < 0.05:
        air = np.float32(rng.uniform(60, 240))
        picture = air + (picture - air) * np.float32(rng.uniform(0.45, 0.8))
    elif kind < 0.10:  # overexposed: bright parts run together
        picture = np.minimum(picture * np.float32(rng.uniform(1.3, 2.2)), 250)
        picture = cv2.GaussianBlur(picture, (0, 0), max(0.4, unit * 0.02))
    elif kind < 0.13:
        picture = picture * np.float32(rng.uniform(0.35, 0.7))
    return picture.astype(np.float32)


def develop(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Return float32 (H, W, 3) as uint8, most often through JPEG."""
    stored = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(25, 95))
        _, data = cv2.imencode(".jpg", stored[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        stored = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1]
    return np.ascontiguousarray(stored)
