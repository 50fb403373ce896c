"""Transport: one answer over HTTP, whole or not at all, in bounded time and memory.

Servers stall, drip, send on, cut off and never end. Whatever they do becomes one sentence, and what they say of
themselves is shown without what could steer a terminal.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener

from mirkg.model.problems import BadInput

_HOPS = 5
Asked = Callable[[Request, list[str]], bool]  # signs a request that was refused with challenges, if it can
_PIECE = 65_536


class Reply(NamedTuple):
    """Hold an answer: its media type, its headers and its content."""

    media: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def described(self) -> str:
        """What came, in words."""
        page = "a page, " if self.media in ("text/html", "application/xhtml+xml") else ""
        return page + (told(self.media) or "something without a media type")


class _Stays(HTTPRedirectHandler):
    """Follow nothing: `_sent_on` decides."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(
    request: Request, timeout: float, largest: int, accepted: tuple[int, ...] = (200,), asked: Asked | None = None
) -> Reply:
    """Return the answer to a request; it may be silent for `timeout` seconds, and take four times as long in all.

    A query is sent on to where a server says, and what changes a store is not: that has `accepted` statuses of its own.
    Where a server wants a sign-in and `asked` gives one, the request is sent once more.

    Raises:
        BadInput: there is no whole answer; the message says why, and of which address.
    """
    found: list[Reply | BaseException] = []
    late = threading.Event()

    def fetch() -> None:
        try:
            found.append(_reply(request, timeout, largest, late, accepted=accepted, asked=asked))
        except BaseException as error:
            found.append(error)

    worker = threading.Thread(target=fetch, daemon=True)  # left behind where a server never lets go
    worker.start()
    worker.join(4 * timeout)
    late.set()
    url = request.full_url
    match found:
        case [Reply() as reply]:
            return reply
        case [BadInput() as error]:
            raise error
        case [HTTPError() as error]:
            raise _refused(url, error) from error
        case [URLError(reason=TimeoutError())] | [TimeoutError()]:
            raise BadInput(f"{url} did not answer within {timeout:g} s.")
        case [URLError() as error]:
            raise BadInput(f"{url} cannot be reached: {told(str(error.reason))}.") from error
        case [HTTPException() as error]:
            what = told(str(error)) or type(error).__name__
            raise BadInput(f"{url} did not answer as HTTP does: {what}.") from error
        case [OSError() | ValueError() as error]:
            raise BadInput(f"{url} cannot be reached: {told(str(error))}.") from error
        case [BaseException() as error]:
            raise error
    raise BadInput(f"{url} did not finish its answer within {4 * timeout:g} s.")


def _reply(
    request: Request,
    timeout: float,
    largest: int,
    late: threading.Event,
    *,
    accepted: tuple[int, ...],
    asked: Asked | None,
) -> Reply:
    opener = build_opener(_Stays())
    for _ in range(_HOPS):
        try:
            with opener.open(request, timeout=timeout) as response:
                if response.status not in accepted:
                    what = f"{response.status} {told(response.reason)}"
                    raise BadInput(f"{request.full_url} answered {what}, which is no whole answer.")
                content = b"".join(_pieces(request.full_url, response, largest, late))
                media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Reply(media, response.headers, content.removeprefix(b"\xef\xbb\xbf"))
        except HTTPError as error:
            if error.code == 401 and asked and asked(request, error.headers.get_all("WWW-Authenticate", [])):
                error.close()
                asked = None
                continue
            if error.code not in (301, 302, 303, 307, 308) or 204 in accepted:
                with error:
                    error.said = told(error.read1(2_000).decode("utf-8", "replace"))  # type: ignore[attr-defined]
                raise
            request = _sent_on(request, error)
    raise BadInput(f"{request.full_url} sends on and on. Give the address that answers.")


def _sent_on(request: Request, error: HTTPError) -> Request:
    """Return the same POST to where a server sends it on; name the address where that would not be the same."""
    place = error.headers.get("Location", "")
    target = urljoin(request.full_url, place)
    error.close()
    safe = target.startswith("https://" if request.full_url.startswith("https://") else ("http://", "https://"))
    if not place or not safe or error.code == 303:
        raise BadInput(f"{request.full_url} sends on to {told(target) or 'nowhere'} ({error.code}). Give that address.")
    kept = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")}
    return Request(target, request.data, kept, method="POST")


def _pieces(url: str, response: HTTPResponse, largest: int, late: threading.Event) -> Iterator[bytes]:
    """Yield the content of an answer, unpacked, up to a size; refuse what is cut off or packed in other ways."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise BadInput(f"{url} packed its answer as {told(packing)}, which was not asked for.")
    unpacking = zlib.decompressobj(47) if packing not in ("identity", "") else None
    length = response.headers.get("Content-Length", "")
    read = size = 0
    while not late.is_set() and (piece := response.read1(_PIECE)):
        read += len(piece)
        while piece:
            try:
                made = unpacking.decompress(piece, _PIECE) if unpacking else piece
            except zlib.error as error:
                raise BadInput(f"{url} sent an answer that cannot be unpacked: {error}.") from error
            piece = unpacking.unconsumed_tail if unpacking else b""
            size += len(made)
            if size > largest:
                raise BadInput(f"{url} sent more than {largest:,} bytes, and was stopped. Ask for less, or add LIMIT.")
            yield made
    if (length.isdecimal() and read < int(length)) or (unpacking and not unpacking.eof):
        raise BadInput(f"{url} broke its answer off after {read:,} bytes. Ask again.")


def _refused(url: str, error: HTTPError) -> BadInput:
    """Return what a status means, with what the server says."""
    said, reason = getattr(error, "said", ""), told(str(error.reason))
    wait = error.headers.get("Retry-After", "")
    match error.code:
        case 400 | 422 | 500 if said:
            return BadInput(f"{url} refused the query: {said}")
        case 401 | 407:
            return BadInput(f"{url} answered {error.code} {reason}: it wants a sign-in, which mirkg does not do.")
        case 404:
            return BadInput(f"{url} answered 404 Not Found. Is the path right?")
        case 429 | 503:
            again = f" Try again in {told(wait)} s." if wait else " Try again later."
            return BadInput(f"{url} answered {error.code} {reason}.{again}")
    return BadInput(f"{url} answered {error.code} {reason}.")


def told(text: str) -> str:
    """Return what a server says on one line, cut, and without what a terminal obeys."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:300]
