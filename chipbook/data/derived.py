"""The language of the formulas in ``derived.csv``, and the register of the models beside them.

A formula is a Python expression of a few forms; nothing else parses:

=====================================  =========================================================
``'ft25-total'``                       a number by its key, as in ``facts["ft25-total"]``
``'a' + 2 * 'b' / ('c' - 1)``          arithmetic; a plain number has no unit
``unit(8, 'TPP per TFLOPS')``          a plain number with a unit
``lower(x)``, ``upper(x)``             an end of a range, as a point
``point(x)``, ``ends(x)``              the point without its range, the range without its point
``at_most(x)``                         the point as an upper bound
``counted(x, 'cards')``                a pure number as a count
``count('table', column='word')``      how many rows have the word
``sum('table', 'column', …)``          the column added up over the rows
``only('table', 'column', id='row')``  the cell of the one row; of a date, the days since 1970
=====================================  =========================================================

Rows are chosen by columns: ``a='word'``, any of ``a=['one', 'two']``, ``a=other_than('word')``,
``a=missing()``, ``a=present()``, ``a=during('2025-07/2025-12')``.

:func:`tree` gives a formula as JSON, which a browser works out without ``eval``;
``tests/fixtures/formula_cases.json`` holds both sides to the same results.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, reduce
from operator import add, mul, sub, truediv
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from chipbook.data.quantity import Quantity, parse_unit
from chipbook.data.store import Missing

if TYPE_CHECKING:
    from chipbook.data.dataset import Dataset

Tree = Any
"""A formula as JSON: a number, or an object with ``value``, ``key``, ``op`` or ``fn``."""


class FormulaError(ValueError):
    """A formula holds what the language does not know."""


# --- From text to tree

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_OF_NUMBER = ("lower", "upper", "point", "ends", "at_most")
"""Methods of a :class:`Quantity`, each a function of the language."""

_QUOTED = "; put keys in quotation marks"


@cache
def tree(formula: str) -> Tree:
    """A formula as JSON; treat it as read-only.

    Raises :class:`FormulaError` for any form outside the language, naming it, and ``UnitError``
    for an unknown unit.
    """
    try:
        return _node(ast.parse(formula, mode="eval").body)
    except SyntaxError as error:
        bare = re.search(r"[a-z]\w*[-/]\w", re.sub(r"'[^']*'|\"[^\"]*\"", "", formula))
        raise FormulaError(f"{formula!r}: {error.msg}{_QUOTED if bare else ''}") from None


def _node(code: ast.expr) -> Tree:
    match code:
        case ast.Constant(value=str(key)):
            return {"key": key}
        case ast.Constant(value=int() | float()) if not isinstance(code.value, bool):
            return code.value
        case ast.BinOp() if type(code.op) in _SIGNS:
            return {"op": _SIGNS[type(code.op)], "args": [_node(code.left), _node(code.right)]}
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, code)
    raise _unknown(code)


def _unknown(code: ast.AST) -> FormulaError:
    hint = _QUOTED if isinstance(code, ast.Name) else ""
    return FormulaError(f"a formula cannot hold {ast.unparse(code)!r}{hint}")


def _call(name: str, code: ast.Call) -> Tree:
    match code:
        case ast.Call(args=[inside], keywords=[]) if name in _OF_NUMBER:
            return {"fn": name, "args": [_node(inside)]}
        case ast.Call(args=[inside, unit], keywords=[]) if name == "counted":
            return {"fn": name, "args": [_node(inside)], "unit": _unit(unit)[0]}
        case ast.Call(args=[ast.Constant() as inside, unit], keywords=[]) if name == "unit":
            word, scale = _unit(unit)
            if not isinstance(value := _node(inside), dict):
                return {"value": value, "unit": word, "scale": scale}
    if len(code.args) != {"count": 1, "sum": 2, "only": 2}.get(name):
        raise _unknown(code)
    named = dict(zip(("table", "column"), map(_text, code.args), strict=False))
    where = {str(choice.arg): _choice(choice.value) for choice in code.keywords}
    return {"fn": name, **named, "where": where}


def _unit(code: ast.expr) -> tuple[str, float]:
    unit = _text(code)
    return unit, parse_unit(unit)[0]


def _text(code: ast.expr) -> str:
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return code.value
    raise _unknown(code)


def _choice(code: ast.expr) -> Tree:
    match code:
        case ast.List(elts=words):
            return [_text(word) for word in words]
        case ast.Call(func=ast.Name(id="other_than"), args=words, keywords=[]):
            return {"not": [_text(word) for word in words]}
        case ast.Call(func=ast.Name(id="missing" | "present" as name), args=[], keywords=[]):
            return {"missing": name == "missing"}
        case ast.Call(func=ast.Name(id="during"), args=[period], keywords=[]):
            first, _, last = _text(period).partition("/")
            return {"from": first, "to": last or first}
    return [_text(code)]


# --- From tree to number

_OPERATIONS = {"+": add, "-": sub, "*": mul, "/": truediv}


def evaluate(node: Tree, data: Dataset) -> Quantity:
    """What a tree comes to, with unit, range and sources.

    Raises what arithmetic and look-ups raise: ``UnitError``, ``ZeroDivisionError``, ``KeyError``;
    ``Missing`` where ``only`` finds no row or several, and ``sum`` none.
    """
    match node:
        case {"value": value, "unit": unit}:
            return Quantity.of(value, unit)
        case {"key": key}:
            return data.facts[key]
        case {"op": sign, "args": [left, right]}:
            return _OPERATIONS[sign](evaluate(left, data), evaluate(right, data))
        case {"table": _}:
            return _over_table(node, data)
        case {"fn": "counted", "args": [inside], "unit": unit}:
            return evaluate(inside, data).counted(unit)
        case {"fn": name, "args": [inside]}:
            return getattr(evaluate(inside, data), name)()
    return Quantity.of(node)


def _over_table(node: Tree, data: Dataset) -> Quantity:
    name, table = node["fn"], node["table"]
    rows = chosen(node, data)
    if name == "count":
        return data.tally(table, rows)
    if not rows or (name == "only" and len(rows) > 1):
        raise Missing(f"{name} of {table}, {node['where']}: {len(rows)} rows")
    return reduce(add, (data.cell(table, row, node["column"]) for row in rows))


def chosen(node: Tree, data: Dataset) -> list[str]:
    """Ids of the rows that a node over a table chooses, in the order of the table.

    Raises ``Missing`` where a row that is named by its id is not there: a sum of the others
    would be another number.
    """
    fits = [(column, _test(choice)) for column, choice in node["where"].items()]
    rows = data.rows(node["table"])
    named = node["where"].get("id", ())
    if isinstance(named, list) and (gone := set(named) - rows.keys()):
        raise Missing(f"{node['table']} has no row {', '.join(sorted(gone))}")
    return [key for key, row in rows.items() if all(test(row[column]) for column, test in fits)]


def _test(choice: Tree) -> Callable[[str], bool]:
    """Whether a cell fits; an empty one fits ``missing`` and ``not`` alone."""
    match choice:
        case {"not": words}:
            return lambda cell: cell not in words
        case {"missing": wanted}:
            return lambda cell: (not cell) == wanted
        case {"from": first, "to": last}:
            return lambda cell: _within(cell, first, last)
    return lambda cell: cell in choice


def _within(cell: str, first: str, last: str) -> bool:
    # Text of ISO dates sorts; a date less precise than the bound is never surely inside.
    start, _, end = cell.partition("/")
    long_enough = len(start) >= len(first) and len(end or start) >= len(last)
    return long_enough and start[: len(first)] >= first and (end or start)[: len(last)] <= last


# --- What a formula is made from


def nodes(node: Tree) -> Iterator[Tree]:
    """A tree and every part of it but plain numbers, from the outside in."""
    if isinstance(node, dict):
        yield node
        for inside in node.get("args", ()):
            yield from nodes(inside)


def named_in(formula: str) -> list[str]:
    """Keys of the numbers and names of the tables in a formula, each once, in its order."""
    found = (node.get("key") or node.get("table") for node in nodes(tree(formula)))
    return list(dict.fromkeys(name for name in found if name))


def rows_counted(formula: str, data: Dataset) -> dict[str, list[str]]:
    """Table → ids of the rows that a formula counts or adds up by itself, not through a key."""
    found: dict[str, dict[str, None]] = {}
    for node in nodes(tree(formula)):
        if "table" in node:
            found.setdefault(node["table"], {}).update(dict.fromkeys(chosen(node, data)))
    return {table: list(rows) for table, rows in found.items()}


# --- What no formula can make

_Made = Callable[["Dataset"], Quantity]

MODELS: dict[str, SimpleNamespace] = {}
"""Key → its ``function``, and the keys and the tables that this ``reads``.

The topics fill it when they are imported; it holds no data.
"""


def computed(key: str, *reads: str) -> Callable[[_Made], _Made]:
    """Register a function of a :class:`~chipbook.data.Dataset` as the derived number ``key``.

    The row of ``key`` in derived.csv has no formula. ``reads`` names the numbers and the tables
    that the function reads, for the card. Raises ``ValueError`` for a second function of one key.
    """

    def register(function: _Made) -> _Made:
        if key in MODELS:
            raise ValueError(f"two derived numbers are called {key!r}")
        MODELS[key] = SimpleNamespace(function=function, reads=reads)
        return function

    return register
