"""Reading: what was read of the papers that claims are compared with."""

from __future__ import annotations

from mirkg.ask import queries
from mirkg.ask.store import Source


def limits(source: Source) -> str:
    """Return what was read of the cited papers, and what a reader must not take the graph for, in sentences."""
    (counts,) = source.select(queries.read("read-counts")).dicts()
    whole, part = int(counts["wholes"]), int(counts["parts"])
    if whole or part:
        read = f"the titles of the cited papers, and with {whole} of their {counts['references']} abstracts whole"
        read += f" and {part} in part" if part else ""
    else:
        read = "the titles of the cited papers alone"
    silent = "A paper that says nothing on a claim does not count against it."
    return f"Claims are compared with {read}. {silent} Literature evidence, not medical advice."
