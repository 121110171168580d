"""Export controls: what the rules measure, which chip could go to China when, and who acted.

Three small models, each also drawn in the chapter: the arithmetic of a rule (:func:`verdicts`), the
state of each chip on a day (:func:`states`, :func:`state_on`), and the list of measures with our
coding of their direction (:func:`measures`). Times for charts are milliseconds since 1970, UTC.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import altair as alt
import pandas as pd

from chipbook.charts import direct_labels, marked, reference_line, theme
from chipbook.data import BOOK, facts, load, sources, span, split
from chipbook.data.quantity import Quantity
from chipbook.topics.article import ARTICLE

# --- The arithmetic of the rules


def spec(chip: str, column: str) -> Quantity:
    """One cell of chip_specs: the ``column`` "memory_bw_gbs" of the ``chip`` "h20", with sources.

    Raises ``KeyError`` for an unknown chip or column and for an empty cell.
    """
    return BOOK.cell("chip_specs", chip, column)


def tpp(operations: Quantity, bits: int) -> Quantity:
    """Total processing performance: ``operations`` (trillions a second) times their ``bits``."""
    return (operations * Quantity.of(bits, "TPP per TFLOPS", status="filed")).shown(digits=4)


def ladder() -> pd.DataFrame:
    """Chips with a known TPP and a known memory bandwidth, the weakest first.

    Columns ``chip``, ``maker`` ("Nvidia" or "Chinese"), ``tpp``, ``bandwidth`` (GB/s),
    ``balance`` (GB/s for each 16-bit TFLOPS; missing where that figure is), ``status`` (of the
    TPP), ``source_ids``. The H20 has two windows and one row here.
    """
    status = load("chip_export_status").drop_duplicates("chip").dropna(subset="tpp")
    sheet = status["id"].replace({"h20-until-2025-04": "h20", "atlas-350-card": "atlas-350"})
    specs = load("chip_specs").dropna(subset="memory_bw_gbs").set_index("id")
    known = status.assign(sheet=sheet).merge(
        specs, left_on="sheet", right_index=True, suffixes=("", "_of_sheet")
    )
    pages = zip(known["source_ids"], known["source_ids_of_sheet"], strict=True)
    table = pd.DataFrame(
        {
            "chip": known["chip"].str.removesuffix(" card").str.replace(" (roadmap)", " plan"),
            "maker": known["vendor"].where(known["vendor"] == "Nvidia", "Chinese"),
            "tpp": known["tpp"].astype("float"),
            "bandwidth": known["memory_bw_gbs"].astype("float"),
            "balance": known["memory_bw_gbs"] / known["fp16_dense_tflops"],
            "status": known["tpp_status"],
            "source_ids": [_joined(*cells) for cells in pages],
        }
    )
    return table.sort_values("tpp", ignore_index=True)


def _joined(*cells: str) -> str:
    return ";".join(dict.fromkeys(key for cell in cells for key in split(cell)))


def rules() -> pd.DataFrame:
    """The lines that a chip for China is held against, in the order in which they came.

    Columns: ``rule`` (label), ``measure`` ("tpp", "density" or "bandwidth"), ``name`` of the
    measure and ``line`` ("limit", "H20" or "ceiling") for readers, ``limit`` in the unit of the
    measure, ``floor`` (TPP) and ``thin`` (density) below which the rule does not look, ``over`` and
    ``under`` (what it means to reach the line or not), ``place`` (order), ``status``,
    ``source_ids``. The lower list of 2023 has no upper end here: what is above it is on the first
    list. For April 2025 the limit is the bandwidth of the H20, because the filing names the chip
    and no number.
    """
    dense, letter = facts["tpp-pd-floor-2023"].to("TPP"), _letter_of_2025()
    thin = facts["pd-lower-2023"].to("TPP per mm2")
    first, lower = ("licence needed", "not on the list"), ("at least a notice", "not on the list")
    ceiling = ("refused as a rule", "within")
    lines = [
        ("2023", "tpp", "limit", facts["tpp-limit-2023"], 0.0, 0.0, first),
        ("2023", "density", "limit", facts["tpp-pd-limit-2023"], dense, 0.0, first),
        ("2023 lower", "tpp", "limit", facts["tpp-lower-2023"], 0.0, thin, lower),
        ("2023 lower", "density", "limit", facts["pd-lower-dense-2023"], dense, 0.0, lower),
        ("2025", "bandwidth", "H20", letter, 0.0, 0.0, ("licence needed", "under the H20")),
        ("2026", "tpp", "ceiling", facts["tpp-limit-2026"], 0.0, 0.0, ceiling),
        ("2026", "bandwidth", "ceiling", facts["dram-limit-2026"], 0.0, 0.0, ceiling),
    ]
    rows = [
        {
            "rule": label,
            "measure": measure,
            "name": "TPP" if measure == "tpp" else measure,
            "line": line,
            "limit": limit.to(_UNITS[measure]),
            "floor": floor,
            "thin": thin,
            "over": over,
            "under": under,
            "place": place,
            "status": limit.status,
            "source_ids": _joined(*limit.sources),
        }
        for place, (label, measure, line, limit, floor, thin, (over, under)) in enumerate(lines)
    ]
    return pd.DataFrame(rows)


_UNITS = {"tpp": "TPP", "density": "TPP per mm2", "bandwidth": "GB/s"}


def _letter_of_2025() -> Quantity:
    """The bandwidth of the H20, vouched for by the letter that names the chip."""
    letter = load("controls_timeline").set_index("id").loc["us-2025-04-09-h20"]
    h20 = spec("h20", "memory_bw_gbs")
    pages = (*h20.sources, *split(letter["source_ids"]))
    return replace(h20, status=letter["status"], sources=pages)


def verdicts(operations: float, bits: int, bandwidth: float, area: float) -> pd.DataFrame:
    """What each rule says to a chip; the chart of the chapter computes the same in the browser.

    ``operations`` in trillions a second at ``bits`` bits, ``bandwidth`` in GB/s, ``area`` of the
    die in mm². Adds to :func:`rules`: ``measured``, ``share`` of the line, ``caught`` and
    ``verdict``.
    """
    table = rules()
    power = operations * bits
    known = {"tpp": power, "density": power / area, "bandwidth": bandwidth}
    measured = table["measure"].map(known)
    looks = (power >= table["floor"]) & (power / area >= table["thin"])
    caught = (measured >= table["limit"]) & looks
    return table.assign(
        measured=measured,
        share=measured / table["limit"],
        caught=caught,
        verdict=table["over"].where(caught, table["under"]),
    )


def default_chip() -> dict[str, float]:
    """The H20 as the calculator starts with it: operations (TFLOPS), bits, bandwidth (GB/s), area.

    The area of the die, in mm², is that of the H100, which it shares.
    """
    return {
        "operations": spec("h20", "fp16_dense_tflops").to("TFLOPS"),
        "bits": 16,
        "bandwidth": spec("h20", "memory_bw_gbs").to("GB/s"),
        "area": facts["gh100-die-area"].to("mm2"),
    }


# --- Which chip could go to China when

CHIPS = ("A100", "H100", "A800", "H800", "H20", "H200", "B200", "RTX Pro 6000D")
ABSENT, FREE, BARRED, LICENCE = "not on sale", "free to sell", "licence needed", "with a licence"

_FIRST = pd.Timestamp("2020-01-01")


def last_day() -> pd.Timestamp:
    """The day of the last look at the sources, up to which the state of a chip is known."""
    return pd.Timestamp(load("facts")["reviewed"].max())


def states() -> pd.DataFrame:
    """What held for each chip of Nvidia, from day to day: one row for each stretch without change.

    Columns: ``chip``, ``start`` and ``end`` (milliseconds, the end not included), ``us`` (ABSENT,
    FREE, BARRED or LICENCE), ``china`` (empty where nothing was said of this chip), ``words`` for
    readers, ``source_ids``. The stretches of a chip join without gap from 2020 to
    :func:`last_day`.
    """
    last, windows = last_day(), load("chip_export_status")
    events = load("controls_timeline").set_index("id")
    rows = []
    for chip in CHIPS:
        own, said = windows[windows["chip"] == chip], events[events["chip"] == chip]
        us = _american(own, events["date_start"])
        china = dict(zip(said["date_start"], said["step"], strict=True))
        ids = _joined(*own["source_ids"], *said["source_ids"])
        for start, end in pairwise(sorted({*us, *china, last})):
            here, there = _latest(us, start), _latest(china, start)
            rows.append(
                {
                    "chip": chip,
                    "start": _milliseconds(start),
                    "end": _milliseconds(end),
                    "us": here,
                    "china": there,
                    "words": f"{chip}: {here}" + (f"; China: {there}" if there else ""),
                    "source_ids": ids,
                }
            )
    return pd.DataFrame(rows)


def _american(windows: pd.DataFrame, day_of: pd.Series) -> dict[pd.Timestamp, str]:
    """The day on which each American state of a chip began; ``day_of`` are the days of events."""
    released = load("chip_specs").set_index("id")["released"]
    us = {_FIRST: ABSENT}
    for row in windows.itertuples():
        on_sale = released.get(row.id)
        if row.access == "never":
            us[span(on_sale)[0] if pd.isna(row.barred_by) else day_of[row.barred_by]] = BARRED
            continue
        if row.terms == "licence" and on_sale is not None:
            us[span(on_sale)[0]] = BARRED
        us[row.allowed_from_start] = LICENCE if row.terms == "licence" else FREE
        if row.ended_by == "US":
            us[row.allowed_until_start] = BARRED
    return us


def _latest(states: dict[pd.Timestamp, str], day: pd.Timestamp) -> str:
    past = [start for start in states if start <= day]
    return states[max(past)] if past else ""


def _milliseconds(day: pd.Timestamp) -> int:
    return int(day.timestamp()) * 1000


def state_on(day: str) -> pd.DataFrame:
    """The rows of :func:`states` that hold on ``day`` (ISO); ``ValueError`` outside their time."""
    moment = _milliseconds(span(day)[0])
    table = states()
    found = table[(table["start"] <= moment) & (moment < table["end"])]
    if found.empty:
        raise ValueError(f"no states for {day}: 2020 to {last_day():%d %B %Y}")
    return found.reset_index(drop=True)


def article_day() -> str:
    """The day on which the article appeared, ISO."""
    return sources().loc[ARTICLE, "published"]


def days() -> dict[str, str]:
    """Label → ISO day: one day in each stretch of the story, the article's among them."""
    return {
        "1 July 2022: before the first letter": "2022-07-01",
        "1 January 2023: after the rule of 2022": "2023-01-01",
        "1 January 2024: after the rule of 2023": "2024-01-01",
        "23 January 2025: the article": article_day(),
        "1 June 2025: the H20 under licence": "2025-06-01",
        "1 September 2025: licences again": "2025-09-01",
        "1 December 2025: Beijing's turn": "2025-12-01",
        "1 February 2026: the H200 reviewed": "2026-02-01",
        "1 October 2026: some H200 let in": "2026-10-01",
    }


