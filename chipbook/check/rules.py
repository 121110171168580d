"""What the rows of the data package mean, and what must hold between them.

A rule takes every table and yields a fault for each cell that breaks it. It may rely on the schema,
which is checked first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pandas as pd

from chipbook.check.references import figures_are_known, figures_are_whole
from chipbook.check.schema import Problem, Table
from chipbook.check.texts import texts_name_their_numbers
from chipbook.data import span, split
from chipbook.data.derived import MODELS, nodes, tree
from chipbook.data.words import DATES, LOWER, SILENCE, UPPER
from chipbook.story.claims import RETELLINGS

WORDS_IN_A_QUOTATION = 10

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
    table = tables["disagreements"]
    for key, row in table.rows.items():
        ids = split(row["row_ids"])
        figures = []
        for name in ids:
            resource, _, row_id = name.rpartition("/")
            figure = tables.get(resource or "facts")
            if figure is not None and "qualifier" in figure.rows.get(row_id, ()):
                figures.append(figure.rows[row_id])
            elif name not in tables["derived"].rows:
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
    table = tables["budget_reports"]
    for key, row in table.rows.items():
        if row["unit"] == "billion USD" and row["value_usd_bn"] != row["value"]:
            yield table.problem(key, "value_usd_bn", f"the value, {row['value']}")
    table = tables["doubao_shares"]
    for key in table.rows:
        cells = ("numerator_value", "denominator_value", "value")
        top, bottom, value = (table.number(key, column) or 0 for column in cells)
        share = 100 * top / bottom if bottom else 0
        if abs(share - value) > 0.06:
            yield table.problem(key, "value", f"numerator over denominator, {share:.1f}")


def formulas_hold(tables: dict[str, Table]) -> Iterator[Problem]:
    """A derived number has a formula of known keys, tables, columns and words, or a model.

    A word that no row has would count nothing and never say so.
    """
    derived = tables["derived"]
    made_of = {}
    for key, row in derived.rows.items():
        if key in tables["facts"].rows:
            yield derived.problem(key, "id", "a key that no row of facts.csv has")
        if not row["formula"]:
            if key not in MODELS:
                yield derived.problem(key, "formula", "a formula, or a model in the code")
            continue
        try:
            parts = list(nodes(tree(row["formula"])))
        except ValueError as error:
            yield derived.problem(key, "formula", "a formula", error)
            continue
        made_of[key] = [part["key"] for part in parts if isinstance(part, dict) and "key" in part]
        for name in made_of[key]:
            if not (_is_figure(name, tables) or name in derived.rows):
                yield derived.problem(key, "formula", "keys of numbers", name)
        for part in parts:
            if isinstance(part, dict) and "table" in part:
                for found in _unknown_words(part, tables):
                    yield derived.problem(key, "formula", "tables, columns and words in use", found)
    try:
        TopologicalSorter(made_of).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield derived.problem(circle[0], "formula", "no number made from itself", circle)


def _unknown_words(part: dict, tables: dict[str, Table]) -> Iterator[str]:
    """Tables, columns and words of a count or a sum that the data do not have."""
    if part["table"] not in tables:
        yield part["table"]
        return
    rows = tables[part["table"]].rows.values()
    columns = {column for row in rows for column in row}
    yield from {part.get("column", "id"), *part["where"]} - columns
    for column, choice in part["where"].items():
        words = choice.get("not", ()) if isinstance(choice, dict) else choice
        yield from set(words) - {row.get(column) for row in rows}


def computed_rows_show_how(tables: dict[str, Table]) -> Iterator[Problem]:
    """A computed row says how in its note; a fact is never computed, that is a derived number."""
    for table in tables.values():
        for key, row in table.rows.items():
            if row.get("status") != "computed":
                continue
            if table.name == "facts":
                yield table.problem(
                    key, "status", "a row that somebody says; compute in derived.csv"
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
            answer = report["response_type"] if report else SILENCE[0]
            answered = answer not in SILENCE
            if answered and not row["reply_scope"]:
                expected = f'a scope, because the answer is "{answer}"'
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
    for table in tables.values():
        for key, row in table.rows.items():
            for column in row:
                long = len(row[column].split()) > WORDS_IN_A_QUOTATION
                if long and column.split("_")[-1] == "fragment":
                    yield table.problem(key, column, f"at most {WORDS_IN_A_QUOTATION} words")


def _is_figure(key: str, tables: dict[str, Table]) -> bool:
    name, _, row = key.partition("/") if "/" in key else ("facts", "", key)
    return name in tables and "value" in tables[name].rows.get(row, ())


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
        cells = (row["date"], claims[one]["date"], claims[other]["date"])
        days = [found for cell in cells if (found := _days(cell))]
        if len(days) == len(cells):
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

    The last correction of a cell is what the cell holds, and the ones before it lead up to it. A
    line for the column ``id`` takes the row out, and with it what was corrected in the row before.
    """
    log = tables["corrections"]
    chains: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key, row in log.rows.items():
        cell = (row["resource"], row["row_id"], row["column"])
        if row["old"] == row["new"]:
            yield log.problem(key, "new", f"another value than {row['old']!r}", "the same")
        for before in chains[cell][-1:]:
            if log.rows[before]["new"] != row["old"]:
                yield log.problem(key, "old", f"what {before} left, {log.rows[before]['new']!r}")
        chains[cell].append(key)
    for (name, row_id, column), keys in chains.items():
        if (name, row_id, "id") not in chains or column == "id":
            yield from _expired(tables, log, keys[-1])


def _expired(tables: dict[str, Table], log: Table, key: str) -> Iterator[Problem]:
    """What is wrong with the last line of the log for a cell."""
    name, row_id, column, new = (
        log.rows[key][part] for part in ("resource", "row_id", "column", "new")
    )
    row = tables[name].rows.get(row_id) if name in tables else None
    if name not in tables:
        yield log.problem(key, "resource", "a resource of the package")
    elif column == "id" and not new:
        if row is not None:
            expected = f"a row that {name} no longer has, because the line takes it out"
            yield log.problem(key, "row_id", expected)
    elif row is None:
        yield log.problem(key, "row_id", f"a row of {name}")
    elif column not in row:
        yield log.problem(key, "column", f"a column of {name}")
    elif row[column] != new:
        table = tables[name]
        found = f"{row[column]!r} in {table.file}, row {table.lines[row_id]}"
        yield log.problem(key, "new", repr(new), found)


RULES = (
    figures_are_whole,
    figures_are_known,
    sources_resolve,
    statements_resolve,
    disagreements_hold,
    one_row_a_page,
    dates_parse,
    ranges_hold,
    percents_are_sensible,
    parts_add_up,
    formulas_hold,
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
