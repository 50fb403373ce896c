"""Load: the graph into a store of one's own."""

from __future__ import annotations

import argparse
import sys

from mirkg.ask import load, store
from mirkg.ask.remote import Endpoint
from mirkg.commands import common
from mirkg.model import files

HELP = "Load the graph into a SPARQL 1.1 store, and compare the counts afterwards."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    parser.add_argument("--endpoint", metavar="URL", required=True, help="where the store answers queries")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--store", metavar="URL", help="where it takes graphs by the Graph Store Protocol")
    way.add_argument("--update", metavar="URL", help="where it takes SPARQL Update; --endpoint if neither is given")
    parser.add_argument("--resume", action="store_true", help="go on where a load of the same graph was broken off")


def run(arguments: argparse.Namespace) -> int:
    """Load the graph, graph by graph; return 1 where the store has other counts afterwards."""
    endpoint = Endpoint(arguments.endpoint, load.TIMEOUT, load.LARGEST)
    told = load.graphs(store.load(arguments.graph or files.resource("data/mirkg.trig")).graph)
    there = load.contents(endpoint, told) if arguments.resume else {}
    if arguments.store:
        load.by_store(Endpoint(arguments.store).url, told, there, _tell)
    else:
        load.by_update(Endpoint(arguments.update or arguments.endpoint).url, told, there, _tell)
    different = load.differing(load.counts(endpoint), told)
    print(*different, sep="\n", end="\n" if different else "")
    total = sum(map(len, told.values()))
    print(f"{total:,} triples in {len(told)} graphs; {len(told) - len(different)} graphs have the same count there")
    return 1 if different else 0


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)
