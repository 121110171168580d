"""Export controls: what the rules measure, which chip could go to China when, and who acted.

Three small models, each also drawn in the chapter: the arithmetic of a rule (:func:`verdicts`), the
state of each chip on a day (:func:`states`, :func:`state_on`), and the list of measures with our
coding of their direction (:func:`measures`). Times for charts are milliseconds since 1970, UTC.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd

from chipbook.data import facts, load, sources, span, split
from chipbook.data.derived import derived
from chipbook.data.quantity import ONE, Quantity
from chipbook.topics.article import ARTICLE

# --- The arithmetic of the rules


def spec(chip: str, column: str) -> Quantity:
    """One cell of chip_specs, ``spec("h20", "memory_bw_gbs")``, with the sources of its row.

    Raises ``KeyError`` for an unknown chip or column, ``ValueError`` for an empty cell.
    """
    table = load("chip_specs").set_index("id")
    row, unit = table.loc[chip], table.attrs["units"][column]
    if pd.isna(row[column]):
        raise ValueError(f"chip_specs has no {column} for {chip}")
    # The rule counts any operation alike, whole numbers (TOPS) or not (TFLOPS).
    unit = "TFLOPS" if unit == "TOPS" else unit
    return Quantity.of(
        float(row[column]), unit, status=row["status"], sources=tuple(split(row["source_ids"]))
    )


def tpp(operations: Quantity, bits: int) -> Quantity:
    """Total processing performance: trillions of operations a second times their length in bits."""
    return (operations * Quantity.of(bits, "TPP per TFLOPS", status="filed")).shown(digits=4)


@derived("tpp-a100", "A100", "TPP", "2020")
def tpp_a100() -> Quantity:
    """Operations on 8-bit whole numbers, in trillions a second, times eight bits. The rule takes
    the highest product of any bit length; 16-bit operations give the same.
    """
    return tpp(spec("a100", "int8_dense_tops"), 8)


@derived("tpp-h100", "H100", "TPP", "2022")
def tpp_h100() -> Quantity:
    """Operations on 16-bit numbers, in trillions a second, times sixteen bits. The data sheet is
    rounded; its 8-bit figure gives a little less.
    """
    return tpp(spec("h100", "fp16_dense_tflops"), 16)


@derived("tpp-b200", "B200", "TPP", "2024")
def tpp_b200() -> Quantity:
    """Operations on 8-bit whole numbers, in trillions a second, times eight bits."""
    return tpp(spec("b200", "int8_dense_tops"), 8)


@derived("tpp-950pr", "Ascend 950PR", "TPP on the roadmap", "2026")
def tpp_950pr() -> Quantity:
    """Operations on 8-bit numbers on Huawei's roadmap of 2025, times eight bits. The card as
    launched is weaker.
    """
    return tpp(spec("ascend-950pr-roadmap", "int8_dense_tops"), 8)


@derived("ratio-910c-h200", "Ascend 910C", "TPP as a share of the H200's", "2025")
def ratio_910c_h200() -> Quantity:
    """The TPP of Huawei's package over that of Nvidia's chip, both by one estimate."""
    return (facts["tpp-910c"] / facts["tpp-h200"]).shown(percent=True)


@derived("ratio-910b-h20", "Ascend 910B", "TPP over the H20's", "2025")
def ratio_910b_h20() -> Quantity:
    """Computing power alone: the H20 has the faster memory."""
    return (facts["tpp-910b"] / facts["tpp-h20"]).shown(digits=3)


def _limit(key: str) -> Quantity:
    # "At least 4,800" says on which side the rule bites; for arithmetic the line is a point.
    return facts[key].point()


@derived("a100-over-limit", "A100", "TPP above the line of 2023", "2023")
def a100_over_limit() -> Quantity:
    """The chip's TPP over the line of the rule, less one."""
    return (tpp_a100() / _limit("tpp-limit-2023") - ONE).shown(digits=1, percent=True)


@derived("h100-vs-limit", "H100", "TPP over the line of 2023", "2023")
def h100_vs_limit() -> Quantity:
    """The chip's TPP over the line of the rule."""
    return tpp_h100() / _limit("tpp-limit-2023")


@derived("h20-of-limit", "H20", "TPP as a share of the line of 2023", "2023")
def h20_of_limit() -> Quantity:
    """The chip's TPP over the line of the rule."""
    return (facts["tpp-h20"] / _limit("tpp-limit-2023")).shown(percent=True)


