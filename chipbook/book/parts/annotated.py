"""The article as running text, clause by clause, each with its verdict and a note beside it.

A note is shown by the box that its clause labels, and the notes on one verdict by the key, with no
script: in other formats than HTML text, verdicts and notes follow each other.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import template
from chipbook.book.domain import note_sources, number, short_name, sources_by_id, use, with_numbers
from chipbook.book.lines import Part, joined, line
from chipbook.book.parts.tables import links
from chipbook.book.tongues import title_tongue
from chipbook.data import BOOK, facts, split
from chipbook.topics.article import ARTICLE, VERDICTS, statements


class AnnotatedArticle(SphinxDirective):
    """``{annotated-article}``: key, title and paragraphs of the article that the book explains."""

    def run(self) -> list[nodes.Node]:
        """The parts in one container; the page uses its numbers and sources."""
        table = statements()
        page = sources_by_id()[ARTICLE]
        title = line(
            nodes.strong("", page["title"], classes=[f"language-{title_tongue(page)}"]),
            " ",
            _raw(f'<a href="{escape(page["url"])}">{escape(short_name(page))}</a>'),
            classes=["article-title"],
        )
        text = nodes.enumerated_list("", classes=["article-text"])
        for _, rows in table.groupby("paragraph"):
            heading = "".join(rows["heading"].dropna())
            parts = [part for row in rows.itertuples() for part in self._clause(row)]
            above = [line(heading, classes=["article-heading"])] if heading else []
            text += nodes.list_item("", *above, line(*parts))
        note_sources(self.env, {ARTICLE}, self.lineno)
        counts = table["verdict"].value_counts().to_dict()
        key = template("verdict-key.html").render(verdicts=VERDICTS, counts=counts)
        inside = [_raw(key), title, text]
        return [nodes.container("", *inside, classes=["annotated", "picture"], made=True)]

    def _clause(self, row: Any) -> Iterator[nodes.Node]:
        """A clause with its verdict, the box that shows its note, and the note."""
        kind, shown = nodes.make_id(row.verdict), f"clause-{row.id}"
        opened = " checked" if row.verdict == "wrong" else ""
        yield _raw(f'<input type="checkbox" id="{shown}" class="clause-box"{opened}>')
        yield _raw(f'<label class="clause {kind}" for="{shown}">')
        clause = BOOK.raw("article_statements")[row.id]["clause"]
        yield from with_numbers(self.env, clause or row.subject)
        yield nodes.inline("", f" {VERDICTS[row.verdict]} {row.verdict}", classes=["verdict"])
        yield _raw("</label>")
        yield nodes.Text(" ")
        note = line(*self._note(row)).children
        shut = [] if opened else ["folded"]
        yield nodes.inline("", "", *note, classes=["clause-note", kind, *shut])
        yield nodes.Text(" ")

    def _note(self, row: Any) -> Iterator[Part]:
        keys = [key for key in split(row.fact_ids) if facts[key].sources != (ARTICLE,)]
        pages = [page for page in split(row.source_ids) if page != ARTICLE]
        use(self.env, "numbers", keys)
        note_sources(self.env, [*pages, *split(row.same_in)], self.lineno)
        yield nodes.strong("", f"{VERDICTS[row.verdict]} {row.verdict.capitalize()}. ")
        beside = "" if row.verdict == "no report found" else "The report: "
        yield f"{row.reason} {beside}{row.report}"
        if keys:
            yield from (" (", *joined(map(number, keys), "; "), ")")
        if row.verdict != "left out":
            yield from (" In Italian: ", _raw(f'<i lang="it">{escape(row.fragment)}</i>'), ".")
        for said, found in ((" Sources: ", pages), (" Told so also by ", split(row.same_in))):
            if found:
                yield nodes.inline("", "", nodes.Text(said), *links(found), nodes.Text("."))


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")
