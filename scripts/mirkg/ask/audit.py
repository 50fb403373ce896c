"""Audit: what an editor or curator should look at, and apart from it what is no finding.

A finding is what a title turns, what it says of another drug, disease or subject, a reference that fell or is under
concern, a claim that a title elsewhere in the list turns, a miRNA that a row lacks, and what a curator noted. Titles
that are indirect or silent are rows and no findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.store import Answer, Source
from mirkg.model.retractions import CONCERN, unrecorded

LEVELS = ("high", "medium", "low")
