"""What a chart says in its specification (Vega-Lite, as Altair writes it), and in its drawing."""

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import NamedTuple

import pandas as pd

from chipbook.charts.tables import MISSING, cell, heading
from chipbook.data import split

ROW = "_row"
"""Column that numbers the rows of a data set: the order of its names, and which mark is whose."""

_ENDS = {"x2": "x", "y2": "y"}
_PLACES = ("x", "y", "x2", "y2")
_SHADES = ("color", "fill", "stroke", "shape")
_TOLD = (*_PLACES, *_SHADES, "detail", "tooltip", "text")
_KINDS = {"quantitative": "number", "temporal": "date"}
_APOSTROPHE = re.compile(r"(?<=[a-z]{2})'(?=[st]\b(?!'))")  # not a quote of an expression
# Kind of a column, in the order of a table → its kind there.
_ORDER = {"text": "text", "date": "text", "words": "text", "number": "number", "rounded": "text"}
_ORDER |= {"status": "status", "sources": "sources"}
_HEADINGS = {"row": "What", "label": "What", "text": "In words", "words": "In words"}
_HEADINGS |= {"published_start": "Published", "later": "Known later", "n": "Number", "of": "About"}


class View(NamedTuple):
    """A chart or a layer: its ``mark``, its ``encoding`` and the ``rows`` that it draws from.

    Encoding and rows may be inherited; there are no rows where the data are kept elsewhere.
    ``name`` is that of its marks in Vega.
    """

    mark: object
    encoding: dict[str, dict | list[dict]]
    rows: list[dict]
    name: str


class Drawn(NamedTuple):
    """A table of what is drawn; ``kinds`` and ``rows`` as in ``chipbook.charts.tables.Table``.

    ``raw`` are the rows of the data that its rows are drawn from, empty where Vega made them.
    """

    headers: list[str]
    kinds: list[str]
    rows: list[list[str | list[str]]]
    raw: list[dict]


def views(spec: dict, at: str = "") -> Iterator[View]:
    """The chart of a ``spec`` and all its layers, each after what it is in and named ``at`` it."""
    data, encoding = spec.get("data") or {}, spec.get("encoding", {})
    values = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
    rows = [row for row in values if isinstance(row, dict)]
    yield View(spec.get("mark"), encoding, rows, f"{at}marks")
    passed_on = {name: spec[name] for name in ("data", "datasets") if name in spec}
    for number, layer in enumerate(spec.get("layer", [])):
        inside = passed_on | layer | {"encoding": encoding | layer.get("encoding", {})}
        yield from views(inside, f"{at}layer_{number}_")


def numbered(spec: dict) -> dict:
    """``spec``, apostrophes as in prose, its rows numbered, "in the order of the data" by that.

    Vega has such an order only as long as no row goes: one that a filter takes away comes back
    as the last.
    """

    def by_number(part: dict) -> dict:
        if "sort" in part and part["sort"] is None:
            part["sort"] = {"field": ROW, "op": "min"}
        return part

    spec = json.loads(_APOSTROPHE.sub("’", json.dumps(spec)), object_hook=by_number)
    for view in views(spec):
        for number, row in enumerate(view.rows):
            if row:
                row[ROW] = number
    return spec


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


def wrapped(spec: dict) -> dict:
    """``spec`` with its title in lines; one longer than the chart is wide would be cut."""
    text, subtitle = (wrap(words, to) for words, to in zip(title(spec), (64, 100), strict=True))
    return spec | {"title": {"text": text, "subtitle": subtitle}}


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
    found: list[list[dict]] = []
    for view in views(spec):
        # An empty row, from which a line is drawn once, is none.
        if any(view.rows) and view.rows not in found:
            found.append(view.rows)
    return found


def fields(spec: dict) -> list[str]:
    """Every field that a ``spec`` encodes, and :data:`ROW`."""
    entries = (entry for view in views(spec) for _, entry in channels(view))
    return sorted({ROW, *(entry["field"] for entry in entries if "field" in entry)})


def tables(spec: dict, items: Mapping[str, list[tuple]]) -> tuple[list[Drawn], list[str]]:
    """What is drawn in the first state of a ``spec``: tables, and words that no row stands behind.

    ``items`` are those of its ``chipbook.charts.drawing.Drawing``. Rows
    of one data set make one table, in their order; what Vega counts or sums makes one of its own.
    Columns are the fields that a reader sees: on an axis with labels, as a colour or shape, as
    words. Words come before numbers, status after them.
    """
    sets, headers, said = datasets(spec), _headers(spec), []
    found: dict[tuple[int, str], dict[object, dict[Column, str]]] = {}
    for view in views(spec):
        if not any(view.rows):
            said += [_line_of(words) for _, _, words in items.get(view.name, [])]
            continue
        columns = _columns(view)
        # Several layers of what Vega made may fill one table.
        made = "".join(column.name for column in columns)
        for number, values, words in items.get(view.name, []) if columns else ():
            raw = {} if number is None else view.rows[number]
            cells = {column: _shown(column, values, words, raw) for column in columns}
            table = found.setdefault((sets.index(view.rows), "" if raw else made), {})
            row = table.setdefault(number if raw else tuple(cells.values()), {})
            row.update(cells | row)
            if raw.get("source_ids"):
                row[_SOURCES] = raw["source_ids"]
    drawn = [_table(rows, headers, sets[key[0]]) for key, rows in sorted(found.items())]
    return [table for table in drawn if table.headers], list(dict.fromkeys(filter(None, said)))


class Column(NamedTuple):
    """A field that a reader sees, and its kind: one of :data:`_ORDER`."""

    name: str
    kind: str


_SOURCES = Column("source_ids", "sources")


