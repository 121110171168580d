"""One cell of the data changed at a time: is it refused, or shown on the pages and in the log?

    python bench/mutate_data.py --cells 320 --seed 1             # what the checks and pages say
    python bench/mutate_data.py --cells 320 --seed 1 --builds 10 # ten of them corrected and built

Each change is of a kind that a slip of a hand makes: another digit, magnitude, sign, unit, word of
a list, key, year, word of a text, or nothing. A table gives cells by its size, the log none. What
a change moves is told by what the pages are made of: the numbers with their evidence and their
cards, claims, relations, panels, and the row with its address. Prints the verdicts, and each change
that nobody would notice; ends with 1 where there is one.
"""

from __future__ import annotations

import argparse
import csv
import gc
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import frictionless  # noqa: E402, F401

from chipbook.book.pages.rows import TablePage  # noqa: E402
from chipbook.book.pages.sources import source_list  # noqa: E402
from chipbook.check import released, schema  # noqa: E402
from chipbook.check.refresh import faults_of_meaning, faults_of_release  # noqa: E402
from chipbook.data import BOOK, data_dir, facts  # noqa: E402
from chipbook.data.store import read_package  # noqa: E402
from chipbook.data.words import DATES  # noqa: E402
from chipbook.story import claims, disagreements  # noqa: E402

Row = dict[str, str]
LEFT_OUT, END = ("corrections",), "2099-12-31"
AT_ONCE = 12
LINES = ("schema", "meaning", "source", "log", "nothing")
"""What refuses a change, from the first check on; the build asks the first two."""


class Change(NamedTuple):
    """Another text in one cell."""

    table: str
    row: str
    column: str
    old: str
    new: str
    kind: str


class Verdict(NamedTuple):
    """What first refuses a change, in which words, and what of the pages it moves."""

    refused: str
    said: str
    shown: tuple[str, ...]


# --- Changes


def another(field: dict, row: Row, known: list[str], dice: random.Random) -> tuple[str, str]:
    """Another text for the cell of a ``field``, and the kind of the change."""
    old, limits = row[field["name"]], field.get("constraints", {})
    if dice.random() < 0.1:
        return "", "emptied"
    if field["type"] in ("number", "integer"):
        return of_number(old, dice)
    if field["type"] == "boolean":
        return {"true": "false"}.get(old, "true"), "turned"
    if "enum" in limits:
        return dice.choice([word for word in limits["enum"] if word != old] or [""]), "word"
    if field["type"] == "date" or field["name"] in DATES:
        return re.sub(r"\d{4}", lambda year: str(int(year[0]) + dice.choice((-1, 1))), old), "year"
    if "pattern" in limits or field["name"].endswith("_row"):
        return dice.choice([key for key in known if key != old] or [""]), "key"
    words = old.split(" ")
    at = dice.randrange(len(words))
    words[at] = dice.choice(("not", "perhaps", "Beijing", "others"))
    return " ".join(words), "text"


def of_number(old: str, dice: random.Random) -> tuple[str, str]:
    """A number as a slip of the hand makes it."""
    kind = dice.choice(("digit", "digit", "magnitude", "thousand", "sign"))
    if kind == "digit":
        at = dice.choice([place for place, mark in enumerate(old) if mark.isdigit()])
        return f"{old[:at]}{(int(old[at]) + dice.randint(1, 9)) % 10}{old[at + 1 :]}", kind
    factor = {"magnitude": 10, "thousand": 1000, "sign": -1}[kind]
    return f"{float(old) * factor:.12g}", kind


def changes(count: int, seed: int, numbers: bool = False) -> list[Change]:
    """So many changes, each in a row of its own, where a table gives by its cells."""
    dice, cells = random.Random(seed), []
    for entry in read_package(data_dir())["resources"]:
        if entry["name"] in LEFT_OUT:
            continue
        rows = written(entry["name"])
        for field in entry["schema"]["fields"]:
            if numbers and field["type"] != "number":
                continue
            known = sorted({row[field["name"]] for row in rows.values()} - {""})
            cells += [
                (entry["name"], key, field, known)
                for key, row in rows.items()
                if row[field["name"]] and field["name"] != "id"
            ]
    dice.shuffle(cells)
    found: dict[tuple[str, str], Change] = {}
    for table, key, field, known in cells:
        row = written(table)[key]
        new, kind = another(field, row, known, dice)
        if new != row[field["name"]]:
            change = Change(table, key, field["name"], row[field["name"]], new, kind)
            found.setdefault((table, key), change)
        if len(found) == count:
            break
    return list(found.values())


