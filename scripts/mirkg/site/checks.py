"""Checks: whether a site that was written can be published: what its graph and its files must hold.

Those on the graph are SPARQL files in ontology/publish, each of which returns what breaks the sentence of its header.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from html import unescape
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from mirkg import __version__
from mirkg.ask import store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.store import Store
from mirkg.model import about, files, iris
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import BASE, prefixes
from mirkg.site import description, redirects
from mirkg.site.addresses import RDF
from mirkg.site.folder import SUMS

GRAPH = "download/mirkg.trig"
_PREFIX = re.compile(r"(?m)^\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", re.IGNORECASE)
_CURIE = re.compile(r"[A-Za-z][\w.]*:[^\s/|][^\s|]*")
_ADDRESS = re.compile(r' (?:href|src|action|data-index)="([^"]*)"')
_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


class Check(NamedTuple):
    """Hold a check: its name, what must hold, and what breaks it."""

    name: str
    must: str
    broken: list[str]


class Folder:
    """Hold a site as it was written: its files and its graph.

    Raises:
        BadInput: it is none, or its graph cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if not os.path.isfile(os.path.join(path, SUMS)):
            raise BadInput(f"{path} is no site. Write one with: mirkg site -o {path}")
        lines = self.text(SUMS).splitlines()
        self.sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        self.graph: Store = store.load(os.path.join(path, GRAPH))

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def text(self, name: str) -> str:
        """Return the content of a text file."""
        return self.read(name).decode("utf-8", "replace")

    def there(self, name: str) -> bool:
        """Tell whether there is a file."""
        return os.path.isfile(os.path.join(self.path, name))

    def json(self, name: str) -> dict[str, object]:
        """Return a JSON file as plain data; nothing where it is none."""
        try:
            told = json.loads(self.read(name))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}


def every(path: str) -> Iterator[Check]:
    """Yield every check of a site with what breaks it.

    Raises:
        BadInput: the folder is no site.
    """
    site = Folder(path)
    for name in queries():
        yield Check(name, *on_graph(name, site.graph))
    for check in ON_FILES:
        yield Check(
            check.__name__.strip("_").replace("_", "-"), (check.__doc__ or "").strip(), sorted(set(check(site)))
        )


def queries() -> list[str]:
    """Return the names of the checks on the graph."""
    return [name.removesuffix(".rq") for name in files.below("ontology/publish", ".rq")]


def on_graph(name: str, graph: Store) -> tuple[str, list[str]]:
    """Return what a check on the graph says must hold, and the nodes that break it."""
    query = files.text(files.resource(f"ontology/publish/{name}.rq"))
    return query.partition("\n")[0].removeprefix("# "), [row[0] for row in graph.select(query).rows]


# --------------------------------------------------------------------------------------------------
# On files
# --------------------------------------------------------------------------------------------------


def _file_sums(site: Folder) -> Iterator[str]:
    """Every file MUST be listed, and MUST have its digest."""
    for name, digest in site.sums.items():
        if not site.there(name):
            yield f"{name} is missing"
        elif hashlib.sha256(site.read(name)).hexdigest() != digest:
            yield f"{name} was changed"
    for folder, _, names in os.walk(site.path):
        for one in names:
            name = os.path.relpath(os.path.join(folder, one), site.path).replace(os.sep, "/")
            if name not in site.sums and name != SUMS:
                yield f"{name} is not listed"


def _iri_dereferences(site: Folder) -> Iterator[str]:
    """Every IRI of ours MUST have a page and RDF that names it."""
    paths: dict[str, str] = {}
    bases = KnowledgeGraph(site.graph).bases
    for quad in site.graph.graph:
        for node in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(node, ox.NamedNode) and node.value not in paths:
                paths[node.value] = iris.path(node.value, bases).partition("#")[0]
    known: dict[str, str] = {}
    for iri, path in sorted(paths.items()):
        if not path:
            continue
        if path.startswith("download/"):
            if not site.there(path):
                yield iri
            continue
        if path not in known:
            whole = all(site.there(f"{path}.{ending}") for ending in ("html", *RDF))
            known[path] = site.text(f"{path}.nt") if whole else ""
        if f"<{iri}>" not in known[path] and not (path.startswith("graph/") and known[path]):
            yield iri


def _iri_redirected(site: Folder) -> Iterator[str]:
    """Rules of hosts MUST send every IRI of ours to a form of it."""
    for name in site.sums:
        path, _, ending = name.rpartition(".")
        if ending == "nt" and path != "index" and not re.fullmatch(redirects.IRI, path):
            yield BASE + path


def _links(site: Folder) -> Iterator[str]:
    """Every link of every page MUST lead to a file."""
    for name in site.sums:
        if name.endswith(".html"):
            for address in set(_ADDRESS.findall(site.text(name))):
                path = unquote(unescape(address).partition("#")[0].partition("?")[0])
                if path and not re.match(r"[a-z]+:", path) and not site.there(normpath(join(dirname(name), path))):
                    yield f"{name} leads to {address}"


def _page_json_ld(site: Folder) -> Iterator[str]:
    """JSON-LD of schema.org in pages MUST parse."""
    for name in site.sums:
        if name.endswith(".html"):
            for data in _DATA.findall(site.text(name)):
                try:
                    list(ox.parse(data.encode(), format=ox.RdfFormat.JSON_LD))
                except (SyntaxError, ValueError):
                    yield name


def _dcat_truth(site: Folder) -> Iterator[str]:
    """DCAT MUST give the size and the digest of each download."""
    told = _facts(site, "index.nt")
    for name in site.sums:
        if name.startswith("download/"):
            content = site.read(name)
            size, digest = told.get(f"{BASE}{name}", {}), told.get(f"{BASE}{name}#sha256", {})
            if size.get("byteSize") != str(len(content)):
                yield f"{name}: size"
            if digest.get("checksumValue") != hashlib.sha256(content).hexdigest():
                yield f"{name}: digest"


