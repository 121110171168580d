"""Each chapter as a notebook that runs elsewhere, with the wheel that carries code and data.

The site gets a folder ``notebooks/``: one clean ``.ipynb`` a chapter, the wheel, and what Binder
needs to run the folder as it is. Everything in it is made anew by each build, byte for byte the
same from the same sources.
"""

import html
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import jupytext
import nbformat
from hatchling.builders.wheel import WheelBuilder
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.locale import admonitionlabels

from chipbook.book import domain
from chipbook.book.cards import template
from chipbook.book.pages.reviews import searched
from chipbook.classroom import exercises
from chipbook.data import facts
from chipbook.data.quantity import FORMS
from chipbook.story.answers import sign

FOLDER = "notebooks"
"""Folder of the site, and name of the branch that the publishing workflow makes of it."""

ADMONITIONS = {"admonition", *admonitionlabels}
FOLDED = {"dropdown", "toggle"}
LAYOUT = {"container", "div", "margin", "sidebar"}
"""Directives that only arrange what is in them."""

MARKDOWN = MarkdownIt().use(colon_fence_plugin).use(myst_block_plugin)
OURS = {"fence", "colon_fence", "myst_target", "myst_line_comment"}
"""Blocks that a notebook shows in another way than its source, if at all."""

DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
OPTIONS = re.compile(r"\A(?:---\n(?:.*\n)*?---\n|(?::[\w-]+:.*\n)+)?")
ROLE = re.compile(r"(?<!`)\{([a-z][\w:-]*)\}(`+)(.+?)\2", re.DOTALL)
TARGET = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#|/)(?:([^)\s#]+)\.md|([\w/-]+))(#[^)\s]*)?\)")
SPAN = re.compile(r"\[([^\[\]]*)\]\{[.#][^}]*\}")

Refer = Callable[[str, str], tuple[str, str]]


class Readable:
    """MyST as the plain Markdown that every notebook program shows.

    ``refer`` gives the words of a cross-reference, by role and target, and its place in the site
    or nothing; ``site`` is the address, ending in ``/``, that links of ``docname`` start with.
    """

    def __init__(self, docname: str, refer: Refer, site: str) -> None:
        self.folder = posixpath.dirname(docname)
        self.refer = refer
        self.site = site

    def text(self, source: str) -> str:
        """All of a Markdown cell, whose ``source`` is MyST."""
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._blocks(source))).strip()

    def _blocks(self, source: str) -> Iterator[str]:
        lines, done = source.splitlines(), 0
        for block in MARKDOWN.parse(source):
            if block.type in OURS and block.map:
                start, end = block.map
                yield self._inline("\n".join(lines[done:start]))
                yield self._block(block, "\n".join(lines[start:end]))
                done = end
        yield self._inline("\n".join(lines[done:]))

    def _block(self, block: Token, written: str) -> str:
        if "fence" not in block.type:
            return ""
        if directive := DIRECTIVE.match(block.info.strip()):
            return self._directive(directive[1], self._inline(directive[2]), block.content)
        return self.text(block.content) if block.type == "colon_fence" else written

    def _directive(self, name: str, title: str, content: str) -> str:
        body = OPTIONS.sub("", content)
        options = content.removesuffix(body)
        if name == "math":
            return f"\n$$\n{body.strip()}\n$$\n"
        if name in FOLDED or "dropdown" in options:
            summary = f"<summary>{html.escape(title or name.capitalize())}</summary>"
            return f"\n<details>{summary}\n\n{self.text(body)}\n\n</details>\n"
        if name in ADMONITIONS:
            # What follows the name of a note or a tip is its first line.
            heading = admonitionlabels.get(name, title)
            first = f"{title}\n" if name in admonitionlabels else ""
            said = f"**{heading}**\n\n{self.text(first + body)}"
            return "\n" + "\n".join(f"> {line}".rstrip() for line in said.splitlines()) + "\n"
        # The rest (lists of sources, tables of contents) exists on the page alone.
        return f"\n{self.text(body)}\n" if name in LAYOUT else ""

    def _inline(self, source: str) -> str:
        source = ROLE.sub(self._role, source)
        return SPAN.sub(r"\1", LINK.sub(self._link, source))

    def _link(self, match: re.Match[str]) -> str:
        page = posixpath.normpath(posixpath.join(self.folder, match[1] or match[2]))
        return f"]({self.site}{page}.html{match[3] or ''})"

    def _role(self, match: re.Match[str]) -> str:
        name, content = match[1], " ".join(match[3].split())
        if name == "fact":
            key, _, form = (part.strip() for part in content.partition("|"))
            # An unknown one is reported with the page.
            if key not in facts or form not in FORMS:
                return content
            # Two bare dollars in a paragraph would set what is between them as a formula.
            said = format(facts[key], form).replace("$", r"\$")
            link = f"[{said}]({self.site}{domain.NUMBERS_PAGE}.html#fact-{domain.anchor(key)})"
            return link + (f" ({sign(key)})" if sign(key) else "")
        if name == "searched":
            return searched(content)
        if name == "source" and (source := domain.sources_by_id().get(content)):
            return f"[{domain.short_name(source)}]({source['url']})"
        if name == "math":
            return f"${content}$"
        titled = TARGET.fullmatch(content)
        target = titled[2] if titled else content
        if name == "doc":
            target = posixpath.normpath(posixpath.join("/", self.folder, target))
        words, place = self.refer(name, target)
        if titled and "%s" not in titled[1]:
            words = titled[1]
        return f"[{words}]({self.site}{place})" if place else words


