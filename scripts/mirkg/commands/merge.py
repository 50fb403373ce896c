"""Merge: slices of other ontologies, around the entities, into a graph of their own."""

from __future__ import annotations

import argparse
import os
import sys

import pyoxigraph as ox

from mirkg.commands import common
from mirkg.make import ontologies, slices
from mirkg.model import files, rdf
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import prefixes

HELP = "Add what other ontologies state of the classes of entities, so that questions can be asked by these."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "ontologies", nargs="+", metavar="ONTOLOGY", help="RDF/XML, Turtle, OBO or another syntax of OWL"
    )
    parser.add_argument("--graph", metavar="FILE", help="the built graph to add to, of your own")
    parser.add_argument("-o", "--output", metavar="FILE", help="a .trig or .nq; without it, TriG on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Merge ontologies into a graph."""
    target, form = _target(arguments) if arguments.output else ("", ox.RdfFormat.TRIG)
    given = [ontologies.read(file) for file in arguments.ontologies]
    graph = arguments.graph or files.resource("data/mirkg.trig")
    quads = rdf.parsed(graph, files.user_bytes(graph, "Name a graph, or build it."))
    found = slices.merged(quads, given)
    content = rdf.serialized(found.quads, form, prefixes())
    common.say(found.report)
    if target:
        common.put({target: content})
    else:
        sys.stdout.buffer.write(content)
    return 0


def _target(arguments: argparse.Namespace) -> tuple[str, ox.RdfFormat]:
    """Return where to write, and the format that its ending names."""
    target = common.target(arguments.output)
    form = ox.RdfFormat.from_extension(target.rpartition(".")[2])
    if form not in (ox.RdfFormat.TRIG, ox.RdfFormat.N_QUADS):
        raise BadInput(f"{arguments.output} should end in .trig or .nq, which keep the graphs apart.")
    if any(os.path.realpath(file) == target for file in arguments.ontologies):
        raise BadInput(f"{arguments.output} is one of the ontologies. Write to another file.")
    return target, form
