"""What the book does with the two MIME types that its cells emit: charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from docutils import nodes

from chipbook.charts import figure, tables


class BookMimeRenderer:
    """MyST-NB plugin, found through the entry point in pyproject.toml."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = (
        ("*", figure.MIME, 1),
        ("*", tables.MIME, 2),
    )

    @staticmethod
    def handle_mime(renderer, data, inline) -> list[nodes.Element] | None:
        """Nodes for a chart or table; None leaves the output to MyST-NB."""
        # Not at the top: MyST-NB loads this plugin wherever it is installed, for any book.
        from chipbook.book.parts import figures
        from chipbook.book.parts import tables as page_tables

        make = {
            figure.MIME: figures.from_output,
            tables.MIME: page_tables.from_output,
        }.get(data.mime_type)
        if make is None or inline:
            return None
        return [make(renderer.renderer.sphinx_env, data.content, data.line)]