def moments() -> dict[str, int]:
    """Label → milliseconds, for the same days."""
    return {label: _milliseconds(span(day)[0]) for label, day in days().items()}


def chinese_stops() -> pd.DataFrame:
    """The Chinese events about one chip: ``chip``, ``day`` (ms), ``event``, ``source_ids``."""
    events = load("controls_timeline").dropna(subset="chip").rename(columns={"title": "event"})
    table = events.assign(day=events["date_start"].map(_milliseconds))
    return table[["chip", "day", "event", "source_ids"]].reset_index(drop=True)


# --- Who acted, and how we know


def measures() -> pd.DataFrame:
    """What the two governments did, oldest first.

    The rows of controls_timeline with a ``direction`` ("tightens", "eases" or "both"; our coding),
    so without bills, the law on TikTok and what companies said, and with ``half`` ("1st half
    2025") and ``level`` (place in its half-year: from 1 upwards for the US, from −1 downwards for
    China).
    """
    table = load("controls_timeline").dropna(subset="direction").astype({"direction": "str"})
    table = table.sort_values(["date_start", "id"], ignore_index=True)
    half = table["date_start"].map(_half)
    sign = table["actor"].astype("str").map({"US": 1, "China": -1})
    level = (table.groupby([half, sign]).cumcount() + 1) * sign
    return table.assign(half=half, level=level)


