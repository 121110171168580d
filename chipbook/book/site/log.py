"""Says again, as the last thing of a build that failed, what failed it."""

from __future__ import annotations

import atexit
import logging
import sys
from typing import TextIO

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.logging import NAMESPACE, WarningStreamHandler


class Heard:
    """A stream of warnings that also keeps them."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.flush = stream.flush
        self.told: dict[str, None] = {}

    def write(self, text: str) -> None:
        """Hand ``text`` on, and keep the first line of each message once."""
        self.stream.write(text)
        if line := text.strip().partition("\n")[0]:
            self.told[line] = None


def _handlers() -> list[logging.StreamHandler]:
    handlers = logging.getLogger(NAMESPACE).handlers
    return [each for each in handlers if isinstance(each, WarningStreamHandler)]


def listen(app: Sphinx, config: Config) -> None:
    """Keep the warnings of this build, in the form in which they are shown."""
    for handler in _handlers():
        handler.setStream(Heard(handler.stream))


def repeat(app: Sphinx, exception: Exception | None) -> None:
    """Under ``-W``, tell the warnings once more when all else is said."""
    streams = [handler.stream for handler in _handlers()]
    lines = [line for heard in streams if isinstance(heard, Heard) for line in heard.told]
    # With --keep-going, Sphinx takes the first of the two back and fails at the end.
    if lines and (app.warningiserror or app.keep_going):
        text = "\n".join(["", "The build failed because of:", *lines])
        # Jupyter Book has its say after every handler of Sphinx.
        atexit.register(print, text.replace(f"{app.srcdir}/", ""), file=sys.stderr)


def setup(app: Sphinx) -> None:
    """Begin to listen; what was heard is repeated at the end of the build."""
    app.connect("config-inited", listen)
