"""Tables in the page: real docutils tables, so that HTML, EPUB and LaTeX each write their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from chipbook.book.domain import PLAIN, note_sources, short_name, source_ref, sources_by_id
from chipbook.charts.tables import MISSING
from chipbook.charts.theme import PALETTE


class table_region(nodes.General, nodes.Element):
    """Holds a table and its note, and scrolls sideways where the page is narrower than they are."""


class head_cell(nodes.entry):
    """A header cell; ``scope`` is "col" or "row"."""


def links(ids: list[str]) -> list[nodes.Node]:
    """Links to the entries of the sources with these ``ids``, with commas between them."""
    found: list[nodes.Node] = []
    for key in (key for key in ids if key in sources_by_id()):
        name = short_name(sources_by_id()[key])
        found += [nodes.Text(", "), source_ref("", name, classes=["src"], source=key)]
    return found[1:]


def table_node(
    headers: Sequence[str], kinds: Sequence[str], rows: Sequence, classes: Sequence[str] = ()
) -> nodes.table:
    """A table of the CSS ``classes`` from text cells.

    ``headers``, ``kinds`` and ``rows`` are as in ``chipbook.charts.tables.Table``; a cell may also
    be a list of nodes, in a column of the kind "blocks".
    """
    # In plain text a column is so many letters wide, and one of a single letter never fits.
    widths = [nodes.colspec(colwidth=24) for _ in headers]
    head = nodes.row()
    for text, kind in zip(headers, kinds, strict=True):
        head += head_cell("", nodes.paragraph("", text), scope="col", classes=_classes(kind))
    body = nodes.tbody()
    for cells in rows:
        row = nodes.row()
        body += row
        for position, (content, kind) in enumerate(zip(cells, kinds, strict=True)):
            inside, classes_ = _blocks(content, kind), _classes(kind)
            if position == 0 and kind in ("text", "blocks"):
                row += head_cell("", *inside, scope="row", classes=classes_)
            else:
                row += nodes.entry("", *inside, classes=classes_)
    group = nodes.tgroup("", *widths, nodes.thead("", head), body, cols=len(headers))
    return nodes.table("", group, classes=["evidence", *classes])


def _classes(kind: str) -> list[str]:
    return ["num"] if kind == "number" else []


def _blocks(content: Any, kind: str) -> list[nodes.Node]:
    if kind == "blocks":
        return content
    inside: list[nodes.Node] = [nodes.Text(content)] if isinstance(content, str) else []
    if kind == "sources":
        inside = links(content) or [nodes.Text(MISSING)]
    elif kind == "status" and content in PALETTE:
        inside = [nodes.inline("", content, classes=["status", f"status-{content}"])]
    return [nodes.paragraph("", "", *inside)]


def region(table: nodes.table, kinds: list[str], label: str) -> table_region:
    """The ``table`` in its scrolling region named ``label``; LaTeX wants the ``kinds``."""
    spec = "".join("r" if kind == "number" else "L" for kind in kinds)
    place = table_region(label=label)
    place += [addnodes.tabular_col_spec(spec=spec), table]
    return place


def from_output(env: BuildEnvironment, payload: dict, line: int | None) -> table_region:
    """The nodes of a table that a cell shows at a ``line`` of its page.

    The ``payload`` is that of :mod:`chipbook.charts.tables`.
    """
    kinds, rows = payload["kinds"], payload["rows"]
    at = [position for position, kind in enumerate(kinds) if kind == "sources"]
    note_sources(env, [key for row in rows for position in at for key in row[position]], line)
    # A caption takes its place; without one, the headers tell two tables of a page apart.
    label = "Table: " + ", ".join(payload["headers"])
    seen = env.temp_data.setdefault("chipbook_tables", Counter())
    seen[label] += 1
    classes = ["as-cards"] if payload["cards"] else []
    table = table_node(payload["headers"], kinds, rows, classes)
    place = region(table, kinds, f"{label} ({seen[label]})" if seen[label] > 1 else label)
    place["denied"], place["at"] = payload["denied"], line
    if payload["note"]:
        place += nodes.paragraph("", payload["note"], classes=["table-note"])
    return place


class NumberTables(SphinxTransform):
    """Make the figure around a captioned table a table itself, so that it counts as Table 1."""

    # Before the references to figures and tables are collected.
    default_priority = 100

    def apply(self, **kwargs: object) -> None:
        """Move caption, name and id from the figure to the table."""
        for place in list(self.document.findall(table_region)):
            bundle = place.parent.parent
            if not (isinstance(bundle, nodes.container) and "nb_element" in bundle):
                continue
            # The same table as plain text is for notebooks only.
            bundle.replace_self(place)
            figure = place.parent
            if not isinstance(figure, nodes.figure):
                continue
            table = next(place.findall(nodes.table))
            for caption in figure.findall(nodes.caption):
                table.insert(0, nodes.title(caption.rawsource, "", *caption.children))
                place["label"] = table[0].astext()
            table["ids"], table["names"] = figure["ids"], figure["names"]
            table.source, table.line = figure.source, figure.line
            for key in table["ids"]:
                self.document.ids[key] = table
            figure.replace_self(place)


ENTRY: Any = (
    lambda self, node: self.visit_entry(node),
    lambda self, node: self.depart_entry(node),
)
"""Visitors that write a header cell as any other."""


def visit_region(self, node: table_region) -> None:
    """A region that the keyboard can reach and scroll."""
    label = self.attval(node["label"])
    self.body.append(f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}">')


def depart_region(self, node: table_region) -> None:
    """Close it."""
    self.body.append("</div>\n")


def visit_head(self, node: head_cell) -> None:
    """A header cell that says what it heads."""
    self.visit_entry(node)
    tag = self.body[-1].replace("<td", "<th", 1)
    self.body[-1] = tag.replace("<th", f'<th scope="{node["scope"]}"', 1)


def depart_head(self, node: head_cell) -> None:
    """Close it."""
    self.depart_entry(node)
    self.body[-1] = self.body[-1].replace("</td>", "</th>")


def setup(app: Sphinx) -> None:
    """Register nodes and transform."""
    app.add_node(table_region, html=(visit_region, depart_region), **PLAIN)
    app.add_node(head_cell, html=(visit_head, depart_head), **dict.fromkeys(PLAIN, ENTRY))
    app.add_transform(NumberTables)
