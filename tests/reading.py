"""What tests read, and change, by another way than the package does: files, and drawn charts."""

from __future__ import annotations

import ast
import csv
import importlib.util
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import jupytext
import vl_convert

from chipbook.data import BOOK, Dataset, refs, state
from chipbook.data.quantity import Quantity
from chipbook.story.claims import ORIGINS, origins, stating

ROOT = Path(__file__).resolve().parents[1]
SCALES = (1, 1e-2, 1e3, 1e6, 1e9, 1e12)
"""What a number in words may have to be multiplied by: percent, thousands and so on."""


def copy_book(root: Path, pages: Iterable[str] | None = None) -> Path:
    """Copy to ``root`` all that a build of the book reads; of its pages these, or all."""
    for name in state.state(ROOT)["files"]:
        if pages is None or not state.PAGE.fullmatch(name) or name in pages:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    return root


def rows(name: str) -> dict[str, dict[str, str]]:
    """A table as text, id → column → cell, with the figures filled in that its rows refer to."""
    return {key: refs.resolved(row, _held) for key, row in as_written(name).items()}


def _held(name: str) -> Mapping[str, Mapping[str, str]]:
    return BOOK.as_written(name) if name == "derived" else as_written(name)


def as_written(name: str) -> dict[str, dict[str, str]]:
    """A table as its file has it: id → column → text."""
    return _by_id(ROOT / "data" / f"{name}.csv")


def origins_of(key: str, data: Dataset = BOOK) -> tuple[str, ...]:
    """The reports, or evidence such as accounts, that the claims stating ``key`` go back to."""
    return origins([claim.id for claim in stating(key, data)], ORIGINS, data=data)


def printed() -> dict[str, dict[str, str]]:
    """The derived numbers as the research printed them, by the key that they have here."""
    return _by_id(ROOT / "tests/fixtures/derived_printed.csv")


def _by_id(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a ``folder``, by its path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def edit(folder: Path, file: str, key: str, **cells: str) -> int:
    """Change cells of one row; returns the number of its line in the file."""
    path = folder / file
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        names, rows = list(reader.fieldnames), list(reader)
    place = next(place for place, row in enumerate(rows) if row["id"] == key)
    rows[place] |= cells
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return place + 2


def cell(folder: Path, key: str, column: str = "value") -> str:
    """What the facts in ``folder`` hold in a column of the row ``key``, as written."""
    return _by_id(folder / "facts.csv")[key][column]


def another(number: str) -> str:
    """A number that it is not, as text."""
    return f"{float(number) + 1:g}"


class Ran(NamedTuple):
    """What the cells of a chapter made: its names, its charts by figure, its exercises by id.

    An exercise is its cell, and the answer of the solution that stands in it.
    """

    names: dict[str, object]
    charts: dict[str, object]
    exercises: dict[str, tuple[str, object]]


@cache
def run(chapter: str) -> Ran:
    """Run the cells of a chapter, its exercises with their solutions."""
    notebook = jupytext.read(ROOT / "chapters" / f"{chapter}.md", fmt="md:myst")
    ran = Ran({}, {}, {})
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, chapter, "exec"), ran.names)
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name", "")
        if last and name.startswith("fig-"):
            ran.charts[name] = eval(compile(ast.Expression(last.value), chapter, "eval"), ran.names)
        if "exercise" in cell.metadata.get("tags", ()):
            ran.exercises[last.value.args[0].value] = cell.source, ran.names["answer"]
    return ran


def charts(chapter: str) -> dict[str, object]:
    """Every Altair chart of a chapter, by the name of its figure; runs the chapter's cells."""
    return run(chapter).charts


def svg(spec: dict, **inputs: object) -> str:
    """The drawing of a Vega-Lite chart with some of its inputs set."""
    params = spec.get("params", [])
    assert inputs.keys() <= {p["name"] for p in params}, "an input that the chart does not have"
    chosen = [p | {"value": inputs[p["name"]]} if p["name"] in inputs else p for p in params]
    return vl_convert.vegalite_to_svg(spec | {"params": chosen})


def given_away(text: str, wanted: Quantity, within: float = 1) -> list[str]:
    """The numerals in a ``text`` that are the answer, in any unit; years aside."""
    ends = wanted.bounds if wanted.value is None else (wanted.value,)
    plain = re.sub(r"\b(19|20)\d\d\b", " ", text).replace(",", "")
    return [
        numeral
        for numeral in re.findall(r"\d+(?:\.\d+)?", plain)
        for scale in SCALES
        if any(math.isclose(float(numeral) * scale, end, rel_tol=within / 100) for end in ends)
    ]


def script(name: str) -> ModuleType:
    """A script of the folder ``maintain``, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "maintain" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
