"""What a reader takes away of a chart: its values, their columns, and a specification."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from chipbook.charts import theme
from chipbook.charts.drawing import WIDE
from chipbook.charts.spec import Drawn, wrapped
from chipbook.charts.tables import MISSING
from chipbook.data.settings import settings
from chipbook.story.answers import answered, merged

Row = dict[str, str]

_FROM_ROW: dict[str, list[str]] = settings(__file__)["from_row"]
_LAST = ("Unit", *_FROM_ROW, "Answer", "Answered by", "Answered on", "source_ids", "Sources")
_NUMBER = r"-?\d+(\.\d+)?"


def values(tables: list[Drawn], names: Mapping[str, str]) -> list[Row]:
    """What ``tables`` show, one row each: heading → text, the same headings in every row.

    Beside what is drawn a row has its unit, who says it, its period and status, who answered what
    and when, and its sources, whose ``names`` are given by id.
    """
    # A table of one column has the names of places.
    told = [table for table in tables if len(table.headers) > 1] or tables
    rows = [
        _row(table, cells, raw, names)
        for table in told
        for cells, raw in zip(table.rows, table.raw, strict=True)
    ]
    known = {heading for row in rows for heading, text in row.items() if text}
    drawn = dict.fromkeys(heading for table in told for heading in table.headers)
    order = [*(heading for heading in drawn if heading not in _LAST), *_LAST]
    return [{head: row.get(head, "") for head in order if head in known} for row in rows]


def _row(table: Drawn, cells: list, raw: dict, names: Mapping[str, str]) -> Row:
    drawn, units, ids = Row(), dict[str, None](), list[str]()
    for heading, kind, cell in zip(table.headers, table.kinds, cells, strict=True):
        if kind == "sources":
            ids = cell
        elif cell != MISSING:
            plain = cell.replace(",", "").replace("\N{MINUS SIGN}", "-")
            number = kind == "number" and re.fullmatch(_NUMBER, plain)
            drawn[heading] = plain if number else cell
            if number:
                # An axis may list units, of which each row has one.
                own = raw.get("unit") or heading
                units[own if own in heading.split(", ", 1)[-1] else unit(heading)] = None
    word, answers = answered(raw)
    told = merged(answers)
    filled = {
        heading: next((str(raw[name]).partition("T00:")[0] for name in named if raw.get(name)), "")
        for heading, named in _FROM_ROW.items()
    }
    return {
        "Unit": "; ".join(units),
        **filled,
        "Answer": word,
        "Answered by": told.who,
        "Answered on": told.day,
        "source_ids": ";".join(ids),
        "Sources": "; ".join(dict.fromkeys(names[key] for key in ids if key in names)),
        **drawn,
    }


def unit(heading: str) -> str:
    """The unit in the ``heading`` of a column of numbers: what stands behind its last comma."""
    return heading.rpartition(", ")[2]


def to_csv(rows: list[Row]) -> bytes:
    """``rows`` as CSV in UTF-8, with the mark by which Excel knows it and reads Chinese rightly."""
    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def fields(tables: list[Drawn], rows: list[Row]) -> list[dict[str, str]]:
    """The columns of ``rows``, the values of ``tables``, each with name, type and unit."""
    heads = [head for table in tables for head in zip(table.headers, table.kinds, strict=True)]
    found = [{"name": heading, "type": "string"} for heading in rows[0]]
    for field in found:
        filled = [row for row in rows if row[field["name"]]]
        number = all(re.fullmatch(_NUMBER, row[field["name"]]) for row in filled)
        if number and (field["name"], "number") in heads:
            units = dict.fromkeys(row["Unit"] for row in filled if ";" not in row["Unit"])
            field |= {"type": "number", "unit": "; ".join(units) or unit(field["name"])}
    return found


def alone(spec: dict, about: Mapping[str, Any]) -> dict:
    """A ``spec`` that any Vega-Lite renders as the page does, without its style sheet and script.

    It keeps ``about`` in ``usermeta``.
    """
    own = {"width": WIDE, "background": theme.COLOURS["chart-bg"][0], "usermeta": about}
    return json.loads(theme.flatten(json.dumps(wrapped(spec) | own)))
