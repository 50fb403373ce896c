"""Agents: the tools of `mirkg mcp`, asked by the client of the official SDK."""

import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import anyio
import pytest
from mcp import Client, StdioServerParameters

from conftest import ROOT, Run
from mirkg.ask import questions
from mirkg.serve import agents
from mirkg.serve.guard import Limits, Rate
from mirkg.serve.pool import Pool

GRAPH = ROOT / "data" / "mirkg.trig"
NOTICE = "what was read"
# Without cancelling, this takes hours.
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?i) }"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Return workers that may take a minute, so that what stops sooner was stopped."""
    limits = Limits(seconds=60)
    made = Pool(str(GRAPH), GRAPH.read_bytes(), "", limits, Rate(limits.per_minute))
    yield made
    made.stop()


def asked(pool: Pool, work: Callable[[Client], Awaitable[object]], limits: Limits | None = None) -> object:
    """Return what a client makes of a server."""

    async def run() -> object:
        async with Client(agents.server(pool, limits or pool.limits, NOTICE)) as client:
            return await work(client)

    return anyio.run(run)


def called(pool: Pool, tool: str, **given: object) -> tuple[bool, object]:
    """Return whether a tool fails, and its answer or its message."""

    async def work(client: Client) -> tuple[bool, object]:
        result = await client.call_tool(tool, given)
        return bool(result.is_error), result.content[0].text if result.is_error else result.structured_content

    return asked(pool, work)


def test_tools_say_what_they_take_and_what_their_answers_mean() -> None:
    async def work(client: Client) -> dict[str, object]:
        return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = asked(None, work, Limits())
    assert list(tools) == ["search", "ask", "explain", "audit", "query"]
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    for tool in tools.values():
        assert "notice" in tool.output_schema["required"]
        assert all(one.get("description") for one in tool.input_schema["properties"].values()), tool.name
    rows = tools["ask"].output_schema["properties"]["rows"]["description"]
    assert "numbers of papers" in rows and "standing is confirmed" in rows
    assert all(f"\n{name}(" in tools["ask"].description for name in questions.catalogue())
    assert "may take 10 seconds, return 10000 rows" in tools["query"].description


@pytest.mark.slow
def test_answers_have_their_evidence_and_the_notice(pool: Pool) -> None:
    assert called(pool, "search", name="130b") == (
        False,
        {
            "entities": [
                {"label": "miR-130b", "kind": "MicroRNA", "iri": "https://w3id.org/mirkg/entity/miR-130b"},
            ],
            "notice": NOTICE,
        },
    )
    failed, told = called(pool, "ask", question="direction-of", parameters={"subject": "HOTAIR", "drug": "Adriamycin"})
    assert (failed, told["notice"]) == (False, NOTICE)
    assert [(row["effect"], row["standing"], row["disputing"]) for row in told["rows"]] == [
        ("resistance", "confirmed", "0"),
        ("sensitization", "disputed", "1"),
    ]
    _, told = called(pool, "explain", subject="miR-130b", object="doxorubicin")
    assert told["evidence"]["inferred"][0]["steps"] and told["notice"] == NOTICE
    _, told = called(pool, "audit", kind="sign conflict")
    assert "HOTAIR" in json.dumps(told["audit"]) and told["notice"] == NOTICE
    _, told = called(pool, "query", sparql="SELECT ?o WHERE { mke:miR-130b mk:targets ?o }")
    (row,) = told["results"]["results"]["bindings"]
    assert row["o"]["value"] == "https://w3id.org/mirkg/entity/PTEN"
    _, told = called(pool, "query", sparql="CONSTRUCT WHERE { mke:miR-130b mk:targets ?o }")
    assert "mke:miR-130b mk:targets mke:PTEN" in told["graph"] and told["results"] is None


