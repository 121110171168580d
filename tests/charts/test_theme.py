"""The palette: visible on both grounds, apart for every eye, given to the style sheet."""

from __future__ import annotations

import itertools
import re

import altair as alt
import jinja2
import numpy as np
import pytest

from chipbook.charts import theme

SHEET = (theme.FONT_DIR.parents[1] / "charts.css_t").read_text(encoding="utf-8")
STATUSES = [f"status-{word}" for word in theme.PALETTE]
SERIES = ["chart-alarm", *(f"chart-{n}" for n in range(1, 5))]
MODES = pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])

# Full colour blindness, on linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(name: str, mode: int) -> np.ndarray:
    """Linear RGB of a colour of the theme."""
    value = theme.COLOURS[name][mode]
    rgb = np.array([int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB in Oklab, where distances are as large as they look (Ottosson, 2020)."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(cones @ rgb)


@MODES
@pytest.mark.parametrize("name", [*STATUSES, *SERIES])
def test_marks_stand_out_from_the_page(name: str, mode: int) -> None:
    luminance = [
        np.array([0.2126, 0.7152, 0.0722]) @ linear(colour, mode) for colour in (name, "chart-bg")
    ]
    low, high = sorted(luminance)
    assert (high + 0.05) / (low + 0.05) >= 4.5  # words beside a mark are set in its colour, too


@pytest.mark.parametrize("name", [*STATUSES, *SERIES])
def test_a_colour_stays_itself_in_the_dark(name: str) -> None:
    """Nobody who switches meets another hue: a violet may get lighter, and no rose."""
    light, dark = (oklab(linear(name, mode))[1:] for mode in (0, 1))
    if min(np.hypot(*light), np.hypot(*dark)) > 0.02:  # else a grey
        angle = np.degrees(np.arctan2(light[1], light[0]) - np.arctan2(dark[1], dark[0]))
        assert abs((angle + 180) % 360 - 180) < 20


@MODES
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("names", [STATUSES, SERIES], ids=["statuses", "series"])
def test_colours_stay_apart_in_every_sight(names: list[str], sight: str, mode: int) -> None:
    seen = {n: oklab(np.clip(SIGHT[sight] @ linear(n, mode), 0, 1)) for n in names}
    close = {
        pair: round(float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])), 3)
        for pair in itertools.combinations(names, 2)
        if np.linalg.norm(seen[pair[0]] - seen[pair[1]]) < 0.1
    }
    assert not close


@MODES
def test_the_style_sheet_is_given_every_colour(mode: int) -> None:
    sheet = jinja2.Template(SHEET).render(chart_colours=theme.COLOURS)
    selector = (":root", 'html[data-theme="dark"]')[mode]
    rule = re.search(re.escape(selector) + r" \{(.*?)\n\}", sheet, re.DOTALL)
    styled = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rule.group(1)))
    assert styled == {name: both[mode] for name, both in theme.COLOURS.items()}


def test_each_status_has_a_mark_of_its_own() -> None:
    marks = {(status.shape, status.filled) for status in theme.PALETTE.values()}
    assert len(marks) == len(theme.PALETTE)
    assert not theme.PALETTE["reported"].filled
    assert theme.PALETTE["filed"].filled


def test_status_scales_agree_on_their_words() -> None:
    scales = [theme.status_scale(values) for values in ("colour", "fill", "shape")]
    for scale in scales:
        assert scale["domain"] == list(theme.PALETTE)
    assert scales[0]["range"][0] == theme.colour("status-filed")


def test_hollow_marks_are_filled_with_the_page() -> None:
    fill = dict(zip(theme.PALETTE, theme.status_scale("fill")["range"], strict=True))
    assert fill["reported"] == theme.colour("chart-bg")
    assert fill["announced"] == theme.colour("status-announced")


def test_denied_is_drawn_over_any_mark() -> None:
    plain = theme.mark_shape("reported")
    for cross in (theme.DENIED, theme.RESTS):
        crossed = theme.mark_shape("reported", cross)
        assert crossed.count("<path") == plain.count("<path") + 1
        assert cross["shape"] in crossed
    assert 'fill="none"' in plain
    assert 'fill="none"' not in theme.mark_shape("filed")


def test_flatten_leaves_no_variable() -> None:
    assert theme.flatten(f"a {theme.colour('chart-fg')} b") == f"a {theme.COLOURS['chart-fg'][0]} b"


def test_theme_is_one_that_altair_accepts() -> None:
    with alt.theme.enable("chipbook"):
        chart = alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar().encode(x="a:Q").to_dict()
    assert chart["config"]["font"] == theme.FONT
    assert chart["config"]["range"]["category"][0] == theme.colour("chart-1")