def _columns(view: View) -> list[Column]:
    """What a reader sees of the rows of a ``view``, places first and words last."""
    found: list[Column] = []
    labels = "text" in (view.mark, view.mark["type"] if isinstance(view.mark, dict) else "")
    told = (pair for pair in channels(view) if pair[0] in _TOLD and "field" in pair[1])
    told = (pair for pair in told if pair[0] != "detail" or _title(pair[1]))
    for channel, entry in sorted(told, key=lambda pair: _TOLD.index(pair[0])):
        name, kind = entry["field"], _kind(channel, entry, view.encoding)
        computed = name not in view.rows[0]
        if _only_places(channel, entry, view):
            continue
        if computed and channel in _SHADES and "tooltip" in view.encoding:
            continue  # made of what the tooltip tells one by one
        if channel == "text":
            found.append(Column(name, "rounded" if kind == "number" else "words"))
        elif kind == "number":
            # A shade says no number; a place computed for words alone is none of a value.
            if channel not in _SHADES and not (labels and computed):
                found.append(Column(name, kind))
        elif kind:
            found.append(Column(name, "status" if name == "status" else kind))
    if labels and "text" not in view.encoding:
        found.append(Column("words", "words"))
    return found


def _only_places(channel: str, entry: dict, view: View) -> bool:
    """Whether a field is computed for the place of a mark, and is no value that an axis names."""
    raw = bool(view.rows) and entry.get("field") in view.rows[0]
    shown = raw or channel not in _PLACES or _title(entry)
    return not shown and _kind(channel, entry, view.encoding) in _KINDS.values()


def _kind(channel: str, entry: dict, encoding: dict) -> str:
    """The kind of column that a ``channel`` makes; none where its axis names no values."""
    axis = _ENDS.get(channel, channel)
    entry = encoding.get(axis, {}) if channel in _ENDS else entry
    type_, look = entry.get("type", ""), entry.get("axis", {})
    kind = _KINDS.get(type_, "text")
    if axis not in _ENDS.values() or _title(entry):
        return kind
    if look is None or look.get("labels") is False:
        return "" if kind != "text" or type_ == "ordinal" else kind
    return "" if kind != "text" and "labelExpr" in look else kind


def _shown(column: Column, values: dict[str, str], words: str, raw: dict) -> str:
    """The cell of a mark with these ``values`` and ``words`` whose row is ``raw``."""
    text = words if column.kind in ("words", "rounded") else values.get(column.name, "")
    if column.kind == "number" and text:
        return str(cell(float(text), "number", column.name))
    if column.kind == "date":
        text = str(raw.get(column.name, text))  # Vega has a moment, and knows no day
        if text.isdigit():
            text = f"{pd.Timestamp(int(text), unit='ms'):%Y-%m-%d}"
    for said in filter(re.compile(".+ .+").fullmatch, map(str, raw.values())):  # may be broken
        text = re.sub(re.escape(said).replace(r"\ ", r"\s"), said.replace("\\", r"\\"), text)
    return _line_of({"true": "yes", "false": "no"}.get(text, text))


def _table(
    rows: dict[object, dict[Column, str]], headers: dict[str, str], data: list[dict]
) -> Drawn:
    """``rows`` in the order of their ``data``, without columns that say nothing or say it twice."""
    numbered = all(isinstance(key, int) for key in rows)
    order = sorted(rows) if numbered else list(rows)  # type: ignore[type-var]
    lines = [rows[key] for key in order]
    said: dict[Column, list[str]] = {}
    known = dict.fromkeys(column for line in lines for column in line)
    for column in sorted(known, key=lambda column: list(_ORDER).index(column.kind)):
        texts = [line.get(column, "") for line in lines]
        pairs = (zip(texts, other, strict=True) for other in said.values())
        twice = any(all(text in ("", again) for text, again in pair) for pair in pairs)
        rounded = column.kind == "rounded" and Column(column.name, "number") in known
        if any(texts) and not twice and not rounded:
            said[column] = texts
    cells = [
        [split(text) if column is _SOURCES else text or MISSING for text in texts]
        for column, texts in said.items()
    ]
    return Drawn(
        [headers.get(column.name, heading(column.name)) for column in said],
        [_ORDER[column.kind] for column in said],
        [list(row) for row in zip(*cells, strict=True)],
        [data[key] if isinstance(key, int) else {} for key in order],
    )


def _headers(spec: dict) -> dict[str, str]:
    """Field → its header: its title, behind its name where several fields share an axis."""
    found, axes = dict(_HEADINGS), {axis: ("", set[str]()) for axis in _ENDS.values()}
    for view in views(spec):
        for channel, entry in channels(view):
            axis, name, text = _ENDS.get(channel, channel), entry.get("field"), _title(entry)
            if axis in axes:
                axes[axis] = (axes[axis][0] or text, axes[axis][1])
                if _kind(channel, entry, view.encoding) and not _only_places(channel, entry, view):
                    axes[axis][1].update([name] if name else [])
            elif name and text:
                found[name] = text
    for text, names in axes.values():
        for name in names if text else ():
            found[name] = text if len(names) == 1 else f"{heading(name)}, {text}"
    return found


def _title(entry: dict) -> str:
    holders = (entry, entry.get("axis") or {}, entry.get("legend") or {})
    titles = (holder.get("title") for holder in holders)
    return next((title for title in titles if isinstance(title, str)), "")


def _line_of(text: str) -> str:
    """A ``text`` in one line: a label may break its lines at "|", and a day is its midnight."""
    return re.sub(r"\s*,?[\n|]\s*", ", ", re.sub(r"T00:00:00(\.0+)?$", "", text))
