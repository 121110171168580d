"""The chapter's headline numbers, recomputed from the raw files by another route."""

from datetime import date
from itertools import pairwise

import pytest
from reading import rows

from chipbook import facts
from chipbook.topics.doubao import (
    LONGEST_STEP,
    leaders,
    month_shares,
    tracker,
)

MONTH = "2025-03"


def months(period: str) -> int:
    """Months since year 0 at the start of a period."""
    year, month = period.split("/")[0].split("-")[:2]
    return 12 * int(year) + int(month)


# --- Numbers


def test_idc_s_part_beside_all_calls():
    share = rows("cloud_shares")["volcano-engine-2025-01-to-2025-06-model-calls"]
    market = float(rows("facts")["doubao-idc-tokens"]["value"])
    days = (date(2025, 7, 1) - date(2025, 1, 1)).days
    outside = market * float(share["value"]) / 100 / days
    assert facts["doubao-069"].to("trillion tokens per day") == pytest.approx(outside)
    assert facts["doubao-idc-market"].to("trillion tokens per day") == pytest.approx(market / days)
    tokens = rows("tokens")
    row = tokens["volcano-outside-customers-2025-01-to-2025-06"]
    assert outside == pytest.approx(float(row["value"]), abs=0.005)
    for key, level in (("doubao-070", "2025-05"), ("doubao-070-march", "2025-03")):
        whole = float(tokens[f"doubao-models-{level}"]["value"])
        assert facts[key].to("ratio") == pytest.approx(outside / whole)
    assert str(facts["doubao-069"]) == "about 1.46 trillion tokens a day"
    assert str(facts["doubao-070"]) == "about 9%"


def test_the_span_of_one_month():
    shares = [
        float(row["value"]) for row in rows("doubao_shares").values() if row["period"] == MONTH
    ]
    low, high = facts["doubao-shares-2025-03"].range("percent")
    assert (low, high) == pytest.approx((min(shares), max(shares)), abs=0.05)
    assert str(facts["doubao-shares-2025-03"]) == "18.8 to 56.5%"
    assert str(facts["doubao-reach-2025-03"]) == "19.5 to 42.3%", "of totals that were published"
    assert len(month_shares()) == len(shares)
    assert month_shares()["row"].is_unique, "two bars would stand in one place"
    published = month_shares()["share_kind"].eq("reach").tolist()
    assert published == sorted(published, reverse=True), "the published denominators come first"


SIGNS = {"nearly": -1, "up to": -1, "less than": -1, "more than": 1, "at least": 1}
"""Where the true figure lies from a printed one: below it, or above."""


def listed(row: dict, users: dict) -> list[dict]:
    """The rows of the apps that a share of listed apps names beside Doubao."""
    own = users[row["numerator_value_row"].split("/")[1]]
    same = [
        user
        for key, user in users.items()
        if all(user[c] == own[c] for c in ("data_provider", "measure", "period"))
        and user is not own
        and not key.endswith("-2")
    ]
    words = row["denominator"].replace("+", " ").split()
    named = [user for user in same if {*words} & {*user["app"].split()}]
    return named or same  # "six listed apps" names none


def test_a_share_keeps_the_words_of_its_parts():
    """It rises with Doubao's users and falls with those of the others; where they pull apart, or
    where nothing is one-sided, it is "about"."""
    users = {key: row for key, row in rows("app_users").items() if row["value"]}
    held = {"app_users": users, "market_totals": rows("market_totals"), "facts": rows("facts")}

    def sign(key: str) -> int:
        table, name = key.split("/")
        return SIGNS.get(held[table][name]["qualifier"], 0)

    for row in rows("doubao_shares").values():
        ours = sign(row["numerator_value_row"])
        if row["share_kind"] == "share of listed apps":
            others = listed(row, users)
            own = users[row["numerator_value_row"].split("/")[1]]
            whole = sum(float(user["value"]) for user in [own, *others])
            assert whole == pytest.approx(float(row["denominator_value"])), row["id"]
            pulls = {ours, *(-SIGNS.get(user["qualifier"], 0) for user in others)} - {0}
        else:
            pulls = {ours, -sign(row["denominator_value_row"])} - {0}
        pull = pulls.pop() if len(pulls) == 1 else 0
        assert SIGNS.get(row["qualifier"], 0) == pull, row["id"]