@derived("h20-of-h100", "H20", "TPP as a share of the H100's", "2024")
def h20_of_h100() -> Quantity:
    """The TPP of the chip for China over that of the chip it was cut down from."""
    return (facts["tpp-h20"] / tpp_h100()).shown(percent=True)


@derived("h100-vs-h20-operations", "H100", "16-bit operations over the H20's", "2024")
def h100_vs_h20_operations() -> Quantity:
    """Operations on 16-bit numbers of the one over those of the other, by data sheet."""
    return spec("h100", "fp16_dense_tflops") / spec("h20", "fp16_dense_tflops")


@derived("h20-bandwidth-vs-h100", "H20", "memory bandwidth over the H100's", "2024")
def h20_bandwidth_vs_h100() -> Quantity:
    """Memory bandwidth of the one over that of the other, by data sheet."""
    return spec("h20", "memory_bw_gbs") / spec("h100", "memory_bw_gbs")


@derived("h20-balance-vs-h100", "H20", "data for each operation, over the H100's", "2024")
def h20_balance_vs_h100() -> Quantity:
    """Memory bandwidth over 16-bit operations, for each chip, and one over the other."""
    return (_balance("h20") / _balance("h100")).shown(digits=1)


def _balance(chip: str) -> Quantity:
    return spec(chip, "memory_bw_gbs") / spec(chip, "fp16_dense_tflops")


@derived("h200-of-ceiling", "H200", "TPP as a share of the ceiling of 2026", "2026")
def h200_of_ceiling() -> Quantity:
    """The chip's TPP over the ceiling for review case by case."""
    return (facts["tpp-h200"] / _limit("tpp-limit-2026")).shown(percent=True)


@derived("b200-vs-ceiling", "B200", "TPP over the ceiling of 2026", "2026")
def b200_vs_ceiling() -> Quantity:
    """The chip's TPP over the ceiling for review case by case."""
    return tpp_b200() / _limit("tpp-limit-2026")


@derived("6000d-of-h20-bandwidth", "RTX Pro 6000D", "memory bandwidth of the H20's", "2025")
def d6000_of_h20_bandwidth() -> Quantity:
    """Memory bandwidth of the card of July 2025 over that of the chip that it came after."""
    share = spec("rtx-pro-6000d", "memory_bw_gbs") / spec("h20", "memory_bw_gbs")
    return share.shown(percent=True)


def ladder() -> pd.DataFrame:
    """Chips with a known TPP and a known memory bandwidth, the weakest first.

    Columns ``chip``, ``maker`` ("Nvidia" or "Chinese"), ``tpp``, ``bandwidth`` (GB/s),
    ``balance`` (GB/s for each 16-bit TFLOPS; missing where that figure is), ``status`` (of the
    TPP), ``source_ids``. The H20 has two windows and one row here.
    """
    status = load("chip_export_status").drop_duplicates("chip").set_index("id")
    specs = load("chip_specs").set_index("id")
    rows = []
    for key, row in status.iterrows():
        chip = {"h20-until-2025-04": "h20", "atlas-350-card": "atlas-350"}.get(key, key)
        if chip not in specs.index or pd.isna(row["tpp"]):
            continue
        sheet = specs.loc[chip]
        if pd.isna(sheet["memory_bw_gbs"]):
            continue
        rows.append(
            {
                "chip": row["chip"].removesuffix(" card").replace(" (roadmap)", " plan"),
                "maker": "Nvidia" if sheet["vendor"] == "Nvidia" else "Chinese",
                "tpp": float(row["tpp"]),
                "bandwidth": float(sheet["memory_bw_gbs"]),
                "balance": sheet["memory_bw_gbs"] / sheet["fp16_dense_tflops"],
                "status": row["tpp_status"],
                "source_ids": _joined(row["source_ids"], sheet["source_ids"]),
            }
        )
    table = pd.DataFrame(rows).astype({"balance": "Float64"})
    return table.sort_values("tpp", ignore_index=True)


def _joined(*cells: str) -> str:
    return ";".join(dict.fromkeys(key for cell in cells for key in split(cell)))


def density_floor() -> float:
    """TPP from which the rule of 2023 looks at performance density, as the fact's text has it."""
    metric = facts.fact("tpp-pd-limit-2023").metric
    return float(re.search(r"TPP of ([\d,]+)", metric)[1].replace(",", ""))


