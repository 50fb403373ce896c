"""Verify: whether a copy of the review's text holds every recorded passage."""

from __future__ import annotations

import argparse

from mirkg.commands import common
from mirkg.make import tables, text, verify
from mirkg.make.tables import Review, Row
from mirkg.model.problems import BadInput, nearest

HELP = "Check that a copy of the review's text, or of an abstract, holds every recorded passage."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("text", metavar="TEXT", help="a text file with your copy of the review")
    parser.add_argument("--list", action="store_true", help="print the passages of the text with their numbers instead")
    parser.add_argument("--abstract", metavar="N", help="the text is the abstract of reference N, not the review")
    parser.add_argument("--review", metavar="ID", help="the review, if there are several")
    common.data_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check a copy of a review against its recorded passages, or list the copy's passages."""
    reviews = {review.id: review for review in tables.load(common.folder(arguments)).reviews}
    if arguments.review is None and len(reviews) > 1:
        raise BadInput(f"There are several reviews: name one with --review. They are {', '.join(reviews)}.")
    arguments.review = arguments.review or next(iter(reviews))
    if arguments.review not in reviews:
        raise BadInput(f"There is no review {arguments.review!r}.{nearest(arguments.review, reviews)}")
    review = reviews[arguments.review]
    if review.kind == "table":
        raise BadInput(f"{review.id} is a statement table and has no text: take it in again with `mirkg import`.")
    content = text.read(arguments.text)
    if arguments.abstract:
        return _abstract(arguments, review, content)
    if arguments.list:
        return _list(arguments, review, content)
    return _told(arguments.text, review.id, verify.missing(content, review), len(verify.own_passages(review)))


def _list(arguments: argparse.Namespace, review: Review, content: str) -> int:
    """Print the passages of a copy with their numbers."""
    listed = text.passages(content, review.outline)
    for passage in listed:
        print(f"{passage.id}\t{passage.text}")
    if not listed:
        common.say([f"{arguments.text}: none of the headings of {review.id} is in it. It looks like another text."])
    return 0 if listed else 1


def _abstract(arguments: argparse.Namespace, review: Review, content: str) -> int:
    """Check or list a copy of an abstract."""
    number = arguments.abstract
    if number not in {row["id"] for row in review.references}:
        raise BadInput(f"There is no reference {number} in {review.id}. They go from 1 to {len(review.references)}.")
    if arguments.list:
        for ordinal, sentence in enumerate(verify.sentences_of_abstract(content), 1):
            print(f"abstract-of-{number}-{ordinal}\t{sentence}")
        return 0
    recorded = verify.abstract_passages(review, number)
    if not recorded:
        raise BadInput(f"No sentence of the abstract of reference {number} is recorded, so there is nothing to check.")
    missing = verify.missing_of_abstract(content, review, number)
    return _told(arguments.text, f"the abstract of reference {number}", missing, len(recorded))


def _told(file: str, source: str, missing: list[Row], recorded: int) -> int:
    """Print which recorded passages a copy lacks, and how many it has."""
    if len(missing) == recorded:
        print(f"{file}: no passage of {source} is in it. It looks like another text.")
        return 1
    for row in missing:
        print(f"{file}: {row['id']} is not in it as it was recorded.")
    print(f"{recorded - len(missing)} of {recorded} passages found")
    return 1 if missing else 0
