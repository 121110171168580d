"""Which tables each page of the book loads, and which of their columns it shows.

Recorded, not guessed. The kernel of a page says which files it opened
(:mod:`chipbook.book.site.execute`); its charts and tables say which columns they draw; the numbers
in its text name the row, or the rows, that they come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.domain import NUMBERS, PANELS, SOURCES, domain_of, used
from chipbook.book.parts.figures import chart
from chipbook.book.parts.tables import table_region
from chipbook.charts import tables
from chipbook.charts.spec import views
from chipbook.data import facts, load, package, resource
from chipbook.story import evidence

Reads = dict[str, set[str]]
"""Table → those of its columns that are shown."""

Shown = dict[str, set[str]]
"""Column → the values that charts and tables show of it, as text."""

PRINTED = ("value", "unit", "qualifier", "low", "high", "status", "source_ids")
"""Columns of a row that a number in the text, or its card, shows."""


def note_shown(app: Sphinx, doctree: nodes.document) -> None:
    """Note the columns that the charts and tables of a page just read show."""
    found: Shown = {}
    for node in doctree.findall(chart):
        for column, value in drawn(node["spec"]):
            found.setdefault(column, set()).add(value)
    for region in doctree.findall(table_region):
        shown: Shown = region.get("shown", {})
        for column, values in shown.items():
            found.setdefault(column, set()).update(values)
    if found:
        domain_of(app.env).data["shown"][app.env.docname] = found


def note_opened(env: BuildEnvironment, docname: str, files: Iterable[str]) -> None:
    """Keep which tables the cells of ``docname`` loaded, from the ``files`` (paths) they opened."""
    tables_by_path = {f"data/{entry['path']}": entry["name"] for entry in package()["resources"]}
    found = {tables_by_path[file] for file in files if file in tables_by_path}
    domain_of(env).data["opened"][docname] = found


def drawn(spec: dict) -> Iterator[tuple[str, str]]:
    """Columns that a chart (``spec``, Vega-Lite) encodes, each with the values of its rows."""
    for view in views(spec):
        encoded = set(_fields(view.encoding))
        for row in view.rows:
            for column in encoded & row.keys():
                if not isinstance(row[column], (list, dict)):
                    yield column, as_text(row[column], column)


def _fields(encoding: object) -> Iterator[str]:
    if isinstance(encoding, list):
        for entry in encoding:
            yield from _fields(entry)
    elif isinstance(encoding, dict):
        if isinstance(encoding.get("field"), str):
            yield encoding["field"]
        for entry in encoding.values():
            yield from _fields(entry)


def as_text(value: object, column: str) -> str:
    """A ``value`` as the cell of a ``column`` prints it; a moment of a chart as its day."""
    return str(tables.cell(value, "text", column)).removesuffix("T00:00:00")


@cache
def _values(table: str) -> Shown:
    return {
        str(name): {as_text(value, str(name)) for value in column}
        for name, column in load(table).items()
    }


@lru_cache(maxsize=1)
def by_page(env: BuildEnvironment) -> dict[str, Reads]:
    """Page → table → columns, in the order of the book.

    A table counts where the cells of the page loaded it or a number, a source or a panel of its
    text comes from it. A column counts where a chart or table of the page shows it and nothing
    but values that this column of the table holds, or where a number of the text is a row of it.
    """
    return {page: _of_page(env, page) for page in env.collect_relations()}


def _of_page(env: BuildEnvironment, page: str) -> Reads:
    noted = domain_of(env).data
    shown = noted["shown"].get(page, {})
    found = {table: _columns(table, shown) for table in noted["opened"].get(page, ())}
    for key in used(env, NUMBERS).get(page, ()):
        for part in made_from(key):
            if table := facts.fact(part).table:
                found.setdefault(table, set())
        if table := facts.fact(key).table:
            found[table].update(set(PRINTED) & set(_names(table)))
    if used(env, SOURCES).get(page):
        found.setdefault("sources", set())
    if used(env, PANELS).get(page):
        found.setdefault("disagreements", set())
    return found


def _names(table: str) -> list[str]:
    return [field["name"] for field in resource(table)["schema"]["fields"]]


def _columns(table: str, shown: Shown) -> set[str]:
    values = _values(table)
    found = {
        column
        for column in shown.keys() & values.keys()
        if shown[column] <= {*values[column], tables.MISSING}
    }
    # ``load`` adds the first and last day of each period.
    names = {f"{name}{end}": name for name in _names(table) for end in ("", "_start", "_end")}
    return {names[column] for column in found if column in names}


@cache
def made_from(key: str) -> frozenset[str]:
    """The number ``key`` and all that it is computed from, down to the rows of the data."""
    return frozenset({key}).union(*map(made_from, evidence.parts(key)))


def numbers_named(env: BuildEnvironment, page: str) -> set[str]:
    """Keys of the numbers that ``page`` names in text or code, and of all they are made from."""
    text = Path(env.doc2path(page)).read_text(encoding="utf-8")
    named = {word for word in re.findall(r"[a-z0-9][a-z0-9_/-]+", text) if word in facts}
    return set().union(*map(made_from, named.union(used(env, NUMBERS).get(page, ()))))


def setup(app: Sphinx) -> None:
    """Register what is kept of each page."""
    app.connect("doctree-read", note_shown)
