"""Serve: the graph as an endpoint, linked data and pages, until stopped."""

from __future__ import annotations

import argparse

from mirkg.commands import common
from mirkg.model import files

HELP = "Serve the graph as an endpoint, linked data and pages, until stopped."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on, %(default)s if not given")
    parser.add_argument("--port", type=common.up_to(65_535), default=8000, metavar="N", help="%(default)s if not given")
    parser.add_argument("--base", metavar="URL", default="", help="the address under which clients see the server")
    for option, most, help in (
        ("--seconds", 86_400, "the time that a query may take, 10 if not given"),
        ("--rows", 1_000_000_000, "the rows that an answer may have, 10000 if not given"),
        ("--parallel", 1_000, "long queries at once, as many as cores if not given"),
        ("--per-minute", 1_000_000_000, "requests of one address a minute, 600 if not given"),
    ):
        parser.add_argument(option, type=common.up_to(most), metavar="N", help=help)
    parser.add_argument(
        "--proxy", metavar="ADDRESS", default="", help="the address of a proxy whose X-Forwarded-For is believed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve the graph until stopped."""
    from mirkg.serve import serve
    from mirkg.serve.guard import Limits

    path = arguments.graph or files.resource("data/mirkg.trig")
    given = {name: getattr(arguments, name) for name in ("seconds", "rows", "parallel", "per_minute")}
    limits = Limits()._replace(**{name: value for name, value in given.items() if value})
    serve(path, arguments.host, arguments.port, arguments.base, limits, proxy=arguments.proxy)
    return 0
