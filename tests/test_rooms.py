"""The map of CONTRIBUTING.md is the truth: a room imports only the rooms below it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from reading import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def test_no_import_climbs():
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--no-cache", "--no-logo", "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_map_names_the_rooms_in_their_order():
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    text = guide.split("\n## Map\n")[1].split("\n## ")[0]
    layers = CONTRACTS["contracts"][0]["layers"]
    assert re.findall(r"^\| `(\w+)", text, re.M) == layers
