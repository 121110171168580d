"""What "Verify here" needs on a number card: how each number is made, and the files to hold it to.

The build writes one script, ``_static/verify/numbers.js``, that a page loads when a reader presses
the button: the hash of each table, the rows that computed numbers are made from, and each formula
in a form that a browser can work out without ``eval``. Beside each table ``data/x.csv`` stands
``x.csv.js``, the same text as a script: a page opened from a file may not read its neighbours.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx

from chipbook.book.reads import tables_behind
from chipbook.data import data_dir, facts, package, row_cells
from chipbook.data.derived import REGISTRY
from chipbook.data.quantity import Quantity, parse_unit
from chipbook.story import evidence

Rpn = list[str | float]
"""A formula in postfix order: keys of figures, plain numbers, and the signs in :data:`SIGNS`."""

SIGNS = {"+": 1, "−": 1, "×": 2, "÷": 2}
"""Sign → how tightly it binds."""


def parse(formula: str) -> Rpn | None:
    """The postfix form of a formula, or None where it holds more than figures, numbers and signs.

    "middle 95% of Beta(…)" and "5th percentile of the draws" are such formulas.
    """
    out: Rpn = []
    waiting: list[str] = []
    wants_value = True
    for token in re.findall(r"[()]|[^\s()]+", formula):
        if token in SIGNS:
            if wants_value:
                return None
            while waiting and SIGNS.get(waiting[-1], 0) >= SIGNS[token]:
                out.append(waiting.pop())
            waiting.append(token)
            wants_value = True
        elif token == ")":
            while waiting and waiting[-1] != "(":
                out.append(waiting.pop())
            if not waiting or wants_value:
                return None
            waiting.pop()
        elif not wants_value:
            return None
        elif token == "(":
            waiting.append(token)
        else:
            value = token if token in facts else _number(token)
            if value is None:
                return None
            out.append(value)
            wants_value = False
    if wants_value or "(" in waiting:
        return None
    return out + waiting[::-1]


def _number(token: str) -> float | None:
    return float(token) if re.fullmatch(r"\d+(\.\d+)?(e[+-]?\d+)?", token) else None


def value(rpn: Rpn, of: Mapping[str, float]) -> float:
    """What a formula comes to, with the values of its figures in base units."""
    stack: list[float] = []
    for token in rpn:
        if token in SIGNS:
            b, a = stack.pop(), stack.pop()
            stack.append(
                {"+": a + b, "−": a - b, "×": a * b, "÷": a / b if b else float("nan")}[token]
            )
        else:
            stack.append(of[token] if isinstance(token, str) else token)
    return stack[0]


def recomputable(key: str) -> Rpn | None:
    """The formula of a computed number, where it gives the number again from single rows.

    None for a count, a model, a range without a point, and a formula that leaves out a unit.
    """
    quantity = facts[key]
    rpn = parse(quantity.formula)
    used = {token for token in rpn or () if isinstance(token, str)} - SIGNS.keys()
    if not rpn or not used or quantity.value is None:
        return None
    points = {part: facts[part].value for part in used}
    if any(point is None or not facts.fact(part).table for part, point in points.items()):
        return None
    result = value(rpn, points)
    return rpn if abs(result - quantity.value) <= 1e-9 * abs(quantity.value) else None


def shown(quantity: Quantity) -> tuple[float, str]:
    """Scale and unit to print a plain number of this kind in: ``(1e9, "billion USD")``."""
    if quantity.percent:
        return 0.01, "percent"
    size = abs(quantity.value or 0)
    names = (("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("", 1.0))
    word, scale = next((name, step) for name, step in names if size >= step or not name)
    top = "·".join(name for name, power in quantity.dims if power > 0)
    below = "".join(f" per {name}" for name, power in quantity.dims if power < 0)
    return scale, f"{word} {top}{below}".strip() or "times"


def maker(key: str) -> str:
    """The name of the function that makes a computed number; its module where it has no name."""
    function = REGISTRY[key].function
    named = getattr(sys.modules[function.__module__], function.__name__, None) is function
    return f"{function.__name__}() in {facts.fact(key).module}" if named else facts.fact(key).module


def recipe(key: str) -> dict:
    """How a computed number is made, as JSON; see ``verify.js``."""
    fact = facts.fact(key)
    if rpn := recomputable(key):
        scale, unit = shown(fact.quantity)
        return {"formula": fact.quantity.formula, "rpn": rpn, "scale": scale, "unit": unit}
    # A number may stand in several tables by way of its parts.
    tables = {*tables_behind(key), *(facts.fact(part).table for part in evidence.parts(key))} - {""}
    return {
        "formula": fact.quantity.formula,
        "tables": sorted(tables),
        "function": maker(key),
    }


def numbers() -> dict:
    """All that the script of a page asks for: ``tables``, ``rows`` and ``derived``."""
    # Asking for the facts fills the register.
    recipes = {key: recipe(key) for key in facts if not facts.fact(key).table}
    used = {
        token
        for made in recipes.values()
        for token in made.get("rpn", ())
        if isinstance(token, str) and token not in SIGNS
    }
    rows = {}
    for key in sorted(used):
        cells = row_cells(key)
        rows[key] = [facts.fact(key).table, cells, parse_unit(str(cells[1]))[0]]
    tables = {entry["name"]: [entry["path"], entry["hash"][7:]] for entry in package()["resources"]}
    return {"tables": tables, "rows": rows, "derived": recipes}


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


def setup(app: Sphinx) -> dict[str, object]:
    """Register the files; the button is part of every card."""
    # After the folder of the data is made anew (chipbook.book.site.build).
    app.connect("build-finished", write, priority=700)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
