"""Export: the graph in the forms that other tools read."""

from __future__ import annotations

import argparse
import sys

from mirkg import export
from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.export import nanopub, things
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Write the graph in a form that another tool reads; without a form, list the forms."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("form", nargs="?", metavar="FORMAT", help="one of: " + ", ".join(export.FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write there and not to standard output")
    parser.add_argument(
        "--iris",
        choices=("own", "preferred"),
        default="own",
        help="entities under our own IRIs, or under those of their authorities where a mapping is exact",
    )
    parser.add_argument("--key", metavar="FILE", help="nanopub: sign each with this RSA key")
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")


def run(arguments: argparse.Namespace) -> int:
    """Write the graph in a form, or list the forms."""
    if arguments.form is None:
        if arguments.output or arguments.graph or arguments.key:
            raise BadInput("Name the format first: mirkg export FORMAT -o FILE")
        common.show(Answer(("format", "what it is"), [(name, one.tells) for name, one in _forms()]), "table")
        return 0
    name, form = arguments.form, export.found(arguments.form)
    target = common.target(arguments.output) if arguments.output else ""
    if not target and len(form.endings) > 1:
        names = " and ".join(f"mirkg{ending}" for ending in form.endings)
        raise BadInput(f"{name} is {len(form.endings)} files. Name them with -o: -o mirkg writes {names}.")
    if not target and form.binary and sys.stdout.isatty():
        raise BadInput(f"{name} is no text for a terminal. Name a file with -o.")
    if name == "sssom" and arguments.iris == "preferred":
        raise BadInput("sssom maps our own IRIs to others. Leave out --iris.")
    if arguments.key and name != "nanopub":
        raise BadInput("Only nanopublications are signed. Leave out --key.")
    signer = nanopub.signer(arguments.key) if arguments.key else None
    graph = things.read(arguments.graph or files.resource("data/mirkg.trig"))
    graph = _preferred(graph) if arguments.iris == "preferred" else graph
    with common.counting("signed") as count:
        parts = nanopub.signed(graph, signer, count) if signer else export.parts(name, graph)
        if target:
            common.put({target + ending: part for ending, part in parts.items()})
        for part in () if target else parts.values():
            part(sys.stdout.buffer)
    return 0


def _forms() -> list[tuple[str, export.Format]]:
    return list(export.FORMATS.items())


def _preferred(graph: things.Things) -> things.Things:
    """Return a graph with preferred IRIs, telling which entities keep theirs."""
    from mirkg.export import preferred

    graph, kept = preferred.renamed(graph)
    if kept:
        common.say([f"{len(kept)} entities keep our IRI, since no exact mapping is theirs alone: {', '.join(kept)}"])
    return graph
