"""Services: what Crossref and Europe PMC answer of a publication, asked politely and read without trust.

Crossref's REST API is asked through habanero: `/works?query.bibliographic=…`, whose answer lists works under
`message.items`, and `/works/DOI`, whose `message` is one. A work has `title`, `subtitle`, `author` (`family`, `given`,
`sequence`), dates as `date-parts`, `update-to` (what it gives notice of) and `updated-by` (what gives notice of it),
each with `DOI`, `type` and `updated`: https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md and
https://crossref.gitlab.io/tutorials/get-rw-metadata/. An update has one of twelve types:
https://www.crossref.org/documentation/register-maintain-records/maintaining-your-metadata/registering-updates/.
How often one may ask, and `mailto`: https://www.crossref.org/documentation/retrieve-metadata/rest-api/.

Europe PMC's REST search is `/search?query=…&format=json&resultType=core`, and lists publications under
`resultList.result` with `pmid`, `pmcid`, `doi`, `title`, `authorList`, `pubYear`, `pubTypeList` and `abstractText`:
https://europepmc.org/RestfulWebService.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from multiprocessing.pool import Pool
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

from mirkg import __version__
from mirkg.make.forms import FORMS
from mirkg.model import identifiers

AGENT = f"mirkg/{__version__}"
CROSSREF, EUROPE_PMC = "https://api.crossref.org", "https://www.ebi.ac.uk/europepmc/webservices/rest"
LONGEST = 1000  # characters that a part of a record may have
_ROWS = 5  # records that a search returns
_LARGEST = 16 << 20  # bytes that an answer of Europe PMC may have
_MEMORY = 1 << 30  # bytes of address space that the process which asks may have
_START = 120  # seconds in which that process must have started

# --------------------------------------------------------------------------------------------------
# Records
# --------------------------------------------------------------------------------------------------


class Notice(NamedTuple):
    """Hold one update notice: its kind, the DOI at its other end, and its date."""

    kind: str
    doi: str
    date: str


class Record(NamedTuple):
    """Hold what a service says of one publication; what it leaves out or gives in another form is empty."""

    service: str
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    titles: tuple[str, ...] = ()
    author: tuple[str, str] = ("", "")  # family name, first initial
    years: tuple[str, ...] = ()
    preprint: bool = False
    about: str = ""  # what it is a notice about
    retracted: bool = False  # its title or type says so
    abstract: bool = False
    updated_by: tuple[Notice, ...] = ()
    updates: tuple[Notice, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from other publications."""
        return self.doi or self.pmid or self.pmcid or "|".join(self.titles)


MARK = re.compile(r"^\W*(?:retracted|withdrawn|removed)(?:\W+(?:article|paper))?\b\W*", re.IGNORECASE)
_PLAIN_UPDATES = ("new_version", "new_edition")


def _at(told: object, *path: str | int) -> Any:
    """Return what stands at a path in JSON, or None where something else does."""
    for step in path:
        if isinstance(step, str) and isinstance(told, dict):
            told = told.get(step)
        elif isinstance(step, int) and isinstance(told, list) and len(told) > step:
            told = told[step]
        else:
            return None
    return told


def _all(told: object) -> list[Any]:
    return told[:50] if isinstance(told, list) else []


def _text(told: object) -> str:
    """Return a text or number of JSON in one line, and nothing where it is none or too long."""
    if isinstance(told, bool) or not isinstance(told, str | int):
        return ""
    if isinstance(told, int):
        return str(told) if abs(told) < 10**12 else ""
    if len(told) > LONGEST:
        return ""
    return "".join(letter for letter in " ".join(told.split()) if letter.isprintable())


def identifier(column: str, told: object) -> str:
    """Return an identifier if the column of the table accepts it."""
    text = _text(told)
    if column.endswith("doi") and " " not in text:
        text = identifiers.plain_doi(text)
    pattern = next(one.pattern for one in FORMS["references"] if one.name == column)
    fits = len(text) <= 200 if column.endswith("doi") else len(text) <= 12 and text.isascii()
    return text if fits and re.fullmatch(pattern, text) else ""


def crossref_record(service: str, told: object) -> Record:
    """Return what one work of Crossref says."""
    title, subtitle = _text(_at(told, "title", 0)), _text(_at(told, "subtitle", 0))
    authors = _all(_at(told, "author"))
    first = next((one for one in authors if _at(one, "sequence") == "first"), authors[0] if authors else None)
    dates = [
        _text(_at(told, key, "date-parts", 0, 0))
        for key in ("issued", "published-print", "published-online", "published")
    ]
    doi = identifier("doi", _at(told, "DOI"))
    updates = _notices(_at(told, "update-to"))
    return Record(
        service=service,
        doi=doi,
        titles=tuple(filter(None, dict.fromkeys([title, f"{title}: {subtitle}" if title and subtitle else ""]))),
        author=(_text(_at(first, "family")) or _text(_at(first, "name")), _text(_at(first, "given"))[:1]),
        years=tuple(filter(None, dict.fromkeys(dates))),
        preprint=_at(told, "type") == "posted-content",
        about=next((one.doi for one in updates if one.doi != doi and one.kind not in _PLAIN_UPDATES), ""),
        retracted=bool(MARK.match(title)),
        updated_by=_notices(_at(told, "updated-by")) + tuple(one for one in updates if one.doi == doi),
        updates=updates,
    )


