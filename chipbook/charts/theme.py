"""The look of every chart: one Altair theme, and one palette for who speaks.

Colours are CSS variables with the light value as fallback, ``var(--chart-fg,#23201c)``, so that one
SVG serves light and dark pages; ``charts.css`` holds both values of each. Who speaks is told three
times: by colour, by shape (hollow where others speak about the company) and by word. A denial is
no sixth colour: it is a cross (:data:`DENIED`) on any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import altair as alt

FONT = "'Source Sans 3', 'Liberation Sans', Arial, sans-serif"
FONT_DIR = Path(__file__).parents[1] / "book" / "static" / "fonts" / "ttf"
"""Static TrueType files of the chart font, for the renderer that draws charts without a browser."""

COLOURS: dict[str, tuple[str, str]] = {
    "chart-bg": ("#fdfcf9", "#191816"),
    "chart-fg": ("#23201c", "#e4dfd6"),
    "chart-muted": ("#665f55", "#a49d91"),
    "chart-grid": ("#e3ded4", "#3a3731"),
    "chart-1": ("#cf4232", "#d9584b"),
    "chart-2": ("#6d8ba1", "#8aadc3"),
    "chart-3": ("#7c49af", "#8a70d6"),
    "chart-4": ("#4a3a02", "#e9c55c"),
    "chart-5": ("#191617", "#f2f0ea"),
    "status-filed": ("#112a94", "#6ea0fd"),
    "status-announced": ("#1f7579", "#b0fed4"),
    "status-reported": ("#a84604", "#f89e36"),
    "status-estimated": ("#9f4bd2", "#b46a97"),
    "status-computed": ("#2b2b2b", "#bbbaba"),
}
"""Name of a CSS variable → its value on a light page, its value on a dark one."""


def colour(name: str) -> str:
    """A colour for a chart: the CSS variable with its light value as fallback."""
    return f"var(--{name},{COLOURS[name][0]})"


def flatten(text: str) -> str:
    """Replace every CSS variable by its fallback, for formats that have no style sheet."""
    return re.sub(r"var\(--[\w-]+,\s*(#[0-9a-fA-F]+)\)", r"\1", text)


@dataclass(frozen=True)
class Status:
    """Who speaks: the mark of one evidence status (``shape`` is a Vega symbol)."""

    word: str
    shape: str
    filled: bool

    @property
    def colour(self) -> str:
        """The colour of the outline, and of the inside when filled."""
        return colour(f"status-{self.word}")

    @property
    def fill(self) -> str:
        """The colour inside the mark: that of the page when hollow."""
        return self.colour if self.filled else colour("chart-bg")


PALETTE: dict[str, Status] = {
    status.word: status
    for status in (
        Status("filed", "square", filled=True),
        Status("announced", "circle", filled=True),
        Status("reported", "circle", filled=False),
        Status("estimated", "diamond", filled=False),
        Status("computed", "triangle-up", filled=True),
    )
}

_CROSS = "M-1,-1L1,1M-1,1L1,-1"
DENIED = {
    "shape": _CROSS,
    "size": 100,
    "filled": False,
    "stroke": colour("chart-fg"),
    "strokeWidth": 1.75,
}
"""Mark properties of the cross on a denied figure: ``mark_point(**theme.DENIED)`` as a layer."""


def _scale(values: str, only: tuple[str, ...]) -> alt.Scale:
    words = only or tuple(PALETTE)
    return alt.Scale(domain=list(words), range=[getattr(PALETTE[w], values) for w in words])


def status_color(*only: str) -> alt.Scale:
    """Scale from status to its colour; name statuses to leave the others out of the legend."""
    return _scale("colour", only)


def status_fill(*only: str) -> alt.Scale:
    """Scale from status to what is inside the mark: its colour, or the page where hollow."""
    return _scale("fill", only)


def status_shape(*only: str) -> alt.Scale:
    """Scale from status to its point shape."""
    return _scale("shape", only)


def status_encoding(
    *only: str, field: str = "status", shape: bool = True, legend: bool = True
) -> dict[str, alt.SchemaBase]:
    """Encodings that draw who speaks, for a mark whose ``status`` is in ``field``.

    Use as ``.encode(x=…, y=…, **theme.status_encoding())``. ``only`` keeps other statuses out of
    the legend, ``shape=False`` is for bars.
    """
    shown = alt.Legend(title=None) if legend else None
    encoding = {
        "stroke": alt.Stroke(f"{field}:N", scale=status_color(*only), legend=shown, title="Status"),
        "fill": alt.Fill(f"{field}:N", scale=status_fill(*only), legend=shown, title="Status"),
    }
    if shape:
        encoding["shape"] = alt.Shape(
            f"{field}:N", scale=status_shape(*only), legend=shown, title="Status"
        )
    return encoding


_OUTLINES = {
    "circle": '<circle r="5"{}/>',
    "square": '<path d="M-4.5-4.5h9v9h-9z"{}/>',
    "triangle-up": '<path d="M0-5.5L5.5 4.5h-11z"{}/>',
    "diamond": '<path d="M0-6L5 0 0 6-5 0z"{}/>',
}


def mark_svg(status: str, denied: bool = False) -> str:
    """The mark of a status as a small inline SVG, for cards and tables; the word stands beside."""
    return (
        '<svg class="mark" viewBox="-8 -8 16 16" width="12" height="12" aria-hidden="true" '
        f'focusable="false">{mark_shape(status, denied)}</svg>'
    )


def mark_shape(status: str, denied: bool = False) -> str:
    """The shapes of a mark around the origin, 12 units wide, to be placed in an SVG."""
    mark = PALETTE[status]
    inside = _OUTLINES[mark.shape].format(
        f' fill="{mark.fill if mark.filled else "none"}" stroke="{mark.colour}" stroke-width="2"'
    )
    if denied:
        inside += f'<path d="M-7-7L7 7M-7 7L7-7" stroke="{colour("chart-fg")}" stroke-width="1.5"/>'
    return inside


def _config() -> dict:
    fg, muted, grid = colour("chart-fg"), colour("chart-muted"), colour("chart-grid")
    return {
        "font": FONT,
        "background": "transparent",
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 5,
        # Marks are described once, by the text alternative of the whole chart.
        "aria": False,
        # True on a phone, set by the page; charts may use it as well: alt.expr("narrow ? …").
        "params": [{"name": "narrow", "value": False}],
        "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 320},
        "axis": {
            "labelColor": muted,
            "labelFontSize": 13,
            "labelPadding": 6,
            "labelLimit": {"expr": "narrow ? 120 : 220"},
            "labelFlush": False,
            # Labels give way before they touch, however narrow the page.
            "labelOverlap": "greedy",
            "labelSeparation": 10,
            "titleColor": muted,
            "titleFontSize": 13,
            "titleFontWeight": 400,
            "titlePadding": 10,
            "gridColor": grid,
            "gridWidth": 1,
            "domain": False,
            "ticks": False,
        },
        "axisX": {"titleAnchor": "start"},
        # Reads from left to right, above the axis: nobody turns their head.
        "axisY": {
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "end",
            "titleBaseline": "bottom",
            "titleX": 0,
            "titleY": -8,
        },
        "axisXQuantitative": {"tickCount": {"expr": "max(2, floor(width / 90))"}},
        "axisYQuantitative": {"tickCount": 5},
        "axisXTemporal": {
            "grid": False,
            "domain": True,
            "domainColor": muted,
            "ticks": True,
            "tickColor": muted,
            "tickSize": 5,
            "tickCount": {"expr": "max(2, floor(width / 80))"},
        },
        "axisXBand": {"grid": False, "labelAngle": 0},
        "axisXPoint": {"grid": False, "labelAngle": 0},
        "axisYBand": {"labelColor": fg, "labelOverlap": False},
        "axisYPoint": {"labelColor": fg, "labelOverlap": False},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelColor": fg,
            "labelFontSize": 13,
            "labelLimit": 0,
            "symbolSize": 90,
            "symbolStrokeWidth": 2,
            "columnPadding": 16,
            "columns": {"expr": "narrow ? 1 : 0"},
            "offset": 12,
            "padding": 0,
        },
        "title": {"anchor": "start", "color": fg, "fontSize": 17, "fontWeight": 600},
        "range": {"category": [colour(f"chart-{n}") for n in range(1, 6)]},
        "mark": {"color": colour("chart-1")},
        # Where a text has line breaks, its lines stand close.
        "text": {"color": fg, "fontSize": 13, "lineBreak": "\n", "lineHeight": 15},
        "rule": {"color": muted, "strokeWidth": 1},
        "line": {"strokeWidth": 2.25, "strokeJoin": "round", "strokeCap": "round"},
        "point": {"size": 90, "strokeWidth": 2, "opacity": 1},
        "bar": {"strokeWidth": 1.5},
    }


@alt.theme.register("chipbook", enable=False)
def chipbook() -> alt.theme.ThemeConfig:
    """The Altair theme; :func:`chipbook.charts.figure.enable` turns it on."""
    return alt.theme.ThemeConfig(config=_config())
