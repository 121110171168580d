"""Each fault of the data package is named: what breaks the schema, and what breaks its meaning."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from reading import edit

from chipbook.check import rules
from chipbook.check.references import resolved_tables
from chipbook.check.refresh import check, faults_of_meaning
from chipbook.check.schema import Tables, tables
from chipbook.data import data_dir


def test_the_package_is_in_order():
    assert check(data_dir()) == []


SCHEMA_FAULTS = [
    ("facts.csv", "ft25-total", {"value": "twelve"}, "value: expected a number, found twelve"),
    ("facts.csv", "ft25-double", {"status": "denied"}, "status: expected one of filed"),
    ("facts.csv", "ft25-overseas", {"unit": "bn"}, "unit: expected one of USD"),
    (
        "facts.csv",
        "ft25-guidance",
        {"period": "FY2025"},
        "period: expected text that fits its meaning: Time",
    ),
    ("replies.csv", "ft25-denial", {"source_ids": ""}, "source_ids: expected a value, found noth"),
    ("facts.csv", "rt25-capex-usd", {"reviewed": "soon"}, "reviewed: expected a date, found soon"),
    ("facts.csv", "zs24-capex", {"report_id": "no-such"}, "report_id: expected a key of the table"),
    (
        "sources.csv",
        "36kr-2024-12",
        {"url": "https://例.cn/"},
        "url: expected text that fits its meaning",
    ),
    ("replies.csv", "ti25-denial", {"id": "rt25-denial"}, "id: expected a value used once"),
    (
        "press_reports.csv",
        "aziz-2019-11",
        {"response_type": "lied"},
        "response_type: expected one of denied",
    ),
]


def test_a_fault_of_schema_names_file_row_and_column(copy):
    wanted = [
        (f"data/{file}: row {edit(copy, file, key, **cells)} (id {cells.get('id', key)})", message)
        for file, key, cells, message in SCHEMA_FAULTS
    ]
    texts = [str(problem) for problem in check(copy)]
    for where, message in wanted:
        assert any(text.startswith(f"{where}, column {message}") for text in texts), "\n".join(
            [where, message, *texts]
        )


OWN_FIGURE = {"value": "12", "unit": "billion USD", "qualifier": "more than", "low": "12"}
OWN_FIGURE |= {"row": "", "period": "2025", "status": "reported"}

MEANING_FAULTS = [
    ("facts.csv", "ft25-total", {"value": "12"}, "value", "nothing, because budget_reports/br-20"),
    ("facts.csv", "ft25-total", {"row": "budget_reports/no"}, "row", "a row that holds the figure"),
    (
        "facts.csv",
        "doubao-004",
        {"row": "doubao_timeline/2024-12-questmobile-mau"},
        "row",
        "a row that holds the figure itself",
    ),
    ("facts.csv", "ft25-total", OWN_FIGURE, "value", "a reference, because facts/ft25-total has"),
    ("facts.csv", "tpp-910b", {"value": "5120"}, "value", "nothing, because chip_export_status/"),
    ("facts.csv", "ft25-double", {"status": ""}, "status", "a value, or a reference to its row"),
    (
        "assumptions.csv",
        "power-h20",
        {"low_row": "chip_specs/h800/tdp_w"},
        "low_row",
        "a row that holds the figure itself",
    ),
    ("assumptions.csv", "share-report", {"low": "50"}, "spread", "not both"),
    ("huawei_answers.csv", "idc-2026-04", {"figure": "no-such"}, "figure", "the key of a figure"),
    ("budget_reports.csv", "br-2025-01-ft-total", {"value_usd_bn": "11"}, "value_usd_bn", "the va"),
    ("facts.csv", "ft25-total", {"source_ids": "nobody"}, "source_ids", "ids of sources.csv"),
    (
        "facts.csv",
        "ft25-total",
        {"source_ids": "ft-2025-01-23-firstft;ft-2025-01-23-firstft"},
        "source_ids",
        "each source once",
    ),
    ("budget_reports.csv", "br-2025-01-ft-total", {"period": "2025-13"}, "period", "ISO 8601"),
    (
        "budget_reports.csv",
        "br-2025-01-ft-total",
        {"period": "2025-01/2025-06-30"},
        "period",
        "one precision",
    ),
    (
        "budget_reports.csv",
        "br-2025-01-ft-total",
        {"period": "2025-06/2025-01"},
        "period",
        "in order",
    ),
    ("budget_reports.csv", "br-2025-01-ft-total", {"low": "13"}, "value", "low ≤ value ≤ high"),
    ("budget_reports.csv", "br-2025-01-ft-total", {"low": ""}, "low", "low equal to value"),
    ("facts.csv", "rev22-ft", {"high": ""}, "high", "high equal to value"),
    ("facts.csv", "cn-power-gap", {"high": ""}, "low", "both ends of a range"),
    ("facts.csv", "ft25-double", {"value": ""}, "value", "a point or a range"),
    ("facts.csv", "ft25-local-share", {"value": "160"}, "value", "from 0 to 100 percent"),
    ("facts.csv", "ft25-double", {"status": "computed"}, "status", "derived.csv"),
    ("budget_reports.csv", "br-2025-01-ft-total", {"reply_scope": ""}, "reply_scope", "a scope"),
    (
        "budget_reports.csv",
        "br-2025-12-ft-26-chips",
        {"reply_scope": "this figure"},
        "reply_scope",
        "no answer",
    ),
    ("facts.csv", "ft25-total", {"review_by": "2026-01-01"}, "review_by", "a day after"),
    ("budget_reports.csv", "br-2025-01-ft-overseas", {"value": "5"}, "value", "add up to"),
    (
        "vendor_shares.csv",
        "huawei-2025-idc-shipments",
        {"value": "912000"},
        "value",
        "add up to",
    ),
    ("vendor_shares.csv", "amd-2025-idc-share", {"value": "14"}, "value", "100 percent"),
    (
        "supplier_financials.csv",
        "cambricon-2025-q3-revenue",
        {"value": "1277"},
        "value",
        "add up to",
    ),
    ("supplier_financials.csv", "cambricon-2025-rd", {"note": ""}, "note", "the formula"),
    (
        "doubao_shares.csv",
        "2025-03-mau-questmobile-deepseek-doubao-mau",
        {"value": "38.3"},
        "value",
        "numerator over denominator",
    ),
    (
        "press_reports.csv",
        "bd-2025-01-ft-12bn",
        {"response_fragment": "one two three four five six seven eight nine ten eleven"},
        "response_fragment",
        "at most 10 words",
    ),
    (
        "replies.csv",
        "ft25-denial",
        {"fragment": "one two three four five six seven eight nine ten eleven"},
        "fragment",
        "at most 10 words",
    ),
    (
        "article_statements.csv",
        "rejection",
        {"fragment": "uno due tre quattro cinque sei sette otto nove dieci undici"},
        "fragment",
        "at most 10 words",
    ),
    ("article_statements.csv", "rejection", {"fragment": ""}, "fragment", "words of the article"),
    ("article_statements.csv", "total", {"fact_ids": "nobody"}, "fact_ids", "ids of facts.csv"),
    ("article_statements.csv", "total", {"same_in": "nobody"}, "same_in", "ids of sources.csv"),
    (
        "article_statements.csv",
        "total",
        {"fact_ids": "ft25-total;ft25-total"},
        "fact_ids",
        "each id once",
    ),
    ("disagreements.csv", "revenue-2022", {"row_ids": "rev22-ft;no-such"}, "row_ids", "a fact or"),
    (
        "disagreements.csv",
        "revenue-2022",
        {"row_ids": "rev22-ft;chip_specs/a100"},
        "row_ids",
        "found chip_specs/a100",
    ),
    ("disagreements.csv", "revenue-2022", {"row_ids": "rev22-ft"}, "row_ids", "at least two"),
    (
        "disagreements.csv",
        "revenue-2022",
        {"row_ids": "rev22-ft;rev22-wsj;rev22-ft"},
        "row_ids",
        "each figure once",
    ),
    (
        "disagreements.csv",
        "revenue-2022",
        {"row_ids": "rev22-ft;doubao-001"},
        "row_ids",
        "found money, users",
    ),
    (
        "disagreements.csv",
        "revenue-2022",
        {"row_ids": "relay-primapress;relay-bullishtimes"},
        "row_ids",
        "figures that differ",
    ),
    ("press_reports.csv", "india-return-2025-08", {"later_basis": ""}, "later_basis", "contra"),
    (
        "second_coding.csv",
        "bd-2025-01-ft-12bn-second",
        {"response_type_1": "no response"},
        "response_type_1",
        "as in press_reports",
    ),
    ("corrections.csv", "c-001", {"new": "confirmed"}, "new", "confirmed"),
    ("corrections.csv", "c-001", {"row_id": "no-such"}, "row_id", "a row of press_reports"),
    ("corrections.csv", "c-001", {"resource": "press"}, "resource", "a resource of the package"),
    ("corrections.csv", "c-001", {"column": "answer"}, "column", "a column of press_reports"),
    ("corrections.csv", "c-001", {"old": "no response"}, "new", "another value than 'no response'"),
    (
        "corrections.csv",
        "c-003",
        {"row_id": "bd-2025-12-ft-160bn"},
        "old",
        "what c-002 left, 'ft-2025-12-22-capex;",
    ),
    ("claims.csv", "ft25-plan", {"statement": "All {no-such}."}, "statement", "found {no-such}"),
    (
        "claims.csv",
        "ft25-plan",
        {"statement": "All {article-slips}."},
        "statement",
        "table/row of a number, table/row.column, or a column, found {article-slips}",
    ),
    (
        "claims.csv",
        "ft25-plan",
        {"statement": "All {peer_capex/no-such}."},
        "statement",
        "found {peer_capex/no-such}",
    ),
    (
        "claims.csv",
        "ft25-plan",
        {"statement": "All {sources/36kr-2024-12}."},
        "statement",
        "found {sources/36kr-2024-12}",
    ),
    ("claims.csv", "ft25-plan", {"statement": "{ft25-total|loud}."}, "statement", "a form of a"),
    (
        "claims.csv",
        "ft25-plan",
        {"statement": "On 21 January 2025, 12.3 billion for the H20."},
        "statement",
        "in braces, found 12.3",
    ),
    ("claims.csv", "ft25-plan", {"statement": "All {of it."}, "statement", "found {"),
    ("facts.csv", "ft25-total", {"note": "The report says 99bn"}, "note", "in braces, found 99"),
    (
        "peer_capex.csv",
        "meta-fy2025",
        {"note": "as {metta-fy2022}"},
        "note",
        "found {metta-fy2022}",
    ),
    ("chip_specs.csv", "h20", {"vendor": "{chip_specs/h800.tdp_w}"}, "vendor", "{chip_specs/h800"),
    ("facts.csv", "rev24", {"note": "{low} to {high}"}, "note", "or a column, found {low}"),
    ("relations.csv", "article-total-misreads", {"reason": "By 2 times."}, "reason", "found 2"),
    (
        "claims.csv",
        "ft25-denial",
        {"fragment": "one two three four five six seven eight nine ten eleven"},
        "fragment",
        "at most 10 words",
    ),
    ("claims.csv", "article-total", {"kind": "relay"}, "statement_id", "for kind article"),
    (
        "claims.csv",
        "article-total",
        {"statement_id": "doubling"},
        "statement_id",
        "without a claim",
    ),
    (
        "claims.csv",
        "article-total",
        {"statement_id": "doubling"},
        "id",
        "for what the article says",
    ),
    (
        "claims.csv",
        "article-total",
        {"statement_id": "sourcing-left-out"},
        "id",
        "none for what it leaves out, found article-total",
    ),
    (
        "relations.csv",
        "reuters-ft25-plan-relays",
        {"other_id": "reuters-ft25-plan"},
        "other_id",
        "another claim",
    ),
    (
        "relations.csv",
        "ft25-denial-denies-chips-china",
        {"other_id": "ft25-plan"},
        "relation",
        "it is ft25-denial-denies-plan",
    ),
    (
        "relations.csv",
        "ft25-denial-denies-plan",
        {"date": "2025-01-20"},
        "date",
        "both claims were said",
    ),
    ("claims.csv", "ft25-denial", {"date": "2025-01-22"}, "date", "both claims were said"),
    ("claims.csv", "ft25-plan", {"date": "2025-01-22"}, "date", "both claims were said"),
    (
        "claims.csv",
        "reuters-ft25-plan",
        {"date": "2025-01-20"},
        "other_id",
        "no younger than reuters-ft25-plan (2025-01-20), found ft25-plan (2025-01-21)",
    ),
    ("claims.csv", "ft25-denial", {"kind": "report"}, "claim_id", "which alone denies"),
    ("claims.csv", "ft25-plan", {"kind": "answer"}, "kind", "an answer to at least one claim"),
    (
        "derived.csv",
        "ft25-sum",
        {"formula": "'ft25-totl' * 2"},
        "formula",
        "keys of numbers, found ft25-totl",
    ),
    ("derived.csv", "ft25-sum", {"formula": "'ft25-total' ** 2"}, "formula", "a formula, found"),
    ("derived.csv", "ft25-sum", {"formula": ""}, "formula", "a model in the code"),
    (
        "derived.csv",
        "ft25-sum",
        {"formula": "count('press_report')"},
        "formula",
        "found press_report",
    ),
    (
        "derived.csv",
        "ft25-sum",
        {"formula": "count('press_reports', gruop='peer')"},
        "formula",
        "found gruop",
    ),
    (
        "derived.csv",
        "ft25-sum",
        {"formula": "count('press_reports', group='peers')"},
        "formula",
        "found peers",
    ),
    ("derived.csv", "ft25-sum", {"formula": "sum('tokens', 'values')"}, "formula", "found values"),
    (
        "derived.csv",
        "ft25-sum",
        {"formula": "'ft25-local-of-total' * 2"},
        "formula",
        "no number made from itself",
    ),
    ("derived.csv", "ft25-sum", {"id": "ft25-total"}, "id", "no row of facts.csv"),
]


@pytest.fixture(scope="module")
def written() -> Tables:
    return tables(data_dir())


@pytest.mark.parametrize(("file", "key", "cells", "column", "expected"), MEANING_FAULTS)
def test_a_fault_of_meaning_is_named(written, file, key, cells, column, expected):
    table = written[file.removesuffix(".csv")]
    rows = table.rows | {key: table.rows[key].holding(table.rows[key] | cells)}
    broken = replace(table, rows={row["id"]: row for row in rows.values()})
    texts = [str(problem) for problem in faults_of_meaning({**written, table.name: broken})]
    assert any(f"column {column}:" in text and expected in text for text in texts), texts


def test_a_correction_of_a_version_without_an_entry_is_named(sound):
    edit(sound, "corrections.csv", "c-001", version="0.0.9")
    told = "column version: expected a version of CHANGELOG.md"
    assert any(told in str(problem) for problem in check(sound))


@pytest.mark.parametrize("relation", ["relays", "supersedes", "corrects"])
def test_a_circle_of_claims_is_named_all_the_way_round(sound, relation):
    names = ["ft25-plan", "ft25-local", "ft25-abroad"]
    path = sound / "relations.csv"
    rows = "".join(
        f"round-{place},{one},{relation},{other},2025-01-21,Round.,ft-2025-01-23-firstft\n"
        for place, (one, other) in enumerate(zip(names, [*names[1:], names[0]], strict=True))
    )
    path.write_text(path.read_text(encoding="utf-8") + rows, encoding="utf-8")
    [problem] = rules.relations_are_acyclic(tables(sound))
    assert problem.key.startswith("round-")
    way = problem.found.split(" → ")
    assert way[0] == way[-1]
    assert set(way) == set(names)
    steps = set(zip(names, [*names[1:], names[0]], strict=True))
    assert set(pairwise(way)) == steps


def test_two_who_relay_one_another_by_two_words_are_a_circle_too(sound):
    path = sound / "relations.csv"
    row = "back,ft25-plan,restates,reuters-ft25-plan,2025-01-21,Back.,ft-2025-01-23-firstft\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    [problem] = rules.relations_are_acyclic(tables(sound))
    assert "ft25-plan → reuters-ft25-plan" in problem.found


def test_the_message_gives_the_line_and_the_cell(sound):
    line = edit(sound, "facts.csv", "ft25-total", review_by="2026-01-01")
    assert [str(problem) for problem in check(sound)] == [
        f"data/facts.csv: row {line} (id ft25-total), column review_by: "
        "expected a day after 2026-11-23, found 2026-01-01"
    ]


def test_a_correction_expires_when_its_cell_moves_on_or_its_row_goes(sound):
    """Both places are named: the line of the log, and the cell that no longer holds it."""
    line = edit(sound, "facts.csv", "hw26-ascend", attributed_to="KeyPoints")
    found = resolved_tables(tables(sound))
    log = found["corrections"].rows["c-008"].line
    assert [str(problem) for problem in rules.corrections_are_in_place(found)] == [
        f"data/corrections.csv: row {log} (id c-008), column new: expected "
        "'KeyPoints (Chinese media), 2025-12-28, relayed', "
        f"found 'KeyPoints' in data/facts.csv, row {line}"
    ]
    del found["facts"].rows["hw26-ascend"]
    gone = [problem.key for problem in rules.corrections_are_in_place(found)]
    assert gone == ["c-007", "c-008"]


def test_a_cell_can_be_corrected_again(sound):
    """The later line takes over, and the one before it has not expired."""
    edit(sound, "facts.csv", "hw26-ascend", attributed_to="KeyPoints")
    path = sound / "corrections.csv"
    again = "c-999,facts,hw26-ascend,attributed_to,"
    again += '"KeyPoints (Chinese media), 2025-12-28, relayed",KeyPoints,Shorter,2026-12-01,1.0.0\n'
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    assert list(rules.corrections_are_in_place(resolved_tables(tables(sound)))) == []


def test_a_source_that_nothing_uses_is_named(sound):
    path = sound / "sources.csv"
    row = "unused,P,T,2026,en,https://example.org/unused,news,weak,,\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    assert ["unused" in str(problem) for problem in check(sound)] == [True]


def test_a_page_under_two_ids_is_named(sound):
    found = tables(sound)
    first, second = list(found["sources"].rows)[:2]
    url = found["sources"].rows[first]["url"].replace("https://", "http://www.") + "/"
    edit(sound, "sources.csv", second, url=url)
    problems = list(rules.one_row_a_page(tables(sound)))
    assert [problem.key for problem in problems] == [second]


def test_a_row_with_too_few_cells_is_one_fault(copy):
    path = copy / "replies.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "short,bd-2025-01-ft-12bn\n", encoding="utf-8")
    line = len(text.splitlines()) + 1
    assert [str(problem) for problem in check(copy)] == [
        f"data/replies.csv: row {line} (id short): expected 9 cells, found 2"
    ]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "datapackage.json").write_text("{", encoding="utf-8"),
        lambda folder: (folder / "facts.csv").unlink(),
        lambda folder: (folder / "facts.csv").write_text("id,topic\na,b\n", encoding="utf-8"),
        lambda folder: (folder / "more.csv").write_text("id\na\n", encoding="utf-8"),
    ],
    ids=["descriptor", "missing file", "missing columns", "file without a resource"],
)
def test_a_broken_file_is_a_message_and_no_traceback(copy, damage: Callable[[Path], object]):
    damage(copy)
    assert all(str(problem).startswith("data/") for problem in check(copy))
    assert check(copy)
