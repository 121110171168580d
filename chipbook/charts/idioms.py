"""The few things that most charts of the book do alike, each one a call that returns Altair.

>>> import altair as alt, pandas as pd
>>> from chipbook.charts import direct_labels, named_rows, status_marks
>>> rows = [{"row": "Wire|May 2025", "usd": 12.5, "words": "12.5", "status": "reported"}]
>>> plot = alt.Chart(pd.DataFrame(rows)).encode(named_rows(), x="usd:Q")
>>> chart = status_marks(plot) + direct_labels(plot)

In every call ``plot`` is an ``alt.Chart`` with its data and its place (x, y) encoded; what comes
back is a layer, to be added to others with ``+``. A field is named without its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import altair as alt

from chipbook.charts import theme
from chipbook.data import facts
from chipbook.data.braces import KEY

_AXES = ("x", "y", "x2", "y2")
_ONCE = alt.InlineData(values=[{}])
"""Data of one empty row: what is drawn once, whatever the rows of the other layers are."""
_SIDES: dict[str, dict] = {
    "right": {"align": "left", "dx": 1},
    "left": {"align": "right", "dx": -1},
    "above": {"dy": -1},
    "below": {"dy": 1},
}


def finding(*, title: str, subtitle: str, description: str, **values: object) -> dict:
    """Title, subtitle and text alternative, for ``.properties(**finding(…))``.

    A key of a fact in braces becomes the number, in the forms of the role ``{fact}``:
    ``{ft25-total}``, ``{ft25-total|amount}``. A name in braces that stands in ``values`` becomes
    that value. Line breaks and indents count as one space.

    title: the finding, as a sentence.
    subtitle: what is drawn, with its unit.
    description: the finding, then the values that carry it, for those who cannot see the chart.
    Raises ``KeyError`` for a key that is neither, and lists the near ones.

    >>> finding(title="Twice {much}", subtitle="billion", description="It is {much}.", much=8)
    {'title': TitleParams({
      subtitle: 'billion',
      text: 'Twice 8'
    }), 'description': 'It is 8.'}
    """

    def number(match) -> str:
        key, form = match.groups()
        return format(values[key] if key in values else facts[key], form or "")

    title, subtitle, description = (
        KEY.sub(number, re.sub(r"[ \n]+", " ", text)) for text in (title, subtitle, description)
    )
    return {"title": alt.Title(title, subtitle=subtitle), "description": description}


def named_rows(field: str = "row", sort: object = None, **axis: object) -> alt.Y:
    """A row for each name, in the order of the data; "|" in a name breaks its line.

    Where layers leave out rows, give the order as a list: each layer has its own.

    field: column of the names.
    sort: another order, as in ``alt.Y.sort``: a list of names, "-x", ``alt.SortField(…)``.
    axis: properties of the axis, such as ``labelLimit=200`` (pixels of the longest name).

    >>> named_rows("outlet", labelLimit=200).to_dict()["axis"]
    {'labelExpr': "split(datum.label, '|')", 'labelLimit': 200}
    """
    axis = {"labelExpr": "split(datum.label, '|')"} | axis
    return alt.Y(field, type="nominal").title(None).sort(sort).axis(**axis)


def direct_labels(
    plot: alt.Chart, text: str = "words", side: str = "right", gap: float = 12, **mark: object
) -> alt.Chart:
    """Words beside the marks, instead of a legend or an axis to look up; "\\\\n" breaks a line.

    text: column of the words.
    side: where they stand, "right", "left", "above" or "below" of the mark.
    gap: pixels between the middle of the mark and the words.
    mark: more of ``mark_text``, such as ``color=theme.colour("chart-1")``.

    >>> plot = alt.Chart().encode(x="usd:Q")
    >>> direct_labels(plot, "outlet", "left", gap=9).mark.to_dict()
    {'type': 'text', 'align': 'right', 'dx': -9}
    """
    place = {key: value * gap if key != "align" else value for key, value in _SIDES[side].items()}
    return plot.mark_text(**place | mark).encode(alt.Text(text, type="nominal"))


def two_sided_labels(
    plot: alt.Chart,
    left: alt.expr.core.Expression,
    text: str = "words",
    gap: float = 12,
    **mark: object,
) -> alt.LayerChart:
    """Words beside the marks, left of those near the right edge, where the others would run out.

    left: which rows have their words on the left, such as ``alt.datum.value > 50``.
    text, gap, mark: as for :func:`direct_labels`.

    >>> both = two_sided_labels(alt.Chart().encode(x="usd:Q"), alt.datum.usd > 50)
    >>> [layer.mark.align for layer in both.layer]
    ['left', 'right']
    """
    return alt.layer(
        direct_labels(plot, text, "right", gap, **mark).transform_filter(~left),
        direct_labels(plot, text, "left", gap, **mark).transform_filter(left),
    )


def haloed(labels: alt.Chart | alt.LayerChart, width: float = 6) -> alt.LayerChart:
    """``labels`` over the colour of the page, so that lines don't run through the words.

    labels: layers of text, as :func:`direct_labels` makes them.
    width: of the halo's stroke in pixels; half of it lies outside the letters.

    >>> words = direct_labels(alt.Chart().encode(x="usd:Q"))
    >>> [layer.mark.strokeWidth for layer in haloed(words, 5).layer]
    [5, Undefined]
    """
    return alt.layer(_halo(labels, width), labels)


def _halo(labels: alt.Chart | alt.LayerChart, width: float) -> alt.Chart | alt.LayerChart:
    under = labels.copy()
    if isinstance(labels, alt.LayerChart):
        under.layer = [_halo(layer, width) for layer in labels.layer]
        return under
    paper = {"color": theme.colour("chart-bg"), "stroke": theme.colour("chart-bg")}
    under.mark = alt.MarkDef(
        **labels.mark.to_dict() | paper | {"strokeWidth": width, "strokeJoin": "round"}
    )
    return under


def status_marks(plot: alt.Chart, size: float = 100) -> alt.Chart:
    """A mark for each row that says by colour and shape who speaks (column ``status``).

    size: area of a mark in square pixels.

    >>> sorted(status_marks(alt.Chart().encode(x="usd:Q")).encoding.to_dict())
    ['fill', 'shape', 'stroke', 'x']
    """
    marks = plot.mark_point(size=size, strokeWidth=2)
    return marks.encode(**theme.status_encoding(legend=False))


def denied_crosses(plot: alt.Chart, where: object = alt.datum.answer == "denied") -> alt.Chart:
    """The cross over each mark whose report was denied.

    where: which rows, as a filter of Altair; by default those whose ``answer`` is "denied".

    >>> denied_crosses(alt.Chart().encode(x="usd:Q")).transform[0].filter
    (datum.answer === 'denied')
    """
    return plot.mark_point(**theme.DENIED).transform_filter(where)


def range_lines(plot: alt.Chart, to: str = "high", **mark: object) -> alt.Chart:
    """A line from where each row's mark stands to the other end of its range.

    to: column of the other end, in the unit of the axis of x.
    mark: more of ``mark_rule``: ``strokeWidth=3`` and the second colour by default.

    >>> range_lines(alt.Chart().encode(x="low:Q")).encoding.to_dict()["x2"]
    {'field': 'high'}
    """
    rule = plot.mark_rule(**{"strokeWidth": 3, "color": theme.colour("chart-2")} | mark)
    return rule.encode(alt.X2(to))


def reference_line(**mark_or_place: object) -> alt.Chart:
    """One line across the chart, at a value of its axis: a limit, a day, an even chance.

    x, y, x2, y2: where, in the unit of the axis; the line ends at x2 or y2 where given. Of an axis
        that is not drawn, ``alt.XDatum(0).axis(None)``.
    All else goes to ``mark_rule``, such as ``strokeDash=[4, 3]``.

    >>> reference_line(x=100, strokeWidth=2).encoding.to_dict()
    {'x': {'datum': 100}}
    """
    place = {key: mark_or_place.pop(key) for key in _AXES if key in mark_or_place}
    return alt.Chart(_ONCE).mark_rule(**mark_or_place).encode(**_placed(place))


def note(text: str, x: object, y: object, **mark: object) -> alt.Chart:
    """Words at one place of the chart, such as the name of a line.

    text: the words; "\\n" breaks a line.
    x, y: where, in the unit of the axis; or pixels, as ``alt.value(0)``.
    mark: more of ``mark_text``; the words begin at their place.

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
    """A colour of the theme for each value of a field, without a legend: name it in words.

    field: the column.
    colours: value of the column → name in ``theme.COLOURS``, such as "chart-1".
    channel: ``alt.Color``, or ``alt.Fill`` or ``alt.Stroke``.

    >>> coloured("origin", {"Chinese": "chart-1"}).to_dict()["scale"]
    {'domain': ['Chinese'], 'range': ['var(--chart-1,#cf4232)']}
    """
    scale = alt.Scale(domain=list(colours), range=[theme.colour(c) for c in colours.values()])
    return channel(field, type="nominal", scale=scale, legend=None)


