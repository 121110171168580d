"""The data in other formats: all of it as a ZIP archive or an SQLite database, a table as Parquet.

All are made in memory, byte for byte the same from the same data, so that their hashes can be
printed before the files are written.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from functools import cache

import pandas as pd

from chipbook.data import data_dir, load, package, resource, split

_TYPES = {"number": "REAL", "integer": "INTEGER", "boolean": "INTEGER"}
FOLDER = "data"
"""Folder of the site that the data package lies in, with its downloads."""

LIST = "source_ids"
"""The column that holds a list; the database has a table of links in its place."""


DESCRIPTOR = "datapackage.json"
"""Name of the descriptor, in that folder."""


def descriptor() -> bytes:
    """The descriptor of the tables as they are published, as a file."""
    return (json.dumps(package(), indent=2, ensure_ascii=False) + "\n").encode()


def sha256(content: bytes) -> str:
    """The hash that stands beside a download of this ``content``, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files() -> dict[str, bytes]:
    """Names and contents of the downloads of the whole; the version is part of the names."""
    stem = f"{package()['name']}-{package()['version']}"
    return {f"{stem}.zip": archive(), f"{stem}.sqlite": database()}


def tables() -> dict[str, bytes]:
    """Names and contents of the Parquet files, one for each table."""
    names = [entry["name"] for entry in package()["resources"]]
    return {f"{name}.parquet": parquet(name) for name in names}


@cache
def parquet(name: str) -> bytes:
    """Table ``name`` as a Parquet file, with the types of the schema and the columns of its file.

    Columns with an enumeration are dictionaries in its order; dates of any precision and lists of
    ids stay text, as they are in the CSV file. The metadata of the file hold ``title``,
    ``version``, ``license`` and ``schema``, the table schema with its units, as JSON.
    """
    # Only the build writes Parquet: a reader's notebook need not install what it takes.
    import fastparquet

    entry = resource(name)
    table = _of_file(entry)
    table.attrs = {}
    target = _Kept()
    fastparquet.write(
        "",
        table,
        open_with=lambda *_: target,
        compression="SNAPPY",
        write_index=False,
        custom_metadata={
            "title": entry["title"],
            "version": package()["version"],
            "license": entry["licenses"][0]["path"],
            "schema": json.dumps(entry["schema"], ensure_ascii=False),
        },
    )
    return target.getvalue()


class _Kept(io.BytesIO):
    """Outlives the writer, which closes what it has written to."""

    def close(self) -> None:
        """Stay open."""


def _of_file(entry: dict) -> pd.DataFrame:
    """The table with the columns of its file: load() adds the first and last day of each period."""
    return load(entry["name"])[[field["name"] for field in entry["schema"]["fields"]]]


@cache
def archive() -> bytes:
    """The data folder (tables, schema, codebook, change log) as a ZIP archive."""
    folder = f"{package()['name']}-{package()['version']}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for path in sorted(data_dir().iterdir()):
            if path.name.startswith((".", "_")) or not path.is_file():
                continue
            # Its date and system stay the defaults, not those of the machine that builds.
            member = zipfile.ZipInfo(f"{folder}/{path.name}")
            member.create_system = 3
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, descriptor() if path.name == DESCRIPTOR else path.read_bytes())
    return buffer.getvalue()


@cache
def database() -> bytes:
    """The tables as an SQLite database with the types, keys and allowed values of the schema.

    A list ``source_ids`` becomes a table ``<resource>_sources`` with ``row_id``, ``position``
    (from 1, in the order of the list) and ``source_id``. Raises ``sqlite3.IntegrityError`` where a
    row breaks the schema or points nowhere.
    """
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript("PRAGMA foreign_keys = ON;" + "".join(_tables()))
        # Tables come in the order of the schema, in which a reference can precede its target.
        connection.executescript("BEGIN; PRAGMA defer_foreign_keys = ON;")
        for entry in package()["resources"]:
            _fill(connection, entry)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables() -> Iterator[str]:
    for entry in package()["resources"]:
        schema = entry["schema"]
        parts = [_column(field) for field in schema["fields"] if field["name"] != LIST]
        parts.append(f"PRIMARY KEY ({', '.join(map(_name, schema['primaryKey']))})")
        for key in schema.get("foreignKeys", ()):
            target = key["reference"]
            parts.append(
                f"FOREIGN KEY ({', '.join(map(_name, key['fields']))}) REFERENCES "
                f"{_name(target['resource'])} ({', '.join(map(_name, target['fields']))})"
            )
        yield f"CREATE TABLE {_name(entry['name'])} (\n  " + ",\n  ".join(parts) + "\n);\n"
        if any(field["name"] == LIST for field in schema["fields"]):
            yield (
                f"CREATE TABLE {_name(entry['name'] + '_sources')} (\n"
                f"  row_id TEXT NOT NULL REFERENCES {_name(entry['name'])} (id),\n"
                "  position INTEGER NOT NULL,\n"
                "  source_id TEXT NOT NULL REFERENCES sources (id),\n"
                "  PRIMARY KEY (row_id, source_id)\n);\n"
            )


def _column(field: dict) -> str:
    rules = field.get("constraints", {})
    words = [_name(field["name"]), _TYPES.get(field["type"], "TEXT")]
    if rules.get("required"):
        words.append("NOT NULL")
    if allowed := rules.get("enum"):
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in allowed)
        words.append(f"CHECK ({_name(field['name'])} IN ({values}))")
    return " ".join(words)


def _fill(connection: sqlite3.Connection, entry: dict) -> None:
    table = _of_file(entry)
    table = table.astype(object).where(table.notna(), None)
    lists = table.pop(LIST) if LIST in table else []
    marks = ", ".join("?" * len(table.columns))
    connection.executemany(
        f"INSERT INTO {_name(entry['name'])} VALUES ({marks})",
        table.itertuples(index=False, name=None),
    )
    for row_id, cell in zip(table["id"], lists, strict=False):
        connection.executemany(
            f"INSERT INTO {_name(entry['name'] + '_sources')} VALUES (?, ?, ?)",
            ((row_id, place, key) for place, key in enumerate(split(cell), start=1)),
        )
