"""When all pages are written anew though few were touched: when they show something else of others.

A page shows the titles and numbers of all pages beside its text, labels of others in it, and in
its cards where else a number is used; the pages of the part "Look it up" list what the others use.
One digest tells whether any of that changed, another whether a page that has the chapters as cards
shows other cards. No page is read twice.
"""

import hashlib
import json

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book import reads
from chipbook.book.domain import domain_of, used


def shown_of_others(env: BuildEnvironment) -> str:
    """A digest of all that the pages can show of each other."""
    standard = env.get_domain("std").data
    content = [
        # Titles, order, numbers and labels.
        sorted((page, title.astext()) for page, title in env.titles.items()),
        *(env.toctree_includes, env.toc_secnumbers, env.toc_fignumbers),
        *(sorted(standard[name].items()) for name in ("labels", "anonlabels", "objects")),
        # Which page uses what.
        *(
            [(page, sorted(keys)) for page, keys in sorted(used(env, kind).items())]
            for kind in ("numbers", "sources", "panels")
        ),
        [(page, list(keys)) for page, keys in sorted(used(env, "headlines").items())],
        [(page, sorted(tables)) for page, tables in reads.by_page(env).items()],
        [(page, sorted(reads.numbers_named(env, page))) for page in sorted(env.found_docs)],
    ]
    return _digest(content)


def _digest(content: object) -> str:
    # In one order, whatever that of a dict is: it depends on which pages were read, and when.
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """All pages, where they show of others what they did not show in the last build.

    Where only a text or a picture changed: the page with the cards of the chapters.
    """
    data = domain_of(env).data
    texts = _digest({page: list(keys) for page, keys in used(env, "texts").items()})
    now = {"of_others": shown_of_others(env), "texts": texts}
    changed = [name for name, shown in now.items() if data.get(name) != shown]
    data.update(now)
    if "of_others" in changed:
        return sorted(env.found_docs)
    carded = [page for page, lists in used(env, "lists").items() if "chapters" in lists]
    return carded if changed else []