def rules() -> pd.DataFrame:
    """The lines that a chip for China is held against, in the order in which they came.

    Columns: ``rule`` (label), ``measure`` ("tpp", "density" or "bandwidth"), ``name`` of the
    measure and ``line`` ("limit", "H20" or "ceiling") for readers, ``limit`` in the unit of the
    measure, ``floor`` (TPP below which the rule does not look), ``over`` and ``under`` (what it
    means to reach the line or not), ``place`` (order), ``status``, ``source_ids``. For April 2025
    the limit is the bandwidth of the H20, because the filing names the chip and no number.
    """
    needed, free = "licence needed", "not caught"
    refused, within = "refused as a rule", "within"
    h20 = spec("h20", "memory_bw_gbs")
    letter = load("controls_timeline").set_index("id").loc["us-2025-04-09-h20"]
    lines = [
        ("2023", "tpp", "limit", facts["tpp-limit-2023"], "TPP", needed, free),
        ("2023", "density", "limit", facts["tpp-pd-limit-2023"], "TPP per mm2", needed, free),
        ("2025", "bandwidth", "H20", h20, "GB/s", needed, "under the H20"),
        ("2026", "tpp", "ceiling", facts["tpp-limit-2026"], "TPP", refused, within),
        ("2026", "bandwidth", "ceiling", facts["dram-limit-2026"], "GB/s", refused, within),
    ]
    rows = [
        {
            "rule": year,
            "measure": measure,
            "name": "TPP" if measure == "tpp" else measure,
            "line": line,
            "limit": limit.to(unit),
            "floor": density_floor() if measure == "density" else 0.0,
            "over": over,
            "under": under,
            "place": place,
            "status": letter["status"] if year == "2025" else limit.status,
            "source_ids": _joined(
                ";".join(limit.sources), letter["source_ids"] if year == "2025" else ""
            ),
        }
        for place, (year, measure, line, limit, unit, over, under) in enumerate(lines)
    ]
    return pd.DataFrame(rows)


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
    caught = (measured >= table["limit"]) & (power >= table["floor"])
    return table.assign(
        measured=measured,
        share=measured / table["limit"],
        caught=caught,
        verdict=table["over"].where(caught, table["under"]),
    )


def default_chip() -> dict[str, float]:
    """The H20 as the calculator starts with it: operations (TFLOPS), bits, bandwidth (GB/s), area.

    The area of the die, in mm², is the one that the reported density implies.
    """
    operations = spec("h20", "fp16_dense_tflops").to("TFLOPS")
    area = facts["tpp-h20"] / facts["pd-h20"]
    return {
        "operations": operations,
        "bits": 16,
        "bandwidth": spec("h20", "memory_bw_gbs").to("GB/s"),
        "area": round(area.to("mm2")),
    }


# --- Which chip could go to China when

# Windows that were open only to those with a licence: said in the notes of these rows.
LICENSED = ("h20-from-2025-08", "h200")
# This window was closed by China, not by the United States.
CLOSED_BY_CHINA = ("rtx-pro-6000d",)
# From when a chip that was never free to sell was barred, where that is not its release.
BARRED_FROM = {"H100": "us-2022-08-26-letter"}
# What China did about one chip, each from the day of the event.
IN_CHINA = {
    "H20": {"cn-2025-07-31-cac": "questioned", "cn-2025-08-12-h20": "buyers questioned"},
    "RTX Pro 6000D": {"cn-2025-09-17-6000d": "stop reported"},
    "H200": {
        "cn-2026-01-14-customs": "kept out, as reported",
        "cn-2026-01-28-approval": "approvals reported",
    },
}
CHIPS = ("A100", "H100", "A800", "H800", "H20", "H200", "B200", "RTX Pro 6000D")
ABSENT, FREE, BARRED, LICENCE = "not on sale", "free to sell", "licence needed", "with a licence"

_FIRST, _LAST = pd.Timestamp("2020-01-01"), pd.Timestamp("2026-07-01")


