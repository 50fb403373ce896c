"""A body is no answer: servers that send something else, cut it off, send on, stall or never end."""

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mirkg.ask.remote import Endpoint
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput

QUERY = "SELECT ?s WHERE { ?s ?p ?o }"
GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
JSON = "application/sparql-results+json"
ROWS = json.dumps(
    {"head": {"vars": ["s"]}, "results": {"bindings": [{"s": {"type": "uri", "value": "http://a"}}]}}
).encode()
OTHER = ROWS.replace(b'"s"', b'"x"')
Sent = bytes | Callable[[socket.socket], None]


def answer(
    body: bytes = ROWS, media: str = JSON, status: str = "200 OK", length: int | None = None, **headers: str
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media}",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


class Server:
    """Answer every request with the same bytes, or as a function does, and keep what was asked."""

    def __init__(self) -> None:
        self.sent: dict[str, Sent] = {}
        self.asked: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request or b"query=" not in request:
                if not (piece := connection.recv(65_536)):
                    return
                request += piece
            self.asked.append(request)
            sent = self.sent[request.split()[1].decode()]
            with contextlib.suppress(OSError):  # the client has left
                sent(connection) if callable(sent) else connection.sendall(sent)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.listening.close()


def asked(server: Server, sent: Sent, query: str = QUERY, form: str = "", largest: int = 1_000_000) -> object:
    path = f"/{len(server.sent)}"
    server.sent[path] = sent
    endpoint = Endpoint(server.url + path, timeout=0.3, largest=largest)
    return endpoint.raw(query, form) if form else endpoint.select(query)


def stalls(connection: socket.socket) -> None:
    connection.sendall(answer(length=10_000))
    time.sleep(2)


def drips(connection: socket.socket) -> None:
    connection.sendall(answer(b"", length=10_000))
    for _ in range(40):
        connection.sendall(b" ")
        time.sleep(0.1)


def drips_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(40):
        connection.sendall(b"x")
        time.sleep(0.1)


def never_ends(connection: socket.socket) -> None:
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode())
    while True:
        connection.sendall(b" " * 65_536)


def continues(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


BOMB = gzip.compress(b" " * 50_000_000)
CHUNKED = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()

MISBEHAVIOUR: dict[str, tuple[Sent, str]] = {
    "sign-in page": (answer(b"<html>Sign in</html>", "text/html; charset=utf-8"), "but with a page, text/html"),
    "rows called a page": (answer(ROWS, "text/html"), "but with a page, text/html"),
    "plain text": (answer(ROWS, "text/plain"), "but with text/plain"),
    "XML": (answer(b"<sparql/>", "application/sparql-results+xml"), r"but with application/sparql-results\+xml"),
    "no media type": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ROWS, "something without a media type"),
    "empty": (answer(b""), "or cut off"),
    "cut JSON": (answer(ROWS[:-4]), "or cut off"),
    "cut by its length": (answer(ROWS, length=len(ROWS) + 9), f"broke its answer off after {len(ROWS)} bytes"),
    "cut chunks": (CHUNKED + b"ff\r\n" + ROWS[:20], "did not answer as HTTP does|broke its answer off|or cut off"),
    "bad chunks": (CHUNKED + b"zz\r\n" + ROWS, "did not answer as HTTP does"),
    "deep JSON": (answer(b'{"head":' + b"[" * 100_000), "or cut off"),
    "no object": (answer(b"[]"), "or cut off"),
    "other variables": (answer(OTHER), "the variables x where s were asked for"),
    "unannounced variable": (answer(ROWS.replace(b'["s"]', b"[]")), "or cut off"),
    "yes": (answer(b'{"head":{},"boolean":true}'), "answered yes or no, and rows were asked for"),
    "206": (answer(status="206 Partial Content"), "answered 206 Partial Content, which is no whole answer"),
    "204": (answer(b"", status="204 No Content"), "answered 204"),
    "capped": (answer(X_SPARQL_MaxRows="1"), "gives at most 1 rows, and gave as many"),
    "partial": (answer(X_SQL_State="S1TAT"), "says that its answer is not whole"),
    "303": (answer(b"", status="303 See Other", Location="/there"), r"sends on to http://.+/there \(303\). Give that"),
    "other scheme": (answer(b"", status="307 T", Location="file:///etc/passwd"), "sends on to file:///etc/passwd"),
    "nowhere": (answer(b"", status="301 Moved"), "sends on to"),
    "401": (answer(b"", status="401 Unauthorized", WWW_Authenticate="Basic"), "it wants a sign-in"),
    "503": (answer(b"", status="503 Busy", Retry_After="7"), "answered 503 Busy. Try again in 7 s"),
    "400": (answer(b"line 1: \x1b[31mno\x07 such\nthing", status="400 Bad"), "query: line 1: .31mno such"),
    "bad status line": (b"HELLO\r\n\r\n", "did not answer as HTTP does"),
    "nothing": (b"", "cannot be reached|did not answer as HTTP does"),
    "long header": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "did not answer as HTTP does"),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "did not answer as HTTP does"),
    "stall": (stalls, "did not answer within 0.3 s"),
    "drip": (drips, "did not finish its answer within 1.2 s"),
    "dripped header": (drips_headers, "did not finish its answer within 1.2 s"),
    "endless": (never_ends, "sent more than 1,000,000 bytes, and was stopped"),
    "endless continue": (continues, "did not finish its answer within 1.2 s"),
    "bomb": (answer(BOMB, Content_Encoding="gzip"), "sent more than 1,000,000 bytes"),
    "cut gzip": (answer(gzip.compress(ROWS)[:-6], Content_Encoding="gzip"), "broke its answer off"),
    "no gzip": (answer(ROWS, Content_Encoding="gzip"), "cannot be unpacked"),
    "unknown packing": (answer(ROWS, Content_Encoding="br"), "packed its answer as br"),
}  # fmt: skip


