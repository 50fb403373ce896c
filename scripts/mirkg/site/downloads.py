"""Downloads: the files that are offered as a whole, with their media types, sizes and digests."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.ask import questions
from mirkg.ask.store import Store
from mirkg.model import files
from mirkg.model.vocabulary import BASE
from mirkg.serve import documents as described
from mirkg.serve.desk import Desk

_WHAT = {
    "mirkg.trig": ("the graph, in its named graphs", "application/trig"),
    "mirkg.nq": ("the graph, in its named graphs", "application/n-quads"),
    "mirkg.jsonld": ("the graph, in its named graphs", "application/ld+json"),
    "mirkg.ttl": ("the union of its graphs", "text/turtle"),
    "mappings.sssom.tsv": ("the identifiers of entities, SSSOM", "text/tab-separated-values"),
    "questions.ttl": ("the questions as examples of queries, SHACL", "text/turtle"),
    "questions.zip": ("the questions, one .rq file each", "application/zip"),
}
_NEVER = (1980, 1, 1, 0, 0, 0)  # the time of a file in an archive, so that two builds give the same bytes


class Download(NamedTuple):
    """Hold a download: its path in the site, what it is, its media type, its size in bytes and its SHA-256."""

    path: str
    what: str
    media: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.rpartition("/")[2]


def contents(desk: Desk) -> dict[str, bytes]:
    """Return the content of each download by its name."""
    found = {}
    for name in described.DOWNLOADS:
        own = name == "mirkg.trig" and desk.path.endswith(".trig")
        content = desk.content if own else described.whole(desk.kg.source, name)
        assert content is not None
        found[name] = content
    with open(files.resource("data/mappings.sssom.tsv"), "rb") as file:
        found["mappings.sssom.tsv"] = file.read()
    found["questions.zip"] = zipped({f"{one.id}.rq": one.query.encode() for one in questions.catalogue().values()})
    found["questions.ttl"] = described.written(_questions(desk), ox.RdfFormat.TURTLE)
    return found


def _questions(desk: Desk) -> list[ox.Triple]:
    """Return what the graph says of the questions."""
    assert isinstance(desk.kg.source, Store)
    nodes = (ox.NamedNode(f"{BASE}questions/{name}") for name in questions.catalogue())
    return [quad.triple for node in nodes for quad in desk.kg.source.graph.quads_for_pattern(node, None, None)]


def listed(contents: dict[str, bytes]) -> list[Download]:
    """Return the downloads of some contents by name, in the order of the page."""
    return [
        Download(f"download/{name}", *_WHAT[name], len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    ]


def zipped(contents: dict[str, bytes]) -> bytes:
    """Return files as an archive, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _NEVER)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()