def states() -> pd.DataFrame:
    """What held for each chip of Nvidia, from day to day: one row for each stretch without change.

    Columns: ``chip``, ``start`` and ``end`` (milliseconds, the end not included), ``us`` (ABSENT,
    FREE, BARRED or LICENCE), ``china`` (empty where nothing was said of this chip), ``words`` for
    readers, ``source_ids``. The stretches of a chip join without gap from 2020 to mid-2026.
    """
    windows = load("chip_export_status")
    events = load("controls_timeline").set_index("id")
    released = load("chip_specs").set_index("id")["released"]
    rows = []
    for chip in CHIPS:
        own = windows[windows["chip"] == chip]
        us = {_FIRST: ABSENT}
        for row in own.itertuples():
            if row.access == "never":
                known = BARRED_FROM.get(chip)
                day = events.loc[known, "date_start"] if known else span(released[row.id])[0]
                us[day] = BARRED
                continue
            on_sale = released.get(row.id)
            if row.id in LICENSED and on_sale is not None:
                us[span(on_sale)[0]] = BARRED
            us[row.allowed_from_start] = LICENCE if row.id in LICENSED else FREE
            if not pd.isna(row.allowed_until_start) and row.id not in CLOSED_BY_CHINA:
                us[row.allowed_until_start] = BARRED
        said = IN_CHINA.get(chip, {})
        china = {events.loc[key, "date_start"]: word for key, word in said.items()}
        ids = _joined(*own["source_ids"], *events.loc[list(said), "source_ids"])
        edges = sorted({*us, *china, _LAST})
        for start, end in pairwise(edges):
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


def _latest(states: dict[pd.Timestamp, str], day: pd.Timestamp) -> str:
    past = [start for start in states if start <= day]
    return states[max(past)] if past else ""


def _milliseconds(day: pd.Timestamp) -> int:
    return int(day.timestamp()) * 1000


def state_on(day: str) -> pd.DataFrame:
    """The rows of :func:`states` that hold on an ISO day; ``ValueError`` outside their time."""
    moment = _milliseconds(span(day)[0])
    table = states()
    found = table[(table["start"] <= moment) & (moment < table["end"])]
    if found.empty:
        raise ValueError(f"no states for {day}: 2020 to mid-2026")
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
    }


def moments() -> dict[str, int]:
    """Label → milliseconds, for the same days."""
    return {label: _milliseconds(span(day)[0]) for label, day in days().items()}


def chinese_stops() -> pd.DataFrame:
    """The Chinese events about one chip: ``chip``, ``day`` (ms), ``event``, ``source_ids``."""
    events = load("controls_timeline").set_index("id")
    rows = [
        {
            "chip": chip,
            "day": _milliseconds(events.loc[key, "date_start"]),
            "event": events.loc[key, "title"],
            "source_ids": events.loc[key, "source_ids"],
        }
        for chip, said in IN_CHINA.items()
        for key in said
    ]
    return pd.DataFrame(rows)


def _days_between(first: str, last: str, ids: tuple[str, ...]) -> Quantity:
    length = span(last)[0] - span(first)[0]
    return Quantity.of(length.days, "days", status="computed", sources=ids)


@derived("h20-days-after-article", "H20", "from the article to the licence rule", "2025")
def h20_days_after_article() -> Quantity:
    """Days from the article to the day on which Nvidia was told that the H20 needs a licence."""
    event = load("controls_timeline").set_index("id").loc["us-2025-04-09-h20"]
    ids = (ARTICLE, *split(event["source_ids"]))
    return _days_between(article_day(), event["date"], ids)


@derived(
    "diffusion-days-before-article", "US rule", "from the diffusion rule to the article", "2025-01"
)
def diffusion_days_before_article() -> Quantity:
    """Days from the announcement of the rule on AI diffusion to the article."""
    event = load("controls_timeline").set_index("id").loc["us-2025-01-13-diffusion"]
    ids = (ARTICLE, *split(event["source_ids"]))
    return _days_between(event["date"], article_day(), ids)


@derived("h20-days-closed", "H20", "without licences for China", "2025")
def h20_days_closed() -> Quantity:
    """Days from the licence rule to the day from which licences were said to be issued."""
    rows = load("chip_export_status").set_index("id")
    closed, opened = rows.loc["h20-until-2025-04"], rows.loc["h20-from-2025-08"]
    return _days_between(
        closed["allowed_until"], opened["allowed_from"], tuple(split(opened["source_ids"]))
    )


# --- Who acted, and how we know

# A bill that is no law, and what companies said, are in the table and no measures.
PROPOSALS = ("us-2026-04-house",)
# Our coding: allows a sale that had been barred, even against payment or under conditions.
EASES = (
    "us-2025-07-15-h20-return",
    "us-2025-08-08-15pct",
    "us-2025-12-08-h200",
    "us-2026-01-13-rule",
    "cn-2026-01-28-approval",
)
# Ends one rule and warns of another risk in the same breath.
BOTH = ("us-2025-05-13-rescission",)


