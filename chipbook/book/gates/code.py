"""The gate for the code of cells: no number typed where one of the data belongs, nothing by chance.

Each cell is read as it stands in the file, also one that the page hides or leaves out. In its
texts and comments a numeral is refused like one in prose; a key in braces, an id, a date and an
expression of a chart are no words. A number may say how a chart looks, or be one of a few that
count units (``code.toml``); in an exercise it may be what the exercise supposes.

What this cannot see: a number that is put together from others or written as the length of a text,
and a round one in an expression of a chart, as the place of a mark or as the value of an input.
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
from chipbook.book.gates.numerals import NUMERAL, allowed, naked
from chipbook.classroom.exercises import TAG
from chipbook.data.braces import KEY
from chipbook.data.settings import settings

_LISTS = settings(__file__)
_ARGUMENTS = {*_LISTS["looks"], *_LISTS["arguments"]}
_PLAIN: list[float] = _LISTS["plain"]
_REFUSED: dict[str, dict[str, str]] = _LISTS["refused"]

# An id, a column and its type, a date, a format, the path of a shape.
_NAME = re.compile(
    r"(?![A-Za-z]*[\d.]+bn)[A-Za-z_][\w./|·-]*(?::[QNTO])?|\d{4}(?:-\d\d){1,2}|,?\.\d[a-z%]|(?=[M,-])[\d.,-]*(?:[MLHVAZ][\d.,-]*)+"
)
_OPERATOR = re.compile(r"\bdatum\b|[=!<>]=| [-+*/<>?] |&&|\[\d")
_FIGURE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
# What no expression has: two words side by side, a number with its unit.
_PROSE = re.compile(
    r"[A-Za-z]{2,} [A-Za-z]{2,}|(?<![\w.])\d[\d.,]* ?(?!and|or|in)[A-Za-z]{2,}|[$€¥£]\d|\d%"
)


def spoken(text: str) -> str:
    """What a reader could see of a ``text`` in code: of an expression, the texts in quotes."""
    if _NAME.fullmatch(text) and not NUMERAL.fullmatch(text):
        return ""
    bare = _QUOTED.sub(" ", text)
    if _OPERATOR.search(bare) and not _PROSE.search(bare):
        quoted = (each for each in map("".join, _QUOTED.findall(text)) if not _NAME.fullmatch(each))
        return " ".join([*quoted, *(each for each in _FIGURE.findall(bare) if _exact(float(each)))])
    return KEY.sub(" ", text).strip()


def typed_in_code(
    code: str, patterns: list[re.Pattern], supposes: bool = False
) -> Iterator[tuple[int, str, str]]:
    """Line, numeral and text of each in the ``code`` that none of the ``patterns`` covers.

    One that ``supposes`` something may hold numbers as such.
    """
    for number, line in enumerate(code.splitlines(), start=1):
        for comment in re.findall(r"(?:^|\s)#\s*(.+)$", line):
            yield from ((number, numeral, comment) for numeral in naked(comment, patterns))
    every = list(ast.walk(syntax(code)))
    above = {below: node for node in every for below in ast.iter_child_nodes(node)}
    for node in (node for node in every if isinstance(node, ast.Constant)):
        if isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found = naked(spoken(text), patterns) if text not in map(str, _PLAIN) else []
            yield from ((node.lineno, numeral, text) for numeral in found)
            continue
        if supposes or not isinstance(node.value, int | float | complex) or node.value in _PLAIN:
            continue
        if _exact(node.value) or not _looks(node, above):
            yield node.lineno, str(node.value), "a number"


def _exact(value: complex) -> bool:
    """Whether a number has more than three digits that count, as no place or look has; no year."""
    return complex(f"{value:.3g}") != value and value not in range(1900, 2100)


def _looks(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a number, a ``node`` of the syntax, says how a chart looks or where it stands."""
    while node in above:
        below, node = node, above[node]
        match node:
            case ast.keyword(arg=name):
                made = ast.unparse(above[node]).partition("(")[0].rpartition(".")[2]
                return name in _ARGUMENTS and made not in _LISTS["rows"]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return name in _LISTS["places"]
            case (
                ast.comprehension(target=ast.Name(id=name))
                | ast.Assign(targets=[ast.Name(id=name)])
            ):
                if name in _LISTS["held"]:
                    return True
            case ast.Dict(keys=keys, values=values) if below in values:
                if getattr(keys[values.index(below)], "value", "") in _LISTS["looks"]:
                    return True
            case ast.Compare():
                return True
            case ast.Subscript(slice=index) if index is below:
                return True
    return False


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
