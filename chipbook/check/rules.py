"""Check the data package, and refresh what is computed from it.

``python -m chipbook.check.rules check`` names every fault with its file, row and column. Without an
argument (``make data``) it checks, then writes sizes and hashes into ``datapackage.json``, the
codebook into ``README.md``, and the digest of the data into ``CHANGELOG.md``. With any fault it
writes nothing. Data that changed after a version was stamped needs a new version.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pandas as pd

from chipbook.check.texts import texts_name_their_numbers
from chipbook.data import data_dir, digest, span, split
from chipbook.story.claims import RETELLINGS

LOWER = ("at least", "more than")
UPPER = ("less than", "nearly", "up to")
SILENT = ("declined to comment", "no response", "not asked")
DATES = ("period", "date", "published", "response_date", "later_evidence_date")
DATES += ("reviewed", "review_by", "allowed_from", "allowed_until")
WORDS_IN_A_QUOTATION = 10
BEGIN, END = "<!-- codebook: written by make data -->", "<!-- end of the codebook -->"

# Parts that must add up: table, column, parts, whole, and by how much they may miss it because
# the sources round. The whole of the first line is "more than 12", hence a full billion upwards.
SUMS = (
    ("facts", ("ft25-chips-china-usd", "ft25-overseas"), "ft25-total", (0, 1)),
    ("facts", ("zs25-compute", "zs25-idc"), "zs25-capex", (0, 0)),
    (
        "vendor_shares",
        (
            "nvidia-2025-idc-shipments",
            "amd-2025-idc-shipments",
            "chinese-vendors-2025-idc-shipments",
        ),
        "all-vendors-2025-idc-shipments",
        (-50_000, 50_000),
    ),
    (
        "vendor_shares",
        (
            "huawei-2025-idc-shipments",
            "alibaba-t-head-2025-idc-shipments",
            "kunlunxin-2025-idc-shipments",
            "cambricon-2025-idc-shipments",
            "other-chinese-vendors-2025-computed-shipments",
        ),
        "chinese-vendors-2025-idc-shipments",
        (0, 0),
    ),
    *(
        (
            "supplier_financials",
            tuple(f"cambricon-{year}-q{quarter}-{metric}" for quarter in (1, 2, 3, 4)),
            f"cambricon-{year}-{metric}",
            (-1, 1),
        )
        for year in (2024, 2025)
        for metric in ("revenue", "net-profit")
    ),
)
# Shares of one whole, in percent.
WHOLES = (
    (
        "vendor_shares",
        ("nvidia-2025-idc-share", "amd-2025-idc-share", "chinese-vendors-2025-idc-share"),
    ),
    (
        "vendor_shares",
        (
            "nvidia-2025-01-to-2025-06-idc-share",
            "chinese-vendors-2025-01-to-2025-06-idc-share",
            "other-foreign-2025-01-to-2025-06-computed-share",
        ),
    ),
)


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what was expected, what was found; ``row`` is a line number."""

    file: str
    row: int | None
    key: str
    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        where = self.file
        if self.row:
            where += f": row {self.row}" + (f" (id {self.key})" if self.key else "")
            where += f", column {self.column}" if self.column else ""
        return f"{where}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Table:
    """One resource as text: its name, how the file is called in messages, its rows by id.

    ``texts`` are its columns of free text: strings without a pattern or a list of values.
    """

    name: str
    file: str
    rows: dict[str, dict[str, str]]
    lines: dict[str, int]
    texts: tuple[str, ...] = ()

    def problem(self, key: str, column: str, expected: str, found: object = None) -> Problem:
        """A fault in one cell; ``found`` is the cell unless something else says it better."""
        cell = self.rows[key].get(column, "") if found is None else found
        return Problem(self.file, self.lines[key], key, column, expected, str(cell) or "nothing")

    def number(self, key: str, column: str) -> float | None:
        """A cell as a number; ``None`` where it is empty or the table has no such column."""
        cell = self.rows[key].get(column, "")
        return float(cell) if cell else None


def check(folder: Path) -> list[Problem]:
    """Every fault of the package in ``folder``: content first, then what a refresh would change.

    The list is empty where all is well. Nothing is written.
    """
    return check_content(folder) or check_fresh(folder)


