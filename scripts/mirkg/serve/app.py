"""App: the routes of the server, and what every answer of it carries."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache, lru_cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mirkg.ask import graph as graphs
from mirkg.ask import queries
from mirkg.ask import store as stores
from mirkg.model.problems import BadInput
from mirkg.serve import describe, negotiation
from mirkg.serve.guard import Limits, Rate, TooMuch, checked, of_this_store
from mirkg.serve.pages import Pages
from mirkg.serve.worker import Busy, Job, Pool

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'{0}; img-src 'self' data:; font-src 'self' data:; "
_POLICY += "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_SLOW = 10  # seconds for the body of a request to arrive
_TEXT = "text/plain; charset=utf-8"


class Refused(Exception):
    """Carry an answer that is an error: a status, a sentence, and more headers."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


class Server:
    """Hold what the routes share: the graph, the pages, the workers, the limits."""

    def __init__(self, path: str, base: str, limits: Limits) -> None:
        self.path, self.base, self.limits = path, base.rstrip("/"), limits
        self.kg = graphs.KnowledgeGraph(stores.load(path))
        self.digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self.pages = Pages(self.kg, self.base)
        self.rate = Rate(limits.per_minute)
        self.pool: Pool | None = None
        rows = self.kg.source.select(queries.read("server-graphs")).rows
        self.graphs = frozenset(name for (name,) in rows)
        # What costs much and never changes is made once.
        self.document = lru_cache(256)(partial(describe.document, self.kg.source))
        self.guiding = cache(partial(describe.guide, self.kg, self.base, limits))
        self.whole = lru_cache(8)(partial(describe.whole, self.kg.source, path))

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Start the workers, and stop them in the end.

        They start from the main thread: a worker dies with the thread that started it.
        """
        self.pool = Pool(self.path, self.limits)
        yield
        self.pool.stop()

    # ----------------------------------------------------------------------------------------------
    # SPARQL
    # ----------------------------------------------------------------------------------------------

    async def sparql(self, request: Request) -> Response:
        """Answer the SPARQL 1.1 Protocol: a query by GET, form or body; without one the service description."""
        accept = request.headers.get("accept", "")
        if request.method != "POST" and "query" not in request.query_params and "update" not in request.query_params:
            if negotiation.best(accept, ["text/turtle", "text/html"]) == "text/html":
                return RedirectResponse(f"{self.base}/editor", 303)
            return self._described(request, describe.service(self.base, self.limits, self.graphs))
        query, parameters = await self._query(request)
        default = _values(parameters, "default-graph-uri")
        named = _values(parameters, "named-graph-uri")
        checked(query, self.limits, self.graphs)
        for iri in [*default, *named]:
            of_this_store(iri, self.graphs)
        tag = self._tag("sparql", query, accept, *default, "", *named)
        if _known(request, tag):
            return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept"})
        asked = bool(default or named)
        job = Job(query, default if asked else None, named if asked else None, accept, f"{self.base}/sparql")
        assert self.pool is not None
        result = await self.pool.ask(job)
        status = {"ok": 200, "bad": 400, "not acceptable": 406, "too much": 422}[result.kind]
        if status != 200:
            raise Refused(status, result.content.decode())
        return Response(result.content, media_type=result.media, headers={"ETag": tag, "Vary": "Accept"})

    async def _query(self, request: Request) -> tuple[str, list[tuple[str, str]]]:
        """Return the one query of a request and its other parameters."""
        parameters = _pairs(request.url.query)
        if request.method == "POST":
            body = await self._body(request)
            media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media == "application/sparql-query":
                return _utf8(body), parameters
            if media != "application/x-www-form-urlencoded":
                raise Refused(415, "Send the query as application/sparql-query or application/x-www-form-urlencoded.")
            parameters += _pairs(_utf8(body))
        if _values(parameters, "update"):
            raise Refused(403, "Updates are refused: this endpoint is read-only.")
        queries = _values(parameters, "query")
        if len(queries) != 1:
            raise Refused(400, f"Give exactly one query; there are {len(queries)}.")
        return queries[0], parameters

    async def _body(self, request: Request) -> bytes:
        """Return the body of a request, if it is small and arrives in time."""
        cap = 4 * self.limits.length  # a percent-encoded character is up to three times as long
        if int(request.headers.get("content-length") or 0) > cap:
            raise Refused(413, f"The body may have {cap} bytes.", {"Connection": "close"})
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(_SLOW):
                async for part in request.stream():
                    parts.append(part)
                    if sum(map(len, parts)) > cap:
                        raise Refused(413, f"The body may have {cap} bytes.", {"Connection": "close"})
        except TimeoutError as error:
            raise Refused(408, f"The body did not arrive within {_SLOW} s.", {"Connection": "close"}) from error
        return b"".join(parts)

    def _tag(self, *parts: str) -> str:
        return '"' + hashlib.sha256("\0".join([self.digest, self.base, *parts]).encode()).hexdigest()[:32] + '"'

    # ----------------------------------------------------------------------------------------------
    # Linked data
    # ----------------------------------------------------------------------------------------------

    async def thing(self, request: Request) -> Response:
        """Send a client from a thing to the document about it, or answer with that document."""
        path = request.url.path.lstrip("/")
        stem, dot, suffix = path.rpartition(".")
        known = await run_in_threadpool(describe.known, self.kg.source, path)
        if known:
            media = negotiation.best(request.headers.get("accept", ""), negotiation.SUFFIXES.values())
            if not media:
                raise Refused(406, f"This can be had as: {', '.join(negotiation.SUFFIXES.values())}.")
            ending = next(name for name, one in negotiation.SUFFIXES.items() if one == media)
            return RedirectResponse(f"{self.base}/{path}.{ending}", 303, headers={"Vary": "Accept"})
        if (
            not dot
            or suffix not in negotiation.SUFFIXES
            or not await run_in_threadpool(describe.known, self.kg.source, stem)
        ):
            raise Refused(404, f"There is no {path[:200]} here.")
        if suffix == "html":
            return self._page(request, await run_in_threadpool(self.pages.thing, stem))
        media = negotiation.SUFFIXES[suffix]
        return self._content(request, await run_in_threadpool(self.document, stem, media), media)

    async def ontology(self, request: Request) -> Response:
        """Answer with the ontology, whose terms are parts of one document."""
        if negotiation.best(request.headers.get("accept", ""), negotiation.SUFFIXES.values()) == "text/html":
            return self._page(request, await run_in_threadpool(self.pages.ontology))
        return self._described(request, await run_in_threadpool(describe.ontology, self.kg.source))

    def _described(self, request: Request, triples: list[Any]) -> Response:
        media = negotiation.best(request.headers.get("accept", ""), negotiation.GRAPHS)
        if not media:
            raise Refused(406, f"This can be had as: {', '.join(negotiation.GRAPHS)}.")
        return self._content(request, describe.written(triples, negotiation.GRAPHS[media]), media)

    # ----------------------------------------------------------------------------------------------
    # Programs
    # ----------------------------------------------------------------------------------------------

    async def api_ask(self, request: Request) -> Response:
        """Answer a question by its name and parameters."""
        values = {name: value for name, value in request.query_params.items() if value}
        asked = await run_in_threadpool(self.kg.asked, request.path_params["question"], values)
        return self._json(request, {"rows": asked.answer.dicts(), "remarks": asked.remarks})

    async def api_questions(self, request: Request) -> Response:
        """List the questions."""
        return self._json(request, describe.questions_listed())

    async def api_explain(self, request: Request) -> Response:
        """Answer with the card of one entity, or with what leads from one to another."""
        subject, other = request.query_params.get("subject", ""), request.query_params.get("object", "")
        if not subject:
            raise Refused(400, "Name an entity: ?subject=miR-130b, or two: &object=doxorubicin.")
        work = (self.kg.proof, subject, other) if other else (self.kg.explain, subject)
        return self._json(request, (await run_in_threadpool(*work)).dict())

    async def api_search(self, request: Request) -> Response:
        """Find entities by a part of a name."""
        found = await run_in_threadpool(self.pages.found, request.query_params.get("q", ""))
        return self._json(request, found)

    async def openapi(self, request: Request) -> Response:
        """Describe the API."""
        return self._json(request, describe.openapi(self.base))

    async def guide(self, request: Request) -> Response:
        """Guide programs and people: schema, prefixes, questions with row counts, what to mind."""
        told = await run_in_threadpool(self.guiding)
        media = negotiation.best(request.headers.get("accept", ""), ["application/json", "text/html"])
        if media == "text/html":
            return self._page(request, self.pages.guide(told))
        return self._json(request, told)

    async def health(self, request: Request) -> Response:
        """Tell that the server lives, and its limits."""
        return self._json(
            request, {"status": "ok", "graph": self.digest, "limits": self.limits._asdict()}, cached=False
        )

    def _json(self, request: Request, told: object, *, cached: bool = True) -> Response:
        content = json.dumps(told, ensure_ascii=False, indent=1).encode()
        return self._content(request, content, "application/json", cached=cached)

    # ----------------------------------------------------------------------------------------------
    # Pages
    # ----------------------------------------------------------------------------------------------

    def page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Return the route of a page by the name of the method that makes it."""

        async def answer(request: Request) -> Response:
            make = getattr(self.pages, name)
            values = {key: value for key, value in request.query_params.items() if value}
            content = await run_in_threadpool(make, {**values, **request.path_params})
            return self._page(request, content, inline_styles=name == "editor")

        return answer

    async def download(self, request: Request) -> Response:
        """Answer with the whole graph in one of its forms."""
        name = request.path_params["name"]
        content = await run_in_threadpool(self.whole, name)
        if content is None:
            raise Refused(404, f"There is no download {name[:100]}.")
        return self._content(request, content, describe.DOWNLOADS[name])

    def _page(self, request: Request, content: str, *, inline_styles: bool = False, status: int = 200) -> Response:
        found = self._content(request, content.encode(), "text/html; charset=utf-8", status=status)
        found.headers["Content-Security-Policy"] = _POLICY.format(" 'unsafe-inline'" if inline_styles else "")
        return found

    def _content(
        self, request: Request, content: bytes, media: str, *, status: int = 200, cached: bool = True
    ) -> Response:
        if not cached or status != 200:
            return Response(content, status, media_type=media, headers={"Cache-Control": "no-store"})
        tag = '"' + hashlib.sha256(content).hexdigest()[:32] + '"'
        if _known(request, tag):
            return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept"})
        return Response(content, media_type=media, headers={"ETag": tag, "Vary": "Accept"})

    # ----------------------------------------------------------------------------------------------
    # Every answer
    # ----------------------------------------------------------------------------------------------

    def refused(self, request: Request, error: Exception) -> Response:
        """Return the answer to a request that cannot be fulfilled: a page for people, a sentence for programs."""
        headers: dict[str, str] = {}
        match error:
            case Refused():
                status, message, headers = error.status, error.message, error.headers
            case TooMuch():
                status, message = 422, str(error)
            case Busy():
                status, message, headers = 503, "All workers are busy. Try again shortly.", {"Retry-After": "2"}
            case BadInput():
                status, message = 400, str(error)
            case _:
                status, message = 404, f"There is no {request.url.path[:200]} here."
        program = request.url.path.startswith(("/sparql", "/api"))
        if (
            not program
            and negotiation.best(request.headers.get("accept", ""), ["text/plain", "text/html"]) == "text/html"
        ):
            found = self._page(request, self.pages.error(status, message), status=status)
        else:
            found = Response(message + "\n", status, media_type=_TEXT)
        found.headers.update(headers)
        return found


