"""Each fault of the data package is named: what breaks the schema, and what breaks its meaning."""

import csv
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import frictionless
import pytest
from reading import ROOT, edit

from chipbook.check import rules
from chipbook.check.references import references_lead_to_figures, resolved_tables
from chipbook.check.refresh import check, faults_of_release
from chipbook.check.schema import Tables, tables
from chipbook.data import data_dir


def test_the_package_is_in_order():
    assert check(data_dir()) == []


def test_the_package_keeps_the_standard_by_another_checker():
    """The one that the front page of the repository names."""
    report = frictionless.Package(str(data_dir() / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "note"])


with (ROOT / "tests/fixtures/broken_cells.csv").open(encoding="utf-8", newline="") as file:
    # Cells that break the schema or a rule, and of what column it is told in which words.
    BROKEN = [list(row.values()) for row in csv.DictReader(file)]


def test_a_fault_of_schema_names_file_row_and_column(copy):
    wanted = []
    for breaks, table, key, column, cell, told, expected in BROKEN:
        if breaks == "schema":
            line = edit(copy, f"{table}.csv", key, **{column: cell})
            where = f"data/{table}.csv: row {line} (id {cell if column == 'id' else key})"
            wanted.append(f"{where}, column {told}: expected {expected}")
    texts = [str(problem) for problem in check(copy)]
    for start in wanted:
        assert any(text.startswith(start) for text in texts), "\n".join([start, *texts])


@pytest.fixture(scope="module")
def written() -> Tables:
    return tables(data_dir())


def faults(written: Tables, *changes: tuple[str, str, dict[str, str]]) -> list[str]:
    """What the rules say of the tables after ``changes``: table, key and other cells of the row."""
    changed = dict(written)
    for name, key, cells in changes:
        rows = changed[name].rows
        rows = rows | {key: rows[key].holding(rows[key] | cells)}
        changed[name] = replace(changed[name], rows={row["id"]: row for row in rows.values()})
    # Every formula is made anew, which takes a second: where a formula is not broken, it is left.
    made = any(name == "derived" for name, _, _ in changes)
    asked = [rule for rule in rules.RULES if made or rule != rules.formulas_come_out]
    whole = resolved_tables(changed)
    found = list(references_lead_to_figures(changed)) or [p for rule in asked for p in rule(whole)]
    found += faults_of_release(changed)
    return [str(problem) for problem in found]


def batches() -> list[list[list[str]]]:
    """Cells that break the meaning, no two of one row together; some hide what others break."""
    found: list[list[list[str]]] = []
    for broken in [each for each in BROKEN if each[0] == "meaning"]:
        free = (batch for batch in found if broken[1:3] not in [each[1:3] for each in batch])
        batch = next(free, [])
        found += [] if batch else [batch]
        batch.append(broken)
    return [*found, *([each] for each in BROKEN if each[0] == "alone")]


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: f"{batch[0][1]} and so on")
def test_each_fault_of_meaning_is_named(written, batch):
    texts = faults(written, *((name, key, {col: cell}) for _, name, key, col, cell, *_ in batch))
    for *_, told, expected in batch:
        named = [text for text in texts if f"column {told}:" in text and expected in text]
        assert named, "\n".join([f"{told}: {expected}", *texts])
        texts.remove(named[0])


def test_a_figure_that_another_row_has_is_named(written):
    own = {"value": "12", "unit": "billion USD", "qualifier": "more than", "low": "12", "row": ""}
    own |= {"period": "2025", "status": "reported"}
    texts = faults(written, ("facts", "ft25-total", own))
    wanted = "column value: expected a reference, because facts/ft25-total has"
    assert any(wanted in text for text in texts), texts


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
    assert [str(problem) for problem in rules.queries_hold(found)] == [
        f"data/corrections.csv: row {log} (id c-008), column new: expected "
        "'KeyPoints (Chinese media), 2025-12-28, relayed', "
        f"found 'KeyPoints' in data/facts.csv, row {line}"
    ]
    del found["facts"].rows["hw26-ascend"]
    told = [problem for problem in rules.queries_hold(found) if "corrections" in problem.file]
    gone = [problem.key for problem in told]
    assert gone == ["c-007", "c-008"]


def test_a_cell_can_be_corrected_again(sound):
    """The later line takes over, and the one before it has not expired."""
    edit(sound, "facts.csv", "hw26-ascend", attributed_to="KeyPoints")
    path = sound / "corrections.csv"
    again = "c-999,facts,hw26-ascend,attributed_to,"
    again += '"KeyPoints (Chinese media), 2025-12-28, relayed",KeyPoints,Shorter,2026-12-01,1.0.0\n'
    path.write_text(path.read_text(encoding="utf-8") + again, encoding="utf-8")
    assert list(rules.queries_hold(resolved_tables(tables(sound)))) == []


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
    problems = list(rules.queries_hold(resolved_tables(tables(sound))))
    assert [problem.key for problem in problems] == [second]


def test_a_row_with_too_few_cells_is_one_fault(copy):
    path = copy / "replies.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "short,bd-2025-01-ft-12bn\n", encoding="utf-8")
    line = len(text.splitlines()) + 1
    assert [str(problem) for problem in check(copy)] == [
        f"data/replies.csv: row {line} (id short): expected 9 cells, found 2"
    ]


def test_a_comma_without_quotation_marks_is_one_cell_too_many(copy):
    path = copy / "replies.csv"
    header, first, rest = path.read_text(encoding="utf-8").split("\n", 2)
    path.write_text("\n".join([header, f"{first},,", rest]), encoding="utf-8")
    cells = len(header.split(","))
    [problem] = check(copy)
    hint = "(a comma in a cell needs quotation marks)"
    assert str(problem).endswith(f"expected {cells} cells, found {cells + 2} {hint}")


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
