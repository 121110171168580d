"""What a chart says in its specification (Vega-Lite, as Altair writes it): words, rows, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from chipbook.charts.tables import cell, heading
from chipbook.data import split

_AXES = ("x", "y", "x2", "y2")
_ORDER = ("text", "number", "status")  # of the columns of a table


class View(NamedTuple):
    """A chart or a layer: its ``mark``, its ``encoding`` and the ``rows`` that it draws from.

    Encoding and rows may be inherited; there are no rows where the data are kept elsewhere.
    """

    mark: object
    encoding: dict[str, dict | list[dict]]
    rows: list[dict]


class Drawn(NamedTuple):
    """A table of what is drawn; ``kinds`` and ``rows`` as in ``chipbook.charts.tables.Table``."""

    headers: list[str]
    kinds: list[str]
    rows: list[list[str | list[str]]]


def views(spec: dict) -> Iterator[View]:
    """The chart of a ``spec`` and all its layers, each layer after what it is in."""
    data, encoding = spec.get("data") or {}, spec.get("encoding", {})
    values = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
    yield View(spec.get("mark"), encoding, [row for row in values if isinstance(row, dict)])
    passed_on = {name: spec[name] for name in ("data", "datasets") if name in spec}
    for layer in spec.get("layer", []):
        yield from views(passed_on | layer | {"encoding": encoding | layer.get("encoding", {})})


def channels(view: View) -> Iterator[tuple[str, dict]]:
    """The channels of a ``view``, each with what it encodes; a tooltip may encode several."""
    for name, entries in view.encoding.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            yield name, entry


def title(spec: dict) -> tuple[str, str]:
    """Title and subtitle of the chart of a ``spec``, each as one line; empty where it has none."""
    entry = spec.get("title") or ""
    if not isinstance(entry, dict):
        entry = {"text": entry}
    return _line(entry.get("text")), _line(entry.get("subtitle"))


def _line(text: str | list[str] | None) -> str:
    return " ".join(text) if isinstance(text, list) else text or ""


def source_ids(spec: dict) -> list[str]:
    """Ids of the sources that a ``spec`` rests on, sorted: from its data, and from ``usermeta``."""
    found = set((spec.get("usermeta") or {}).get("sources", []))
    for view in views(spec):
        for row in view.rows:
            found.update(split(row.get("source_ids")))
    return sorted(found)


def datasets(spec: dict) -> list[list[dict]]:
    """The rows of each data set that a ``spec`` draws from, in the order of its layers."""
    return [rows for rows, _ in _read(spec)]


def _read(spec: dict) -> list[tuple[list[dict], list[View]]]:
    """The rows of each data set, with all layers that draw from it."""
    found: list[tuple[list[dict], list[View]]] = []
    for view in views(spec):
        if not any(view.rows):  # nothing, or an empty row, from which a line is drawn once
            continue
        if not (known := [drawn for rows, drawn in found if rows == view.rows]):
            known = [[]]
            found.append((view.rows, known[0]))
        known[0].append(view)
    return found


def to_csv(rows: list[dict]) -> str:
    """``rows`` as CSV, with every column that one of them has."""
    return pd.DataFrame(rows, dtype=object).to_csv(index=False, lineterminator="\n")


def tables(spec: dict) -> list[Drawn]:
    """What a ``spec`` draws: for each data set its encoded fields, and sources.

    Words come before numbers, status after them, and rows stay in the order of the data.
    """
    return [_table(rows, fields) for rows, drawn in _read(spec) if (fields := _fields(rows, drawn))]


def _table(rows: list[dict], fields: dict[str, tuple[str, str]]) -> Drawn:
    names = sorted(fields, key=lambda name: _ORDER.index(fields[name][1]))
    if any(row.get("source_ids") for row in rows):
        fields, names = fields | {"source_ids": ("", "sources")}, [*names, "source_ids"]
    return Drawn(
        [fields[name][0] or heading(name) for name in names],
        [fields[name][1] for name in names],
        [[cell(_value(row.get(name)), fields[name][1], name) for name in names] for row in rows],
    )


def _fields(rows: list[dict], drawn: list[View]) -> dict[str, tuple[str, str]]:
    """Encoded fields of a data set: name → its title (or nothing), its kind."""
    found: dict[str, tuple[str, str]] = {}
    for view in drawn:
        for _, entry in sorted(channels(view), key=lambda channel: channel[0] not in _AXES):
            name = entry.get("field")
            if name is None or name == "source_ids" or not any(name in row for row in rows):
                continue
            named, kind = found.get(name, ("", "status" if name == "status" else "text"))
            if kind == "text" and entry.get("type") == "quantitative":
                kind = "number"
            found[name] = (named or _title(entry), kind)
    return found


def _title(entry: dict) -> str:
    holders = (entry, entry.get("axis") or {}, entry.get("legend") or {})
    titles = (holder.get("title") for holder in holders)
    return next((title for title in titles if isinstance(title, str)), "")


def _value(value: object) -> object:
    """Altair writes a day as its midnight, and a label may break its lines at "|"."""
    if not isinstance(value, str):
        return value
    return re.sub(r"\s*[\n|]\s*", ", ", re.sub(r"T00:00:00(\.0+)?$", "", value))
