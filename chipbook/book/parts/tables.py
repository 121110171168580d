"""Tables in the page: real docutils tables, so that HTML, EPUB and LaTeX each write their own."""

from __future__ import annotations

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
    """Links to the entries of sources, with commas between them."""
    found: list[nodes.Node] = []
    for key in (key for key in ids if key in sources_by_id()):
        if found:
            found.append(nodes.Text(", "))
        name = short_name(sources_by_id()[key])
        found.append(source_ref("", name, classes=["src"], source=key))
    return found


def table_node(
    headers: list[str], kinds: list[str], rows: list, classes: tuple[str, ...] = ()
) -> nodes.table:
    """A table from text cells; ``kinds`` and ``rows`` as in ``chipbook.charts.tables.Table``.

    A cell may also be a list of nodes, in a column of the kind "blocks".
    """
    table = nodes.table(classes=["evidence", *classes])
    group = nodes.tgroup(cols=len(headers))
    table += group
    # In plain text a column is so many letters wide, and one of a single letter never fits.
    group += [nodes.colspec(colwidth=24) for _ in headers]
    head, body = nodes.thead(), nodes.tbody()
    group += [head, body]
    row = nodes.row()
    head += row
    for text, kind in zip(headers, kinds, strict=True):
        row += head_cell("", nodes.paragraph("", text), scope="col", classes=_classes(kind))
    for cells in rows:
        row = nodes.row()
        body += row
        for position, (content, kind) in enumerate(zip(cells, kinds, strict=True)):
            blocks = kind == "blocks"
            inside = content if blocks else [nodes.paragraph("", "", *_content(content, kind))]
            if position == 0 and kind in ("text", "blocks"):
                row += head_cell("", *inside, scope="row", classes=_classes(kind))
            else:
                row += nodes.entry("", *inside, classes=_classes(kind))
    return table


def _classes(kind: str) -> list[str]:
    return ["num"] if kind == "number" else []


def _content(content: str | list[str], kind: str) -> list[nodes.Node]:
    if kind == "sources":
        return links(content) or [nodes.Text(MISSING)]
    if kind == "status" and content in PALETTE:
        return [nodes.inline("", content, classes=["status", f"status-{content}"])]
    return [nodes.Text(content)]


def region(table: nodes.table, kinds: list[str], label: str) -> table_region:
    """The table in its scrolling region, with the column types that LaTeX wants."""
    spec = "".join("r" if kind == "number" else "L" for kind in kinds)
    place = table_region(label=label)
    place += [addnodes.tabular_col_spec(spec=spec), table]
    return place


def from_output(env: BuildEnvironment, payload: dict, line: int | None) -> table_region:
    """The nodes of a table that a cell shows, from the payload of :mod:`chipbook.charts.tables`."""
    kinds = payload["kinds"]
    ids = [
        cell
        for row in payload["rows"]
        for cell, kind in zip(row, kinds, strict=True)
        if kind == "sources"
    ]
    note_sources(env, [key for cell in ids for key in cell], line)
    table = table_node(payload["headers"], kinds, payload["rows"])
    # A caption takes its place; without one, the headers tell two tables of a page apart.
    label = "Table: " + ", ".join(payload["headers"])
    seen = env.temp_data.setdefault("chipbook_tables", [])
    seen.append(label)
    again = seen.count(label)
    place = region(table, kinds, f"{label} ({again})" if again > 1 else label)
    place["denied"], place["at"] = payload["denied"], line
    place["shown"] = shown_values(payload)
    if payload["note"]:
        place += nodes.paragraph("", payload["note"], classes=["table-note"])
    return place


def shown_values(payload: dict) -> dict[str, set[str]]:
    """The columns of the data that a table shows, each with the texts in its cells."""
    return {
        column: {
            ";".join(row[at]) if isinstance(row[at], list) else row[at] for row in payload["rows"]
        }
        for at, column in enumerate(payload["columns"])
    }


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
    entry = (
        lambda self, node: self.visit_entry(node),
        lambda self, node: self.depart_entry(node),
    )
    app.add_node(head_cell, html=(visit_head, depart_head), **dict.fromkeys(PLAIN, entry))
    app.add_transform(NumberTables)
