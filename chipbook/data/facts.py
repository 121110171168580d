"""The numbers by their keys: rows of the tables, and what is computed from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from chipbook.data import derived, refs
from chipbook.data.quantity import Quantity
from chipbook.data.store import DataError, Missing, Row, near, split

if TYPE_CHECKING:
    from chipbook.data.dataset import Dataset


@dataclass(frozen=True)
class Fact:
    """A number with its evidence: a row of facts.csv or of another table, or a derived number.

    ``reports`` are the rows of press_reports that the number comes from, which hold the answers;
    ``answered`` are those among them whose answer is about this number, not another part of the
    report. ``quoted`` are the words of a page for it, where they were seen, and ``translation`` the
    same in English. ``period`` and the dates of review are ISO 8601. ``table`` is empty for what we
    compute; ``holder`` is the key (``table/row``) of the row that holds the number, another one
    where this row refers to it. Of what we compute, ``formula`` is the text of the formula, empty
    for a model, and ``reads`` are the keys and the tables that formula or model name.
    """

    id: str
    entity: str
    metric: str
    basis: str
    period: str
    attributed_to: str
    note: str
    quantity: Quantity
    quoted: str = ""
    translation: str = ""
    reviewed: str = ""
    review_by: str = ""
    reports: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    table: str = ""
    holder: str = ""
    formula: str = ""
    reads: tuple[str, ...] = ()


class Facts(Mapping[str, Quantity]):
    """The numbers of a dataset by id: ``facts["ft25-total"]`` is a :class:`Quantity`.

    A row of any other table that is a figure can be had as ``facts["peer_capex/meta-fy2025"]``.
    Iteration gives the rows of facts.csv and of derived.csv.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._open: list[str] = []

    def __getitem__(self, key: str) -> Quantity:
        return self.fact(key).quantity

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._data.rows("facts"), *self._data.rows("derived"))))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        table, _, row = str(key).partition("/")
        if row:
            return table in self._data.names and "value" in self._data.rows(table).get(row, ())
        return key in self._data.rows("facts") or key in self._data.rows("derived")

    def frame(self, keys: Mapping[str, str] | list[str], unit: str | None = None) -> pd.DataFrame:
        """Some numbers as a table, one row each.

        ``keys`` is a list of ids, or a mapping from the label a reader sees to the id. Columns:
        ``label``, ``id``, ``entity``, ``metric``, ``text`` (the number in words), ``status``,
        ``period``, ``source_ids``; with a ``unit`` also ``value``, ``low`` and ``high``, floats in
        that unit as the words have them (an open bound or a missing point is missing; see
        :attr:`Quantity.drawn`). Raises ``UnitError`` for a number that is not in ``unit``.
        """
        named = keys if isinstance(keys, Mapping) else {key: key for key in keys}
        rows = [
            {
                "label": label,
                "id": fact.id,
                "entity": fact.entity,
                "metric": fact.metric,
                "text": str(fact.quantity),
                "status": fact.quantity.status,
                "period": fact.period,
                "source_ids": ";".join(fact.quantity.sources),
                **(_in_unit(fact.quantity, unit) if unit else {}),
            }
            for label, fact in zip(named, map(self.fact, named.values()), strict=True)
        ]
        return pd.DataFrame(rows)

    def near(self, key: str) -> str:
        """A sentence with the ids that resemble ``key``."""
        table, _, row = key.partition("/")
        in_table = row and table in self._data.names
        return near(row, self._data.rows(table)) if in_table else near(key, self)

    def fact(self, key: str) -> Fact:
        """The number ``key`` with its evidence; ``Missing`` with the near ids for a wrong one."""
        return self._data.keep(("fact", key), lambda: self._fact(key))

    def _fact(self, key: str) -> Fact:
        if key not in self:
            raise Missing(f"no fact {key!r}: {self.near(key)}")
        if key in self._data.rows("derived"):
            return self._computed(key)
        table, _, row = key.rpartition("/")
        table = table or "facts"
        return _stated(self._data.rows(table)[row], self._data.resource(table), key)

    def _computed(self, key: str) -> Fact:
        """The derived number ``key``: its reports and its review are those of its parts."""
        row = self._data.rows("derived")[key]
        if key in self._open:
            raise DataError(f"derived.csv: {key} needs itself, by {', '.join(self._open)}")
        self._open.append(key)
        try:
            quantity, reads = self._made(row)
        finally:
            self._open.pop()
        parts = [self.fact(part) for part in quantity.inputs]
        return Fact(
            id=key,
            entity=row["entity"],
            metric=row["metric"],
            basis="arithmetic",
            period=row["period"],
            attributed_to="Our arithmetic",
            note=row["note"],
            quantity=quantity,
            reviewed=min((part.reviewed for part in parts if part.reviewed), default=""),
            review_by=min((part.review_by for part in parts if part.review_by), default=""),
            reports=tuple(dict.fromkeys(report for part in parts for report in part.reports)),
            answered=tuple(dict.fromkeys(report for part in parts for report in part.answered)),
            formula=row["formula"],
            reads=reads,
        )

    def _made(self, row: Row) -> tuple[Quantity, tuple[str, ...]]:
        if not row["formula"]:
            if row["id"] not in derived.MODELS:
                raise DataError(f"derived.csv: {row['id']} has no formula, and no model makes it")
            model = derived.MODELS[row["id"]]
            return model.function(self._data), model.reads
        try:
            tree = derived.tree(row["formula"])
        except ValueError as error:
            raise DataError(f"derived.csv: {row['id']}: {error}") from None
        made = replace(derived.evaluate(tree, self._data), status="computed").shown(
            digits=int(row["digits"]) if row["digits"] else None,
            percent=True if row["percent"] == "true" else None,
        )
        return made, tuple(derived.named_in(row["formula"]))


