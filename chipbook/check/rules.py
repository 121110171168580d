"""What the rows of the data package mean, and what must hold between them.

A rule takes every table and yields a fault for each cell that breaks it. It may rely on the schema,
which is checked first.
"""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from chipbook.check.references import as_dataset, held_by
from chipbook.check.schema import Problem, Row, Tables, every_row
from chipbook.check.texts import texts_name_their_numbers
from chipbook.check.words import quotations_are_short
from chipbook.data import span, split
from chipbook.data.braces import keys
from chipbook.data.braces import place as leads_to
from chipbook.data.derived import MODELS, nodes, tree
from chipbook.data.quantity import Quantity, UnitError, parse_unit
from chipbook.data.settings import settings
from chipbook.data.state import today
from chipbook.data.words import DATES, DENIALS, SILENCE
from chipbook.story.claims import BEARS_OUT, RETELLINGS

AHEAD = ("period", "review_by", "allowed_until")
"""Dates that may lie ahead."""

_STATED = settings(__file__)
_QUERIES = re.sub(r"--.*", "", Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def rows_hold(tables: Tables) -> Iterator[Problem]:
    """What ``rules.toml`` asks of single rows, by themselves."""
    # It comes with frictionless, which is needed to write data and not to read it.
    from simpleeval import SimpleEval

    day = _today(tables)
    for rule in _STATED["rows"]:
        asked = SimpleEval(functions={"abs": abs, "has": re.search, "number": float})
        parsed = SimpleEval.parse(rule["holds"])
        having = (row for row in every_row(tables) if rule.get("having") in row)
        for row in tables[rule["table"]] if "table" in rule else having:
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
    return max([today().isoformat(), *(row["date"] for row in tables["corrections"])])


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


def parts_add_up(tables: Tables) -> Iterator[Problem]:
    """Parts that ``rules.toml`` names add up to their whole, in its unit."""
    for named in _STATED["sums"]:
        rows, parts, (below, above) = tables[named["table"]].rows, named["parts"], named["off"]
        row = rows[named.get("whole", parts[0])]
        try:
            cells = [(rows[part].number("value") or 0, rows[part]["unit"]) for part in parts]
            total = sum(Quantity.of(*amount).to(row["unit"]) for amount in cells)
        except UnitError as error:
            yield row.problem("unit", "the unit of its parts, or one that fits", error)
            continue
        whole = row.number("value") or 0 if "whole" in named else 100
        # Sums of decimal amounts miss by a rounding error of the machine, never by a thousandth.
        if not below - 1e-3 <= total - whole <= above + 1e-3:
            expected = f"parts ({', '.join(parts)}) that add up to {whole:g}"
            yield row.problem("value", expected, f"{total:g}")


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
            parts = list(nodes(tree(row["formula"])))
        except ValueError as error:
            yield row.problem("formula", "a formula", error)
            continue
        made_of[key] = [part["key"] for part in parts if "key" in part]
        for name in made_of[key]:
            row_of = name if "/" in name else f"facts/{name}"
            if name not in derived and "value" not in held_by(row_of, tables):
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


def relations_are_acyclic(tables: Tables) -> Iterator[Problem]:
    """No claim retells, supersedes or corrects itself, however long the way round."""
    for names in (RETELLINGS, ("supersedes",), ("corrects",)):
        named = (row for row in tables["relations"] if row["relation"] in names)
        rows = {(row["claim_id"], row["other_id"]): row for row in named}
        graph: dict[str, set[str]] = defaultdict(set)
        # A claim beside itself is told by rules.toml.
        for one, other in rows:
            graph[one].update({other} - {one})
        if circle := _circle(graph)[::-1]:
            expected = f"no circle of {' and '.join(names)}"
            yield rows[circle[0], circle[1]].problem("relation", expected, " → ".join(circle))


def queries_hold(tables: Tables) -> Iterator[Problem]:
    """What ``rules.sql`` asks of rows beside one another."""
    stored = {name: (t.columns, [[*row.values()] for row in t]) for name, t in tables.items()}
    figures = [_figure(row, tables) for row in every_row(tables) if "low" in row]
    sense = _STATED["sense"]["rows"]
    kinds = [[str(parse_unit(rule["unit"])[1]), *map(rule.get, _KINDS)] for rule in sense]
    stored["items"] = (["resource", "id", "column", "item", "of", "key"], [*_items(tables)])
    stored |= {"figures": (_FIGURES, figures), "kinds": (["dims", *_KINDS], kinds)}
    with closing(sqlite3.connect(":memory:")) as base:
        for name, function in _functions(tables).items():
            base.create_function(name, -1, function, deterministic=True)
        for name, (columns, rows) in stored.items():
            base.execute(f"create table {name} ({', '.join(map(json.dumps, columns))})")
            base.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows)
        for query in filter(str.strip, _QUERIES.split(";")):
            for name, key, column, expected, found in base.execute(query):
                yield tables[name].rows[key].problem(column, expected, found)


_KINDS = ["unit", "table", "where", "from", "to", "signed"]
_FIGURES = ["resource", "id", "point", "value", "low", "high", "unit", "scale", "dims", "qualifier"]
_FIGURES += ["metric", "alike"]


def _figure(row: Row, tables: Tables) -> list[Any]:
    """The cells of a row of ``figures`` in ``rules.sql``; empty ones are null."""
    point = "amount" if "amount" in row else "value"
    scale, dims = parse_unit(row.get("unit", ""))
    names = [name for name in tables[row.table].columns if name not in _STATED["twins"]["beside"]]
    cells = [row[point], row["low"], row["high"], row.get("unit"), scale, str(dims)]
    cells += [row["qualifier"], row.get("metric", ""), json.dumps([row[name] for name in names])]
    return [row.table, row["id"], point, *(None if cell == "" else cell for cell in cells)]


def _items(tables: Tables) -> Iterator[list[str]]:
    for row in every_row(tables):
        listed = {column: split(row.get(column)) for column in _STATED["lists"]}
        listed["statement"] = [*keys(row["statement"])] if row.table == "claims" else []
        for column, names in listed.items():
            for name in names:
                yield [row.table, row["id"], column, name, *leads_to(name)[:2]]


def _functions(tables: Tables) -> dict[str, Callable[..., Any]]:
    """What ``rules.sql`` may call, by name."""

    def day(cell: str, end: int) -> str | None:
        with suppress(ValueError):
            return span(cell)[end].isoformat()
        return None  # Told by dates_parse.

    def beside(unit: str) -> str:
        """What a unit may stand beside: money whatever the currency, chips in whatever pieces."""
        return " ".join(filter(None, (_STATED["beside"].get(word, word) for word in unit.split())))

    words = {"retells": RETELLINGS, "bears_out": BEARS_OUT, "silence": SILENCE, "denies": DENIALS}
    functions: dict[str, Callable[..., Any]] = {
        "cell": lambda name, key, column: held_by(f"{name}/{key}", tables).get(column),
        "place": lambda name, key: "{0.file}, row {0.line}".format(tables[name].rows[key]),
        "day": day,
        "beside": beside,
        "fits": lambda pattern, text: bool(re.search(pattern or "", text or "")),
    }
    return functions | {name: known.__contains__ for name, known in words.items()}


RULES = (
    rows_hold,
    dates_parse,
    parts_add_up,
    formulas_hold,
    formulas_come_out,
    quotations_are_short,
    texts_name_their_numbers,
    relations_are_acyclic,
    queries_hold,
)
