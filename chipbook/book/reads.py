"""Which tables each page of the book loads, and which numbers it names.

Recorded, not guessed: the kernel of a page says which files it opened
(:mod:`chipbook.book.site.execute`), and the numbers in its text name the row, or the rows, that
they come from.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from sphinx.environment import BuildEnvironment

from chipbook.book.domain import domain_of, used
from chipbook.data import facts, package
from chipbook.story import evidence


def note_opened(env: BuildEnvironment, docname: str, files: Iterable[str]) -> None:
    """Keep which tables the cells of ``docname`` loaded, from the ``files`` (paths) they opened."""
    tables_by_path = {f"data/{entry['path']}": entry["name"] for entry in package()["resources"]}
    found = {tables_by_path[file] for file in files if file in tables_by_path}
    domain_of(env).data["opened"][docname] = found


@lru_cache(maxsize=1)
def by_page(env: BuildEnvironment) -> dict[str, set[str]]:
    """Page → tables that its cells loaded, or that a number, source or panel of its text is from.

    In the order of the book.
    """
    return {page: _of_page(env, page) for page in env.collect_relations()}


def _of_page(env: BuildEnvironment, page: str) -> set[str]:
    found = set(domain_of(env).data["opened"].get(page, ()))
    for key in used(env, "numbers").get(page, ()):
        found |= {table for part in made_from(key) if (table := facts.fact(part).table)}
    found |= {"sources"} if used(env, "sources").get(page) else set()
    return found | ({"disagreements"} if used(env, "panels").get(page) else set())


@cache
def made_from(key: str) -> frozenset[str]:
    """The number ``key`` and all that it is computed from, down to the rows of the data."""
    return frozenset({key}).union(*map(made_from, evidence.parts(key)))


def numbers_named(env: BuildEnvironment, page: str) -> set[str]:
    """Keys of the numbers that ``page`` names in text or code, and of all they are made from."""
    text = Path(env.doc2path(page)).read_text(encoding="utf-8")
    named = {word for word in re.findall(r"[a-z0-9][a-z0-9_/-]+", text) if word in facts}
    return set().union(*map(made_from, named.union(used(env, "numbers").get(page, ()))))