@pytest.mark.slow
def test_guide_is_a_resource(pool: Pool) -> None:
    async def work(client: Client) -> str:
        return (await client.read_resource("mirkg://guide")).contents[0].text

    guide = json.loads(asked(pool, work))
    assert guide["limits"]["seconds"] == 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "given", "message"),
    [
        ("query", {"sparql": "SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}, "SERVICE is refused"),
        ("query", {"sparql": "DROP ALL"}, "DROP is refused: this endpoint is read-only."),
        ("query", {"sparql": "SELECT * WHERE { ?s ?p ?o } #" + "x" * 70_000}, "and may have 65536."),
        ("query", {"sparql": "SELECT * WHERE " + "{" * 3000}, "nested deeper than 64 brackets"),
        ("query", {"sparql": "SELECT * WHERE { ?s ?p ?o"}, "expected"),
        ("query", {"sparql": "SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }"}, "file:///etc/passwd"),
        ("query", {"sparql": "SELECT * WHERE { ?s ?p ?o . ?a ?b ?c }"}, "The answer"),
        ("ask", {"question": "mirnas-for-drg"}, "The nearest is mirnas-for-drug"),
        ("ask", {"question": "../health"}, "There is no question"),
        ("ask", {"question": "mirnas-for-drug", "parameters": {"drug": "tamoxifn"}}, "The nearest is tamoxifen"),
        (
            "ask",
            {"question": "mirnas-for-drug", "parameters": {"drug": "x> } ?s ?p ?o { <y"}},
            "Nothing here is called",
        ),
        ("explain", {"subject": "zzz"}, "Nothing here is called 'zzz'"),
        ("audit", {"kind": "wrong"}, "wrong"),
        ("search", {"name": "x" * 70_000}, "The request is longer than 65536 characters."),
        ("search", {}, "name"),
    ],
)
def test_hostile_or_mistaken_request_is_an_error_with_a_sentence(
    pool: Pool, tool: str, given: dict[str, object], message: str
) -> None:
    failed, told = called(pool, tool, **given)
    assert failed and message in told and "Traceback" not in told


@pytest.mark.slow
def test_query_that_its_agent_cancels_is_stopped(pool: Pool) -> None:
    async def work(client: Client) -> bool:
        with anyio.move_on_after(1) as scope:
            await client.call_tool("query", {"sparql": ENDLESS})
        with anyio.fail_after(30):  # the limit is 60 s
            while pool.running or pool.long:
                await anyio.sleep(0.1)
        assert (await client.call_tool("query", {"sparql": "ASK { ?s ?p ?o }"})).structured_content["results"][
            "boolean"
        ]
        return scope.cancelled_caught

    assert asked(pool, work) is True


@pytest.mark.slow
def test_query_that_takes_too_long_is_stopped_by_the_limit(pool: Pool) -> None:
    quick, pool.limits = pool.limits, Limits(seconds=1)
    try:
        failed, told = called(pool, "query", sparql=ENDLESS)
    finally:
        pool.limits = quick
    assert failed and "took longer than 1 s and was stopped" in told


@asynccontextmanager
async def over_http(port: int) -> AsyncIterator[Client]:
    with anyio.fail_after(60):
        while True:
            try:
                async with Client(f"http://127.0.0.1:{port}/mcp") as client:
                    yield client
                    return
            except* (OSError, Exception) as group:  # it is not listening yet
                if "onnect" not in repr(group):
                    raise
            await anyio.sleep(0.3)


@pytest.mark.slow
def test_command_serves_over_standard_input() -> None:
    async def run() -> dict[str, object]:
        async with Client(StdioServerParameters(command=sys.executable, args=["-m", "mirkg", "mcp"])) as client:
            return (await client.call_tool("search", {"name": "130b"})).structured_content

    told = anyio.run(run)
    assert told["entities"][0]["label"] == "miR-130b"
    assert told["notice"].endswith(
        "A paper that says nothing on a claim does not count against it. Literature evidence, not medical advice."
    )


@pytest.mark.slow
def test_command_serves_over_http_on_this_machine() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mirkg", "mcp", "--http", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline() == f"mirkg serves agents at http://127.0.0.1:{port}/mcp; Ctrl-C stops it.\n"

        async def run() -> dict[str, object]:
            async with over_http(port) as client:
                return (await client.call_tool("search", {"name": "130b"})).structured_content

        assert anyio.run(run)["entities"][0]["label"] == "miR-130b"
    finally:
        process.terminate()
        process.wait(30)


def test_wrong_use_is_refused(mirkg: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done = mirkg("mcp", "--graph", "none.trig")
    assert (done.returncode, "none.trig: cannot be read" in done.stderr) == (2, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = mirkg("mcp", "--http", str(taken.getsockname()[1]))
    assert (done.returncode, "Nothing can listen on 127.0.0.1 port" in done.stderr) == (2, True)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "mirkg.serve.agents", raising=False)
    monkeypatch.delattr("mirkg.serve.agents", raising=False)
    done = mirkg("mcp")
    assert (done.returncode, "Install it with: pip install 'mirkg[mcp]'" in done.stderr) == (2, True)
