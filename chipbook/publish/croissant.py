"""The data package as Croissant (MLCommons), and the files that lie beside the tables."""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.application import Sphinx

from chipbook.book.domain import DATA_PAGE, base
from chipbook.data import downloads, package, resource
from chipbook.data.downloads import CROISSANT, FOLDER
from chipbook.publish.linked_data import edition

_TYPES = {"number": "sc:Float", "integer": "sc:Integer", "boolean": "sc:Boolean"}
_CONTEXT = Path(__file__).with_name("croissant.json")
"""The JSON-LD context that Croissant 1.0 prescribes."""


def croissant(site: str) -> dict:
    """The data package as Croissant 1.0 (MLCommons): each table a file and a set of records.

    Addresses are relative to the file where ``site`` is empty.
    """
    whole = package()
    start = f"{site}{FOLDER}/" if site else ""
    return {
        "@context": json.loads(_CONTEXT.read_text(encoding="utf-8")),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": whole["name"],
        "alternateName": whole["title"],
        "description": whole["description"],
        "url": f"{site or '../'}{DATA_PAGE}.html",
        **edition(),
        "keywords": whole["keywords"],
        "citeAs": f"{whole['contributors'][0]['title']}: {whole['title']}, version "
        f"{whole['version']}, {whole['created'][:4]}",
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": entry["path"],
                "name": entry["path"],
                "description": entry["title"],
                "contentUrl": f"{start}{entry['path']}",
                "encodingFormat": "text/csv",
                "contentSize": f"{entry['bytes']} B",
                "sha256": entry["hash"][7:],
            }
            for entry in whole["resources"]
        ],
        "recordSet": [_record_set(entry) for entry in whole["resources"]],
    }


def _record_set(entry: dict) -> dict:
    name, schema = entry["name"], entry["schema"]
    # Lists of ids stay text: no reader of Croissant follows a reference out of a list.
    # The reference reader fails on a table that points to one which points on (claims).
    targets = {key["fields"][0]: key["reference"] for key in schema.get("foreignKeys", ())}
    pointing = {
        name: f"{target['resource']}/{target['fields'][0]}"
        for name, target in targets.items()
        if "foreignKeys" not in resource(target["resource"])["schema"]
    }
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": entry["description"],
        "key": [{"@id": f"{name}/{field}"} for field in schema["primaryKey"]],
        "field": [_field(entry, f, pointing.get(f["name"], "")) for f in schema["fields"]],
    }


def _field(entry: dict, field: dict, target: str) -> dict:
    name = field["name"]
    described = {
        "@type": "cr:Field",
        "@id": f"{entry['name']}/{name}",
        "name": name,
        # Croissant has no word for a unit.
        "description": field["description"] + (f" In {field['unit']}." if "unit" in field else ""),
        "dataType": _TYPES.get(field["type"], "sc:Text"),
        "source": {"fileObject": {"@id": entry["path"]}, "extract": {"column": name}},
    }
    return described | ({"references": {"field": {"@id": target}}} if target else {})


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the data in other formats and the Croissant description beside the tables."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, content in (downloads.files() | downloads.tables()).items():
        (folder / name).write_bytes(content)
    text = json.dumps(croissant(base(app.config)), ensure_ascii=False, indent=1)
    (folder / CROISSANT).write_text(text + "\n", encoding="utf-8")
