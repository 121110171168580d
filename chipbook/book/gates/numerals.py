"""The naked-number gate: a numeral that no row and no cell stands behind fails the build.

Numbers in prose must come from the data package through ``{fact}``. What is no claim about the
world (a year, a chip's name, a licence) is let through by ``chapters/numerals.toml``, where each
pattern has its reason.

A chart with inputs is drawn in its first state. A numeral of its title must stand there, in what is
drawn, or count rows of its data; a title on another state reads as if it were about this one. A
title whose words, not its numerals, are about another state passes.
"""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.domain import fact_ref, source_ref
from chipbook.book.gates import Faults, gate, syntax, with_class
from chipbook.book.parts import ancestors
from chipbook.book.parts.figures import chart, controls, drawing_of
from chipbook.book.parts.tables import table_region
from chipbook.charts.spec import datasets
from chipbook.data.braces import KEY

NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")

# Text that is code, that a cell printed, or that the data package supplied.
_BOUND = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.problematic,
    fact_ref,
    source_ref,
    table_region,
)


@cache
def allowed(path: Path) -> list[re.Pattern]:
    """The patterns of the allow-list at ``path``. Raises ``ValueError`` for one without reason."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["allow"]
    for entry in entries:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{path}: the pattern {entry['pattern']!r} has no reason")
    return [re.compile(entry["pattern"]) for entry in entries]


def naked(text: str, patterns: list[re.Pattern]) -> list[str]:
    """The numerals in ``text`` that none of the ``patterns`` covers, in order."""
    covered = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    return [
        match.group()
        for match in NUMERAL.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in covered)
    ]


def _is_bound(node: nodes.Element) -> bool:
    return any(
        isinstance(each, _BOUND)
        or "cell_output" in each.get("classes", ())
        or each.get("nb_element") == "mime_bundle"
        for each in (node, *ancestors(node))
    )


def faults(app: Sphinx, doctree: nodes.document) -> Faults:
    """Each naked numeral of a page."""
    path = Path(app.srcdir) / "chapters" / "numerals.toml"
    patterns = allowed(path)
    app.env.note_dependency(str(path))
    last: nodes.Element = doctree
    for block in doctree.findall(nodes.Element):
        # The cell of a table does not know its line.
        last = block if block.line else last
        text = _free(block)
        for numeral in naked(text, patterns):
            told = f"naked number {numeral!r} in {' '.join(text.split())[:90]!r}"
            yield last, f"{told}: bind it to data with {{fact}}, or print it from a cell"
    for cell in with_class(doctree, "cell_input"):
        for numeral, text in typed_in_code(cell.astext(), patterns):
            told = f"naked number {numeral!r} typed into the chart text {text[:90]!r}"
            yield cell, f"{told}: format it in from a fact"
    for image in doctree.findall(nodes.image):
        for numeral in naked(image.get("alt", ""), patterns):
            yield image, f"naked number {numeral!r} in a text alternative"
    for node in (node for node in doctree.findall(chart) if controls(node["spec"])):
        for numeral in elsewhere(node["title"], drawing_of(app, node).wide, node["spec"], patterns):
            told = f"names {numeral}, which its first state does not show: {node['title']!r}"
            yield (app.env.docname, node.get("at")), f"the title of a chart {told}"


def elsewhere(title: str, svg: str, spec: dict, patterns: list[re.Pattern]) -> list[str]:
    """The numerals of a ``title`` that the drawing ``svg`` of its ``spec`` does not bear out.

    Those that the ``patterns`` cover are left out.
    """
    texts = re.findall(r"<text.*?</text>", svg, re.DOTALL)
    shown = set(NUMERAL.findall(unescape(re.sub(r"<[^>]+>", " ", " ".join(texts)))))
    for rows in datasets(spec):
        counts = (Counter(str(row.get(name)) for row in rows) for name in rows[0])
        shown.update(str(number) for count in counts for number in (len(rows), *count.values()))
    return [numeral for numeral in naked(title, patterns) if numeral not in shown]


def _free(block: nodes.Element) -> str:
    """The text of a block of prose, but for what data or a cell stand behind."""
    if not isinstance(block, nodes.TextElement) or isinstance(block, nodes.Inline):
        return ""
    if _is_bound(block):
        return ""
    # A space stands for what is bound, so that two halves of a sentence do not join up.
    return "".join(
        " " if _is_bound(text.parent) else text.astext()
        for text in block.findall(nodes.Text)
        if _owner(text) is block
    )


def _owner(text: nodes.Text) -> nodes.Element:
    """The block that a piece of text belongs to: its nearest ancestor that is not inline."""
    return next(node for node in ancestors(text) if not isinstance(node, nodes.Inline))


# Arguments whose text a reader of a chart or table sees.
_READ = {"title", "subtitle", "description", "text", "label", "name"}


def typed_in_code(code: str, patterns: list[re.Pattern]) -> list[tuple[str, str]]:
    """Numerals that none of the ``patterns`` covers in a chart's words in ``code``, with the text.

    Those are its title, subtitle and text alternative, and the names of its inputs.
    """
    arguments = [node for node in syntax(code) if isinstance(node, ast.keyword)]
    texts = [
        part.value
        for argument in arguments
        for part in (ast.walk(argument.value) if argument.arg in _READ else ())
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value
    ]
    # A key in braces is no numeral.
    return [(numeral, text) for text in texts for numeral in naked(KEY.sub(" ", text), patterns)]


def setup(app: Sphinx) -> None:
    """Register the gate."""
    gate(app, faults)
