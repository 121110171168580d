"""What another value makes of the numbers of the book: the browser's code against Python's."""

import json
import math
import random
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from chipbook import facts
from chipbook.data import BOOK, derived
from chipbook.data.dataset import Dataset
from chipbook.data.quantity import UnitError
from chipbook.publish import verify
from chipbook.story import evidence

HERE = Path(__file__).parent
NUMBERS = verify.numbers()
FORMULAS = [key for key, made in NUMBERS["derived"].items() if "tree" in made]

ENDS_TAKEN = {
    key
    for table in BOOK.names
    for row in BOOK.raw(table).values()
    for cell in row.values()
    for key in re.findall(r"([\w-]+/[\w-]+)[./](?:low|high)\b", cell)
}
"""Rows of which another takes one end of the range, which a plain value does not have."""


@pytest.fixture(autouse=True)
def models_that_keep_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser does not run a model: what rests on one is worked out from its number as it is."""
    for key, model in derived.MODELS.items():
        made = replace(facts[key], inputs=())
        kept = SimpleNamespace(function=lambda _, made=made: made, reads=model.reads)
        monkeypatch.setitem(derived.MODELS, key, kept)


def in_browser(settings: list[list[tuple[str, float]]]) -> list[dict[str, list | str]]:
    """Key → value, low, high, words and whether it rests on a value tried, for each setting."""
    node = shutil.which("node")
    assert node, "node is missing: the scripts of the book are tested with it"
    given = json.dumps({"numbers": NUMBERS, "settings": settings})
    done = subprocess.run(
        [node, str(HERE / "try_values.js")],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr[-1000:]
    return json.loads(done.stdout)


def tried(setting: list[tuple[str, float]]) -> Dataset:
    """The data with other values, which are exact: words and ranges go."""
    data = BOOK
    for key, value in setting:
        holder = NUMBERS["holders"].get(key, key)
        table, _, row = holder.rpartition("/")
        table = table or "facts"
        cells = {"value": repr(value), "qualifier": "exact", "low": "", "high": ""}
        own = (name for name in data.raw(table)[row] if name == "spread" or name.endswith("_row"))
        data = data.with_cells(table, {row: cells | dict.fromkeys(own, "")})
    return data


def in_python(setting: list[tuple[str, float]]) -> dict[str, list | None]:
    """As :func:`in_browser`, without whether it rests; None where arithmetic refuses."""
    data = tried(setting)
    found: dict[str, list | None] = {}
    for key in (*FORMULAS, *NUMBERS["rows"]):
        try:
            made = data.facts[key]
        except (ZeroDivisionError, UnitError, ValueError):
            found[key] = None
        else:
            found[key] = [*evidence.ends(made), str(made)]
    return found


def near(a: float | None, b: float | None) -> bool:
    return a == b or (None not in (a, b) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12))


def differing(setting, browser: dict, python: dict) -> list[tuple]:
    return [
        (setting, key, here, browser[key])
        for key, here in python.items()
        if (here is None) != isinstance(browser[key], str)
        or (here and not all(map(near, here[:3], browser[key][:3])))
        or (here and here[3] != browser[key][3])
    ]


@cache
def settings(seed: int) -> list[list[tuple[str, float]]]:
    """One other value for each of some chance numbers that formulas rest on, then all together."""
    chance = random.Random(seed)
    inputs = [
        (key, cells[0] if cells[0] is not None else (cells[3] + cells[4]) / 2)
        for key, cells in NUMBERS["rows"].items()
        if key not in ENDS_TAKEN
    ]
    chosen = chance.sample(inputs, 9)
    values = [(key, round(value * chance.uniform(0.5, 2), 3) or 1.0) for key, value in chosen]
    return [*([one] for one in values), values]


def test_without_another_value_the_browser_says_what_the_book_says():
    (made,) = in_browser([[]])
    wrong = [(key, made[key]) for key in made if made[key][3] != str(facts[key])]
    assert wrong == []
    assert not any(found[4] for found in made.values())


@pytest.mark.parametrize("seed", range(3))
def test_another_value_makes_the_same_numbers_in_browser_and_python(seed):
    tries = settings(seed)
    for setting, made in zip(tries, in_browser(tries), strict=True):
        python = in_python(setting)
        assert differing(setting, made, python) == []
        moved = {key for key, here in python.items() if here and here[3] != str(facts[key])}
        assert moved <= {key for key, found in made.items() if isinstance(found, list) and found[4]}
