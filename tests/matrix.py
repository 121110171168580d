"""The notebooks under other versions: ``python tests/matrix.py`` after ``make book``.

Makes an environment for each of the versions that Colab, Kaggle, Binder and a school may have, runs
the cells of all notebooks in it, and compares what they show with what they show here. Prints a
table; exits with 1 where something differs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).parent / "uv"
NEEDS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOWEST = ["--resolution", "lowest-direct", *NEEDS["dependencies"]]
"""What uv is told for the oldest of all that the wheel allows."""

# uv asks what is on the path; pyenv keeps its Pythons beside it.
PYENV = sorted(map(str, Path.home().glob(".pyenv/versions/*/bin")))
SURROUNDINGS = {
    **{name: value for name, value in os.environ.items() if name != "CHIPBOOK_BUILD"},
    "PATH": os.pathsep.join([*PYENV, os.environ["PATH"]]),
}


def pythons() -> list[str]:
    """The Pythons from the oldest that the book runs on which this machine has, oldest first."""
    command = [UV, "python", "list", "--only-installed", "--output-format", "json"]
    found = json.loads(
        subprocess.run(command, env=SURROUNDINGS, capture_output=True, check=True).stdout
    )
    versions = {tuple(entry["version_parts"].values())[:2] for entry in found}
    least = tuple(map(int, re.findall(r"\d+", NEEDS["requires-python"])))
    return [f"{major}.{minor}" for major, minor in sorted(versions) if (major, minor) >= least]


def make(folder: Path, python: str, *wants: str | Path) -> Path:
    """A new environment in ``folder`` with what uv is told to install; returns its Python."""
    subprocess.run([UV, "venv", "-q", "--seed", "-p", python, folder], env=SURROUNDINGS, check=True)
    program = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [UV, "pip", "install", "-q", "-p", program, *wants]
    subprocess.run(install, env=SURROUNDINGS, check=True)
    return program


def run(python: Path | str, notebooks: Path, out: Path, **surroundings: str) -> dict[str, Any]:
    """What the cells of all ``notebooks`` show under this ``python``, and its versions."""
    command = [python, ROOT / "tests" / "run_cells.py", notebooks, out]
    env = SURROUNDINGS | {"PYTHONPATH": ""} | surroundings
    subprocess.run(command, env=env, cwd=out.parent, check=True)
    return json.loads(out.read_text(encoding="utf-8"))


def here(notebooks: Path, out: Path) -> dict[str, Any]:
    """What they show with the versions that the book is built with."""
    return run(sys.executable, notebooks, out, PYTHONPATH=str(ROOT))


def differences(mine: Any, other: Any, where: str = "") -> Iterator[str]:
    """Where two values of JSON part, in words."""
    if isinstance(mine, dict) and isinstance(other, dict):
        for key in mine.keys() | other.keys():
            yield from differences(mine.get(key), other.get(key), f"{where}/{key}")
    elif isinstance(mine, list) and isinstance(other, list) and len(mine) == len(other):
        for at, pair in enumerate(zip(mine, other, strict=True)):
            yield from differences(*pair, f"{where}/{at}")
    elif mine != other:
        yield f"{where}: {str(mine)[:200]!r} here, {str(other)[:200]!r} there"


def environments() -> Iterator[tuple[str, str, list[str]]]:
    """Name, Python and packages of every environment of the matrix."""
    known = pythons()
    yield "oldest", known[0], LOWEST
    # As users of Colab found it in August 2026.
    yield "Colab", "3.12", ["pandas==2.2.3", "altair==5.5.0", "numpy==2.1.3", "ipython==7.34.0"]
    for python, pandas, altair in product(known, ("2.2", "3"), ("5.5", "6")):
        yield "", python, [f"pandas=={pandas}.*", f"altair=={altair}.*"]


def main() -> int:
    """Run all; returns how many environments differ."""
    notebooks, bad = ROOT / "_build" / "html" / "notebooks", 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mine = here(notebooks, folder / "here.json")
        print(
            "| | Python | pandas | Altair | NumPy | SciPy | install, s | cells, s | differences |"
        )
        print("|" + " --- |" * 9, flush=True)
        for number, (called, python, wants) in enumerate(environments()):
            start = time.perf_counter()
            program = make(folder / str(number), python, *wants, *notebooks.glob("*.whl"))
            installed = f"{time.perf_counter() - start:.0f}"
            said = run(program, notebooks, folder / f"{number}.json")
            found = list(differences(mine["notebooks"], said["notebooks"]))
            cells = [called, *said["versions"].values(), installed, said["seconds"], len(found)]
            print("| " + " | ".join(map(str, cells)) + " |", *found[:20], sep="\n", flush=True)
            bad += bool(found)
    return bad


if __name__ == "__main__":
    sys.exit(min(main(), 1))