def _in_unit(quantity: Quantity, unit: str) -> dict[str, float]:
    ends = quantity.range(unit, drawn=True)
    low, high = (end if math.isfinite(end) else math.nan for end in ends)
    value = math.nan if quantity.value is None else quantity.to(unit)
    return {"value": value, "low": low, "high": high}


# Columns that say what a row is about, and what of it is measured; each table has some of them.
ABOUT = ("entity", "company", "vendor", "buyer", "app", "chip", "outlet", "segment", "market")
MEASURED = ("metric", "product", "stage", "measure", "scope", "series", "denominator", "definition")


def _stated(row: Row, entry: dict, key: str) -> Fact:
    """The figure in a row of a table; ``entry`` is its resource."""
    try:
        quantity = quantity_of(row, name=key)
    except ValueError as error:
        raise DataError(f"{entry['path']}: {error}") from None
    about = [row[name] for name in ABOUT if row.get(name)]
    measured = [row[name] for name in MEASURED if row.get(name)]
    reports = (row["report_id"],) if row.get("report_id") else ()
    holder = "/".join(refs.source(entry["name"], row)[:2])
    if quantity.loose:
        # Two rows that refer to one number have one width.
        quantity = replace(quantity, loose=frozenset([holder]))
    return Fact(
        id=key,
        entity=about[0] if about else entry["title"],
        metric=", ".join(measured + about[1:]) or entry["title"],
        basis=row.get("basis") or entry["title"].lower(),
        period=row.get("period") or row.get("date", ""),
        attributed_to=row.get("attributed_to") or row.get("data_provider", ""),
        note=row.get("note", ""),
        quantity=quantity,
        quoted=row.get("quoted", ""),
        translation=row.get("translation", ""),
        reviewed=row.get("reviewed", ""),
        review_by=row.get("review_by", ""),
        reports=reports,
        answered=reports if row.get("reply_scope") == "this figure" else (),
        table=entry["name"],
        holder=holder,
    )


def quantity_of(row: Row, name: str = "") -> Quantity:
    """The quantity in a row that has the evidence columns (value, unit, qualifier, low, high …).

    ``row`` holds text, as a file does; its id is the number's ``name`` unless another is given.
    Raises as :meth:`Quantity.of`.
    """
    return Quantity.of(
        number(row.get("value")),
        row["unit"],
        row.get("qualifier") or "exact",
        low=number(row.get("low")),
        high=number(row.get("high")),
        status=row["status"],
        sources=tuple(split(row["source_ids"])),
        name=name or row["id"],
    )


def number(cell: str | None) -> float | None:
    """A cell of a file as a number; None where it is empty."""
    return float(cell) if cell else None
