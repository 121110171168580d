"""Each chapter as a notebook that runs elsewhere, with the wheel that carries code and data.

The site gets a folder ``notebooks/``: one clean ``.ipynb`` a chapter, the wheel, and what Binder
needs to run the folder as it is. Everything in it is made anew by each build, byte for byte the
same from the same sources.
"""

from __future__ import annotations

import html
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import jupytext
import nbformat
from hatchling.builders.wheel import WheelBuilder
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from chipbook.book.domain import base, is_notebook, short_name, sources_by_id
from chipbook.data import facts

FOLDER = "notebooks"
"""Folder of the site, and name of the branch that the publishing workflow makes of it."""

PYTHON = "python-3.12"

# Directives whose content a reader wants, as a quotation under a bold heading.
ADMONITIONS = {"admonition", "attention", "caution", "danger", "error", "hint", "important"}
ADMONITIONS |= {"note", "seealso", "tip", "warning"}
# Containers that only arrange what is in them.
LAYOUT = {"card", "container", "div", "grid", "grid-item", "grid-item-card", "margin", "sidebar"}
LAYOUT |= {"tab-item", "tab-set"}
FOLDED = {"dropdown", "toggle"}

FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,}|:{3,})(?:\{(?P<name>[\w:-]+)\})?(?P<rest>.*)$")
ROLE = re.compile(r"\{([a-z][\w:-]*)\}(`+)(.+?)\2", re.DOTALL)
TARGET = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#|/)([^)\s#]+)\.md(#[^)\s]*)?\)")
OPTION = re.compile(r"^:[\w-]+:")
LABEL = re.compile(r"^\([\w:. -]+\)=\s*$")
SPAN = re.compile(r"\[([^\[\]]*)\]\{[.#][^}]*\}")


class Readable:
    """MyST as the plain Markdown that every notebook program shows.

    ``label`` says what a cross-reference is called; ``site`` is the address, ending in ``/``, that
    links to other pages start with.
    """

    def __init__(self, docname: str, label: Callable[[str], str], site: str) -> None:
        self.folder = posixpath.dirname(docname)
        self.label = label
        self.site = site

    def text(self, source: str) -> str:
        """All of a Markdown cell."""
        blocks = list(self._blocks(source.splitlines()))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(blocks)).strip()

    def _blocks(self, lines: list[str]) -> Iterator[str]:
        prose: list[str] = []
        position = 0
        while position < len(lines):
            line = lines[position]
            position += 1
            fence = FENCE.match(line)
            if fence and (fence["mark"][0] == "`" or fence["name"] or fence["rest"].strip()):
                yield self.inline("\n".join(prose))
                prose = []
                end = closing(lines, position, fence["mark"])
                body = [row.removeprefix(fence["indent"]) for row in lines[position:end]]
                position = end + 1
                if fence["name"]:
                    yield self._directive(fence["name"], fence["rest"].strip(), body)
                elif fence["mark"][0] == ":":
                    yield self.text("\n".join(body))
                else:
                    yield "\n".join([line, *body, line[: fence.end("mark")]])
            elif not (LABEL.match(line) or line.startswith("% ")):
                prose.append(line)
        yield self.inline("\n".join(prose))

    def _directive(self, name: str, argument: str, lines: list[str]) -> str:
        body = without_options(lines)
        title = self.inline(argument)
        if name == "math":
            return "\n$$\n" + "\n".join(body).strip() + "\n$$\n"
        if name in FOLDED or any(re.match(r":class:.*\bdropdown\b", line) for line in lines):
            inner = self.text("\n".join(body))
            title = title or name.capitalize()
            return f"\n<details><summary>{html.escape(title)}</summary>\n\n{inner}\n\n</details>\n"
        if name in ADMONITIONS:
            heading = title if name == "admonition" else name.capitalize()
            first = "" if name == "admonition" or not title else f"{title}\n"
            inner = self.text(first + "\n".join(body))
            return "\n" + quoted(f"**{heading}**\n\n{inner}") + "\n"
        if name in LAYOUT:
            # The argument of a container is its class.
            heading = f"**{title}**\n\n" if title and name not in ("container", "div") else ""
            return "\n" + heading + self.text("\n".join(body)) + "\n"
        # The rest (lists of sources, tables of contents) exists on the page alone.
        return ""

    def inline(self, source: str) -> str:
        """Roles and links inside a paragraph."""
        source = ROLE.sub(self._role, source)
        return SPAN.sub(r"\1", LINK.sub(self._link, source))

    def _link(self, match: re.Match[str]) -> str:
        page = posixpath.normpath(posixpath.join(self.folder, match[1]))
        return f"]({self.site}{page}.html{match[2] or ''})"

    def _role(self, match: re.Match[str]) -> str:
        name, content = match[1], " ".join(match[3].split())
        if name == "fact":
            return fact_words(content)
        if name == "source":
            source = sources_by_id()[content]
            return f"[{short_name(source)}]({source['url']})"
        if name == "math":
            return f"${content}$"
        with_text = TARGET.fullmatch(content)
        if with_text and "%s" not in with_text[1]:
            return with_text[1]
        target = with_text[2] if with_text else content
        if name == "doc":
            return self.label(posixpath.normpath(posixpath.join("/", self.folder, target)))
        if name in ("ref", "numref", "eq"):
            return self.label(target)
        return content