def _references(env: BuildEnvironment) -> Refer:
    """What cross-references say and lead to: a term, a numbered figure, a title."""
    standard = cast(StandardDomain, env.get_domain("std"))
    terms = {name.lower(): at for (kind, name), at in standard.objects.items() if kind == "term"}

    def refer(role: str, target: str) -> tuple[str, str]:
        if role == "doc" and (title := env.titles.get(target.lstrip("/"))):
            return title.astext(), f"{target.lstrip('/')}.html"
        known = terms if role == "term" else standard.anonlabels
        docname, anchor = known.get(target.lower(), ("", ""))
        words = standard.labels.get(target, ("", "", target))[2] if role == "ref" else target
        for kind, numbers in env.toc_fignumbers.get(docname, {}).items():
            if anchor in numbers:
                words = f"{kind.capitalize()} {'.'.join(map(str, numbers[anchor]))}"
        return words, f"{docname}.html#{anchor}" if docname else ""

    return refer


def notebook(env: BuildEnvironment, docname: str, wheel: str) -> nbformat.NotebookNode:
    """The clean notebook of the page ``docname``, which installs ``wheel``.

    It has no outputs and no hidden settings, and ids that stay the same.
    """
    site = domain.base(env.config)
    source = Path(env.doc2path(docname)).read_text(encoding="utf-8")
    readable = Readable(docname, _references(env), site or "../")
    told = {"title": env.titles[docname].astext(), "book": env.config.html_title, "wheel": wheel}
    begin = template("notebook.md").render(told, page=docname, site=site)
    install = template("install.txt").render(told, folder=FOLDER, site=site)
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [text(begin), code(install.strip())]
    for cell in jupytext.reads(source, fmt="md:myst").cells:
        prose = cell.source
        if exercises.TAG in cell.metadata.get("tags", ()):
            mine, solved = exercises.cells(cell.source)
            fold = f"<details><summary>Solution</summary>\n\n```python\n{solved}\n```\n\n</details>"
            cells += [code(mine), text(fold)]
            continue
        if cell.cell_type == "code":
            cells.append(code(cell.source))
            prose = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        if said := readable.text(prose):
            cells.append(text(said))
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position:03d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def name_publisher(app: Sphinx, config: Config) -> None:
    """Let whoever publishes a copy name its address, repository and contact."""
    config.html_baseurl = os.environ.get("BOOK_URL") or config.html_baseurl
    if url := os.environ.get("BOOK_REPOSITORY"):
        config.html_theme_options = {**config.html_theme_options, "repository_url": url}
    said = os.environ.get("BOOK_CONTACT") or config.html_context.get("contact", "")
    if said and not re.match(r"(?:mailto:|https?://)\S+$", said):
        raise SystemExit(f"\nBOOK_CONTACT, contact: expected mailto:… or https://…, found {said!r}")
    config.html_context = {**config.html_context, "contact": said}


def offer(app: Sphinx, page: str, _template: str, context: dict, doctree: object) -> None:
    """Put "Run this chapter" at the end of a ``page`` that has cells, into its ``context``."""
    chapter = doctree is not None and page != app.config.root_doc
    if chapter and domain.is_notebook(app.env, page):
        wheel = WheelBuilder(str(app.srcdir)).artifact_project_id
        url = (app.config.html_theme_options or {}).get("repository_url") or ""
        found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", url)
        context["body"] += template("run.html").render(
            name=f"{posixpath.basename(page)}.ipynb",
            here="../" * page.count("/") + FOLDER,
            folder=FOLDER,
            wheel=f"{wheel}-py3-none-any.whl",
            published=bool(domain.base(app.config)),
            repository=found[1] if found else "",
        )


def write(app: Sphinx) -> None:
    """Write the notebooks of the written pages; with every page the wheel, in a new folder."""
    folder = Path(app.outdir) / FOLDER
    if domain.all_written(app.env):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        next(WheelBuilder(str(app.srcdir)).build(directory=str(folder)))
    wheel = next(folder.glob("*.whl")).name
    for docname in sorted(domain.domain_of(app.env).written & app.env.found_docs):
        if domain.is_notebook(app.env, docname):
            path = folder / f"{posixpath.basename(docname)}.ipynb"
            path.write_text(nbformat.writes(notebook(app.env, docname, wheel)), encoding="utf-8")
    (folder / "requirements.txt").write_text(f"./{wheel}\n", newline="\n")
    (folder / "runtime.txt").write_text("python-3.12\n", newline="\n")
