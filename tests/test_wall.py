"""The server as a wall: what a worker can open, how long the event loop is held up, and attacks on connections."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from conftest import ROOT
from mirkg.bench import bench
from mirkg.model.vocabulary import BASE
from mirkg.serve.guard import Limits, Rate, who
from mirkg.serve.pages import place
from test_serve import ATTACKS, FEW, SLOW, _command, answers_at_once, ask, queried

PRODUCT = f"/sparql?{urllib.parse.urlencode({'query': ATTACKS['cartesian product'][0]})}"
MANY = f"/sparql?{urllib.parse.urlencode({'query': 'SELECT * { ?s ?p ?o } LIMIT 10000'})}"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """Serve from the command line; yield the address and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "mirkg", "serve", "--port", str(port), "--per-minute", "1000000", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            while process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            ask(f"{address}/health")
            yield address, process.pid
        finally:
            process.kill()


@pytest.fixture(scope="module")
def wall() -> Iterator[tuple[str, int]]:
    with served("--seconds", "2") as found:
        yield found


def opened(address: str, path: str = "", buffer: int = 0) -> socket.socket:
    """Connect, with a small buffer for answers if asked, and send a request for a path."""
    host, port = address.removeprefix("http://").split(":")
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.connect((host, int(port)))
    if path:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def workers(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def memory(process: int) -> int:
    """Return the megabytes that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


class Pulse(threading.Thread):
    """Ask for /health all the time, and keep the longest time that it took."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.address, self.longest, self.ends = address, 0.0, False

    def run(self) -> None:
        while not self.ends:
            begun = time.monotonic()
            ask(f"{self.address}/health")
            self.longest = max(self.longest, time.monotonic() - begun)
            time.sleep(0.02)

    def __enter__(self) -> "Pulse":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends = True
        self.join()


# --- what a worker can open

OPENS = """
import os, socket, sys
from mirkg.serve.process import alone, confine
reading, writing = os.pipe()
import encodings.idna, mirkg.ask.store, pyoxigraph as ox
store = ox.Store()
alone(writing)
confine(200_000_000)
ways = {f"socket {family.name}": lambda family=family: socket.socket(family, socket.SOCK_STREAM)
        for family in socket.AddressFamily}
ways |= {f"datagram {family.name}": lambda family=family: socket.socket(family, socket.SOCK_DGRAM)
         for family in socket.AddressFamily}
ways |= {f"file {name}": lambda name=name: os.open(name, os.O_RDONLY)
         for name in ("/etc/passwd", "/proc/self/environ", "/proc/1/cmdline", "/dev/null", "/", sys.executable)}
ways |= {"write": lambda: os.open("/tmp/mirkg-opened", os.O_WRONLY | os.O_CREAT), "pipe": os.pipe,
         "pair": socket.socketpair,
         "memory": lambda: os.memfd_create("x"), "duplicate": lambda: os.dup(0), "import": lambda: __import__("wave"),
         "name": lambda: socket.getaddrinfo("localhost", 80),
         "name outside": lambda: socket.getaddrinfo("example.org", 80),
         "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1),
         "list": lambda: os.listdir("/proc/self/fd"),
         "parse": lambda: list(ox.parse(path="/etc/hostname", format=ox.RdfFormat.TURTLE))}
for silent in ("", "SILENT"):
    query = f"SELECT * {{ SERVICE {silent} <http://127.0.0.1:{sys.argv[1]}/> {{ ?s ?p ?o }} }}"
    ways["service " + silent] = lambda query=query: [row for row in store.query(query) if row["s"]] or 1 / 0
done = [name for name, way in ways.items() if name]
could = []
for name, way in ways.items():
    try:
        way()
        could.append(name)
    except (OSError, ImportError, ZeroDivisionError):
        pass
os.write(writing, f"{len(ways)} {could}".encode())
"""


@linux
def test_a_worker_can_open_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        code = OPENS.replace("reading, writing = os.pipe()", "writing = int(sys.argv[2])")
        reading, writing = os.pipe()
        command = [sys.executable, "-c", code, str(listening.getsockname()[1]), str(writing)]
        subprocess.run(command, pass_fds=[writing], check=True)
        os.close(writing)
        tried, _, could = os.read(reading, 10_000).decode().partition(" ")
        os.close(reading)
        assert could == "[]"
        assert int(tried) > 60
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.slow
@linux
def test_every_worker_is_confined_also_those_that_came_later(wall: tuple[str, int]) -> None:
    address, process = wall
    queried(address, ATTACKS["cartesian product"][0])
    answers_at_once(address)
    for worker in workers(process):
        limits = Path(f"/proc/{worker}/limits").read_text()
        if "Max open files            0 " in limits:  # a worker that starts is not asked yet
            opens = {os.readlink(one) for one in Path(f"/proc/{worker}/fd").iterdir()}
            assert {one.partition(":")[0] for one in opens} <= {"/dev/null", "socket"}
            assert len([one for one in opens if one.startswith("socket")]) == 1  # the pipe to the server


# --- the event loop

HEAVY_TEXTS = {
    "escapes": ("application/sparql-query", b'"\\' * 32_000),
    "letters": ("application/sparql-query", b"a" * 65_000),
    "quotes": ("application/sparql-query", b"'" * 65_000),
    "code points": ("application/sparql-query", b"x\\u0041" * 9_000),
    "names": ("application/sparql-query", b"a:" * 32_000),
    "patterns": ("application/sparql-query", b"SELECT*{" + b"?a ?b ?c." * 7_000 + b"}"),
    "fields": ("application/x-www-form-urlencoded", b"a=b&" * 60_000),
    "percent": ("application/x-www-form-urlencoded", b"query=" + b"%41" * 80_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY_TEXTS)
def test_no_text_holds_up_the_event_loop(wall: tuple[str, int], name: str) -> None:
    media, body = HEAVY_TEXTS[name]
    with Pulse(wall[0]) as pulse:
        assert ask(f"{wall[0]}/sparql", body, Content_Type=media).status in (400, 422)
    assert pulse.longest < 0.5
    answers_at_once(wall[0])


@pytest.mark.slow
def test_a_body_in_very_small_pieces_does_not_hold_it_up(wall: tuple[str, int]) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    with Pulse(wall[0]) as pulse, opened(wall[0]) as client:
        with suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(head + b"1\r\nx\r\n" * 120_000)
        answers_at_once(wall[0])
    assert pulse.longest < 0.5


# --- connections


@pytest.mark.slow
def test_silent_connections_shut_nobody_out(wall: tuple[str, int]) -> None:
    silent = []
    for _ in range(1_200):
        try:
            silent.append(opened(wall[0]))
        except OSError:
            break
    answers_at_once(wall[0])
    for client in silent:
        client.close()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nX-A: ", SLOW])
def test_a_silent_connection_is_cut_off(wall: tuple[str, int], sent: bytes) -> None:
    with opened(wall[0]) as client:
        client.settimeout(20)
        client.sendall(sent)
        begun = time.monotonic()
        with suppress(ConnectionResetError):
            while client.recv(1000):
                pass
        assert 8 < time.monotonic() - begun < 15


@pytest.mark.slow
@linux
def test_unread_answers_fill_neither_the_server_nor_keep_others_waiting(wall: tuple[str, int]) -> None:
    address, process = wall
    before = memory(process)
    clients = [opened(address, MANY if number % 2 else "/download/mirkg.nq", 2048) for number in range(100)]
    time.sleep(3)
    assert memory(process) < before + 250
    answers_at_once(address)
    for client in clients:
        client.close()


@pytest.mark.slow
def test_who_left_is_worked_for_no_longer(wall: tuple[str, int]) -> None:
    for _ in range(60):
        opened(wall[0], PRODUCT).close()
    time.sleep(1)
    answers_at_once(wall[0])


@pytest.mark.slow
def test_heavy_queries_of_one_address_do_not_starve_another() -> None:
    with served("--seconds", "10", "--parallel", "2") as (address, _):
        flood = [opened(address, PRODUCT) for _ in range(40)]
        time.sleep(0.5)
        port = int(address.rpartition(":")[2])
        for _ in range(5):
            other = http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=("127.0.0.2", 0))
            begun = time.monotonic()
            other.request("GET", f"/sparql?{urllib.parse.urlencode({'query': FEW})}")
            assert other.getresponse().status == 200
            assert time.monotonic() - begun < 1
            other.close()
        for client in flood:
            client.close()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/audit", "/picture?subject=PTEN", "/search?q=a", "/guide"])
def test_many_pages_at_once_leave_room_for_a_query(wall: tuple[str, int], path: str) -> None:
    clients = [opened(wall[0], path) for _ in range(30)]
    time.sleep(2)
    answers_at_once(wall[0])
    for client in clients:
        client.close()


@pytest.mark.slow
@linux
def test_a_server_under_load_stops_soon() -> None:
    with served("--seconds", "30") as (address, process):
        clients = [opened(address, PRODUCT if number % 2 else MANY, 2048) for number in range(60)]
        time.sleep(1)
        children = workers(process)
        begun = time.monotonic()
        os.kill(process, signal.SIGTERM)
        while Path(f"/proc/{process}/statm").exists() and Path(f"/proc/{process}/statm").read_text().split()[0] != "0":
            assert time.monotonic() - begun < 5
            time.sleep(0.05)
        time.sleep(1)  # one that was just starting sees it too
        assert not [child for child in children if _command(child)]
        for client in clients:
            client.close()


@linux
@pytest.mark.slow
def test_workers_may_be_killed_at_every_moment(wall: tuple[str, int]) -> None:
    address, process = wall
    choose = random.Random(7)
    end = time.monotonic() + 20
    statuses: Counter[int] = Counter()

    def killing() -> None:
        while time.monotonic() < end:
            if found := workers(process):
                os.kill(choose.choice(found), signal.SIGKILL)
            time.sleep(choose.random())

    killer = threading.Thread(target=killing)
    killer.start()
    while time.monotonic() < end:
        answer = queried(address, FEW)
        statuses[answer.status] += 1
        assert answer.status in (200, 503)
        assert answer.status == 503 or len(json.loads(answer.body)["results"]["bindings"]) == 1
    killer.join()
    assert statuses[200] > 10 * statuses[503]
    time.sleep(3)
    answers_at_once(address)


# --- addresses, names, links


def test_work_is_counted_for_each_address() -> None:
    rate = Rate(10)
    rate.spend("a", 0.4)
    assert rate.wait_for_work("a") == 0
    rate.spend("a", 0.7)
    assert 59 < rate.wait_for_work("a") <= 60
    assert rate.wait_for_work("b") == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_one_client_is_one_address(address: str, counted: str) -> None:
    assert who(address) == counted


@pytest.mark.slow
def test_a_client_cannot_give_itself_another_address() -> None:
    with bench.running([sys.executable, "-m", "mirkg", "serve", "--port", "{port}", "--per-minute", "3"]) as address:
        found = [ask(f"{address}/health", X_Forwarded_For=f"192.0.2.{number}").status for number in range(5)]
        assert found == [200, 200, 200, 429, 429]


@pytest.mark.slow
def test_a_proxy_that_is_named_can() -> None:
    command = [sys.executable, "-m", "mirkg", "serve", "--port", "{port}", "--per-minute", "3", "--proxy", "127.0.0.1"]
    with bench.running(command) as address:
        found = [ask(f"{address}/health", X_Forwarded_For=f"192.0.2.{number}").status for number in range(5)]
        assert found == [200] * 5


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/audit/", "/sparql/", "/entity/PTEN", "/static", "//evil.example/", "/questions/"])
def test_no_redirect_follows_the_host_header(wall: tuple[str, int], path: str) -> None:
    answer = ask(wall[0] + path, Host="evil.example", X_Forwarded_Host="evil.example")
    assert "evil" not in answer.headers.get("location", "")
    assert urllib.parse.urljoin(wall[0] + path, answer.headers.get("location", "")).startswith(wall[0])


@pytest.mark.parametrize(
    "cell",
    [
        "x\tjavascript:alert(1)",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "http://e/\tx",
        "//evil.example",
        " http://e/ x",
    ],
)
def test_no_text_becomes_a_link_that_runs(cell: str) -> None:
    assert place(cell, "http://127.0.0.1", [BASE, "https://e/"]) == ""


@pytest.mark.slow
def test_a_tab_in_a_literal_makes_no_link(tmp_path: Path) -> None:
    graph = tmp_path / "evil.trig"
    thing = "<https://w3id.org/mirkg/claim/x>"
    evil = ("x\\tjavascript:alert(1)", "javascript:alert(1)", "\\u0001javascript:alert(1)")
    lines = "".join(f'{thing} <http://e/p> "{one}" .\n' for one in evil)
    graph.write_text((ROOT / "data" / "mirkg.trig").read_text("utf-8") + lines, "utf-8")
    with served("--graph", str(graph)) as (address, _):
        page = ask(f"{address}/claim/x.html").text
        assert "javascript:alert(1)" in page
        assert 'href="javascript' not in page.replace("\x01", "")
        assert "href" not in page.partition("<tbody>")[2].partition("</tbody>")[0].replace('<a href="http://e/p"', "")


# --- one graph, and what is said


@pytest.mark.slow
def test_a_graph_replaced_while_it_is_served_gives_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "graph.nq"
    path.write_text('<http://e/s> <http://e/p> "before" .\n', "utf-8")
    with served("--graph", str(path), "--seconds", "1", "--parallel", "1") as (address, _):
        first = queried(address, "SELECT ?o { ?s ?p ?o }")
        whole = ask(f"{address}/download/mirkg.nq")
        path.write_text('<http://e/s> <http://e/p> "after" .\n', "utf-8")
        bomb = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"VALUES ?v{i} {{ 1 2 3 4 5 6 7 8 }}" for i in range(12)) + "}"
        for _ in range(4):  # each worker is replaced
            assert queried(address, bomb).status == 422
        for _ in range(8):
            again = queried(address, "SELECT ?o { ?s ?p ?o }")
            assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])
        assert ask(f"{address}/download/mirkg.nq").body == whole.body
        assert json.loads(ask(f"{address}/health").body)["graph"] != ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?a " + "/".join(["<a:b>"] * 9_000) + " ?b }",
        "ASK { FILTER(1" + "+1" * 30_000 + ">0) }",
        "ASK { FILTER(" + "!" * 30_000 + "true) }",
        "ASK {" + "UNION".join(["{}"] * 8_000) + "}",
    ],
)
def test_a_crash_is_told_from_memory(wall: tuple[str, int], query: str) -> None:
    answer = ask(f"{wall[0]}/sparql", query.encode(), Content_Type="application/sparql-query")
    assert (answer.status, "crashed the engine" in answer.text, "memory" in answer.text) == (422, True, False)
    answers_at_once(wall[0])


@pytest.mark.slow
def test_memory_is_told_from_a_crash(wall: tuple[str, int]) -> None:
    answer = queried(wall[0], ATTACKS["string bomb"][0])
    assert (answer.status, "crashed" in answer.text) == (422, False)
    answers_at_once(wall[0])


def test_the_limits_are_told(wall: tuple[str, int]) -> None:
    told = json.loads(ask(f"{wall[0]}/health").body)["limits"]
    limits = Limits(seconds=2, per_minute=1_000_000)
    assert told == json.loads(json.dumps(limits.told()))
    description = ask(f"{wall[0]}/sparql", Accept="text/turtle").text
    for part in (
        f"{limits.parallel} run at once",
        "100000 s of work a minute",
        f"hold {limits.connections} connections",
    ):
        assert part in description
