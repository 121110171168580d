"""How far two codings of the same rows agree, and the numbers that models make of coded rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from chipbook.data.quantity import Quantity


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

    from scipy.stats import bootstrap

    how = {"n_resamples": 4000, "paired": True, "method": "percentile"}
    chance = np.random.default_rng(2025)
    found = bootstrap(tuple(_numbered(first, second)), drawn, rng=chance, **how)
    low, high = found.confidence_interval
    return float(low), float(high)


def outward(low: float, high: float, places: int = 0) -> tuple[float, float]:
    """The ends of an interval at ``places`` decimals: ``low`` rounded down and ``high`` up."""
    scale = 10**places
    return math.floor(low * scale) / scale, math.ceil(high * scale) / scale


def point(value: float, unit: str, pages: Iterable[str]) -> Quantity:
    """A ``value`` in ``unit``, printed with two digits; ``pages`` are ids of sources."""
    made = Quantity.of(value, unit, sources=tuple(pages))
    return replace(made, digits=2, rests_on="reported")


def band(low: float, high: float, unit: str, pages: Iterable[str]) -> Quantity:
    """A range in ``unit`` without a point, ``low`` to ``high``; ``pages`` as in :func:`point`."""
    made = Quantity.of(None, unit, low=low, high=high, sources=tuple(pages))
    return replace(made, digits=2, rests_on="reported")


AGREEMENT = ("agree", "kappa", "kappa-interval")
"""What is said of two codings: how many rows they agree in, :func:`kappa` and its interval."""


def agreement(
    what: str, first: pd.Series, second: pd.Series, unit: str, pages: Iterable[str]
) -> Quantity:
    """One of :data:`AGREEMENT`, ``what``, of the codings ``first`` and ``second``.

    ``unit`` is that of the coded rows, ``pages`` are the ids of the sources that they rest on.
    """
    if what == "agree":
        return point(int((first == second).sum()), unit, pages)
    if what == "kappa":
        return point(kappa(first, second), "kappa", pages)
    return band(*outward(*kappa_interval(first, second), places=2), "kappa", pages)
