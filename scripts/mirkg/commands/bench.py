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
_CLAIMS = {"build": 1000, "derive": 10_000, "infer": 10_000, "tables": 1000}
_ROUNDS = {"derive": 1, "infer": 3}


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "what", choices=tuple(_BENCHES), help="; ".join(f"{name}: {what}" for name, what in _BENCHES.items())
    )
    parser.add_argument(
        "--claims",
        type=common.positive,
        metavar="N",
        help="of build and tables, 1000 if not given; of derive and infer at most, 10000 if not given",
    )
    parser.add_argument("--plot", metavar="FILE", help="also draw the times as SVG")
    parser.add_argument("--seed", type=common.positive, default=1, metavar="N", help="of tables")
    parser.add_argument("-o", "--output", metavar="DIR", help="of tables: a folder that is not there yet")
    parser.add_argument(
        "-n", "--rounds", type=common.positive, metavar="N", help="rounds; 10 if not given, of derive 1, of infer 3"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure mirkg beside other ways, in one run."""
    from mirkg.bench import bench

    if (arguments.what == "tables") != bool(arguments.output):
        raise BadInput("-o DIR goes with tables, and tables with -o DIR.")
    if arguments.plot and arguments.what == "tables":
        raise BadInput("--plot draws times, and tables takes none.")
    if arguments.claims and arguments.what not in _CLAIMS:
        raise BadInput(f"--claims goes with {', '.join(_CLAIMS)}.")
    claims: int = arguments.claims or _CLAIMS.get(arguments.what, 0)
    if arguments.what == "tables":
        return _tables(arguments, claims)
    if arguments.what == "build":
        from mirkg.bench import parts

        answer = parts.bench(claims)
    else:
        rounds = arguments.rounds or _ROUNDS.get(arguments.what, 10)
        answer = getattr(bench, arguments.what)(rounds, *([claims] if claims else []))
    common.show(answer, "table")
    print(bench.setting())
    if arguments.plot:
        from mirkg.show import bars

        drawn = bars.svg(answer, f"mirkg bench {arguments.what}", bench.setting())
        files.write({arguments.plot: drawn.encode()})
    return 0


def _tables(arguments: argparse.Namespace, claims: int) -> int:
    """Write invented tables, and tell what was planted in them."""
    from mirkg.bench import synthetic

    output = Path(arguments.output)
    planted = synthetic.write(claims, output, arguments.seed)
    for name, chosen in planted._asdict().items():
        print(f"planted {name}: {', '.join(sorted(chosen))}")
    print(f"{files.shown(output)}/reviews/synthetic/claims.parquet: {claims:,} claims and what was planted")
    return 0
