"""What "Verify here" needs on a number card: how each number is made, and the files to hold it to.

The build writes one script, ``_static/verify/numbers.js``, that a page loads when a reader presses
the button: the hash of each table, the rows that computed numbers are made from, and each formula
as a tree that ``formula.js`` works out without ``eval``. Beside each table ``data/x.csv`` stands
``x.csv.js``, the same text as a script: a page opened from a file may not read its neighbours.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx

from chipbook.book.domain import row_place
from chipbook.data import BOOK, data_dir, facts, load, package, row_cells
from chipbook.data.derived import tree
from chipbook.data.quantity import Quantity, parse_unit, unit_of
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
    made = {"scale": scale, "unit": unit}
    if fact.formula:
        return {**made, "tree": tree(fact.formula)}
    files = {*evidence.tables(fact), *(facts.fact(part).table for part in evidence.inputs(fact))}
    return {**made, "tables": sorted(files - {""}), "ends": evidence.ends(fact.quantity)}


def numbers() -> dict:
    """All that the script of a page asks for; ``verify.js`` and ``formula.js`` say how they use it.

    ``tables``, ``rows`` (the cells that cards were made from), ``derived``, ``held`` (the derived
    numbers that rows refer to, as these have them), ``units`` (of columns), ``scales`` (of units)
    and ``dates`` (the columns that hold dates).
    """
    recipes = {key: _recipe(key) for key in facts if not facts.fact(key).table}
    used = {name for key in recipes for name in facts.fact(key).reads if name in facts}
    units = {
        f"{entry['name']}/{field['name']}": field["unit"]
        for entry in package()["resources"]
        for field in entry["schema"]["fields"]
        if "unit" in field
    }
    cells = (load(entry["name"]).get("unit", ()) for entry in package()["resources"])
    named = {"ratio", *units.values(), *(unit for column in cells for unit in column)}
    return {
        "tables": _tables(),
        "rows": {key: row_cells(key) for key in sorted(used - recipes.keys())},
        "derived": recipes,
        "held": _held(),
        "units": units,
        "scales": {unit: parse_unit(unit)[0] for unit in sorted(filter(pd.notna, named))},
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


def _call(name: str, *values: object) -> str:
    inside = ",".join(json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in values)
    return f"{name}({inside});\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the script of the numbers, and each table as a script beside it."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / "_static" / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    script = _call("chipbookVerify.numbers", numbers())
    (folder / "numbers.js").write_text(script, encoding="utf-8")
    copies = Path(app.outdir) / "data"
    copies.mkdir(exist_ok=True)
    for entry in package()["resources"]:
        path = entry["path"]
        text = (data_dir() / path).read_bytes().decode("utf-8")
        script = _call("chipbookVerify.table", entry["name"], text)
        (copies / f"{path}.js").write_bytes(script.encode("utf-8"))
