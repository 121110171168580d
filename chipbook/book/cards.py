"""The card of a number as HTML, and the words in which cards and pages say ranges and dates."""

import json
import math
import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache, partial
from itertools import groupby

import jinja2
from babel import Locale
from docutils import nodes
from docutils.utils.smartquotes import educate_tokens
from markupsafe import Markup, escape
from sphinx.application import Sphinx

from chipbook.book import domain
from chipbook.book.tongues import cell_tongue, lang, title_tongue, tongue, with_marks
from chipbook.charts.tables import with_dates
from chipbook.data import Fact, date_words, facts, resource, row_cells, words
from chipbook.data.braces import KEY
from chipbook.data.derived import tree
from chipbook.data.quantity import Quantity
from chipbook.story import claims, evidence
from chipbook.story.answers import contests, reports, sign
from chipbook.story.reviews import last_search, newest_page, overdue

# A count over a whole table rests on hundreds of pages; its card names the strongest.
LISTED = 8
SET = 8  # So many of the numbers that a formula is worked out from can be set.


def answers(fact: Fact) -> list[Mapping[str, str]]:
    """Rows of press_reports for the reports that a ``fact`` comes from, as plain dicts."""
    return [reports()[report] for report in fact.reports]


def range_words(quantity: Quantity) -> str:
    """The bounds of a ``quantity`` in words, or nothing for one that is a point."""
    low, high = quantity.bounds
    if low == high:
        return ""
    least, most = quantity.ends_in_words
    if math.isinf(high):
        return f"{least} or more, no upper end given"
    if math.isinf(low) or low == 0:
        return f"up to {most}, no lower end given"
    rounded = quantity.rough and quantity.drawn != quantity.bounds
    return f"{least} to {most}" + (": a rounded number leaves so much open" if rounded else "")


def language_of(fact: Fact) -> str:
    """The code of the language of the words quoted for a ``fact``: English if not translated.

    The words of an English page may have been seen in a Chinese digest alone.
    """
    spoken = (domain.sources_by_id()[source]["language"] for source in fact.quantity.sources)
    return tongue(fact.quoted, *spoken if fact.translation else ())


@cache
def _read() -> set[str]:
    """The rows that hold what formulas are worked out from."""
    formulas = (key for key in facts if facts.fact(key).formula)
    return {facts.fact(part).holder for key in formulas for part in evidence.parts(key)}


