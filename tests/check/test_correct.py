"""One command corrects a row: all that hangs on it changes together, or nothing does."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from reading import ROOT, another, cell, edit

from chipbook.check.__main__ import main
from chipbook.check.correct import KINDS, CorrectionError, correct, release, rewrite
from chipbook.check.refresh import check, entries, refresh
from chipbook.check.schema import tables

DAY = date(2027, 1, 31)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_correction_changes_cell_log_version_and_entry_together(sound, version):
    wanted, before = version.moved(2), contents(sound)
    reason, old = 'The filing says "more", see there', cell(sound, "rev23h1")
    new = another(old)
    assert correct(sound, "facts/rev23h1", ["value"], [new], reason, DAY) == []
    assert cell(sound, "rev23h1") == new
    line = list(tables(sound)["corrections"].rows.values())[-1]
    assert list(line.values())[1:] == [
        *("facts", "rev23h1", "value", old, new, reason, "2027-01-31", wanted)
    ]
    newest = entries(sound)[0]
    assert (newest.version, newest.date, version.now) == (wanted, "2027-01-31", wanted)
    assert newest.digest
    assert f"`facts/rev23h1`: value. {reason}" in (sound / "CHANGELOG.md").read_text("utf-8")
    assert check(sound) == []
    was, now = (files["facts.csv"].splitlines() for files in (before, contents(sound)))
    assert sum(one != other for one, other in zip(was, now, strict=True)) == 1


def test_two_corrections_of_one_cell_follow_one_another(sound):
    for _ in range(2):
        value = another(cell(sound, "rev23h1"))
        assert correct(sound, "facts/rev23h1", ["value"], [value], "Again", DAY) == []
    assert check(sound) == []


def test_cells_that_hang_together_change_together(sound):
    new = [another(cell(sound, "rev22-ft"))] * 2
    assert correct(sound, "facts/rev22-ft", ["value", "high"], new, "Both", DAY) == []
    assert [row["column"] for row in list(tables(sound)["corrections"].rows.values())[-2:]] == [
        "value",
        "high",
    ]


def test_words_of_the_source_change_with_their_number(sound):
    new = another(cell(sound, "rev24"))
    [alone] = correct(sound, "facts/rev24", ["value"], [new], "Why", DAY)
    assert "expected a number of quoted" in str(alone)
    assert correct(sound, "facts/rev24", ["value", "quoted"], [new, ""], "Why", DAY) == []


@pytest.mark.parametrize(
    ("row", "column", "value", "reason", "said"),
    [
        ("facts/rev42", "value", "1", "Why", "no row 'rev42' in facts: did you mean rev24"),
        ("fact/rev24", "value", "1", "Why", "no table 'fact': ROW is table/id, of sources"),
        ("rev24", "value", "1", "Why", "no table 'rev24': ROW is table/id"),
        ("facts/ft25-total", "value", "13", "Why", "budget_reports/br-2025-01-ft-total holds it"),
        ("facts/tpp-910b", "value", "5", "Why", "chip_export_status/ascend-910b/tpp holds it"),
        ("facts/rev24", "vlaue", "1", "Why", "no column 'vlaue' in facts: did you mean value"),
        ("facts/rev24", "id", "x", "Why", "no column 'id' in facts"),
        ("", "value", "1", "Why", "ROW is missing"),
        ("facts/rev24", "", "1", "Why", "COLUMN is missing"),
        ("facts/rev24", "unit", "billion USD", "Why", "unit is 'billion USD' already"),
        ("facts/rev24", "value", "-1", " ", "a correction needs its reason"),
        ("facts/rev24", "value,low", "-1", "Why", "2 columns, but 1 value"),
        ("facts/rev22-ft", "high", "", "Why", 'equal to value and no low with "nearly", found v'),
        ("facts/rev22-ft", "high", "", "Why", ", high is empty"),
        ("facts/rev24", "source_ids", "nobody", "Why", "expected ids of sources.csv, found nobody"),
    ],
)
def test_what_cannot_be_corrected_is_said_and_nothing_is_written(
    sound, capsys, row, column, value, reason, said
):
    before = contents(sound)
    assert main(["--data", str(sound), "correct", "--", row, column, value, reason]) == 1
    assert contents(sound) == before
    told = capsys.readouterr().err
    assert said in told
    assert "nothing was written" in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_raises_its_part_of_the_version(sound, version, capsys, kind, monkeypatch):
    noon = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(noon.timestamp())))
    wanted = version.moved(KINDS.index(kind))
    before = version.now
    edit(sound, "facts.csv", "ft25-total", note="Another note")
    assert main(["--data", str(sound), "release", kind, "Something new"]) == 0
    assert version.now == entries(sound)[0].version == wanted
    assert entries(sound)[0].date == DAY.isoformat()
    assert capsys.readouterr().out.splitlines()[-1] == f"version {before} → {wanted}"
    assert check(sound) == []


def test_a_release_without_words_or_over_an_open_one_is_refused(sound, version):
    edit(sound, "facts.csv", "ft25-total", note="Another note")
    with pytest.raises(CorrectionError, match="a version needs its entry"):
        release(sound, "minor", "", DAY)
    with pytest.raises(CorrectionError, match="KIND is missing: expected one of major, minor"):
        release(sound, "", "More", DAY)
    version.enter(version.moved(1))
    with pytest.raises(CorrectionError, match="has an entry already"):
        release(sound, "minor", "More", DAY)


def test_a_release_of_nothing_is_refused(sound, version):
    with pytest.raises(CorrectionError, match=f"nothing changed since version {version.now}"):
        release(sound, "minor", "Nothing", DAY)


def test_new_rows_are_no_patch(sound):
    path = sound / "statements.csv"
    text = path.read_text("utf-8")
    row = text.splitlines()[1].partition(",")[2]
    path.write_text(f"{text}another-one,{row}\n", encoding="utf-8")
    before = contents(sound)
    patches = [
        release(sound, "patch", "A row", DAY),
        correct(sound, "facts/rev23h1", ["value"], [another(cell(sound, "rev23h1"))], "Why", DAY),
    ]
    for problems in patches:
        told = "; ".join(map(str, problems))
        assert re.search("new rows are a minor version, found .*statements/another-one", told)
    assert contents(sound) == before
    assert release(sound, "minor", "A row", DAY) == []


@pytest.mark.parametrize("days", [1, 2])
def test_an_entry_may_not_be_of_a_day_to_come(sound, days):
    day, value = DAY + timedelta(days), another(cell(sound, "rev23h1"))
    found = correct(sound, "facts/rev23h1", ["value"], [value], "Why", day)
    # East of here it is tomorrow.
    assert ["expected a day that has come" in str(problem) for problem in found] == [True] * (
        days - 1
    )


def test_a_correction_ends_in_a_line_that_says_what_it_did(sound, version, capsys):
    old, before = cell(sound, "rev22-ft"), version.now
    given = ["facts/rev22-ft", "value,high", f"{another(old)},{another(old)}", "Why"]
    assert main(["--data", str(sound), "correct", "--", *given]) == 0
    change = f"value {old} → {another(old)}, high {old} → {another(old)}"
    line = f"facts/rev22-ft: {change}; version {before} → {version.now}"
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_a_value_against_the_schema_is_refused(copy):
    assert refresh(copy) == []
    before = contents(copy)
    [problem] = correct(copy, "facts/rev24", ["value"], ["many"], "Why", DAY)
    assert "column value: expected a number (digits 0 to 9 and one point), found many" in str(
        problem
    )
    assert contents(copy) == before


def test_a_row_over_several_lines_is_found_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('id,note\na,"one\ntwo"\nb,"x, y"\n', encoding="utf-8")
    rewrite(path, "a", {"note": "new"})
    assert path.read_text("utf-8") == 'id,note\na,new\nb,"x, y"\n'


def test_make_hands_over_what_was_typed(tmp_path):
    """Dollar signs and quotes reach the command, which make and the shell would take as theirs."""
    say = tmp_path / "bin" / "python"
    say.parent.mkdir()
    say.write_text('#!/bin/sh\nshift 4\nfor one; do printf "%s\\n" "$one"; done\n')
    say.chmod(0o755)
    typed = {"ROW": "facts/x", "COLUMN": "value", "VALUE": "", "REASON": 'To $12, "it\'s"'}
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/installed-dev", "correct", f"BIN={say.parent}"]
        + [f"{name}={value}" for name, value in typed.items()],
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == list(typed.values())
