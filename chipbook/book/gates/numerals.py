"""The naked-number gate: a numeral that no row and no cell stands behind fails the build.

Numbers in prose must come from the data package through ``{fact}``. What is no claim about the
world (a year, a chip's name, a licence) is let through by ``chapters/numerals.toml``, where each
pattern has its reason.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from chipbook.book.domain import fact_ref
from chipbook.book.pages.known_when import known_claim
from chipbook.book.pages.sources import source_ref
from chipbook.book.parts.tables import table_region
from chipbook.data.braces import KEY

logger = logging.getLogger(__name__)

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
    known_claim,
)


@cache
def allowed(path: Path) -> list[re.Pattern]:
    """The patterns of the allow-list. Raises ``ValueError`` for one without a reason."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["allow"]
    for entry in entries:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{path}: the pattern {entry['pattern']!r} has no reason")
    return [re.compile(entry["pattern"]) for entry in entries]


def naked(text: str, patterns: list[re.Pattern]) -> list[str]:
    """The numerals in ``text`` that no pattern covers, in order."""
    covered = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    return [
        match.group()
        for match in NUMERAL.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in covered)
    ]


def _is_bound(node: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, _BOUND):
            return True
        if isinstance(node, nodes.container) and (
            "cell_output" in node["classes"] or node.get("nb_element") == "mime_bundle"
        ):
            return True
        node = node.parent
    return False


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, with file and line, for each naked numeral of a page just read."""
    path = Path(app.srcdir) / "chapters" / "numerals.toml"
    patterns = allowed(path)
    app.env.note_dependency(str(path))
    for block in doctree.findall(nodes.TextElement):
        if isinstance(block, nodes.Inline) or _is_bound(block):
            continue
        # A space stands for what is bound, so that two halves of a sentence do not join up.
        free = "".join(
            " " if _is_bound(text.parent) else text.astext()
            for text in block.findall(nodes.Text)
            if _owner(text) is block
        )
        for numeral in naked(free, patterns):
            logger.warning(
                "naked number %r in %r: bind it to data with {fact}, or print it from a cell",
                numeral,
                " ".join(free.split())[:90],
                location=_located(block),
            )
    for cell in doctree.findall(
        lambda node: "cell_input" in getattr(node, "attributes", {}).get("classes", ())
    ):
        for numeral, text in typed_in_code(cell.astext(), patterns):
            logger.warning(
                "naked number %r typed into the chart text %r: format it in from a fact",
                numeral,
                text[:90],
                location=cell,
            )
    for image in doctree.findall(nodes.image):
        for numeral in naked(image.get("alt", ""), patterns):
            logger.warning("naked number %r in a text alternative", numeral, location=image)


def _located(block: nodes.Element) -> nodes.Element:
    """The block itself, or the last one before it that knows its line (cells of tables don't)."""
    last = block
    for node in block.document.findall(nodes.Element):
        if node.line:
            last = node
        if node is block:
            break
    return last


# Arguments whose text a reader of a chart or table sees.
_READ = {"title", "subtitle", "description", "text", "label", "name"}


def typed_in_code(code: str, patterns: list[re.Pattern]) -> list[tuple[str, str]]:
    """Numerals typed into the title, subtitle or text alternative of a chart, with the text."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # A magic or shell line: such a cell draws no chart.
        return []
    found = []
    for keyword in (node for node in ast.walk(tree) if isinstance(node, ast.keyword)):
        if keyword.arg not in _READ:
            continue
        for part in ast.walk(keyword.value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value:
                free = KEY.sub(" ", part.value)  # a key in braces is no numeral
                found += [(numeral, part.value) for numeral in naked(free, patterns)]
    return found


def _owner(text: nodes.Text) -> nodes.Element:
    """The block that a piece of text belongs to: its nearest ancestor that is not inline."""
    node = text.parent
    while isinstance(node, nodes.Inline):
        node = node.parent
    return node


def setup(app: Sphinx) -> dict[str, object]:
    """Register the gate."""
    app.connect("doctree-read", check)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
