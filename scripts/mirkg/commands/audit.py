"""Audit: findings by severity, or what a list of retractions would change."""

from __future__ import annotations

import argparse
import sys

from mirkg import __version__
from mirkg.ask import audit, papers, replay
from mirkg.ask.graph import KnowledgeGraph
from mirkg.commands import common
from mirkg.model import retractions
from mirkg.model.problems import BadInput
from mirkg.show import audit as showing

HELP = "Report which cited papers contradict the review, were retracted, or are about something else."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    common.source_options(parser)
    parser.add_argument(
        "--reference", metavar="N", default="", help="only what is about reference N, with all its verdicts"
    )
    parser.add_argument(
        "--entity", metavar="NAME", default="", help="only what is about an entity and what it includes"
    )
    parser.add_argument("--verdict", metavar="KIND", default="", help="only findings or verdicts of one kind")
    parser.add_argument("--retractions", metavar="FILE", help="show what a list of retractions would change")
    common.voice_option(parser)
    common.format_option(parser, ("table", "tsv", "csv", "json", "html"))
    parser.add_argument("--fail-on", choices=audit.LEVELS, metavar="LEVEL", help="exit 1 on such findings")


def run(arguments: argparse.Namespace) -> int:
    """Report findings, or what a list of retractions would change."""
    kg = common.voiced(common.opened(arguments), arguments.voice)
    if arguments.retractions:
        return _retractions(kg, arguments)
    filters = (arguments.entity, arguments.reference, arguments.verdict)
    _, shown = audit.asked(kg, *filters)
    written = showing.audited(
        shown,
        arguments.format,
        about=f"{papers.named(kg.source)} mirkg {__version__}." if arguments.format == "html" else "",
        width=common.width(),
        with_rows=any(filters),
        spreadsheet=arguments.spreadsheet,
    )
    sys.stdout.write(written)
    return 1 if arguments.fail_on and shown.reaches(arguments.fail_on) else 0


def _retractions(kg: KnowledgeGraph, arguments: argparse.Namespace) -> int:
    for name in ("reference", "entity", "verdict"):
        if getattr(arguments, name):
            raise BadInput(
                f"--{name} picks among findings, and --retractions shows all that a list changes: leave one."
            )
    source = common.embedded(kg)
    known = replay.references(source)
    notices = retractions.read(arguments.retractions)
    matches = retractions.matched(notices, known)
    before = replay.replayed(source, retractions.unlisted(matches))
    after = replay.replayed(source, retractions.statuses(matches))
    changes = replay.changes(before, after)
    told = showing.Replay(
        arguments.retractions, matches, known, changes, retractions.remarks(notices, known), notices.unread
    )
    sys.stdout.write(told.written(arguments.format, width=common.width(), spreadsheet=arguments.spreadsheet))
    if not arguments.fail_on:
        return 0
    old = set(audit.audit(before).findings)
    whole = audit.audit(after)
    new = whole._replace(findings=[row for row in whole.findings if row not in old])
    return 1 if new.reaches(arguments.fail_on) else 0
