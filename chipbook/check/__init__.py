"""Whether the data package keeps its own rules, and what is computed from it.

``python -m chipbook.check`` is the command; :func:`check_content` is what a build asks for.
"""

from chipbook.check.refresh import check, check_content, refresh

__all__ = ["check", "check_content", "refresh"]
