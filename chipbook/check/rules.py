"""What the rows of the data package mean, and what must hold between them.

A rule takes every table and yields a fault for each cell that breaks it. It may rely on the schema,
which is checked first.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

from chipbook.check.references import as_dataset, held_by, keys_are_known
from chipbook.check.schema import Problem, Row, Tables, every_row
from chipbook.check.texts import texts_name_their_numbers
from chipbook.check.words import quotations_are_short
from chipbook.data import span, split
from chipbook.data.braces import keys
from chipbook.data.derived import MODELS, nodes, tree
from chipbook.data.quantity import Quantity, UnitError, parse_unit
from chipbook.data.settings import settings
from chipbook.data.words import DATES, DENIALS, LOWER, SILENCE, UPPER
from chipbook.story.claims import BEARS_OUT, RETELLINGS

AHEAD = ("period", "review_by", "allowed_until")
"""Dates that may lie ahead."""

_JOINED = ("claim_id", "relation", "other_id")

_STATED = settings(__file__)


def rows_hold(tables: Tables) -> Iterator[Problem]:
    """What ``rules.toml`` asks of single rows, by themselves."""
    # It comes with frictionless, which is needed to write data and not to read it.
    from simpleeval import SimpleEval

    day = _today(tables)
    for rule in _STATED["rows"]:
        asked = SimpleEval(functions={"abs": abs, "has": re.search, "number": float})
        parsed = SimpleEval.parse(rule["holds"])
        for row in _asked(rule, tables):
            other = held_by(f"{rule['of']}/{row[rule['by']]}", tables) if "of" in rule else {}
            found = re.search(rule.get("finds", ""), row.get(rule.get("in", ""), ""))
            for column in rule["columns"]:
                known = {"cell": row.get(column, ""), "other": other, "silence": SILENCE}
                known |= {"found": found[0] if found else "", "today": day}
                asked.names = dict.fromkeys(rule.get("optional", ()), "") | row | known
                if not asked.eval(rule["holds"], previously_parsed=parsed):
                    yield row.problem(column, rule["expected"].format_map(asked.names))


def _today(tables: Tables) -> str:
    """The last day that rows can speak of: that of the newest correction, or the day itself."""
    return max([date.today().isoformat(), *(row["date"] for row in tables["corrections"])])


def _asked(rule: Mapping[str, Any], tables: Tables) -> Iterable[Row]:
    """The rows that a rule of ``rules.toml`` is about: of a table, or having a column."""
    having = (row for row in every_row(tables) if rule.get("having") in row)
    return tables[rule["table"]] if "table" in rule else having


def lists_resolve(tables: Tables) -> Iterator[Problem]:
    """Each id in a list that ``rules.toml`` names is that of a row, and stands in it once."""
    for rule in _STATED["lists"]:
        of = rule["of"]
        for row in _asked(rule, tables):
            yield from _listed(row, rule["column"], tables[of].rows, f"ids of {of}.csv")


def _listed(row: Row, column: str, known: Collection[str], expected: str) -> Iterator[Problem]:
    """The faults of a list of ids: those that are not ``known``, and an id that stands twice."""
    ids = split(row.get(column))
    for name in ids:
        if name not in known:
            yield row.problem(column, expected, name)
    if len(ids) != len(set(ids)):
        yield row.problem(column, "each id once")


def sources_are_used(tables: Tables) -> Iterator[Problem]:
    """Each source is used."""
    used = {name for row in every_row(tables) for name in split(row.get("source_ids"))}
    for key, row in tables["sources"].rows.items():
        if key not in used:
            yield row.problem("id", "a source that some row uses", f"{key}, unused")


def disagreements_hold(tables: Tables) -> Iterator[Problem]:
    """Each names two figures or more, once each, in units that can be set side by side.

    Figures that are all the same disagree only where the words for them do.
    """
    columns = ("value", "unit", "low", "high", "qualifier", "period")
    for row in tables["disagreements"]:
        ids = split(row["row_ids"])
        found = {name: _row(name, tables) for name in ids}
        held = {name: figure for name, figure in found.items() if "qualifier" in figure}
        known = held.keys() | (tables["derived"].rows.keys() & ids)
        expected = "keys of figures, a fact or table/row"
        yield from _listed(row, "row_ids", known, expected)
        if len(ids) < 2:
            yield row.problem("row_ids", "at least two figures")
        figures = [held[name] for name in ids if name in held]
        if len(units := {_side_by_side(figure["unit"]) for figure in figures}) > 1:
            expected = "figures in one unit, or all in money, or all in chips and their like"
            yield row.problem("row_ids", expected, ", ".join(sorted(units)))
        said = {tuple(figure[column] for column in columns) for figure in figures}
        same = len(figures) == len(ids) > 1 and len(said) == 1
        if same and row["kind"] not in ("definition", "scope", "slip"):
            yield row.problem("row_ids", "figures that differ, or a kind that is of words")


def _row(key: str, tables: Tables) -> Mapping[str, str]:
    """The cells of the row of a fact, or of ``table/row``; none where it leads nowhere."""
    return held_by(key if "/" in key else f"facts/{key}", tables)


def _side_by_side(unit: str) -> str:
    """What a unit may stand beside: money whatever the currency, chips in whatever pieces."""
    words = (_STATED["beside"].get(word, word) for word in unit.split())
    return " ".join(filter(None, words))


def one_row_a_page(tables: Tables) -> Iterator[Problem]:
    """No page has two rows, whatever its scheme, its "www." or its final slash."""
    seen: dict[str, str] = {}
    for key, row in tables["sources"].rows.items():
        page = re.sub(r"^https?://(www\.)?", "", row["url"]).rstrip("/").lower()
        if (first := seen.setdefault(page, key)) != key:
            yield row.problem("url", f"a page without a row (it is {first})")


def dates_parse(tables: Tables) -> Iterator[Problem]:
    """Dates and periods are real, both ends of one precision, in order; what was seen has been."""
    day = _today(tables)
    for row in every_row(tables):
        for column in DATES:
            cell = row.get(column, "")
            try:
                span(cell) if cell else None
            except ValueError as error:
                expected = "an ISO 8601 date or period, both ends of one precision, in order"
                yield row.problem(column, expected, f"{cell} ({error})")
            if column not in AHEAD and cell[:10] > day:
                yield row.problem(column, f"a day no later than {day}")


def ranges_hold(tables: Tables) -> Iterator[Problem]:
    """low ≤ value ≤ high; a one-sided qualifier states its bound, the others a point or a range."""
    for row in every_row(tables):
        if "low" in row:
            yield from _range(row, "amount" if "amount" in row else "value")


def _range(row: Row, point: str) -> Iterator[Problem]:
    value, low, high = map(row.number, (point, "low", "high"))
    qualifier = row["qualifier"]
    bound = "low" if qualifier in LOWER else "high" if qualifier in UPPER else ""
    said = [column for column in ("low", point, "high") if row[column] or column == bound]
    found = ", ".join(f"{column} is {row[column] or 'empty'}" for column in said)
    ordered = [number for number in (low, value, high) if number is not None]
    if ordered != sorted(ordered):
        yield row.problem(point, "low ≤ value ≤ high", found)
    if ordered and not qualifier:
        yield row.problem("qualifier", "a qualifier beside a figure")
    elif qualifier and not ordered:
        yield row.problem(point, "a point or a range beside a qualifier")
    elif qualifier in LOWER and (low, high) != (value, None):
        yield row.problem("low", f'low equal to {point} and no high with "{qualifier}"', found)
    elif qualifier in UPPER and (low, high) != (None, value):
        yield row.problem("high", f'high equal to {point} and no low with "{qualifier}"', found)
    elif qualifier in ("exact", "about") and (low is None) != (high is None):
        yield row.problem("low", "both ends of a range, or a point alone")


def parts_add_up(tables: Tables) -> Iterator[Problem]:
    """Parts that ``rules.toml`` names add up to their whole, in its unit."""
    for named in _STATED["sums"]:
        rows, (first, *others) = tables[named["table"]].rows, named["parts"]
        row, (below, above) = rows[named.get("whole", first)], named["off"]
        try:
            total = sum(_in_unit_of(row, rows[part]) for part in (first, *others))
        except UnitError as error:
            yield row.problem("unit", "the unit of its parts, or one that fits", error)
            continue
        whole = row.number("value") or 0 if "whole" in named else 100
        # Sums of decimal amounts miss by a rounding error of the machine, never by a thousandth.
        if not below - 1e-3 <= total - whole <= above + 1e-3:
            parts = ", ".join(named["parts"])
            yield row.problem("value", f"parts ({parts}) that add up to {whole:g}", f"{total:g}")


def _in_unit_of(row: Row, part: Row) -> float:
    return Quantity.of(part.number("value") or 0, part["unit"]).to(row["unit"])


def sizes_make_sense(tables: Tables) -> Iterator[Problem]:
    """Each figure lies where ``rules.toml`` says that figures of its kind do."""
    kinds = [(*parse_unit(rule["unit"]), rule) for rule in _STATED["sense"]["rows"]]
    for row in (row for row in every_row(tables) if row.get("unit")):
        scale, dims = parse_unit(row["unit"])
        fitting = (
            rule
            for _, of, rule in kinds
            if of == dims and rule.get("table", row.table) == row.table
            if dims or rule["unit"] == row["unit"]
            if re.search(rule.get("where", ""), f"{row['id']}: {row.get('metric', '')}")
        )
        if not (rule := next(fitting, None)):
            yield row.problem("unit", "a unit for which rules.toml says where its figures lie")
            continue
        for column in ("value", "low", "high"):
            size = scale * (row.number(column) or 0)
            within = rule["from"] <= abs(size) <= rule["to"] and (size > 0 or "signed" in rule)
            if size and not within:
                expected = f"{rule['from'] / scale:g} to {rule['to'] / scale:g} {row['unit']}"
                yield row.problem(column, f"{expected}, as figures of this kind")


def formulas_hold(tables: Tables) -> Iterator[Problem]:
    """A derived number has a formula of known keys, tables, columns and words, or a model.

    A word that no row has would count nothing and never say so.
    """
    derived = tables["derived"].rows
    made_of: dict[str, list[str]] = {}
    for key, row in derived.items():
        if key in tables["facts"].rows:
            yield row.problem("id", "a key that no row of facts.csv has")
        if not row["formula"]:
            if key not in MODELS:
                yield row.problem("formula", "a formula, or a model in the code")
            continue
        try:
            parts = [part for part in nodes(tree(row["formula"])) if isinstance(part, dict)]
        except ValueError as error:
            yield row.problem("formula", "a formula", error)
            continue
        made_of[key] = [part["key"] for part in parts if "key" in part]
        for name in made_of[key]:
            if not ("value" in _row(name, tables) or name in derived):
                yield row.problem("formula", "keys of numbers", name)
        for part in parts:
            for found in _unknown_words(part, tables) if "table" in part else ():
                yield row.problem("formula", "tables, columns and words in use", found)
    if circle := _circle(made_of):
        yield derived[circle[0]].problem("formula", "no number made from itself", circle)


def formulas_come_out(tables: Tables) -> Iterator[Problem]:
    """Each formula gives a number: the units of its parts fit, and nothing is divided by zero."""
    data = as_dataset(tables)
    for row in tables["derived"]:
        try:
            if row["formula"]:
                data.facts[row["id"]]
        except (UnitError, ArithmeticError) as error:
            yield row.problem("formula", "parts that go together", error)
        # What a formula may not hold is told by the rule above.
        except (LookupError, ValueError):
            continue


def _circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """A way round in a graph, node → those it rests on; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def _unknown_words(part: dict[str, Any], tables: Tables) -> Iterator[str]:
    """Tables, columns and words of a count or a sum that the data do not have."""
    if part["table"] not in tables:
        yield part["table"]
        return
    table = tables[part["table"]]
    yield from {part.get("column", "id"), *part["where"]} - set(table.columns)
    for column, choice in part["where"].items():
        words = choice.get("not", ()) if isinstance(choice, dict) else choice
        yield from set(words) - {row.get(column) for row in table}


