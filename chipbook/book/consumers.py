"""Which tables and columns each page of the book reads, found by reading its code.

Nothing is run. From the cells of a page the reading follows every function of the book that they
use, and every function that those use, to the tables that they load. A column counts where a
statement that handles rows of its table names it: as a string, or as an attribute of a row.

That is near the truth, not the truth. A column is missed where a whole table is handed on without
a name; one too many is counted where a statement handles two tables that share the name.
"""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jupytext
from sphinx.environment import BuildEnvironment

import chipbook
from chipbook.book.domain import NUMBERS, PANELS, SOURCES, is_notebook, used
from chipbook.data import facts, package, resource
from chipbook.data.store import _ABOUT, _DATES, _MEASURED

Reads = dict[str, set[str]]
"""Table → its columns that are read."""

QUANTITY = ("id", "value", "unit", "qualifier", "low", "high", "status", "source_ids")
"""Columns that make a row a number."""

CARD = (
    *(*QUANTITY, *_ABOUT, *_MEASURED, "basis", "period", "date", "attributed_to"),
    *("data_provider", "note", "reviewed", "review_by", "report_id", "reply_scope"),
)
"""Columns that the card of a number in the text shows."""

ENTRY = ("id", "publisher", "title", "published", "language", "url", "kind", "strength", "relays")
"""Columns that the list of a page's sources shows."""

PANEL = ("id", "question", "row_ids", "kind", "reason", "note")
"""Columns that a panel of figures that disagree shows."""

GIVEN = "*"
"""Stands for the rows that a function is given, whatever table they are of."""


def by_page(env: BuildEnvironment) -> dict[str, Reads]:
    """What each page reads, in the order of the book: by its numbers, its sources, its cells."""
    pages = [env.config.root_doc, *_in_order(env, env.config.root_doc)]
    return {page: _of_page(env, page) for page in dict.fromkeys(pages)}


def _in_order(env: BuildEnvironment, page: str) -> Iterable[str]:
    for child in env.toctree_includes.get(page, ()):
        yield child
        yield from _in_order(env, child)


def _of_page(env: BuildEnvironment, page: str) -> Reads:
    found: Reads = {}
    for key in used(env, NUMBERS).get(page, ()):
        _add(found, behind(key))
        if table := facts.fact(key).table:
            found[table].update(CARD)
    if used(env, SOURCES).get(page):
        found["sources"] = set(ENTRY)
    if used(env, PANELS).get(page):
        found["disagreements"] = set(PANEL)
    if is_notebook(env, page):
        text = Path(env.doc2path(page)).read_text(encoding="utf-8")
        cells = jupytext.reads(text, fmt="md:myst").cells
        _add(found, reads(cell.source for cell in cells if cell.cell_type == "code"))
    return _real(found)


def behind(key: str) -> Reads:
    """The tables behind a number: its own, or those of what it is computed from."""
    fact = facts.fact(key)
    if fact.table:
        return {fact.table: set(QUANTITY)}
    found: Reads = {}
    for part in fact.quantity.inputs:
        if part in facts and part != key:
            _add(found, behind(part))
    return found


def reads(cells: Iterable[str]) -> Reads:
    """What cells of Python code read, one after the other, themselves or through the book.

    Tables and columns are those of the data package; any other name is dropped.
    """
    # Lines for the notebook alone ("%pip install") are no Python.
    lines = [line for cell in cells for line in cell.splitlines() if line[:1] not in ("%", "!")]
    code = _Code(ast.parse("\n".join(lines)), "")
    reading = _Reading(code)
    reading.block(code.tree.body)
    return _real(reading.found)


def _real(found: Reads) -> Reads:
    real = {}
    for table, names in found.items():
        if table in _tables():
            known = _columns_of(table)
            real[table] = {known[n] for name in names for n in fnmatch.filter(known, name)}
    return real


@cache
def _tables() -> frozenset[str]:
    return frozenset(entry["name"] for entry in package()["resources"])


@cache
def _columns_of(table: str) -> dict[str, str]:
    """Name in code → column of the file; ``load`` adds the first and last day of each period."""
    names = [entry["name"] for entry in resource(table)["schema"]["fields"]]
    ends = {f"{name}_{end}": name for name in names if name in _DATES for end in ("start", "end")}
    return {name: name for name in names} | ends


def _add(into: Reads, more: Reads) -> None:
    for table, names in more.items():
        into.setdefault(table, set()).update(names)


# --- Modules of the book, and what a name in them stands for


