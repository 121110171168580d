"""What others call says what it takes."""

import ast
import re
from pathlib import Path

import pytest

import chipbook

HOME = Path(chipbook.__file__).parent

# Sphinx's words for what it hands to a listener, a visitor or a directive, the dataset that a
# function of the data works on, and the tables that every rule is about.
KNOWN = {"self", "cls", "app", "env", "config", "node", "doctree", "exception", "data", "tables"}


def unnamed(path: Path) -> list[str]:
    """The arguments of public functions that their docstrings leave out, with file and line."""
    found = []
    module = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    for node in [each for body in (module, *classes) for each in body.body]:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        said = ast.get_docstring(node) or ""
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        found += [
            f"{path.relative_to(HOME.parent)}:{node.lineno}: {node.name}({argument.arg})"
            for argument in given
            if argument.arg not in KNOWN
            and not argument.arg.startswith("_")
            and not re.search(rf"\b{argument.arg}\b", said)
        ]
    return found


@pytest.mark.parametrize(
    "room", sorted(p.name for p in HOME.iterdir() if (p / "__init__.py").is_file())
)
def test_arguments_are_named(room):
    paths = sorted((HOME / room).rglob("*.py"))
    assert not [each for path in paths for each in unnamed(path)]