def _notices(told: object) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            re.sub(r"\W+", "_", (_text(_at(one, "type"))[:40] or "without a type").lower()),
            identifier("doi", _at(one, "DOI")),
            "-".join(_text(part).zfill(2) for part in _all(_at(one, "updated", "date-parts", 0))[:3]),
        )
        for one in _all(told)
        if isinstance(one, dict)
    )


def europepmc_record(service: str, told: object) -> Record:
    """Return what one result of Europe PMC says."""
    title = _text(_at(told, "title"))
    first = _at(told, "authorList", "author", 0)
    family, initial = (
        _text(_at(first, "lastName")) or _text(_at(first, "collectiveName")),
        _text(_at(first, "initials")),
    )
    if not family:
        family, initial = name_of(_text(_at(told, "authorString")).split(",")[0])
    dates = [_text(_at(told, "pubYear")), _text(_at(told, "firstPublicationDate"))[:4]]
    kinds = {_text(kind).casefold() for kind in _all(_at(told, "pubTypeList", "pubType"))}
    return Record(
        service=service,
        doi=identifier("doi", _at(told, "doi")),
        pmid=identifier("pmid", _at(told, "pmid")),
        pmcid=identifier("pmcid", _at(told, "pmcid")),
        titles=(title,) if title else (),
        author=(family, initial[:1]),
        years=tuple(filter(None, dict.fromkeys(dates))),
        preprint=_at(told, "source") == "PPR" or "preprint" in kinds,
        about="another article" if kinds & {"retraction of publication", "published erratum"} else "",
        retracted="retracted publication" in kinds or bool(MARK.match(title)),
        abstract=isinstance(text := _at(told, "abstractText"), str) and bool(text.strip()),
    )


def name_of(printed: str) -> tuple[str, str]:
    """Split a printed author, such as "Giaquinto AN", into family name and initials."""
    plain = " ".join(re.sub(r"[.,]", " ", printed).split())
    match = re.fullmatch(r"(.+?) ([A-Z](?:[- ]?[A-Z]){0,3})", plain)
    return (match[1], match[2]) if match else (plain, "")


# --------------------------------------------------------------------------------------------------
# Asking
# --------------------------------------------------------------------------------------------------


class Manners(NamedTuple):
    """Bound what is asked: seconds an answer may take, tries, the longest wait that a service may ask for, pauses."""

    seconds: float = 15
    tries: int = 3
    patience: float = 60
    pause: float = 1  # between two questions to one service
    failures: int = 3  # in a row, after which a service is not asked any more


class Service(NamedTuple):
    """Name a service, where it is, who asks, and the seconds that each part of its answer may take."""

    name: str
    address: str
    mailto: str
    seconds: float


class Failure(NamedTuple):
    """Hold why a question was not answered, and after how many seconds it may be asked again, or None for never."""

    what: str
    wait: float | None = None


class Unanswered(Exception):
    """Report that a service did not answer a question."""

    def __init__(self, service: str, what: str) -> None:
        super().__init__(f"{service} {what}")
        self.service, self.what = service, what


class Services:
    """Ask Crossref and Europe PMC one question at a time, in a process that is ended when its time is up.

    A limit of time in a library holds for each part of an answer; an answer that trickles or does not end outlasts it.
    """

    def __init__(self, crossref: str = CROSSREF, europepmc: str = EUROPE_PMC, mailto: str = "") -> None:
        self.manners = MANNERS
        seconds = self.manners.seconds
        self.crossref_service = Service(_named("Crossref", crossref, CROSSREF), crossref.rstrip("/"), mailto, seconds)
        self.europepmc_service = Service(
            _named("Europe PMC", europepmc, EUROPE_PMC), europepmc.rstrip("/"), mailto, seconds
        )
        self._pool: Pool | None = None
        self._last: dict[str, float] = {}
        self.failures: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def crossref(self, *, doi: str = "", text: str = "") -> list[Record]:
        """Return the works of Crossref with a DOI, or those nearest to a bibliographic text.

        Raises:
            Unanswered: it did not answer, or not in its documented form.
        """
        return self._asked(_ask_crossref, self.crossref_service, doi, text)

    def europepmc(self, query: str) -> list[Record]:
        """Return the publications of Europe PMC that a query finds.

        Raises:
            Unanswered: see `crossref`.
        """
        return self._asked(_ask_europepmc, self.europepmc_service, query)

    def _asked(self, ask: Callable[..., list[Record] | Failure], service: Service, *question: str) -> list[Record]:
        """Ask until there is an answer, as often and as long as the manners allow."""
        name, manners = service.name, self.manners
        if self.failures.get(name, 0) >= manners.failures:
            raise Unanswered(name, f"was not asked any more: it had failed {manners.failures} times in a row")
        failure = Failure("was not asked")
        for attempt in range(1, manners.tries + 1):
            time.sleep(max(0.0, self._last.get(name, 0) + manners.pause - time.monotonic()))
            answer = self._once(ask, service, *question)
            self._last[name] = time.monotonic()
            if not isinstance(answer, Failure):
                self.failures[name] = 0
                return answer
            failure = answer
            if failure.wait is None or failure.wait > manners.patience or attempt == manners.tries:
                break
            time.sleep(failure.wait or manners.pause * 2**attempt)
        self.failures[name] = self.failures.get(name, 0) + 1
        raise Unanswered(name, failure.what)

    def _once(self, ask: Callable[..., list[Record] | Failure], *question: Service | str) -> list[Record] | Failure:
        """Ask once, for twice the seconds that each part of the answer may take."""
        try:
            if self._pool is None:
                self._pool = multiprocessing.get_context("spawn").Pool(1, _confined)
                self._pool.apply_async(_ready).get(_START)
            return self._pool.apply_async(ask, question).get(2 * self.manners.seconds)
        except multiprocessing.TimeoutError:
            self._end()
            return Failure(f"did not answer in {2 * self.manners.seconds:g} s", 0)

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None


