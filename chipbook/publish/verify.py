"""What a number card needs to check its number, or to try another: how each number is made.

The build writes one script, ``_static/verify/numbers.js``, that a page loads when a reader asks for
it: the hash of each table, the rows that computed numbers are made from, and each formula as a tree
that ``formula.js`` works out without ``eval``. Beside each table ``data/x.csv`` stands
``x.csv.js``, the same text as a script: a page opened from a file may not read its neighbours.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx

from chipbook.book.domain import all_written, row_place
from chipbook.data import BOOK, data_dir, facts, load, package, row_cells
from chipbook.data.derived import Tree, chosen, evaluate, nodes, tree
from chipbook.data.quantity import parse_unit, unit_of, written
from chipbook.data.refs import borrowed, holders, place
from chipbook.data.state import write_all
from chipbook.data.words import DATES
from chipbook.story import evidence


def _recipe(key: str) -> dict:
    """How a derived number is made, as JSON: its formula as a tree, or what its model reads."""
    fact, row = facts.fact(key), BOOK.rows("derived")[key]
    made: dict[str, object] = {"dims": unit_of(fact.quantity.dims)}
    if not fact.formula:
        names = ("rough", "word", "percent", "digits")
        words = {name: getattr(fact.quantity, name) for name in names}
        return {**made, "reads": fact.reads, "ends": evidence.ends(fact.quantity), "words": words}
    how = {"digits": int(row["digits"] or 0), "percent": row["percent"] == "true"}
    made |= {name: value for name, value in how.items() if value}
    return {**made, "tree": _found(tree(fact.formula))}


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


def _raw(key: str) -> Mapping[str, str]:
    table, _, row = key.rpartition("/")
    return BOOK.raw(table or "facts")[row]


def _takes(key: str) -> dict[str, str]:
    """Column → key of the row that it takes its figure from, for the single columns of a row."""
    named = {column: of.removeprefix("facts/") for column, of in borrowed(_raw(key))}
    return {column: of for column, of in named.items() if of in facts}


def _holder(key: str) -> str:
    """The key of the row that holds the whole figure of a row: mostly itself."""
    return facts.fact(key).holder if _raw(key).get("row") else key


def _fed(table: str) -> list[str]:
    """Keys of all that rows of a ``table`` refer to: a model that reads it rests on them."""
    keys = (key for row in BOOK.raw(table).values() for key in holders(row))
    return sorted({key.removeprefix("facts/").removeprefix("derived/") for key in keys})


def _rows(recipes: Mapping[str, dict]) -> list[str]:
    """The rows that computed numbers are made from, those that hold them, and their twins."""
    parts = (part for made in recipes.values() for part in nodes(made.get("tree", 0)))
    over = (part.get("made") for part in parts)
    named = {name for key in recipes for name in facts.fact(key).reads if name in facts}
    named |= {key for keys in over if isinstance(keys, list) for key in keys}
    named -= recipes.keys()
    named |= {taken for key in named for taken in _takes(key).values()}
    held = {_holder(key) for key in named}
    twins = (key for key in facts if facts.fact(key).table and _holder(key) in held)
    return sorted({*named, *held, *twins})


def numbers() -> dict:
    """All that the scripts of a page ask for; ``formula.js`` and ``verify.js`` say how.

    ``tables``, ``rows`` (the cells that cards were made from) with their ``holders`` and what each
    ``takes`` from others, ``derived``, ``fed`` (what rows of the tables of models refer to),
    ``held`` (the derived numbers that rows refer to, as these have them), ``units`` (of columns),
    ``scales`` (of units), ``written`` (what stands around a number of a unit) and ``dates`` (the
    columns that hold dates).
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
    parsed = {unit: parse_unit(unit) for unit in sorted(filter(pd.notna, named))}
    dims = {unit: of for unit, (_, of) in parsed.items()}
    dims |= {recipe["dims"]: facts[key].dims for key, recipe in recipes.items()}
    rows = _rows(recipes)
    read = {name for made in recipes.values() for name in made.get("reads", ())}
    return {
        "tables": _tables(),
        "rows": {key: row_cells(key) for key in rows},
        "holders": {key: holder for key in rows if (holder := _holder(key)) != key},
        "takes": {key: taken for key in rows if (taken := _takes(key))},
        "fed": {table: fed for table in sorted(read - set(facts)) if (fed := _fed(table))},
        "derived": recipes,
        "held": _held(),
        "units": units,
        "scales": {unit: scale for unit, (scale, _) in parsed.items()},
        "written": {unit: written(of) for unit, of in dims.items()},
        "dates": DATES,
    }


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


def script(name: str, value: object) -> bytes:
    """A script that holds a ``value`` (JSON) under its ``name`` in ``chipbook.arrived``."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"chipbook.arrived[{json.dumps(name)}]={text};\n".encode()


def write(app: Sphinx) -> None:
    """Write the script of the numbers, and each table as a script beside it."""
    if not all_written(app.env):
        return
    site = Path(app.outdir)
    files = {site / "_static" / "verify" / "numbers.js": script("numbers", numbers())}
    for entry in package()["resources"]:
        text = (data_dir() / entry["path"]).read_bytes().decode("utf-8")
        files[site / "data" / f"{entry['path']}.js"] = script(entry["name"], text)
    write_all(files)
