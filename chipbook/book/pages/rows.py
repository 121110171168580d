"""A page for each table, ``tables/<name>``: its codebook, and every row at a permanent address.

The address of a row is ``tables/<name>.html#row-<id>``; that of a source is its entry on the page
of sources, so that nothing stands in two places. The pages are made from the data when the site
is written and have no text of their own. They are not in the search index: the numbers and the
sources, which are, lead here, and a word would otherwise be found once more in every row.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd
from markupsafe import escape
from sphinx.application import Sphinx

from chipbook.book import domain
from chipbook.book.cards import answers, template
from chipbook.book.pages.catalogue import about, offered
from chipbook.book.tongues import cell_tongue, lang
from chipbook.charts.tables import cell
from chipbook.data import BOOK, data_dir, facts, load, package, resource, split
from chipbook.data.refs import place as place_of
from chipbook.story import claims
from chipbook.story.answers import sign, sign_in_words

Piece = tuple[str, str]
"""A text, and the address that it leads to, or an empty one."""

KIND = {".csv": "CSV"}


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Name, context and template of the page of each table (``html-collect-pages``)."""
    if not domain.all_written(app.env):
        return
    entries = package()["resources"]
    for place, entry in enumerate(entries):
        name = domain.table_page(entry["name"])
        shown = TablePage(app, entry["name"])
        body = template("rows.html").render(
            entry=about(app, entry, name),
            version=package()["version"],
            **offered({entry["path"]: (data_dir() / entry["path"]).read_bytes()}, name, KIND),
            page=shown,
            rows=shown.rows() if entry["name"] != "sources" else (),
            link=shown.place,
        )
        around = {}
        for side, other in (("prev", place - 1), ("next", place + 1)):
            if 0 <= other < len(entries):
                page = domain.table_page(entries[other]["name"])
                link = domain.address(app, name, page)
                around[side] = {"link": link, "title": escape(entries[other]["title"])}
        told = {"title": escape(entry["title"]), "body": body, "table": entry, **around}
        yield name, told, "page.html"


class TablePage:
    """The rows of a table as the template shows them, with addresses as seen from its page."""

    def __init__(self, app: Sphinx, name: str) -> None:
        schema, self.name = resource(name)["schema"], name
        self.table = load(name)[[field["name"] for field in schema["fields"]]]
        self.columns = [
            (field["name"], "num" if field["type"] in ("number", "integer") else "")
            for field in schema["fields"]
            if field["name"] != "id" and self.table[field["name"]].notna().any()
        ]
        self.leads_to = {
            key["fields"][0]: key["reference"]["resource"] for key in schema.get("foreignKeys", ())
        }
        self.place = partial(domain.address, app, domain.table_page(name))
        self.used, self.listed = domain.where_used(app.env), {*facts, *domain.listed_rows(app.env)}
        log = load("corrections")
        self.corrected = log[log["resource"] == name]

    def rows(self) -> Iterator[dict[str, object]]:
        """Each row with its cells in pieces and all that is said of it elsewhere."""
        for row in self.table.astype(object).to_dict("records"):
            id_, text = row["id"], BOOK.rows(self.name)[row["id"]]
            key = id_ if self.name in ("facts", "derived") else f"{self.name}/{id_}"
            # An event of a timeline can have a number or none.
            known = key in facts and pd.notna(row.get("unit", ""))
            fact = facts.fact(key) if known else None
            # What is done to the claims that one goes back to bears on it too.
            concerned = {id_, *claims.roots(id_)} if self.name == "claims" else ()
            yield {
                "id": id_,
                "fact": fact,
                "mark": domain.CLASSES.get(sign(key)) if fact else None,
                "answers": answers(fact) if fact else (),
                "card": key if fact and key in self.listed else "",
                "used": self.used.get(key, ()),
                "done": [r for r in claims.relations() if r.other_id in concerned and r.done],
                "corrected": self.corrected[self.corrected["row_id"] == id_].to_dict("records"),
                "fields": [
                    (column, self._cell(column, row), kind, lang(cell_tongue(column, text)))
                    for column, kind in self.columns
                ],
            }

    def _row(self, table: str, row: str) -> str:
        return self.place(*domain.row_place(table, row))

    def _cell(self, column: str, row: dict) -> list[Piece]:
        """The pieces of a cell: one of a value, one of each id of a list, none of an empty one."""
        value = row[column]
        if pd.isna(value):
            return []
        if not isinstance(value, str):
            return [(str(cell(value, "number", column)), "")]
        if column.endswith("_ids") or column in ("same_in", "fact"):
            return [self._listed(key) for key in split(value)]
        return [(value, self._target(column, value, row))]

    def _target(self, column: str, value: str, row: dict) -> str:
        """Where the one value of a cell leads, or nothing."""
        if column in self.leads_to:
            return self._row(self.leads_to[column], value)
        if column == "url":
            return value
        if (self.name, column) == ("corrections", "row_id"):
            # A correction may have taken the row out.
            held = value in BOOK.rows(row["resource"])
            return self._row(row["resource"], value) if held else ""
        if column == "row" or column.endswith("_row"):
            return self._row(*place_of(value)[:2])
        return ""

    def _listed(self, key: str) -> Piece:
        """One id of a list: of a source, by its short name, or of a number."""
        if source := domain.sources_by_id().get(key):
            return f"{domain.short_name(source)} ({key})", self._row("sources", key)
        if key not in facts:
            return key, ""
        words = f"{key} ({sign_in_words(key)})" if sign(key) else key
        if table := facts.fact(key).table:
            return words, self._row(table, key.rpartition("/")[2])
        return words, self.place(domain.NUMBERS_PAGE, f"fact-{domain.anchor(key)}")