def check_content(folder: Path) -> list[Problem]:
    """Faults of schema, then of meaning; sizes, hashes and version are left aside.

    Meaning is looked at only where the schema holds, because its checks rely on it.
    """
    if problems := list(_schema(folder)):
        return problems
    tables = _tables(folder)
    return [problem for rule in RULES for problem in rule(tables)]


def _descriptor(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def _tables(folder: Path) -> dict[str, Table]:
    tables = {}
    for entry in _descriptor(folder)["resources"]:
        rows, lines = {}, {}
        with (folder / entry["path"]).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                rows[row["id"]] = row
                lines[row["id"]] = reader.line_num
        name = entry["name"]
        texts = tuple(field["name"] for field in entry["schema"]["fields"] if _is_text(field))
        tables[name] = Table(name, f"{folder.name}/{entry['path']}", rows, lines, texts)
    return tables


def _is_text(field: dict[str, Any]) -> bool:
    closed = {"pattern", "enum"} & field.get("constraints", {}).keys()
    return field["type"] == "string" and not closed


def _schema(folder: Path) -> Iterator[Problem]:
    """What frictionless finds. It is needed to write data, not to read it, hence imported here."""
    import frictionless

    path = f"{folder.name}/datapackage.json"
    try:
        descriptor = _descriptor(folder)
    except (OSError, ValueError) as error:
        yield Problem(path, None, "", "", "a readable descriptor", str(error))
        return
    for entry in descriptor["resources"]:
        entry.pop("hash", None)
        entry.pop("bytes", None)
    described = {entry["path"] for entry in descriptor["resources"]}
    for name in sorted({file.name for file in folder.glob("*.csv")} - described):
        yield Problem(
            f"{folder.name}/{name}", None, "", "", "a resource in datapackage.json", "none"
        )
    try:
        package = frictionless.Package.from_descriptor(descriptor, basepath=str(folder))
    except frictionless.FrictionlessException as error:
        for reason in error.reasons or [error.error]:
            yield Problem(path, None, "", "", "a data package", reason.message)
        return
    report = package.validate()
    for error in report.errors:
        yield Problem(path, None, "", "", "a data package", error.message)
    for task in report.tasks:
        fields = {field.name: field for field in package.get_resource(task.name).schema.fields}
        ragged = {error.row_number for error in task.errors if error.type in RAGGED}
        told = set()
        for error in task.errors:
            number = getattr(error, "row_number", None)
            # A row with too few or too many cells is one fault, not one for each cell.
            if number in ragged and (error.type not in RAGGED or number in told):
                continue
            cells = [str(cell) for cell in getattr(error, "cells", None) or []]
            row = dict(zip(fields, cells, strict=False))
            column = getattr(error, "field_name", "") or getattr(error, "label", "")
            column = column or ", ".join(getattr(error, "field_names", None) or ())
            expected, found = _expected(error, fields.get(column)), row.get(column, "nothing")
            if number in ragged:
                told.add(number)
                column, expected, found = "", f"{len(fields)} cells", str(_filled(cells))
            file = f"{folder.name}/{task.place}"
            found = (found if row else error.note) or "nothing"
            yield Problem(file, number, row.get("id", ""), column, expected, found)


RAGGED = ("missing-cell", "extra-cell")


def _filled(cells: list[str]) -> int:
    """Cells up to the last that holds something: frictionless pads a short row with empty ones."""
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


def _expected(error: Any, field: Any) -> str:
    """What the schema wants, in words, from an error of frictionless and the field it is about."""
    note = error.note
    if match := re.fullmatch(r'constraint "(\w+)" is "(.*)"', note, re.DOTALL):
        rule, value = match.groups()
        if rule == "enum":
            return "one of " + ", ".join(field.constraints["enum"])
        if rule == "pattern":
            return f"text that fits its meaning: {field.description.rstrip('.')}"
        return {"required": "a value", "unique": "a value used once"}.get(rule, f"{rule} {value}")
    if match := re.fullmatch(r'type is "(\w+)/\w+"', note):
        return f"a {match[1]}"
    if error.type == "unique-error":
        return f"a value used once ({note})"
    if error.type == "foreign-key":
        return f"a key of the table it refers to ({note})"
    return f"no {error.type.replace('-', ' ')}"


def sources_resolve(tables: dict[str, Table]) -> Iterator[Problem]:
    """Each id in a list of sources is a source, once in the list; each source is used."""
    known, used = tables["sources"], set()
    for table in tables.values():
        for key, row in table.rows.items():
            ids = split(row.get("source_ids"))
            used.update(ids)
            for name in ids:
                if name not in known.rows:
                    yield table.problem(key, "source_ids", "ids of sources.csv", name)
            if len(ids) != len(set(ids)):
                yield table.problem(key, "source_ids", "each source once")
    for key in known.rows:
        if key not in used:
            yield known.problem(key, "id", "a source that some row uses", f"{key}, unused")


def statements_resolve(tables: dict[str, Table]) -> Iterator[Problem]:
    """Facts and pages that a statement of the article names exist, once in the list."""
    table = tables["article_statements"]
    for key, row in table.rows.items():
        for column, target in (("fact_ids", "facts"), ("same_in", "sources")):
            ids = split(row[column])
            for name in ids:
                if name not in tables[target].rows:
                    yield table.problem(key, column, f"ids of {target}.csv", name)
            if len(ids) != len(set(ids)):
                yield table.problem(key, column, "each id once")
        if bool(row["fragment"]) == (row["verdict"] == "left out"):
            expected = "words of the article, or none where it leaves something out"
            yield table.problem(key, "fragment", expected)


def disagreements_hold(tables: dict[str, Table]) -> Iterator[Problem]:
    """Each names two figures or more, once each, in units that can be set side by side.

    Figures that are all the same disagree only where the words for them do.
    """
    # Here, because it brings in every module that computes; the names of its numbers are enough.
    from chipbook import topics  # noqa: F401
    from chipbook.data.derived import REGISTRY

    table = tables["disagreements"]
    for key, row in table.rows.items():
        ids = split(row["row_ids"])
        figures = []
        for name in ids:
            resource, _, row_id = name.rpartition("/")
            figure = tables.get(resource or "facts")
            if figure is not None and "qualifier" in figure.rows.get(row_id, ()):
                figures.append(figure.rows[row_id])
            elif name not in REGISTRY:
                yield table.problem(key, "row_ids", "keys of figures, a fact or table/row", name)
        if len(ids) < 2:
            yield table.problem(key, "row_ids", "at least two figures")
        if len(ids) != len(set(ids)):
            yield table.problem(key, "row_ids", "each figure once")
        if len(units := {_side_by_side(figure["unit"]) for figure in figures}) > 1:
            expected = "figures in one unit, or all in money, or all in chips and their like"
            yield table.problem(key, "row_ids", expected, ", ".join(sorted(units)))
        columns = ("value", "unit", "low", "high", "qualifier", "period")
        said = {tuple(figure[column] for column in columns) for figure in figures}
        same = len(figures) == len(ids) > 1 and len(said) == 1
        if same and row["kind"] not in ("definition", "scope", "slip"):
            yield table.problem(key, "row_ids", "figures that differ, or a kind that is of words")


def _side_by_side(unit: str) -> str:
    """What a unit may stand beside: money whatever the currency, chips in whatever pieces."""
    scales = ("thousand", "million", "billion", "trillion")
    groups = dict.fromkeys(("USD", "CNY", "MYR"), "money")
    groups |= dict.fromkeys(("chips", "cards", "dies", "units"), "pieces")
    return " ".join(groups.get(word, word) for word in unit.split() if word not in scales)


def one_row_a_page(tables: dict[str, Table]) -> Iterator[Problem]:
    """No page has two rows, whatever its scheme, its "www." or its final slash."""
    seen: dict[str, str] = {}
    table = tables["sources"]
    for key, row in table.rows.items():
        page = re.sub(r"^https?://(www\.)?", "", row["url"]).rstrip("/").lower()
        if page in seen:
            yield table.problem(key, "url", f"a page without a row (it is {seen[page]})")
        seen.setdefault(page, key)


def dates_parse(tables: dict[str, Table]) -> Iterator[Problem]:
    """Dates and periods are real, with both ends of one precision and in order."""
    sound = {""}
    for table in tables.values():
        for key, row in table.rows.items():
            for column in DATES:
                cell = row.get(column, "")
                if cell in sound:
                    continue
                try:
                    span(cell)
                    sound.add(cell)
                except ValueError as error:
                    expected = "an ISO 8601 date or period, both ends of one precision, in order"
                    yield table.problem(key, column, expected, f"{cell} ({error})")


def ranges_hold(tables: dict[str, Table]) -> Iterator[Problem]:
    """low ≤ value ≤ high; a one-sided qualifier states its bound, the others a point or a range."""
    for table in tables.values():
        for key, row in table.rows.items():
            if "low" not in row:
                continue
            point = "amount" if "amount" in row else "value"
            value, low, high = (table.number(key, column) for column in (point, "low", "high"))
            qualifier = row["qualifier"]
            ordered = [number for number in (low, value, high) if number is not None]
            if ordered != sorted(ordered):
                yield table.problem(key, point, "low ≤ value ≤ high", f"{low}, {value}, {high}")
            if not qualifier:
                if ordered:
                    yield table.problem(key, "qualifier", "a qualifier beside a figure")
            elif not ordered:
                yield table.problem(key, point, "a point or a range beside a qualifier")
            elif qualifier in LOWER and (low is None or low != value or high is not None):
                expected = f'low equal to {point} and no high with "{qualifier}"'
                yield table.problem(key, "low", expected, f"{low}, {value}, {high}")
            elif qualifier in UPPER and (high is None or high != value or low is not None):
                expected = f'high equal to {point} and no low with "{qualifier}"'
                yield table.problem(key, "high", expected, f"{low}, {value}, {high}")
            elif qualifier in ("exact", "about") and (
                (low is None) != (high is None) or (value is None and low is None)
            ):
                yield table.problem(key, "low", "both ends of a range, or a point alone")


def percents_are_sensible(tables: dict[str, Table]) -> Iterator[Problem]:
    """A share lies between 0 and 100 percent; nothing shrinks by more than all of it."""
    for table in tables.values():
        for key, row in table.rows.items():
            if row.get("unit") != "percent":
                continue
            metric = row.get("metric", "share")
            is_share = bool(re.search(r"\bshare\b(?! price)", metric))
            for column in ("value", "low", "high"):
                number = table.number(key, column)
                if number is None:
                    continue
                if is_share and not 0 <= number <= 100:
                    yield table.problem(key, column, "a share from 0 to 100 percent")
                elif number < -100:
                    yield table.problem(key, column, "a change above -100 percent")


def parts_add_up(tables: dict[str, Table]) -> Iterator[Problem]:
    """Sums, wholes and quotients that the rows themselves state."""
    for name, parts, whole, (below, above) in SUMS:
        table = tables[name]
        total = sum(table.number(part, "value") or 0 for part in parts)
        value = table.number(whole, "value") or 0
        # Sums of decimal amounts miss by a rounding error of the machine, never by a thousandth.
        if not below - 1e-3 <= total - value <= above + 1e-3:
            expected = f"a value that its parts ({', '.join(parts)}) add up to, {total:g}"
            yield table.problem(whole, "value", expected)
    for name, parts in WHOLES:
        table = tables[name]
        total = sum(table.number(part, "value") or 0 for part in parts)
        if abs(total - 100) > 1:
            expected = f"shares that add up to 100 percent with {', '.join(parts[1:])}"
            yield table.problem(parts[0], "value", expected, f"{total:g}")
    table = tables["doubao_shares"]
    for key in table.rows:
        top, bottom = (table.number(key, f"{n}ator_value") for n in ("numer", "denomin"))
        share = 100 * top / bottom
        if abs(share - (table.number(key, "value") or 0)) > 0.06:
            yield table.problem(key, "value", f"numerator over denominator, {share:.1f}")


def computed_rows_show_how(tables: dict[str, Table]) -> Iterator[Problem]:
    """A computed row gives its formula; a fact is never computed, for that there are functions."""
    for table in tables.values():
        for key, row in table.rows.items():
            if row.get("status") != "computed":
                continue
            if table.name == "facts":
                yield table.problem(
                    key, "status", "a row that somebody says; compute in derived.py"
                )
            if not row.get("note"):
                yield table.problem(key, "note", "the formula of a computed row")


def answers_are_coded_once(tables: dict[str, Table]) -> Iterator[Problem]:
    """A row from a report that was answered says what the answer is about; others say nothing."""
    reports = tables["press_reports"]
    for table in tables.values():
        for key, row in table.rows.items():
            if "reply_scope" not in row:
                continue
            report = reports.rows.get(row["report_id"])
            answered = report is not None and report["response_type"] not in SILENT
            if answered and not row["reply_scope"]:
                expected = f'a scope, because the answer is "{report["response_type"]}"'
                yield table.problem(key, "reply_scope", expected)
            if row["reply_scope"] and not answered:
                yield table.problem(key, "reply_scope", "nothing, because no answer is coded")
    for key, row in reports.rows.items():
        if row["response_type"] == "not asked" and (
            row["response_date"] or row["response_fragment"]
        ):
            yield reports.problem(key, "response_type", "an answer, because it has a date or words")
        for column in ("later_evidence", "later_basis"):
            if row["later_status"] != "unresolved" and not row[column]:
                yield reports.problem(key, column, f'what makes it "{row["later_status"]}"')
    table = tables["second_coding"]
    for key, row in table.rows.items():
        for column in ("response_type", "later_status", "sourcing"):
            decided = reports.rows[row["report_id"]][column]
            if row[f"{column}_1"] != decided:
                yield table.problem(key, f"{column}_1", f'"{decided}" as in press_reports')


def quotations_are_short(tables: dict[str, Table]) -> Iterator[Problem]:
    """A quoted fragment has at most ten words."""
    for name, column in (
        ("press_reports", "response_fragment"),
        ("replies", "fragment"),
        ("article_statements", "fragment"),
        ("claims", "fragment"),
    ):
        table = tables[name]
        for key, row in table.rows.items():
            if len(row[column].split()) > WORDS_IN_A_QUOTATION:
                yield table.problem(key, column, f"at most {WORDS_IN_A_QUOTATION} words")


def statements_have_claims(tables: dict[str, Table]) -> Iterator[Problem]:
    """What the article says is a claim of kind article, each statement once; what it omits none."""
    table, statements = tables["claims"], tables["article_statements"]
    told: dict[str, str] = {}
    for key, row in table.rows.items():
        statement = row["statement_id"]
        if bool(statement) != (row["kind"] == "article"):
            yield table.problem(key, "statement_id", "a statement for kind article, and no other")
        elif statement in told:
            expected = f"a statement without a claim (it has {told[statement]})"
            yield table.problem(key, "statement_id", expected)
        elif statement:
            told[statement] = key
    for key, row in statements.rows.items():
        if (key in told) != (row["verdict"] != "left out"):
            expected = "a claim for what the article says, and none for what it leaves out"
            yield statements.problem(key, "id", expected, told.get(key, "none"))


def relations_hold(tables: dict[str, Table]) -> Iterator[Problem]:
    """A relation joins two claims once, when both were said; only an answer denies."""
    table, claims = tables["relations"], tables["claims"].rows
    seen: dict[tuple[str, str, str], str] = {}
    for key, row in table.rows.items():
        one, relation, other = (row[name] for name in ("claim_id", "relation", "other_id"))
        if one == other:
            yield table.problem(key, "other_id", "another claim than claim_id")
        if (one, relation, other) in seen:
            expected = f"a relation without a row (it is {seen[one, relation, other]})"
            yield table.problem(key, "relation", expected)
        seen.setdefault((one, relation, other), key)
        days = [_days(cell) for cell in (row["date"], claims[one]["date"], claims[other]["date"])]
        if None not in days:
            (_, held), (said, last), (before, _) = days
            if held < max(said, before):
                yield table.problem(key, "date", "a day on which both claims were said")
            if relation in RETELLINGS and last < before:
                expected = f"a claim no younger than {one} ({claims[one]['date']})"
                yield table.problem(key, "other_id", expected, f"{other} ({claims[other]['date']})")
        if relation == "denies" and claims[one]["kind"] != "answer":
            yield table.problem(key, "claim_id", "a claim of kind answer, which alone denies")
    speaking = {one for one, _, _ in seen}
    for key, row in claims.items():
        if row["kind"] == "answer" and key not in speaking:
            expected = "an answer to at least one claim of relations.csv"
            yield tables["claims"].problem(key, "kind", expected, "none")


def _days(cell: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    try:
        return span(cell)
    except ValueError:
        # Told by dates_parse.
        return None


def relations_are_acyclic(tables: dict[str, Table]) -> Iterator[Problem]:
    """No claim retells, supersedes or corrects itself, however long the way round."""
    table = tables["relations"]
    for names in (RETELLINGS, ("supersedes",), ("corrects",)):
        graph, rows = defaultdict(set), {}
        for key, row in table.rows.items():
            # A claim beside itself is told by relations_hold.
            if row["relation"] in names and row["claim_id"] != row["other_id"]:
                graph[row["claim_id"]].add(row["other_id"])
                rows[row["claim_id"], row["other_id"]] = key
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            cycle = error.args[1][::-1]
            key = rows[cycle[0], cycle[1]]
            expected = f"no circle of {' and '.join(names)}"
            yield table.problem(key, "relation", expected, " → ".join(cycle))


def facts_are_reviewed(tables: dict[str, Table]) -> Iterator[Problem]:
    """The next review of a fact comes after the last."""
    table = tables["facts"]
    for key, row in table.rows.items():
        if row["review_by"] <= row["reviewed"]:
            yield table.problem(key, "review_by", f"a day after {row['reviewed']}")


def corrections_are_in_place(tables: dict[str, Table]) -> Iterator[Problem]:
    """No correction has expired: it changed something, and its row holds what came of it.

    The last correction of a cell is what the cell holds, and the ones before it lead up to it.
    """
    log = tables["corrections"]
    chains: dict[tuple[str, str, str], list[str]] = {}
    for key, row in log.rows.items():
        cell = (row["resource"], row["row_id"], row["column"])
        if row["old"] == row["new"]:
            yield log.problem(key, "new", f"another value than {row['old']!r}", "the same")
        for before in chains.get(cell, [])[-1:]:
            if log.rows[before]["new"] != row["old"]:
                yield log.problem(key, "old", f"what {before} left, {log.rows[before]['new']!r}")
        chains.setdefault(cell, []).append(key)
    for (name, row_id, column), keys in chains.items():
        key = keys[-1]
        if name not in tables:
            yield log.problem(key, "resource", "a resource of the package")
        elif row_id not in tables[name].rows:
            yield log.problem(key, "row_id", f"a row of {name}")
        elif column not in tables[name].rows[row_id]:
            yield log.problem(key, "column", f"a column of {name}")
        elif tables[name].rows[row_id][column] != log.rows[key]["new"]:
            table = tables[name]
            found = f"{table.rows[row_id][column]!r} in {table.file}, row {table.lines[row_id]}"
            yield log.problem(key, "new", repr(log.rows[key]["new"]), found)


RULES = (
    sources_resolve,
    statements_resolve,
    disagreements_hold,
    one_row_a_page,
    dates_parse,
    ranges_hold,
    percents_are_sensible,
    parts_add_up,
    computed_rows_show_how,
    answers_are_coded_once,
    quotations_are_short,
    texts_name_their_numbers,
    statements_have_claims,
    relations_hold,
    relations_are_acyclic,
    facts_are_reviewed,
    corrections_are_in_place,
)


def check_fresh(folder: Path) -> list[Problem]:
    """What a refresh would change or refuse, for a package whose content holds."""
    wanted, problems = _refreshed(folder)
    for path, text in wanted.items():
        if path.read_text(encoding="utf-8") != text:
            file = f"{folder.name}/{path.name}"
            expected = "sizes, hashes, codebook and digest of the data as they are (make data)"
            problems.append(Problem(file, None, "", "", expected, "those of other data"))
    return problems


def refresh(folder: Path) -> list[Problem]:
    """Write what is computed from the data, or nothing and the faults that stand in the way."""
    if problems := check_content(folder):
        return problems
    wanted, problems = _refreshed(folder)
    if problems:
        return problems
    # All the texts are on disk before the first takes its place, so that a full disk or a crash
    # while writing leaves the package as it was.
    ready = []
    try:
        for path, text in wanted.items():
            handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
            ready.append((Path(name), path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(name, path.stat().st_mode)
        for temporary, path in ready:
            os.replace(temporary, path)
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)
    return []


def _refreshed(folder: Path) -> tuple[dict[Path, str], list[Problem]]:
    """The three files as they should be, and the faults of version and changelog."""
    descriptor = _descriptor(folder)
    changed = []
    for entry in sorted(descriptor["resources"], key=lambda entry: entry["name"]):
        content = (folder / entry["path"]).read_bytes()
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if found != entry.get("hash"):
            changed.append(entry["path"])
        entry["bytes"], entry["hash"] = len(content), found
    stamp = digest(descriptor["resources"])

    log_path, readme_path = folder / "CHANGELOG.md", folder / "README.md"
    log, readme = (path.read_text(encoding="utf-8") for path in (log_path, readme_path))
    problems = []

    def fault(path: Path, expected: str, found: str) -> None:
        problems.append(Problem(f"{folder.name}/{path.name}", None, "", "", expected, found))

    version = descriptor["version"]
    entries = re.findall(
        r"^## (\d+\.\d+\.\d+)\b.*\n(?:\nDigest of the data: `(sha256:[0-9a-f]{64})`\n)?", log, re.M
    )
    if not entries or entries[0][0] != version:
        top = entries[0][0] if entries else "no entry"
        fault(log_path, f"an entry for version {version} on top (## {version})", top)
    elif entries[0][1] not in ("", stamp):
        what = ", ".join(changed) or "the list of resources"
        fault(
            folder / "datapackage.json",
            f"a version above {version}, with its entry on top of CHANGELOG.md, for changed data",
            f"{version}, and changes in {what}",
        )
    elif len(entries) > 1 and _semantic(entries[1][0]) >= _semantic(version):
        fault(log_path, f"a version above {entries[1][0]} on top", version)
    elif not entries[0][1]:
        line = f"\nDigest of the data: `{stamp}`\n"
        log = re.sub(r"^(## .*\n)", lambda match: match[1] + line, log, count=1, flags=re.M)
    corrections = _tables(folder)["corrections"]
    for key, row in corrections.rows.items():
        if row["version"] not in dict(entries):
            problems.append(corrections.problem(key, "version", "a version of CHANGELOG.md"))
    if BEGIN not in readme or END not in readme:
        fault(readme_path, f"the lines {BEGIN!r} and {END!r}", "a file without one of them")
    else:
        before, _, rest = readme.partition(BEGIN)
        codebook = "\n".join(_codebook(folder, descriptor))
        readme = f"{before}{BEGIN}\n\n{codebook}\n{END}{rest.partition(END)[2]}"
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    return {folder / "datapackage.json": text, readme_path: readme, log_path: log}, problems


def _semantic(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _codebook(folder: Path, descriptor: dict[str, Any]) -> Iterator[str]:
    tables = _tables(folder)
    targets = defaultdict(dict)
    for entry in descriptor["resources"]:
        for key in entry["schema"].get("foreignKeys", ()):
            targets[entry["name"]][key["fields"][0]] = key["reference"]["resource"]
    for entry in descriptor["resources"]:
        name = entry["name"]
        yield f"### {name}"
        yield ""
        yield f"{entry['description']} File: `{entry['path']}`, {len(tables[name].rows)} rows."
        yield ""
        yield "| Column | Type | Needed | Meaning |"
        yield "| --- | --- | --- | --- |"
        for field in entry["schema"]["fields"]:
            rules = field.get("constraints", {})
            meaning = field["description"]
            if field["name"] in targets[name]:
                meaning += f" Key of `{targets[name][field['name']]}`."
            if enum := rules.get("enum"):
                meaning += f" One of: {', '.join(enum)}."
            needed = "yes" if rules.get("required") else ""
            yield f"| `{field['name']}` | {field['type']} | {needed} | {_cell(meaning)} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: Iterable[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="chipbook.check", description=__doc__.split("\n")[0]
    )
    parser.add_argument("command", nargs="?", choices=("refresh", "check"), default="refresh")
    parser.add_argument("--data", type=Path, default=None, help="folder with datapackage.json")
    options = parser.parse_args(None if arguments is None else list(arguments))
    folder = (options.data or data_dir()).resolve()
    problems = {"check": check, "refresh": refresh}[options.command](folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        written = "" if options.command == "check" else "; nothing was written"
        print(f"{len(problems)} fault{'s' * (len(problems) > 1)}{written}", file=sys.stderr)
        return 1
    print(f"{folder.name}: in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