def written(table: str) -> dict[str, Row]:
    """A table as its file has it, by id."""
    with (data_dir() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def folder_with(folder: Path, some: list[Change]) -> Path:
    """A copy of the data in ``folder`` with some changes."""
    data = Path(shutil.copytree(data_dir(), folder / "data"))
    for table in {change.table for change in some}:
        rows = written(table)
        for change in some:
            if change.table == table:
                rows[change.row][change.column] = change.new
        with (data / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, next(iter(rows.values())), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.values())
    return data


# --- What is said of one


def of_schema(some: list[Change]) -> dict[tuple[str, str], str]:
    """Row → what the schema says of it, with all changes made at once: it judges each cell."""
    with tempfile.TemporaryDirectory() as name:
        data = folder_with(Path(name), some)
        faults = list(schema.faults(data))
    return {(Path(fault.file).stem, fault.key): str(fault) for fault in faults}


def pieces(table: str) -> dict[str, int]:
    """What the pages are made of, by the name of each piece; of the rows, those of one table."""
    domain = SimpleNamespace(data={"pages": {}, "opened": {}})
    env = SimpleNamespace(get_domain=lambda _: domain, titles={}, found_docs=set())
    builder = SimpleNamespace(get_relative_uri=lambda _, page: f"{page}.html")
    app: Any = SimpleNamespace(env=env, builder=builder)
    made: dict[str, Any] = {f"number {key}": facts.fact(key) for key in facts}
    made |= {f"claim {key}": (c, claims.state(key, END)) for key, c in claims.claims().items()}
    made |= {f"relation {relation.id}": relation for relation in claims.relations()}
    made |= {f"panel {key}": panel for key, panel in disagreements.disagreements().items()}
    if table == "sources":
        html = "".join(node.astext() for node in source_list(app, "chapters/sources"))
        entries = html.split('<details class="entry" id="source-')[1:]
        made |= {f"row {table}/{entry.split(chr(34))[0]}": entry for entry in entries}
    else:
        made |= {f"row {table}/{row['id']}": row for row in TablePage(app, table).rows()}
    return {name: hash(repr(piece)) for name, piece in made.items()}


def judged(some: list[Change], known: dict[str, dict[str, int]]) -> dict[Change, Verdict]:
    """What the checks say of changes that keep the schema, and what of the ``known`` each moves.

    All are made at once, as rules speak of rows; where a rule speaks of another row than those
    that changed, or breaks off, it is asked of each half.
    """
    found: dict[Change, Verdict] = {}
    by_row = {(change.table, change.row): change for change in some}
    with tempfile.TemporaryDirectory() as name:
        data = folder_with(Path(name), some)
        tables = schema.tables(data)
        try:
            faults = faults_of_meaning(tables)
        except Exception as error:
            faults = [schema.Problem("", "no such thing", repr(error))]
        for fault in faults:
            if change := by_row.get((Path(fault.file).stem, fault.key)):
                found.setdefault(change, Verdict("meaning", str(fault), ()))
            elif len(some) == 1:
                found.setdefault(some[0], Verdict("meaning", str(fault), ()))
        if faults:
            left = [change for change in some if change not in found]
            halves = [left] if found else [left[: len(left) // 2], left[len(left) // 2 :]]
            for half in filter(None, halves):
                found |= apart(partial(judged, half, known))
            return found
        said = {(Path(f.file).stem, f.key): ("log", str(f)) for f in released.faults(data)}
        for fault in faults_of_release(tables):
            # Of two rows that state one number, either may be the one that changed.
            for change in [c for c in some if c.row == fault.key or f"/{c.row} " in str(fault)]:
                said[change.table, change.row] = "source", str(fault)
    swap(some)
    now = {
        name: piece for table in {c.table for c in some} for name, piece in pieces(table).items()
    }
    made = {row: key for key in facts for row in rows_of(key)}
    for change in some:
        before = known[change.table]
        row = f"{change.table}/{change.row}"
        names = [f"row {row}", f"{change.table[:-1]} {change.row}", f"panel {change.row}"]
        names += [f"number {key}" for key in facts if row in rows_of(key)] if row in made else []
        moved = {name for name in names if before.get(name) != now.get(name)}
        refused = said.get((change.table, change.row), ("nothing", ""))
        found[change] = Verdict(*refused, tuple(sorted(moved)))
    return found


def rows_of(key: str) -> set[str]:
    """The rows that the number ``key`` and its parts stand in."""
    return {facts.fact(part).holder for part in (key, *facts[key].inputs)}


def swap(some: list[Change]) -> None:
    """Put changes into the data that this process has not read yet."""
    if any(call[0] == "_written" for call in BOOK._kept):
        raise RuntimeError("the data was read before it was changed")
    for table in {change.table for change in some}:
        rows = written(table)
        for change in some:
            if change.table == table:
                rows[change.row][change.column] = change.new
        BOOK._given = {**BOOK._given, table: dict(enumerate(rows.values(), 2))}


def apart(work: Callable[[], Any]) -> Any:
    """What ``work`` gives in a process of its own, so that nothing of it stays."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        gc.disable()
        os.close(reading)
        try:
            told = pickle.dumps(work())
        except Exception as error:
            told = pickle.dumps(RuntimeError(repr(error)))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pickle.loads(pipe.read())
    os.waitpid(pid, 0)
    if isinstance(told, RuntimeError):
        raise told
    return told


# --- Real builds

BUILD = "import sys, pathlib, small_book; small_book.build(pathlib.Path(sys.argv[1]))"


def built(root: Path) -> Path:
    """The site of a small book with the code and the data in ``root``."""
    out = Path(tempfile.mkdtemp(dir=root))
    env = {**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"}
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=root, env=env, check=True)
    return out / "out/html"


def entry(site: Path, table: str, row: str) -> str:
    """What a page of the site says in the entry of a row."""
    name, tag = ("chapters/sources", "source") if table == "sources" else (f"tables/{table}", "row")
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    found = re.search(rf'id="{tag}-{re.escape(row)}".*?</(?:tr|details)>', text, re.DOTALL)
    return found[0] if found else ""


def builds(some: list[Change]) -> int:
    """Correct some cells, build before and after, print what each shows; how many show nothing."""
    from chipbook.check.correct import correct

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for part in ("chipbook", "data", "tests", "chapters"):
            shutil.copytree(ROOT / part, root / part)
        before, done = built(root), []
        for change in some:
            row, day = f"{change.table}/{change.row}", date.today()
            faults = correct(root / "data", row, [change.column], [change.new], "A test.", day)
            print(f"corrected: {told(change)}: {faults or 'taken'}", flush=True)
            done += [change] * (not faults)
        after, missed = built(root), 0
        log = (after / "tables/corrections.html").read_text(encoding="utf-8")
        for change in done:
            moved = entry(before, *change[:2]) != entry(after, *change[:2])
            logged = re.search(rf">{re.escape(change.row)}</a>.*?A test\.", log) is not None
            missed += not (moved and logged)
            print(f"built: {told(change)}: row shows it: {moved}, log shows it: {logged}")
    return missed


# --- The whole


def told(change: Change) -> str:
    """A change in one line."""
    old, new = (text if len(text) < 40 else f"{text[:37]}..." for text in change[3:5])
    return f"{change.table}/{change.row} {change.column}: {old!r} -> {new!r} ({change.kind})"


def main() -> None:
    """Change, judge, count; then build some."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=320)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--numbers", action="store_true", help="cells with numbers alone")
    parser.add_argument("--builds", type=int, default=0)
    options = parser.parse_args()
    some, began = changes(options.cells, options.seed, options.numbers), time.time()
    by_schema, known = of_schema(some), dict[str, dict[str, int]]()
    verdicts: dict[Change, Verdict] = {}
    # What is here already is no garbage of a process that comes of it.
    gc.freeze()
    left = []
    for change in some:
        if said := by_schema.get((change.table, change.row)):
            verdicts[change] = Verdict("schema", said, ())
            continue
        left.append(change)
        if change.table not in known:
            known[change.table] = apart(partial(pieces, change.table))
    for at in range(0, len(left), AT_ONCE):
        found = apart(partial(judged, left[at : at + AT_ONCE], known))
        for change, verdict in found.items():
            print(f"{verdict.refused}: {told(change)}: {verdict.said}", flush=True)
        verdicts |= found
    quiet = report(verdicts)
    shown = [c for c, v in verdicts.items() if v.refused == "log" and v.shown]
    quiet += builds(shown[: options.builds])
    print(f"{time.time() - began:.0f} s")
    sys.exit(bool(quiet))


def report(verdicts: dict[Change, Verdict]) -> int:
    """Print what was said of the changes; gives how many nothing refused and no page showed."""
    counts = Counter((change.kind, verdict.refused) for change, verdict in verdicts.items())
    print(f"\n| change | {' | '.join(LINES)} | all |\n|-|{'-|' * (len(LINES) + 1)}")
    for kind in [*sorted({kind for kind, _ in counts}), ""]:
        row = [
            sum(n for (k, by), n in counts.items() if by == line and kind in ("", k))
            for line in LINES
        ]
        print(f"| {kind or 'all'} | {' | '.join(map(str, row))} | {sum(row)} |")
    left = {c: v for c, v in verdicts.items() if v.refused not in ("schema", "meaning")}
    places = Counter(frozenset(p.split()[0] for p in v.shown) for v in left.values())
    print("\nShown by:")
    for place, count in places.most_common():
        print(f"  {count}: {', '.join(sorted(place)) or 'nothing'}")
    free = [c for c, v in left.items() if v.refused == "nothing"]
    print("\nTaken without a line in the log:", *map(told, free), sep="\n  ")
    quiet = [c for c, v in left.items() if not v.shown]
    print("\nOn no page:", *map(told, quiet), sep="\n  ")
    return len([c for c in quiet if left[c].refused == "nothing"])


if __name__ == "__main__":
    main()
