"""Faults of one line put into the code, one at a time: how many of them the quick tests notice.

    pip install --target /tmp/mutmut mutmut coverage
    python bench/mutate_code.py --tools /tmp/mutmut                       # all of MODULES
    python bench/mutate_code.py --tools /tmp/mutmut quantity --most 100   # some of one, by chance

The faults are mutmut's. Its own runner leaves out whatever is decorated, which here is most of the
code, so this one makes them: it forks a process that has everything imported but this package,
reads the module with its fault, and runs the tests that reach the line, the quickest first, until
one fails. Prints what no test noticed, and the share that was; ends with 1 where that is below 85%.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MODULES = {name: f"data/{name}.py" for name in ("quantity", "derived", "dataset", "store")}
MODULES["claims"] = "story/claims.py"
TESTS = ("tests/data", "tests/story/test_claims.py", "tests/story/test_robustness.py")
APART = "any_working_directory or one_cell_changes"
"""Tests that start Python again, which would read the module without its fault."""

OUTSIDE = (
    "numpy pandas altair scipy.stats pytest hypothesis jsonschema anywidget jupytext vl_convert"
)
SECONDS, LIMIT, FEW, WANTED = 20.0, 180, 12, 0.85
"""Seconds of tests for a fault, after how many it hangs, the tests tried first, the share asked."""


class Fault(NamedTuple):
    """A fault: where it is, what stood there and what stands there instead, the whole module."""

    line: int
    old: str
    new: str
    code: str


def faults(path: Path, most: int, seed: int) -> tuple[int, list[Fault]]:
    """How many faults mutmut knows of for a module, and as many as ``most`` of them by chance."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.mutators import mutation_operators, operator_string

    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    found = []

    class Visitor(cst.CSTVisitor):
        METADATA_DEPENDENCIES = (PositionProvider,)

        def on_visit(self, node: cst.CSTNode) -> bool:
            if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
                return False
            if isinstance(node, cst.If) and "TYPE_CHECKING" in wrapper.module.code_for_node(
                node.test
            ):
                return False
            for kind, operator in mutation_operators:
                if isinstance(node, kind):
                    made = list(operator(node))
                    # A word in another case is the same fault as another word.
                    for other in made[:1] if operator is operator_string else made:
                        line = self.get_metadata(PositionProvider, node).start.line
                        found.append((line, node, other))
            return True

    wrapper.visit(Visitor())
    module = wrapper.module
    made = {}
    # To write a module takes longer than to find the faults of it.
    for line, node, other in random.Random(seed).sample(found, min(most, len(found))):
        old, new = (" ".join(module.code_for_node(n).split()) for n in (node, other))
        code = module.deep_replace(node, other).code
        made.setdefault(code, Fault(line, old, new, code))
    return len(found), list(made.values())