def _pairs(encoded: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise Refused(400, "The parameters are not UTF-8, or too many.") from error


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, "The body is not UTF-8.") from error


def _values(parameters: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in parameters if key == name]


def _known(request: Request, tag: str) -> bool:
    """Tell whether the client holds this answer already."""
    tags = request.headers.get("if-none-match", "")
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in tags.split(","))


class Shield:
    """Put the headers of safety on every answer, and stop who asks too often."""

    def __init__(self, app: Any, server: Server) -> None:
        self.app, self.server = app, server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def shielded(message: Any) -> None:
            if message["type"] == "http.response.start":
                have = {name.lower() for name, _ in message["headers"]}
                more = _HEADERS | {"Content-Security-Policy": _POLICY.format("")}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in more.items()
                        if name.lower().encode() not in have
                    ),
                ]
            await send(message)

        wait = self.server.rate.wait((scope.get("client") or ("",))[0])
        if wait:
            headers = {"Retry-After": str(int(wait) + 1)}
            limit = f"One address may ask {self.server.limits.per_minute} times a minute.\n"
            await Response(limit, 429, headers, _TEXT)(scope, receive, shielded)
            return
        await self.app(scope, receive, shielded)


async def _options(_: Request) -> Response:
    headers = {"Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS"}
    headers |= {
        "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


_KINDS = ("entity", "proposition", "claim", "source", "derived", "component", "graph")


def application(path: str, base: str, limits: Limits) -> Any:
    """Return the application that serves a graph under a base address.

    Raises:
        BadInput: the file is no graph.
    """
    server = Server(path, base, limits)
    pages = {
        "/": "home",
        "/search": "search",
        "/questions": "questions",
        "/questions/{question}": "question",
        "/audit": "audit",
        "/editor": "editor",
        "/picture": "picture",
        "/downloads": "downloads",
    }
    static = files("mirkg.serve") / "static"
    with as_file(static) as folder:
        routes = [
            Route("/sparql", server.sparql, methods=["GET", "POST"]),
            Route("/sparql", _options, methods=["OPTIONS"]),
            Route("/api/{rest:path}", _options, methods=["OPTIONS"]),
            Route("/api/ask", server.api_questions),
            Route("/api/ask/{question}", server.api_ask),
            Route("/api/explain", server.api_explain),
            Route("/api/search", server.api_search),
            Route("/api/openapi.json", server.openapi),
            Route("/guide", server.guide),
            Route("/health", server.health),
            Route("/ontology", server.ontology),
            Route("/download/{name}", server.download),
            *(Route(route, server.page(name)) for route, name in pages.items()),
            *(Route(f"/{kind}/{{rest:path}}", server.thing) for kind in _KINDS),
            Mount("/static", StaticFiles(directory=folder)),
        ]
    handlers: dict[Any, Any] = {Refused: server.refused, TooMuch: server.refused, Busy: server.refused}
    handlers |= {BadInput: server.refused, 404: server.refused}
    app = Starlette(routes=routes, lifespan=server.lifespan, exception_handlers=handlers)
    return Shield(app, server)
