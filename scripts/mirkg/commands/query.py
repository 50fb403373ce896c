"""Query: a SPARQL query of one's own, on the union of all graphs."""

from __future__ import annotations

import argparse
import sys

from mirkg.ask import sparql
from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Run a SPARQL query on the union of all graphs."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("query", metavar="QUERY", help="a query, the name of a .rq file, or - for standard input")
    common.source_options(parser)
    common.format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run a SPARQL query."""
    text = _text(arguments.query)
    source = common.opened(arguments).source
    if arguments.spreadsheet:
        common.show(source.select(text), "csv", spreadsheet=True)
    elif arguments.format == "table" and sparql.form(text) == "SELECT":
        common.show(_abbreviated(source.select(text)), "table")
    else:
        form = "tsv" if arguments.format == "table" else arguments.format
        sys.stdout.buffer.write(source.raw(text, form))
    return 0


def _abbreviated(answer: Answer) -> Answer:
    """Return an answer with its IRIs as CURIEs, for people to read."""
    from mirkg.model.vocabulary import curie

    return Answer(answer.columns, [tuple(map(curie, row)) for row in answer.rows])


def _text(given: str) -> str:
    """Return a query that is given as such, by its file, or on standard input."""
    if given == "-":
        return files.decoded(sys.stdin.buffer.read(), "Standard input")
    if "{" in given or "\n" in given or given.strip().upper().startswith("DESCRIBE "):
        return given
    try:
        return files.decoded(files.read(given), given)
    except OSError as error:
        raise BadInput(f"{given!r} is neither a query nor a file that can be read ({error.strerror}).") from error
