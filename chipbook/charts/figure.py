"""How a chapter shows a chart: ``figure.enable()`` once, then Altair as usual.

Inside the book build a chart leaves the kernel as its Vega-Lite specification and its text
alternative, nothing else: the Sphinx extension draws it. In a notebook (JupyterLab, VS Code,
Colab) the same chart is live, and needs no network; with it goes a picture for a saved notebook.
"""

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress

import altair as alt

from chipbook.charts import theme  # registers the theme
from chipbook.charts.spec import channels, datasets, numbered, source_ids, title, views, wrapped
from chipbook.data.settings import settings

MIME = "application/vnd.chipbook.chart+json"
PAGE = "page"
"""What the variable CHIPBOOK_BUILD holds where a reader runs cells in a page of the book."""

_PROBLEMS: dict[str, str] = settings(__file__)["problems"]
_MIN_DESCRIPTION = 40
_COMPOSED = {"hconcat", "vconcat", "concat", "repeat", "facet", "spec"}
_FACETED = {"row", "column", "facet"}
_MOST_ROWS = 2000
_DAY = re.compile(r"\d{4}(-\d\d){0,2}")


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
    # The book has a limit of its own, with advice; see ``problems``.
    alt.data_transformers.disable_max_rows()


def render(spec: dict, **_: object) -> dict | tuple[dict, dict]:
    """Altair renderer: the MIME bundle of a ``spec``, in a notebook with its metadata.

    Raises :class:`ChartRefused` in the build of the book for a chart that has :func:`problems`; in
    a notebook or in the page, where it may be a reader's own, a sentence says so beside the chart.
    """
    # Altair 5 writes a missing text of pandas 3 as NaN, which is no JSON.
    spec = json.loads(json.dumps(spec), parse_constant=lambda _: None)
    found, place = list(problems(spec)), os.environ.get("CHIPBOOK_BUILD")
    if found and place and place != PAGE:
        raise ChartRefused("\n- ".join(["This chart cannot go into the book:", *found]))
    if found:
        short = "; ".join(problem.partition(":")[0] for problem in found)
        print(f"Your own chart, shown as it is. One of the book would need more: {short}.")
    said = {"text/plain": spec.get("description", "A chart")}
    if place:
        return {MIME: numbered(spec)} | said
    return _in_notebook(spec if found else wrapped(numbered(spec)), said)


def _in_notebook(spec: dict, said: dict) -> tuple[dict, dict]:
    """The chart of a ``spec`` live, with what is ``said`` of it and a picture."""
    import vl_convert  # not in the page, which has no use for it

    alt.JupyterChart.enable_offline(True)
    # A notebook may be dark, and knows nothing of the colours that a dark page gives a chart.
    light = spec | {"background": theme.COLOURS["chart-bg"][0]}
    bundle = alt.JupyterChart(alt.Chart.from_dict(light))._repr_mimebundle_()
    data, extra = bundle if isinstance(bundle, tuple) else (bundle, {})
    # Saved and handed in, the notebook has no live charts: then this picture stands there.
    with suppress(ValueError):
        picture = vl_convert.vegalite_to_png(json.loads(theme.flatten(json.dumps(light))))
        data = data | {"image/png": b64encode(picture).decode()}
    return data | said, extra


def problems(spec: dict) -> Iterator[str]:
    """What keeps the chart of a ``spec`` out of the book, in words."""
    used = set().union(*(view.encoding for view in views(spec)))
    if composed := sorted(_COMPOSED & spec.keys() | _FACETED & used):
        yield _PROBLEMS["composed"].format(", ".join(composed))
    if not title(spec)[0]:
        yield _PROBLEMS["title"]
    if (length := len(spec.get("description", ""))) < _MIN_DESCRIPTION:
        yield _PROBLEMS["description"].format(length, _MIN_DESCRIPTION)
    if not source_ids(spec):
        yield _PROBLEMS["sources"]
    if any(param.get("bind") == "scales" for param in spec.get("params", [])):
        yield _PROBLEMS["zooms"]
    scales = [(entry.get("scale") or {}) for view in views(spec) for _, entry in channels(view)]
    if any(scale.get("clamp") for scale in scales):
        yield _PROBLEMS["clamps"]
    yield from _data_problems(spec)


def _data_problems(spec: dict) -> Iterator[str]:
    """What is wrong with the rows of a ``spec``, and with what it makes of them."""
    parts = list(
        _parts({name: spec[name] for name in spec if name not in ("datasets", "usermeta")})
    )
    outside = sorted({name for part in parts for name in ("url", "href") if name in part})
    if outside := outside + re.findall(r"\burl\(", json.dumps(spec))[:1]:
        yield _PROBLEMS["outside"].format(", ".join(outside))
    rows = max(map(len, datasets(spec)), default=0)
    if not rows and not any("sequence" in part for part in parts):
        yield _PROBLEMS["empty"]
    if rows > _MOST_ROWS:
        yield _PROBLEMS["many"].format(rows, _MOST_ROWS)
    named = [part["as"] for part in parts if "as" in part]
    made = {name for each in named for name in ([each] if isinstance(each, str) else each)}
    filtered = "isValid(" in json.dumps(parts)
    drawn = [(view, entry) for view in views(spec) for _, entry in channels(view)]
    for view, entry in drawn:
        name, known = entry.get("field"), {key: None for row in view.rows for key in row}
        if not name or not known or name in made:
            continue
        if name not in known:
            yield _PROBLEMS["unknown"].format(name, ", ".join(known))
        elif entry.get("type") == "quantitative" and "aggregate" not in entry:
            kinds = str if filtered else str | None
            if wrong := [row for row in view.rows if isinstance(row.get(name), kinds)]:
                yield _PROBLEMS["no_number"].format(name, wrong[0].get(name), wrong[0])
        elif entry.get("type") == "temporal":
            days = [day for row in view.rows if _DAY.fullmatch(day := str(row.get(name)))]
            yield from (_PROBLEMS["day"].format(name, day) for day in days[:1])


def _parts(tree: dict | list) -> Iterator[dict]:
    """Every mapping in a ``tree`` of mappings and lists."""
    yield from [tree] if isinstance(tree, dict) else []
    for part in tree.values() if isinstance(tree, dict) else tree:
        yield from _parts(part) if isinstance(part, dict | list) else []
