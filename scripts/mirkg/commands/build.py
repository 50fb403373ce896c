"""Build: the graph from the tables."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mirkg.commands import common
from mirkg.make import build, tables
from mirkg.make.tables import Tables
from mirkg.model import files, retractions
from mirkg.model.problems import BadInput
from mirkg.scale import bulk, spark

HELP = "Build the graph from the tables."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    common.data_option(parser)
    parser.add_argument("-o", "--output", metavar="DIR", help="write mirkg.trig, .nq, .jsonld and .ttl there")
    parser.add_argument(
        "--claims", metavar="TABLE", help="build a large table, .parquet or .tsv, in parts; with -o (docs/scale.md)"
    )
    parser.add_argument("--partitions", type=common.positive, metavar="N", help="with --claims: how many partitions")
    parser.add_argument(
        "--no-inference", action="store_true", help="with --claims: leave out what follows by chains of links"
    )
    parser.add_argument(
        "--spark", metavar="URL", help="with --claims: build the partitions on a cluster, spark://HOST:PORT"
    )
    parser.add_argument("--retractions", metavar="FILE", help="build with a list of retractions applied")


def run(arguments: argparse.Namespace) -> int:
    """Build the graph and write its files."""
    if arguments.claims:
        return _in_parts(arguments)
    if arguments.partitions or arguments.no_inference or arguments.spark:
        raise BadInput("--partitions, --no-inference and --spark go with --claims.")
    folder = common.folder(arguments)
    if not arguments.output and not arguments.data and files.installed():
        raise BadInput("This mirkg is installed, and its own data is not rewritten. Give -o DIR or --data DIR.")
    data = tables.load(folder)
    if arguments.retractions:
        data = _with_retractions(data, arguments.retractions)
    built = build.build(data)
    if arguments.output:
        written = {os.path.join(arguments.output, name): content for name, content in built.files().items()}
    else:
        written = {str(folder / "mirkg.trig"): built.trig()}
    try:
        files.write(written)
    except OSError as error:
        where = error.filename or arguments.output or str(folder)
        raise BadInput(f"{where} cannot be written: {error.strerror}. Nothing was changed.") from error
    for path, content in written.items():
        print(f"{files.shown(path)}  {len(content):,} bytes")
    print(f"{len(built.quads):,} quads; `mirkg check` judges them")
    return 0


def _in_parts(arguments: argparse.Namespace) -> int:
    """Build a large table in parts, print what is wrong with each, and return 1 where something is."""
    if not arguments.output or arguments.retractions:
        raise BadInput("--claims goes with -o DIR, and without --retractions.")
    claims, output = Path(arguments.claims), Path(arguments.output)
    above = claims.resolve().parents
    own = above[2] if len(above) > 2 and (above[2] / "entities").is_dir() else common.folder(arguments)
    work = bulk.Bulk(
        claims,
        Path(arguments.data) if arguments.data else own,
        output,
        arguments.partitions or 0,
        inference=not arguments.no_inference,
        by=spark.on(arguments.spark) if arguments.spark else bulk.here,
    )
    there = sum(map(work.finished, work.manifest["parts"]))
    try:
        with common.progress() as show:
            manifest = work.run(show)
    except OSError as error:
        what = f"{error.filename or output} cannot be written: {error.strerror}."
        raise BadInput(f"{what} Finished parts stay; the same command goes on.") from error
    parts = manifest["parts"]
    found = [f"{name}: {problem}" for name, told in sorted(parts.items()) for problem in told["problems"]]
    for problem in found:
        print(problem)
    quads, warnings = (sum(told[what] for told in parts.values()) for what in ("quads", "warnings"))
    again = f", {there} of them there already" if there else ""
    print(
        f"{quads:,} quads in {common.count(len(parts), 'part')}{again}; {files.shown(output)}/manifest.json lists them"
    )
    print(f"{common.count(len(found), 'problem')}, {common.count(warnings, 'warning')}")
    return 1 if found else 0


def _with_retractions(data: Tables, file: str) -> Tables:
    """Return tables with the statuses that a list of retractions gives, telling each."""
    notices = retractions.read(file)
    common.say(
        f"not read in {file}: {count} {'entry' if count == 1 else 'entries'} {why}"
        for why, count in sorted(notices.unread.items())
    )
    for review in data.reviews:
        known = [
            retractions.Reference(row["id"], row["doi"], row["pmid"], row["status"], row["title"])
            for row in review.references
        ]
        matches = retractions.matched(notices, known)
        common.say(f"reference {match.reference.number} is now {match.after} ({_why(match)})" for match in matches)
        common.say(
            f"reference {match.reference.number} keeps its standing: {match.listed} ({_why(match)})"
            for match in retractions.remarks(notices, known)
        )
        if not matches:
            common.say([f"{file} names none of the references of {review.id}."])
        data = tables.with_statuses(data, review.id, retractions.statuses(matches))
    return data


def _why(match: retractions.Match) -> str:
    return "; ".join(filter(None, [match.by, match.date, match.reason]))