def marked(field: str, marks: Mapping[str, tuple[str, str, str]]) -> dict[str, alt.SchemaBase]:
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

    colour: of the outline, a name in ``theme.COLOURS``.
    dashed: for what is planned or left over, beside what was measured.

    >>> outlined("chart-1", dashed=True)["strokeDash"]
    [4, 3]
    """
    look = {"fill": theme.colour("chart-bg"), "stroke": theme.colour(colour), "strokeWidth": 2}
    return look | ({"strokeDash": [4, 3]} if dashed else {})


def menu(
    name: str, label: str, options: Iterable | Mapping[str, object], value: object = None
) -> alt.Parameter:
    """A menu under the chart, as a parameter.

    name: of the parameter, for expressions.
    label: what a reader sees beside the menu.
    options: values; or a mapping, from the words of each option to its value.
    value: at first; the first option without it.

    >>> menu("year", "Money for", ["all years", "2025"]).param.value
    'all years'
    """
    return _choice(alt.binding_select, name, label, options, value)


def radio(name: str, label: str, options: Iterable, value: object = None) -> alt.Parameter:
    """As :func:`menu`, with all options in view.

    >>> radio("bits", "Bits", [4, 8], value=8).param.value
    8
    """
    return _choice(alt.binding_radio, name, label, options, value)


def _choice(binding, name: str, label: str, options: Iterable, value: object) -> alt.Parameter:
    words = {"labels": list(options)} if isinstance(options, Mapping) else {}
    options = list(options.values()) if words else list(options)
    bind = binding(options=options, name=label, **words)
    return alt.param(name=name, value=options[0] if value is None else value, bind=bind)


def slider(
    name: str, label: str, low: float, high: float, step: float, value: float
) -> alt.Parameter:
    """A slider under the chart, as a parameter.

    name, label: as in :func:`menu`; the unit stands in the label.
    low, high, step: of the values that a reader can set.
    value: at first.

    >>> slider("share", "Share, %", 0, 100, 5, value=60).param.bind.step
    5
    """
    bind = alt.binding_range(min=low, max=high, step=step, name=label)
    return alt.param(name=name, value=value, bind=bind)
