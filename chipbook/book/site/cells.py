"""The process in which the cells of the pages run.

It imports the package once and then splits for each page, so that a page costs what its own cells
cost, and still starts from a fresh interpreter: nothing that one does is seen by the next. Where a
process cannot split safely it serves one page and ends. Cells run in IPython, as in a kernel, and
what they show is written down as a notebook has it; no message goes over a network.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import io
import json
import os
import sys
from typing import Any, TextIO

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

SPLITS = sys.platform == "linux"
"""Elsewhere there is no fork, or the libraries of the system do not survive it."""

Outputs = list[dict[str, Any]]


class _Shown(DisplayHook):
    """Keeps the value of the last expression."""

    def write_output_prompt(self) -> None:
        """No prompt: a notebook has its own."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Keep the value in every format that it offers."""
        kept = {"metadata": md_dict or {}, "data": format_dict}
        kept |= {"execution_count": self.prompt_count}
        self.shell.outputs.append({"output_type": "execute_result", **kept})

    def finish_displayhook(self) -> None:
        """No line to end."""


class _Published(DisplayPublisher):
    """Keeps what a cell displays."""

    def publish(self, data: dict, metadata: dict | None = None, **options: Any) -> None:
        """Keep one thing that is displayed."""
        if options.get("update"):
            raise NotImplementedError("a page of the book cannot change what it has displayed")
        kept = {"metadata": metadata or {}, "data": data}
        self.shell.outputs.append({"output_type": "display_data", **kept})


class _Shell(InteractiveShell):
    """IPython that keeps what cells show in ``outputs``."""

    outputs: Outputs = []  # noqa: RUF012

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        said = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        self.outputs.append({"output_type": "error", **said})


class _Stream(io.TextIOBase):
    """What is printed; what follows at once stands in one output."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        """Add ``text`` to the outputs of the cell."""
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == self.name:
            last["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)


def _run(page: dict[str, Any], answers: TextIO) -> None:
    """Run the cells of a page, and answer after each with its outputs."""
    os.chdir(page["folder"])
    config = Config({"HistoryManager": {"enabled": False}})
    shell = _Shell.instance(
        config=config, colors="nocolor", displayhook_class=_Shown, display_pub_class=_Published
    )
    for source, may_fail in page["cells"]:
        outputs: Outputs = []
        shell.outputs = outputs
        # Ends the process, whatever it is at.
        if page["timeout"]:
            faulthandler.dump_traceback_later(page["timeout"], exit=True, file=page["nowhere"])
        out, err = _Stream("stdout", outputs), _Stream("stderr", outputs)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            done = shell.run_cell(source, store_history=True)
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(outputs, default=_text), file=answers, flush=True)
        if not (done.success or may_fail):
            return


def _text(image: bytes) -> str:
    return base64.b64encode(image).decode()


def serve(opened: dict[str, str]) -> None:
    """Run each page that a line of standard input asks for; answer in lines of JSON.

    After each cell a list of its outputs, after the last what was ``opened`` (path → fingerprint,
    a dict that grows), and null once the page is done or its process dead.
    """
    # What a cell, or a program that it calls, writes to the terminal is no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        if SPLITS and (child := os.fork()):
            os.waitpid(child, 0)
            print("null", file=answers, flush=True)
            continue
        with open(os.devnull, "r+") as sys.stdin:
            _run(json.loads(line) | {"nowhere": sys.stdin}, answers)
        print(json.dumps(opened), file=answers, flush=True)
        # Nothing of the parent is to be cleared away.
        os._exit(0)
