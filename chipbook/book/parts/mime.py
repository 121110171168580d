"""What the book does with the two MIME types that its cells emit: charts and tables."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer

from chipbook.charts import figure, tables


class BookMimeRenderer:
    """MyST-NB plugin, found through the entry point in pyproject.toml."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = (
        ("*", figure.MIME, 1),
        ("*", tables.MIME, 2),
    )

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Nodes for ``data`` that is a chart or table, from the page's ``renderer``.

        None, for all else and what stands ``inline``, leaves the output to MyST-NB.
        """
        # Not at the top: MyST-NB loads this plugin wherever it is installed, for any book.
        from chipbook.book.parts import figures
        from chipbook.book.parts import tables as page_tables

        made: dict[str, Callable[..., nodes.Element]] = {
            figure.MIME: figures.from_output,
            tables.MIME: page_tables.from_output,
        }
        if inline or data.mime_type not in made:
            return None
        env = renderer.renderer.sphinx_env
        node = made[data.mime_type](env, data.content, data.line)
        # A chart is known by the name of its figure, in its files and in links to it.
        figured = data.cell_metadata.get("mystnb", {}).get("figure", {})
        node["name"] = figured.get("name", node.get("key"))
        return [node]
