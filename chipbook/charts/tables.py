"""How a chapter shows a table: ``tables.show(df, {...})`` as the last line of a cell.

Inside the book build a table leaves the kernel as plain text cells, which the Sphinx extension
turns into a real table of the page; in a notebook it is a plain HTML table.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from chipbook.charts.theme import mark_shape
from chipbook.data import date_words, split
from chipbook.data.words import QUALIFIERS
from chipbook.story.answers import signs_in

MIME = "application/vnd.chipbook.table+json"
MISSING = "–"

_PAGE = Path(__file__).with_name("table.html")

_SOURCES, _STATUS = "source_ids", "status"
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?"
_DATE = re.compile(rf"(?<![\w./-])({_MONTH}(?:/{_MONTH})?)(?![\w/-])")

FIGURE = re.compile(rf"(?:({'|'.join(QUALIFIERS)}) )?([~\u2212$€¥]?\d[\d,.]*(?!\w).{{0,24}})")
"""A number in words: its qualifier, which may be missing, and the rest."""


@dataclass(frozen=True)
class Table:
    """A table ready to be shown: text cells, and for each column a header and a kind.

    ``kinds`` holds "number", "text", "status" or "sources"; cells of sources are lists of ids.
    ``denied`` are ids of figures with a cross in its rows, also where no column shows them. With
    ``cards`` each row is drawn as a card.
    """

    headers: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str | list[str], ...], ...]
    note: str = ""
    denied: tuple[str, ...] = ()
    cards: bool = False

    def payload(self) -> dict:
        """The table as JSON has it, with lists instead of tuples."""
        return json.loads(json.dumps(vars(self)))

    def _repr_mimebundle_(self, **_: object) -> dict:
        lines = [self.headers, *self.rows]
        plain = "\n".join("\t".join(_plain(cell) for cell in line) for line in lines)
        if os.environ.get("CHIPBOOK_BUILD"):
            return {MIME: self.payload(), "text/plain": plain}
        page = jinja2.Template(_PAGE.read_text(encoding="utf-8"), autoescape=True)
        html = page.render(vars(self), plain=_plain, mark=mark_shape, missing=MISSING)
        return {"text/html": html, "text/plain": plain}


def show(
    df: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    note: str = "",
    *,
    cards: bool = False,
) -> Table:
    """A table of ``df`` for readers; put it last in the cell.

    ``columns`` maps the columns to show, in order, to their headers, with the unit in the header:
    ``{"outlet": "Outlet", "value": "Amount, billion USD"}``. Without it all columns are shown. A
    column ``status`` gets its mark, a column ``source_ids`` becomes links, and an ISO date reads
    as one. ``note`` stands below. With ``cards`` a row is drawn as a card, headed by its first
    column.
    Raises ``KeyError`` for a column that ``df`` does not have.
    """
    if columns is None:
        units = df.attrs.get("units", {})
        columns = {
            name: heading(name) + (f", {units[name]}" if name in units else "") for name in df
        }
    if unknown := [name for name in columns if name not in df]:
        raise KeyError(f"no column {unknown[0]!r}: the table has {', '.join(map(str, df))}")
    shown = df[list(columns)]
    kinds = tuple(_kind(shown[name]) for name in shown)
    rows = tuple(
        tuple(cell(value, kind, name) for value, kind, name in zip(row, kinds, shown, strict=True))
        for row in shown.itertuples(index=False, name=None)
    )
    denied = tuple(signs_in(df.to_dict("records")))
    return Table(tuple(columns.values()), kinds, rows, note, denied, cards)


def heading(name: str) -> str:
    """The ``name`` of a column for readers: ``fiscal_year`` → ``Fiscal year``."""
    return "Sources" if name == _SOURCES else str(name).replace("_", " ").capitalize()


def _kind(column: pd.Series) -> str:
    if column.name == _SOURCES:
        return "sources"
    if column.name == _STATUS:
        return "status"
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return "number" if numeric else "text"


def cell(value: Any, kind: str, column: str) -> str | list[str]:
    """A ``value`` in a ``column`` as text; a list of ids where the ``kind`` is "sources"."""
    if kind == "sources":
        return split(value)
    if value is None or pd.isna(value):
        return MISSING
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, Real):
        return format_number(float(value), group="year" not in str(column).lower())
    return str(value)


def format_number(value: float, group: bool = True) -> str:
    """A ``value`` for readers: ``1234.50`` → ``1,234.5``; never an exponent or a trailing zero.

    At most four decimals from 1 upwards, and four significant digits below. Years have no
    ``group`` of thousands.
    """
    if value != 0 and abs(value) < 1:
        text = f"{float(f'{value:.4g}'):.12f}"
    else:
        text = f"{value:,.4f}" if group else f"{value:.4f}"
    return text.rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")


def kinds_shown(kinds: Sequence[str], rows: Sequence) -> list[str]:
    """The ``kinds`` of columns, "figure" for one of text whose ``rows`` have numbers in words."""
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return [
        "figure" if at and kind == "text" and _figures(column) else kind
        for at, (kind, column) in enumerate(zip(kinds, columns, strict=True))
    ]


def _figures(cells: Sequence[str]) -> bool:
    """Whether the words of a column are numbers, and no years."""
    words = [text for text in cells if text != MISSING]
    return bool(words) and all(
        FIGURE.fullmatch(text) and not re.match(r"\d{4}(-\d\d|$)", text) for text in words
    )


def shown(table: dict) -> dict[str, list]:
    """What a page makes of the payload of a ``table``: the kinds of its columns, and its words."""
    words = [
        [cell if isinstance(cell, list) else _plain(cell) for cell in row] for row in table["rows"]
    ]
    return {"kinds": kinds_shown(table["kinds"], table["rows"]), "rows": words}


def with_dates(text: str) -> list[str]:
    """A ``text`` in parts: each second one is a date of ISO 8601 in it, as readers write it."""
    parts = re.split(_DATE, text)
    return [date_words(part, "%b") if at % 2 else part for at, part in enumerate(parts)]


def _plain(cell: str | list[str]) -> str:
    return "; ".join(cell) if isinstance(cell, list) else "".join(with_dates(cell))
