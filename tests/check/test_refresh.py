"""What is computed from the data is written all or not at all, and a change needs a version."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from reading import another, cell, edit

from chipbook.check import released
from chipbook.check.__main__ import main
from chipbook.check.refresh import Entry, check, entries, refresh
from chipbook.check.schema import tables
from chipbook.check.texts import NAMES, own_words
from chipbook.data import DataError
from chipbook.data.braces import keys


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def correct(folder: Path, key: str, column: str, new: str, version: str, was: str = "") -> int:
    """Change a cell of facts and log it by hand; returns the line of the row."""
    old = was or tables(folder)["facts"].rows[key][column]
    with (folder / "corrections.csv").open("a", encoding="utf-8", newline="") as file:
        cells = [f"c-9-{key}", "facts", key, column, old, new, "Why", "2027-01-31", version]
        csv.writer(file, lineterminator="\n").writerow(cells)
    return edit(folder, "facts.csv", key, **{column: new})


def test_a_refresh_of_fresh_data_changes_nothing(sound):
    before = contents(sound)
    assert refresh(sound) == []
    assert contents(sound) == before


def test_a_refresh_of_faulty_data_writes_nothing(sound, version, capsys):
    edit(sound, "facts.csv", "ft25-total", low="13")
    version.enter(version.moved(2))
    before = contents(sound)
    assert main(["--data", str(sound), "refresh"]) == 1
    assert contents(sound) == before
    assert "nothing was written" in capsys.readouterr().err


def test_changed_data_needs_a_version_and_a_line_in_the_log(sound, version):
    line = edit(sound, "facts.csv", "ft25-total", basis="order")
    assert [str(problem) for problem in check(sound)] == [
        f"data/datapackage.json: expected a version above {version.now}, with its entry on top of "
        f"CHANGELOG.md, found {version.now}, and changes in facts.csv",
        f"data/facts.csv: row {line} (id ft25-total), column basis: expected what version "
        f"{version.now} has, or a line in corrections.csv (make correct), found order",
    ]
    before = contents(sound)
    assert refresh(sound)
    assert contents(sound) == before


def test_a_text_in_our_words_may_be_worded_better_without_a_line(sound, version):
    edit(sound, "facts.csv", "ft25-total", note="Another note")
    [problem] = check(sound)
    assert f"a version above {version.now}" in str(problem)


@pytest.mark.parametrize(
    ("table", "row", "cells"),
    [
        ("facts", "ft25-total", {"entity": "Alibaba"}),
        ("facts", "ft25-total", {"attributed_to": ""}),
        ("app_users", "kimi-2025-01-aicpb-app-mau", {"app": "Doubao"}),
        ("claims", "ft25-plan", {"speaker": "Reuters"}),
    ],
)
def test_whose_number_it_is_is_no_wording(sound, version, table, row, cells):
    edit(sound, f"{table}.csv", row, **cells)
    version.enter(version.moved(2))
    assert f"column {next(iter(cells))}: expected what version" in str(*released.faults(sound))


def test_another_cell_in_any_column_needs_a_line_but_for_our_words(sound):
    changed = set()
    for name, table in tables(sound).items():
        ours = {*own_words(table)} - {*NAMES}
        # Lines of the log are no cells that a line of the log could excuse.
        bound = [c for c in table.columns if c not in ours | {"id"} and name != "corrections"]
        # What a row refers to fills its cells, and another rule keeps them empty.
        whole = [key for key, row in table.rows.items() if not row.get("row")]
        for key, column in zip(cycle(whole), bound, strict=False):
            edit(sound, f"{name}.csv", key, **{column: f"{table.rows[key][column]}0x"})
            changed.add((name, key, column))
    found = {(Path(f.file).stem, f.key, f.column) for f in released.faults(sound)}
    assert found == changed


def test_another_number_in_a_text_needs_a_line(sound, version):
    note = tables(sound)["facts"].rows["fx-pboc-2025-01-15"]["note"]
    edit(sound, "facts.csv", "fx-pboc-2025-01-15", note=note.replace("{", "So: {", 1))
    version.enter(version.moved(2))
    assert released.faults(sound) == []
    edit(sound, "facts.csv", "fx-pboc-2025-01-15", note=note.replace(keys(note)[0], "rev24"))
    assert "column note: expected what version" in str(*released.faults(sound))


def test_a_version_without_an_entry_is_refused(sound, version):
    version.set(version.moved(2))
    assert [f"## {version.now}" in str(problem) for problem in refresh(sound)] == [True]


def test_a_version_below_the_last_is_refused(sound, version):
    last = version.now
    version.enter("0.9.0")
    assert f"a version above {last} on top" in str(refresh(sound)[0])


def test_a_new_version_is_stamped_with_hash_date_digest_and_cells(sound, version):
    (sound.parent / "CITATION.cff").write_text('version: 0.0.1\ndate-released: "2000-01-01"\n')
    correct(sound, "ft25-total", "note", "Another note", version.moved(2))
    version.enter(version.moved(2))
    before = contents(sound)
    assert refresh(sound) == []
    after = contents(sound)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"datapackage.json", "CHANGELOG.md", "README.md", "released.json"}
    assert set(after) == set(before)
    assert json.loads(after["datapackage.json"])["created"] == "2027-01-31T00:00:00Z"
    cited = (sound.parent / "CITATION.cff").read_text("utf-8")
    assert cited == f'version: {version.now}\ndate-released: "2027-01-31"\n'
    assert check(sound) == []


def test_a_new_row_reaches_the_codebook(sound, version):
    path = sound / "statements.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1].replace("rt25-", "xx25-") + "\n", encoding="utf-8")
    version.enter(version.moved(1))
    assert refresh(sound) == []
    rows = len(text.splitlines())
    assert f"`statements.csv`, {rows} rows" in (sound / "README.md").read_text(encoding="utf-8")


def test_nothing_is_replaced_when_a_text_cannot_be_written(sound, version, monkeypatch, capsys):
    version.enter(version.moved(2))
    before = contents(sound)
    calls = iter([None, None])

    def full(*_arguments, **_options):
        if next(calls, "full") == "full":
            raise OSError("no space left")

    monkeypatch.setattr("os.chmod", full)
    assert main(["--data", str(sound), "refresh"]) == 1
    assert capsys.readouterr().err == "no space left; nothing was written\n"
    assert contents(sound) == before


# --- The released cells


def uncorrected(folder: Path) -> str:
    """A fact with a plain value that no line of the log is about."""
    logged = {line["row_id"] for line in tables(folder)["corrections"]}
    return next(
        key
        for key, row in tables(folder)["facts"].rows.items()
        if key.startswith("rev") and row["value"] and row["qualifier"] in ("exact", "about")
        if not row["low"] and key not in logged
    )


def told(folder: Path) -> list[str]:
    return [str(problem) for problem in refresh(folder)]


def test_a_changed_cell_without_a_line_in_the_log_is_refused(sound, version):
    """Also under a new version, which without the log would seem to change no number."""
    before = version.now
    key = uncorrected(sound)
    new = another(cell(sound, key))
    line = edit(sound, "facts.csv", key, value=new)
    version.enter(version.moved(2))
    assert told(sound) == [
        f"data/facts.csv: row {line} (id {key}), column value: expected what version {before} "
        f"has, or a line in corrections.csv (make correct), found {new}"
    ]


def test_another_way_to_write_a_number_is_no_change(sound, version):
    key = uncorrected(sound)
    edit(sound, "facts.csv", key, value=f"0{cell(sound, key)}")
    version.enter(version.moved(2))
    assert refresh(sound) == []


def test_a_line_whose_old_value_was_not_released_is_refused(sound, version):
    key = uncorrected(sound)
    new = another(cell(sound, key))
    correct(sound, key, "value", another(new), version.moved(2), was=new)
    version.enter(version.moved(2))
    assert len(told(sound)) == 1
    assert "expected a line in corrections.csv whose old value is what" in told(sound)[0]


def test_a_line_of_an_older_version_excuses_nothing(sound, version):
    correct(sound, "rev24", "value", another(cell(sound, "rev24")), version.now)
    version.enter(version.moved(2))
    assert "column value" in told(sound)[0]


def test_a_line_of_the_log_may_not_change_either(sound, version):
    edit(sound, "corrections.csv", "c-004", reason="Another reason")
    version.enter(version.moved(2))
    assert "(id c-004), column reason" in told(sound)[0]


def take_out(folder: Path, name: str) -> None:
    """Take out the last row of a table, and the lines about it."""
    path = folder / f"{name}.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")


def test_a_row_that_is_gone_needs_a_line_too(sound, version):
    key = list(tables(sound)["second_coding"].rows)[-1]
    take_out(sound, "second_coding")
    version.enter(version.moved(1))
    assert [f"the row {key} of version" in fault for fault in told(sound)] == [True]
    with (sound / "corrections.csv").open("a", encoding="utf-8") as file:
        file.write(f"c-999,second_coding,{key},id,{key},,Twice,2027-01-31,{version.now}\n")
    assert refresh(sound) == []


def drop_column(folder: Path, name: str, column: str) -> None:
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: v for k, v in row.items() if k != column} for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    path = folder / "datapackage.json"
    described = json.loads(path.read_text("utf-8"))
    for entry in described["resources"]:
        if entry["name"] == name:
            fields = entry["schema"]["fields"]
            entry["schema"]["fields"] = [field for field in fields if field["name"] != column]
    path.write_text(json.dumps(described, indent=2, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize(("part", "refused"), [(1, True), (0, False)])
def test_a_column_goes_with_a_major_version_alone(sound, version, part, refused):
    drop_column(sound, "settling_evidence", "moves")
    version.enter(version.moved(part))
    found = told(sound)
    assert bool(found) == refused
    assert all("the column moves of settling_evidence" in fault for fault in found)


def rewrite(folder: Path, old: str, new: str, file: str = "CHANGELOG.md") -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def without_entry(folder: Path, place: int) -> None:
    text = (folder / "CHANGELOG.md").read_text("utf-8")
    head, *parts = text.split("\n## ")
    del parts[place]
    (folder / "CHANGELOG.md").write_text("\n## ".join([head, *parts]), encoding="utf-8")


def unstamp(folder: Path, entry: Entry) -> None:
    """Let other data carry the newest version."""
    rewrite(
        folder, f"\nDigest of the data: `{entry.digest}`\n\nDigest of the log: `{entry.log}`\n", ""
    )


@pytest.mark.parametrize(
    ("forge", "told_of"),
    [
        (lambda folder, found: rewrite(folder, found[1].digest, found[2].digest), 1),
        (lambda folder, found: rewrite(folder, found[0].digest, found[1].digest), 0),
        (lambda folder, found: rewrite(folder, found[2].log, found[1].log), 1),
        (lambda folder, found: rewrite(folder, f"\nDigest of the log: `{found[1].log}`\n", ""), 1),
        (lambda folder, found: rewrite(folder, found[2].body, "\nAnother text.\n\n"), 2),
        (lambda folder, found: rewrite(folder, f"({found[2].date})", "(2020-01-01)"), 0),
        (lambda folder, found: without_entry(folder, 1), 0),
        (lambda folder, found: unstamp(folder, found[0]), 0),
    ],
    ids=["digest", "newest digest", "log", "no log", "text", "day", "entry", "not stamped"],
)
def test_an_entry_of_a_released_version_may_not_change(sound, monkeypatch, forge, told_of):
    monkeypatch.setattr("chipbook.check.refresh.faults_of_meaning", lambda tables: [])
    found = entries(sound)
    forge(sound, found)
    if told_of == 0:
        assert any("data/CHANGELOG.md: expected" in fault for fault in told(sound)), told(sound)
    else:
        named = f"the entry {found[told_of].version} and those below as they were released"
        assert any(named in fault for fault in told(sound)), told(sound)


def test_a_whole_log_that_is_written_anew_is_not_the_released_one(sound, monkeypatch):
    monkeypatch.setattr("chipbook.check.refresh.faults_of_meaning", lambda tables: [])
    found, before = entries(sound), ""
    path = sound / "CHANGELOG.md"
    text = path.read_text("utf-8").replace(found[-1].body, "\nAnother beginning.\n")
    for entry in reversed(found):
        body = "\nAnother beginning.\n" if entry is found[-1] else entry.body
        before = replace(entry, body=body).covering(before, entry.digest)
        text = text.replace(entry.log, before)
    path.write_text(text, encoding="utf-8")
    [fault] = told(sound)
    assert f"the digest of the log with which version {found[0].version} was released" in fault


def test_a_log_of_corrections_that_lost_its_lines_is_refused(sound, version):
    path = sound / "corrections.csv"
    path.write_text(
        "".join(path.read_text("utf-8").splitlines(keepends=True)[:-3]), encoding="utf-8"
    )
    version.enter(version.moved(2))
    assert [
        "data/corrections.csv: expected the row c-" in str(fault) and "and 2 more" in str(fault)
        for fault in released.faults(sound)
    ] == [True]


@pytest.mark.parametrize(("place", "part"), [(1, 2), (-1, None)], ids=["in between", "back-dated"])
def test_a_line_that_is_added_where_the_log_has_ended_is_refused(sound, version, place, part):
    line = (
        f'c-999,facts,rev24,note,x,"",Why,2026-11-26,{version.moved(part) if part else version.now}'
    )
    path = sound / "corrections.csv"
    lines = path.read_text("utf-8").splitlines()
    lines.insert(place if place > 0 else len(lines), line)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    version.enter(version.moved(2))
    last = released.faults(sound)[-1]
    assert "(id c-999), column version: expected below the log of" in str(last)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("value", {"type": "string"}),
        ("value_usd_bn", {"unit": "million USD"}),
        ("source_ids", {"constraints": {}}),
    ],
    ids=["type", "unit", "needed"],
)
def test_what_a_column_means_changes_with_a_major_version_alone(sound, version, column, parts):
    path = sound / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    [table] = [entry for entry in package["resources"] if entry["name"] == "budget_reports"]
    [field] = [field for field in table["schema"]["fields"] if field["name"] == column]
    field |= parts
    path.write_text(json.dumps(package, indent=2), encoding="utf-8")
    version.enter(version.moved(1))
    [fault] = released.faults(sound)
    assert f"the column {column} of budget_reports as it was, or a new major version" in str(fault)
    version.set(version.moved(0))
    assert released.faults(sound) == []


def test_a_file_that_was_cut_is_blamed_for_what_hangs_on_it(copy):
    path = copy / "app_users.csv"
    path.write_text(
        "".join(path.read_text("utf-8").splitlines(keepends=True)[:-20]), encoding="utf-8"
    )
    first = str(check(copy)[0])
    assert first.startswith("data/app_users.csv: expected the row ")
    assert first.endswith(
        "and 19 more, or for each a line in corrections.csv that takes it out, "
        "found none: was the file cut?"
    )


def test_a_package_without_its_released_cells_is_refused(sound):
    for content in ("", "{"):
        (sound / released.FILE).write_text(content)
        with pytest.raises(DataError, match=r"released\.json: expected the cells of the last"):
            refresh(sound)


def test_a_number_that_moved_to_another_row_is_no_change(sound, version, monkeypatch):
    """What the row holds once it is loaded counts, and a wrong move is still told."""
    resolved, was = released.resolved_tables, cell(sound, "rev24")
    edit(sound, "facts.csv", "rev24", value="")
    version.enter(version.moved(1))
    for filled, told_of in ((was, 0), (another(was), 1)):

        def whole(written, filled=filled):
            found = resolved(written)
            found["facts"].rows["rev24"]["value"] = filled
            return found

        monkeypatch.setattr(released, "resolved_tables", whole)
        assert len(released.faults(sound)) == told_of
