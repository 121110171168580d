"""The naked-number gate: a numeral that no row and no cell stands behind fails the build.

Numbers on a page come from the data package, through ``{fact}`` or a cell. Every other text and
attribute of it that a reader sees or hears is searched, whatever it is in: digits of all scripts,
signs such as ½ and Ⅻ, and number words. What is no claim about the world (a year, a chip's name, a
licence, a span of time) is let through by ``chapters/numerals.toml``, where each pattern has its
reason. What the code of cells may hold is asked by :mod:`chipbook.book.gates.code`.

A chart with inputs is drawn in its first state. A numeral of its title must stand there, in what is
drawn, or count rows of its data; a title on another state reads as if it were about this one. A
title whose words, not its numerals, are about another state passes.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from chipbook.book.domain import fact_ref, source_ref
from chipbook.book.gates import Faults
from chipbook.book.parts import ancestors
from chipbook.book.parts.figures import chart, controls, drawing_of
from chipbook.book.parts.tables import table_region
from chipbook.charts.spec import datasets
from chipbook.classroom.exercises import EXERCISES, expected
from chipbook.data.settings import settings

_LISTS = settings(__file__)
_STANDS_FOR: dict[str, str] = _LISTS["reads"] | {"COUNTED": f"(?!{_LISTS['after']['COUNTED']})"}
_SIGNS = "".join(
    sign for sign in map(chr, range(128, 0x20000)) if unicodedata.numeric(sign, None) is not None
)
_ROMAN = "(?=[IVXLCDM]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_WORD = f"(?:{'|'.join(_LISTS['reads'].values())})"
NUMERAL = re.compile(
    rf"[\d{_SIGNS}]+(?:[.,]\d+)*"
    rf"|\b{_ROMAN}(?!\w)|\b(?i:{_WORD}(?:[\s-]+(?:and\s+)?(?:an?\s+)?{_WORD})*)\b"
)

# What data or a cell stand behind, what numbers itself, and what nobody reads.
_BOUND = (
    fact_ref,
    source_ref,
    table_region,
    nodes.raw,
    nodes.comment,
    nodes.problematic,
    nodes.footnote_reference,
    nodes.label,
)
# Code, if no words stand in it: an operator, a call, a name, a file.
_CODE = re.compile(r"[=(){}\[\]<>*/|#&]|^[A-Za-z][\w.:-]*$")
_WORDS = re.compile(r"\w [A-Za-z]{2,}")
_AMOUNT = re.compile(r"[$€¥£]\d|\d\s?(?:%|(?:bn|mn|tn|million|billion|trillion)\b)")
_HTML = "|".join(_LISTS["attributes"]["html"])
_ATTRIBUTE = re.compile(rf"\b(?i:{_HTML})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


@cache
def listed(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The lists of the file at ``path``. Raises ``ValueError`` for a pattern without a reason."""
    found = settings(path)
    for entry in found["allow"]:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{path}: the pattern {entry['pattern']!r} has no reason")
    return found


def allowed(path: Path, page: str) -> list[re.Pattern]:
    """The patterns of the allow-list at ``path`` for a ``page``, and the words that data hold."""
    entries = (each for each in listed(path)["allow"] if page in each.get("pages", [page]))
    found = [_written_out(entry["pattern"]) for entry in entries]
    words = (re.escape(each["words"]) for each in held(path, page) if holds(each))
    return [re.compile(pattern) for pattern in (*found, *words)]


def held(path: Path, page: str) -> list[dict[str, Any]]:
    """The entries of the file at ``path`` for words on a ``page`` that a number holds."""
    return [each for each in listed(path).get("held", []) if each["page"] == page]


def holds(entry: dict[str, Any]) -> bool:
    """Whether the ``number`` of an entry lies ``between`` the ends of its words, a range wholly.

    It is a formula, or the answer to the exercise of that name, in base units.
    """
    low, high = entry["between"]
    named = EXERCISES.get(entry["number"], {"answer": entry["number"]})
    number = expected(named["answer"])
    ends = number.bounds if number.value is None else (number.value,)
    return all(low <= end <= high for end in ends)


def _written_out(pattern: str) -> str:
    for word, meaning in _STANDS_FOR.items():
        pattern = pattern.replace(word, meaning)
    return pattern


def naked(text: str, patterns: list[re.Pattern]) -> list[str]:
    """The numerals in ``text`` that none of the ``patterns`` covers, in order."""
    covered = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    return [
        match.group()
        for match in NUMERAL.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in covered)
    ]