def twins_agree(tables: Tables) -> Iterator[Problem]:
    """Rows that say one figure twice, by ``rules.toml``, have the same or say why not."""
    apart, beside = map(_STATED["twins"].get, ("explained", "beside"))
    told = [{*split(row["row_ids"])} for row in tables["disagreements"]]
    for table in tables.values():
        seen: dict[tuple, list[Row]] = defaultdict(list)
        for row in (row for row in table if row.get("unit") and "source_ids" in row):
            names = [column for column in table.columns if column not in beside]
            alike = seen[parse_unit(row["unit"])[1], *(row[column] for column in names)]
            for other in alike:
                both = {_key(row), _key(other)}
                paged = {*split(row["source_ids"])} & {*split(other["source_ids"])}
                same = all(row[c] == other[c] for c in ("value", "unit", "low", "high"))
                if (
                    paged
                    and not same
                    and not {row["id"], other["id"]} & apart.keys()
                    and not any(both <= ids for ids in told)
                ):
                    expected = f"the figure of {other['id']}, or a row of disagreements for both"
                    yield row.problem("value", expected)
            alike.append(row)


def _key(row: Row) -> str:
    return row["id"] if row.table == "facts" else f"{row.table}/{row['id']}"


def denials_hold(tables: Tables) -> Iterator[Problem]:
    """The figures of a claim whose report was answered have that report, and what was denied."""
    denied = {row["other_id"] for row in tables["relations"] if row["relation"] == "denies"}
    for key, claim in tables["claims"].rows.items():
        answer = held_by(f"press_reports/{claim['report_id']}", tables).get("response_type")
        if claim["kind"] != "report" or answer in (None, *SILENCE):
            continue
        for figure in (_row(name, tables) for name in keys(claim["statement"])):
            if not isinstance(figure, Row) or "report_id" not in figure:
                continue
            if figure["report_id"] != claim["report_id"]:
                expected = f"{claim['report_id']}, as the claim {key}, which names the figure"
                yield figure.problem("report_id", expected)
            elif answer in DENIALS and (figure["reply_scope"] == "this figure") != (key in denied):
                expected = f"this figure where a relation denies the claim {key}, and nowhere else"
                yield figure.problem("reply_scope", expected)


