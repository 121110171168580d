"""The graph of claims: on small graphs by hand and by chance, and the tables by another route."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from reading import origins_of, rows

from chipbook.data import Dataset, facts
from chipbook.story import claims as module
from chipbook.story.answers import sign_in_words
from chipbook.story.claims import (
    about,
    by_row,
    done_to,
    in_words,
    known_on,
    origins,
    relations,
    roots,
    stating,
)

DATA = Path(__file__).resolve().parents[2] / "data"


def told(id: str, date: str = "2025-01-21", kind: str = "report", text: str = "") -> dict[str, str]:
    said = {"id": id, "kind": kind, "speaker": "Somebody", "date": date, "statement": text}
    empty = dict.fromkeys(("statement_id", "report_id", "fragment", "note"), "")
    return said | empty | {"source_ids": "page"}


def graph(claims: list[dict[str, str]], *edges: tuple[str, str, str, str]) -> Dataset:
    """The data with these claims and relations ``(claim, relation, other, date)``."""
    names = ("claim_id", "relation", "other_id", "date")
    relations = [
        {"id": "-".join(edge[:3]), **dict(zip(names, edge, strict=True))}
        | {"reason": "So it is.", "source_ids": "page"}
        for edge in edges
    ]
    tables = {"claims": claims, "relations": relations}
    return Dataset(rows={name: dict(enumerate(rows, 2)) for name, rows in tables.items()})


def test_two_relays_of_one_report_are_one_origin():
    data = graph(
        [
            told("a", text="{ft25-total}"),
            told("b", text="{ft25-total}"),
            told("c", text="{ft25-total}"),
        ],
        ("b", "relays", "a", "2025-01-22"),
        ("c", "misreads", "a", "2025-01-23"),
    )
    assert roots("b", data=data) == roots("c", data=data) == roots("a", data=data) == ("a",)
    assert origins_of("ft25-total", data=data) == ("a",)


def test_a_claim_that_retells_two_reports_has_both_origins():
    data = graph(
        [told(name, text="{ft25-total}") for name in "abcd"],
        ("c", "relays", "a", "2025-01-22"),
        ("c", "restates", "b", "2025-01-22"),
        ("d", "relays", "c", "2025-01-23"),
        ("d", "relays", "a", "2025-01-23"),
    )
    assert roots("d", data=data) == origins(["d"], data=data) == ("a", "b")


def test_only_retelling_leads_on():
    data = graph(
        [told("a"), told("b", kind="answer"), told("c", kind="evidence")],
        ("b", "denies", "a", "2025-01-22"),
        ("c", "confirms", "a", "2025-01-23"),
    )
    assert [roots(name, data=data) for name in "abc"] == [("a",), ("b",), ("c",)]
    assert origins("abc", data=data) == ("a",)


def test_an_answer_that_names_a_figure_is_no_origin_of_it():
    data = graph([told("a", text="{ft25-total}"), told("b", kind="answer", text="{ft25-total}")])
    assert origins_of("ft25-total", data=data) == ("a",)


def test_a_relay_that_names_nobody_is_of_unknown_origin():
    data = graph(
        [
            told("a", text="{ft25-total}"),
            told("b", kind="relay", text="{ft25-total}"),
            told("c", kind="evidence", text="{rev24}"),
            told("d", kind="article", text="{rev24}"),
        ]
    )
    assert origins_of("ft25-total", data=data) == ("a",)
    assert origins_of("rev24", data=data) == ("c",), "accounts that state it are where it is from"
    assert origins("bcd", data=data) == ()


def test_two_claims_of_one_coded_report_are_one_origin():
    one = [told(name) | {"report_id": "r"} for name in "ab"]
    assert origins("abc", data=graph([*one, told("c")])) == ("a", "c")


def test_two_outlets_of_one_coded_report_are_two_origins():
    speakers = {"a": "Wire", "b": "Paper, two people", "c": "Paper"}
    one = [told(name) | {"report_id": "r", "speaker": said} for name, said in speakers.items()]
    assert origins("abc", data=graph(one)) == ("a", "b")


def test_roots_are_what_no_way_leads_on_from():
    """Against every way walked one by one, on graphs by chance without circles."""
    for seed in range(40):
        chance = random.Random(seed)
        names = [f"c{place}" for place in range(9)]
        edges = [
            (one, "relays", other, "2025-01-22")
            for place, one in enumerate(names)
            for other in names[:place]
            if chance.random() < 0.3
        ]
        data = graph([told(name) for name in names], *edges)

        def ways(name: str, edges=edges) -> list[list[str]]:
            before = [other for one, _, other, _ in edges if one == name]
            return [[name, *way] for other in before for way in ways(other)] or [[name]]

        for name in names:
            every = ways(name)
            assert set(roots(name, data=data)) == {way[-1] for way in every}
            assert len(roots(name, data=data)) == len(set(roots(name, data=data)))


def words(claim: str, day: str, data: Dataset) -> str:
    return in_words(done_to([claim], day, data=data))


def test_state_before_and_after_a_denial():
    data = graph(
        [told("a", "2025-01-21"), told("b", "2025-01-22", kind="answer")],
        ("b", "denies", "a", "2025-01-22"),
    )
    assert words("a", "2025-01-21", data) == "no reply found"
    assert words("a", "2025-01-22", data) == "denied"


def test_what_was_done_to_a_claim_is_told_oldest_first():
    data = graph(
        [told("a", "2025-01-21"), told("b"), told("c"), told("d")],
        ("b", "confirms", "a", "2026-03"),
        ("d", "denies", "a", "2025-01-21"),
        ("c", "denies", "a", "2025-02"),
    )
    assert words("a", "2027-01-01", data) == "denied; later confirmed"


def test_a_day_knows_what_was_said_and_done_by_then():
    data = graph(
        [
            told("a"),
            told("b"),
            told("c", "2025-01-22", kind="relay"),
            told("d", "2025-01-23", kind="answer"),
            told("e", "2025-01-24", kind="evidence"),
            told("late", "2025-02-01"),
        ],
        ("c", "relays", "a", "2025-01-22"),
        ("d", "denies", "a", "2025-01-23"),
        ("d", "denies", "b", "2025-01-23"),
        ("e", "confirms", "a", "2025-01-24"),
    )
    days = ("2025-01-20", "2025-01-22", "2025-01-23", "2025-01-24", "2025-02-01")
    assert [known_on(day, data=data) for day in days] == [
        dict(claims=0, origins=0, denied=0, later=0),
        dict(claims=3, origins=2, denied=0, later=0),
        dict(claims=4, origins=2, denied=2, later=0),
        dict(claims=5, origins=2, denied=2, later=1),
        dict(claims=6, origins=3, denied=2, later=1),
    ]


def test_what_is_done_to_claims_comes_in_the_order_of_its_days():
    data = graph(
        [told(name) for name in "abcd"],
        ("b", "confirms", "a", "2026-03"),
        ("c", "relays", "a", "2025-01-22"),
        ("c", "denies", "a", "2025-02"),
        ("c", "denies", "d", "2024"),
        ("d", "contradicts", "b", "2024"),
    )
    assert [r.id for r in done_to(["a"], data=data)] == ["c-denies-a", "b-confirms-a"]
    assert [r.id for r in done_to("ad", data=data)] == ["c-denies-d", "c-denies-a", "b-confirms-a"]
    assert done_to(["c"], data=data) == []


@pytest.mark.parametrize(
    ("coded", "does", "done"),
    [
        ("denied in part", "denies in part", "denied in part"),
        ("confirmed in part", "denies in part", "denied in part"),
        ("denied in full", "denies", "denied"),
        ("", "denies", "denied"),
    ],
)
def test_a_denial_is_in_part_where_its_report_is_coded_so(coded, does, done):
    key = (
        next(key for key, row in rows("press_reports").items() if row["response_type"] == coded)
        if coded
        else ""
    )
    data = graph(
        [told("a"), told("b", kind="answer") | {"report_id": key}, told("c") | {"report_id": key}],
        ("b", "denies", "a", "2025-01-22"),
        ("c", "misreads", "a", "2025-01-23"),
        ("c", "corrects", "a", "2025-01-24"),
    )
    denies, misreads, corrects = relations(data=data)
    assert (denies.does, denies.done) == (does, done)
    assert (misreads.does, misreads.done) == ("says otherwise than", "")
    assert (corrects.does, corrects.done) == ("corrects", "corrected"), "a denial alone is in part"
    assert denies.source_ids == ("page",)


def test_a_claim_is_known_by_its_outlet_and_its_keys():
    said = told("a", text="It is {ft25-total|amount}.")
    said |= {"speaker": "The Paper, two people", "report_id": "r"}
    data = graph([said, told("b", kind="answer") | {"report_id": "r"}, told("c")])
    a, b, c = module.claims(data=data).values()
    assert (a.outlet, a.witness) == ("The Paper", "r:The-Paper")
    assert (b.witness, c.witness) == ("b", "c"), "only an outlet is a part of a report"
    assert a.template == "It is {ft25-total|amount}."
    assert a.statement == f"It is {facts['ft25-total']:amount}."
    assert a.figures == ("ft25-total",)
    assert a.source_ids == ("page",)


def test_claims_that_state_a_figure_come_by_date_whatever_row_they_name():
    holder = facts.fact("ft25-total").holder
    data = graph(
        [
            told("late", "2025-03-01", text="{ft25-total}"),
            told("early", "2025-01-01", text=f"{{{holder}}} and {{rev24}}"),
            told("answer", kind="answer", text="{ft25-total}"),
            told("report") | {"report_id": "bd-2025-01-ft-12bn"},
        ]
    )
    assert [claim.id for claim in stating("ft25-total", data)] == ["early", "late"]
    assert [claim.id for claim in stating(holder, data)] == ["early", "late"]
    assert [claim.id for claim in about("ft25-total", data)] == ["answer", "late"]
    assert stating("ft25-overseas", data) == []
    assert by_row(data=data).keys() == {
        holder,
        facts.fact("rev24").holder,
        "press_reports/bd-2025-01-ft-12bn",
    }
    assert [c.id for c in by_row(data=data)["press_reports/bd-2025-01-ft-12bn"]] == ["report"]


def test_what_a_claim_retells_is_in_the_order_of_the_relations():
    data = graph(
        [told(name) for name in "abcd"],
        ("d", "misreads", "c", "2025-01-22"),
        ("d", "denies", "b", "2025-01-22"),
        ("d", "restates", "a", "2025-01-22"),
        ("c", "relays", "b", "2025-01-22"),
    )
    assert roots("d", data=data) == ("b", "a")


def test_what_was_done_to_the_origin_is_told_of_the_retelling_apart():
    behind = roots("scmp-zs25-capex")
    known = {r.id for r in done_to(behind)}
    assert known == {r.id for r in relations() if r.other_id in behind and r.done}
    assert done_to(behind, "2020-01-01") == []


def test_a_partial_date_is_known_from_its_last_day():
    data = graph([told("m", "2025-02"), told("y", "2025")], ("m", "denies", "y", "2026"))
    assert f"{module.claims(data=data)['m'].known_from:%Y-%m-%d}" == "2025-02-28"
    assert words("y", "2026-12-30", data) == "no reply found"
    assert words("y", "2026-12-31", data) == "denied"


def test_a_claim_that_does_not_exist_is_refused():
    with pytest.raises(KeyError, match="nobody"):
        roots("nobody", data=graph([told("a")]))


# --- The tables themselves


def test_the_story_is_covered():
    claims, links = rows("claims").values(), rows("relations").values()
    assert len(claims) >= 120
    assert len(links) >= 150
    assert len(module.claims()) == len(claims)
    assert len(relations()) == len(links)
    said = {
        row["id"] for row in rows("article_statements").values() if row["verdict"] != "left out"
    }
    assert {row["statement_id"] for row in claims if row["statement_id"]} == said


def test_every_statement_reads_with_its_figures():
    for claim in module.claims().values():
        assert "{" not in claim.statement, claim.id
        assert re.match(r"[A-Z$0-9]", claim.statement), claim.statement
        assert claim.statement.endswith("."), claim.statement


def test_the_total_has_many_pages_and_one_origin():
    stated = [row for row in rows("claims").values() if "{ft25-total" in row["statement"]]
    assert len(stated) == len(about("ft25-total")) >= 8
    retold = ("relays", "restates", "misreads")
    links = [row for row in rows("relations").values() if row["relation"] in retold]
    before = {row["claim_id"]: row["other_id"] for row in links}
    ends = set()
    for row in stated:
        end = row["id"]
        while end in before:
            end = before[end]
        ends.add(end)
    assert ends == set(origins_of("ft25-total")) == {"ft25-plan"}


VERDICTS = {"faithful": {"relays"}, "no report found": set()}


def test_retellings_of_the_article_follow_the_verdicts():
    verdicts = {row["id"]: row["verdict"] for row in rows("article_statements").values()}
    by_claim = {
        row["id"]: row["statement_id"] for row in rows("claims").values() if row["statement_id"]
    }
    notes = {row["id"]: row["note"] for row in rows("claims").values()}
    links = [row for row in rows("relations").values() if row["claim_id"] in by_claim]
    for claim, statement in by_claim.items():
        found = {row["relation"] for row in links if row["claim_id"] == claim}
        allowed = VERDICTS.get(verdicts[statement], {"misreads"})
        assert found <= allowed, claim
        # A statement that retells nothing seen says so.
        assert found or "no relation is coded" in notes[claim], claim


def test_a_denial_keeps_to_the_scope_of_the_answer():
    scope = {row["id"]: row["reply_scope"] for row in rows("facts").values() if row["report_id"]}
    for row in [*rows("chip_orders").values(), *rows("budget_reports").values()]:
        scope[row["id"]] = row["reply_scope"]
    claims = module.claims()
    denied = [r for r in relations() if r.relation == "denies"]
    assert denied
    for relation in denied:
        one, other = claims[relation.claim_id], claims[relation.other_id]
        assert one.kind == "answer"
        for key in other.figures:
            found = scope.get(key.rpartition("/")[2], "")
            assert found in ("", "this figure"), (relation.id, key)


def test_each_figure_that_was_answered_in_the_tables_is_denied_in_the_graph():
    """The answers are coded twice, by figure and by claim: the two must tell the same."""
    types = {row["id"]: row["response_type"] for row in rows("press_reports").values()}
    hit = {r.other_id for r in relations() if r.relation == "denies"}
    for row in rows("facts").values():
        if row["reply_scope"] != "this figure" or not types[row["report_id"]].startswith("denied"):
            continue
        for claim in about(row["id"]):
            if claim.kind == "report":
                assert claim.id in hit, (row["id"], claim.id)


def test_no_word_makes_a_denial_in_part_whole():
    """On the page of claims, beside the figure in prose, and where a claim goes back to it."""
    coded = {row["id"]: row["response_type"] for row in rows("press_reports").values()}
    report = {row["id"]: row["report_id"] for row in rows("claims").values()}
    words = dict.fromkeys(("denied in part", "confirmed in part"), "denied in part")
    words["denied in full"] = "denied"
    seen = set()
    for key, row in rows("relations").items():
        answer = coded.get(report[row["claim_id"]])
        if row["relation"] == "denies" and answer:
            seen.add(answer)
            done = in_words(done_to([row["other_id"]]))
            assert words[answer] in done.split("; later "), key
    assert seen == set(words)
    figures = {key for key, row in rows("facts").items() if row["reply_scope"] == "this figure"}
    for key in figures:
        answer = coded[rows("facts")[key]["report_id"]]
        if answer in ("denied in part", "denied in full"):
            assert sign_in_words(key) == words[answer], key
    assert sign_in_words("zs25-capex-usd") == "denied in part"
    assert in_words(done_to(roots("scmp-zs25-capex"))) == "denied in part"


def test_settled_reports_are_told_as_they_were_coded():
    status = {row["id"]: row["later_status"] for row in rows("press_reports").values()}
    claims = module.claims()
    words = {
        "confirms": ("borne out",),
        "bears out in part": ("borne out", "partly borne out"),
        "contradicts": ("contradicted",),
    }
    seen = Counter()
    for relation in relations():
        one, other = claims[relation.claim_id], claims[relation.other_id]
        if one.kind != "evidence" or other.kind != "report" or not other.report_id:
            continue
        if relation.relation in words:
            seen[relation.relation] += 1
            assert status[other.report_id] in words[relation.relation], relation.id
    assert set(seen) == set(words), seen


def test_a_fragment_stands_in_the_table_that_holds_it():
    held = {
        row["fragment"] for name in ("article_statements", "replies") for row in rows(name).values()
    }
    held |= {row["response_fragment"] for row in rows("press_reports").values()}
    for row in rows("claims").values():
        assert row["fragment"] in held | {""}, row["id"]


def test_figures_of_the_graph_are_figures_of_the_package():
    for claim in module.claims().values():
        for key in claim.figures:
            assert key in facts, (claim.id, key)
