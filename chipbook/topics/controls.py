"""Export controls: what the rules measure, which chip could go to China when, and who acted.

The state of each chip on a day (:func:`states`, :func:`state_on`), the ways to a strong chip
(:func:`routes`) and the list of measures with our coding of their direction (:func:`measures`).
Times for charts are milliseconds since 1970, UTC.
"""

from itertools import pairwise

import pandas as pd

from chipbook.data import facts, load, sources, span, split
from chipbook.data.settings import settings
from chipbook.topics.article import ARTICLE

_SET = settings(__file__)

# --- The arithmetic of the rules


def gap() -> pd.DataFrame:
    """What the H20 has of the H100's arithmetic and of its memory bandwidth: two rows each.

    Columns: ``measure``, ``chip``, ``place`` (0 for the H100, 1 for the H20), ``value`` (percent
    of the H100's), ``words``, ``id``, ``status``, ``source_ids``.
    """
    keys = {"memory speed": "h20-bandwidth-vs-h100", "arithmetic": "h20-of-h100"}
    h20 = facts.frame(keys, unit="percent").rename(columns={"label": "measure"})
    words = [f"{name}\n{facts[key].shown(percent=True)}" for name, key in keys.items()]
    h20 = h20.assign(chip="H20", place=1, words=words)
    both = pd.concat([h20.assign(chip="H100", place=0, value=100.0, words=""), h20])
    columns = ["measure", "chip", "place", "value", "words", "id", "status", "source_ids"]
    return both[columns].reset_index(drop=True)


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
    return table.sort_values("tpp", kind="stable", ignore_index=True)


def _joined(*cells: str) -> str:
    return ";".join(dict.fromkeys(key for cell in cells for key in split(cell)))


def lines_of_the_rules() -> tuple[float, float, float, float]:
    """TPP of the lower and of the first list of 2023; ceilings of 2026 in TPP and in GB/s."""
    keys = ("tpp-lower-2023", "tpp-limit-2023", "tpp-limit-2026")
    lower, first, ceiling = (facts[key].point().to("TPP") for key in keys)
    return lower, first, ceiling, facts["dram-limit-2026"].to("GB/s")


# --- Which chip could go to China when

CHIPS: list[str] = _SET["chips"]
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
            words = f"{chip}: {here}" + (f"; China: {there}" if there else "")
            stretch = (_milliseconds(start), _milliseconds(end))
            rows.append((chip, *stretch, here, there, words, ids))
    columns = ["chip", "start", "end", "us", "china", "words", "source_ids"]
    return pd.DataFrame(rows, columns=columns)


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


def moments() -> dict[str, int]:
    """Label → milliseconds: one day in each stretch of the story, the article's among them."""
    days = {label: day or article_day() for label, day in _SET["days"].items()}
    return {label: _milliseconds(span(day)[0]) for label, day in days.items()}


def chinese_stops() -> pd.DataFrame:
    """The Chinese events about one chip: ``chip``, ``day`` (ms), ``event``, ``source_ids``."""
    events = load("controls_timeline").dropna(subset="chip").rename(columns={"title": "event"})
    table = events.assign(day=events["date_start"].map(_milliseconds))
    return table[["chip", "day", "event", "source_ids"]].reset_index(drop=True)


# --- Ways to a strong chip

_UNSPOKEN = "no rule on using a chip from afar"


def routes() -> pd.DataFrame:
    """The ways of chip_routes on three days, one row for each way and day.

    Adds ``day`` (words, "|" where they break), ``lane`` (the way in words), ``words`` (the state
    in lines that fit a phone) and ``event`` (the rule's date and title, where one speaks of it).
    """
    table, known = load("chip_routes"), last_day()
    days = {
        "the article,|January 2025": article_day(),
        "the end|of 2025": "2025-12-31",
        f"as known in|{known:%B %Y}": f"{known:%Y-%m-%d}",
    }
    events = load("controls_timeline").set_index("id")
    table = table.assign(
        lane=table["way"].astype("str").str.capitalize()
        + table["place"].map(_SET["where"]).astype("str"),
        words=table["state"].map(_SET["words"]).astype("str"),
        event=table["event_id"].map(events["date"] + ": " + events["title"]).fillna(_UNSPOKEN),
        until=table["until"].fillna("9999"),
    )
    held = [
        table[(table["start"] <= day) & (day < table["until"])].assign(day=label)
        for label, day in days.items()
    ]
    return pd.concat(held, ignore_index=True)


# --- Who acted, and how we know

_APART = pd.Timedelta(days=55)
"""Marks of the timeline nearer than that stand above one another."""


def measures() -> pd.DataFrame:
    """What the two governments did, oldest first.

    The rows of controls_timeline with a ``direction`` ("tightens", "eases" or "both"; our coding),
    so without bills, the law on TikTok and what companies said, and with ``level``, the place of
    the mark over or under the line: from 1 upwards for the US, from −1 downwards for China. A few
    have a ``name``, on its ``side`` of a leader that ends at ``height``.
    """
    table = load("controls_timeline").dropna(subset="direction").astype({"direction": "str"})
    table = table.sort_values(["date_start", "id"], ignore_index=True)
    sign = table["actor"].astype("str").map({"US": 1, "China": -1})
    table["level"] = sign * table.groupby(sign)["date_start"].transform(_levels)
    named = pd.DataFrame.from_dict(
        _SET["named"], orient="index", columns=["name", "side", "height"]
    )
    return table.join(named, on="id")


def _levels(days: pd.Series) -> list[int]:
    """For each of ``days``, in order, the lowest level whose mark before is far enough away."""
    last: list[pd.Timestamp] = []
    found = []
    for day in days:
        free = (n for n, before in enumerate(last) if day - before >= _APART)
        level = next(free, len(last))
        last[level : level + 1] = [day]
        found.append(level + 1)
    return found