def statements_have_claims(tables: Tables) -> Iterator[Problem]:
    """What the article says is a claim of kind article, each statement once; what it omits none."""
    told: dict[str, str] = {}
    for key, row in tables["claims"].rows.items():
        statement = row["statement_id"]
        if statement and (first := told.setdefault(statement, key)) != key:
            yield row.problem("statement_id", f"a statement without a claim (it has {first})")
    for key, row in tables["article_statements"].rows.items():
        if (key in told) != (row["verdict"] != "left out"):
            expected = "a claim for what the article says, and none for what it leaves out"
            yield row.problem("id", expected, told.get(key, "none"))


def relations_hold(tables: Tables) -> Iterator[Problem]:
    """A relation joins two claims once, when both were said, and says no more than its reason."""
    claims = tables["claims"].rows
    seen: dict[tuple[str, ...], str] = {}
    for key, row in tables["relations"].rows.items():
        one, _, other = joined = tuple(row[name] for name in _JOINED)
        if (first := seen.setdefault(joined, key)) != key:
            yield row.problem("relation", f"a relation without a row (it is {first})")
        yield from _in_time(row, claims[one], claims[other])
    speaking = {one for one, _, _ in seen}
    retelling = {one for one, relation, _ in seen if relation in RETELLINGS}
    for key, row in claims.items():
        if row["kind"] in ("relay", "article") and key not in retelling and not row["note"]:
            yield row.problem("note", "why it retells no claim: its origin counts as unknown")
        if row["kind"] == "answer" and key not in speaking and not row["note"]:
            yield row.problem("note", "why it answers no claim of relations.csv")