class _Symbol(NamedTuple):
    module: str
    name: str


class _Code:
    """A module: its imports, and the statements that define its names."""

    def __init__(self, tree: ast.Module, dotted: str) -> None:
        self.tree, self.dotted = tree, dotted
        self.imports: dict[str, tuple[str, str]] = {}
        self.defined: dict[str, list[ast.stmt]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (node.module, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.imports[alias.asname or name] = (name, "")
        for node in tree.body:
            for name in _bound(node):
                self.defined.setdefault(name, []).append(node)

    def means(self, name: str) -> _Symbol | None:
        """What a global name stands for in the book; a module has no name within it."""
        if name in self.defined and self.dotted:
            return _Symbol(self.dotted, name)
        module, inside = self.imports.get(name, ("", ""))
        if not inside:
            return _Symbol(module, "") if _code(module) else None
        return _member(module, inside)


def _member(module: str, name: str) -> _Symbol | None:
    if _code(f"{module}.{name}"):
        return _Symbol(f"{module}.{name}", "")
    code = _code(module)
    return code.means(name) if code else None


@cache
def _code(dotted: str) -> _Code | None:
    first, *parts = dotted.split(".")
    if first != "chipbook":
        return None
    place = Path(chipbook.__file__).parent.joinpath(*parts)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return _Code(ast.parse(path.read_text(encoding="utf-8")), dotted)
    return None


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


# --- What a piece of code reads


@dataclass(frozen=True)
class _Value:
    """Tables whose rows a variable can hold, or the names that it holds where it has no rows."""

    tables: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: _Value) -> _Value:
        return _Value(self.tables | other.tables, self.names | other.names)


@dataclass
class _Summary:
    """What using a function or constant of the book comes to."""

    found: Reads = field(default_factory=dict)
    value: _Value = field(default_factory=_Value)
    loads: set[int] = field(default_factory=set)
    """Positions of the arguments that name a table to load."""


_LOAD = _Symbol("chipbook.data", "load")
_SOURCES = _Symbol("chipbook.data", "sources")


class _Reading:
    """Goes through statements in order and keeps what each variable can hold."""

    def __init__(self, code: _Code, given: list[str] = (), local: frozenset[str] = frozenset()):
        self.code, self.given, self.local = code, list(given), local
        self.held = {name: _Value(frozenset({GIVEN})) for name in given}
        self.found: Reads = {}
        self.handled: set[str] = set()
        self.loads: set[int] = set()

    def block(self, statements: Iterable[ast.AST]) -> None:
        """Read statements, and those inside them."""
        for node in statements:
            self.statement(node)

    def statement(self, node: ast.AST) -> None:
        """Read one statement: its own expressions first, then what it encloses."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        inside = [n for n in ast.iter_child_nodes(node) if isinstance(n, _ENCLOSING)]
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            # Within a function: it can see, and hand on, whatever is held around it.
            around = _union(self.held.values())
            names = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
            self.held |= dict.fromkeys(names - set(self.held), around)
            self.block(inside)
            self.held[node.name] = _union(self.held.values())
            return
        own = [n for n in ast.iter_child_nodes(node) if n not in inside]
        value = self.expressions(own)
        for part in own:
            for name in ast.walk(part):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self.held[name.id] = self.held.get(name.id, _Value()) | value
        if inside:
            self.block(inside)
            if isinstance(node, (ast.For, ast.While)):
                self.block(inside)

    def expressions(self, parts: Iterable[ast.AST]) -> _Value:
        """Read expressions of one statement, and give what they come to together."""
        whole = _Value()
        called: set[int] = set()
        written: set[int] = set()
        for node in (n for part in parts for n in ast.walk(part)):
            if isinstance(node, ast.Dict):
                # {"low": low} makes a column; {"low": "Lowest"} and {"low": float} name one.
                pairs = zip(node.keys, node.values, strict=True)
                written |= {id(key) for key, value in pairs if not _says_what(value)}
            elif isinstance(node, ast.Call):
                called.add(id(node.func))
                whole |= self.call(node)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                whole |= self.name(node.id)
            elif isinstance(node, ast.Attribute):
                whole |= self.attribute(node, called=id(node) in called)
            elif isinstance(node, ast.JoinedStr):
                whole |= _Value(names=_pattern(node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = self.text(node.value)
                whole |= _Value() if id(node) in written else text
        for table in whole.tables:
            self.found.setdefault(table, set()).update(whole.names)
        self.handled |= whole.tables
        return _Value(whole.tables) if whole.tables else whole

    def name(self, name: str) -> _Value:
        """A variable, or something of the book."""
        if name in self.held or name in self.local:
            return self.held.get(name, _Value())
        return self.use(self.code.means(name))

    def attribute(self, node: ast.Attribute, *, called: bool) -> _Value:
        """``module.function`` of the book, or a column as the attribute of a row."""
        if isinstance(node.value, ast.Name) and node.value.id in self.code.imports:
            base = self.code.means(node.value.id)
            return self.use(_member(base.module, node.attr)) if base and not base.name else _Value()
        return _Value() if called else _Value(names=frozenset({node.attr}))

    def call(self, node: ast.Call) -> _Value:
        """``load("name")``, or a function of the book that loads what it is told to."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("query", "eval"):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            words = [word for text in texts for word in re.findall(r"[A-Za-z_]\w*", str(text))]
            return _Value(names=frozenset(words))
        if not isinstance(node.func, ast.Name) or node.func.id in self.local | set(self.held):
            return _Value()
        symbol = self.code.means(node.func.id)
        if symbol is None or not symbol.name:
            return _Value()
        tables = set()
        for position in {0} if symbol == _LOAD else _summary(symbol).loads:
            argument = node.args[position] if position < len(node.args) else None
            if isinstance(argument, ast.Constant):
                tables.add(argument.value)
            elif isinstance(argument, ast.Name) and argument.id in self.given:
                self.loads.add(self.given.index(argument.id))
        return _Value(frozenset(tables))

    def use(self, symbol: _Symbol | None) -> _Value:
        """Something of the book: what it reads is read here."""
        if symbol is None or not symbol.name:
            return _Value()
        if symbol == _SOURCES:
            return _Value(frozenset({"sources"}))
        summary = _summary(symbol)
        _add(self.found, summary.found)
        return summary.value

    def text(self, text: str) -> _Value:
        """A string: the name of a column, or the key of a number."""
        table, slash, _ = text.partition("/")
        if slash and table in _tables():
            # Also the start of an f-string, whose end is not known.
            _add(self.found, {table: set(QUANTITY)})
        elif text in facts:
            _add(self.found, behind(text))
        # As a chart names it: "value:Q", or "datum.value" in an expression.
        whole = re.fullmatch(r"([A-Za-z_]\w*)(:[NOQTG])?", text)
        names = [whole[1]] if whole else re.findall(r"\bdatum\.(\w+)", text)
        return _Value(names=frozenset(names))


_ENCLOSING = (ast.stmt, ast.excepthandler, ast.match_case)


def _says_what(value: ast.expr) -> bool:
    if isinstance(value, ast.Name):
        return value.id in ("str", "float", "int", "bool")
    return isinstance(value, ast.Constant)


def _pattern(node: ast.JoinedStr) -> frozenset[str]:
    # f"{kind}_1" names every column that ends in "_1"; one without an underscore could be anything.
    parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
    text = "".join(parts)
    return frozenset({text} if re.fullmatch(r"[a-z0-9_*]*_[a-z0-9_*]*", text) else ())


def _union(values: Iterable[_Value]) -> _Value:
    whole = _Value()
    for value in values:
        whole |= value
    return whole


@cache
def _summary(symbol: _Symbol) -> _Summary:
    # chipbook.data reads tables for everybody; what it is asked for is seen where it is asked.
    return _Summary() if symbol.module == "chipbook.data" else _summarise(symbol)


_open: set[_Symbol] = set()


def _summarise(symbol: _Symbol) -> _Summary:
    code = _code(symbol.module)
    if code is None or symbol in _open:
        return _Summary()
    _open.add(symbol)
    summary = _Summary()
    for node in code.defined[symbol.name]:
        if isinstance(node, ast.FunctionDef):
            given = [arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)]
            stored = {n.id for n in ast.walk(node) if _stores(n)} | set(given)
            reading = _Reading(code, given, frozenset(stored))
            reading.block(node.body)
            names = frozenset(reading.found.pop(GIVEN, ()))
            value = _Value(frozenset(reading.handled - {GIVEN}), names)
        elif isinstance(node, ast.ClassDef):
            reading = _Reading(code)
            reading.block(node.body)
            value = _Value(frozenset(reading.handled))
        else:
            reading = _Reading(code)
            value = reading.expressions([n for n in [getattr(node, "value", None)] if n])
        _add(summary.found, reading.found)
        summary.value |= value
        summary.loads |= reading.loads
    _open.discard(symbol)
    return summary


def _stores(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
