"""Downloads: the files that are offered as a whole: the graph in its forms, ontology, shapes, questions, tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.ask import questions
from mirkg.ask.store import Source, Store
from mirkg.model import files
from mirkg.model.vocabulary import BASE
from mirkg.serve import documents

_GRAPH = "mirkg.trig"
_NEVER = (1980, 1, 1, 0, 0, 0)  # the time of a file in an archive, so that two builds give the same bytes


class Kind(NamedTuple):
    """Hold what a download is, and its media type."""

    what: str
    media: str


KINDS = {
    **dict.fromkeys(documents.DUMPS, Kind("the graph, in its named graphs", "")),
    "mirkg.ttl": Kind("the union of its graphs", ""),
    "ontology.ttl": Kind("the ontology: classes, properties and concepts", "text/turtle"),
    "shapes.zip": Kind("the shapes that the graph is checked by, SHACL", "application/zip"),
    "questions.zip": Kind("the questions, one .rq file each", "application/zip"),
    "questions.ttl": Kind("the questions as examples of queries, SHACL", "text/turtle"),
    "mappings.sssom.tsv": Kind("the identifiers of entities, SSSOM", "text/tab-separated-values"),
    "tables.zip": Kind("the tables that the graph is built from", "application/zip"),
}
KINDS |= {name: KINDS[name]._replace(media=media) for name, media in documents.DUMPS.items()}


class Downloads:
    """Make the downloads of one graph; what comes from files is read at once, since a server opens none later."""

    def __init__(self, path: str, content: bytes, source: Source) -> None:
        asked, mappings = questions.catalogue().values(), _bytes("data/mappings.sssom.tsv")
        self._made: dict[str, Callable[[], bytes]] = {
            **{name: partial(documents.whole, source, name) for name in documents.DUMPS},
            "ontology.ttl": lambda: documents.written(documents.ontology(source), ox.RdfFormat.TURTLE),
            "questions.ttl": lambda: documents.written(_questions(source), ox.RdfFormat.TURTLE),
            "questions.zip": partial(zipped, {f"{one.id}.rq": one.query.encode() for one in asked}),
            "shapes.zip": partial(zipped, _shipped("shapes", ".ttl")),
            "mappings.sssom.tsv": lambda: mappings,
        }
        if path.endswith(".trig"):
            self._made[_GRAPH] = lambda: content
        if content == _bytes(f"data/{_GRAPH}"):  # a graph of one's own was built from other tables
            tables = _shipped("data", ".tsv") | _shipped("data", ".toml") | _shipped("data", ".md")
            self._made["tables.zip"] = partial(zipped, tables)

    def names(self) -> list[str]:
        """Return the names of the downloads that there are, in the order of the page."""
        return [name for name in KINDS if name in self._made]

    def content(self, name: str) -> bytes | None:
        """Return the content of a download; nothing if there is none of that name."""
        return self._made[name]() if name in self._made else None


def zipped(contents: dict[str, bytes]) -> bytes:
    """Return files as an archive, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _shipped(folder: str, ending: str) -> dict[str, bytes]:
    """Return the shipped files below a folder that have an ending."""
    return {name: _bytes(f"{folder}/{name}") for name in files.below(folder, ending)}


def _bytes(name: str) -> bytes:
    with open(files.resource(name), "rb") as file:
        return file.read()


def _questions(source: Source) -> list[ox.Triple]:
    """Return what the graph says of the questions."""
    assert isinstance(source, Store)
    nodes = (ox.NamedNode(f"{BASE}questions/{name}") for name in questions.catalogue())
    return [quad.triple for node in nodes for quad in source.graph.quads_for_pattern(node, None, None)]
