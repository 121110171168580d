"""Charts in the page: static first, live on demand, with sources, downloads and a table.

A cell emits a specification (:mod:`chipbook.charts.figure`). Here it becomes nodes when the page
is read, and files under ``_static/charts`` when it is written.
"""

import json
from itertools import islice
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

from chipbook.book.cards import template
from chipbook.book.domain import base, by_strength, note_sources, short_name, sources_by_id
from chipbook.book.parts import ancestors
from chipbook.book.parts.folds import details, opener
from chipbook.book.parts.tables import links, table_node, table_region
from chipbook.charts import drawing
from chipbook.charts.files import alone, fields, to_csv, values
from chipbook.charts.spec import source_ids, tables, views
from chipbook.charts.spec import title as title_of
from chipbook.data import package
from chipbook.data.state import write_all
from chipbook.story.answers import contested
from chipbook.story.downloads import sha256

CHARTS = "_static/charts"

_ROOM = 5


class chart(nodes.General, nodes.Element):
    """A chart with its title, drawing, sources, files and table. ``spec`` and ``key`` say which.

    ``name`` is that of its figure ("fig-two-readings"), which its files have and links to it.
    """


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
    node = chart(spec=spec, key=drawing.key(spec), title=title, subtitle=subtitle, at=line)
    node["page"] = env.docname
    node += nodes.paragraph("", title, classes=["chart-title"])
    if subtitle:
        node += nodes.paragraph("", subtitle, classes=["chart-subtitle"])
    node += chart_view()
    note_sources(env, ids, line)
    notes = nodes.paragraph("", "Sources: ", classes=["chart-notes"])
    notes += [*links(list(named)), nodes.Text(f"{more} in the table" if rest else "")]
    notes += chart_files()
    node += notes
    try:
        if not (items := drawing_of(env, node).items):
            raise ValueError(
                "it draws no rows: look at what a filter, a domain or an opacity hides"
            )
        drawn, words = tables(spec, items)
    except ValueError as error:
        first = str(error).strip().partition("\n")[0]
        where = f"{env.docname}.md:{line}"
        raise SystemExit(f"\n{where}: the chart {title!r} cannot be drawn: {first}") from None
    if drawn:
        fold = details("", opener(nodes.Text("Table"), of=title), classes=["chart-table"])
        for nth, table in enumerate(drawn, start=1):
            count = f" {nth}" if drawn[1:] else ""
            shown = table_node(table.headers, table.kinds, table.rows)
            fold += table_region("", shown, label=f"Data{count}: {title}")
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


def caption(node: nodes.Node) -> str:
    """The caption of the figure around a chart, as text."""
    figures = (each for each in ancestors(node) if isinstance(each, nodes.figure))
    captions = (found for figure in figures for found in figure.findall(nodes.caption))
    return " ".join(found.astext() for found in captions)


def controls(spec: dict) -> list[dict]:
    """The inputs of the live chart of a ``spec``, as its parameters."""
    return [param for param in spec.get("params", []) if isinstance(param.get("bind"), dict)]


def denial(spec: dict) -> list[str]:
    """The sentence that says who contested reports behind the chart of a ``spec``, and when."""
    answers = contested(row for view in views(spec) for row in view.rows)
    return template("chart-denial.txt").render(answers=answers).split("\n")[:1] if answers else []


def drawing_of(build: Sphinx | BuildEnvironment, node: chart) -> drawing.Drawing:
    """The drawing of a chart in its first state, kept from ``build`` to build."""
    content = drawing.cached(
        Path(build.doctreedir) / "charts",
        f"{node['key']}.json",
        lambda: json.dumps(vars(drawing.draw(node["spec"], node["key"]))).encode(),
    )
    return drawing.Drawing(**json.loads(content))


def files(app: Sphinx, node: chart, drawn: drawing.Drawing) -> dict[str, bytes]:
    """The files of a chart as ``drawn``, by name, the script of the live one first."""
    spec, key, name, ids = node["spec"], node["key"], node["name"], source_ids(node["spec"])
    known = {each: sources_by_id()[each] for each in ids if each in sources_by_id()}
    names = {each: short_name(page) for each, page in known.items()}
    named, rest = leading(ids)
    shown, _ = tables(spec, drawn.items)
    rows = values(shown, names)
    content = to_csv(rows)
    told = node.attributes | {
        "caption": caption(node),
        "denial": denial(spec),
        "controls": controls(spec),
        "address": f"{base(app.config)}{node['page']}.html#{name}",
        "book": app.config.html_title,
        "package": package(),
        "named": named.values(),
        "rest": rest,
        "sources": known.values(),
        "fields": fields(shown, rows),
        "content": content,
        "hash": sha256(content),
    }
    about = json.loads(template("chart-metadata.json").render(told))
    foot = template("chart-foot.txt").render(told).splitlines()
    picture = drawing.standalone(drawn.wide, node["title"], node["subtitle"], foot)
    cache, packed = Path(app.doctreedir) / "charts", drawing.digest(picture.encode())
    return {
        f"{key}.js": drawing.script(key, drawn.vega, names).encode(),
        f"{name}.csv": content,
        f"{name}.csv-metadata.json": _json(about),
        f"{name}.svg": picture.encode(),
        f"{name}.png": drawing.cached(cache, f"{packed}.png", lambda: drawing.png(picture)),
        f"{name}.vl.json": _json(alone(spec, about)),
    }


def _json(content: dict) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def visit_chart(self, node: chart) -> None:
    """Draw the chart, write its files, and open its element."""
    app, builder = self.builder.app, self.builder
    node["drawn"] = drawing_of(app, node)
    place = relative_uri(builder.get_target_uri(builder.current_docname), f"{CHARTS}/")
    made = files(app, node, node["drawn"])
    write_all({Path(builder.outdir) / CHARTS / name: made[name] for name in made})
    node["files"] = f"{place}{node['name']}"
    source = f"{place}{node['key']}.js"
    named = f'data-chart="{node["key"]}" data-name="{node["name"]}"'
    self.body.append(f'<div class="chart" {named} data-src="{source}">\n')


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
    """Data, image, specification, and what is made of its address."""
    at = node.parent.parent
    told = {"denial": denial(at["spec"]), "up": "../" * self.builder.current_docname.count("/")}
    self.body.append(template("chart-files.html").render(at.attributes, **told))
    raise nodes.SkipNode
