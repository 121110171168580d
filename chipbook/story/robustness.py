"""Drop one source, or one origin: what becomes of a number when it is left out.

A row that another page carries stays; a row that rests on the page alone falls. What is computed
is computed again: counts are counted anew, a model is drawn from the ends of its assumptions that
are left, and arithmetic whose part fell cannot be made.

Leaving out a page is a test of the pages that we read, not of independence: several may repeat one
origin. So each origin is left out as well, with every row whose claims all lead back to it; what
one outlet reports at once is one origin. A row that no claim states stands in that test, as nothing
is known of its origin.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from chipbook.data import BOOK, Dataset, kept
from chipbook.data.quantity import Quantity
from chipbook.data.refs import source as held_in
from chipbook.data.store import CANNOT_BE_MADE
from chipbook.story.claims import ORIGINS, by_row, claims, origins

Verdict = Literal["stands", "moves", "falls"]


@dataclass(frozen=True)
class Outcome:
    """What becomes of one number, as it is printed, when each of several things is left out.

    ``whole`` is the number with all of them, ``tried`` how many it rests on; ``without`` maps each
    that matters (the id of a page, or of a claim that is an origin) to the number that is left,
    None where it cannot be made.
    """

    key: str
    whole: Quantity
    tried: int
    without: Mapping[str, Quantity | None]

    @property
    def verdict(self) -> Verdict:
        """``falls`` where some of them is needed, else ``moves`` or ``stands``."""
        if None in self.without.values():
            return "falls"
        return "moves" if self.without else "stands"

    @property
    def needed(self) -> list[str]:
        """Those without which the number cannot be made."""
        return [name for name, left in self.without.items() if left is None]

    @property
    def furthest(self) -> tuple[str, Quantity] | None:
        """The one whose absence moves the number furthest, and the number that is left."""
        moved = [(name, left) for name, left in self.without.items() if left is not None]
        return max(moved, key=lambda pair: _distance(self.whole, pair[1]), default=None)


def drop_each(keys: Iterable[str], data: Dataset = BOOK) -> dict[str, Outcome]:
    """The outcome of every number in ``keys``, each of its sources left out in turn.

    It depends on the data and on the code that computes, so it may be kept while these stay.
    Raises ``KeyError`` for a key that is no number.
    """
    pages = {key: dict.fromkeys(data.facts[key].sources) for key in keys}
    # Where every row that names the page has another one, every number stands.
    matter = [
        page
        for page in dict.fromkeys(page for found in pages.values() for page in found)
        if data.fallen(page) != {f"sources/{page}"}
    ]
    return _outcomes(pages, matter, data.without, data)


def drop_each_origin(keys: Iterable[str], data: Dataset = BOOK) -> dict[str, Outcome]:
    """The outcome of every number in ``keys``, each origin of its parts left out in turn.

    A number whose parts no claim states has nothing to try. Raises as :func:`drop_each`.
    """
    behind = origins_by_row(data=data)
    tried = {key: {o for part in _parts(key, data) for o in behind.get(part, ())} for key in keys}

    def without(origin: str) -> Dataset:
        return data.without(rows=[row for row, found in behind.items() if found == {origin}])

    names = dict.fromkeys(origin for found in behind.values() for origin in sorted(found))
    return _outcomes(tried, names, without, data)


def _outcomes(
    tried: Mapping[str, Collection[str]],
    names: Iterable[str],
    without: Callable[[str], Dataset],
    data: Dataset,
) -> dict[str, Outcome]:
    """What becomes of numbers (key → what is tried of it) where each of ``names`` is gone."""
    whole = {key: data.facts[key] for key in tried}
    moved: dict[str, dict[str, Quantity | None]] = {key: {} for key in tried}
    for name in names:
        keys = [key for key in tried if name in tried[key]]
        left = without(name) if keys else data
        for key in keys:
            again = _again(key, left, data)
            if str(again) != str(whole[key]):
                moved[key][name] = again
    return {key: Outcome(key, whole[key], len(tried[key]), moved[key]) for key in tried}


@kept
def origins_by_row(*, data: Dataset = BOOK) -> dict[str, set[str]]:
    """Row (``table/row``) → the origins that its claims lead back to, each by its first claim.

    A row is stated by the claims that name its figure, or the row that holds it, or else by those
    of the coded report that it comes from. Others are left out.
    """
    every, stated = claims(data=data), by_row(data=data)
    first = {claim.witness: key for key, claim in reversed(every.items())}
    found: dict[str, set[str]] = {}
    for name in data.names:
        for key, cells in data.raw(name).items():
            holder = "/".join(held_in(name, cells)[:2])
            report = f"press_reports/{cells.get('report_id')}"
            told = stated.get(holder) or stated.get(report) or []
            behind = origins([claim.id for claim in told], ORIGINS, data=data)
            if behind:
                found[f"{name}/{key}"] = {first[every[origin].witness] for origin in behind}
    return found


def _parts(key: str, data: Dataset) -> set[str]:
    """The rows, ``table/row``, of the figures that a number is made of, itself where it is one."""
    fact = data.facts.fact(key)
    keys = (key,) if fact.table else fact.quantity.inputs
    return {part if "/" in part else f"facts/{part}" for part in keys}


def _again(key: str, left: Dataset, data: Dataset) -> Quantity | None:
    try:
        made = left.facts[key]
    except CANNOT_BE_MADE:
        return None
    except KeyError as error:
        # A model that looks up a row by its id: only one that fell may be missing.
        if not any(
            error.args[0] in data.rows(name) and error.args[0] not in left.rows(name)
            for name in data.names
        ):
            raise
        return None
    # A count of no rows at all rests on nothing.
    return made if made.sources else None


def _distance(one: Quantity, other: Quantity) -> float:
    """How far a number moved: the largest change of its point or of a bound that is known."""
    pairs = zip((one.value, *one.bounds), (other.value, *other.bounds), strict=True)
    moves = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    return max(filter(math.isfinite, moves), default=0.0)
