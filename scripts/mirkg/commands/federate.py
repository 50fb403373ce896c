"""Federate: a question that another endpoint answers together with the graph; without a name, the list of them."""

from __future__ import annotations

import argparse

from mirkg.ask import federation
from mirkg.ask.remote import TIMEOUT, Endpoint
from mirkg.ask.store import Answer
from mirkg.commands import common

HELP = "Join the graph with a public SPARQL endpoint; without a name, list the questions that do."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("question", nargs="?", metavar="NAME", help="the name of a question")
    parser.add_argument("--remote", metavar="URL", help="where the other data is; that of the question if not given")
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=common.up_to(600),
        default=TIMEOUT,
        help="seconds of silence; %(default)s if not given",
    )
    common.source_options(parser)
    common.format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask a question of the graph and of the endpoint, or list the questions."""
    if not arguments.question:
        listed: list[tuple[str, ...]] = [
            (one.id, federation.address(one), one.question) for one in federation.catalogue().values()
        ]
        answer = Answer(("name", "remote", "question"), listed)
    else:
        question = federation.find(arguments.question)
        remote = Endpoint(arguments.remote or federation.address(question), arguments.timeout)
        answer = federation.asked(common.opened(arguments).source, question, remote, lambda told: common.say([told]))
    common.show(answer, arguments.format, spreadsheet=arguments.spreadsheet)
    if not answer.rows:
        common.say(["No rows."])
    return 0
