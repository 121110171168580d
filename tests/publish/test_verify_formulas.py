"""What "Verify here" exports: formulas that come to the printed number, rows, tables."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from chipbook import facts
from chipbook.data import data_dir, package
from chipbook.publish import verify
from chipbook.publish.verify import parse, recomputable, value

COMPUTED = [key for key in facts if not facts.fact(key).table]

# Formulas of named rows that do not give the number again: the middle or an end of a range is
# taken, or a plain number in them has a unit.
RANGES = {"buy-h20-low", "buy-h20-high", "buy-abroad-h100", "memory-needed-910b"}
RANGES |= {f"check-2024-{name}-cny" for name in ("hopper", "ordered", "received", "orders")}
UNITS = {"doubao-069", "doubao-070", "doubao-070-march"}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("2 + 3 × 4", 14),
        ("(2 + 3) × 4", 20),
        ("20 ÷ 5 ÷ 2", 2),
        ("9 − 4 − 3", 2),
        ("(9 − (4 − 3)) ÷ (1 + 1)", 4),
        ("1e3 × 0.5", 500),
    ],
)
def test_formulas_are_read_as_they_are_written(formula, expected):
    assert value(parse(formula), {}) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "2 +",
        "× 2",
        "(2",
        "2)",
        "2 3",
        "middle 95% of Beta(1 + 3, 1 + 9)",
        "a ÷ 5, or all",
        "()",
    ],
)
def test_what_is_no_arithmetic_is_refused(formula):
    assert parse(formula) is None


def test_every_formula_of_named_rows_comes_to_its_number():
    tried = set()
    for key in COMPUTED:
        rpn = parse(facts[key].formula)
        if rpn and any(isinstance(token, str) and token in facts for token in rpn):
            tried.add(key)
    assert tried - {key for key in tried if recomputable(key)} == RANGES | UNITS
    for key in tried - RANGES - UNITS:
        points = {part: facts[part].value for part in facts[key].inputs}
        assert value(recomputable(key), points) == pytest.approx(facts[key].value, rel=1e-12)


def test_a_formula_that_misses_its_number_is_not_offered(monkeypatch):
    wrong = SimpleNamespace(
        formula="ft25-chips-china-usd × ft25-overseas", value=facts["ft25-sum"].value
    )
    known = {key: facts[key] for key in ("ft25-chips-china-usd", "ft25-overseas")}
    monkeypatch.setattr(
        verify,
        "facts",
        type("Some", (dict,), {"fact": lambda self, key: facts.fact(key)})(
            known | {"ft25-sum": wrong}
        ),
    )
    assert recomputable("ft25-sum") is None


def test_the_script_holds_what_a_browser_needs(tmp_path: Path):
    verify.write(SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=tmp_path), None)
    script = (tmp_path / "_static" / "verify" / "numbers.js").read_text(encoding="utf-8")
    assert len(script) < 100_000
    numbers = json.loads(script.removeprefix("chipbookVerify.numbers(").removesuffix(");\n"))
    assert set(numbers["derived"]) == set(COMPUTED)
    for made in numbers["derived"].values():
        used = {token for token in made.get("rpn", ()) if isinstance(token, str)}
        assert used - verify.SIGNS.keys() <= set(numbers["rows"])
        assert set(made.get("tables", ())) <= set(numbers["tables"])
        assert "rpn" in made or made["function"].endswith(".py")
    for entry in package()["resources"]:
        path, expected = numbers["tables"][entry["name"]]
        copy = (tmp_path / "data" / f"{path}.js").read_text(encoding="utf-8")
        name, text = json.loads(f"[{copy[copy.index('(') + 1 : copy.rindex(')')]}]")
        assert name == entry["name"]
        assert hashlib.sha256(text.encode()).hexdigest() == expected
        assert text.encode() == (data_dir() / path).read_bytes()


def test_a_count_names_its_tables_and_where_it_is_made():
    made = verify.recipe("us-measures")
    assert made["tables"] == ["controls_timeline"]
    assert made["function"] == "us_measures() in chipbook/topics/controls.py"
    assert "press_reports" in verify.recipe("denials-full")["tables"]
