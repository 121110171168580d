"""The gate for denials: no figure with a cross stands on a page without the word or its cross.

A ``{fact}`` in prose marks itself. A chart or table is checked by the rows that its cell hands
over: where one is a figure that was denied, or rests on one, the reader must see so without a
click, as a word (in title, subtitle, caption, note, cell or label) or, in a chart, as the cross of
the theme for its kind and no other; the text alternative of a chart says it in words. Where a cell
names such a figure in its code, the page must carry the figure's card, or the output the word.

A figure that code picks by another way than its id is told by its amount, where no other figure has
the same: a cell that shows one says the word as well.

What this cannot see: such a figure whose amount another one has, or that is drawn and not written,
and the cross of which row is drawn where rows of both kinds are.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.domain import used
from chipbook.book.gates import Faults, syntax, with_class
from chipbook.book.parts.figures import caption, chart
from chipbook.book.parts.tables import table_region
from chipbook.charts import theme
from chipbook.charts.spec import channels, title, views
from chipbook.data import facts
from chipbook.data.braces import KEY
from chipbook.story.answers import sign, signs_in

DENIAL = re.compile(
    r"(?<!\bnobody )(?<!\bno one )(?<!\bnot )(?<!\bnever )(?<!\bno )"
    r"\b(den(y|ied|ies|ials?)|disputed|incorrect|inaccurate)\b",
    re.IGNORECASE,
)
"""A word that tells of a denial, and not of none."""


@cache
def _amounts() -> re.Pattern:
    """The amounts of figures with a cross that no other figure has, as a page prints them."""
    said: dict[bool, set[str]] = {True: set(), False: set()}
    for key in facts:
        said[bool(sign(key))].add(format(facts[key], "amount"))
    # A bare number or a share is soon another's.
    own = (text for text in said[True] - said[False] if re.search(r"\d [a-z]|[$€¥]\d", text))
    return re.compile(rf"(?<![\d.,])(?:{'|'.join(map(re.escape, sorted(own)))})(?!\d)")


def drawn(spec: dict) -> Iterator[str]:
    """What a sighted reader of a ``spec`` can read in it: its titles, and the texts it draws."""
    yield from title(spec)
    for view in views(spec):
        shown = {entry.get("field") for name, entry in channels(view) if name != "tooltip"}
        for row in view.rows:
            yield from (row[name] for name in shown if isinstance(row.get(name), str))


def heard(spec: dict) -> Iterator[str]:
    """All that a reader of a ``spec`` can read in it, or hear of it."""
    yield from (*drawn(spec), spec["description"])


def crosses(spec: dict) -> set[str]:
    """The signs whose crosses a ``spec`` draws."""
    marks = [view.mark for view in views(spec) if isinstance(view.mark, dict)]
    shapes = {mark.get("shape") for mark in marks}
    return {word for word, mark in theme.CROSSES.items() if mark["shape"] in shapes}


def problems(node: chart | table_region) -> list[str]:
    """What a chart or table keeps from its readers on the denials behind its figures, in words."""
    if isinstance(node, table_region):
        kept = ", ".join(node.get("denied", ()))
        if not kept or DENIAL.search(node.astext()):
            return []
        return [f"a table shows denied figures and no denial: {kept}"]
    spec = node["spec"]
    signs = signs_in(row for view in views(spec) for row in view.rows)
    if not signs:
        return []
    figures, wrong = ", ".join(signs), []
    for word in sorted(crosses(spec).difference(signs.values())):
        wrong.append(f'a chart draws the cross for "{word}" and no such figure: {figures}')
    if not crosses(spec) and not any(map(DENIAL.search, [*drawn(spec), caption(node)])):
        wrong.append(f"a chart draws denied figures and no denial: {figures}")
    if not DENIAL.search(spec["description"]):
        wrong.append(f"the text alternative of a chart leaves out a denial: {figures}")
    return wrong


def named(code: str) -> set[str]:
    """The figures with a cross whose ids stand in the ``code`` of a cell, as such or in braces."""
    constants = [node.value for node in ast.walk(syntax(code)) if isinstance(node, ast.Constant)]
    texts = [constant for constant in constants if isinstance(constant, str)]
    keys = {key for text in texts for key in (text, *(m[1] for m in KEY.finditer(text)))}
    return {key for key in keys if key in facts and sign(key)}


def faults(app: Sphinx, doctree: nodes.document) -> Faults:
    """Each figure of a page that stands without its cross."""
    docname = app.env.docname
    places: list[chart | table_region] = [*doctree.findall(chart), *doctree.findall(table_region)]
    for shown in places:
        yield from (((docname, shown.get("at")), problem) for problem in problems(shown))
    carded = set(used(app.env, "numbers").get(docname, ()))
    for cell in with_class(doctree, "cell"):
        said = " ".join(part.astext() for part in with_class(cell, "cell_output"))
        said += " ".join(text for each in cell.findall(chart) for text in heard(each["spec"]))
        typed = (named(part.astext()) for part in with_class(cell, "cell_input"))
        missing = set().union(*typed) - carded
        if missing and said and not DENIAL.search(said):
            listed = ", ".join(sorted(missing))
            yield cell, f"a cell uses denied figures that have no card on this page: {listed}"
        elif not DENIAL.search(said) and (found := sorted({*_amounts().findall(said)})):
            yield cell, f"a cell shows amounts of denied figures and no denial: {', '.join(found)}"