def test_how_far_two_counters_are_apart():
    users = rows("app_users")
    pairs = {
        "doubao-apart-deepseek": (193, 77),
        "doubao-apart-2026-02": (78.71, 25),
        "doubao-apart-2024-01": (17.57, 4),
    }
    for key, (one, other) in pairs.items():
        assert facts[key].to("ratio") == pytest.approx(one / other)
    assert users["deepseek-2025-03-aicpb-app-mau"]["value"] == "77"


def test_the_doubling_begins_below_the_older_category():
    totals = rows("market_totals")
    older = float(totals["aigc-apps-stand-alone-2024-03-questmobile"]["value"])
    assert facts["doubao-012"].to("million users") == 50 < older
    assert facts["doubao-018"].to("million users") == pytest.approx(120 / 3.32)
    assert facts["doubao-018"].to("million users") < facts["doubao-014"].to("million users")


# --- Tables


def test_the_tracker_is_one_counter_and_its_gaps_stay_open():
    table = tracker()
    raw = rows("app_users")
    assert {raw[key]["data_provider"] for key in table["id"]} == {"QuestMobile"}
    assert {raw[key]["surface"] for key in table["id"]} == {"app"}
    single = table[table["span"] == "month"]
    assert single["run"].notna().all()
    assert table[table["span"] == "quarter"]["run"].isna().all(), "a quarter is on no line"
    for _, run in single.groupby("run"):
        assert run["app"].nunique() == 1
        steps = [months(p) for p in run["period"]]
        assert all(0 < b - a <= LONGEST_STEP for a, b in pairwise(steps))
    doubao = single[single["app"] == "Doubao"].groupby("run")["period"].agg(["min", "max"])
    assert [tuple(run) for run in doubao.to_numpy()] == [
        ("2024-01", "2024-06"),
        ("2024-12", "2025-09"),
        ("2026-03", "2026-06"),
    ]
    assert table.groupby("app")["last"].sum().eq(1).all()


def test_two_trackers_name_two_leaders():
    table, raw = leaders(), rows("app_users")
    assert {raw[key]["period"] for key in table["id"]} == {MONTH}
    assert {(raw[key]["measure"], raw[key]["surface"]) for key in table["id"]} == {("MAU", "app")}
    axis = dict(zip(table["place"], table["data_provider"].astype(str), strict=True))
    assert axis == {0: "QuestMobile", 1: "aicpb"}, "as the chapter names the ends of the axis"
    first = table.loc[table.groupby("place")["value"].idxmax()]
    assert dict(zip(first["data_provider"].astype(str), first["app"], strict=True)) == {
        "QuestMobile": "DeepSeek",
        "aicpb": "Doubao",
    }


def test_every_rival_but_deepseek_stays_below_doubao():
    table = tracker()
    value = table.pivot_table(index=["period", "measure"], columns="name", values="value")
    for rival in set(value) - {"Doubao", "DeepSeek"}:
        both = value[["Doubao", rival]].dropna()
        assert len(both), rival
        assert (both["Doubao"] > both[rival]).all(), rival


def test_bytedance_leads_idc_s_market_alone():
    shares = rows("cloud_shares")
    leads = {"alibaba-cloud": "volcano-engine", "qwen": "doubao"}
    for first, ours in leads.items():
        pairs = [(k, k.replace(first, ours, 1)) for k in shares if k.startswith(first)]
        found = [(one, two) for one, two in pairs if two in shares and "model-calls" not in one]
        assert found, first
        for one, two in found:
            assert float(shares[one]["value"]) > float(shares[two]["value"])