class Faulty(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module with another text than its file has."""

    def __init__(self, name: str, path: Path, code: str) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, fullname: str, *_: object) -> Any:
        """The module of that name, from here."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec: object) -> None:
        """As Python does."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the text in the module."""
        exec(compile(self.code, str(self.path), "exec"), module.__dict__)


def forked(work: Any, limit: float = LIMIT) -> int:
    """What ``work`` gives in a process of its own, 3 where it hangs and 4 where it breaks."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        gc.disable()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.setpgrp()
        signal.setitimer(signal.ITIMER_REAL, limit)
        signal.signal(signal.SIGALRM, lambda *_: os._exit(3))
        try:
            os._exit(int(work()))
        except BaseException:
            os._exit(4)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def run(tests: list[str], *plugins: object, stop: bool = True) -> int:
    """Run tests by their ids; gives the exit code of pytest."""
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    hidden = ["--noconftest", "-p", "no:cacheprovider", "-q", *(["-x"] if stop else [])]
    return pytest.main([*hidden, "-k", f"not ({APART})", *tests], plugins=list(plugins))


def reached(paths: list[Path], out: Path) -> int:
    """Run all tests, and write what each took and which lines it reached, and which none did."""
    import coverage

    cover = coverage.Coverage(data_file=None, include=[str(path) for path in paths])
    seconds: dict[str, float] = {}

    class Watch:
        def pytest_runtest_protocol(self, item: Any) -> None:
            cover.switch_context(item.nodeid)

        def pytest_runtest_logreport(self, report: Any) -> None:
            seconds[report.nodeid] = seconds.get(report.nodeid, 0) + report.duration

    cover.start()
    code = run(list(TESTS), Watch(), stop=False)
    cover.stop()
    data = cover.get_data()
    lines = {
        str(path): {line: names for line, names in found.items()}
        for path in paths
        for found in [data.contexts_by_lineno(str(path))]
    }
    out.write_text(json.dumps({"seconds": seconds, "lines": lines}), encoding="utf-8")
    return code


def tests_of(fault: Fault, path: Path, known: dict, budget: float) -> list[str]:
    """The tests that reach the line of a fault, as many of the quickest as take ``budget``."""
    named = known["lines"][str(path)]
    # What is run on import is no test's own.
    lines = [line for line in range(fault.line, 0, -1) if str(line) in named][:1]
    ids = set(named[str(lines[0])]) if lines else {""}
    if "" in ids:
        # Reached while tests were collected: for which of them, nobody knows.
        ids = set(known["seconds"])
    chosen, spent = [], 0.0
    for name in sorted(ids, key=known["seconds"].__getitem__):
        spent += known["seconds"][name] + 0.004
        if spent < budget:
            chosen.append(name)
    return chosen


def tried(fault: Fault, path: Path, tests: list[str]) -> int:
    """The exit code of the tests with a fault: 0 where none noticed it."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)

    def work() -> int:
        sys.meta_path.insert(0, Faulty(name, path, fault.code))
        # Most faults fall at once; to collect all the tests takes longer than to run a few.
        return run(tests[:FEW]) or (run(tests[FEW:]) if tests[FEW:] else 0)

    return forked(work)


def main() -> None:
    """Make the faults, try them, say what is left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", help=", ".join(MODULES))
    parser.add_argument("--tools", help="folder with mutmut and coverage")
    parser.add_argument("--most", type=int, default=10**6, help="faults of a module, by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--reached", type=Path, default=Path("/tmp/mutate_code.json"), help="kept between runs"
    )
    parser.add_argument(
        "--budget", type=float, default=SECONDS, help="seconds of tests for a fault"
    )
    options = parser.parse_args()
    # Behind what is installed: these folders may bring a pytest of their own.
    sys.path += [options.tools] if options.tools else []
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    os.chdir(ROOT)
    for name in OUTSIDE.split():
        importlib.import_module(name)
    gc.freeze()
    from hypothesis import settings

    # The same examples each time, or a fault would be noticed by chance.
    settings.register_profile("mutants", deadline=None, derandomize=True, database=None)
    settings.load_profile("mutants")
    paths = {name: ROOT / "chipbook" / path for name, path in MODULES.items()}
    out = options.reached
    if not out.exists() and (code := forked(lambda: reached(list(paths.values()), out), 1800)):
        sys.exit(f"the tests fail without a fault: {code}")
    known = json.loads(out.read_text(encoding="utf-8"))
    print(f"{len(known['seconds'])} tests", flush=True)
    shares = [
        searched(paths[name], known, options.seed, options.most, options.budget)
        for name in options.modules or MODULES
    ]
    sys.exit(min(shares) < WANTED)


def searched(path: Path, known: dict, seed: int, most: int, budget: float) -> float:
    """Try the faults of a module in an order by chance, print what is missed; gives the share."""
    every, chosen = faults(path, most, seed)
    missed, began, share = 0, time.time(), 0.0
    for count, fault in enumerate(chosen, start=1):
        tests = tests_of(fault, path, known, budget)
        if not (tests and tried(fault, path, tests)):
            missed += 1
            print(f"{path.name}:{fault.line}: {fault.old} → {fault.new}", flush=True)
        share = 1 - missed / count
        if count % 25 == 0 or count == len(chosen):
            told = f"{count} of {every} faults, {missed} not noticed, {share:.1%} noticed"
            print(f"{path.stem}: {told}, {time.time() - began:.0f} s", flush=True)
    return share


if __name__ == "__main__":
    main()