MANNERS = Manners()


def _named(name: str, address: str, usual: str) -> str:
    """Return the name of a service, with its host where that is not the usual one."""
    return name if address.rstrip("/") == usual else f"{name} at {urlsplit(address).netloc.rpartition('@')[2]}"


def _confined() -> None:
    """Bound the process that asks: an interrupt is for its parent, and its memory ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):  # a system that cannot; the limit of time is left
        pass


def _ready() -> bool:
    import habanero

    return bool(habanero)


def _ask_crossref(service: Service, doi: str, text: str) -> list[Record] | Failure:
    """Ask Crossref by DOI, or by text where there is none."""
    from habanero import Crossref

    try:
        client = Crossref(
            base_url=service.address, mailto=service.mailto or None, ua_string=AGENT, timeout=service.seconds
        )
        told = client.works(ids=quote(doi, safe="")) if doi else client.works(query_bibliographic=text, limit=_ROWS)
    except Exception as error:  # habanero lets through what its own libraries raise
        failure = _failed(error)
        return [] if doi and failure.what == "answered 404" else failure
    works = [_at(told, "message")] if doi else _at(told, "message", "items")
    if not isinstance(works, list) or not all(isinstance(work, dict) for work in works):
        return Failure("did not answer in its documented form")
    return [crossref_record(service.name, work) for work in works[:_ROWS]]


def _ask_europepmc(service: Service, query: str) -> list[Record] | Failure:
    """Ask Europe PMC by a query."""
    from urllib.request import Request, urlopen

    asked = {"query": query, "format": "json", "resultType": "core", "pageSize": _ROWS}
    agent = AGENT + (f" (mailto:{service.mailto})" if service.mailto else "")
    request = Request(
        f"{service.address}/search?{urlencode(asked)}", headers={"User-Agent": agent, "Accept": "application/json"}
    )
    try:
        with urlopen(request, timeout=service.seconds) as response:
            content = response.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return Failure("answered with more than can be read")
        results = _at(json.loads(content), "resultList", "result")
    except Exception as error:
        return _failed(error)
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        return Failure("did not answer in its documented form")
    return [europepmc_record(service.name, result) for result in results[:_ROWS]]


def _failed(error: BaseException) -> Failure:
    """Return why a question failed, read from an error and from what caused it."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for cause in causes:
        response = getattr(cause, "response", cause)  # that of httpx, or an HTTPError of urllib
        status = getattr(response, "status_code", getattr(response, "code", None))
        if isinstance(status, int) and status >= 300 and hasattr(response, "headers"):
            return _refused(status, response.headers.get("Retry-After"))
    if any(isinstance(cause, MemoryError) for cause in causes):
        return Failure("answered with more than can be read")
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return Failure("did not answer in time", 0)
    for cause in causes:
        if isinstance(cause, OSError) and not isinstance(cause, UnicodeError):
            return Failure(f"cannot be reached: {_text(str(cause))[:100]}", 0)
    return Failure("did not answer with its documented JSON")


def _refused(status: int, retry_after: object) -> Failure:
    """Return the failure that a status of HTTP is; a service that is busy says when to ask again."""
    what = f"answered {status}"
    if status not in (429, 500, 502, 503, 504):
        return Failure(what)
    text = retry_after.strip()[:40] if isinstance(retry_after, str) else ""
    if not text:
        return Failure(what, 0)
    if text.isascii() and text.isdigit():
        wait = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
            wait = max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return Failure(what, 0)
    return Failure(f"{what} and asks to wait {wait:.0f} s", wait)
