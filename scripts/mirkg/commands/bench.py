"""Bench: mirkg beside what one would write first, in one run."""

from __future__ import annotations

import argparse

from mirkg.commands import common

HELP = "Measure mirkg beside what one would write first, in one run."
_BENCHES = {
    "cold": "one question as a process",
    "check": "the shapes beside pySHACL alone",
    "derive": "the rules",
    "grow": "the rules on invented claims with hubs",
    "infer": "the sign algebra beside owlrl",
    "serve": "questions asked of servers",
}


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "what", choices=tuple(_BENCHES), help="; ".join(f"{name}: {what}" for name, what in _BENCHES.items())
    )
    parser.add_argument(
        "-n", "--rounds", type=common.positive, default=10, metavar="N", help="rounds, %(default)s if not given"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure mirkg beside other ways, in one run."""
    from mirkg.bench import bench

    common.show(getattr(bench, arguments.what)(arguments.rounds), "table")
    print(bench.setting())
    return 0
