"""A page for each table, ``tables/<name>``: its codebook, and every row at a permanent address.

The address of a row is ``tables/<name>.html#row-<id>``; that of a source is its entry on the page
of sources, so that nothing stands in two places. The pages are made from the data when the site
is written and have no text of their own. They are not in the search index: the numbers and the
sources, which are, lead here, and a word would otherwise be found once more in every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import answers, template
from chipbook.book.domain import (
    DATA_PAGE,
    NUMBERS_PAGE,
    address,
    anchor,
    listed_rows,
    row_link,
    row_place,
    short_name,
    sources_by_id,
    table_page,
    where_used,
)
from chipbook.book.pages.catalogue import about_table
from chipbook.charts.tables import cell
from chipbook.data import facts, load, package, resource, split
from chipbook.data.refs import place as place_of
from chipbook.story import claims
from chipbook.story.answers import denied

Piece = tuple[str, str]
"""A text, and the address that it leads to, or an empty one."""

LONG = 40
"""Characters from which a cell takes the whole width."""


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Name, context and template of the page of each table (``html-collect-pages``)."""
    if app.builder.name != "html":
        return
    entries = package()["resources"]
    for place, entry in enumerate(entries):
        name = table_page(entry["name"])
        body = template("rows.html").render(
            entry=entry,
            about=_fragment(app, about_table(app, entry, name)),
            rows=list(rows(app, entry["name"])) if row_place(entry["name"], "")[0] == name else (),
            places=address(app, name, *row_place(entry["name"], "")),
            back=address(app, name, DATA_PAGE, f"table-{entry['name']}"),
        )
        around = {}
        for side, other in (("prev", place - 1), ("next", place + 1)):
            if 0 <= other < len(entries):
                page = table_page(entries[other]["name"])
                link = address(app, name, page)
                around[side] = {"link": link, "title": entries[other]["title"]}
        yield name, {"title": entry["title"], "body": body, "table": entry, **around}, "page.html"


def _fragment(app: Sphinx, parts: list[nodes.Node]) -> str:
    holder = nodes.container()
    holder += parts
    return app.builder.render_partial(holder)["fragment"]


def rows(app: Sphinx, name: str) -> Iterator[dict]:
    """Each row of a table as the template shows it."""
    here = table_page(name)
    table = load(name)[[field["name"] for field in resource(name)["schema"]["fields"]]]
    keys = {
        key["fields"][0]: key["reference"]["resource"]
        for key in resource(name)["schema"].get("foreignKeys", ())
    }
    used = {
        key: [(title, address(app, here, page)) for page, title in pages]
        for key, pages in where_used(app.env).items()
    }
    listed = set(listed_rows(app.env))
    for row in table.astype(object).to_dict("records"):
        key = row["id"] if name in ("facts", "derived") else f"{name}/{row['id']}"
        found = {"id": row["id"], "number": "", "answers": [], "used": used.get(key, [])}
        # An event of a timeline can have a figure or none.
        if key in facts and pd.notna(row.get("unit", "")):
            fact = facts.fact(key)
            found["number"] = str(fact.quantity)
            found["contested"] = denied(fact)
            found["answers"] = [
                (answer, row_link(app, here, "press_reports", answer["id"]), answer["id"])
                for answer in answers(fact)
            ]
            found["answered"] = fact.answered
            if "/" not in key or key in listed:
                found["card"] = address(app, here, NUMBERS_PAGE, f"fact-{anchor(key)}")
        if name == "claims":
            # What was done to the claims that it goes back to bears on a retelling as well.
            concerned = {row["id"], *claims.origins(row["id"])}
            found["done"] = [
                (relation, row_link(app, here, "relations", relation.id))
                for relation in claims.relations()
                if relation.other_id in concerned and relation.relation in claims.DONE
            ]
        found["corrected"] = [
            (column, row_link(app, here, "corrections", id_))
            for column, id_ in _corrections().get((name, row["id"]), ())
        ]
        found["fields"] = [
            (column, _cell(app, here, name, column, value, row, keys))
            for column, value in row.items()
            if column != "id" and pd.notna(value)
        ]
        found["fields"] = [
            (column, pieces, sum(len(text) + 2 for text, _ in pieces) > LONG)
            for column, pieces in found["fields"]
        ]
        yield found


@cache
def _corrections() -> dict[tuple[str, str], list[Piece]]:
    found: dict[tuple[str, str], list[Piece]] = {}
    for row in load("corrections").itertuples():
        found.setdefault((row.resource, row.row_id), []).append((row.column, row.id))
    return found


def _cell(
    app: Sphinx, here: str, name: str, column: str, value: object, row: dict, keys: dict[str, str]
) -> list[Piece]:
    """The pieces of a cell: one for a value, one for each id of a list of ids."""
    if column in keys:
        return [(value, row_link(app, here, keys[column], value))]
    if not isinstance(value, str):
        return [(cell(value, "number", column), "")]
    if column == "url":
        return [(value, value)]
    if (name, column) == ("corrections", "row_id"):
        known = _has(row["resource"], value)
        return [(value, row_link(app, here, row["resource"], value) if known else "")]
    if column == "row" or column.endswith("_row"):
        return [(value, row_link(app, here, *place_of(value)[:2]))]
    if column == "figure":
        return [_listed(app, here, value)]
    if column.endswith("_ids") or column == "same_in":
        return [_listed(app, here, part) for part in split(value)]
    return [(value, "")]


def _listed(app: Sphinx, here: str, key: str) -> Piece:
    """One id of a list: of a source, by its short name, or of a number."""
    if key in sources_by_id():
        return f"{short_name(sources_by_id()[key])} ({key})", row_link(app, here, "sources", key)
    if key not in facts:
        return key, ""
    words = f"{key} (denied)" if denied(facts.fact(key)) else key
    table, slash, row = key.partition("/")
    if slash:
        return words, row_link(app, here, table, row)
    if facts.fact(key).table:
        return words, row_link(app, here, "facts", key)
    return words, address(app, here, NUMBERS_PAGE, f"fact-{anchor(key)}")


def _has(table: str, row: str) -> bool:
    known = {entry["name"] for entry in package()["resources"]}
    return table in known and row in _ids(table)


@cache
def _ids(table: str) -> frozenset[str]:
    return frozenset(load(table)["id"])


def setup(app: Sphinx) -> None:
    """Register the pages."""
    app.connect("html-collect-pages", pages)
