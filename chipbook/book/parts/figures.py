"""Charts in the page: static first, live on demand, with sources, downloads and a table.

A cell emits a specification (:mod:`chipbook.charts.figure`). Here it becomes nodes when the page
is read, and files under ``_static/charts`` when it is written.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import vl_convert
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from chipbook.book.domain import add_script, by_strength, note_sources, short_name, sources_by_id
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts import drawing, figure, theme

CHARTS = "_static/charts"
_ROOM = 5


class chart(nodes.General, nodes.Element):
    """A chart with its title, drawing, sources, files and table. ``spec`` and ``key`` say which."""


class chart_view(nodes.General, nodes.Element):
    """The place of the drawing, static or live, and of its controls."""


class chart_files(nodes.Inline, nodes.Element):
    """Links to the files of the chart, for HTML."""


class chart_table(nodes.General, nodes.Element):
    """The folded table with the rows that are drawn, for HTML."""


def from_output(env: BuildEnvironment, spec: dict, line: int | None) -> chart:
    """The nodes of a chart that a cell shows."""
    spec = json.loads(json.dumps(spec))  # plain dicts: notebook ones do not survive the pickle
    title, subtitle = figure.title(spec)
    ids = figure.source_ids(spec)
    named, rest = leading(ids)
    credit = f"{env.config.html_title} · Sources: {'; '.join(named.values())}"
    more = f" and {rest} more" if rest else ""
    key = drawing.key(spec, credit + more)
    node = chart(spec=spec, key=key, title=title, subtitle=subtitle, credit=credit + more, at=line)
    node += nodes.paragraph("", title, classes=["chart-title"])
    if subtitle:
        node += nodes.paragraph("", subtitle, classes=["chart-subtitle"])
    node += chart_view()
    notes = nodes.paragraph("", "Sources: ", classes=["chart-notes"])
    note_sources(env, ids, line)
    notes += links(list(named))
    notes += nodes.Text(f"{more} in the table" if rest else "")
    notes += chart_files()
    node += notes
    fold = chart_table()
    for headers, kinds, rows in drawing.tables(spec):
        fold += region(table_node(headers, kinds, rows), kinds, f"Data: {title}")
    if fold.children:
        node += fold
    return node


def leading(ids: list[str]) -> tuple[dict[str, str], int]:
    """The sources that a line has room for, the strongest first: id → short name, and the rest.

    Of several pages under one short name ("Reuters, 2025") the first stands for all.
    """
    known = by_strength(key for key in ids if key in sources_by_id())
    if len(known) <= _ROOM + 1:
        return {key: short_name(sources_by_id()[key]) for key in known}, 0
    named: dict[str, str] = {}
    for key in known:
        if short_name(sources_by_id()[key]) not in named.values() and len(named) < _ROOM:
            named[key] = short_name(sources_by_id()[key])
    return named, len(known) - len(named)


def controls(spec: dict) -> int:
    """How many inputs the live chart has, to keep their place free."""
    return sum(
        1 if "input" in param["bind"] else len(param["bind"])
        for param in spec.get("params", [])
        if isinstance(param.get("bind"), dict)
    )


def _drawing(app: Sphinx, node: chart) -> drawing.Drawing:
    content = drawing.cached(
        Path(app.doctreedir) / "charts",
        f"{node['key']}.json",
        lambda: drawing.draw(node["spec"], node["key"]).to_json(),
    )
    return drawing.Drawing(**json.loads(content))


def write_files(folder: Path, cache: Path, node: chart, drawn: drawing.Drawing) -> list[str]:
    """Write the files of a chart and return their names, the script of the live chart first."""
    spec, key = node["spec"], node["key"]
    picture = drawing.standalone(drawn.wide, node["title"], node["subtitle"], node["credit"])
    png = drawing.cached(cache, f"{key}.png", lambda: drawing.png(picture))
    files = {
        f"{key}.js": drawing.script(key, drawn.vega).encode(),
        f"{key}.svg": picture.encode(),
        f"{key}.png": png,
        f"{key}.vl.json": (json.dumps(spec, indent=1, ensure_ascii=False) + "\n").encode(),
    }
    for position, rows in enumerate(drawing.datasets(spec), start=1):
        number = "" if position == 1 else f"-{position}"
        files[f"{key}{number}.csv"] = drawing.to_csv(rows).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def visit_chart(self, node: chart) -> None:
    """Draw the chart, write its files, and open its element."""
    app, builder = self.builder.app, self.builder
    node.drawn = _drawing(app, node)
    node.files, node.base = [], ""
    attributes = ""
    if builder.name != "epub":
        page = builder.get_target_uri(builder.current_docname)
        node.base = relative_uri(page, f"{CHARTS}/")
        cache = Path(app.doctreedir) / "charts"
        node.files = write_files(Path(builder.outdir) / CHARTS, cache, node, node.drawn)
        attributes = f' data-chart="{node["key"]}" data-src="{node.base}{node.files[0]}"'
    self.body.append(f'<div class="chart"{attributes}>\n')


def visit_view(self, node: chart_view) -> None:
    """The static drawings; the script puts controls and the live chart beside them."""
    parent = node.parent
    drawn, spec = parent.drawn, parent["spec"]
    if self.builder.name == "epub":
        pictures = theme.flatten(drawn.wide)
    else:
        pictures = _hidden(drawn.wide, "chart-wide") + _hidden(drawn.narrow, "chart-narrow")
        if count := controls(spec):
            self.body.append(f'<div class="chart-controls" style="--controls: {count}"></div>\n')
    label = escape(spec["description"], quote=True)
    self.body.append(
        f'<div class="chart-view"><div class="chart-static" role="img" aria-label="{label}">'
        f"{pictures}</div></div>\n"
    )
    raise nodes.SkipNode


def _hidden(svg: str, name: str) -> str:
    return svg.replace('class="marks"', f'class="{name}" aria-hidden="true"', 1)


def visit_files(self, node: chart_files) -> None:
    """Data, image and specification, one link a format."""
    parent = node.parent.parent
    links: dict[str, list[str]] = {"Data": [], "Image": [], "Spec": []}
    for name in parent.files[1:]:
        ending = name.rpartition(".")[2].upper()
        group = {"CSV": "Data", "JSON": "Spec"}.get(ending, "Image")
        label = f"{group} of this chart: {ending}"
        links[group].append(
            f'<a href="{parent.base}{name}" download aria-label="{label}">{ending}</a>'
        )
    parts = [f"{group} ({', '.join(found)})" for group, found in links.items() if found]
    if parts:
        self.body.append(f' <span class="chart-files">{" · ".join(parts)}</span>')
    raise nodes.SkipNode


def visit_table(self, node: chart_table) -> None:
    """The table, folded."""
    self.body.append('<details class="chart-table"><summary>Table</summary>\n')


def depart_table(self, node: chart_table) -> None:
    """Close it."""
    self.body.append("</details>\n")


def depart_chart(self, node: chart) -> None:
    """Close it."""
    self.body.append("</div>\n")


def latex_chart(self, node: chart) -> None:
    """The standalone picture, which carries title and sources, as a PDF."""
    drawn = _drawing(self.builder.app, node)
    picture = drawing.standalone(drawn.wide, node["title"], node["subtitle"], node["credit"])
    name = f"chart-{node['key']}.pdf"
    (Path(self.builder.outdir) / name).write_bytes(vl_convert.svg_to_pdf(picture))
    self.body.append(f"\n\\noindent\\sphinxincludegraphics{{{{{name[:-4]}}}.pdf}}\n")
    raise nodes.SkipNode


def text_chart(self, node: chart) -> None:
    """What the chart says, where nothing can be drawn."""
    self.add_text(node["spec"]["description"])
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register nodes, style and script."""
    app.add_node(
        chart, html=(visit_chart, depart_chart), latex=(latex_chart, None), text=(text_chart, None)
    )
    app.add_node(chart_view, html=(visit_view, None))
    app.add_node(chart_files, html=(visit_files, None))
    app.add_node(chart_table, html=(visit_table, depart_table))
    app.add_css_file("charts.css", priority=200)
    add_script(app, "charts.js", chart)
