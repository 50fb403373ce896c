"""Desk: what is answered at each address, inside of a worker; nothing here waits, opens or remembers anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, quote

from mirkg.ask import graph as graphs
from mirkg.ask import queries
from mirkg.ask import store as stores
from mirkg.ask.sparql import of_this_store
from mirkg.model import vocabulary
from mirkg.model.problems import BadInput
from mirkg.serve import documents, negotiation
from mirkg.serve.guard import Limits, TooMuch, checked
from mirkg.serve.pages import Pages
from mirkg.serve.worker import Asked, Job, Reply, answered

TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'{0}; img-src 'self' data:; font-src 'self' data:; "
_POLICY += "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
GUIDES = ("application/json", "text/html")
_FIELDS = 100  # parameters that a request may have
KINDS = ("entity", "proposition", "claim", "source", "derived", "component", "graph")
PAGES = {
    "/": "home",
    "/search": "search",
    "/questions": "questions",
    "/audit": "audit",
    "/editor": "editor",
    "/picture": "picture",
    "/downloads": "downloads",
}


class Refused(Exception):
    """Carry an answer that is an error: a status, a sentence, and more headers."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def policy(more: str = "") -> str:
    """Return the content security policy of a page, with more that its styles may come from."""
    return _POLICY.format(more)


def tag(*parts: bytes) -> str:
    """Return the ETag of an answer by what it depends on."""
    return '"' + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32] + '"'


def unchanged(known: str, own: str) -> bool:
    """Tell whether a client that names what it knows holds an answer already."""
    return any(one.strip().removeprefix("W/") in (own, "*") for one in known.split(","))