@pytest.mark.parametrize("kind", MISBEHAVIOUR)
def test_server_that_misbehaves_is_told_in_a_sentence(server: Server, kind: str) -> None:
    sent, message = MISBEHAVIOUR[kind]
    begun = time.monotonic()
    with pytest.raises(BadInput, match=message) as caught:
        asked(server, sent)
    assert server.url in str(caught.value)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("form", ["json", "csv", "tsv"])
def test_every_format_compares_the_media_type(server: Server, form: str) -> None:
    for sent in (answer(b"s\r\nhttp://a\r\n", "text/html"), answer(b"s\r\n", "text/csv"), answer(ROWS[:-4])):
        with pytest.raises(BadInput, match="did not answer with SPARQL results"):
            asked(server, sent, form=form)
    with pytest.raises(BadInput, match="the variables x where s"):
        asked(server, answer(OTHER), form=form)


@pytest.mark.parametrize(
    ("body", "media", "message"),
    [
        (b"<html>", "text/html", "did not answer with a graph, but with a page"),
        (b"<http://a> <http://b> <http://c", "application/n-triples", "not well formed, or cut off"),
        (b"<x:a xmlns:x='http://x/'><x:b/>", "application/rdf+xml", "not well formed, or cut off"),
        (b"<http://a> <http://b> " + b"<<( " * 50_000, "text/turtle", "quoted triples"),
        (b"<!DOCTYPE x><x/>", "application/rdf+xml", "document type"),
    ],
)
def test_graph_that_is_none_is_refused(server: Server, body: bytes, media: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        asked(server, answer(body, media), GRAPH, "tsv")


@pytest.mark.parametrize("status", ["301 M", "302 F", "307 T", "308 P"])
def test_what_is_sent_on_stays_a_post(server: Server, status: str) -> None:
    server.sent["/there"] = answer()
    assert asked(server, answer(b"", status=status, Location="/there")) == Answer(("s",), [("http://a",)])
    assert server.asked[-1].startswith(b"POST /there ")
    assert server.asked[-1].endswith(server.asked[-2].partition(b"\r\n\r\n")[2])


def test_circle_of_redirects_ends(server: Server) -> None:
    server.sent["/circle"] = answer(b"", status="307 T", Location="/circle")
    with pytest.raises(BadInput, match="sends on and on"):
        Endpoint(server.url + "/circle").select(QUERY)


@pytest.mark.parametrize(
    "sent",
    [
        answer(),
        answer(b"\xef\xbb\xbf" + ROWS),
        answer(ROWS, f"{JSON};charset=utf-8"),
        answer(ROWS, "application/json"),
        answer(gzip.compress(ROWS, mtime=0), Content_Encoding="gzip"),
        CHUNKED + f"{len(ROWS):x}\r\n".encode() + ROWS + b"\r\n0\r\n\r\n",
        f"HTTP/1.0 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode() + ROWS,
        answer(X_SPARQL_MaxRows="10000"),
    ],
)
def test_whole_answer_is_read(server: Server, sent: bytes) -> None:
    assert asked(server, sent) == Answer(("s",), [("http://a",)])
    assert asked(server, sent, form="csv") == b"s\r\nhttp://a\r\n"


def test_answer_is_asked_for_as_rows_and_by_post(server: Server) -> None:
    asked(server, answer())
    assert server.asked[-1].startswith(b"POST ")
    assert f"Accept: {JSON}\r\n".encode() in server.asked[-1]
