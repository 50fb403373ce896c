"""Verify: whether a reader's copy of a review holds the passages that its claims were read from."""

from __future__ import annotations

from mirkg.make.tables import Review, Row
from mirkg.make.text import digest, normal_form, passages


def missing(copy: str, review: Review) -> list[Row]:
    """Return the recorded passages that a copy does not hold, in the order of the table.

    A sentence, caption or table cell is found by its digest wherever it stands in the copy, so that
    other page and paragraph breaks do no harm; a title by its normal form.
    """
    held = {digest(passage.text) for passage in passages(copy, review.outline)}
    whole = normal_form(copy)
    titles = {row["id"]: normal_form(row["title"]) for row in review.references}
    return [
        row
        for row in review.passages
        if (titles[row["reference"]] not in whole if row["reference"] else row["digest"] not in held)
    ]
