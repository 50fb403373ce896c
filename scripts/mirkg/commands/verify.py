"""Verify: whether a copy of the review's text holds every recorded passage."""

from __future__ import annotations

import argparse

from mirkg.commands import common
from mirkg.make import tables, text, verify
from mirkg.model.problems import BadInput, nearest

HELP = "Check that a copy of the review's text holds every recorded passage."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("text", metavar="TEXT", help="a text file with your copy of the review")
    parser.add_argument("--list", action="store_true", help="print the passages of the text with their numbers instead")
    parser.add_argument("--review", metavar="ID", default="amiri-2024", help="the review, %(default)s if not given")
    common.data_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check a copy of a review against its recorded passages, or list the copy's passages."""
    reviews = {review.id: review for review in tables.load(common.folder(arguments)).reviews}
    if arguments.review not in reviews:
        raise BadInput(f"There is no review {arguments.review!r}.{nearest(arguments.review, reviews)}")
    review = reviews[arguments.review]
    content = text.read(arguments.text)
    if arguments.list:
        listed = text.passages(content, review.outline)
        for passage in listed:
            print(f"{passage.id}\t{passage.text}")
        if not listed:
            common.say([f"{arguments.text}: none of the headings of {review.id} is in it. It looks like another text."])
        return 0 if listed else 1
    missing = verify.missing(content, review)
    found = len(review.passages) - len(missing)
    if not found:
        print(f"{arguments.text}: no passage of {review.id} is in it. It looks like another text.")
        return 1
    for row in missing:
        print(f"{arguments.text}: {row['id']} is not in it as it was recorded.")
    print(f"{found} of {len(review.passages)} passages found")
    return 1 if missing else 0
