"""The data in other formats: a ZIP archive, a database, a workbook, the facts with answers.

All are made in memory, byte for byte the same from the same data, so that their hashes can be
printed before the files are written.
"""

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import xlsxwriter

from chipbook.data import BOOK, data_dir, load, package, resource, split
from chipbook.data.settings import settings
from chipbook.story.answers import answered, elsewhere, merged, sign_in_words

FOLDER = "data"
"""Folder of the site that the data package lies in, with its downloads."""

LIST = "source_ids"
"""The column that holds a list; the database has a table of links in its place."""


DESCRIPTOR = "datapackage.json"
"""Name of the descriptor, in that folder."""

ANSWERS = "facts_with_answers"
"""Name of the facts with their answers: as a file, a view of the database and a sheet."""

_SET = settings(__file__)


def descriptor() -> bytes:
    """The descriptor of the tables as they are published, as a file."""
    return (json.dumps(package(), indent=2, ensure_ascii=False) + "\n").encode()


def sha256(content: bytes) -> str:
    """The hash that stands beside a download of this ``content``, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files() -> dict[str, Callable[[], bytes]]:
    """Names of the downloads of the whole, and what makes each; the version is in most names.

    That of the database has no dot, on which the links of Datasette break.
    """
    stem = f"{package()['name']}-{package()['version']}"
    return {
        f"{stem}.xlsx": spreadsheet,
        f"{ANSWERS}.csv": answers_file,
        f"{stem.replace('.', '-')}.sqlite": database,
        f"{stem}.zip": archive,
    }


@cache
def facts_with_answers() -> pd.DataFrame:
    """The facts with what was answered to each, so that no table needs to be joined.

    ``denied`` has "denied", "denied in part" or "rests on a denied report"; ``answer``,
    ``answered_by`` and ``answered_on`` say what was said to it, to another part of its report, or
    to the report it rests on.
    """
    rows = BOOK.rows("facts").items()
    told = ((key, merged(answered(row)[1] or elsewhere(row))) for key, row in rows)
    said = [(sign_in_words(key), one.word, one.who, one.day) for key, one in told]
    answers = pd.DataFrame(said, columns=list(_SET["columns"]), dtype="str").replace("", None)
    return pd.concat([answers, _as_published("facts")], axis=1)


@cache
def archive() -> bytes:
    """The data folder (tables, schema, codebook, change log) as a ZIP archive."""
    folder = f"{package()['name']}-{package()['version']}"
    members: dict[str, Path | bytes] = {
        f"{folder}/{path.name}": descriptor() if path.name == DESCRIPTOR else path
        for path in data_dir().iterdir()
        if not path.name.startswith((".", "_")) and path.is_file()
    }
    buffer = io.BytesIO()
    zipped(buffer, members)
    return buffer.getvalue()


def zipped(target: Path | BinaryIO, members: Mapping[str, Path | bytes]) -> None:
    """Write a ZIP archive of ``members``, by their names, to ``target``.

    The same members make the same archive: dates and system are not those of the machine.
    """
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(members):
            info, content = zipfile.ZipInfo(name), members[name]
            info.create_system, info.external_attr = 3, 0o644 << 16
            data = content if isinstance(content, bytes) else content.read_bytes()
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)


def answers_file() -> bytes:
    """:func:`facts_with_answers` as CSV, with the mark by which Excel knows UTF-8."""
    return facts_with_answers().to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _as_published(name: str) -> pd.DataFrame:
    """A table with the columns of its file, its enumerations as text."""
    # load() adds the first and last day of each period.
    table = load(name)[[field["name"] for field in resource(name)["schema"]["fields"]]]
    return table.astype(dict.fromkeys(table.select_dtypes("category"), "str"))


@cache
def database() -> bytes:
    """The tables as an SQLite database, with the columns of their files; an empty cell is NULL.

    A list ``source_ids`` becomes a table ``<resource>_sources`` with ``row_id``, ``position``
    (from 1, in the order of the list) and ``source_id``. The view ``facts_with_answers`` is
    :func:`facts_with_answers`.
    """
    connection, sql = sqlite3.connect(":memory:"), _SET["sql"]
    for entry in package()["resources"]:
        name, table = entry["name"], _as_published(entry["name"])
        connection.execute(_created(entry))
        if LIST in table:
            connection.execute(sql["links"].format(name))
            rows = zip(table["id"], table.pop(LIST), strict=True)
            named = [
                (row, place, page)
                for row, cell in rows
                for place, page in enumerate(split(cell), 1)
            ]
            connection.executemany(f'INSERT INTO "{name}_sources" VALUES (?, ?, ?)', named)
        table.to_sql(name, connection, index=False, if_exists="append")
    connection.execute(sql["answers"])
    answers = facts_with_answers()[["id", *_SET["columns"]]].dropna(subset="answer")
    answers.to_sql("fact_answers", connection, index=False, if_exists="append")
    connection.execute(sql["view"])
    connection.commit()
    return connection.serialize()


def _created(entry: dict) -> str:
    """The statement that creates the table of an ``entry`` of the descriptor, with its keys."""
    schema = entry["schema"]
    parts = [
        f'"{field["name"]}" {_SET["types"].get(field["type"], "TEXT")}'
        for field in schema["fields"]
        if field["name"] != LIST
    ]
    parts.append("PRIMARY KEY (id)")
    for key in schema.get("foreignKeys", ()):
        parts.append(_SET["sql"]["key"].format(key["fields"][0], key["reference"]["resource"]))
    return f'CREATE TABLE "{entry["name"]}" ({", ".join(parts)})'


@cache
def spreadsheet() -> bytes:
    """The tables, and the facts with answers, as a :func:`workbook`."""
    whole = package()
    told = whole | {"licence": whole["licenses"][0], "day": whole["created"][:10]}
    front = [[text.format(**told) for text in line] for line in _SET["sheet"]["front"]]
    front += [[entry["name"], entry["title"]] for entry in whole["resources"]]
    tables = {ANSWERS: facts_with_answers()}
    tables |= {entry["name"]: load(entry["name"]) for entry in whole["resources"]}
    notes = {
        entry["name"]: {
            field["name"]: f"{field['description']} {field.get('unit', '')}".strip()
            for field in entry["schema"]["fields"]
        }
        for entry in whole["resources"]
    }
    notes[ANSWERS] = notes["facts"] | _SET["columns"]
    return workbook(datetime.fromisoformat(told["day"]), front, tables, notes)


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
    with xlsxwriter.Workbook(buffer, _SET["sheet"]["options"]) as book:
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
    texts = {name: table[name].dropna().astype("str") for name in table}
    day = r"\d{4}-\d\d-\d\d"
    days = [name for name, of in texts.items() if len(of) and of.str.fullmatch(day).all()]
    beside = {f"{name}_{end}" for name in days for end in ("start", "end")}
    dates = {name: pd.to_datetime(table[name]) for name in days}
    return table.assign(**dates).drop(columns=beside & set(table))
