"""How the book draws: theme, charts, their static pictures, tables, and what chart cells share."""

from chipbook.charts.idioms import (
    coloured,
    denied_crosses,
    direct_labels,
    finding,
    haloed,
    marked,
    menu,
    named_rows,
    note,
    outlined,
    radio,
    range_lines,
    reference_line,
    slider,
    status_marks,
    two_sided_labels,
)

__all__ = [
    "coloured",
    "denied_crosses",
    "direct_labels",
    "finding",
    "haloed",
    "marked",
    "menu",
    "named_rows",
    "note",
    "outlined",
    "radio",
    "range_lines",
    "reference_line",
    "slider",
    "status_marks",
    "two_sided_labels",
]
