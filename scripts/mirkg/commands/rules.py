"""Rules: the rules in the order in which they run, each with what it says, what it writes and its processor time."""

from __future__ import annotations

import argparse
import time

import pyoxigraph as ox

from mirkg.ask import graph
from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.model import derive, vocabulary

HELP = "List the rules with what each says, what it writes, how many triples it wrote and its processor time."
COLUMNS = ("stage", "rule", "says", "writes", "triples", "ms")
PROFILE = ("stage", "rule", "triples", "ms", "share")


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own to run the rules on")
    parser.add_argument("--policy", choices=derive.POLICIES, default=derive.CURATED, help="%(default)s if not given")
    parser.add_argument("--profile", action="store_true", help="the slowest first, each with its share of the time")
    common.format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the rules on what a graph states, one after the other, and list them."""
    source = common.embedded(graph.open(arguments.graph))
    derived = vocabulary.graph("derived")
    store = ox.Store()
    store.bulk_extend(quad for quad in source.graph if quad.graph_name != derived)
    answer = Answer(COLUMNS, [_row(store, rule) for rule in derive.rules(arguments.policy)])
    if arguments.profile:
        answer = _profile(answer)
    common.show(answer, arguments.format, spreadsheet=arguments.spreadsheet)
    return 0


def _row(store: ox.Store, rule: str) -> tuple[str, ...]:
    """Run one rule and return its row; what it wrote is what was not there before."""
    before, begun = len(store), time.process_time()
    derive.apply(store, [rule])
    taken = time.process_time() - begun
    stage, _, name = rule.rpartition("/")
    writes = " ".join(derive.writes(rule))
    return stage, name, derive.sentence(rule), writes, str(len(store) - before), f"{1000 * taken:.1f}"


def _profile(answer: Answer) -> Answer:
    """Return the triples and the processor time of each rule, the slowest first."""
    total = sum(float(row[-1]) for row in answer.rows)
    slowest = sorted(answer.rows, key=lambda row: -float(row[-1]))
    listed = [(row[0], row[1], row[4], row[5], f"{float(row[5]) / total:.1%}") for row in slowest]
    return Answer(PROFILE, list(listed))
