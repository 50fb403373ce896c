"""Making: every file of the site, one after the other, from what the server answers."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files as package
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from jinja2 import ChoiceLoader, PackageLoader

from mirkg import __version__
from mirkg.ask import queries, questions
from mirkg.ask.store import Answer, Store
from mirkg.model import iris, normal
from mirkg.model.problems import BadInput
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import BASE, LABEL, MK, RDF_TYPE, prefixes
from mirkg.serve import documents as described
from mirkg.serve.desk import KINDS, PAGES, Desk
from mirkg.serve.guard import Limits
from mirkg.serve.negotiation import GRAPHS, SUFFIXES
from mirkg.serve.pages import Linked
from mirkg.serve.worker import Asked
from mirkg.site import addresses, description, documents, head, redirects
from mirkg.site.addresses import RDF, TOP, Target
from mirkg.site.description import Download

_SAME = ox.NamedNode("http://www.w3.org/2004/02/skos/core#exactMatch")
_DOI = ox.NamedNode("http://purl.org/ontology/bibo/doi")


class Site:
    """Make the files of a site from the bytes of a built graph; `base` is the address where it will be, "" if unknown.

    Raises:
        BadInput: the content is no graph.
    """

    def __init__(self, path: str, content: bytes, base: str) -> None:
        self.desk, self.base, self.version = Desk(path, content, "", Limits()), base, __version__
        assert isinstance(self.desk.kg.source, Store)
        self.source, self.store = self.desk.kg.source, self.desk.kg.source.graph
        self.documents = {one.path: one for one in documents.every(self.source)}
        pages = self.desk.pages
        pages.templates.loader = ChoiceLoader([PackageLoader("mirkg.site"), PackageLoader("mirkg.serve")])
        pages.templates.globals["made"] = self
        self._todo: deque[Target] = deque()
        self._seen: set[str] = set()
        self._ways: dict[str, str] = {}  # where each address leads, "" if nowhere
        self._answered: dict[str, bytes] = {}  # what stands behind a link, until its turn comes

    # ----------------------------------------------------------------------------------------------
    # What there is, also for the templates of the site
    # ----------------------------------------------------------------------------------------------

    @cached_property
    def iris(self) -> dict[str, str]:
        """The IRIs of all things that the graph describes, and of its graphs, by the paths behind their bases."""
        nodes = [quad.subject for quad in self.store] + list(self.store.named_graphs())
        bases = self.desk.kg.bases
        found = {iris.path(node.value, bases): node.value for node in nodes if isinstance(node, ox.NamedNode)}
        kinds = tuple(f"{kind}/" for kind in KINDS)
        return {path: iri for path, iri in found.items() if path.startswith(kinds) and "#" not in path}

    @cached_property
    def things(self) -> frozenset[str]:
        """The paths of all things that the graph describes, and of its graphs."""
        return frozenset(self.iris)

    @cached_property
    def described(self) -> frozenset[str]:
        """The paths of all pages that are about something with RDF: things, documents, questions, the dataset."""
        asked = (f"questions/{one.id}" for one in self.questions())
        return self.things | frozenset([*self.documents, *asked, "index"])

    @cached_property
    def offered(self) -> dict[str, bytes]:
        """The downloads by name."""
        offered = self.desk.downloads
        return {name: offered.content(name) or b"" for name in offered.names()}

    @cached_property
    def downloads(self) -> list[Download]:
        """The downloads with their sizes and digests."""
        return [Download.of(name, content) for name, content in self.offered.items()]

    @cached_property
    def assets(self) -> dict[str, bytes]:
        """The files that no page is made for: scripts and styles, the index of the search, queries, downloads."""
        found = {"search.json": self._index(), ".nojekyll": b""}
        for wing in ("mirkg.serve", "mirkg.site"):
            found |= dict(_below(package(wing) / "static", "static"))
        found |= {f"questions/{one.id}.rq": one.query.encode() for one in self.questions()}
        found |= {f"download/{name}": content for name, content in self.offered.items()}
        return found | description.every(self.downloads)

    def kinds(self) -> list[str]:
        """Return the kinds of IRI of which there are things."""
        return [kind for kind in KINDS if any(path.startswith(f"{kind}/") for path in self.things)]

    def questions(self) -> list[questions.Question]:
        """Return the questions."""
        return list(questions.catalogue().values())

    def download_rows(self) -> Answer:
        """Return the downloads as rows."""
        rows: list[tuple[str, ...]] = [
            (Linked(one.name, BASE + one.path), one.what, one.media, f"{one.size:,}", one.sha256)
            for one in self.downloads
        ]
        return Answer(("file", "what", "media type", "bytes", "SHA-256"), rows)

    def terms(self) -> dict[str, list[dict[str, Any]]]:
        """Return the terms of the ontology by kind."""
        return documents.terms(self.source, self.desk.pages.place)

    def _index(self) -> bytes:
        """Return what the search in the browser reads: entities, terms and questions with their names."""
        found: dict[str, dict[str, Any]] = {}

        def add(at: str, label: str, kind: str, name: str) -> None:
            found.setdefault(at, {"at": at, "label": label, "kind": kind, "keys": []})["keys"].append(normal.key(name))

        for name, entities in self.desk.kg.names.by_name.items():
            for one in entities:
                add(f"{iris.path(one.iri, self.desk.kg.bases)}.html", one.label, one.kind, name)
        for term in self.source.select(queries.read("page-terms")).dicts():
            for name in (term["name"], term["label"]):
                add(f"ontology.html#{term['name']}", f"mk:{term['name']}", "term", name)
        for question in self.questions():
            for name in (question.title, question.id):
                add(f"questions/{question.id}.html", question.title, "question", name)
        listed = [one | {"keys": sorted(set(one["keys"]))} for _, one in sorted(found.items())]
        return json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()

    # ----------------------------------------------------------------------------------------------
    # Files
    # ----------------------------------------------------------------------------------------------

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of the site with its content, each once.

        Raises:
            BadInput: the graph is not whole, so that the page of a thing cannot be made.
        """
        yield from self.assets.items()
        for address in [*PAGES, "/guide", *(f"/questions/{one.id}" for one in self.questions())]:
            self._leads(address)
        for path in [*self.documents, *sorted(self.things)]:
            self._leads(f"/{path}")
        pages = []
        while self._todo:
            target = self._todo.popleft()
            content = self._answered.pop(target.file, None) or self._answer(target.request)
            path, _, ending = target.file.rpartition(".")
            if ending == "html":
                content = self._page(target.file, path, content.decode())
                pages.append(target.file)
            yield target.file, content
            if ending == "html" and path in self.described:
                yield from self._rdf(path)
        yield from redirects.files(sorted(pages), self.base)

    def _leads(self, address: str) -> str:
        """Return the way from the top to what stands for an address of the server, and see that it will be made."""
        if address not in self._ways:
            self._ways[address] = self._way(address)
        return self._ways[address]

    def _way(self, address: str) -> str:
        path = address.partition("#")[0].partition("?")[0].strip("/")
        stem, _, ending = path.rpartition(".")
        fragment = address[address.index("#") :] if "#" in address else ""
        if stem in self.described:
            if ending in SUFFIXES and ending != "html":
                return f"{stem}.{ending if ending in RDF else 'ttl'}"
            path = stem if ending == "html" else path
        if path in self.things or path in self.documents:
            self._will_make(Target(f"{path}.html", path))
            return f"{path}.html{fragment if path in self.documents else ''}"
        found = addresses.target(address)
        if found is None or not (self._will_make(found) if found.request else found.file in self.assets):
            return ""
        return quote(found.file) + found.tail

    def _will_make(self, target: Target) -> bool:
        """Put a file on the list of those to be made, and tell whether it can be."""
        if target.file not in self._seen:
            if target.request.startswith("/"):  # what is no thing may not be there
                try:
                    self._answered[target.file] = self._answer(target.request)
                except BadInput:
                    return False
            self._seen.add(target.file)
            self._todo.append(target)
        return True

    def _answer(self, request: str) -> bytes:
        """Return what the server answers to a request, or the page of a thing or document by its path."""
        if request in self.documents and request not in documents.ONTOLOGY:
            return self._rendered("document.html", self.documents[request].title, document=self.documents[request])
        if request.startswith("/things/"):
            kind = request.removeprefix("/things/")
            return self._rendered("things.html", f"Everything under {kind}", listed=self._listed(kind))
        path, _, query = ("/ontology" if request in documents.ONTOLOGY else request).partition("?")
        path = path if path.startswith("/") else f"/{path}.html"
        reply = self.desk.answer(Asked("GET", path, query.encode(), "", b"", "text/html", "", TOP))
        if reply.status != 200:
            raise BadInput(f"{self.desk.path} is not whole: {path} cannot be made. Build it anew.")
        return reply.content

    def _rendered(self, template: str, title: str, **values: Any) -> bytes:
        """Return a page that the server does not have."""
        pages = self.desk.pages
        pages.root, pages.address = TOP, ""
        return pages.templates.get_template(template).render(title=title, base=TOP, **values).encode()

    def _listed(self, kind: str) -> list[tuple[str, str]]:
        """Return the things of one kind of IRI with their labels, by label."""
        found = []
        for path in self.things:
            if path.startswith(f"{kind}/"):
                labels = [value.value for value in self._values(ox.NamedNode(self.iris[path]), LABEL)]
                found.append((self.iris[path], labels[0] if labels else path.removeprefix(f"{kind}/")))
        return sorted(found, key=lambda one: (one[1], one[0]))

    def _page(self, file: str, path: str, page: str) -> bytes:
        """Return a page as it stands in the site."""
        page = addresses.rewritten(page, file, self._leads)
        links, told = self._head(path)
        return page.replace("<title>", head.head("../" * file.count("/"), links, told) + "<title>", 1).encode()

    def _head(self, path: str) -> tuple[list[head.Link], dict[str, Any]]:
        """Return what the page at a path says of itself to programs."""
        if path == "index":
            return self._home()
        if path in self.described and path not in self.things:
            return head.signposts(BASE + path, path), {}
        if path not in self.things:
            return [], {}
        node = ox.NamedNode(self.iris[path])
        kinds = [value.value for value in self._values(node, RDF_TYPE) if value.value.startswith(MK)]
        labels = [value.value for value in self._values(node, LABEL)]
        same = sorted(value.value for value in self._values(node, _SAME) if isinstance(value, ox.NamedNode))
        same += [f"https://doi.org/{quote(value.value)}" for value in self._values(node, _DOI)]
        told = head.about(node.value, (sorted(kinds) or [""])[0].removeprefix(MK), (labels or [path])[0], same)
        return head.signposts(node.value, path), told

    def _home(self) -> tuple[list[head.Link], dict[str, Any]]:
        """Return what the first page, the page of the dataset, says to programs."""
        listed = self.downloads
        crate = ("describedby", "ro-crate-metadata.json", "application/ld+json")
        items = [("item", one.path, one.media) for one in listed]
        signs = [one for one in head.signposts(BASE.rstrip("/"), "index") if one[0] != "collection"]
        return [*signs, crate, *items], description.schema_org(listed)

    def _values(self, node: ox.NamedNode, relation: ox.NamedNode) -> list[Any]:
        return [quad.object for quad in self.store.quads_for_pattern(node, relation, None)]

    def _rdf(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Yield the RDF files of a thing or a document."""
        if path == "index":
            found = described.triples(self.source, f"{BASE}graph/metadata") + description.dcat(self.downloads)
        elif path in self.documents:
            found = self.documents[path].triples
        else:
            found = described.triples(self.source, self.iris.get(path, BASE + path))
        found = described.in_order(found)
        for ending, media in RDF.items():
            yield f"{path}.{ending}", serialized(found, GRAPHS[media], prefixes())


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files below a folder of the package."""
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _below(one, f"{path}/{one.name}")
        else:
            yield f"{path}/{one.name}", one.read_bytes()
