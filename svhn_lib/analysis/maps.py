"""A map of pictures: what a net sees of each, reduced to two dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_COMPONENTS = 50  # that are left before t-SNE, as its authors do


def picture_map(
    features: ArrayLike, method: str = "t-SNE", seed: int = 0, perplexity: float = 30.0
) -> NDArray[np.float32]:
    """Reduce features to two dimensions, so that pictures that look alike to a net lie together.

    Features are scaled to length 1 first, as in `nearest`. t-SNE (van der Maaten and Hinton 2008)
    keeps neighbours together and takes a minute for ten thousand pictures; far apart on its map
    means little. PCA is done at once and keeps what is large.

    Args:
        features: (N, F), one row per picture, as from `embed`.
        method: 't-SNE' or 'PCA'.
        seed: of t-SNE.
        perplexity: of t-SNE: about how many neighbours count; fewer where pictures are few.

    Returns:
        float32 (N, 2), each axis centred, the wider one from -1 to 1; all 0 where the pictures do
        not differ.

    Raises:
        ValueError: another method, not two dimensions, or values that are not finite.
        ImportError: scikit-learn is not installed.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(20, 8))
        >>> picture_map(features, "PCA").shape
        (20, 2)
    """
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise ImportError("a map needs scikit-learn: pip install 'svhn_lib[analysis]'") from error
    if method not in ("t-SNE", "PCA"):
        raise ValueError(f"method {method!r}: choose t-SNE or PCA")
    array = np.asarray(features, dtype=np.float64)
    if array.ndim != 2 or not np.isfinite(array).all():
        raise ValueError(f"features are (N, F) and finite, not {array.shape}: give those of embed")
    unit = array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12)
    if len(unit) < 4 or array.shape[1] < 2:
        return _spread(np.column_stack([unit[:, :1], np.zeros(len(unit))]))
    if np.ptp(unit, axis=0).max() < 1e-9:  # all alike: t-SNE would end the process
        return np.zeros((len(unit), 2), np.float32)
    components = 2 if method == "PCA" else min(_COMPONENTS, *unit.shape)
    reduced = PCA(components, random_state=seed).fit_transform(unit)
    if method == "PCA":
        return _spread(reduced)
    neighbours = min(perplexity, (len(unit) - 1) / 3)
    return _spread(TSNE(2, perplexity=neighbours, random_state=seed).fit_transform(reduced))


def _spread(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Centre points (N, 2) between their ends and scale both axes by the wider one."""
    if not len(points):
        return points.astype(np.float32).reshape(0, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    wide = max(float((high - low).max()), 1e-12)
    return ((2 * points - low - high) / wide).astype(np.float32)
