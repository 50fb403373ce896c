"""Problems: what is wrong with an input, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """Name one fault of an input: its place, what is wrong, and what to do."""

    file: str
    line: int
    column: str
    what: str
    do: str
    severity: str = "violation"

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line else "")
        column = f" [{self.column}]" if self.column else ""
        mend = f" {self.do}" if self.do else ""
        mark = "" if self.severity == "violation" else f"{self.severity}: "
        return f"{place}:{column} {mark}{self.what}{mend}"


class BadInput(Exception):
    """Report that an input cannot be used; the message says where, why and what to do."""

    def __init__(self, problems: Problem | Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            self.problems: list[Problem] = []
            message = problems
        else:
            self.problems = [problems] if isinstance(problems, Problem) else sorted(problems)
            message = "\n".join(map(str, self.problems))
        super().__init__(message)


def nearest(name: str, known: Iterable[str], key: Callable[[str], str] = str.casefold) -> str:
    """Return a sentence that names the known names nearest to one, by a key that makes equal ones alike, or nothing."""
    found = near(name, known, key)
    return f" The nearest is {', '.join(found)}." if found else ""


def near(name: str, known: Iterable[str], key: Callable[[str], str] = str.casefold) -> list[str]:
    """Return up to three known names that are near to one, the nearest first."""
    from difflib import get_close_matches

    by_key = {key(other): other for other in known}
    return [by_key[one] for one in get_close_matches(key(name), by_key, n=3, cutoff=0.6)]
