"""Bench: mirkg beside what one would write first, in one run."""

from __future__ import annotations

import argparse
from pathlib import Path

from mirkg.commands import common
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Measure mirkg beside what one would write first, in one run."
_BENCHES = {
    "cold": "one question as a process",
    "check": "the shapes beside pySHACL alone",
    "derive": "the rules",
    "grow": "the rules on invented claims with hubs",
    "infer": "the sign algebra beside owlrl",
    "serve": "questions asked of servers",
    "build": "tables built in parts, beside rdflib and pySHACL",
    "tables": "nothing: write invented tables, to build and to measure",
}


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "what", choices=tuple(_BENCHES), help="; ".join(f"{name}: {what}" for name, what in _BENCHES.items())
    )
    parser.add_argument(
        "--claims",
        type=common.positive,
        default=1000,
        metavar="N",
        help="of build and tables; %(default)s if not given",
    )
    parser.add_argument("--plot", metavar="FILE", help="also draw the times as SVG")
    parser.add_argument("--seed", type=common.positive, default=1, metavar="N", help="of tables")
    parser.add_argument("-o", "--output", metavar="DIR", help="of tables: a folder that is not there yet")
    parser.add_argument(
        "-n", "--rounds", type=common.positive, default=10, metavar="N", help="rounds, %(default)s if not given"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure mirkg beside other ways, in one run."""
    from mirkg.bench import bench

    if (arguments.what == "tables") != bool(arguments.output):
        raise BadInput("-o DIR goes with tables, and tables with -o DIR.")
    if arguments.plot and arguments.what == "tables":
        raise BadInput("--plot draws times, and tables takes none.")
    if arguments.what == "tables":
        return _tables(arguments)
    if arguments.what == "build":
        from mirkg.bench import parts

        answer = parts.bench(arguments.claims)
    else:
        answer = getattr(bench, arguments.what)(arguments.rounds)
    common.show(answer, "table")
    print(bench.setting())
    if arguments.plot:
        from mirkg.show import bars

        drawn = bars.svg(answer, f"mirkg bench {arguments.what}", bench.setting())
        files.write({arguments.plot: drawn.encode()})
    return 0


def _tables(arguments: argparse.Namespace) -> int:
    """Write invented tables, and tell what was planted in them."""
    from mirkg.bench import synthetic

    output = Path(arguments.output)
    planted = synthetic.write(arguments.claims, output, arguments.seed)
    for name, claims in planted._asdict().items():
        print(f"planted {name}: {', '.join(sorted(claims))}")
    print(f"{files.shown(output)}/reviews/synthetic/claims.parquet: {arguments.claims:,} claims and what was planted")
    return 0
