"""Desk: what is answered at each address, inside of a worker; nothing here waits, opens or remembers anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, quote

from mirkg.ask import audit as audits
from mirkg.ask import graph as graphs
from mirkg.ask import matrix, queries, questions, sparql
from mirkg.ask import store as stores
from mirkg.model import vocabulary
from mirkg.model.problems import BadInput, nearest
from mirkg.serve import documents, downloads, negotiation
from mirkg.serve.guard import Limits, TooMuch, checked
from mirkg.serve.pages import LISTS, Made, Pages
from mirkg.serve.worker import Asked, Job, Reply, answered
from mirkg.show.answer import written

TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_RIS = "application/x-research-info-systems"
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'{0}; img-src 'self' data:; font-src 'self' data:; "
_POLICY += "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
GUIDES = ("application/json", "text/html")
_FIELDS = 100  # parameters that a request may have
KINDS = ("entity", "proposition", "claim", "source", "derived", "component", "graph")
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {  # with the parameters that each takes
    "/": ("home", matrix.FILTERS),
    "/search": ("search", ("q",)),
    "/questions": ("questions", ()),
    "/audit": ("audit", audits.FILTERS),
    "/editor": ("editor", ("query",)),
    "/picture": ("picture", ("subject", "object")),
    "/downloads": ("downloads", ()),
    "/compare": ("compare", ("one", "other")),
    "/retraction": ("retraction", ("reference",)),
    "/glossary": ("glossary", ()),
    **{f"/{name}": (name, ("q", "sort")) for name in (*LISTS, "references")},
}
_WRITTEN = ("format", "spreadsheet")  # parameters of what has rows
_SEVERAL = ("default-graph-uri", "named-graph-uri")  # parameters that may be given more than once
_CHANGING = ("NOW", "RAND", "UUID", "BNODE")  # parts of the names of functions whose value is another at each run
_BLANK = (b"_:", b'"bnode"', b"<bnode>", b"nodeID=")  # how each form names a blank node
_FORMS = ("text/html", *negotiation.ROWS.values(), *negotiation.GRAPHS)  # of the page of a question
_NOWHERE = "http://server.invalid"  # stands for this server where it was not told its address
TOPS = {"static", "download", "health", "sparql", "ontology", "guide", "api", *KINDS, *(path[1:] for path in PAGES)}


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
        self.downloads = downloads.Downloads(path, content, self.kg.source)
        self.pages = Pages(self.kg, self.downloads.names())
        rows = self.kg.source.select(queries.read("server-graphs")).rows
        self.graphs = frozenset(name for (name,) in rows)
        # What costs much and never changes is made once.
        self.document = lru_cache(256)(partial(documents.document, self.kg.source))
        self.guiding = cache(partial(documents.guide, self.kg, limits))
        self.routes: dict[str, Callable[[Asked], Reply]] = {
            "/sparql": self.sparql,
            "/ontology": self.ontology,
            "/guide": self.guide,
            "/api/ask": self.api_questions,
            "/api/explain": self.api_explain,
            "/api/search": self.api_search,
            "/api/audit": self.api_audit,
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
            ("/retraction", b"reference=1"),
            ("/questions/mirnas-for-drug", b"drug=x"),
            ("/questions/mirnas-for-drug", b"drug=tamoxifen&format=csv"),
            ("/sparql", b""),
            ("/sparql", b"query=DESCRIBE%20mk:Claim"),
        ):
            self.answer(Asked("GET", path, query, "", b"", "", ""))

    def answer(self, asked: Asked) -> Reply:
        """Answer a request; what cannot be fulfilled is shown as a page for people, as a sentence for programs."""
        self.pages.root, self.pages.address = asked.root, _permanent(asked)
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
        except Exception as error:  # a fault of ours, which shall not cost the worker
            why = f"The server has a fault, and could not answer this ({type(error).__name__})."
            return self._refused(asked, 500, why, {"Fault": f"{type(error).__name__}: {error}"})

    def _answer(self, asked: Asked) -> Reply:
        path = asked.path
        if route := self.routes.get(path):
            return route(asked)
        if path in PAGES:
            return self.page(asked, *PAGES[path])
        for start, answer in self.under.items():
            rest = path.removeprefix(start)
            if rest != path and rest and "/" not in rest:
                return answer(asked, rest)
        if path.startswith(tuple(f"/{kind}/" for kind in KINDS)):
            return self.thing(asked)
        if path.startswith("/ontology."):
            return self.ontology_as(asked, path.removeprefix("/ontology."))
        raise Refused(404, f"There is no {path[:200]} here.")

    def _refused(self, asked: Asked, status: int, message: str, headers: dict[str, str]) -> Reply:
        program = asked.path.startswith(("/sparql", "/api"))
        if not program and negotiation.best(asked.accept, ["text/plain", "text/html"]) == "text/html":
            self.pages.address = ""
            content, media = self.pages.error(status, message).content, _HTML
        else:
            content, media = message + "\n", TEXT
        told = {"Content-Type": media, "Cache-Control": "no-store"}
        return Reply(status, content.encode("utf-8", "replace"), told | headers)

    def _elsewhere(self, asked: Asked, path: str) -> Reply:
        """Send a client to another address of this server: by the name that it was given, else by the way there."""
        where = quote((self.base or asked.root) + path, safe=":/%#?=@[]!$&'()*+,;")
        return Reply(303, b"", {"Location": where, "Vary": "Accept"})

    # ----------------------------------------------------------------------------------------------
    # SPARQL
    # ----------------------------------------------------------------------------------------------

    def sparql(self, asked: Asked) -> Reply:
        """Answer the SPARQL 1.1 Protocol: a query by GET, form or body; without one the service description."""
        parameters = _once(_pairs(asked.query))
        if asked.method != "POST" and not any(name in ("query", "update") for name, _ in parameters):
            if negotiation.best(asked.accept, ["text/turtle", "text/html"]) == "text/html":
                return self._elsewhere(asked, "/editor")
            return self.service(asked)
        query, parameters = _query(asked, parameters)
        accept = negotiation.named(dict(parameters).get("format", "")) or asked.accept
        default = _values(parameters, "default-graph-uri")
        named = _values(parameters, "named-graph-uri")
        base = f"{self.base or vocabulary.BASE.rstrip('/')}/sparql"
        checked(query, self.limits, self.graphs, base)
        for iri in [*default, *named]:
            sparql.of_this_store(iri, self.graphs)
        given = [base, query, accept, *default, "", *named]
        own = "" if _changes(query) else tag(self.digest, *(one.encode() for one in given))
        headers = {"ETag": own, "Vary": "Accept"}
        if own and unchanged(asked.known, own):
            return Reply(304, b"", headers)
        some = bool(default or named)  # else all graphs, or those after FROM
        job = Job(query, default if some else None, named if some else None, accept, base)
        result = answered(self.kg.source, job, self.limits)
        status = {"ok": 200, "bad": 400, "not acceptable": 406, "too much": 422}[result.kind]
        if status != 200:
            raise Refused(status, result.content.decode())
        if not own or any(one in result.content for one in _BLANK):
            headers = {"Cache-Control": "no-store", "Vary": "Accept"}
        return Reply(200, result.content, headers | {"Content-Type": _with_charset(result.media)})

    def service(self, asked: Asked) -> Reply:
        """Describe the endpoint: by the address that the server was given, else by the way from this document."""
        offered = [media for media in negotiation.GRAPHS if self.base or media != "application/n-triples"]
        media = self._liked(asked, offered)  # N-Triples has no addresses that are ways
        told = documents.service(self.base or _NOWHERE, self.limits, self.graphs)
        content = documents.written(told, negotiation.GRAPHS[media])
        return self._content(asked, content.replace(_NOWHERE.encode(), asked.root.encode()), media)

    # ----------------------------------------------------------------------------------------------
    # Linked data
    # ----------------------------------------------------------------------------------------------

    def thing(self, asked: Asked) -> Reply:
        """Send a client from a thing to the document about it, or answer with that document."""
        path = asked.path.lstrip("/")
        if self._found(path):
            media = self._liked(asked, negotiation.SUFFIXES.values())
            ending = next(name for name, one in negotiation.SUFFIXES.items() if one == media)
            return self._elsewhere(asked, f"/{path}.{ending}")
        stem, dot, suffix = path.rpartition(".")
        iri = self._found(stem) if dot and suffix in negotiation.SUFFIXES else ""
        if not iri:
            raise Refused(404, f"There is no {path[:200]} here.")
        if suffix == "html":
            self.pages.address = iri
            return self._page(asked, self.pages.thing(iri))
        media = negotiation.SUFFIXES[suffix]
        return self._content(asked, self.document(iri, media), media)

    def _found(self, path: str) -> str:
        return documents.found(self.kg.source, path, self.kg.bases)

    def ontology(self, asked: Asked) -> Reply:
        """Answer with the ontology, whose terms are parts of one document."""
        if negotiation.best(asked.accept, negotiation.SUFFIXES.values()) == "text/html":
            return self._page(asked, self.pages.ontology())
        return self._described(asked, documents.ontology(self.kg.source))

    def ontology_as(self, asked: Asked, suffix: str) -> Reply:
        """Answer with the ontology in the form that an ending names."""
        if suffix not in negotiation.SUFFIXES:
            raise Refused(404, f"The ontology has no such form. It can be had as .{', .'.join(negotiation.SUFFIXES)}.")
        if suffix == "html":
            return self._page(asked, self.pages.ontology())
        return self._described(asked._replace(accept=negotiation.SUFFIXES[suffix]), documents.ontology(self.kg.source))

    def _described(self, asked: Asked, triples: list[Any]) -> Reply:
        media = self._liked(asked, negotiation.GRAPHS)
        return self._content(asked, documents.written(triples, negotiation.GRAPHS[media]), media)

    def _liked(self, asked: Asked, offered: Iterable[str]) -> str:
        media = negotiation.best(asked.accept, offered)
        if not media:
            raise Refused(406, f"This can be had as: {', '.join(offered)}.")
        return media

    def download(self, asked: Asked, name: str) -> Reply:
        """Answer with a file that is offered as a whole."""
        content = self.downloads.content(name)
        if content is None:
            raise Refused(404, f"There is no download {name[:100]}.")
        return self._content(asked, content, downloads.KINDS[name].media)

    # ----------------------------------------------------------------------------------------------
    # Programs
    # ----------------------------------------------------------------------------------------------

    def api_ask(self, asked: Asked, question: str) -> Reply:
        """Answer a question by its name and parameters."""
        names = [one.name for one in questions.find(question).parameters]
        given = _given(asked, [*names, *_WRITTEN], empty=False)
        found = self.kg.asked(question, {name: given[name] for name in names if name in given})
        told = {"rows": found.answer.dicts(), "remarks": found.remarks}
        return self._rows(asked, given, found.answer, told, found.remarks)

    def api_questions(self, asked: Asked) -> Reply:
        """List the questions."""
        given = _given(asked, _WRITTEN, empty=False)
        return self._rows(asked, given, documents.questions_as_rows(), documents.questions_listed())

    def api_explain(self, asked: Asked) -> Reply:
        """Answer with the card of one entity, or with what leads from one to another."""
        given = _given(asked, ("subject", "object"), empty=False)
        subject, other = given.get("subject", ""), given.get("object", "")
        if not subject:
            raise Refused(400, "Name an entity: ?subject=miR-130b, or two: &object=doxorubicin.")
        found = self.kg.proof(subject, other) if other else self.kg.explain(subject)
        return self._json(asked, found.dict())

    def api_search(self, asked: Asked) -> Reply:
        """Find entities by a part of a name."""
        given = _given(asked, ("q", *_WRITTEN))
        found = self.pages.found(given.get("q", ""))
        rows: list[tuple[str, ...]] = [tuple(one.values()) for one in found]
        return self._rows(asked, given, stores.Answer(("label", "kind", "iri"), rows), found)

    def api_audit(self, asked: Asked) -> Reply:
        """Answer with the audit, or what of it is about a reference, an entity or one kind."""
        given = _given(asked, (*audits.FILTERS, *_WRITTEN), empty=False)
        picked = {name: given[name] for name in audits.FILTERS if name in given}
        _, shown = audits.asked(self.kg, whole=self.pages.audited, **picked)
        return self._rows(asked, given, shown.answer([*shown.findings, *shown.rows]), shown.dict())

    def _rows(
        self, asked: Asked, given: Mapping[str, str], answer: stores.Answer, told: object, remarks: Iterable[str] = ()
    ) -> Reply:
        """Answer with rows as CSV or TSV, or with what is known of them as JSON."""
        media = _form(given) or negotiation.best(asked.accept, negotiation.ROWS.values()) or "application/json"
        spreadsheet = given.get("spreadsheet", "no") == "yes"
        if given.get("spreadsheet", "no") not in ("yes", "no") or (spreadsheet and media != "text/csv"):
            raise Refused(400, "A spreadsheet is asked for by format=csv&spreadsheet=yes.")
        if media == "application/json":
            return self._json(asked, told)
        form = "csv" if media == "text/csv" else "tsv"
        reply = self._content(asked, written(answer, form, spreadsheet=spreadsheet).encode(), media)
        return reply._replace(headers=reply.headers | {"Remarks": said}) if (said := " ".join(remarks)) else reply

    def openapi(self, asked: Asked) -> Reply:
        """Describe the API."""
        return self._json(asked, documents.openapi(self.base or asked.root))

    def guide(self, asked: Asked) -> Reply:
        """Guide programs and people: schema, prefixes, questions with row counts, what to mind."""
        told = self.guiding() | {"endpoint": f"{self.base or asked.root}/sparql"}
        if negotiation.best(asked.accept, GUIDES) == "text/html":
            return self._page(asked, self.pages.guide(told))
        return self._json(asked, told)

    def _json(self, asked: Asked, told: object) -> Reply:
        return self._content(asked, json.dumps(told, ensure_ascii=False, indent=1).encode(), "application/json")

    # ----------------------------------------------------------------------------------------------
    # Pages
    # ----------------------------------------------------------------------------------------------

    def page(self, asked: Asked, name: str, takes: tuple[str, ...]) -> Reply:
        """Answer with a page, or with its rows where a program would rather have them."""
        if name == "audit" and dict(_pairs(asked.query)).get("format") == "ris":
            return self.noted(asked)
        if name == "picture" and dict(_pairs(asked.query)).get("format") == "svg":
            return self.pictured(asked)
        rows = {"search": self.api_search, "audit": self.api_audit}.get(name)
        if name in (*LISTS, "references"):
            rows = partial(self.listed, name)
        if rows and _for_programs(asked):
            return rows(asked)
        made: Made = getattr(self.pages, name)(_given(asked, takes))
        return self._page(asked, made, policy(" 'unsafe-inline'") if name == "editor" else policy())

    def listed(self, name: str, asked: Asked) -> Reply:
        """Answer with the rows of a list."""
        given = _given(asked, ("q", "sort", *_WRITTEN), empty=False)
        answer = self.pages.listed(name, given)
        return self._rows(asked, given, answer, answer.dicts())

    def noted(self, asked: Asked) -> Reply:
        """Answer with the references that the audit has findings on, as RIS."""
        given = _given(asked, (*audits.FILTERS, "format"), empty=False)
        picked = {name: value for name, value in given.items() if name != "format"}
        return self._content(asked, self.pages.noted(picked).encode(), _RIS)

    def pictured(self, asked: Asked) -> Reply:
        """Answer with a picture as an SVG document."""
        given = _given(asked, ("subject", "object", "format"), empty=False)
        if "subject" not in given:
            raise Refused(400, "Name an entity: ?subject=miR-130b, or two: &object=doxorubicin.")
        found = self._content(asked, self.pages.pictured(given).encode(), "image/svg+xml")
        return found._replace(headers=found.headers | {"Content-Security-Policy": policy()})

    def question(self, asked: Asked, name: str) -> Reply:
        """Answer with the page of one question, or with its rows or its description where a program wants them."""
        known = questions.catalogue()
        name = name.removesuffix(".html")
        stem, _, suffix = name.rpartition(".")
        if suffix == "rq" and stem in known:
            return self._content(asked, known[stem].query.encode(), "application/sparql-query")
        media = negotiation.SUFFIXES.get(suffix) if stem in known else None
        if media is None and name not in known:
            raise Refused(404, f"There is no question {name[:100]!r}.{nearest(name, known)}")
        if media is not None or negotiation.best(asked.accept, _FORMS) in negotiation.GRAPHS:
            return self.thing(asked)
        if _for_programs(asked):
            return self.api_ask(asked, name)
        takes = [one.name for one in questions.find(name).parameters]
        return self._page(asked, self.pages.question(_given(asked, [*takes, "ask"]) | {"question": name}))

    def _page(self, asked: Asked, made: Made, allowed: str = "") -> Reply:
        found = self._content(asked, made.content.encode("utf-8", "replace"), _HTML, made.status)
        return found._replace(headers=found.headers | {"Content-Security-Policy": allowed or policy()})

    def _content(self, asked: Asked, content: bytes, media: str, status: int = 200) -> Reply:
        if status != 200:
            return Reply(status, content, {"Content-Type": _with_charset(media), "Cache-Control": "no-store"})
        headers = {"ETag": tag(content), "Vary": "Accept"}
        if unchanged(asked.known, headers["ETag"]):
            return Reply(304, b"", headers)
        return Reply(200, content, headers | {"Content-Type": _with_charset(media)})


def _permanent(asked: Asked) -> str:
    """Return the permanent address of what is asked for."""
    query = asked.query.decode("ascii", "replace")
    return f"{vocabulary.BASE}{asked.path.lstrip('/').removesuffix('.html')}{'?' if query else ''}{query}"


def _with_charset(media: str) -> str:
    return f"{media}; charset=utf-8" if media.startswith("text/") and "charset" not in media else media


def _query(asked: Asked, parameters: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """Return the one query of a request and its other parameters."""
    if asked.method == "POST":
        if asked.media == "application/sparql-query":
            return _utf8(asked.body), parameters
        if asked.media != "application/x-www-form-urlencoded":
            raise Refused(415, "Send the query as application/sparql-query or application/x-www-form-urlencoded.")
        parameters = _once(parameters + _pairs(asked.body))
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


def _given(asked: Asked, takes: Iterable[str], *, empty: bool = True) -> dict[str, str]:
    """Return the parameters of a request, all of which must be known; an empty one is none, or an error."""
    pairs, known = _once(_pairs(asked.query)), list(takes)
    for name, value in pairs:
        if name not in known:
            offered = f" It takes {', '.join(known)}." if known else " It takes none."
            raise Refused(400, f"{asked.path[:200]} has no parameter {name[:100]!r}.{nearest(name, known)}{offered}")
        if not value and not empty:
            raise Refused(400, f"The parameter {name} has no value.")
    return {name: value for name, value in pairs if value}


def _once(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return parameters, of which none may be there twice but those that the protocol lets."""
    names = [name for name, _ in pairs if name not in _SEVERAL]
    for name in names:
        if names.count(name) > 1:
            raise Refused(400, f"The parameter {name[:100]!r} is given {names.count(name)} times. Give it once.")
    return pairs


def _form(given: Mapping[str, str]) -> str:
    """Return the media type that a request names as its format, "" if none."""
    form = given.get("format", "")
    if form and form not in negotiation.ROWS:
        raise Refused(400, f"There is no format {form[:100]!r}. The formats are {', '.join(negotiation.ROWS)}.")
    return negotiation.ROWS.get(form, "")


def _for_programs(asked: Asked) -> bool:
    """Tell whether rows are asked for without the page around them, by a format or by the Accept header."""
    offered = ["text/html", *negotiation.ROWS.values()]
    named = any(name in _WRITTEN for name, _ in _pairs(asked.query))
    return named or negotiation.best(asked.accept, offered) in negotiation.ROWS.values()


def _changes(query: str) -> bool:
    """Tell whether a query has another answer at each run: by the clock, by chance, or in the names of blank nodes."""
    read = list(sparql.tokens(query))
    made = (form := sparql.verb(read)) is not None and form.text == "CONSTRUCT"
    words = "".join(token.text if token.kind == "word" else " " for token in read)
    return any(name in words for name in _CHANGING) or (made and any(one.text[:2] in ("[", "_:") for one in read))


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, "The text is not UTF-8.") from error


def _values(parameters: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in parameters if key == name and value]