@cache
def template(name: str) -> jinja2.Template:
    """The template ``name``, which writes a part of a page; its filters say a day, a language."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chipbook.book"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["curly"] = curly
    environment.filters["dates"] = lambda text: "".join(with_dates(text))
    environment.filters["day"] = date_words
    environment.filters["language"] = lambda code: Locale(code.partition("-")[0]).english_name
    environment.filters["lang"] = lang
    environment.filters["cell_lang"] = lambda row, column: lang(cell_tongue(column, row))
    environment.filters["title_lang"] = lambda source: lang(title_tongue(source))
    environment.filters["with_marks"] = with_marks
    environment.globals |= {
        "claims": claims,
        "codes": words,
        "domain": domain,
        "evidence": evidence,
        "facts": facts,
        "language_of": language_of,
        "range_words": range_words,
        "resource": resource,
    }
    return environment.get_template(name)


def curly(html: str) -> Markup:
    """Some ``html`` with the quotation marks and apostrophes of its text as Sphinx sets them."""
    parts = re.split("(<[^>]*>)", str(html))
    # In a tag they would end a value.
    parts[::2] = (part.replace("&#39;", "'").replace("&#34;", '"') for part in parts[::2])
    tokens = (("tag" if at % 2 else "plain", part) for at, part in enumerate(parts))
    return Markup("".join(educate_tokens(tokens, attr="q", language="en")))


def part(app: Sphinx, here: str, name: str, **told: object) -> nodes.raw:
    """What the template ``name`` makes of what is ``told``, as a node of the page ``here``.

    In it ``link(page, target)`` is an address, ``fact(key)`` a number with its cross and its card,
    ``said(text)`` a text with keys in braces, ``sources(ids)`` links to the entries of sources.
    The node knows the numbers, for the key of the crosses.
    """
    keys: list[str] = []
    link = partial(domain.address, app, here)

    def fact(key: str, words: str = "") -> Markup:
        keys.append(key)
        start, end = domain.fact_start(app.builder, here, key), domain.fact_end(key)
        return Markup(start) + (words or str(facts[key])) + Markup(end)

    def said(text: str) -> Markup:
        first, *rest = KEY.split(text)
        parts = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        found = (fact(key, format(facts[key], form or "")) + after for key, form, after in parts)
        return escape(first) + Markup("").join(found)

    def sources(ids: Sequence[str]) -> Markup:
        known = {key: domain.sources_by_id()[key] for key in ids if key in domain.sources_by_id()}
        place = '<a class="src" href="{}">{}</a>'
        return Markup(", ").join(
            Markup(place).format(
                link(domain.SOURCES_PAGE, f"source-{key}"), domain.short_name(source)
            )
            for key, source in known.items()
        )

    html = template(name).render(link=link, fact=fact, said=said, sources=sources, **told)
    return nodes.raw("", html, format="html", facts=keys)


def card(
    key: str,
    link: Callable[..., str],
    *,
    used_in: Sequence[tuple[str, str]] = (),
    prefix: str = "card",
    folded: bool = False,
    pages: Container[str] = (),
) -> str:
    """HTML of the card of the number ``key``, its id starting with ``prefix``.

    ``link(page, target)`` gives an address from where it stands. ``used_in`` are the pages with the
    number, by name and title. ``folded`` puts what is not needed at once into folds, for the card
    beside a number; ``pages`` are those of the book: a card links to none that is missing.
    """
    fact = facts.fact(key)
    listed = domain.by_strength(fact.quantity.sources)
    shown = [(source, domain.sources_by_id()[source]) for source in listed[:LISTED]]
    parts = evidence.parts(key)
    return template("card.html").render(
        fact=fact,
        quantity=fact.quantity,
        answers=answers(fact),
        mark=domain.CLASSES.get(sign(key)),
        # Where no answer coded for a report of its own tells it.
        denials=() if contests(fact.answered) else evidence.denials(key),
        traceable=bool(fact.table or parts),
        panels=domain.DISAGREEMENTS_PAGE in pages,
        # What the formula names first, then the rows that this is made from in turn.
        parts=dict.fromkeys((*filter(facts.__contains__, fact.reads), *parts)),
        made=tree(fact.formula) if fact.formula else None,
        tries=parts[:SET] if fact.formula else [key] * (fact.holder in _read()),
        shown=shown,
        sources=groupby(shown, lambda entry: entry[1]["strength"]),
        more=len(listed[LISTED:]),
        overdue=overdue(fact),
        searched=last_search().isoformat(),
        newest=newest_page(),
        cells=json.dumps(
            row_cells(key) if fact.table else evidence.ends(fact.quantity), separators=(",", ":")
        ),
        link=link,
        used_in=used_in,
        prefix=prefix,
        folded=folded,
    )


def add_cards(app: Sphinx, pagename: str, _template: str, context: dict, doctree: object) -> None:
    """Put the cards of the numbers that the page ``pagename`` uses at the end of ``context``."""
    keys = sorted(domain.used(app.env, "numbers").get(pagename, ()))
    if not keys:
        return
    link, where = partial(domain.address, app, pagename), domain.where_used(app.env)
    pages = app.env.found_docs
    cards = "\n".join(card(key, link, used_in=where[key], folded=True, pages=pages) for key in keys)
    context["body"] += f'\n<noscript class="cards"><div hidden>\n{cards}\n</div></noscript>\n'
