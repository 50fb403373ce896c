"""Addresses: which file of the site stands for an address of the server, and what the links of a page become.

The server makes its pages with a name for the way to the top that stands nowhere else. So every address of its own is
found in what it made, whatever its templates look like, and is written anew as the way to a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import parse_qsl

from mirkg.ask import questions
from mirkg.model import iris
from mirkg.serve.negotiation import SUFFIXES

TOP = "//site.invalid"  # stands in a page for the way to the top
RDF = {ending: media for ending, media in SUFFIXES.items() if ending not in ("html", "trig")}  # a thing has one graph
_NO_PAGES = ("/sparql", "/health", "/api/openapi.json", "/api/explain", "/api/search")
_CHOICES = {"": 1, "/": 1, "/audit": 1}  # by how many choices there is a page; more make too many
_LINK = re.compile(rf'="{TOP}(/[^"]*)?"')
_ANCHOR = re.compile(rf'<a\b[^<>]*? href="{TOP}(/[^"]*)?"[^<>]*>.*?</a>', re.DOTALL)
_FORM = re.compile(rf'<form\b[^<>]*? action="{TOP}(/[^"]*)?"[^<>]*>.*?</form>\n?', re.DOTALL)


class Target(NamedTuple):
    """Hold where an address leads: a file, what the server is asked for it ("" where it is there), what follows."""

    file: str
    request: str
    tail: str = ""


def target(address: str) -> Target | None:
    """Return where an address of the server leads; None if only a server could answer there."""
    address, hash, fragment = address.partition("#")
    path, _, query = address.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    tail = hash + fragment
    if (
        path.startswith(_NO_PAGES)
        or len(_named(given)) > _CHOICES.get(path, len(given))
        or (path == "/retraction" and not given)  # a form; the page of each reference leads to what it asks for
    ):
        return None
    if path in ("", "/") and not given:
        return Target("index.html", "/", tail)
    if path.startswith(("/static/", "/download/")) or path == "/search.json":
        return Target(path[1:], "", tail)
    if path == "/search":
        return Target("search.html", "/search", f"?{query}" if query else "")
    if path == "/editor":
        asked = [one.id for one in questions.catalogue().values() if one.query == given.get("query")]
        return Target(f"questions/{asked[0]}.rq", "") if asked else Target("editor.html", "/editor", tail)
    if path.startswith("/api/"):
        path, given = path.removeprefix("/api").replace("/ask/", "/questions/"), {"format": "json"} | given
    given.pop("ask", "")
    ending = given.get("format", "html")
    asked_for = {"ask": "yes"} if path.startswith("/questions/") and ending == "html" else {}
    name = "/".join(
        [path[1:].rstrip("/") or "matrix", *(iris.slug(part) for pair in _named(given) for part in pair if part)]
    )
    if given.get("spreadsheet"):
        name += "-spreadsheet"
    return Target(f"{name}.{ending}", _request(path, given | asked_for), tail)


def _named(given: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in given.items() if name not in ("format", "spreadsheet")]


def _request(path: str, given: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return f"{path}?{urlencode(given)}" if given else path


def rewritten(page: str, file: str, leads: Callable[[str], str]) -> str:
    """Return a page of the server as a file of the site; `leads` returns the way of an address, "" if none.

    What only a server could answer, a link or a form, is left out.
    """
    up = "../" * file.count("/")

    def way(match: re.Match[str]) -> str:
        found = leads(unescape(match[1] or "/"))
        return escape(up + found) if found else ""

    page = _FORM.sub(lambda form: form[0] if (form[1] or "").startswith("/search") else "", page)
    page = _ANCHOR.sub(lambda link: link[0] if way(link) else "", page)
    return _LINK.sub(lambda link: f'="{way(link)}"', page)