def texts(doctree: nodes.document) -> Iterator[tuple[nodes.Element, str]]:
    """Each text of a page that data do not stand behind, with the nearest node that has a line."""
    blocks: dict[nodes.Element, list[str]] = {}
    for text in doctree.findall(nodes.Text):
        block = next(node for node in ancestors(text) if not isinstance(node, nodes.Inline))
        blocks.setdefault(block, []).append(_read(text))
    said = [(block, "".join(parts)) for block, parts in blocks.items()]
    for node in doctree.findall(nodes.Element):
        spoken = [str(node[name]) for name in _LISTS["attributes"]["said"] if node.get(name)]
        if isinstance(node, addnodes.toctree | addnodes.index):
            named = 0 if isinstance(node, addnodes.toctree) else 1
            spoken += [entry[named] or "" for entry in node["entries"]]
        said += [] if _is_bound(node) else [(node, text) for text in spoken]
    for node, text in said:
        place = next((each for each in (node, *ancestors(node)) if each.line), node)
        yield place, " ".join(_UNSEEN.sub("", text).split())


def _read(text: nodes.Text) -> str:
    """What is read of a ``text``: nothing of what data or a cell stand behind, and of code."""
    parent = text.parent
    if isinstance(parent, nodes.raw) and parent.line and not parent.get("made"):
        heard = _ATTRIBUTE.findall(text.astext())
        return unescape(" ".join([re.sub("<[^>]+>", " ", text.astext()), *heard]))
    if _is_bound(parent):
        return " "  # so that two halves of a sentence do not join up
    if isinstance(parent, nodes.literal | nodes.literal_block):
        return "\n".join(line for line in text.astext().splitlines() if not is_code(line))
    return text.astext()


def _is_bound(node: nodes.Element) -> bool:
    for each in (node, *ancestors(node)):
        heads = isinstance(each, nodes.title) and isinstance(each.parent, nodes.table)
        if heads or isinstance(each, nodes.caption | nodes.legend):
            # Typed in the head of a cell, whatever the cell shows below it.
            return False
        if isinstance(each, _BOUND) or each.get("nb_element") or each.get("made"):
            return True
    return False


def is_code(text: str) -> bool:
    """Whether a ``text`` set as code is some, and no words in another type."""
    return bool(_CODE.search(text)) and not _WORDS.search(text) and not _AMOUNT.search(text)


def faults(app: Sphinx, doctree: nodes.document) -> Faults:
    """Each naked numeral of a page."""
    path = Path(app.srcdir) / "chapters" / "numerals.toml"
    page = app.env.docname
    patterns = allowed(path, page)
    app.env.note_dependency(str(path))
    front = (text for text in app.env.metadata[page].values() if isinstance(text, str))
    told = (((page, 1), text) for text in front if not text.startswith("{"))
    for place, text in (*texts(doctree), *told):
        for numeral in naked(text, patterns):
            said = f"naked number {numeral!r} in {text[:90]!r}"
            yield place, f"{said}: bind it to data with {{fact}}, or print it from a cell"
    for node in (node for node in doctree.findall(chart) if controls(node["spec"])):
        for numeral in elsewhere(node["title"], drawing_of(app, node).wide, node["spec"], patterns):
            said = f"names {numeral}, which its first state does not show: {node['title']!r}"
            yield (page, node.get("at")), f"the title of a chart {said}"
    for entry in held(path, page):
        if not holds(entry):
            said = f"{entry['words']!r}: {entry['number']} is not between {entry['between']} now"
            yield (page, 1), f"{said}; say it otherwise, and change chapters/numerals.toml"


def elsewhere(title: str, svg: str, spec: dict, patterns: list[re.Pattern]) -> list[str]:
    """The numerals of a ``title`` that the drawing ``svg`` of its ``spec`` does not bear out.

    Those that the ``patterns`` cover are left out, and a scale alone, which is no number.
    """
    drawn = re.findall(r"<text.*?</text>", svg, re.DOTALL)
    shown = set(NUMERAL.findall(unescape(re.sub(r"<[^>]+>", " ", " ".join(drawn)))))
    for rows in datasets(spec):
        counts = (Counter(str(row.get(name)) for row in rows) for name in rows[0])
        shown.update(str(number) for count in counts for number in (len(rows), *count.values()))
    scale = re.compile(_LISTS["reads"]["SCALE"])
    numerals = (each for each in naked(title, patterns) if not scale.fullmatch(each))
    return [numeral for numeral in numerals if numeral not in shown]
