"""What a maintainer does in one step: correct a row, or release a version.

Each works on a copy, and the files change together once the checks have passed, or not at all.
"""

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from chipbook.check.refresh import entries, refresh, stamp
from chipbook.check.schema import Problem, Row, tables
from chipbook.data.refs import FIGURE
from chipbook.data.state import write_all
from chipbook.data.store import near, read_package

KINDS = ("major", "minor", "patch")
"""A changed meaning, new rows or tables, a corrected value: the three numbers of a version."""


class CorrectionError(ValueError):
    """A step that cannot be made, in one sentence."""


def correct(
    folder: Path, row: str, columns: list[str], values: list[str], reason: str, day: date
) -> list[Problem]:
    """Change cells of a row in ``folder``, log each, raise the version, enter it, and refresh.

    ``row`` is ``"table/id"``. ``values`` are those of ``columns``, an empty one takes the value
    out. ``reason`` is for readers, ``day`` dates the version. Raises :class:`CorrectionError` where
    there is no such cell or nothing to change; returns the faults that the checks find in the
    corrected data. In both cases no file has changed.
    """
    found = _row(folder, row)
    before, after = dict(found), dict(_new_cells(found, columns, values, reason))

    def change(draft: Path) -> None:
        note = f"Corrected.\n\n- `{row}`: {', '.join(columns)}. {reason}"
        version = _raise_version(draft, "patch", note, day)
        rewrite(draft / Path(found.file).name, found["id"], after)
        ids = (re.search(r"\d+$", key) for key in tables(draft)["corrections"].rows)
        last = max((int(number[0]) for number in ids if number), default=0)
        with (draft / "corrections.csv").open("a", encoding="utf-8", newline="") as log:
            for nth, column in enumerate(columns, start=last + 1):
                cells = [f"c-{nth:03}", *row.split("/"), column, before[column], after[column]]
                log.write(_line([*cells, reason, day, version]))

    return _in_a_copy(folder, change)


def release(folder: Path, kind: str, note: str, day: date) -> list[Problem]:
    """Raise the version in ``folder`` by a ``kind`` of :data:`KINDS`, enter it, and refresh.

    ``note`` is its entry, ``day`` dates it. Raises :class:`CorrectionError` where no data changed,
    where the kind is too small for what did, or where the version has an entry that is not stamped;
    returns what the checks find. In both cases no file has changed.
    """
    if kind not in KINDS:
        raise CorrectionError(f"KIND is {kind or 'missing'}: expected one of {', '.join(KINDS)}")
    if not note.strip():
        raise CorrectionError("a version needs its entry, in a sentence for readers")
    last = entries(folder)[0]
    if last.digest == stamp(folder):
        raise CorrectionError(f"nothing changed since version {last.version}")
    return _in_a_copy(folder, lambda draft: _raise_version(draft, kind, note, day))


def _in_a_copy(folder: Path, change: Callable[[Path], object]) -> list[Problem]:
    """Change a copy of the package, refresh it, and take it over unless the checks find faults."""
    with tempfile.TemporaryDirectory() as name:
        draft = Path(shutil.copytree(folder, Path(name) / folder.name))
        cited = folder.parent / "CITATION.cff"
        if cited.is_file():
            shutil.copy(cited, name)
        change(draft)
        problems = refresh(draft)
        if not problems:
            files = [*filter(Path.is_file, draft.iterdir()), *draft.parent.glob("CITATION.cff")]
            new = {folder.parent / path.relative_to(name): path.read_bytes() for path in files}
            write_all({path: made for path, made in new.items() if path.read_bytes() != made})
        return problems


def done(folder: Path, command: str) -> str:
    """What the last ``command``, "correct" or "release", did in ``folder``, in one line."""
    new, old, *_ = (entry.version for entry in entries(folder))
    if command == "release":
        return f"version {old} → {new}"
    lines = [line for line in tables(folder)["corrections"] if line["version"] == new]
    cells = [
        f"{line['column']} {line['old'] or 'empty'} → {line['new'] or 'empty'}" for line in lines
    ]
    where = f"{lines[0]['resource']}/{lines[0]['row_id']}"
    return f"{where}: {', '.join(cells)}; version {old} → {new}"


def _row(folder: Path, row: str) -> Row:
    if not row:
        raise CorrectionError("ROW is missing: table/id, as in ROW=facts/rev24")
    found = tables(folder)
    name, _, key = row.partition("/")
    if name not in found:
        raise CorrectionError(f"no table {name!r}: ROW is table/id, of {', '.join(found)}")
    if key not in found[name].rows:
        raise CorrectionError(f"no row {key!r} in {name}: {near(key, found[name].rows)}")
    return found[name].rows[key]


def _new_cells(
    row: Row, columns: list[str], values: list[str], reason: str
) -> Iterator[tuple[str, str]]:
    """Column and value of each, if the cells of ``row`` can be changed so."""
    where = f"{row.table}/{row['id']}"
    if not all(columns):
        raise CorrectionError(f"COLUMN is missing: one of {', '.join(row)}")
    if len(columns) != len(values):
        raise CorrectionError(f"{len(columns)} columns, but {len(values)} values")
    if not reason.strip():
        raise CorrectionError("a correction needs its reason, in a sentence for readers")
    for column, value in zip(columns, values, strict=True):
        held_by = row.get(f"{column}_row") or (column in FIGURE and row.get("row"))
        if held_by and not row.get(column):
            raise CorrectionError(f"{where}: {held_by} holds it, correct that")
        if column not in row or column == "id":
            raise CorrectionError(f"no column {column!r} in {row.table}: {near(column, row)}")
        if row[column] == value:
            raise CorrectionError(f"{where}: {column} is {value!r} already")
        yield column, value


def _raise_version(draft: Path, kind: str, note: str, day: date) -> str:
    """The next version, in descriptor and change log; gives it."""
    old = entries(draft)[0]
    if not old.digest:
        raise CorrectionError(f"version {old.version} has an entry already, without its stamp")
    numbers, place = [int(number) for number in old.version.split(".")], KINDS.index(kind)
    new = ".".join(map(str, [*numbers[:place], numbers[place] + 1, 0, 0][:3]))
    path, log = draft / "datapackage.json", draft / "CHANGELOG.md"
    current = read_package(draft)["version"]
    text = path.read_text("utf-8").replace(f'"version": "{current}"', f'"version": "{new}"', 1)
    path.write_text(text, encoding="utf-8", newline="\n")
    head, mark, rest = log.read_text("utf-8").partition("\n## ")
    entered = f"{head}\n## {new} ({day})\n\n{note}\n{mark}{rest}"
    log.write_text(entered, encoding="utf-8", newline="\n")
    return new


def rewrite(path: Path, key: str, cells: dict[str, str]) -> None:
    """Change ``cells`` of the row ``key`` in the CSV file ``path``, and no byte of other rows."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    reader = csv.DictReader(lines)
    start = 1
    for row in reader:
        if row["id"] == key:
            lines[start : reader.line_num] = [_line((row | cells).values())]
            break
        start = reader.line_num
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
