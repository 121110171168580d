"""The cells of a chapter in the page: what a reader's browser calls, in a Python of its own.

There is no kernel and no IPython; outputs are those of the notebook format all the same, so that
they can be held against what the build of the book has.
"""

import ast
import json
import linecache
import os
import re
import traceback
from pathlib import Path
from typing import Any

from chipbook.charts import figure, tables
from chipbook.data.settings import settings

OUTPUTS = Path("/tmp/outputs.json")
"""Where the page finds what a cell shows."""

LINES = 5
"""Of a cell, that are shown of an error; a reader needs the last of them."""

HINTS: dict[str, str] = settings(__file__)["hints"]

os.environ["CHIPBOOK_BUILD"] = figure.PAGE


class Session:
    """One namespace for all cells of a chapter, and a count of those that have run."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "display": self._show}
        self.count = 0
        self.outputs: list[dict[str, Any]] = []

    def run(self, source: str) -> list[dict[str, Any]]:
        """Run the ``source`` of a cell; gives what it shows or raises, and not what it prints."""
        self.count, self.outputs = self.count + 1, []
        name = f"<cell {self.count}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            body = ast.parse(source, name).body
            last = [each for each in body[-1:] if isinstance(each, ast.Expr)]
            body = body[: len(body) - len(last)]
            exec(compile(ast.Module(body, []), name, "exec"), self.names)
            for shown in last:
                value = eval(compile(ast.Expression(shown.value), name, "eval"), self.names)
                if value is not None:
                    self._show(value)
        except BaseException as error:
            said = in_words(error, name)
            self.outputs.append({"output_type": "error", "ename": type(error).__name__} | said)
        return self.outputs

    def answer(self, source: str) -> None:
        """Run the ``source`` of a cell, and leave its outputs to the page."""
        outputs = self.run(source)
        try:
            told = json.dumps(outputs, default=repr, allow_nan=False)
        except (TypeError, ValueError) as error:  # what an object of a reader's says of itself
            said = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
            told = json.dumps([{"output_type": "error"} | said])
        OUTPUTS.parent.mkdir(exist_ok=True)
        OUTPUTS.write_text(told, encoding="utf-8")

    def _show(self, value: object) -> None:
        self.outputs.append({"output_type": "execute_result", "data": bundle(value)})


def bundle(value: Any) -> dict[str, Any]:
    """The MIME bundle of a ``value``, of a table with what the page shows of its cells."""
    if hasattr(value, "_repr_mimebundle_"):
        data = value._repr_mimebundle_()
        data = data[0] if isinstance(data, tuple) else data
        if tables.MIME in data:
            data["shown"] = tables.shown(data[tables.MIME])
        return data
    data = {"text/plain": repr(value)}
    if hasattr(value, "_repr_html_") and (html := value._repr_html_()):
        data["text/html"] = html
    return data


def in_words(error: BaseException, name: str) -> dict[str, Any]:
    """What an ``error`` says, and the lines of the cell ``name`` that led to it, with a hint."""
    told = traceback.TracebackException.from_exception(error)
    said = "".join(told.format_exception_only()).strip()
    lines = [f"line {at.lineno}: {at.line}" for at in reversed(told.stack) if at.filename == name]
    if isinstance(error, SyntaxError):
        said = said.splitlines()[-1]
        lines = lines or [f"line {error.lineno}: {(error.text or '').strip()}"]
    said = re.sub(r"^(\w+\.)+(?=\w+:)|\. Site initialization is disabled.*", "", said)
    hint = [HINTS[type(error).__name__]] if type(error).__name__ in HINTS else []
    return {"evalue": said, "traceback": [*list(dict.fromkeys(lines))[:LINES], *hint]}
