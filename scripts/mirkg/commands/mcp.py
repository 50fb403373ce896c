"""MCP: the graph for agents, over standard input and output or over HTTP on this machine, until stopped."""

from __future__ import annotations

import argparse
import socket
import sys

from mirkg.commands import common
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

HELP = "Serve the graph to agents by the Model Context Protocol, until stopped."
_HOST = "127.0.0.1"


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    parser.add_argument(
        "--http", type=common.up_to(65_535), metavar="PORT", help=f"streamable HTTP on {_HOST}, and not standard input"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve the graph to agents until stopped."""
    from mirkg.ask import store
    from mirkg.ask.reading import limits as limits_of_reading
    from mirkg.serve.guard import Limits, Rate

    try:
        from mirkg.serve import agents
        from mirkg.serve.pool import Pool
    except ModuleNotFoundError as error:
        raise BadInput(f"mirkg mcp needs {error.name}. Install it with: pip install 'mirkg[mcp]'") from error
    path = arguments.graph or files.resource("data/mirkg.trig")
    try:
        content = files.read(path)
    except OSError as error:
        what = f"cannot be read ({error.strerror})."
        raise BadInput(Problem(path, 0, "", what, "Name a graph, or build it.")) from error
    notice = limits_of_reading(store.load(path, content))
    if arguments.http:
        _refuse_if_taken(arguments.http)
    limits = Limits()
    pool = Pool(path, content, "", limits, Rate(limits.per_minute))
    try:
        server = agents.server(pool, limits, notice)
        if arguments.http:
            print(f"mirkg serves agents at http://{_HOST}:{arguments.http}/mcp; Ctrl-C stops it.", file=sys.stderr)
            server.run("streamable-http", host=_HOST, port=arguments.http)
        else:
            server.run("stdio")
    finally:
        pool.stop()
    return 0


def _refuse_if_taken(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_HOST, port))
        except OSError as error:
            raise BadInput(f"Nothing can listen on {_HOST} port {port}: {error.strerror}. Name another.") from error
