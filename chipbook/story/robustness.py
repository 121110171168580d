"""Drop one source: what becomes of a number when one page is left out.

A row that another page carries stays; a row that rests on the page alone falls. What is computed
is computed again: counts are counted anew, and arithmetic whose part fell cannot be made. This is a
test of the pages that we read, not of independence: several pages may repeat one origin.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from chipbook.data import downloads, facts, split
from chipbook.data import store as data
from chipbook.data.quantity import Quantity

# What a lookup, a sum or a quotient raises where a row that it needs is not there.
_FELL = (LookupError, ArithmeticError, ValueError)

STANDS, MOVES, FALLS = "stands", "moves", "falls"


@dataclass(frozen=True)
class Outcome:
    """What becomes of one number, as it is printed, when each source is left out in turn.

    ``sources`` is how many pages it rests on; ``without`` maps the id of each page that matters to
    the number that is left, None where it cannot be made.
    """

    key: str
    sources: int
    without: dict[str, Quantity | None]

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
        whole = facts[self.key]
        return max(moved, key=lambda pair: _distance(whole, pair[1]), default=None)


def drop_each(keys: Iterable[str]) -> dict[str, Outcome]:
    """The outcome of every number in ``keys``, each of its sources left out in turn.

    A source is left out once for all the numbers that name it. Raises ``KeyError`` for a key that
    is no fact and no derived number.
    """
    whole = {key: facts[key] for key in keys}
    without: dict[str, dict[str, Quantity | None]] = {key: {} for key in whole}
    for source in dict.fromkeys(s for quantity in whole.values() for s in quantity.sources):
        resting = [key for key, quantity in whole.items() if source in quantity.sources]
        with left_out(source):
            for key in resting:
                left = _again(key)
                if str(left) != str(whole[key]):
                    without[key][source] = left
    return {key: Outcome(key, len(whole[key].sources), without[key]) for key in whole}


def _again(key: str) -> Quantity | None:
    try:
        left = facts[key]
    except _FELL:
        return None
    # A count of no rows at all rests on nothing.
    return left if left.sources else None


def _distance(one: Quantity, other: Quantity) -> float:
    """How far a number moved: the largest change of its point or of a bound that is known."""
    pairs = zip((one.value, *one.bounds), (other.value, *other.bounds), strict=True)
    known = [(a, b) for a, b in pairs if None not in (a, b) and math.isfinite(a - b)]
    return max((abs(a - b) for a, b in known), default=0.0)


@contextmanager
def left_out(source: str) -> Iterator[set[str]]:
    """The data without one page, and the rows (``table/row``) that fall with it.

    Within the block every table and number is made from what is left; afterwards, also after an
    error, all is as before. Not for use in threads.
    """
    names = [entry["name"] for entry in data.package()["resources"]]
    whole = {name: _bare(name) for name in names}
    fallen = _fallen(whole, source)
    left = {name: _without(name, table, source, fallen) for name, table in whole.items()}
    original = data._table
    _forget()
    data._table = left.__getitem__
    try:
        yield fallen
    finally:
        data._table = original
        _forget()


@cache
def _bare(name: str) -> pd.DataFrame:
    # Texts in words: a row that they name may fall. And without attributes, because pandas copies
    # them, long lists among them, with every column that is looked at.
    table = data.load(name)
    table.attrs = {}
    return table


def _fallen(tables: dict[str, pd.DataFrame], source: str) -> set[str]:
    """Rows that nothing carries without ``source``, and those that were made of such a row."""
    fallen = {f"sources/{source}"}
    for name, table in tables.items():
        if "source_ids" not in table:
            continue
        for row, cell in zip(table["id"], table["source_ids"], strict=True):
            pages = split(cell)
            # A statement of the article needs the article, and a page to compare it with.
            needed = pages[:1] if name == "article_statements" else []
            others = [page for page in pages if page not in needed]
            if source in needed or others == [source]:
                fallen.add(f"{name}/{row}")
    # An assumption needs every row that it was made of, whatever other pages it names.
    if "assumptions" in tables:
        made = tables["assumptions"]
        for row, parts in zip(made["id"], made["row_ids"], strict=True):
            if fallen & set(split(parts)):
                fallen.add(f"assumptions/{row}")
    return fallen


def _without(name: str, table: pd.DataFrame, source: str, fallen: set[str]) -> pd.DataFrame:
    """A table without its fallen rows, and without the page in the lists of the others."""
    gone = (f"{name}/" + table["id"]).isin(fallen)
    touched = ~gone & _names(table, source)
    if not (gone.any() or touched.any()):
        return table
    kept = table.copy()
    if touched.any():
        cells = table.loc[touched, "source_ids"]
        kept.loc[touched, "source_ids"] = [
            ";".join(page for page in split(cell) if page != source) for cell in cells
        ]
    return kept[~gone].reset_index(drop=True)


def _names(table: pd.DataFrame, source: str) -> pd.Series:
    cells = table["source_ids"] if "source_ids" in table else [""] * len(table)
    return pd.Series([source in split(cell) for cell in cells], index=table.index, dtype=bool)


def _forget() -> None:
    """Empty every cache of the package that holds what was read or computed from the data."""
    for each in _caches():
        each.cache_clear()


def _caches() -> Iterator[Any]:
    # Modules are imported as they are needed, so the list is made anew each time.
    for name, module in list(sys.modules.items()):
        if not name.startswith("chipbook."):
            continue
        for value in list(vars(module).values()):
            inside = vars(value).values() if isinstance(value, type) else ()
            for found in (value, *inside):
                ours = getattr(found, "__module__", None) == name
                # The files as they are have not changed.
                if ours and hasattr(found, "cache_clear") and found not in _FILES:
                    yield found


_FILES = (data.package, data._table, _bare, downloads.archive, downloads.database)