class Desk:
    """Answer requests from one graph.

    Raises:
        BadInput: the content is no graph.
    """

    def __init__(self, path: str, content: bytes, base: str, limits: Limits) -> None:
        self.kg = graphs.KnowledgeGraph(stores.load(path, content))
        self.path, self.content, self.base, self.limits = path, content, base, limits
        self.digest = hashlib.sha256(content).digest()
        self.pages = Pages(self.kg, base)
        rows = self.kg.source.select(queries.read("server-graphs")).rows
        self.graphs = frozenset(name for (name,) in rows)
        # What costs much and never changes is made once.
        self.document = lru_cache(256)(partial(documents.document, self.kg.source))
        self.guiding = cache(partial(documents.guide, self.kg, base, limits))
        self.routes: dict[str, Callable[[Asked], Reply]] = {
            "/sparql": self.sparql,
            "/ontology": self.ontology,
            "/guide": self.guide,
            "/api/ask": self.api_questions,
            "/api/explain": self.api_explain,
            "/api/search": self.api_search,
            "/api/openapi.json": self.openapi,
        }
        self.under: dict[str, Callable[[Asked, str], Reply]] = {
            "/api/ask/": self.api_ask,
            "/questions/": self.question,
            "/download/": self.download,
        }

    def warm(self) -> None:
        """Read all that is read from files at a first use: later nothing can be opened."""
        queries.read_all()
        vocabulary.ontology()
        for name in self.pages.templates.list_templates(["html"]):
            self.pages.templates.get_template(name)
        for path, query in (
            *((page, b"") for page in PAGES),
            ("/api/explain", b"subject=x&object=y"),
            ("/api/explain", b"subject=x"),
            ("/picture", b"subject=x&object=y"),
            ("/questions/mirnas-for-drug", b"drug=x"),
            ("/sparql", b""),
            ("/sparql", b"query=DESCRIBE%20mk:Claim"),
        ):
            self.answer(Asked("GET", path, query, "", b"", "", ""))

    def answer(self, asked: Asked) -> Reply:
        """Answer a request; what cannot be fulfilled is told as a page for people, as a sentence for programs."""
        try:
            return self._answer(asked)
        except Refused as error:
            return self._refused(asked, error.status, error.message, error.headers)
        except TooMuch as error:
            return self._refused(asked, 422, str(error), {})
        except BadInput as error:
            return self._refused(asked, 400, str(error), {})
        except (MemoryError, RecursionError):
            return self._refused(asked, 422, "The answer takes more memory than it may. Ask for less.", {})

    def _answer(self, asked: Asked) -> Reply:
        path = asked.path
        if route := self.routes.get(path):
            return route(asked)
        if page := PAGES.get(path):
            return self._made(asked, page, {})
        for start, answer in self.under.items():
            rest = path.removeprefix(start)
            if rest != path and rest and "/" not in rest:
                return answer(asked, rest)
        if path.startswith(tuple(f"/{kind}/" for kind in KINDS)):
            return self.thing(asked)
        plain = path.rstrip("/")
        if plain != path and (plain in self.routes or plain in PAGES):
            return self._elsewhere(plain, 307)
        raise Refused(404, f"There is no {path[:200]} here.")

    def _refused(self, asked: Asked, status: int, message: str, headers: dict[str, str]) -> Reply:
        program = asked.path.startswith(("/sparql", "/api"))
        if not program and negotiation.best(asked.accept, ["text/plain", "text/html"]) == "text/html":
            content, media = self.pages.error(status, message), _HTML
        else:
            content, media = message + "\n", TEXT
        told = {"Content-Type": media, "Cache-Control": "no-store"}
        return Reply(status, content.encode("utf-8", "replace"), told | headers)

    def _elsewhere(self, path: str, status: int = 303) -> Reply:
        """Send a client to another address of this server, which goes by the name that it was given."""
        where = quote(self.base + path, safe=":/%#?=@[]!$&'()*+,;")
        return Reply(status, b"", {"Location": where, "Vary": "Accept"})

    # ----------------------------------------------------------------------------------------------
    # SPARQL
    # ----------------------------------------------------------------------------------------------

    def sparql(self, asked: Asked) -> Reply:
        """Answer the SPARQL 1.1 Protocol: a query by GET, form or body; without one the service description."""
        parameters = _pairs(asked.query)
        if asked.method != "POST" and not any(name in ("query", "update") for name, _ in parameters):
            if negotiation.best(asked.accept, ["text/turtle", "text/html"]) == "text/html":
                return self._elsewhere("/editor")
            return self._described(asked, documents.service(self.base, self.limits, self.graphs))
        query, parameters = _query(asked, parameters)
        default = _values(parameters, "default-graph-uri")
        named = _values(parameters, "named-graph-uri")
        checked(query, self.limits, self.graphs, f"{self.base}/sparql")
        for iri in [*default, *named]:
            of_this_store(iri, self.graphs)
        given = [query, asked.accept, *default, "", *named]
        own = tag(self.digest, self.base.encode(), *(one.encode() for one in given))
        headers = {"ETag": own, "Vary": "Accept"}
        if unchanged(asked.known, own):
            return Reply(304, b"", headers)
        some = bool(default or named)  # else all graphs, or those after FROM
        job = Job(query, default if some else None, named if some else None, asked.accept, f"{self.base}/sparql")
        result = answered(self.kg.source, job, self.limits)
        status = {"ok": 200, "bad": 400, "not acceptable": 406, "too much": 422}[result.kind]
        if status != 200:
            raise Refused(status, result.content.decode())
        return Reply(200, result.content, headers | {"Content-Type": _with_charset(result.media)})

    # ----------------------------------------------------------------------------------------------
    # Linked data
    # ----------------------------------------------------------------------------------------------

    def thing(self, asked: Asked) -> Reply:
        """Send a client from a thing to the document about it, or answer with that document."""
        path = asked.path.lstrip("/")
        if documents.known(self.kg.source, path):
            media = self._liked(asked, negotiation.SUFFIXES.values())
            ending = next(name for name, one in negotiation.SUFFIXES.items() if one == media)
            return self._elsewhere(f"/{path}.{ending}")
        stem, dot, suffix = path.rpartition(".")
        if not dot or suffix not in negotiation.SUFFIXES or not documents.known(self.kg.source, stem):
            raise Refused(404, f"There is no {path[:200]} here.")
        if suffix == "html":
            return self._page(asked, self.pages.thing(stem))
        media = negotiation.SUFFIXES[suffix]
        return self._content(asked, self.document(stem, media), media)

    def ontology(self, asked: Asked) -> Reply:
        """Answer with the ontology, whose terms are parts of one document."""
        if negotiation.best(asked.accept, negotiation.SUFFIXES.values()) == "text/html":
            return self._page(asked, self.pages.ontology())
        return self._described(asked, documents.ontology(self.kg.source))

    def _described(self, asked: Asked, triples: list[Any]) -> Reply:
        media = self._liked(asked, negotiation.GRAPHS)
        return self._content(asked, documents.written(triples, negotiation.GRAPHS[media]), media)

    def _liked(self, asked: Asked, offered: Iterable[str]) -> str:
        media = negotiation.best(asked.accept, offered)
        if not media:
            raise Refused(406, f"This can be had as: {', '.join(offered)}.")
        return media

    def download(self, asked: Asked, name: str) -> Reply:
        """Answer with the whole graph in one of its forms."""
        if name == "mirkg.trig" and self.path.endswith(".trig"):
            content: bytes | None = self.content
        else:
            content = documents.whole(self.kg.source, name)
        if content is None:
            raise Refused(404, f"There is no download {name[:100]}.")
        return self._content(asked, content, documents.DOWNLOADS[name])

    # ----------------------------------------------------------------------------------------------
    # Programs
    # ----------------------------------------------------------------------------------------------

    def api_ask(self, asked: Asked, question: str) -> Reply:
        """Answer a question by its name and parameters."""
        found = self.kg.asked(question, _given(asked))
        return self._json(asked, {"rows": found.answer.dicts(), "remarks": found.remarks})

    def api_questions(self, asked: Asked) -> Reply:
        """List the questions."""
        return self._json(asked, documents.questions_listed())

    def api_explain(self, asked: Asked) -> Reply:
        """Answer with the card of one entity, or with what leads from one to another."""
        given = _given(asked)
        subject, other = given.get("subject", ""), given.get("object", "")
        if not subject:
            raise Refused(400, "Name an entity: ?subject=miR-130b, or two: &object=doxorubicin.")
        found = self.kg.proof(subject, other) if other else self.kg.explain(subject)
        return self._json(asked, found.dict())

    def api_search(self, asked: Asked) -> Reply:
        """Find entities by a part of a name."""
        return self._json(asked, self.pages.found(_given(asked).get("q", "")))

    def openapi(self, asked: Asked) -> Reply:
        """Describe the API."""
        return self._json(asked, documents.openapi(self.base))

    def guide(self, asked: Asked) -> Reply:
        """Guide programs and people: schema, prefixes, questions with row counts, what to mind."""
        told = self.guiding()
        if negotiation.best(asked.accept, GUIDES) == "text/html":
            return self._page(asked, self.pages.guide(told))
        return self._json(asked, told)

    def _json(self, asked: Asked, told: object) -> Reply:
        return self._content(asked, json.dumps(told, ensure_ascii=False, indent=1).encode(), "application/json")

    # ----------------------------------------------------------------------------------------------
    # Pages
    # ----------------------------------------------------------------------------------------------

    def question(self, asked: Asked, name: str) -> Reply:
        """Answer with the page of one question."""
        return self._made(asked, "question", {"question": name})

    def _made(self, asked: Asked, name: str, more: dict[str, str]) -> Reply:
        content = getattr(self.pages, name)(_given(asked) | more)
        return self._page(asked, content, policy(" 'unsafe-inline'") if name == "editor" else policy())

    def _page(self, asked: Asked, content: str, allowed: str = "") -> Reply:
        found = self._content(asked, content.encode("utf-8", "replace"), _HTML)
        return found._replace(headers=found.headers | {"Content-Security-Policy": allowed or policy()})

    def _content(self, asked: Asked, content: bytes, media: str) -> Reply:
        headers = {"ETag": tag(content), "Vary": "Accept"}
        if unchanged(asked.known, headers["ETag"]):
            return Reply(304, b"", headers)
        return Reply(200, content, headers | {"Content-Type": _with_charset(media)})


def _with_charset(media: str) -> str:
    return f"{media}; charset=utf-8" if media.startswith("text/") and "charset" not in media else media


def _query(asked: Asked, parameters: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """Return the one query of a request and its other parameters."""
    if asked.method == "POST":
        if asked.media == "application/sparql-query":
            return _utf8(asked.body), parameters
        if asked.media != "application/x-www-form-urlencoded":
            raise Refused(415, "Send the query as application/sparql-query or application/x-www-form-urlencoded.")
        parameters = parameters + _pairs(asked.body)
    if _values(parameters, "update"):
        raise Refused(403, "Updates are refused: this endpoint is read-only.")
    queries = _values(parameters, "query")
    if len(queries) != 1:
        raise Refused(400, f"Give exactly one query; there are {len(queries)}.")
    return queries[0], parameters


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(_utf8(encoded), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError as error:
        raise Refused(400, "The parameters are not UTF-8, or too many.") from error


def _given(asked: Asked) -> dict[str, str]:
    return {name: value for name, value in _pairs(asked.query) if value}


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, "The text is not UTF-8.") from error


def _values(parameters: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in parameters if key == name]
