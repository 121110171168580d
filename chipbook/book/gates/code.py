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

from chipbook.book.gates import Faults, syntax
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
        quoted = map("".join, _QUOTED.findall(text))
        return " ".join(each for each in quoted if not _NAME.fullmatch(each))
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
    every = list(ast.walk(syntax(code)))
    above = {below: node for node in every for below in ast.iter_child_nodes(node)}
    for node in (node for node in every if isinstance(node, ast.Constant)):
        if isinstance(node.value, str):
            text = spoken(node.value)
            yield from ((node.lineno, numeral, node.value) for numeral in naked(text, patterns))
            continue
        typed = isinstance(node.value, int | float) and node.value not in _PLAIN
        if typed and not supposes and _inside(node, above) not in _HARMLESS:
            yield node.lineno, str(node.value), "a number"


def _inside(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    """The name of the argument, entry, variable or call that a ``node`` of the syntax is in."""
    while node in above:
        below, node = node, above[node]
        match node:
            case ast.keyword(arg=str(name)) | ast.comprehension(target=ast.Name(id=name)):
                return name
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return name
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name
            case ast.Dict(keys=keys, values=values) if below in values:
                name = getattr(keys[values.index(below)], "value", "")
                if name in _HARMLESS:
                    return name
            case ast.Subscript() | ast.Compare():
                return "value"
    return ""


def unsteady(code: str) -> Iterator[tuple[int, str]]:
    """Line and sentence of what may not be used in the ``code`` of a cell."""
    for number, line in enumerate(code.splitlines(), start=1):
        for pattern, why in _REFUSED["code"].items():
            if found := re.search(pattern, line):
                yield number, f"{found[0]!r} {why}"


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
    lines = text.splitlines()
    for cell, start in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        if cell.cell_type == "code" and cell.source:
            # Behind its options, of which there may be any number.
            yield lines.index(cell.source.splitlines()[0], start), cell


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