def _half(day: pd.Timestamp | pd.Period) -> str:
    return f"{'1st' if day.month <= 6 else '2nd'} half {day.year}"


def halves() -> list[str]:
    """Every half-year from the first measure to the last, also those without one."""
    days = measures()["date_start"]
    return list(dict.fromkeys(map(_half, pd.period_range(days.min(), days.max(), freq="M"))))


def standing() -> pd.DataFrame:
    """The measures that stood on the day of the article, oldest first, with ``on_the_day``."""
    return measures().dropna(subset="on_the_day").reset_index(drop=True)


# --- What its charts share


def held_to_rules(area: alt.Parameter, bandwidth: alt.Parameter) -> alt.Chart:
    """The rows of :func:`rules` with a chip held to them in the reader's browser. No mark is set.

    Parameters of the chart: ``operations`` (trillions a second) and ``bits`` (of a number), by
    name; ``area`` (mm²) and ``bandwidth`` (GB/s). Adds to the rows ``power`` (TPP), ``measured``,
    ``caught``, ``share`` (of the line, at most 2) and ``words``.
    """
    row, expr = alt.datum, alt.expr
    dense = row.measure == "density"
    other = expr.if_(dense, row.power / area, bandwidth)
    measured = expr.if_(row.measure == "tpp", row.power, other)
    looks = (row.power >= row.floor) & (row.power / area >= row.thin)
    caught = (row.measured >= row.limit) & looks
    number = expr.if_(dense, expr.format(row.measured, ".1f"), expr.format(row.measured, ",.0f"))
    line = expr.if_(dense, expr.format(row.limit, ".2f"), expr.format(row.limit, ",.0f"))
    told = row.rule + " · " + row.name + " " + number + ", " + row.line + " " + line + ": "
    return (
        alt.Chart(rules())
        .transform_calculate(power="operations * bits")
        .transform_calculate(measured=measured)
        .transform_calculate(caught=caught, share=expr.min(row.measured / row.limit, 2))
        .transform_calculate(words=told + expr.if_(row.caught, row.over, row.under))
    )


