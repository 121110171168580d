"""Run the cells of notebooks with what is installed here: ``python run_cells.py FOLDER OUT``.

Needs nothing but chipbook and what it needs. The file ``OUT`` says in JSON what each cell shows:
what it prints, what it warns of, and the values of its last expression.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

import chipbook
from chipbook.charts.tables import Table

NAMED = ("pandas", "altair", "numpy", "scipy")
"""Packages whose version the file states."""


# Where the data stand once for all layers, they are named by a digest of every last digit.
alt.data_transformers.enable(consolidate_datasets=False)


def comparable(value: Any) -> Any:
    """A JSON ``value`` without what may differ: the version of Vega-Lite that Altair writes for,
    NaN for a missing text (Altair 5 with pandas 3; the renderer makes it null), and what lies
    beyond the ninth digit of a number, where SciPy's versions part.
    """
    if isinstance(value, dict):
        return {key: comparable(entry) for key, entry in value.items() if key != "$schema"}
    if isinstance(value, list | tuple):
        return [comparable(entry) for entry in value]
    if isinstance(value, float):
        return None if value != value else float(f"{value:.9g}")
    return value


def shown(value: Any) -> Any:
    """The values of what a cell shows, whatever types this version of pandas or Altair has."""
    if isinstance(value, alt.TopLevelMixin):
        bundle = value._repr_mimebundle_()
        kinds = sorted(bundle[0] if isinstance(bundle, tuple) else bundle)
        return {"chart": value.to_dict(), "kinds": kinds}
    if isinstance(value, Table):
        return value.payload()
    if isinstance(value, pd.DataFrame | pd.Series):
        return json.loads(value.to_json(orient="split", date_format="iso", date_unit="s"))
    return None if value is None else str(value)


def run(source: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run one cell among ``names``, as a notebook does: its last expression is what it shows."""
    tree, value, out, err = ast.parse(source), None, io.StringIO(), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = shown(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
    return {"shows": comparable(value), "prints": out.getvalue(), "warns": err.getvalue()}


def main(folder: Path, out: Path) -> None:
    """Run all notebooks of ``folder``, each in names of its own."""
    start, notebooks = time.perf_counter(), {}
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        names: dict[str, Any] = {"__name__": "__main__"}
        notebooks[path.stem] = [run(text, names) for text in sources if "%pip" not in text]
    said = {
        "versions": {"Python": platform.python_version()} | {name: version(name) for name in NAMED},
        "seconds": round(time.perf_counter() - start, 1),
        "where": str(Path(chipbook.__file__).parent),
        "notebooks": notebooks,
    }
    out.write_text(json.dumps(said, indent=1, sort_keys=True, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
