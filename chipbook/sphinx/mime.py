"""What the book does with the two MIME types that its cells emit: charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from docutils import nodes


class BookMimeRenderer:
    """MyST-NB plugin, found through the entry point in pyproject.toml."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = ()

    @staticmethod
    def handle_mime(renderer, data, inline) -> list[nodes.Element] | None:
        """Nodes for a chart or table; None leaves the output to MyST-NB."""
        return None
