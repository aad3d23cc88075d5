"""RO-Crate metadata of an edition: its tables, notebooks and figures, and which made which.

RO-Crate 1.2: https://w3id.org/ro/crate/1.2. Only what the edition says goes into it: no time of
writing, no random id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity, Entity
from rocrate.rocrate import ROCrate

from openrace import address, outputs
from openrace.cite import record
from openrace.outputs import FIGURE

NAME = "ro-crate-metadata.json"
_VERSION = "1.2"
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_AUTHOR = "#contributors"
_SOFTWARE = "#openrace"
_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv",
    "vl.json": "application/vnd.vegalite+json",
}
_FILES = {
    "index.html": ("The report", "text/html"),
    "numbers.json": ("Every number of the report", "application/json"),
    "figures.json": ("Every figure of the report", "application/json"),
    "claims.json": ("Every claim tested, with its verdict", "application/json"),
    "edition.json": ("What the edition is", "application/json"),
}


def write(edition: Path) -> None:
    """Write the metadata of an edition whose other files, but for its checksums, are there."""
    text = json.dumps(described(edition), indent=1, ensure_ascii=False, sort_keys=True)
    (edition / NAME).write_text(f"{text}\n", encoding="utf-8")


def described(edition: Path) -> dict[str, Any]:
    """Return the metadata of an edition as JSON-LD."""
    crate = ROCrate(version=_VERSION)
    _root(crate, _read(edition / "edition.json"))
    tables = {table["name"]: _table(crate, table) for table in _tables(edition)}
    for place in filter(lambda name: (edition / name).exists(), _FILES):
        name, media = _FILES[place]
        crate.add_file(dest_path=place, properties={"name": name, "encodingFormat": media})
    figures = _read(edition / "figures.json")
    for notebook in sorted(edition.glob("notebooks/**/*.ipynb")):
        _made(crate, edition, notebook, figures, tables)
    words = {"name": "What rebuilds the edition: code, chapters and locks"}
    crate.add_dataset(dest_path="source/", properties=words)
    found: dict[str, Any] = crate.metadata.generate()
    return found


def _root(crate: ROCrate, about: Mapping[str, Any]) -> None:
    site = about["address"]
    author = {"@type": "Organization", "name": record.AUTHOR, "url": site}
    software = {"@type": "SoftwareApplication", "name": "openrace", "version": about["version"]}
    crate.add(ContextEntity(crate, _AUTHOR, properties=author))
    crate.add(ContextEntity(crate, _SOFTWARE, properties=software))
    frozen = f"{site}{address.edition(about['name'])}"
    said = {
        "name": f"{record.TITLE} ({record.dated(about['as_of'])})",
        "description": f"The edition {about['name']}: the whole report, frozen on its data date.",
        "datePublished": about["issued"],
        "identifier": frozen,
        "url": frozen,
        "version": about["version"],
        "license": _licence(crate, _LICENCE, record.LICENCE),
        "author": {"@id": _AUTHOR},
        "publisher": {"@id": _AUTHOR},
    }
    for name, value in said.items():
        crate.root_dataset[name] = value


def _tables(edition: Path) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = _read(edition / "data" / "datapackage.json")["resources"]
    return tables


def _table(crate: ROCrate, table: Mapping[str, Any]) -> Entity:
    said = {
        "name": record.plain(table["title"]),
        "encodingFormat": table.get("mediatype", "text/csv"),
        "isBasedOn": [source["path"] for source in table["sources"] if "path" in source],
        "license": [
            _licence(crate, licence.get("path", f"#licence-{licence['name']}"), licence["name"])
            for licence in table["licenses"]
        ],
    }
    return crate.add_file(dest_path=f"data/{table['path']}", properties=said)


def _licence(crate: ROCrate, id: str, name: str) -> Entity:
    said = {"@type": "CreativeWork", "name": record.plain(name)}
    return crate.get(id) or crate.add(ContextEntity(crate, id, properties=said))


def _made(
    crate: ROCrate,
    edition: Path,
    notebook: Path,
    figures: Mapping[str, Any],
    tables: Mapping[str, Entity],
) -> None:
    """Describe an executed notebook and each figure it shows, with what it was drawn from."""
    place = notebook.relative_to(edition).as_posix()
    said = {
        "@type": ["File", "SoftwareSourceCode"],
        "name": f"{notebook.stem}, executed",
        "encodingFormat": "application/x-ipynb+json",
        "programmingLanguage": "Python",
    }
    instrument = crate.add_file(dest_path=place, properties=said)
    for id in (shown["id"] for shown in outputs.of(notebook, FIGURE)):
        figure = figures[id]
        title = record.plain(figure["title"])
        made = [*_files(crate, title, figure["files"])]
        folder = {"name": title, "hasPart": made, "description": record.plain(figure["alt"])}
        crate.add_dataset(dest_path=address.figure(id), properties=folder)
        drawn_from = sorted({source["table"] for source in figure["sources"]} & tables.keys())
        crate.add_action(
            [instrument, crate.get(_SOFTWARE)],
            identifier=f"#make-{id}",
            object=[tables[name] for name in drawn_from],
            result=made,
            properties={"name": f"Computing and drawing {id}", "agent": {"@id": _AUTHOR}},
        )


def _files(crate: ROCrate, title: str, places: Mapping[str, str]) -> Iterable[Entity]:
    for ending, place in places.items():
        said = {"name": f"{title} ({ending})", "encodingFormat": _TYPES.get(ending, "")}
        yield crate.add_file(dest_path=place, properties=said)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
