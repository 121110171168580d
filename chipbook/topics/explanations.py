"""What could explain it: explanations set against the coded reports, and what a denial can move.

Whether a report speaks for or against an explanation is our reading, one sentence each. The model
asks another question, whether a reported figure was roughly right, and leaves every number in it to
the reader.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS
from chipbook.topics.denials import OPEN, interval_of_share

# --- The explanations

EXPLANATIONS: dict[str, tuple[str, str, str, str]] = {
    "two-worlds": (
        "Between|two worlds",
        "the article",
        "Two governments listen, so every public word about chips has a cost in one capital.",
        "As often either way: a right figure is as awkward as a wrong one.",
    ),
    "quiet": (
        "Quiet|building",
        "the article",
        "It builds at home and abroad and prefers not to be watched while it does.",
        "More often if the report is roughly right.",
    ),
    "scrutiny": (
        "Less scrutiny|in the US",
        "the article",
        "Any headline on Chinese chips is unwelcome while Washington debates TikTok.",
        "As often either way.",
    ),
    "secrecy": (
        "Competitive|secrecy",
        "added here",
        "Rivals and suppliers read the same papers; plans stay closed until a launch.",
        "More often if the report is roughly right.",
    ),
    "bargaining": (
        "Negotiating|position",
        "added here",
        "A buyer or seller in talks weakens its hand if its plan is public.",
        "More often if the report is roughly right.",
    ),
    "shares": (
        "Calming|share rumours",
        "added here",
        "Suppliers are listed; talk of orders moves their prices, and the company cools it.",
        "As often either way.",
    ),
    "scope": (
        "Correction|of scope",
        "added here",
        "Part of the report is off, in scope, date or place, and the company corrects that part.",
        "If the report is right in part and wrong in part.",
    ),
    "error": (
        "Error in|the report",
        "added here",
        "The report is wrong: an old draft, a misread number, a source who did not know.",
        "More often if the report is wrong.",
    ),
}
"""Explanation → label (a bar breaks the line), who offers it, its strongest short form, and when it
would make a denial likely. They do not exclude each other."""

# Explanation → (for, against): report → what the report has to do with it. Our reading of the rows.
_READING: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "two-worlds": (
        {
            "bd-2025-08-h20-summons": "A reported summons by Beijing over American chips: silence.",
            "bd-2025-11-nvidia-ban": "A reported order from Beijing on American chips: silence.",
            "bd-2026-01-h200-approval": "A reported approval from Beijing: silence.",
            "bd-2026-02-h200-terms": "A licence from Washington with conditions: silence.",
            "sale-noalgo-2024-04": "A sale that Washington asked for was denied on a Chinese "
            "platform, in its own account.",
            "sale-plan2022-2024-05": "The denial of a sale turned to users in China.",
            "bd-2024-06-broadcom": "A denial for a Chinese paper, no answer for an agency abroad.",
            "bd-2025-09-chip-team": "An answer at home on a move that it did not explain abroad.",
            "bd-2025-09-reuters-picoheart": "No answer abroad on a move explained at home.",
        },
        {
            "eleme-2023-12": "A purchase at home, with no government in it, was denied as firmly.",
            "shop-returns-2025-06": "A shop's return rate has no second capital, and was denied.",
            "bd-2025-07-car": "A product rumour without any government was denied as firmly.",
            "bd-2026-01-glasses": "A product rumour without a government was denied the same day.",
        },
    ),
    "quiet": (
        {
            "bd-2026-02-seedchip": "A chip report denied; later reports, again on unnamed people, "
            "told of a finished design.",
            "bd-2026-05-qualcomm": "Reported: chips based partly on its own design, after a denied "
            "chip report.",
            "bd-2026-05-cpu": "Reported: processors of its own too, and no answer.",
            "bd-2024-03-innostar": "The stake was confirmed for headsets; later reports, unnamed, "
            "have a wider use.",
            "bd-2025-04-brazil": "A data centre was reported months before it was announced.",
            "sale-algosplit-2024-05": "A separate algorithm was denied and is part of the later "
            "deal; what existed at the time is not shown.",
        },
        {
            "bd-2021-03-chip-jobs": "Asked about a chip team, it confirmed one.",
            "bd-2022-chip-jobs": "Asked about chip designers, it confirmed the hiring.",
            "bd-2024-09-tsmc": "It contested the report and still conceded work on chips.",
            "nuverse-2023-11": "A plan not yet announced was confirmed the same day.",
            "pico-overhaul-2023-11": "A plan not yet announced was confirmed the same day.",
            "moonton-2023-11": "Talks were covered by no comment, without a denial.",
            "tokopedia-2023-12": "A deal in the making was covered by no comment, not a denial.",
        },
    ),
    "scrutiny": (
        {
            "bd-2024-12-seasia-h100": "The answer, as the article has it, is about the American "
            "rules.",
            "bd-2024-09-tsmc": "The answer stresses that trade rules are kept.",
            "bd-2024-09-huawei-model": "The answer came from a spokesman in Washington.",
            "bd-2025-01-ft-12bn": "Denied days after TikTok's deadline in the United States.",
            "bd-2025-01-reuters-150bn": "Denied within days of TikTok's deadline.",
        },
        {
            "bd-2026-02-seedchip": "Denied although TikTok's American joint venture was settled.",
            "bd-2024-06-oracle": "Chips rented on American soil, and silence.",
            "bd-2026-03-wsj-malaysia": "Close to the American rules, and no denial was found; our "
            "search may have missed one.",
            "bd-2026-05-qualcomm": "An American supplier, and no denial was found; our search may "
            "have missed one.",
            "bd-2024-06-broadcom": "The denial went to a Chinese paper and not abroad.",
            "bd-2025-07-car": "One of the sharpest denials had no American side.",
        },
    ),
    "secrecy": (
        {
            "bd-2025-08-phone": "Denied in August; a partner's phone with the assistant was on "
            "sale in December.",
            "bd-2024-12-zte-phone": "Denied; the partner named in the rumour later made the phone.",
            "bd-2024-06-phone": "The answer is about a phone of its own; a partner's phone came.",
            "bd-2026-01-glasses": "The answer leaves room: no definite plan for sales.",
            "bd-2026-01-earbuds": "The answer is about a launch, the report about development.",
        },
        {
            "phone-2019-07": "A phone not yet announced was confirmed when asked.",
            "notes-2024-04": "An app not yet released was confirmed when asked.",
            "bd-2021-03-chip-jobs": "A chip team, which rivals would like to know of, was "
            "confirmed.",
            "bd-2025-12-ft-160bn": "A later budget of the same kind met silence, which keeps a "
            "secret as well.",
        },
    ),
    "bargaining": (
        {
            "moonton-2023-11": "No comment during talks; a sale was agreed later.",
            "tokopedia-2023-12": "No comment days before a deal was announced.",
            "bd-2026-02-h200-terms": "No comment while terms were being worked out.",
            "bd-2026-02-seedchip": "Denied while talks with a maker were reported to be open.",
            "sale-noalgo-2024-04": "A sale denied while a law asked for one; a deal came later.",
        },
        {
            "ipo-hk-2019-10": "Denied, and no listing followed that the denial could have helped.",
            "ipo-hk-2021-08": "Denied, and no listing followed that the denial could have helped.",
            "eleme-2023-12": "Denied, and no purchase followed.",
            "nuverse-2023-11": "A plan that weakens a seller's hand was confirmed the same day.",
        },
    ),
    "shares": (
        {
            "bd-2024-12-zheshang": "The answer tells investors not to trust rumours.",
            "bd-2024-12-zte-phone": "The partner's share rose on the day of the denial.",
            "ipo-hk-2025-09": "The answer says that the story may have been spread to push shares.",
            "peer-2025-09-alibaba-cambricon": "A peer: the supplier's share fell on the day.",
            "peer-2024-09-cambricon-experts": "A listed peer answers talk among investors.",
            "peer-2025-08-cambricon-orders": "A listed peer answers on a platform for investors.",
            "peer-2025-12-cambricon-triple": "A listed peer answers talk of its orders.",
            "peer-2026-02-cambricon-20bn": "A listed peer answers talk of its revenue.",
        },
        {
            "bd-2025-12-ft-160bn": "A budget that moves the same shares met silence.",
            "bd-2025-12-scmp-100bn": "A plan to buy chips that moves the same shares met silence.",
            "data-forbes-tracking-2022-10": "Denied, with no supplier's share in the story.",
            "bd-2024-09-huawei-model": "The answer is about the model and leaves the chip order, "
            "which moves shares, alone.",
        },
    ),
    "scope": (
        {
            "ipo-hk-2019-10": "The answer is about one quarter.",
            "shop-europe-2022-07": "The answer is about one half-year.",
            "letter-2023-11": "The answer counts videos, the report views.",
            "data-forbes-tracking-2022-10": "The answer is about GPS, which the report had not "
            "named.",
            "bd-2024-12-7bn": "The answer is about purchases; by one account the report spoke of "
            "renting.",
            "bd-2024-09-huawei-model": "The answer is about the model, not about the chip order.",
            "bd-2024-09-tsmc": "The answer calls the report inaccurate and keeps the core of it.",
            "bd-2024-10-intern": "The answer confirms the event and contests its size.",
        },
        {
            "bd-2025-01-ft-12bn": "The answer names no part, so it corrects none.",
            "bd-2025-01-reuters-150bn": "Another scope, and nearly the same sentence.",
            "bd-2026-02-seedchip": "The company did not elaborate.",
            "ipo-hk-2021-08": "Called wrong, without a detail.",
            "sale-m2-2025-07": "Called wrong, without saying which part.",
        },
    ),
    "error": (
        {
            "ipo-hk-2019-10": "No listing came in the quarter that the report had named.",
            "ipo-hk-2021-08": "No listing followed.",
            "india-return-2025-08": "The Indian government said the same as the company.",
            "peer-2025-03-deepseek-r2": "A peer: the model had not appeared by the year's end.",
            "peer-2025-05-huawei-malaysia": "A peer: the minister withdrew the claim.",
            "bd-2026-01-huawei-40bn": "Not denied, but a slip all the same: one relay printed many "
            "times the amount.",
        },
        {
            "data-forbes-tracking-2022-10": "The company later reported the misuse itself.",
            "data-dpc-2025-05": "The company later corrected what it had said.",
            "bd-2025-08-phone": "Partner and date came true, a phone of its own did not.",
            "bd-2024-12-zte-phone": "The partner came true, the new brand and the joint chips did "
            "not.",
            "bd-2025-01-reuters-150bn": "A second paper reported a plan of the same order; "
            "unnamed people again, so it settles nothing.",
        },
    ),
}

DENIED = ("denied in full", "denied in part")
CONFIRMED = ("confirmed", "confirmed in part")
CHIP_TOPICS = ("chip purchases", "own chips", "data centres", "export controls")


def explanations() -> pd.DataFrame:
    """The explanations, one row each, in the order of the charts.

    Columns: ``key``, ``name``, ``row`` (the name with a bar where a label breaks), ``offered``
    (by the article, or added here), ``reading`` (strongest short form), ``denial`` (when it would
    make a denial likely), ``for`` and ``against`` (counts of reports).
    """
    rows = []
    for key, (label, offered, reading, denial) in EXPLANATIONS.items():
        speaks_for, speaks_against = _READING[key]
        rows.append(
            {
                "key": key,
                "name": label.replace("|", " "),
                "row": label,
                "offered": offered,
                "reading": reading,
                "denial": denial,
                "for": len(speaks_for),
                "against": len(speaks_against),
            }
        )
    return pd.DataFrame(rows)


@kept
def _matrix(*, data: Dataset = BOOK) -> pd.DataFrame:
    press = data.load("press_reports").set_index("id")
    press = press.astype({"response_type": str, "later_status": str})
    rows = []
    for key, sides in _READING.items():
        for side, reports in zip(("for", "against"), sides, strict=True):
            for report, reason in reports.items():
                row = press.loc[report]
                rows.append(
                    {
                        "key": key,
                        "row": EXPLANATIONS[key][0],
                        "side": side,
                        "report_id": report,
                        "company": row["company"],
                        "date": row["date"],
                        "claim": row["claim"],
                        "answer": ANSWER_WORDS[row["response_type"]],
                        "denied": row["response_type"] in DENIED,
                        "later": row["later_status"],
                        "settled": row["later_status"] not in OPEN,
                        "chips": str(row["topic"]) in CHIP_TOPICS,
                        "reason": reason,
                        "source_ids": row["source_ids"],
                        "start": row["date_start"],
                    }
                )
    return pd.DataFrame(rows)


def matrix() -> pd.DataFrame:
    """Explanations against reports: one row for each report that speaks on an explanation.

    ``key`` and ``row`` (the explanation and its label), ``side`` ("for" or "against"), ``reason``
    (ours), and from press_reports: ``report_id``, ``company``, ``date``, ``claim``, ``answer``,
    ``later``, ``source_ids``. ``denied``, ``settled`` and ``chips`` say whether the report was
    denied wholly or in part, whether anything settled its claim, whether it is about chips or data
    centres. A report may stand in several rows.
    """
    return _matrix().drop(columns="start").copy()


def evidence(key: str) -> pd.DataFrame:
    """The rows of :func:`matrix` on one explanation, for before against, oldest first.

    Three columns more join cells for a narrow table: ``report`` (date and claim), ``since`` (answer
    and later status) and ``speaks`` (side and reason).

    Raises ``KeyError`` for an unknown ``key``.
    """
    if key not in EXPLANATIONS:
        raise KeyError(f"no explanation {key!r}: one of {', '.join(EXPLANATIONS)}")
    table = _matrix()
    table = table[table["key"] == key].sort_values(["side", "start"], ascending=[False, True])
    table = _joined(table).assign(
        speaks=table["side"].str.capitalize() + ". " + table["reason"],
    )
    return table.drop(columns="start").reset_index(drop=True)


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        report=table["date"] + ": " + table["claim"],
        since=table["answer"].str.capitalize() + "; " + table["later"] + ".",
    )


def shared(data: Dataset = BOOK) -> pd.DataFrame:
    """Reports that speak for one explanation and against another, oldest first.

    Columns: ``report_id``, ``report`` (date and claim), ``since`` (answer and later status),
    ``for`` and ``against`` (names), ``source_ids``.
    """
    table = _matrix(data=data).assign(name=lambda t: t["row"].str.replace("|", " "))
    names = table.pivot_table(
        index="report_id", columns="side", values="name", aggfunc="; ".join
    ).dropna()
    reports = table.drop_duplicates("report_id").set_index("report_id").loc[names.index]
    both = _joined(reports).assign(**{side: names[side] for side in ("for", "against")})
    columns = ["report", "since", "for", "against", "source_ids"]
    return both.sort_values("start")[columns].reset_index(names="report_id")


# --- What a denial moves


def posterior(prior: float, if_right: float, if_wrong: float) -> float:
    """Belief that a report is roughly right, once something has been seen.

    ``prior`` is the belief before; ``if_right`` and ``if_wrong`` are the chances of seeing it if
    the report is right and if it is wrong. All are between 0 and 1. Raises ``ValueError`` outside,
    and where what was seen is impossible either way.
    """
    if not all(0 <= value <= 1 for value in (prior, if_right, if_wrong)):
        raise ValueError("a probability lies between 0 and 1")
    seen = prior * if_right + (1 - prior) * if_wrong
    if seen == 0:
        raise ValueError("what was seen is impossible under these numbers")
    return prior * if_right / seen


def ratio(if_right: float, if_wrong: float) -> float:
    """The likelihood ratio: how many times as likely it is if the report is right as if not."""
    return if_right / if_wrong


def heard() -> pd.DataFrame:
    """The rows of the calculator: before an answer, after a denial, after none.

    Columns ``heard`` ("nothing yet", "denial", "no denial") and ``row`` (label).
    """
    return pd.DataFrame(
        {
            "heard": ["nothing yet", "denial", "no denial"],
            "row": ["before|an answer", "after|a denial", "had there been|no denial"],
        }
    )


def calculator() -> dict[str, str]:
    """The model of the calculator as Vega expressions, for transforms in this order.

    The parameters ``prior``, ``if_right`` and ``if_wrong`` are percentages. ``right`` and ``wrong``
    are the chances of what was ``datum.heard``, ``belief`` what follows (0 to 1).
    """
    chance = "datum.heard == 'denial' ? {0} / 100 : datum.heard == 'no denial' ? 1 - {0} / 100 : 1"
    odds = "(prior / 100 * datum.right + (1 - prior / 100) * datum.wrong)"
    return {
        "right": chance.format("if_right"),
        "wrong": chance.format("if_wrong"),
        "belief": f"prior / 100 * datum.right / {odds}",
    }


def strengths() -> pd.DataFrame:
    """Likelihood ratios for the chart of strengths, from strong against to strong for.

    Columns ``ratio`` and ``row`` (label). They are steps of a scale, not findings.
    """
    words = {100: "a hundred times", 10: "ten times", 3: "three times"}
    rows = [(1 / times, f"{word}|likelier if wrong") for times, word in words.items()]
    rows.append((1.0, "as likely|either way"))
    rows += [(float(times), f"{word}|likelier if right") for times, word in words.items()][::-1]
    return pd.DataFrame(rows, columns=["ratio", "row"])


STRENGTH = "prior * datum.ratio / (prior * datum.ratio + 100 - prior)"
"""Belief after evidence of strength ``datum.ratio``, as a Vega expression; ``prior`` in percent."""


# --- What past denials can say about the likelihoods


_COUNTS = ("right", "right-denied", "wrong", "wrong-denied", "open-denied", "open-other")


def _counts() -> dict[str, int]:
    return {name.replace("-", "_"): _count(f"explanations-{name}") for name in _COUNTS}


def _count(key: str) -> int:
    return int(facts[key].value)


def tally(denied_right: float = 0.5, other_right: float = 0.5) -> tuple[float, float, float]:
    """Both likelihoods of a full denial and their ratio, with the open reports shared out.

    ``denied_right`` and ``other_right`` are the parts (0 to 1) of the open reports, denied in full
    and answered otherwise, that are taken as right. Gives the chance of a full denial if a report
    is right, if it is wrong, and the ratio of the two.
    """
    if not (0 <= denied_right <= 1 and 0 <= other_right <= 1):
        raise ValueError("a part lies between 0 and 1")
    n = _counts()
    right_open, wrong_open = denied_right * n["open_denied"], (1 - denied_right) * n["open_denied"]
    right = n["right"] + right_open + other_right * n["open_other"]
    wrong = n["wrong"] + wrong_open + (1 - other_right) * n["open_other"]
    if_right = (n["right_denied"] + right_open) / right
    if_wrong = (n["wrong_denied"] + wrong_open) / wrong
    return if_right, if_wrong, ratio(if_right, if_wrong)


def tallies() -> pd.DataFrame:
    """Ways to count past denials, and the likelihood ratio each gives.

    One row a way: ``row`` (label), ``way`` ("fixed" or "yours"), ``ratio`` (missing for "yours",
    which the chart computes), ``source_ids`` (one page a report). The counts that the chart needs
    for "yours" stand in every row: ``right``, ``right_denied``, ``wrong``, ``wrong_denied`` of the
    settled reports, ``open_denied`` and ``open_other``.
    """
    n = _counts()
    # Nothing that the company confirmed was contradicted later.
    unconfirmed = n["right"] - _count("explanations-right-confirmed")
    silent = ratio(n["right_denied"] / unconfirmed, n["wrong_denied"] / n["wrong"])
    rows = [
        ("settled reports|only", "fixed", facts["explanations-ratio-settled"].value),
        ("settled, without|confirmed ones", "fixed", silent),
        ("open: denied wrong,|others right", "fixed", facts["explanations-ratio-lowest"].value),
        ("open: denied right,|others wrong", "fixed", facts["explanations-ratio-highest"].value),
        ("open: as you|set them", "yours", None),
    ]
    table = pd.DataFrame(rows, columns=["row", "way", "ratio"]).assign(**n)
    pages = ";".join(facts["denials-answered"].sources)
    return table.astype({"ratio": float}).assign(source_ids=pages)


TALLY = (
    "((datum.right_denied + denied_right / 100 * datum.open_denied)"
    " / (datum.right + denied_right / 100 * datum.open_denied"
    " + other_right / 100 * datum.open_other))"
    " / ((datum.wrong_denied + (1 - denied_right / 100) * datum.open_denied)"
    " / (datum.wrong + (1 - denied_right / 100) * datum.open_denied"
    " + (1 - other_right / 100) * datum.open_other))"
)
"""The ratio of :func:`tally` as a Vega expression; both parameters in percent."""


def likelihoods() -> pd.DataFrame:
    """Both likelihoods from the settled reports alone, with Beta intervals.

    Columns: ``what``, ``cases``, ``n``, ``low`` and ``high`` (percent), ``source_ids``.
    """
    rows = []
    for what, whole in (
        ("denied, if the report was right", "explanations-right"),
        ("denied, if it was wrong", "explanations-wrong"),
    ):
        low, high = facts[f"{whole}-interval"].range("percent")
        rows.append(
            {
                "what": what,
                "cases": _count(f"{whole}-denied"),
                "n": _count(whole),
                "low": round(low),
                "high": round(high),
                "source_ids": ";".join(facts[whole].sources),
            }
        )
    return pd.DataFrame(rows)


# --- What would settle it

SETTLING = (
    (
        "A prospectus or accounts",
        "ByteDance",
        "expected, with the amounts",
        "expected, with other amounts",
        "most: the figure itself",
    ),
    (
        "A supplier's filing that names the customer",
        "Huawei's or Cambricon's auditors, Nvidia",
        "sales of that order",
        "smaller sales, or none",
        "much, for one part of the plan",
    ),
    (
        "A figure of the company's own",
        "ByteDance",
        "close to the report",
        "far from it",
        "much, if a number or a scope is given",
    ),
    (
        "The document behind the report, dated",
        "the Financial Times and its sources",
        "a budget with these sums",
        "a draft, or nothing",
        "much, on the plan; little on what was spent",
    ),
    (
        "Papers in a lawsuit or an inquiry",
        "courts and regulators",
        "plans and orders under oath",
        "other plans",
        "much, but only if somebody sues",
    ),
    (
        "A second report of unnamed people",
        "the press",
        "likely",
        "possible, if both asked the same person",
        "some, if the origins are independent",
    ),
    (
        "A denial without a detail",
        "ByteDance",
        "possible",
        "possible",
        "as far as you hold the two chances apart",
    ),
)


def settling() -> pd.DataFrame:
    """Kinds of evidence on the January figure, from what would move a reader most to least.

    Columns: ``evidence``, ``who`` (could give it), ``right`` and ``wrong`` (what to expect if the
    figure was roughly right or wrong), ``moves``. Our judgement, without numbers.
    """
    return pd.DataFrame(SETTLING, columns=["evidence", "who", "right", "wrong", "moves"])


PREDICTIONS: dict[str, tuple[str, str]] = {
    "two-worlds": (
        "Replies to one report, compared at home and abroad, differ whenever both capitals "
        "are in it.",
        "Replies differ as often where no government is in it.",
    ),
    "quiet": (
        "Registers, permits or power contracts show building that was denied at the time.",
        "They show none.",
    ),
    "scrutiny": (
        "Denials thin out once TikTok's American case is closed.",
        "They go on as before.",
    ),
    "secrecy": (
        "Denials before launches, openness after them.",
        "Denials where there is nothing to launch.",
    ),
    "bargaining": (
        "Denials while terms are open, confirmation once they are signed.",
        "Denials with no deal in sight.",
    ),
    "shares": (
        "Denials on days when listed suppliers move.",
        "Denials on quiet days, silence on loud ones.",
    ),
    "scope": (
        "A second sentence says which part was wrong.",
        "Asked again, the company names no part.",
    ),
    "error": (
        "A correction by the paper, or accounts with another figure.",
        "Accounts with that figure.",
    ),
}
"""Explanation → what would speak for it, what would speak against it, if we could look."""


def predictions() -> pd.DataFrame:
    """What would tell the explanations apart: ``name``, ``for``, ``against``, in our words."""
    rows = [(EXPLANATIONS[key][0].replace("|", " "), *both) for key, both in PREDICTIONS.items()]
    return pd.DataFrame(rows, columns=["name", "for", "against"])


# --- Numbers that no formula can make


_READ = ("press_reports",)


@computed("explanations-reports", *_READ)
def _read(data: Dataset) -> Quantity:
    return data.tally("press_reports", _matrix(data=data)["report_id"].unique())


@computed("explanations-settled", *_READ)
def _read_and_settled(data: Dataset) -> Quantity:
    table = _matrix(data=data)
    return data.tally("press_reports", table.loc[table["settled"], "report_id"].unique())


@computed("explanations-shared", *_READ)
def _read_both_ways(data: Dataset) -> Quantity:
    return data.tally("press_reports", shared(data)["report_id"])


for _what in ("right", "wrong"):
    _part, _whole = f"explanations-{_what}-denied", f"explanations-{_what}"
    computed(f"{_whole}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))
