"""What a number card needs to check its number, or to try another: how each number is made.

The build writes one script, ``_static/verify/numbers.js``, that a page loads when a reader asks for
it: the hash of each table, the rows that computed numbers are made from, and each formula as a tree
that ``formula.js`` works out without ``eval``. Beside each table ``data/x.csv`` stands
``x.csv.js``, the same text as a script: a page opened from a file may not read its neighbours.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx

from chipbook.book.domain import row_place
from chipbook.data import BOOK, data_dir, facts, load, package, row_cells
from chipbook.data.derived import Tree, chosen, evaluate, nodes, tree
from chipbook.data.quantity import Quantity, parse_unit, unit_of, written
from chipbook.data.refs import borrowed, place
from chipbook.data.words import DATES
from chipbook.story import evidence


def _shown(quantity: Quantity) -> tuple[float, str]:
    """Scale and unit to print a plain number of this kind in: ``(1e9, "billion USD")``."""
    if quantity.percent:
        return 0.01, "percent"
    ends = (abs(end) for end in (quantity.value, *quantity.bounds) if end is not None)
    size = quantity.value or max((end for end in ends if math.isfinite(end)), default=0)
    names = (("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("", 1.0))
    word, scale = next((name, step) for name, step in names if abs(size) >= step or not name)
    return scale, f"{word} {unit_of(quantity.dims)}".strip() or "times"


def _recipe(key: str) -> dict:
    """How a derived number is made, as JSON: its formula as a tree, or the files of its model."""
    fact = facts.fact(key)
    scale, unit = _shown(fact.quantity)
    made = {"scale": scale, "unit": unit, "dims": unit_of(fact.quantity.dims)}
    if fact.formula:
        row = BOOK.rows("derived")[key]
        how = {"digits": row["digits"] and int(row["digits"]), "percent": row["percent"] == "true"}
        return {**made, **{k: v for k, v in how.items() if v}, "tree": _found(tree(fact.formula))}
    files = {*evidence.tables(fact), *(facts.fact(part).table for part in evidence.inputs(fact))}
    return {
        **made,
        "tables": sorted(files - {""}),
        "reads": fact.reads,
        "ends": evidence.ends(fact.quantity),
        "words": _words(fact.quantity),
    }


def _found(node: Tree) -> Tree:
    """A tree whose nodes over tables say what they come to: a number, or the keys of figures."""
    match node:
        case {"args": inside}:
            return {**node, "args": [_found(part) for part in inside]}
        case {"table": table, "column": "value"}:
            return {**node, "made": [f"{table}/{row}" for row in chosen(node, BOOK)]}
        case {"table": _}:
            return {**node, "made": evaluate(node, BOOK).value}
    return node


def _words(quantity: Quantity) -> dict:
    """What ``formula.js`` says a number in words from, beside its ends."""
    said = evidence.ends(replace(quantity, low=quantity.drawn[0], high=quantity.drawn[1]))[1:]
    names = ("rough", "word", "percent", "digits")
    return {"said": said} | {name: getattr(quantity, name) for name in names}


def _takes(key: str) -> dict[str, str]:
    """Column → key of the figure that a row takes its number from, where it takes single ones."""
    table, _, row = key.rpartition("/")
    places = ((column, place(of)) for column, of in borrowed(BOOK.raw(table or "facts")[row]))
    return {
        column: f"{held}/{name}"
        for column, (held, name, source) in places
        if source == "value" and held != "derived"
    }


def _holder(key: str) -> str:
    """The key of the row that holds the figure of ``key``: mostly itself."""
    table, _, row = key.rpartition("/")
    whole = table != "derived" and BOOK.raw(table or "facts")[row].get("row")
    return facts.fact(key).holder if whole else key


def numbers() -> dict:
    """All that the scripts of a page ask for; ``formula.js`` and ``verify.js`` say how.

    ``tables``, ``rows`` (the cells that cards were made from) with their ``holders`` and what each
    ``takes`` from others, ``derived``, ``held`` (the derived numbers that rows refer to, as these
    have them), ``units`` (of columns), ``scales`` (of units), ``written`` (what stands around a
    number of a unit) and ``dates`` (the columns that hold dates).
    """
    recipes = {key: _recipe(key) for key in facts if not facts.fact(key).table}
    units = {
        f"{entry['name']}/{field['name']}": field["unit"]
        for entry in package()["resources"]
        for field in entry["schema"]["fields"]
        if "unit" in field
    }
    cells = (load(entry["name"]).get("unit", ()) for entry in package()["resources"])
    named = {"ratio", *units.values(), *(unit for column in cells for unit in column)}
    dims = {unit: parse_unit(unit) for unit in sorted(filter(pd.notna, named))}
    around = {unit_of(facts[key].dims): facts[key].dims for key in recipes}
    rows = _rows(recipes)
    holders = {key: _holder(key) for key in rows}
    return {
        "tables": _tables(),
        "rows": {key: row_cells(key) for key in rows},
        "holders": {key: holder for key, holder in holders.items() if holder != key},
        "takes": {key: taken for key in rows if (taken := _takes(key))},
        "derived": recipes,
        "held": _held(),
        "units": units,
        "scales": {unit: scale for unit, (scale, _) in dims.items()},
        "written": {unit: written(of) for unit, (_, of) in dims.items()}
        | {unit: written(of) for unit, of in around.items()},
        "dates": DATES,
    }


def _rows(recipes: Mapping[str, dict]) -> list[str]:
    """The rows that formulas and models are made from, those that hold them, and their twins."""
    named = {name for key in recipes for name in facts.fact(key).reads if name in facts}
    named |= {key for made in recipes.values() for key in _over_tables(made.get("tree"))}
    used = named - recipes.keys()
    used |= {taken for key in used for taken in _takes(key).values()}
    held = {_holder(key) for key in used}
    twins = (key for key in facts if facts.fact(key).table and _holder(key) in held)
    return sorted({*used, *held, *twins})


def _over_tables(node: Tree) -> Iterator[str]:
    for part in nodes(node):
        if isinstance(part, dict) and isinstance(part.get("made"), list):
            yield from part["made"]


def _held() -> dict[str, str]:
    rows = (row for entry in package()["resources"] for row in BOOK.raw(entry["name"]).values())
    places = (place(key) for row in rows for _, key in borrowed(row))
    made = BOOK.as_written("derived")
    return {key: made[key]["value"] for table, key, _ in places if table == "derived"}


def _tables() -> dict[str, list[str]]:
    """For each table its file, the hash of it, and the address of its rows without their ids."""
    found = {}
    for entry in package()["resources"]:
        page, target = row_place(entry["name"], "*")
        place = f"{page}.html#{target.removesuffix('*')}"
        found[entry["name"]] = [entry["path"], entry["hash"].removeprefix("sha256:"), place]
    return found


def _script(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"chipbook.arrived[{json.dumps(name)}]={text};\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the script of the numbers, and each table as a script beside it."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / "_static" / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    script = _script("numbers", numbers())
    (folder / "numbers.js").write_text(script, encoding="utf-8")
    copies = Path(app.outdir) / "data"
    copies.mkdir(exist_ok=True)
    for entry in package()["resources"]:
        path = entry["path"]
        text = (data_dir() / path).read_bytes().decode("utf-8")
        script = _script(entry["name"], text)
        (copies / f"{path}.js").write_bytes(script.encode("utf-8"))