def measures() -> pd.DataFrame:
    """What the two governments did, oldest first.

    The rows of controls_timeline whose actor is the US or China, without proposals, and with
    ``direction`` ("tightens", "eases" or "both"; our coding), ``half`` ("1st half 2025") and
    ``level`` (place in its half-year: from 1 upwards for the US, from −1 downwards for China).
    """
    table = load("controls_timeline")
    table = table[table["actor"].isin(["US", "China"]) & ~table["id"].isin(PROPOSALS)]
    table = table.sort_values(["date_start", "id"], ignore_index=True)
    first, last = table["date_start"].dt.year, table["date_start"].dt.month > 6
    half = last.map({False: "1st", True: "2nd"}) + " half " + first.astype("str")
    sign = table["actor"].astype("str").map({"US": 1, "China": -1})
    level = (table.groupby([half, sign]).cumcount() + 1) * sign
    direction = table["id"].map({**dict.fromkeys(EASES, "eases"), **dict.fromkeys(BOTH, "both")})
    return table.assign(direction=direction.fillna("tightens"), half=half, level=level)


def halves() -> list[str]:
    """Every half-year from the first measure to the last, also those without one."""
    seen = measures()["half"]
    years = range(int(seen.iloc[0][-4:]), int(seen.iloc[-1][-4:]) + 1)
    every = [f"{half} half {year}" for year in years for half in ("1st", "2nd")]
    return every[every.index(seen.iloc[0]) : every.index(seen.iloc[-1]) + 1]


def _count(actor: str, *statuses: str, half: str = "") -> Quantity:
    table = measures()
    table = table[table["actor"].astype("str") == actor]
    if statuses:
        table = table[table["status"].isin(statuses)]
    if half:
        table = table[table["half"] == half]
    ids = tuple(split(_joined(*table["source_ids"])))
    return Quantity.of(len(table), "measures", status="computed", sources=ids)


@derived("us-measures", "United States", "measures in our table", "2022/2026")
def us_measures() -> Quantity:
    """Rows of controls_timeline with the US as actor, without the bill that is no law."""
    return _count("US")


@derived("us-measures-filed", "United States", "measures with a text on record", "2022/2026")
def us_measures_filed() -> Quantity:
    """Those among the American measures that stand in an official record or a filing."""
    return _count("US", "filed")


@derived("cn-measures", "China", "measures in our table", "2022/2026")
def cn_measures() -> Quantity:
    """Rows of controls_timeline with China as actor."""
    return _count("China")


@derived("cn-measures-reported", "China", "measures known from the press alone", "2022/2026")
def cn_measures_reported() -> Quantity:
    """Those among the Chinese measures that no authority has announced: the press reports them."""
    return _count("China", "reported")


@derived("cn-measures-2025-h2", "China", "measures in the second half of 2025", "2025-07/2025-12")
def cn_measures_2025_h2() -> Quantity:
    """Rows of controls_timeline with China as actor, dated July to December 2025."""
    return _count("China", half="2nd half 2025")


# What stood on the day of the article, said of each measure that bears on chips or their buyers.
STANDING = {
    "us-2022-10-07-rule": "in force, its chip test replaced in 2023",
    "us-2022-12-16-cambricon": "in force",
    "us-2023-10-17-update": "in force since 17 November 2023",
    "us-2023-10-17-entities": "in force",
    "us-2024-11-11-tsmc": "in force, as reported",
    "us-2024-12-02-hbm": "in force",
    "us-2025-01-13-diffusion": "published, to be complied with from 15 May",
    "us-2025-01-15-foundry": "published, to be complied with from 31 January",
    "cn-2024-03-shanghai": "published, a goal for 2025",
    "cn-2024-12-03-minerals": "announced; the advice on chips binds nobody",
    "cn-2024-12-09-samr": "under way",
    "cn-2025-01-22-30pct": "reported two days before, informal",
}


def standing() -> pd.DataFrame:
    """The measures that stood on the day of the article, oldest first, with ``on_the_day``."""
    table = measures()
    table = table[table["id"].isin(STANDING)].reset_index(drop=True)
    return table.assign(on_the_day=table["id"].map(STANDING))