def direction_encoding() -> dict[str, alt.SchemaBase]:
    """Encodings that draw whether a measure tightens, eases or does both, without a legend."""
    kinds = {
        "tightens": ("square", "chart-1", "chart-1"),
        "eases": ("circle", "chart-2", "chart-bg"),
        "both": ("diamond", "chart-muted", "chart-bg"),
    }
    return marked("direction", kinds)


def lines_of_the_rules() -> tuple[float, float, float, float]:
    """TPP of the lower and of the first list of 2023; ceilings of 2026 in TPP and in GB/s."""
    keys = ("tpp-lower-2023", "tpp-limit-2023", "tpp-limit-2026")
    lower, first, ceiling = (facts[key].point().to("TPP") for key in keys)
    return lower, first, ceiling, facts["dram-limit-2026"].to("GB/s")


def rule_lines(left: float) -> alt.LayerChart:
    """The lines of :func:`lines_of_the_rules` over TPP and GB/s: dotted, solid, dashed corner.

    ``left`` is the TPP at which the axis begins.
    """
    lower, first, ceiling, memory = lines_of_the_rules()
    line = {"strokeWidth": 2, "color": theme.colour("chart-fg")}
    dashed = line | {"strokeDash": [5, 4]}
    return alt.layer(
        reference_line(x=lower, **line | {"strokeDash": [2, 3]}),
        reference_line(x=first, **line),
        reference_line(x=ceiling, y=0, y2=memory, **dashed),
        reference_line(x=left, x2=ceiling, y=memory, **dashed),
    )


def chip_names(plot: alt.Chart) -> alt.LayerChart:
    """The names of the chips of :func:`ladder` beside their marks in ``plot``, where room is."""
    named = plot.transform_calculate(short="replace(datum.chip, 'Ascend ', '')")
    places = (
        ("left", 9, ["H20", "B200", "Ascend 910C"]),
        ("above", 15, ["H200", "MLU370-X8"]),
        ("below", 15, ["H100", "Atlas 350"]),
        ("right", 9, ["A100", "Ascend 950PR plan"]),
    )
    labels = [
        direct_labels(named, "short", side, gap).transform_filter(
            alt.FieldOneOfPredicate("chip", chips)
        )
        for side, gap, chips in places
    ]
    return alt.layer(*labels)