def _dcat_whole(site: Folder) -> Iterator[str]:
    """Every distribution of DCAT MUST have an address, a media type, a licence and a digest."""
    for iri, told in _facts(site, "index.nt").items():
        if told.get("type", "").endswith("#Distribution"):
            missing = {"downloadURL", "mediaType", "license", "checksum", "byteSize"} - set(told)
            yield from (f"{iri}: {name}" for name in sorted(missing))


def _facts(site: Folder, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for quad in ox.parse(site.read(name), format=ox.RdfFormat.N_TRIPLES) if site.there(name) else ():
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
            found.setdefault(quad.subject.value, {})[re.split("[/#]", quad.predicate.value)[-1]] = quad.object.value
    return found


def _versions_equal(site: Folder) -> Iterator[str]:
    """Every description MUST have the version of the program."""
    for name, told in _described(site).items():
        if told[0] != __version__:
            yield f"{name}: {told[0] or 'none'}"


def _days_equal(site: Folder) -> Iterator[str]:
    """Every description MUST have the day of the version."""
    for name, told in _described(site).items():
        if told[1] != about.DATED:
            yield f"{name}: {told[1] or 'none'}"


def _licences_equal(site: Folder) -> Iterator[str]:
    """Every description MUST have the licence of the data."""
    names = {about.DATA_LICENCE, about.LICENCE_NAMES[about.DATA_LICENCE]}
    for name, told in _described(site).items():
        if told[2] not in names and told[2] not in {one.lower() for one in names}:
            yield f"{name}: {told[2] or 'none'}"


def _described(site: Folder) -> dict[str, tuple[str, str, str]]:
    """Return the version, the day and the licence that each description gives."""
    cff = dict(re.findall(r"(?m)^([\w-]+): (.+)$", site.text("CITATION.cff") if site.there("CITATION.cff") else ""))
    zenodo = site.json(".zenodo.json")
    listed = site.json("ro-crate-metadata.json").get("@graph", [])
    parts = listed if isinstance(listed, list) else []
    root: dict[str, Any] = next((one for one in parts if one.get("@id") == "./"), {})
    dcat = _facts(site, "index.nt").get(description.DATASET, {})
    return {
        "CITATION.cff": (cff.get("version", ""), cff.get("date-released", ""), cff.get("license", "")),
        ".zenodo.json": (
            str(zenodo.get("version", "")),
            str(zenodo.get("publication_date", "")),
            str(zenodo.get("license", "")),
        ),
        "ro-crate-metadata.json": (
            root.get("version", ""),
            root.get("datePublished", ""),
            root.get("license", {}).get("@id", ""),
        ),
        "index.nt": (dcat.get("version", ""), dcat.get("issued", ""), dcat.get("license", "")),
    }


def _prefixes_equal(site: Folder) -> Iterator[str]:
    """Prefixes MUST stand for one namespace in every file."""
    own = prefixes()
    for name in site.sums:
        if name.endswith((".rq", ".trig")) or (name.endswith(".ttl") and name.count("/") < 2):
            for prefix, space in _PREFIX.findall(site.text(name)[:20_000]):
                if own.get(prefix, space) != space:
                    yield f"{name}: {prefix}"
    for line in site.text("download/mappings.sssom.tsv").splitlines():
        found = re.fullmatch(r'#\s+([\w.]+): "(.+)"', line)
        if found and own.get(found[1], found[2]) != found[2]:
            yield f"mappings.sssom.tsv: {found[1]}"


def _mapping_syntax(site: Folder) -> Iterator[str]:
    """Every mapping MUST have the CURIEs of a subject, a predicate and an object, with known prefixes."""
    rows = [line for line in site.text("download/mappings.sssom.tsv").splitlines() if not line.startswith("#")]
    columns = rows[0].split("\t")
    for number, row in enumerate(rows[1:], 2):
        told = dict(zip(columns, row.split("\t"), strict=False))
        for column in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
            value = told.get(column, "")
            prefix = value.partition(":")[0]
            if not _CURIE.fullmatch(value) or (prefix not in prefixes() and prefix != "semapv"):
                yield f"row {number}: {column} {value}"


def _questions_run(site: Folder) -> Iterator[str]:
    """Every question MUST run on the graph and be the one that the endpoint shows as an example."""
    told = _facts(site, "graph/metadata.nt")
    for name in site.sums:
        if name.startswith("questions/") and name.endswith(".rq"):
            query = site.text(name)
            try:
                site.graph.select(query)
            except BadInput:
                yield name
            if told.get(f"{BASE}{name.removesuffix('.rq')}", {}).get("select") != query:
                yield f"{name} is no example"


def _signposts(site: Folder) -> Iterator[str]:
    """Pages of IRIs MUST say what to cite, its licence and where it is RDF."""
    for name in site.sums:
        path, _, ending = name.rpartition(".")
        if ending == "html" and f"{path}.nt" in site.sums:
            head = site.text(name).partition("</head>")[0]
            if not all(f'rel="{relation}"' in head for relation in ("cite-as", "license", "describedby")):
                yield name


ON_FILES: tuple[Callable[[Folder], Iterator[str]], ...] = (
    _file_sums,
    _iri_dereferences,
    _iri_redirected,
    _links,
    _page_json_ld,
    _signposts,
    _dcat_truth,
    _dcat_whole,
    _versions_equal,
    _days_equal,
    _licences_equal,
    _prefixes_equal,
    _mapping_syntax,
    _questions_run,
)
