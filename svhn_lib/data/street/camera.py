"""What a street-view camera does to a scene: blur, few pixels, noise, JPEG, colour.

Takes the scene as float32 (H, W, 3) and gives the picture as uint8; knows nothing of numbers.
"""

import cv2
import numpy as np


def blur(rng: np.random.Generator, scene: np.ndarray, unit: float) -> np.ndarray:
    """Defocus, and now and then the smear of a moving car; `unit` is the digit height."""
    sigma = unit * float(np.exp(rng.normal(np.log(0.03), 0.85)))
    if sigma > 0.4:
        scene = cv2.GaussianBlur(scene, (0, 0), min(sigma, 0.15 * unit))
    if rng.random() < 0.15:
        length = 2 * int(unit * rng.uniform(0.03, 0.15)) + 1
        upright = rng.random() < 0.25
        scene = cv2.blur(scene, (1, length) if upright else (length, 1))
    return scene


def sample(rng: np.random.Generator, scene: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The scene on the sensor's grid, (H, W): averaged down, sometimes coarser and back up."""
    height, width = size
    if rng.random() < 0.35:
        coarse = rng.uniform(0.35, 0.9)
        small = (max(4, round(width * coarse)), max(4, round(height * coarse)))
        scene = cv2.resize(scene, small, interpolation=cv2.INTER_AREA)
        back = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
        return cv2.resize(scene, (width, height), interpolation=back)
    return cv2.resize(scene, (width, height), interpolation=cv2.INTER_AREA)


def expose(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Exposure, contrast, colour cast, sharpening and sensor noise, still float32."""
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


def develop(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """To uint8, most often through JPEG."""
    stored = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(25, 95))
        _, data = cv2.imencode(".jpg", stored[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        stored = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1]
    return np.ascontiguousarray(stored)