def _in_time(row: Row, one: Row, other: Row) -> Iterator[Problem]:
    """A relation holds once both claims were said, and only the younger retells or bears out."""
    try:
        (_, held), (said, last), (before, known) = (
            span(each["date"]) for each in (row, one, other)
        )
    except ValueError:
        # Told by dates_parse.
        return
    if held < max(said, before):
        yield row.problem("date", "a day on which both claims were said")
    first = dict.fromkeys(RETELLINGS, before) | dict.fromkeys(BEARS_OUT, known)
    if last < first.get(row["relation"], last):
        expected = f"a claim no younger than {one['id']} ({one['date']})"
        yield row.problem("other_id", expected, f"{other['id']} ({other['date']})")


def relations_are_acyclic(tables: Tables) -> Iterator[Problem]:
    """No claim retells, supersedes or corrects itself, however long the way round."""
    for names in (RETELLINGS, ("supersedes",), ("corrects",)):
        graph: dict[str, set[str]] = defaultdict(set)
        rows = {}
        for row in tables["relations"]:
            one, relation, other = (row[name] for name in _JOINED)
            # A claim beside itself is told by rules.toml.
            if relation in names and one != other:
                graph[one].add(other)
                rows[one, other] = row
        if circle := _circle(graph)[::-1]:
            expected = f"no circle of {' and '.join(names)}"
            yield rows[circle[0], circle[1]].problem("relation", expected, " → ".join(circle))


