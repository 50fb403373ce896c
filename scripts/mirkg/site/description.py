"""Description: the site as a dataset for catalogues, archives and search engines: DCAT, RO-Crate, CFF, Zenodo.

All say the same: what the project is comes from `model/about`, the review from its table, sizes from the files.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg import __version__
from mirkg.model import about, files, iris
from mirkg.model.vocabulary import BASE, RDF_TYPE, expand
from mirkg.serve.downloads import KINDS

DATASET = BASE.rstrip("/")
_DCAT = "http://www.w3.org/ns/dcat#"
_SPDX = "http://spdx.org/rdf/terms#"
_MEDIA = "https://www.iana.org/assignments/media-types/"
_SCHEMA = "https://schema.org/"


@cache
def reviews() -> tuple[dict[str, Any], ...]:
    """Return what the tables say of each review: title, doi, authors, day."""
    found = [name for name in files.below("data/reviews", ".toml") if name.endswith("review.toml")]
    return tuple(tomllib.loads(files.text(files.resource(f"data/reviews/{name}"))) for name in found)


class Download(NamedTuple):
    """Hold a download: its path in the site, what it is, its media type, its size in bytes and its SHA-256."""

    path: str
    what: str
    media: str
    size: int
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Download:
        """Describe a download by its name and its content."""
        return cls(f"download/{name}", *KINDS[name], len(content), hashlib.sha256(content).hexdigest())

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.rpartition("/")[2]


def dcat(downloads: list[Download]) -> list[ox.Triple]:
    """Return the dataset with its distributions in the terms of DCAT 3."""
    dataset = ox.NamedNode(DATASET)
    pairs: list[tuple[ox.NamedNode, str, Any]] = [
        (dataset, RDF_TYPE.value, _node(f"{_DCAT}Dataset")),
        (dataset, expand("dcterms:title"), ox.Literal(about.TITLE, language="en")),
        (dataset, expand("dcterms:description"), ox.Literal(about.DESCRIPTION, language="en")),
        (dataset, expand("dcterms:license"), _node(about.DATA_LICENCE)),
        (dataset, expand("dcterms:issued"), _day(about.DATED)),
        (dataset, expand("dcterms:identifier"), ox.Literal(DATASET)),
        (dataset, expand("dcterms:creator"), ox.Literal(about.CREATOR)),
        (dataset, expand("dcterms:conformsTo"), _node(f"{BASE}ontology/{__version__}")),
        (dataset, f"{_DCAT}version", ox.Literal(__version__)),
        (dataset, f"{_DCAT}landingPage", _node(BASE)),
        *((dataset, f"{_DCAT}keyword", ox.Literal(word, language="en")) for word in about.KEYWORDS),
        *((dataset, expand("dcterms:source"), iris.doi(review["doi"])) for review in reviews()),
    ]
    for one in downloads:
        file, digest = _node(BASE + one.path), _node(f"{BASE}{one.path}#sha256")
        pairs += [
            (dataset, f"{_DCAT}distribution", file),
            (file, RDF_TYPE.value, _node(f"{_DCAT}Distribution")),
            (file, expand("dcterms:title"), ox.Literal(one.name)),
            (file, expand("dcterms:description"), ox.Literal(one.what, language="en")),
            (file, expand("dcterms:license"), _node(about.DATA_LICENCE)),
            (file, f"{_DCAT}downloadURL", file),
            (file, f"{_DCAT}mediaType", _node(_MEDIA + one.media)),
            (file, f"{_DCAT}byteSize", ox.Literal(str(one.size), datatype=_node(expand("xsd:nonNegativeInteger")))),
            (file, f"{_SPDX}checksum", digest),
            (digest, RDF_TYPE.value, _node(f"{_SPDX}Checksum")),
            (digest, f"{_SPDX}algorithm", _node(f"{_SPDX}checksumAlgorithm_sha256")),
            (digest, f"{_SPDX}checksumValue", ox.Literal(one.sha256, datatype=_node(expand("xsd:hexBinary")))),
        ]
    return [ox.Triple(subject, _node(name), value) for subject, name, value in pairs]


def schema_org(downloads: list[Download]) -> dict[str, Any]:
    """Return the dataset in the terms of schema.org, as the Bioschemas profile of a dataset has it."""
    return {
        "@id": DATASET,
        "@type": "Dataset",
        "http://purl.org/dc/terms/conformsTo": {"@id": "https://bioschemas.org/profiles/Dataset/1.0-RELEASE"},
        "name": about.TITLE,
        "description": about.DESCRIPTION,
        "identifier": DATASET,
        "url": {"@id": BASE},
        "version": __version__,
        "datePublished": about.DATED,
        "keywords": list(about.KEYWORDS),
        "license": {"@id": about.DATA_LICENCE},
        "creator": {"@type": "Organization", "name": about.CREATOR},
        "isBasedOn": [{"@id": iris.doi(review["doi"]).value} for review in reviews()],
        "distribution": [
            {
                "@type": "DataDownload",
                "@id": BASE + one.path,
                "name": one.name,
                "contentUrl": {"@id": BASE + one.path},
                "encodingFormat": one.media,
                "contentSize": str(one.size),
                "sha256": one.sha256,
            }
            for one in downloads
        ],
    }


def crate(downloads: list[Download]) -> bytes:
    """Return the metadata of the site as an RO-Crate 1.1."""
    made = {"@id": "#creator", "@type": "Organization", "name": about.CREATOR, "url": DATASET}
    licences = [
        {"@id": licence, "@type": "CreativeWork", "name": name, "identifier": {"@id": licence}}
        for licence, name in about.LICENCE_NAMES.items()
    ]
    articles = [_article(review) for review in reviews()]
    authors = [
        {"@id": f"#{iris.slug(name)}", "@type": "Person", "name": name} for one in reviews() for name in one["authors"]
    ]
    parts = [_file(one) for one in downloads]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.TITLE,
        "description": about.DESCRIPTION,
        "identifier": DATASET,
        "version": __version__,
        "datePublished": about.DATED,
        "keywords": list(about.KEYWORDS),
        "license": {"@id": about.DATA_LICENCE},
        "author": {"@id": "#creator"},
        "publisher": {"@id": "#creator"},
        "isBasedOn": _some([{"@id": one["@id"]} for one in articles]),
        "hasPart": [{"@id": one["@id"]} for one in parts],
    }
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    told = [descriptor, root, made, *licences, *articles, *authors, *parts]
    context = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
    return _json({"@context": context, "@graph": told})


def _article(review: dict[str, Any]) -> dict[str, Any]:
    return {
        "@id": iris.doi(review["doi"]).value,
        "@type": "ScholarlyArticle",
        "name": review["title"],
        "datePublished": str(review["published"]),
        "author": _some([{"@id": f"#{iris.slug(name)}"} for name in review["authors"]]),
    }


def _file(one: Download) -> dict[str, Any]:
    return {
        "@id": one.path,
        "@type": "File",
        "name": one.name,
        "description": one.what,
        "encodingFormat": one.media,
        "contentSize": str(one.size),
        "sha256": one.sha256,
        "license": {"@id": about.DATA_LICENCE},
    }


def _some(values: list[dict[str, str]]) -> Any:
    """Return several values as a list and one as itself, as RO-Crate has them."""
    return values[0] if len(values) == 1 else values


def zenodo() -> bytes:
    """Return the .zenodo.json that an archive of a tag reads."""
    return _json(
        {
            "title": about.TITLE,
            "description": f"{about.DESCRIPTION} Data: CC BY 4.0; code: Apache-2.0.",
            "upload_type": "dataset",
            "access_right": "open",
            "license": about.LICENCE_NAMES[about.DATA_LICENCE].lower(),
            "version": __version__,
            "publication_date": about.DATED,
            "creators": [{"name": about.CREATOR}],
            "keywords": list(about.KEYWORDS),
            "related_identifiers": [
                {"identifier": review["doi"], "relation": "isDerivedFrom", "scheme": "doi"} for review in reviews()
            ],
        }
    )


def citation() -> bytes:
    """Return the CITATION.cff of the project."""
    return ("\n".join(_cff()) + "\n").encode()


def _cff() -> Iterator[str]:
    yield "cff-version: 1.2.0"
    yield f"title: {json.dumps(about.TITLE)}"
    yield 'message: "If you use mirkg, please cite it and the review that it records."'
    yield "type: dataset"
    yield f"version: {__version__}"
    yield f"date-released: {about.DATED}"
    yield f"url: {json.dumps(DATASET)}"
    yield f"abstract: {json.dumps(about.DESCRIPTION)}"
    yield "keywords:"
    yield from (f"  - {json.dumps(word)}" for word in about.KEYWORDS)
    yield "# The data are CC BY 4.0 (LICENSE-DATA), the code is Apache-2.0 (LICENSE)."
    yield f"license: {about.LICENCE_NAMES[about.DATA_LICENCE]}"
    yield "authors:"
    yield f"  - name: {json.dumps(about.CREATOR)}"
    yield "references:"
    for review in reviews():
        yield "  - type: article"
        yield f"    title: {json.dumps(review['title'], ensure_ascii=False)}"
        yield f"    doi: {review['doi']}"
        yield f"    year: {str(review['published'])[:4]}"
        yield "    authors:"
        for name in review["authors"]:
            given, _, family = name.partition(" ")
            yield f"      - {{ given-names: {json.dumps(given)}, family-names: {json.dumps(family)} }}"


def every(downloads: list[Download]) -> dict[str, bytes]:
    """Return the files of the description that are no RDF, by name."""
    return {"CITATION.cff": citation(), ".zenodo.json": zenodo(), "ro-crate-metadata.json": crate(downloads)}


def _json(told: object) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def _day(day: str) -> ox.Literal:
    return ox.Literal(day, datatype=_node(expand("xsd:date")))
