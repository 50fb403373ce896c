"""Build: the graph from the tables."""

from __future__ import annotations

import argparse
import os

from mirkg.commands import common
from mirkg.make import build, tables
from mirkg.make.tables import Tables
from mirkg.model import files, retractions
from mirkg.model.problems import BadInput

HELP = "Build the graph from the tables."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    common.data_option(parser)
    parser.add_argument("-o", "--output", metavar="DIR", help="write mirkg.trig, .nq, .jsonld and .ttl there")
    parser.add_argument("--retractions", metavar="FILE", help="build with a list of retractions applied")


def run(arguments: argparse.Namespace) -> int:
    """Build the graph and write its files."""
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
