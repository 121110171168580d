"""The process in which the cells of the pages run.

It imports the package once and then splits for each page, so that a page costs what its own cells
cost, and still starts from a fresh interpreter: nothing that one does is seen by the next. Where a
process cannot split safely it begins another for each. Cells run in IPython, as in a kernel, and
what they show is kept as a notebook has it; no message goes over a network.
"""

import base64
import contextlib
import faulthandler
import io
import json
import os
import subprocess
import sys
from typing import Any, TextIO

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from chipbook.book.site.opened import guard

SPLITS = sys.platform == "linux"
"""Elsewhere there is no fork, or the libraries of the system do not survive it."""

if SPLITS:
    # Loaded once for all pages, though not every one draws or fits.
    import scipy.stats  # noqa: F401


MOST_PRINTED, MOST_SHOWN = 100_000, 2_000_000
"""Characters that a cell may print, and that all its outputs may come to."""


def show(shell: Any, kind: str, **content: Any) -> None:
    """Add an output of a ``kind`` of the notebook format to those of the cell in ``shell``."""
    shell.outputs.append({"output_type": kind, **content})


class Stream(io.TextIOBase):
    """What is printed; what follows at once stands in one output."""

    def __init__(self, shell: Any, name: str) -> None:
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        """Add ``text`` to the outputs of the cell."""
        last = self.shell.outputs[-1] if self.shell.outputs else {}
        if last.get("name") == self.name:
            last["text"] += text
        elif text:
            show(self.shell, "stream", name=self.name, text=text)
        last = self.shell.outputs[-1] if self.shell.outputs else {}
        if len(last.get("text", "")) > MOST_PRINTED:
            last["text"] = ""
            raise ValueError(f"a cell prints more than {MOST_PRINTED:,} characters: show a table")
        return len(text)


def shell() -> Any:
    """IPython that shows nothing and keeps it in its ``outputs``."""
    config = Config({"HistoryManager": {"enabled": False}})
    ipython: Any = InteractiveShell.instance(config=config, colors="nocolor")
    hook = ipython.displayhook
    hook.write_output_prompt = hook.finish_displayhook = lambda: None
    hook.write_format_data = lambda data, metadata=None: show(
        ipython,
        "execute_result",
        metadata=metadata or {},
        data=data,
        execution_count=hook.prompt_count,
    )
    ipython.display_pub.publish = lambda data, metadata=None, **_: show(
        ipython, "display_data", metadata=metadata or {}, data=data
    )
    ipython._showtraceback = lambda kind, error, lines: show(
        ipython, "error", ename=kind.__name__, evalue=str(error), traceback=lines
    )
    return ipython


def run(page: dict[str, Any], answers: TextIO) -> None:
    """Run the cells of a ``page``, and write the outputs of each to ``answers``."""
    os.chdir(page["folder"])
    ipython, sys.stdin = shell(), open(os.devnull, "r+")  # noqa: SIM115
    guard(page["root"])
    out, err = Stream(ipython, "stdout"), Stream(ipython, "stderr")
    for source, may_fail in page["cells"]:
        ipython.outputs = []
        if page["timeout"]:
            # Ends the process, whatever it is at.
            faulthandler.dump_traceback_later(page["timeout"], exit=True, file=sys.stdin)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            done = ipython.run_cell(source, store_history=True)
        faulthandler.cancel_dump_traceback_later()
        # A picture is bytes, which a notebook has as text.
        outputs = json.dumps(ipython.outputs, default=lambda of: base64.b64encode(of).decode())
        if len(outputs) > MOST_SHOWN:
            said = f"a cell shows more than {MOST_SHOWN:,} characters: show fewer rows"
            ipython.outputs = []
            show(ipython, "error", ename="ValueError", evalue=said, traceback=[said])
            outputs = json.dumps(ipython.outputs)
        print(outputs, file=answers, flush=True)
        if not (done.success or may_fail):
            return


def serve(opened: dict[str, str]) -> None:
    """Run each page that a line of standard input asks for; answer in lines of JSON.

    After each cell a list of its outputs, after the last what was ``opened`` (path → fingerprint,
    a dict that grows), and null once the process of the page has ended.
    """
    # What a cell, or a program that it calls, writes to the terminal is no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        if "page" in sys.argv or (SPLITS and not (child := os.fork())):
            run(json.loads(line), answers)
            print(json.dumps(opened), file=answers, flush=True)
            # Nothing of the parent is to be cleared away.
            os._exit(0)
        elif SPLITS:
            os.waitpid(child, 0)
        else:
            command = [*sys.orig_argv, "page"]
            subprocess.run(command, input=line, stdout=answers, encoding="utf-8", check=False)
        print("null", file=answers, flush=True)
