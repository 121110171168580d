"""The look of every chart: one Altair theme, and one palette for who speaks.

Colours are CSS variables with the light value as fallback, ``var(--chart-fg,#23201c)``, so that one
SVG serves light and dark pages; ``charts.css`` holds both values of each. Who speaks is told three
times: by colour, by shape (hollow where others speak about the company) and by word. A denial is
no sixth colour: it is a cross (:data:`DENIED`) on any of them, in brackets (:data:`RESTS`) where
a figure only rests on a denied report.
"""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import altair as alt

from chipbook.data.settings import settings
from chipbook.story import answers

FONT_DIR = Path(__file__).parents[1] / "book" / "static" / "fonts" / "ttf"
"""Static TrueType files of the chart font, for the renderer that draws charts without a browser."""

TABLE = Path(__file__).with_suffix(".toml")
"""The file of all that is set about the look of a chart."""

_SET = settings(__file__)
FONT: str = _SET["config"]["font"]
COLOURS: dict[str, list[str]] = _SET["colours"]
"""Name of a CSS variable → its value on a light page, its value on a dark one."""


def colour(name: str) -> str:
    """The colour of this ``name``: its CSS variable, with the light value as fallback."""
    return f"var(--{name},{COLOURS[name][0]})"


def flatten(text: str) -> str:
    """``text`` with the fallback of every CSS variable, for formats that have no style sheet."""
    return re.sub(r"var\(--[\w-]+,\s*(#[0-9a-fA-F]+)\)", r"\1", text)


def _coloured(table: dict) -> dict[str, Any]:
    text = re.sub(r'"--([\w-]+)"', lambda name: f'"{colour(name[1])}"', json.dumps(table))
    return json.loads(text)


def _mark(word: str, shape: str, filled: bool) -> SimpleNamespace:
    inside = f"status-{word}" if filled else "chart-bg"
    outline = colour(f"status-{word}")
    return SimpleNamespace(shape=shape, filled=filled, colour=outline, fill=colour(inside))


PALETTE = {word: _mark(word, **look) for word, look in _SET["statuses"].items()}
"""Who speaks → the mark of it: a Vega symbol, its outline, and its inside, if hollow the page's."""

DENIED = _coloured(_SET["crosses"]["denied"])
"""Mark properties of the cross on a denied figure: ``mark_point(**theme.DENIED)`` as a layer."""

RESTS = DENIED | _SET["crosses"]["rests"]
"""Those of the cross in brackets, on a figure that rests on a denied report."""

CROSSES = {answers.DENIED: DENIED, answers.RESTS: RESTS}
"""Sign of a figure → the mark properties of its cross."""


def status_scale(values: str) -> alt.Scale:
    """Scale from status to what its mark has as ``values``: "colour", "fill" or "shape"."""
    return alt.Scale(
        domain=list(PALETTE), range=[getattr(status, values) for status in PALETTE.values()]
    )


def status_encoding() -> dict[str, alt.SchemaBase]:
    """Encodings that draw who speaks (the column ``status``): ``.encode(**status_encoding())``."""
    drawn = {"stroke": (alt.Stroke, "colour"), "fill": (alt.Fill, "fill")}
    drawn["shape"] = (alt.Shape, "shape")
    return {
        name: channel("status", type="nominal", title="Status", legend=None).scale(status_scale(of))
        for name, (channel, of) in drawn.items()
    }


def mark_shape(status: str, cross: dict | None = None) -> str:
    """The mark of a ``status`` around the origin, 12 units wide, for an SVG.

    ``cross`` is :data:`DENIED` or :data:`RESTS`, where one lies on it.
    """
    mark = PALETTE[status]
    inside = _SET["outlines"][mark.shape].format(
        f' fill="{mark.fill if mark.filled else "none"}" stroke="{mark.colour}" stroke-width="2"'
    )
    if cross:
        look = f'fill="none" stroke="{cross["stroke"]}" stroke-width="{1.5 / 7:.3f}"'
        inside += f'<path d="{cross["shape"]}" transform="scale(7)" {look}/>'
    return inside


@alt.theme.register("chipbook", enable=False)
def chipbook() -> alt.theme.ThemeConfig:
    """The Altair theme; :func:`chipbook.charts.figure.enable` turns it on.

    A text "--name" in the table of its configuration stands for that colour.
    """
    config = _coloured(_SET["config"])
    # Nothing at all, for which TOML has no word.
    config["view"]["stroke"] = config["legend"]["title"] = None
    return alt.theme.ThemeConfig(config=config)
