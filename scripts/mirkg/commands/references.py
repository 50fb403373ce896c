"""References: look up identifiers, status and abstracts of the references of a review, over the network."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.make import references, services, tables
from mirkg.make.references import Finding
from mirkg.make.tables import Review
from mirkg.model import files, retractions
from mirkg.model.problems import BadInput, nearest

HELP = "Look up identifiers, status and abstracts of a review's references at Crossref and Europe PMC."
_COLUMNS = ("reference", "column", "does", "how_sure", "old", "new", "seen", "reason")


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("review", metavar="REVIEW", help="the review, such as amiri-2024")
    common.data_option(parser)
    parser.add_argument("--write", action="store_true", help="write what is sure into empty cells of references.tsv")
    parser.add_argument("--retraction-watch", metavar="FILE", help="the CSV of Retraction Watch, or another list")
    for option, name, usual in (
        ("--crossref", "Crossref", services.CROSSREF),
        ("--europepmc", "Europe PMC", services.EUROPE_PMC),
    ):
        parser.add_argument(
            option, metavar="URL", type=_address, default=usual, help=f"where {name} is, if not {usual}"
        )
    parser.add_argument("--mailto", metavar="ADDRESS", type=_mail, help="your address, for the services")
    common.format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look the references up, report, and write where that is asked; return 1 where something was not answered."""
    review = _review(arguments)
    if arguments.write and not arguments.data and files.installed():
        raise BadInput("This mirkg is installed, and its own data is not rewritten. Give --data DIR.")
    if find_spec("habanero") is None:
        raise BadInput("mirkg references needs habanero. Install it with: pip install 'mirkg[references]'")
    listed = None
    if arguments.retraction_watch:
        name = " ".join(os.path.basename(arguments.retraction_watch).split())
        listed = references.RetractionList(name, retractions.read(arguments.retraction_watch))
    found = _looked_up(review, arguments, listed)
    common.show(Answer(_COLUMNS, [tuple(finding) for finding in found]), arguments.format)
    counts = [_counted(found, len(review.references))]
    if arguments.write:
        counts.append(_written(Path(review.file).parent / "references.tsv", found))
    print(*counts, sep="\n", file=sys.stdout if arguments.format == "table" else sys.stderr)
    return 1 if any(finding.outcome == references.UNASKED for finding in found) else 0


def _review(arguments: argparse.Namespace) -> Review:
    reviews = {review.id: review for review in tables.load(common.folder(arguments)).reviews}
    if arguments.review not in reviews:
        raise BadInput(f"There is no review {arguments.review!r}.{nearest(arguments.review, reviews)}")
    return reviews[arguments.review]


def _looked_up(
    review: Review, arguments: argparse.Namespace, listed: references.RetractionList | None
) -> list[Finding]:
    """Return what is found for each reference, telling on a terminal how far it is."""
    found: list[Finding] = []
    rows = references.numbered(review.references).values()
    today = datetime.now(UTC).date().isoformat()
    with (
        services.Services(arguments.crossref, arguments.europepmc, arguments.mailto or "") as asked,
        common.counting("references", len(rows)) as count,
    ):
        for done, row in enumerate(rows, 1):
            count(done)
            found += references.Lookup(row, asked).findings(listed, today)
    return found


def _counted(found: list[Finding], total: int) -> str:
    outcomes = Counter(finding.outcome for finding in found)
    whole = total - len({finding.reference for finding in found if finding.outcome == references.UNASKED})
    told = (
        f"{common.count(outcomes[references.FILLS], 'cell')} to fill",
        f"{outcomes[references.OFFERS]} not sure enough",
        f"{outcomes[references.DIFFERS]} other than the table",
        f"{outcomes[references.SAME]} the same",
        f"{outcomes[references.MISSING]} not found",
    )
    return f"{whole} of {common.count(total, 'reference')} asked in full: {', '.join(told)}"


def _written(path: Path, found: list[Finding]) -> str:
    """Write the table and return what was done."""
    content, done = references.filled(path, found)
    left = sum(finding.outcome == references.FILLS for finding in found) - len(done)
    try:
        if done:
            files.write({str(path): content})
    except OSError as error:
        raise BadInput(f"{files.shown(path)} cannot be written: {error.strerror}. Nothing was changed.") from error
    changed = f"; {left} left, since their rows changed meanwhile" if left else ""
    return f"{files.shown(path)}  {common.count(len(done), 'cell')} written{changed}"


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no http:// or https:// address")
    return text


def _mail(text: str) -> str:
    if not re.fullmatch(r"[\w.+-]+@[\w.-]+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no address of the form name@host")
    return text
