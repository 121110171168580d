"""How the book draws: theme, charts, their static pictures, tables, and what chart cells share.

Here are the few things that most charts do alike, each one a call that returns Altair.

>>> import altair as alt, pandas as pd
>>> from chipbook.charts import direct_labels, named_rows, status_marks
>>> rows = [{"row": "Wire|May 2025", "usd": 12.5, "words": "12.5", "status": "reported"}]
>>> plot = alt.Chart(pd.DataFrame(rows)).encode(named_rows(), x="usd:Q")
>>> chart = status_marks(plot) + direct_labels(plot)

In every call ``plot`` is an ``alt.Chart`` with its data and its place (x, y) encoded; what comes
back is a layer, to be added to others with ``+``. A field is named without its type.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import altair as alt

from chipbook.charts import theme
from chipbook.data import facts
from chipbook.data.braces import KEY

_AXES = ("x", "y", "x2", "y2")
_ONCE = alt.InlineData(values=[{}])
"""Data of one empty row: what is drawn once, whatever the rows of the other layers are."""
_SIDES: dict[str, tuple[str, int, dict]] = {
    "right": ("dx", 1, {"align": "left"}),
    "left": ("dx", -1, {"align": "right"}),
    "above": ("dy", -1, {}),
    "below": ("dy", 1, {}),
}


def finding(*, title: str, subtitle: str, description: str, **values: object) -> dict:
    """Title, subtitle and text alternative, for ``.properties(**finding(…))``.

    ``title`` is the finding as a sentence, ``subtitle`` what is drawn, with its unit,
    ``description`` the finding, then the values that carry it, for those who cannot see the chart.
    In braces the key of a fact becomes its number, in the forms of the role ``{fact}``
    (``{ft25-total|amount}``), and a name among the ``values`` that value. Line breaks and indents
    count as one space. Raises ``KeyError`` for a key that is neither, and lists the near ones.

    >>> finding(title="Twice {much}", subtitle="billion", description="It is {much}.", much=8)
    {'title': TitleParams({
      subtitle: 'billion',
      text: 'Twice 8'
    }), 'description': 'It is 8.'}
    """

    def number(match: re.Match) -> str:
        key, form = match.groups("")
        return format(values[key] if key in values else facts[key], form)

    title, subtitle, description = (
        KEY.sub(number, re.sub(r"[ \n]+", " ", text)) for text in (title, subtitle, description)
    )
    return {"title": alt.Title(title, subtitle=subtitle), "description": description}


def named_rows(field: str = "row", sort: object = None, **axis: object) -> alt.Y:
    """A row for each name in the column ``field``; "|" in a name breaks its line.

    The order is that of the data, whatever a reader filters (``chipbook.charts.spec.numbered``),
    or ``sort``, as in ``alt.Y.sort``: a list of names, "-x", ``alt.SortField(…)``. ``axis`` are
    properties of the axis, such as ``labelLimit=200`` (pixels of the longest name).

    >>> named_rows("outlet", labelLimit=200).to_dict()["axis"]
    {'labelExpr': "split(datum.label, '|')", 'labelLimit': 200}
    """
    axis = {"labelExpr": "split(datum.label, '|')"} | axis
    return alt.Y(field, type="nominal").title(None).sort(sort).axis(**axis)


def direct_labels(
    plot: alt.Chart, text: str = "words", side: str = "right", gap: float = 12, **mark: object
) -> alt.Chart:
    """Words of the column ``text`` beside the marks, instead of a legend; "\\n" breaks a line.

    They stand on one ``side`` of the mark ("right", "left", "above", "below"), ``gap`` pixels
    from its middle; ``mark`` is more of ``mark_text``, such as ``color=theme.colour("chart-1")``.

    >>> plot = alt.Chart().encode(x="usd:Q")
    >>> direct_labels(plot, "outlet", "left", gap=9).mark.to_dict()
    {'type': 'text', 'align': 'right', 'dx': -9}
    """
    shift, way, align = _SIDES[side]
    look = align | {shift: way * gap} | mark
    return plot.mark_text(**look).encode(alt.Text(text, type="nominal"))


def two_sided_labels(
    plot: alt.Chart, left: "alt.expr.core.Expression", text: str = "words", **look: Any
) -> alt.LayerChart:
    """:func:`direct_labels` of a ``plot``, on the left of the marks near its right edge.

    Rows like ``left``, such as ``alt.datum.value > 50``, have them on the left; ``text`` and
    ``look`` (``gap`` and more of ``mark_text``) are as there.

    >>> both = two_sided_labels(alt.Chart().encode(x="usd:Q"), alt.datum.usd > 50)
    >>> [layer.mark.align for layer in both.layer]
    ['left', 'right']
    """
    return alt.layer(
        direct_labels(plot, text, "right", **look).transform_filter(~left),
        direct_labels(plot, text, "left", **look).transform_filter(left),
    )


def haloed(labels: alt.Chart | alt.LayerChart, width: float = 6) -> alt.LayerChart:
    """``labels`` (layers of text) over the page's colour, so that no line runs through the words.

    ``width`` is that of the halo's stroke in pixels; half of it lies outside the letters.

    >>> words = direct_labels(alt.Chart().encode(x="usd:Q"))
    >>> [layer.mark.strokeWidth for layer in haloed(words, 5).layer]
    [5, Undefined]
    """
    paint = theme.colour("chart-bg")
    look = {"color": paint, "stroke": paint, "strokeWidth": width, "strokeJoin": "round"}
    return alt.layer(_restyled(labels, look), labels)


def _restyled(labels: alt.Chart | alt.LayerChart, look: dict) -> alt.Chart | alt.LayerChart:
    made = labels.copy()
    if isinstance(labels, alt.LayerChart):
        made.layer = [_restyled(layer, look) for layer in labels.layer]
    else:
        made.mark = alt.MarkDef(**labels.mark.to_dict() | look)
    return made


def status_marks(plot: alt.Chart, size: float = 100) -> alt.Chart:
    """A mark for each row of a ``plot``: colour and shape say who speaks (column ``status``).

    ``size`` is its area in square pixels.

    >>> sorted(status_marks(alt.Chart().encode(x="usd:Q")).encoding.to_dict())
    ['fill', 'shape', 'stroke', 'x']
    """
    marks = plot.mark_point(size=size, strokeWidth=2)
    return marks.encode(**theme.status_encoding())


def denied_crosses(
    plot: alt.Chart,
    where: object = "test(/denied|disputed/, datum.answer)",
    cross: Mapping[str, object] = theme.DENIED,
) -> alt.Chart:
    """The cross over each mark of a ``plot`` that was denied, or ``where`` a filter says.

    Without one the column ``answer`` says it, as in prose also of a denial in part. ``cross`` is
    ``theme.RESTS`` for figures that only rest on a denied report.

    >>> denied_crosses(alt.Chart().encode(x="usd:Q")).transform[0].filter
    'test(/denied|disputed/, datum.answer)'
    """
    return plot.mark_point(**cross).transform_filter(where)


def range_lines(plot: alt.Chart, to: str = "high", **mark: object) -> alt.Chart:
    """A line from the place of each row of a ``plot`` to the end of its range, the column ``to``.

    ``mark`` is more of ``mark_rule``; by default ``strokeWidth=3`` and the second colour.

    >>> range_lines(alt.Chart().encode(x="low:Q")).encoding.to_dict()["x2"]
    {'field': 'high'}
    """
    rule = plot.mark_rule(**{"strokeWidth": 3, "color": theme.colour("chart-2")} | mark)
    return rule.encode(alt.X2(to))


def reference_line(**mark_or_place: object) -> alt.Chart:
    """One line across the chart, at a value of its axis: a limit, a day, an even chance.

    ``mark_or_place`` has x or y in the unit of the axis (``alt.XDatum(0).axis(None)`` where no
    axis is drawn), x2 or y2 where the line ends, and more of ``mark_rule``: ``strokeDash=[4, 3]``.

    >>> reference_line(x=100, strokeWidth=2).encoding.to_dict()
    {'x': {'datum': 100}}
    """
    place = {key: mark_or_place.pop(key) for key in _AXES if key in mark_or_place}
    return alt.Chart(_ONCE).mark_rule(**mark_or_place).encode(**_placed(place))


def note(text: str, x: object, y: object, **mark: object) -> alt.Chart:
    """The words ``text`` at one place of the chart, such as the name of a line.

    They begin at ``x``, ``y`` in the unit of the axis, or in pixels, as ``alt.value(0)``; "\\n"
    breaks a line. ``mark`` is more of ``mark_text``.

    >>> note("the limit", 100, alt.value(2), dx=6).encoding.to_dict()
    {'x': {'datum': 100}, 'y': {'value': 2}}
    """
    look = {"align": "left"} | mark
    return alt.Chart(_ONCE).mark_text(text=text, **look).encode(**_placed({"x": x, "y": y}))


def _placed(place: Mapping[str, object]) -> dict[str, object]:
    """Channels at fixed values; what is a channel already stays."""
    channel = (dict, alt.XDatum, alt.YDatum)
    return {k: v if isinstance(v, channel) else alt.datum(v) for k, v in place.items()}


def coloured(field: str, colours: Mapping[object, str], channel: type = alt.Color) -> alt.Color:
    """A colour of the theme for each value of the column ``field``; no legend: say it in words.

    ``colours`` maps values to names in ``theme.COLOURS``; ``channel`` may be ``alt.Fill``, too.

    >>> coloured("origin", {"Chinese": "chart-1"}).to_dict()["scale"]
    {'domain': ['Chinese'], 'range': ['var(--chart-1,#045283)']}
    """
    scale = alt.Scale(domain=list(colours), range=[theme.colour(c) for c in colours.values()])
    return channel(field, type="nominal", scale=scale, legend=None)


def marked(field: str, marks: Mapping[str, Sequence[str]]) -> dict[str, alt.SchemaBase]:
    """Shape, outline and inside of a mark by the values of ``field``: ``.encode(**marked(…))``.

    marks: value of the column → Vega symbol, colour of the outline, and of the inside: names in
        ``theme.COLOURS``.

    >>> list(marked("maker", {"Nvidia": ("circle", "chart-2", "chart-bg")}))
    ['shape', 'stroke', 'fill']
    """
    shapes, outlines, insides = zip(*marks.values(), strict=True)
    scale = alt.Scale(domain=list(marks), range=list(shapes))
    return {
        "shape": alt.Shape(field, type="nominal", scale=scale, legend=None),
        "stroke": coloured(field, dict(zip(marks, outlines, strict=True)), alt.Stroke),
        "fill": coloured(field, dict(zip(marks, insides, strict=True)), alt.Fill),
    }


def outlined(colour: str, dashed: bool = False) -> dict:
    """Properties of a mark that is empty inside, for ``mark_bar(**outlined("chart-1"))``.

    ``colour`` is a name in ``theme.COLOURS``; ``dashed`` is for what is planned or left over.

    >>> outlined("chart-1", dashed=True)["strokeDash"]
    [4, 3]
    """
    look = {"fill": theme.colour("chart-bg"), "stroke": theme.colour(colour), "strokeWidth": 2}
    return look | ({"strokeDash": [4, 3]} if dashed else {})


def menu(
    name: str,
    label: str,
    options: Iterable | Mapping[str, object],
    value: object = None,
    binding: Callable = alt.binding_select,
) -> alt.Parameter:
    """A menu under the chart, as a parameter: ``name`` in expressions, ``label`` for readers.

    ``options`` are values, or a mapping from the words of each to its value; ``value`` is the one
    at first, by default the first. ``binding`` says in what form they are offered.

    >>> menu("year", "Money for", ["all years", "2025"]).param.value
    'all years'
    """
    words = {}
    if isinstance(options, Mapping):
        words, options = {"labels": list(options)}, options.values()
    values = list(options)
    bind = binding(options=values, name=label, **words)
    return alt.param(name=name, value=values[0] if value is None else value, bind=bind)


def radio(name: str, label: str, options: Iterable, value: object = None) -> alt.Parameter:
    """A :func:`menu` (``name``, ``label``, first ``value``) with all ``options`` in view.

    >>> radio("bits", "Bits", [4, 8], value=8).param.value
    8
    """
    return menu(name, label, options, value, alt.binding_radio)


def slider(
    name: str, label: str, low: float, high: float, step: float, value: float
) -> alt.Parameter:
    """A slider under the chart, as a parameter: ``name`` and ``label``, as in menus.

    What stands behind the last comma of the label is the unit of its values. It runs from
    ``low`` to ``high`` by ``step``, and stands at ``value`` at first.

    >>> slider("share", "Share, %", 0, 100, 5, value=60).param.bind.step
    5
    """
    bind = alt.binding_range(min=low, max=high, step=step, name=label)
    return alt.param(name=name, value=value, bind=bind)
