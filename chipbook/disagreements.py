"""Figures that answer one question differently, side by side and never averaged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from chipbook.data import load, split


@dataclass(frozen=True)
class Disagreement:
    """One row of disagreements.csv; ``rows`` are keys of figures (see ``chipbook.facts``)."""

    id: str
    question: str
    rows: tuple[str, ...]
    kind: str
    reason: str
    note: str


@cache
def disagreements() -> dict[str, Disagreement]:
    """Every disagreement by its id, in the order of the file."""
    table = load("disagreements")
    found = {}
    for row in table.astype(object).where(table.notna(), "").to_dict("records"):
        row["rows"] = tuple(split(row.pop("row_ids")))
        found[row["id"]] = Disagreement(**row)
    return found


def of(key: str) -> list[Disagreement]:
    """The disagreements that a figure is part of."""
    return [found for found in disagreements().values() if key in found.rows]
