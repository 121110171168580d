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
        self.told: dict[str, None] = {}

    def write(self, text: str) -> None:
        """Hand on, and keep the first line of each message once."""
        self.stream.write(text)
        if line := text.strip().partition("\n")[0]:
            self.told[line] = None

    def flush(self) -> None:
        """Hand on."""
        self.stream.flush()


def listen(app: Sphinx, config: Config) -> None:
    """Keep the warnings of this build, in the form in which they are shown."""
    app.chipbook_heard = []
    for handler in logging.getLogger(NAMESPACE).handlers:
        if isinstance(handler, WarningStreamHandler):
            handler.setStream(Heard(handler.stream))
            app.chipbook_heard.append(handler.stream)


def repeat(app: Sphinx, exception: Exception | None) -> None:
    """Under ``-W``, tell the warnings once more when all else is said."""
    lines = [line for heard in app.chipbook_heard for line in heard.told]
    # With --keep-going, Sphinx takes the first of the two back and fails at the end.
    if lines and (app.warningiserror or app.keep_going):
        text = "\n".join(["", "The build failed because of:", *lines])
        # Jupyter Book has its say after every handler of Sphinx.
        atexit.register(print, text.replace(f"{app.srcdir}/", ""), file=sys.stderr)


def setup(app: Sphinx) -> None:
    """Begin to listen; what was heard is repeated at the end of the build."""
    app.connect("config-inited", listen)
