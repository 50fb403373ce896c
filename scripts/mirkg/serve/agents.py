"""Agents: the graph for language models, as tools of the Model Context Protocol.

Each tool asks the workers of the server, at the addresses of its API: the same answers, within the same limits. An
answer carries its evidence and the notice of what was read; what goes wrong comes as an error with a sentence. An agent
that gives up stops its query.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict

from mirkg import __version__
from mirkg.ask import questions
from mirkg.serve.guard import Limits
from mirkg.serve.pool import Busy, Pool
from mirkg.serve.worker import Asked

_AGENT = "agent"  # all that comes in here counts as one address
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_INSTRUCTIONS = """mirkg holds the claims of a scientific review as a graph, each compared with the papers that it
cites. Begin with search, then ask or explain; use query (SPARQL 1.1) only for what no question answers. Resistance and
sensitization speak of more of the subject. Give the standing and the places of what you report, and the notice."""

Notice = Annotated[str, Field(description="what was read of the papers; say it with the answer")]
_STANDING = (
    "standing is confirmed (a paper that is not retracted says the same), cited, uncited, disputed (such a paper says "
    "the opposite) or retracted only; withheld says why there is no edge; says and cites are the place and its "
    "bracket; retracted counts papers behind the claim; cited, agreeing and disputing are numbers of papers, without "
    "retracted ones"
)


class Found(TypedDict):
    """Hold the entities whose names have what was looked for."""

    entities: list[dict[str, str]]
    notice: Notice


class Answered(TypedDict):
    """Hold the rows of a question."""

    rows: Annotated[list[dict[str, str]], Field(description=_STANDING)]
    remarks: Annotated[list[str], Field(description="how the names were read")]
    notice: Notice


class Explained(TypedDict):
    """Hold what is known of an entity, or what leads from one to another."""

    evidence: Annotated[
        dict[str, Any],
        Field(
            description="statements with standing, grade and places; sign is 1 (raises), -1 (lowers) or 0 (not given)"
        ),
    ]
    notice: Notice


class Audited(TypedDict):
    """Hold what the comparison of claims with their papers found."""

    audit: Annotated[dict[str, Any], Field(description="findings by severity, with claim, reference, verdict, reason")]
    notice: Notice


class Queried(TypedDict):
    """Hold the answer to a SPARQL query."""

    results: Annotated[dict[str, Any] | None, Field(description="SPARQL 1.1 results in JSON, of SELECT and ASK")]
    graph: Annotated[str, Field(description="Turtle, of CONSTRUCT and DESCRIBE")]
    notice: Notice


def server(pool: Pool, limits: Limits, notice: str) -> MCPServer[Any]:
    """Return a server whose tools ask a pool of workers."""
    made: MCPServer[Any] = MCPServer("mirkg", instructions=_INSTRUCTIONS, version=__version__, log_level="ERROR")

    async def got(path: str, given: dict[str, str]) -> Any:
        return json.loads(await _reply(pool, limits, Asked("GET", path, urlencode(given).encode(), "", b"", _JSON, "")))

    @made.tool(annotations=_READS)
    async def search(name: Annotated[str, Field(description="a part of a name, such as 'miR-130' or 'ADR'")]) -> Found:
        """Find miRNAs, genes, drugs, pathways and other entities by a part of their names."""
        return {"entities": await got("/api/search", {"q": name}), "notice": notice}

    @made.tool(annotations=_READS, description=_asking())
    async def ask(
        question: Annotated[str, Field(description="the name of a question")],
        parameters: Annotated[dict[str, str], Field(description="its parameters; without them all rows")] = {},  # noqa: B006
    ) -> Answered:
        found = await got(f"/api/ask/{quote(question, safe='')}", parameters)
        return {"rows": found["rows"], "remarks": found["remarks"], "notice": notice}

    @made.tool(annotations=_READS)
    async def explain(
        subject: Annotated[str, Field(description="a label, printed form, CURIE or IRI")],
        object: Annotated[str, Field(description="another entity: what leads from the first to it")] = "",
    ) -> Explained:
        """Explain one entity, or what is stated and what follows between two, step by step with its evidence."""
        given = {"subject": subject} | ({"object": object} if object else {})
        return {"evidence": await got("/api/explain", given), "notice": notice}

    @made.tool(annotations=_READS)
    async def audit(
        entity: Annotated[str, Field(description="findings on this entity alone")] = "",
        reference: Annotated[str, Field(description="findings on the reference of this number alone")] = "",
        kind: Annotated[str, Field(description="findings of this kind alone, such as sign conflict")] = "",
    ) -> Audited:
        """Show where cited papers contradict a claim, are about something else, or were retracted."""
        given = {"entity": entity, "reference": reference, "kind": kind}
        return {
            "audit": await got("/api/audit", {name: value for name, value in given.items() if value}),
            "notice": notice,
        }

    @made.tool(annotations=_READS, description=_querying(limits))
    async def query(
        sparql: Annotated[str, Field(description="the query; mk:, mke:, rdfs: and more are known")],
    ) -> Queried:
        asked = Asked("POST", "/sparql", b"", "application/sparql-query", sparql.encode(), _ANY, "")
        content = await _reply(pool, limits, asked)
        rows = content.startswith(b"{")
        return {
            "results": json.loads(content) if rows else None,
            "graph": "" if rows else content.decode(),
            "notice": notice,
        }

    @made.resource("mirkg://guide", mime_type="application/json")
    async def guide() -> str:
        """Guide programs: schema, prefixes, questions with their numbers of rows, limits, what to mind."""
        return (await _reply(pool, limits, Asked("GET", "/guide", b"", "", b"", _JSON, ""))).decode()

    return made


_JSON = "application/json"
_ANY = "application/sparql-results+json, text/turtle;q=0.9"


def _asking() -> str:
    """Return what the tool `ask` says of itself: every question with its parameters."""
    listed = "\n".join(
        f"{one.id}({', '.join(parameter.name for parameter in one.parameters)}): {one.question}"
        for one in questions.catalogue().values()
    )
    return f"Ask a question by its name. Rows have columns as follows: {_STANDING}. The questions:\n{listed}"


def _querying(limits: Limits) -> str:
    return (
        f"Run a SPARQL 1.1 query on the union of all graphs; read mirkg://guide first. It may take {limits.seconds:g} "
        f"seconds, return {limits.rows} rows and {limits.bytes} bytes, have {limits.length} characters and be nested "
        f"{limits.nesting} deep. No updates and no SERVICE. An answer is whole or an error."
    )


async def _reply(pool: Pool, limits: Limits, asked: Asked) -> bytes:
    """Return the answer to a request.

    Raises:
        ToolError: there is none; the message says why, and what to do.
    """
    if wait := pool.rate.wait(_AGENT):
        raise ToolError(f"{limits.per_minute} requests a minute may come. Wait {int(wait) + 1} s.")
    if len(asked.query) > limits.length or len(asked.body) > limits.body:
        raise ToolError(f"The request is longer than {limits.length} characters. Ask for less.")
    left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    try:
        reply = await pool.ask(asked, _AGENT, left)
    except Busy as error:
        raise ToolError("All workers are busy. Try again shortly.") from error
    finally:
        left.cancel()
    if reply.status != 200:
        raise ToolError(reply.content.decode().strip())
    return reply.content
