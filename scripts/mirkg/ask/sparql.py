"""SPARQL: what can be read off the text of a query."""

from __future__ import annotations

import re


def form(query: str) -> str:
    """Return the form of a query: SELECT, ASK, CONSTRUCT, DESCRIBE, or nothing."""
    plain = re.sub(r"#[^\n]*|<[^>]*>|\"[^\"]*\"", " ", query)
    verb = re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", plain, re.IGNORECASE)
    return verb[1].upper() if verb else ""
