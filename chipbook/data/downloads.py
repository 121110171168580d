"""The data in other formats: all of it as a ZIP archive or an SQLite database.

Both are made in memory, byte for byte the same from the same data, so that their hashes can be
printed before the files are written.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from chipbook.data import data_dir, load, package, split

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


def zipped(
    target: Path | BinaryIO, members: Mapping[str, Path | bytes], how: int = zipfile.ZIP_DEFLATED
) -> None:
    """Write a ZIP archive of ``members``, by their names, to ``target``, packed as ``how`` says.

    The same members make the same archive: dates and system are not those of the machine.
    """
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(members):
            info, content = zipfile.ZipInfo(name), members[name]
            info.create_system, info.external_attr = 3, 0o644 << 16
            data = content if isinstance(content, bytes) else content.read_bytes()
            archive.writestr(info, data, how)


@cache
def database() -> bytes:
    """The tables as an SQLite database, with the columns of their files; an empty cell is NULL.

    A list ``source_ids`` becomes a table ``<resource>_sources`` with ``row_id``, ``position``
    (from 1, in the order of the list) and ``source_id``.
    """
    connection = sqlite3.connect(":memory:")
    for entry in package()["resources"]:
        # load() adds the first and last day of each period.
        table = load(entry["name"])[[field["name"] for field in entry["schema"]["fields"]]]
        # An enumeration is text there; what is missing stays so.
        table = table.astype(dict.fromkeys(table.select_dtypes("category"), "str"))
        if LIST in table:
            rows = zip(table["id"], table.pop(LIST), strict=True)
            named = [
                (row, place, page)
                for row, cell in rows
                for place, page in enumerate(split(cell), 1)
            ]
            links = pd.DataFrame(named, columns=["row_id", "position", "source_id"])
            links.to_sql(f"{entry['name']}_sources", connection, index=False)
        table.to_sql(entry["name"], connection, index=False)
    return connection.serialize()
