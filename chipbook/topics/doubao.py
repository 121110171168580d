"""Doubao's users and market share."""

from __future__ import annotations

from chipbook.data import facts
from chipbook.derived import derived
from chipbook.quantity import ONE, Quantity


@derived("doubao-012", "AI apps in China", "monthly users at the start of the doubling", "2024-06")
def doubao_012() -> Quantity:
    """The level reached, divided by the factor said of five months."""
    return facts["doubao-010"] / facts["doubao-011"]


@derived("doubao-018", "AI-native apps", "monthly users implied a year earlier", "2023-12")
def doubao_018() -> Quantity:
    """The level of December 2024 divided by one plus the growth of a year."""
    return (facts["doubao-016"] / (ONE + facts["doubao-017"])).shown(digits=3)
