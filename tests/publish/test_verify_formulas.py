"""What "Verify here" works out: the formulas of the book in the browser's code, rows, tables."""

import csv
import hashlib
import json
import math
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from markupsafe import Markup

from chipbook import facts
from chipbook.book.cards import card, template
from chipbook.data import data_dir, package, resource
from chipbook.data.derived import tree
from chipbook.data.words import DATES
from chipbook.publish import verify
from chipbook.story import evidence

HERE = Path(__file__).parent
SHARED = json.loads((HERE.parent / "fixtures" / "formula_cases.json").read_text(encoding="utf-8"))
COMPUTED = [key for key in facts if not facts.fact(key).table]
FORMULAS = [key for key in COMPUTED if facts.fact(key).formula]


def worked_out(formulas: dict[str, object], **given: object) -> dict[str, list[float | None]]:
    """What ``formula.js`` makes of each formula: key → value, low and high."""
    node = shutil.which("node")
    assert node, "node is missing: the scripts of the book are tested with it"
    known = {"formulas": formulas, "inputs": {}, "units": {}, "dates": DATES} | given
    done = subprocess.run(
        [node, str(HERE / "evaluate.js")],
        input=json.dumps(known),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr[-1000:]
    return json.loads(done.stdout)


def wrong(made: dict[str, list], expected: dict[str, list]) -> list[tuple]:
    """What differs by more than a rounding, key by key."""
    assert made.keys() == expected.keys()
    return [
        (key, ends, made[key])
        for key, ends in expected.items()
        if not all(map(alike, ends, made[key]))
    ]


def alike(a: float | None, b: float | None) -> bool:
    return a == b or (None not in (a, b) and math.isclose(a, b, rel_tol=1e-9))


def test_the_browser_gives_every_shared_case_its_value():
    formulas, inputs = {}, {}
    for number, case in enumerate(SHARED["cases"]):
        # Every case has numbers of its own under the same keys.
        text = json.dumps(case["tree"]).replace('{"key": "', f'{{"key": "{number}:')
        formulas[case["formula"]] = json.loads(text)
        for key, value in case["numbers"].items():
            inputs[f"{number}:{key}"] = [value["value"], value["low"], value["high"]]
    made = worked_out(formulas, inputs=inputs, tables=SHARED["tables"], scales={"ratio": 1})
    ends = {case["formula"]: [case["value"], case["low"], case["high"]] for case in SHARED["cases"]}
    assert len(ends) >= 40
    assert wrong(made, ends) == []


def test_the_browser_gives_every_formula_of_the_book_its_number():
    script = verify.numbers()
    tables = {}
    for name, (path, *_) in script["tables"].items():
        with (data_dir() / path).open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    made = worked_out(
        {key: script["derived"][key]["tree"] for key in FORMULAS},
        inputs={key: script["derived"][key]["ends"] for key in COMPUTED if key not in FORMULAS},
        tables=tables,
        **{name: script[name] for name in ("units", "scales", "dates", "held")},
    )
    assert wrong(made, {key: evidence.ends(facts[key]) for key in FORMULAS}) == []


def test_the_script_holds_what_a_browser_needs(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(verify, "all_written", lambda _: True)
    verify.write(SimpleNamespace(outdir=tmp_path, env=None))
    script = (tmp_path / "_static" / "verify" / "numbers.js").read_text(encoding="utf-8")
    assert len(script) < 100_000
    numbers = json.loads(script.removeprefix('chipbook.arrived["numbers"]=').removesuffix(";\n"))
    assert set(numbers["derived"]) == set(COMPUTED)
    for key in numbers["derived"]:
        read = set(facts.fact(key).reads)
        assert read, key
        assert read <= {*numbers["rows"], *numbers["derived"], *numbers["tables"]}, key
    for cells in numbers["rows"].values():
        assert cells[1] in numbers["scales"]
    for entry in package()["resources"]:
        path, _, place = numbers["tables"][entry["name"]]
        assert place.endswith(("-", ".html#"))
        copy = (tmp_path / "data" / f"{path}.js").read_text(encoding="utf-8")
        name = f'chipbook.arrived["{entry["name"]}"]='
        text = json.loads(copy.removeprefix(name).removesuffix(";\n"))
        assert text.encode() == (data_dir() / path).read_bytes()


def test_the_script_has_the_published_hash_of_each_table():
    for path, published, _ in verify.numbers()["tables"].values():
        assert hashlib.sha256((data_dir() / path).read_bytes()).hexdigest() == published, path


def link(page: str, target: str = "") -> str:
    return f"{page}#{target}"


@pytest.mark.parametrize("key", COMPUTED)
def test_a_card_links_all_that_its_number_is_made_from(key):
    made = facts.fact(key)
    html = card(key, link)
    for part in filter(facts.__contains__, made.reads):
        assert f'href="chapters/numbers#fact-{part.replace("/", "--")}"' in html
    for table in (name for name in made.reads if name not in facts):
        assert f'href="tables/{table}#"' in html
    assert ('class="formula"' in html) == bool(made.formula)


def test_a_formula_is_said_in_the_words_of_its_parts():
    words = template("formula.html").make_module({"link": link})
    said = Markup(words.said(tree("'ft25-local-cny' / 'fx-2025-01-21'"))).striptags()
    assert said == f"{facts['ft25-local-cny']} ÷ {facts['fx-2025-01-21']}"
    count = "count('press_reports', response_type='denied in full')"
    title = resource("press_reports")["title"]
    said = Markup(words.said(tree(count))).striptags()
    assert said == f"rows of {title} where response type is denied in full"
