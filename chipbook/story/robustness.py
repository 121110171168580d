"""Drop one source: what becomes of a number when one page is left out.

A row that another page carries stays; a row that rests on the page alone falls. What is computed
is computed again: counts are counted anew, and arithmetic whose part fell cannot be made. This is a
test of the pages that we read, not of independence: several pages may repeat one origin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from chipbook.data import BOOK, Dataset
from chipbook.data.quantity import Quantity

# What a lookup, a sum or a quotient raises where a row that it needs is not there.
_FELL = (LookupError, ArithmeticError, ValueError)

STANDS, MOVES, FALLS = "stands", "moves", "falls"


@dataclass(frozen=True)
class Outcome:
    """What becomes of one number, as it is printed, when each source is left out in turn.

    ``whole`` is the number with all its sources; ``without`` maps the id of each page that matters
    to the number that is left, None where it cannot be made.
    """

    key: str
    whole: Quantity
    without: dict[str, Quantity | None]

    @property
    def sources(self) -> int:
        """How many pages the number rests on."""
        return len(self.whole.sources)

    @property
    def verdict(self) -> str:
        """``falls`` where some page is needed, else ``moves`` or ``stands``."""
        if None in self.without.values():
            return FALLS
        return MOVES if self.without else STANDS

    @property
    def needed(self) -> list[str]:
        """The pages without which the number cannot be made, in the order of its sources."""
        return [source for source, left in self.without.items() if left is None]

    @property
    def furthest(self) -> tuple[str, Quantity] | None:
        """The page whose absence moves the number furthest, and the number that is left."""
        moved = [(source, left) for source, left in self.without.items() if left is not None]
        return max(moved, key=lambda pair: _distance(self.whole, pair[1]), default=None)


def drop_each(keys: Iterable[str], data: Dataset = BOOK) -> dict[str, Outcome]:
    """The outcome of every number in ``keys``, each of its sources left out in turn.

    It depends on the data and on the code that computes, so it may be kept while these stay.
    Raises ``KeyError`` for a key that is no number.
    """
    whole = {key: data.facts[key] for key in keys}
    without: dict[str, dict[str, Quantity | None]] = {key: {} for key in whole}
    for source in dict.fromkeys(s for quantity in whole.values() for s in quantity.sources):
        # Where every row that names the page has another one, every number stands.
        if data.fallen(source) == {f"sources/{source}"}:
            continue
        left = data.without(source)
        for key, quantity in whole.items():
            if source in quantity.sources:
                again = _again(key, left)
                if str(again) != str(quantity):
                    without[key][source] = again
    return {key: Outcome(key, quantity, without[key]) for key, quantity in whole.items()}


def _again(key: str, data: Dataset) -> Quantity | None:
    try:
        left = data.facts[key]
    except _FELL:
        return None
    # A count of no rows at all rests on nothing.
    return left if left.sources else None


def _distance(one: Quantity, other: Quantity) -> float:
    """How far a number moved: the largest change of its point or of a bound that is known."""
    pairs = zip((one.value, *one.bounds), (other.value, *other.bounds), strict=True)
    moves = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    return max(filter(math.isfinite, moves), default=0.0)
