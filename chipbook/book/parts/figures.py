"""Charts in the page: static first, live on demand, with sources, downloads and a table.

A cell emits a specification (:mod:`chipbook.charts.figure`). Here it becomes nodes when the page
is read, and files under ``_static/charts`` when it is written.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from chipbook.book.cards import template
from chipbook.book.domain import (
    base,
    by_strength,
    note_sources,
    short_name,
    sources_by_id,
)
from chipbook.book.parts.folds import details, summary
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts import drawing
from chipbook.charts.spec import datasets, source_ids, tables, to_csv, views
from chipbook.charts.spec import title as title_of
from chipbook.story.answers import signs_in

CHARTS = "_static/charts"
DENIAL = re.compile(r"\b(den(y|ied|ies|ials?)|disputed|incorrect|inaccurate)\b", re.IGNORECASE)
"""A word that tells of a denial."""

_ROOM = 5


class chart(nodes.General, nodes.Element):
    """A chart with its title, drawing, sources, files and table. ``spec`` and ``key`` say which."""


class chart_view(nodes.General, nodes.Element):
    """The place of the drawing, static or live, and of its controls."""


class chart_files(nodes.Inline, nodes.Element):
    """Links to the files of the chart, for HTML."""


def from_output(env: BuildEnvironment, spec: dict, line: int | None) -> chart:
    """The nodes of a chart from the ``spec`` that a cell shows at a ``line`` of its page."""
    spec = json.loads(json.dumps(spec))  # plain dicts: notebook ones do not survive the pickle
    title, subtitle = title_of(spec)
    ids = source_ids(spec)
    named, rest = leading(ids)
    more = f" and {rest} more" if rest else ""
    foot = [*denial(spec), f"Sources: {'; '.join(named.values())}{more}"]
    foot.append(f"{env.config.html_title} · {base(env.config)}{env.docname}.html")
    key = drawing.key(spec, foot)
    node = chart(spec=spec, key=key, title=title, subtitle=subtitle, foot=foot, at=line)
    node += nodes.paragraph("", title, classes=["chart-title"])
    if subtitle:
        node += nodes.paragraph("", subtitle, classes=["chart-subtitle"])
    node += chart_view()
    note_sources(env, ids, line)
    notes = nodes.paragraph("", "Sources: ", classes=["chart-notes"])
    notes += [*links(list(named)), nodes.Text(f"{more} in the table" if rest else "")]
    notes += chart_files()
    node += notes
    drawn, words = tables(spec, drawing_of(env, node).items)
    if drawn:
        fold = details("", summary("", nodes.Text("Table")), classes=["chart-table"])
        for headers, kinds, rows in drawn:
            fold += region(table_node(headers, kinds, rows), f"Data: {title}")
        if words:
            fold += nodes.paragraph("", f"Also written: {'; '.join(words)}", classes=["table-note"])
        node += fold
    return node


def leading(ids: list[str]) -> tuple[dict[str, str], int]:
    """The sources of these ``ids`` that a line has room for, and how many are left: id → name.

    The strongest come first. Where not all have room, the first of several pages under one short
    name ("Reuters, 2025") stands for them.
    """
    keys = by_strength(key for key in ids if key in sources_by_id())
    known = {key: short_name(sources_by_id()[key]) for key in keys}
    if len(known) <= _ROOM + 1:
        return known, 0
    first = {name: key for key, name in reversed(known.items())}
    named = {key: name for key, name in known.items() if first[name] == key}
    return dict(islice(named.items(), _ROOM)), len(known) - min(len(named), _ROOM)


def denial(spec: dict) -> list[str]:
    """The sentence in the description of a ``spec`` that tells of a denial, if it has a cross."""
    if not signs_in(row for view in views(spec) for row in view.rows):
        return []
    sentences = re.split(r"(?<=[.;]) ", spec["description"])
    return [sentence for sentence in sentences if DENIAL.search(sentence)][:1]


def controls(spec: dict) -> list[dict]:
    """The parameters of a ``spec`` that a reader sets by an input."""
    return [param for param in spec.get("params", []) if isinstance(param.get("bind"), dict)]


def drawing_of(build: Sphinx | BuildEnvironment, node: chart) -> drawing.Drawing:
    """The drawing of a chart in its first state, kept from ``build`` to build."""
    content = drawing.cached(
        Path(build.doctreedir) / "charts",
        f"{node['key']}.json",
        lambda: json.dumps(vars(drawing.draw(node["spec"], node["key"]))).encode(),
    )
    return drawing.Drawing(**json.loads(content))


def write_files(folder: Path, cache: Path, node: chart, drawn: drawing.Drawing) -> list[str]:
    """Write the files of a chart, as ``drawn``, into ``folder``; pictures are kept in ``cache``.

    Returns their names, the script of the live chart first.
    """
    spec, key = node["spec"], node["key"]
    picture = drawing.standalone(drawn.wide, node["title"], node["subtitle"], node["foot"])
    known = sources_by_id()
    names = {each: short_name(known[each]) for each in source_ids(spec) if each in known}
    files = {
        f"{key}.js": drawing.script(key, drawn.vega, names).encode(),
        f"{key}.svg": picture.encode(),
        f"{key}.png": drawing.cached(cache, f"{key}.png", lambda: drawing.png(picture)),
        f"{key}.vl.json": (json.dumps(spec, indent=1, ensure_ascii=False) + "\n").encode(),
    }
    for position, rows in enumerate(datasets(spec), start=1):
        number = "" if position == 1 else f"-{position}"
        files[f"{key}{number}.csv"] = to_csv(rows).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def visit_chart(self, node: chart) -> None:
    """Draw the chart, write its files, and open its element."""
    app, builder = self.builder.app, self.builder
    node["drawn"] = drawing_of(app, node)
    folder = relative_uri(builder.get_target_uri(builder.current_docname), f"{CHARTS}/")
    cache = Path(app.doctreedir) / "charts"
    names = write_files(Path(builder.outdir) / CHARTS, cache, node, node["drawn"])
    source, *node["files"] = [f"{folder}{name}" for name in names]
    self.body.append(f'<div class="chart" data-chart="{node["key"]}" data-src="{source}">\n')


def depart_chart(self, node: chart) -> None:
    """Close it."""
    self.body.append("</div>\n")


def visit_view(self, node: chart_view) -> None:
    """The static drawings; the script puts controls and the live chart beside them."""
    self.body.append(
        template("chart.html").render(
            description=node.parent["spec"]["description"],
            controls=controls(node.parent["spec"]),
            drawn=node.parent["drawn"],
        )
    )
    raise nodes.SkipNode


def visit_files(self, node: chart_files) -> None:
    """Data, image and specification, one link a format."""
    formats = {"Data": ("csv",), "Image": ("svg", "png"), "Spec": ("json",)}
    files = [(address, address.rpartition(".")[2]) for address in node.parent.parent["files"]]
    groups = {kind: [file for file in files if file[1] in of] for kind, of in formats.items()}
    self.body.append(template("chart-files.html").render(groups=groups))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register nodes and style."""
    app.add_node(chart, html=(visit_chart, depart_chart))
    app.add_node(chart_view, html=(visit_view, None))
    app.add_node(chart_files, html=(visit_files, None))
    app.add_css_file("charts.css", priority=200)
