"""The register of every number that the book computes, each one named function of facts.

The functions stand in :mod:`chipbook.topics`, by chapter. Each has a docstring that says in words
how the number is made; its arithmetic carries unit, range, qualifier, sources and formula by
itself (see :mod:`chipbook.data.quantity`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from chipbook.data import Fact, facts
from chipbook.data.quantity import Quantity

REGISTRY: dict[str, Derived] = {}


@dataclass(frozen=True)
class Derived:
    """A registered function, and what its result is called."""

    id: str
    entity: str
    metric: str
    period: str
    function: Callable[[], Quantity]
    of_texts: bool = False

    # The data do not change while a process runs, and some functions draw thousands of samples.
    @cache  # noqa: B019 - the register holds every instance anyway
    def fact(self) -> Fact:
        """The number as a fact: its basis is arithmetic, its reports are those of its parts."""
        quantity = self.function()
        parts = [facts.fact(part) for part in quantity.inputs]
        return Fact(
            id=self.id,
            entity=self.entity,
            metric=self.metric,
            basis="arithmetic",
            module=self.function.__module__.replace(".", "/") + ".py",
            period=self.period,
            attributed_to="Our arithmetic",
            note=" ".join((self.function.__doc__ or "").split()),
            quantity=quantity,
            reviewed=min((part.reviewed for part in parts if part.reviewed), default=""),
            review_by=min((part.review_by for part in parts if part.review_by), default=""),
            reports=tuple(dict.fromkeys(report for part in parts for report in part.reports)),
            answered=()
            if self.of_texts
            else tuple(dict.fromkeys(report for part in parts for report in part.answered)),
        )


def derived(key: str, entity: str, metric: str, period: str, *, of_texts: bool = False) -> Callable:
    """Register a function without arguments as the derived number ``key``.

    ``of_texts`` says that the number compares what texts say, so that an answer to what they say
    is no answer to it.
    """

    def register(function: Callable[[], Quantity]) -> Callable[[], Quantity]:
        if key in REGISTRY:
            raise ValueError(f"two derived numbers are called {key!r}")
        REGISTRY[key] = Derived(key, entity, metric, period, function, of_texts)
        return function

    return register
