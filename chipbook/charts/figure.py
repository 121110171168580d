"""How a chapter shows a chart: ``figure.enable()`` once, then Altair as usual.

Inside the book build a chart leaves the kernel as its Vega-Lite specification and its text
alternative, nothing else: the Sphinx extension draws it. In a notebook (JupyterLab, VS Code,
Colab) the same chart is live, and needs no network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import altair as alt

from chipbook.charts import theme  # registers the theme
from chipbook.data import split

MIME = "application/vnd.chipbook.chart+json"
MIN_DESCRIPTION = 40

_COMPOSED = ("hconcat", "vconcat", "concat", "repeat", "facet", "spec")
_FACETED = ("row", "column", "facet")


class ChartRefused(ValueError):
    """A chart that a reader could not check or hear; its text names all that is missing."""

    def _render_traceback_(self) -> list[str]:
        # IPython's own would be a hundred lines of Altair, and the cause the last of them.
        return [str(self)]


def enable() -> None:
    """Turn on the book's theme and its renderer."""
    alt.theme.enable(theme.chipbook.__name__)
    alt.renderers.register("chipbook", render)
    alt.renderers.enable("chipbook")


def render(spec: dict, **metadata: object) -> dict:
    """Altair renderer: the MIME bundle of a chart.

    Raises :class:`ChartRefused` for a chart that has :func:`problems`.
    """
    if found := problems(spec):
        raise ChartRefused("This chart cannot go into the book:\n- " + "\n- ".join(found))
    if os.environ.get("CHIPBOOK_BUILD"):
        return {MIME: spec, "text/plain": spec["description"]}
    alt.JupyterChart.enable_offline(True)
    # A notebook may be dark, and knows nothing of the colours that a dark page gives a chart.
    light = spec | {"background": theme.COLOURS["chart-bg"][0]}
    bundle = alt.JupyterChart(alt.Chart.from_dict(light))._repr_mimebundle_()
    data, extra = bundle if isinstance(bundle, tuple) else (bundle, {})
    return {**data, "text/plain": spec["description"]}, extra


def problems(spec: dict) -> list[str]:
    """What keeps a chart (Vega-Lite, as Altair writes it) out of the book, in words."""
    found = []
    if composed := sorted(_composition(spec)):
        found.append(
            f"it uses {', '.join(composed)}: one chart makes one point, so make several charts"
        )
    if not title(spec)[0]:
        found.append("title is missing: say the finding in a sentence, .properties(title=…)")
    description = spec.get("description", "")
    if len(description) < MIN_DESCRIPTION:
        found.append(
            f"description has {len(description)} characters, at least {MIN_DESCRIPTION} wanted: "
            "the finding, then the values that carry it, .properties(description=…)"
        )
    if not source_ids(spec):
        found.append(
            "sources are unknown: keep the column source_ids in the data, or "
            'add .properties(usermeta={"sources": ["id", …]})'
        )
    if any(param.get("bind") == "scales" for param in spec.get("params", [])):
        found.append("it zooms (.interactive()): that takes the reader's scroll wheel away")
    return found


def _composition(spec: dict) -> set[str]:
    used = {name for name in _COMPOSED if name in spec}
    for view in views(spec):
        used |= {name for name in _FACETED if name in view.get("encoding", {})}
    return used


def views(spec: dict) -> Iterator[dict]:
    """The specification and all its layers, each with the ``data`` and encodings it inherits."""
    yield spec
    for layer in spec.get("layer", []):
        inherited = {**spec.get("encoding", {}), **layer.get("encoding", {})}
        yield from views({"data": spec.get("data"), **layer, "encoding": inherited})


def rows(spec: dict, data: dict | None) -> list[dict]:
    """The rows behind a ``data`` entry of a specification; none for data kept elsewhere."""
    if not data:
        return []
    values = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
    return [row for row in values if isinstance(row, dict)]


def title(spec: dict) -> tuple[str, str]:
    """Title and subtitle of a chart, each as one line; empty where there is none."""
    entry = spec.get("title") or ""
    if not isinstance(entry, dict):
        entry = {"text": entry}
    return _line(entry.get("text")), _line(entry.get("subtitle"))


def _line(text: str | list[str] | None) -> str:
    return " ".join(text) if isinstance(text, list) else text or ""


def source_ids(spec: dict) -> list[str]:
    """Ids of the sources a chart rests on, sorted: from its data, and from ``usermeta``."""
    found = set((spec.get("usermeta") or {}).get("sources", []))
    for view in views(spec):
        for row in rows(spec, view.get("data")):
            found.update(split(row.get("source_ids")))
    return sorted(found)