def support_is_of_its_row(tables: Tables) -> Iterator[Problem]:
    """A cell that rests on some pages of its row is there, and its row has these pages."""
    for row in tables["support"]:
        held = held_by(f"{row['resource']}/{row['row_id']}", tables)
        if not held.get(row["column"]):
            yield row.problem("column", "a filled column of a row, as resource, row_id and column")
        elif lost := set(split(row["source_ids"])) - set(split(held["source_ids"])):
            yield row.problem("source_ids", "pages of the row", ", ".join(sorted(lost)))


def corrections_are_in_place(tables: Tables) -> Iterator[Problem]:
    """No correction has expired: it changed something, and its row holds what came of it.

    The last correction of a cell is what the cell holds, and the ones before it lead up to it. A
    line for the column ``id`` takes the row out, and with it what was corrected in the row before.
    """
    last: dict[tuple[str, ...], Row] = {}
    for row in tables["corrections"]:
        cell = tuple(row[name] for name in ("resource", "row_id", "column"))
        before = last.get(cell)
        if before and before["new"] != row["old"]:
            yield row.problem("old", f"what {before['id']} left, {before['new']!r}")
        last[cell] = row
    for (name, key, column), row in last.items():
        if column == "id" or (name, key, "id") not in last:
            yield from _expired(tables, row)


def _expired(tables: Tables, line: Row) -> Iterator[Problem]:
    """What is wrong with the last line of the log for a cell."""
    name, key, column, new = (line[part] for part in ("resource", "row_id", "column", "new"))
    if name not in tables:
        yield line.problem("resource", "a resource of the package")
        return
    row, goes = tables[name].rows.get(key), column == "id" and not new
    if row is None:
        if not goes:
            yield line.problem("row_id", f"a row of {name}")
    elif goes:
        expected = f"a row that {name} no longer has, because the line takes it out"
        yield line.problem("row_id", expected)
    elif column not in row:
        yield line.problem("column", f"a column of {name}")
    elif row[column] != new:
        yield line.problem("new", repr(new), f"{row[column]!r} in {row.file}, row {row.line}")


RULES = (
    rows_hold,
    keys_are_known,
    lists_resolve,
    sources_are_used,
    disagreements_hold,
    one_row_a_page,
    dates_parse,
    ranges_hold,
    parts_add_up,
    sizes_make_sense,
    formulas_hold,
    formulas_come_out,
    quotations_are_short,
    texts_name_their_numbers,
    twins_agree,
    denials_hold,
    statements_have_claims,
    relations_hold,
    relations_are_acyclic,
    support_is_of_its_row,
    corrections_are_in_place,
)
