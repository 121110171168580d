"""Names: what begins with an underscore stays in its file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import chipbook

HOME = Path(chipbook.__file__).parent
FILES = sorted(HOME.rglob("*.py"))


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def borrowed(code: str) -> Iterator[str]:
    """Private names of another file of the package: imported, or reached through its module."""
    modules = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chipbook"):
            yield from (alias.name for alias in node.names if private(alias.name))
            modules |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in modules:
            yield from [f"{node.value.id}.{node.attr}"] if private(node.attr) else []


def test_both_ways_of_borrowing_are_seen():
    code = "from chipbook.data import store, _near\nstore._table('x'); self._own; store.load"
    assert sorted(borrowed(code)) == ["_near", "store._table"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOME).as_posix())
def test_no_private_name_crosses_a_file(path):
    assert list(borrowed(path.read_text(encoding="utf-8"))) == []
