"""Tables as a workbook for Excel and its like."""

import io
from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import xlsxwriter

_HOW = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


def workbook(
    created: datetime,
    front: list[list[str]],
    tables: Mapping[str, pd.DataFrame],
    notes: Mapping[str, Mapping[str, str]],
) -> bytes:
    """A workbook: a sheet "About" with the lines ``front``, then one for each of ``tables``.

    ``notes`` are those of the headings: table → column → text. ``created`` stands in for the time
    of the machine, so the same tables make the same bytes. A column of days has real dates. One
    that has months or periods as well stays text, and what ``load`` puts beside it, its first and
    last day, are dates.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _HOW) as book:
        book.set_properties({"created": created})
        bold = book.add_format({"bold": True})
        about = book.add_worksheet("About")
        about.set_column(0, 0, 28)
        for line, cells in enumerate(front):
            about.write_row(line, 0, cells)
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            for at, (heading, column) in enumerate(_dated(table).items()):
                sheet.set_column(at, at, 14 if at else 28)
                sheet.write_string(0, at, heading, bold)
                if heading in notes[name]:
                    sheet.write_comment(0, at, notes[name][heading])
                for line, value in enumerate(column, start=1):
                    if not pd.isna(value):
                        sheet.write(line, at, value)
    return buffer.getvalue()


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with columns of days as dates, without the first and last day beside them."""
    days = [name for name in table if _all_days(table[name].dropna().astype("str"))]
    beside = {f"{name}_{end}" for name in days for end in ("start", "end")}
    dates = {name: pd.to_datetime(table[name]) for name in days}
    return table.assign(**dates).drop(columns=beside & set(table))


def _all_days(texts: pd.Series) -> bool:
    return len(texts) > 0 and texts.str.fullmatch(r"\d{4}-\d\d-\d\d").all()
