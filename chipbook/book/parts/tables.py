"""Tables in the page: real docutils tables, which Sphinx numbers and refers to."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from chipbook.book.domain import note_sources, short_name, source_ref, sources_by_id
from chipbook.charts.tables import FIGURE, MISSING, kinds_shown, with_dates
from chipbook.charts.theme import PALETTE

WIDE = 4
"""More columns than these may leave the measure of the text, where the window has room."""


class table_region(nodes.General, nodes.Element):
    """Holds a table and its note under a ``label``; scrolls where the page is narrower."""


def links(ids: list[str], marks: dict[str, int] | None = None) -> list[nodes.Node]:
    """Links to the entries of the sources with these ``ids``, with commas between them.

    With ``marks`` (id → number, which grows by those that are new) a page shows their numbers.
    """
    found: list[nodes.Node] = []
    for key in (key for key in ids if key in sources_by_id()):
        name = short_name(sources_by_id()[key])
        link = source_ref("", name, classes=["src"], source=key)
        if marks is not None:
            link["mark"] = marks.setdefault(key, len(marks) + 1)
        found += [nodes.Text(", "), link]
    return found[1:]


def table_node(
    headers: Sequence[str], kinds: Sequence[str], rows: Sequence, classes: Sequence[str] = ()
) -> nodes.table:
    """A table of the CSS ``classes`` from text cells.

    ``headers``, ``kinds`` and ``rows`` are as in ``chipbook.charts.tables.Table``; a cell may also
    be a list of nodes, in a column of the kind "blocks".
    """
    marks: dict[str, int] = {}
    kinds = kinds_shown(kinds, rows)
    # The first names its row, where it has words.
    stubs = [int(not at and kind in ("text", "blocks")) for at, kind in enumerate(kinds)]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=24, stub=stub) for stub in stubs))
    head, body = nodes.row(), nodes.tbody()
    group["cols"] = len(headers)
    for text, kind in zip(headers, kinds, strict=True):
        head += nodes.entry("", nodes.paragraph("", text), classes=CLASSES.get(kind, []))
    for cells in rows:
        row = nodes.row()
        for content, kind in zip(cells, kinds, strict=True):
            names = [*CLASSES.get(kind, []), *["none"] * (content in (MISSING, [], ""))]
            row += nodes.entry("", *_blocks(content, kind, marks), classes=names)
        body += row
    group += [nodes.thead("", head), body]
    wide = ["wide"] * (len(headers) > WIDE)
    return nodes.table("", group, classes=["evidence", *wide, *classes])


CLASSES = {"number": ["num"], "figure": ["num"], "sources": ["marks"]}


def _blocks(content: Any, kind: str, marks: dict[str, int]) -> list[nodes.Node]:
    """What a cell holds; ``marks`` number the sources of the table in their order."""
    if kind == "blocks":
        return content
    inside: list[nodes.Node] = [nodes.Text(content)] if isinstance(content, str) else []
    if kind == "sources":
        inside = links(content, marks) or [nodes.Text(MISSING)]
    elif kind == "status" and content in PALETTE:
        inside = [nodes.inline("", content, classes=["status", f"status-{content}"])]
    elif kind == "figure" and (found := FIGURE.fullmatch(content)) and found[1]:
        inside = [nodes.inline("", found[1], classes=["word"]), nodes.Text(f" {found[2]}")]
    elif kind == "text":
        inside = [
            nodes.inline("", part, classes=["date"]) if at % 2 else nodes.Text(part)
            for at, part in enumerate(with_dates(content))
        ]
    return [nodes.paragraph("", "", *inside)]


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
    nth = f" ({seen[label]})" if seen[label] > 1 else ""
    place = table_region("", table, label=label + nth)
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


def visit_region(self, node: table_region) -> None:
    """A region that the keyboard can reach and scroll."""
    label = self.attval(node["label"])
    self.body.append(f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}">')


def visit_entry(self, node: nodes.entry) -> None:
    """A cell that says what it heads, or, for a phone, what the column is called."""
    type(self).visit_entry(self, node)
    group = node.parent.parent.parent
    heads = next(group.findall(nodes.thead), None)
    said = ""
    if node.parent.parent is heads:
        said = ' scope="col"'
    elif self.body[-1].startswith("<th"):
        said = ' scope="row"'
    elif heads:
        label = heads[0][node.parent.index(node)].astext()
        said = f' data-label="{self.attval(label)}"'
    self.body[-1] = re.sub(r"^<\w+", lambda tag: tag[0] + said, self.body[-1])
