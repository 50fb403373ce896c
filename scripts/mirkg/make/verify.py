"""Verify: whether a reader's copy of a review, or of an abstract, holds the passages that its claims were read from."""

from __future__ import annotations

from mirkg.make.tables import Review, Row
from mirkg.make.text import digests, normal_form, passages, sentences
from mirkg.model.normal import plain


def missing(copy: str, review: Review) -> list[Row]:
    """Return the recorded passages that a copy does not hold, in the order of the table.

    A sentence, caption or table cell is found by its digest wherever it stands in the copy, so that
    other page and paragraph breaks do no harm; a title by its normal form.
    """
    held = set().union(*(digests(passage.text) for passage in passages(copy, review.outline)))
    whole = normal_form(plain(copy))
    titles = {row["id"]: normal_form(plain(row["title"])) for row in review.references}
    return [
        row
        for row in own_passages(review)
        if (titles[row["reference"]] not in whole if row["reference"] else row["digest"] not in held)
    ]


def own_passages(review: Review) -> list[Row]:
    """Return the passages that the text of a review itself prints: all but the sentences of abstracts."""
    return [row for row in review.passages if row["kind"] != "AbstractSentence"]


def abstract_passages(review: Review, number: str) -> list[Row]:
    """Return the recorded sentences of the abstract of a reference."""
    return [row for row in review.passages if row["kind"] == "AbstractSentence" and row["reference"] == number]


def missing_of_abstract(copy: str, review: Review, number: str) -> list[Row]:
    """Return the recorded sentences of an abstract that a copy does not hold, wherever they stand in it."""
    held = set().union(*map(digests, sentences_of_abstract(copy)))
    return [row for row in abstract_passages(review, number) if row["digest"] not in held]


def sentences_of_abstract(copy: str) -> list[str]:
    """Return the sentences of an abstract, line and page breaks removed."""
    return sentences(" ".join(copy.split()))