def closing(lines: list[str], start: int, mark: str) -> int:
    """Index of the line that closes a fence, or the number of lines when nothing does."""
    fence = re.compile(rf"^ *{mark[0]}{{{len(mark)},}}\s*$")
    return next((i for i in range(start, len(lines)) if fence.match(lines[i])), len(lines))


def without_options(lines: list[str]) -> list[str]:
    """The content of a directive, less its ``:option:`` lines or its YAML block."""
    if lines and lines[0].strip() == "---":
        return lines[next((i for i in range(1, len(lines)) if lines[i].strip() == "---"), 0) + 1 :]
    start = next((i for i, line in enumerate(lines) if not OPTION.match(line)), len(lines))
    return lines[start:]


def quoted(text: str) -> str:
    """A Markdown quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def fact_words(content: str) -> str:
    """What the ``{fact}`` role prints; empty for an unknown id, which the page itself reports."""
    key, _, form = (part.strip() for part in content.partition("|"))
    if key not in facts:
        return ""
    words = format(facts[key], "amount" if form == "amount" else "")
    return words[:1].upper() + words[1:] if form == "cap" else words


def labels(env: BuildEnvironment) -> Callable[[str], str]:
    """What cross-references say: the number of a figure, else the title of what they point to."""
    standard = env.get_domain("std")

    def label(target: str) -> str:
        docname, anchor = standard.anonlabels.get(target, ("", ""))[:2]
        for kind, numbers in env.toc_fignumbers.get(docname, {}).items():
            if anchor in numbers:
                return f"{kind.capitalize()} {'.'.join(map(str, numbers[anchor]))}"
        if target in standard.labels:
            return standard.labels[target][2]
        title = env.titles.get(target.lstrip("/"))
        return title.astext() if title else target

    return label


def install_line(wheel: str, site: str) -> str:
    """The one line that a notebook needs before it runs, for a site at a known address or not."""
    if site:
        return (
            f"# Offline, with the wheel saved beside this notebook: %pip install ./{wheel}\n"
            f"%pip install --quiet {site}{FOLDER}/{wheel}"
        )
    return f"%pip install --quiet ./{wheel}"


def notebook(env: BuildEnvironment, docname: str, wheel: str) -> nbformat.NotebookNode:
    """The clean notebook of a page: no outputs, no hidden settings, ids that stay the same."""
    site = base(env.config)
    source = Path(env.doc2path(docname)).read_text(encoding="utf-8")
    readable = Readable(docname, labels(env), site or "../")
    title = env.titles[docname].astext()
    where = "" if site else f" Save it in one folder with `{wheel}`, which the site offers too."
    cells = [
        nbformat.v4.new_markdown_cell(
            f"*This is the notebook of [{title}]({site or '../'}{docname}.html), a chapter of "
            f"{env.config.html_title}. It runs from top to bottom: the next cell installs the code "
            f"and the data of the book.{where} Code: MIT; text and data: CC BY 4.0.*"
        ),
        nbformat.v4.new_code_cell(install_line(wheel, site)),
    ]
    for cell in jupytext.reads(source, fmt="md:myst").cells:
        if cell.cell_type == "code":
            cells.append(nbformat.v4.new_code_cell(cell.source))
            if caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
                cells.append(nbformat.v4.new_markdown_cell(readable.text(caption)))
        elif text := readable.text(cell.source):
            cells.append(nbformat.v4.new_markdown_cell(text))
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position:03d}"
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )


def repository(config: Config) -> str:
    """``owner/name`` on GitHub, or nothing."""
    url = (config.html_theme_options or {}).get("repository_url") or ""
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", url)
    return found[1] if found else ""


def publisher(app: Sphinx, config: Config) -> None:
    """Let whoever publishes a copy name its address and repository without editing a file."""
    config.html_baseurl = os.environ.get("BOOK_URL") or config.html_baseurl
    if url := os.environ.get("BOOK_REPOSITORY"):
        config.html_theme_options = {**config.html_theme_options, "repository_url": url}


def links(config: Config, docname: str, wheel: str) -> list[tuple[str, str, bool]]:
    """What a page offers: text, address relative to the site, and whether it is a download."""
    name = posixpath.basename(docname) + ".ipynb"
    offered = [("Notebook (.ipynb)", f"{FOLDER}/{name}", True)]
    if not base(config):
        offered.append(("Code and data (.whl)", f"{FOLDER}/{wheel}", True))
    elif where := repository(config):
        lab = f"https://mybinder.org/v2/gh/{where}/{FOLDER}?urlpath={quote(f'lab/tree/{name}')}"
        colab = f"https://colab.research.google.com/github/{where}/blob/{FOLDER}/{name}"
        offered += [("Binder", lab, False), ("Google Colab", colab, False)]
    return offered


def offer(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Put "Run this chapter" at the end of each page that has cells."""
    if app.builder.name != "html" or doctree is None or not is_notebook(app.env, pagename):
        return
    up = "../" * pagename.count("/")
    items = "".join(
        f'<li><a href="{html.escape(address if "://" in address else up + address)}"'
        f"{' download' if download else ''}>{text}</a></li>"
        for text, address, download in links(app.config, pagename, wheel_name(app))
    )
    how = (
        "Open the notebook in JupyterLab, VS Code or Google Colab; its first cell installs what it "
        "needs."
        if base(app.config)
        else "Save both files in one folder and open the notebook in JupyterLab or VS Code; its "
        "first cell installs the rest."
    )
    what = "page" if pagename == app.config.root_doc else "chapter"
    context["body"] += (
        '<section class="run-chapter" aria-labelledby="run-this-chapter">'
        f'<h2 id="run-this-chapter">Run this {what}</h2><p>{how}</p><ul>{items}</ul></section>'
    )


def wheel_name(app: Sphinx) -> str:
    """File name of the wheel that this checkout makes."""
    builder = WheelBuilder(str(app.srcdir))
    return f"{builder.artifact_project_id}-py3-none-any.whl"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Make the folder of notebooks anew: the wheel, the notebooks, what Binder reads."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wheel = Path(next(WheelBuilder(str(app.srcdir)).build(directory=str(folder)))).name
    for docname in sorted(app.env.found_docs):
        if is_notebook(app.env, docname):
            path = folder / f"{posixpath.basename(docname)}.ipynb"
            path.write_text(nbformat.writes(notebook(app.env, docname, wheel)), encoding="utf-8")
    (folder / "requirements.txt").write_text(f"./{wheel}\n")
    (folder / "runtime.txt").write_text(f"{PYTHON}\n")


def setup(app: Sphinx) -> None:
    """Register the address of the site and the block on its pages."""
    app.connect("config-inited", publisher)
    app.connect("html-page-context", offer)
