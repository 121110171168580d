"""How far two codings of the same rows agree, and how the ends of an interval are rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import bootstrap


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of ``first`` and ``second``, codings of the same rows: agreement beyond chance.

    One is full agreement, zero what two coders reach who use their categories as often but at
    random. Not a number where both use one and the same category throughout. Raises ``ValueError``
    for codings of different length.
    """
    return float(_kappa(*_numbered(first, second)))


def _numbered(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """Both codings as numbers, one a code: two rows."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes against {len(second)}")
    words = np.array([list(first), list(second)], dtype=str)
    return np.unique(words, return_inverse=True)[1].reshape(words.shape)


def _kappa(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
    """Kappa along an axis of two codings as numbers."""
    agree = (a == b).mean(axis=axis)
    codes = range(max(a.max(), b.max()) + 1)
    chance = sum((a == code).mean(axis=axis) * (b == code).mean(axis=axis) for code in codes)
    return np.where(chance < 1, agree - chance, np.nan) / np.where(chance < 1, 1 - chance, 1)


def kappa_interval(first: Sequence[str], second: Sequence[str]) -> tuple[float, float]:
    """Percentile bootstrap of :func:`kappa` of ``first`` and ``second``; the same every time."""

    def drawn(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        # A draw in which both use one and the same code is one of full agreement.
        return np.nan_to_num(_kappa(a, b, axis), nan=1.0)

    how = {"n_resamples": 4000, "paired": True, "method": "percentile"}
    found = bootstrap(
        tuple(_numbered(first, second)), drawn, rng=np.random.default_rng(2025), **how
    )
    low, high = found.confidence_interval
    return float(low), float(high)


def outward(low: float, high: float, places: int = 0) -> tuple[float, float]:
    """The ends of an interval at ``places`` decimals: ``low`` rounded down and ``high`` up."""
    scale = 10**places
    return math.floor(low * scale) / scale, math.ceil(high * scale) / scale
