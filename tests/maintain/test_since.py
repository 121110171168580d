"""A change of the data that rewrites what the data says of its own past is still seen."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from reading import ROOT, edit, script

from chipbook.check.correct import correct, release
from chipbook.data import data_dir

DAY = date.today()


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_dir(), tmp_path / "data"))


def test_a_correction_with_its_line_may_go_in(after: Path) -> None:
    assert correct(after, "facts/rev23h1", ["value"], ["55"], "As the filing says.", DAY) == []
    assert script("since").faults(ROOT / "data", after) == []


def test_a_number_whose_past_is_taken_out_may_not(after: Path) -> None:
    path = after / "released.json"
    held = json.loads(path.read_bytes())
    del held["tables"]["facts"]["rows"]["rev23h1"]
    path.write_text(json.dumps(held), encoding="utf-8")
    edit(after, "facts.csv", "rev23h1", value="55")
    assert release(after, "minor", "Better words.", DAY) == []
    [fault] = script("since").faults(ROOT / "data", after)
    assert "(id rev23h1), column value: expected what version" in fault
