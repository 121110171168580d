"""The gate for the code of cells: no number typed where one of the data belongs, nothing by chance.

Each cell is read as it stands in the file, also one that the page hides or leaves out. In its
texts and comments a numeral is refused like one in prose; a key in braces, an id, a date and an
expression of a chart are no words. A number may say how a chart looks, or be one of a few that
count units (``code.toml``); in an exercise it may be what the exercise supposes.

What this cannot see: a number that is put together from others, or written as the length of a text.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx

from chipbook.book.gates import Faults, gate, syntax
from chipbook.book.gates.numerals import allowed, naked
from chipbook.classroom.exercises import TAG
from chipbook.data.braces import KEY
from chipbook.data.settings import settings

_LISTS = settings(__file__)
_HARMLESS = {*_LISTS["looks"], *_LISTS["places"]}
_PLAIN: list[float] = _LISTS["plain"]
_REFUSED: dict[str, dict[str, str]] = _LISTS["refused"]

# An id, a column and its type, a date, a format, the path of a shape.
_NAME = re.compile(
    r"[A-Za-z_][\w./|·-]*(?::[QNTO])?|\d{4}(?:-\d\d){0,2}|,?\.\d[a-z%]|(?=.*[,-])[\d.,-]*(?:[MLHVAZ][\d.,-]*)+"
)
_OPERATOR = re.compile(r"\bdatum\b|[=!<>]=| [-+*/<>?] |&&|\[\d|^-?[\d.]+$")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_TWO_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


def spoken(text: str) -> str:
    """What a reader could see of a ``text`` in code: of an expression, the texts in quotes."""
    if _NAME.fullmatch(text):
        return ""
    bare = _QUOTED.sub(" ", text)
    if _OPERATOR.search(bare) and not _TWO_WORDS.search(bare):
        return " ".join(
            "".join(match) for match in _QUOTED.findall(text) if not _NAME.fullmatch("".join(match))
        )
    return KEY.sub(" ", text).strip()


def typed_in_code(
    code: str, patterns: list[re.Pattern], supposes: bool = False
) -> Iterator[tuple[int, str, str]]:
    """Line, numeral and text of each in the ``code`` that none of the ``patterns`` covers.

    One that ``supposes`` something may hold numbers as such.
    """
    for number, line in enumerate(code.splitlines(), start=1):
        for comment in re.findall(r"(?:^|\s)# (.+)$", line):
            yield from ((number, numeral, comment) for numeral in naked(comment, patterns))
    for node, inside in _constants(syntax(code)):
        if isinstance(node.value, str):
            text = spoken(node.value)
            yield from ((node.lineno, numeral, node.value) for numeral in naked(text, patterns))
        elif not isinstance(node.value, int | float) or node.value in _PLAIN:
            continue
        elif not (supposes or inside & _HARMLESS):
            yield node.lineno, str(node.value), "a number"


def _constants(
    node: ast.AST, inside: frozenset[str] = frozenset()
) -> Iterator[tuple[ast.Constant, frozenset[str]]]:
    """The constants below a ``node``, each with the arguments, calls and keys that it is inside."""
    if isinstance(node, ast.Constant):
        yield node, inside
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield from _constants(value, inside | {ast.unparse(key).strip("'")} if key else inside)
            yield from _constants(key, inside) if key else ()
    elif isinstance(node, ast.FormattedValue):
        yield from _constants(node.value, inside)  # its format is no text
    else:
        if isinstance(node, ast.keyword) and node.arg:
            inside = frozenset({node.arg})
        elif isinstance(node, ast.Call):
            inside = frozenset({ast.unparse(node.func).rpartition(".")[2]})
        elif isinstance(node, ast.Assign | ast.comprehension):
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            inside = frozenset(map(ast.unparse, targets))
        elif isinstance(node, ast.Subscript | ast.Compare):
            inside |= {"value"}
        for child in ast.iter_child_nodes(node):
            yield from _constants(child, inside)


def unsteady(code: str) -> Iterator[tuple[int, str]]:
    """Line and sentence of what may not be used in the ``code`` of a cell."""
    for node in ast.walk(syntax(code)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                kinds = ["called", "used"]
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
                kinds = ["used"]
            case ast.ImportFrom(module=str(name)):
                kinds = ["used"]
            case _:
                continue
        for why in (_REFUSED[kind][name] for kind in kinds if name in _REFUSED[kind]):
            yield node.lineno, f"{name!r} {why}"


def source(app: Sphinx, page: str) -> Iterator[tuple[int, NotebookNode]]:
    """The cells with code of a ``page``, each with the line before its first."""
    env = app.env
    text = Path(env.doc2path(page)).read_text(encoding="utf-8")
    # MyST-NB puts them there.
    myst, settings = env.myst_config, env.mystnb_config  # type: ignore[attr-defined]
    reader = create_nb_reader(env.doc2path(page), myst, settings, text)
    if reader is None:
        return
    notebook = reader.read(text)
    for cell, line in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        if cell.cell_type == "code":
            yield line + 1, cell


def faults(app: Sphinx, doctree: nodes.document) -> Faults:
    """What the cells of a page type or do."""
    page = app.env.docname
    patterns = allowed(Path(app.srcdir) / "chapters" / "numerals.toml", page)
    for start, cell in source(app, page):
        tags = cell.metadata.get("tags", ())
        for tag in _REFUSED["tags"].keys() & {*tags}:
            yield (page, start), f"the tag {tag!r} {_REFUSED['tags'][tag]}: take it out"
        for line, said in unsteady(cell.source):
            yield (page, start + line), f"{said}: take it from the data, or fix it"
        for line, numeral, text in typed_in_code(cell.source, patterns, TAG in tags):
            told = f"naked number {numeral!r} typed into a cell, in {text[:90]!r}"
            yield (page, start + line), f"{told}: format it in from a fact"


def setup(app: Sphinx) -> None:
    """Register the gate."""
    gate(app, faults)
