"""Which pages are written anew though nobody touched them: those that show something of others.

A page shows the titles and numbers of all pages beside its text, labels of others in it, and in
its cards where else a number is used; the pages of the part "Look it up" list what the others use.
Each page has a digest of what it so shows, and is written when that changes. No page is read twice.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book import reads
from chipbook.book.domain import (
    CHAPTERS,
    DISAGREEMENTS_PAGE,
    HEADLINES,
    LISTS,
    NUMBERS,
    PANELS,
    SOURCES,
    TEXTS,
    domain_of,
    used,
    where_used,
)


def lists(env: BuildEnvironment) -> set[str]:
    """Pages that list what other pages use."""
    return (used(env, LISTS).keys() | {DISAGREEMENTS_PAGE}) & env.found_docs


def shown_of_others(env: BuildEnvironment) -> dict[str, str]:
    """Page → digest of all that it can show of other pages."""
    around = _digest(_around(env))
    listed = _digest(_listed(env))
    texts = sorted((page, list(keys)) for page, keys in used(env, TEXTS).items())
    where = where_used(env)
    numbers, whole = used(env, NUMBERS), lists(env) | used(env, PANELS).keys()
    found = {}
    for page in env.found_docs:
        cards = [(key, where[key]) for key in sorted(numbers.get(page, ()))]
        said = texts if CHAPTERS in used(env, LISTS).get(page, ()) else ""
        found[page] = _digest([around, cards, listed if page in whole else "", said])
    return found


def _around(env: BuildEnvironment) -> list[object]:
    """What any page can show of any other: titles, order, numbers and labels."""
    standard = env.get_domain("std").data
    toc = Path(env.srcdir) / "_toc.yml"
    return [
        toc.read_text(encoding="utf-8") if toc.is_file() else "",
        sorted((page, title.astext()) for page, title in env.titles.items()),
        sorted(env.toctree_includes.items()),
        sorted(env.toc_secnumbers.items()),
        sorted(env.toc_fignumbers.items()),
        *(sorted(standard[name].items()) for name in ("labels", "anonlabels", "objects")),
    ]


def _listed(env: BuildEnvironment) -> list[object]:
    """What the lists show: which page uses what."""
    return [
        *(
            [(page, sorted(keys)) for page, keys in sorted(used(env, kind).items())]
            for kind in (NUMBERS, SOURCES, PANELS)
        ),
        [(page, list(keys)) for page, keys in sorted(used(env, HEADLINES).items())],
        [(page, sorted(tables)) for page, tables in reads.by_page(env).items()],
        [(page, sorted(reads.numbers_named(env, page))) for page in sorted(env.found_docs)],
    ]


def _digest(content: object) -> str:
    # In one order, whatever that of a dict is: it depends on which pages were read, and when.
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages that show of others what they did not show in the last build."""
    data, now = domain_of(env).data, shown_of_others(env)
    before = data.get("of_others", {})
    data["of_others"] = now
    return sorted(page for page, digest in now.items() if before.get(page) != digest)


def setup(app: Sphinx) -> None:
    """Register the choice, once every page is read, its figures numbered and headlines found."""
    app.connect("env-updated", write_again, priority=900)
