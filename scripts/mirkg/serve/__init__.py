"""Serve: the graph as a SPARQL endpoint, as linked data and as pages, safe to leave open.

Queries of strangers run in worker processes that are killed at their limits; pages and the questions run fixed queries.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mirkg.model.files import read
from mirkg.model.problems import BadInput, Problem

if TYPE_CHECKING:
    from mirkg.serve.guard import Limits

_BASE = re.compile(
    r"(?i:https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)


def serve(path: str, host: str, port: int, base: str, limits: Limits, *, proxy: str = "") -> None:
    """Serve a graph until stopped; the X-Forwarded-For of a proxy is believed where its address is given.

    Raises:
        BadInput: the extra ``serve`` is not installed, the file is no graph, or the address is taken.
    """
    try:
        import uvicorn

        from mirkg.serve import log
        from mirkg.serve.app import Hall
        from mirkg.serve.desk import TOPS
        from mirkg.serve.door import HEAD, Connection, Serving
    except ModuleNotFoundError as error:
        raise BadInput(f"mirkg serve needs {error.name}. Install it with: pip install 'mirkg[serve]'") from error
    base = told_base(base, TOPS)
    limits = limits._replace(all_connections=_room_for(limits.all_connections))
    with _listening(host, port) as listening:
        hall = Hall(path, content_of(path), base, limits)
        config = uvicorn.Config(
            hall,
            http=type("Connection", (Connection,), {"limits": limits, "proxy": proxy, "rooms": {}}),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            h11_max_incomplete_event_size=HEAD,
            server_header=False,
            access_log=False,
            proxy_headers=bool(proxy),
            forwarded_allow_ips=proxy,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
        log.begin()
        print(f"mirkg serves {base or _address(host, port)}; stop it with Ctrl-C.", file=sys.stderr, flush=True)
        try:
            Serving(config, hall.pool, limits).run(sockets=[listening])
        finally:
            hall.pool.stop()


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that clients can reach."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:  # taken, not this machine's, or no port at all
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else str(error).rstrip(".")
        raise BadInput(f"Nothing can listen on {host} port {port}: {why}. Name another --host or --port.") from error


def content_of(path: str) -> bytes:
    """Return the bytes of a graph.

    Raises:
        BadInput: they cannot be read.
    """
    try:
        return read(path)
    except OSError as error:
        what = f"cannot be read ({error.strerror})."
        raise BadInput(Problem(path, 0, "", what, "Name a graph, or build it.")) from error


def told_base(base: str, taken: Iterable[str] = ()) -> str:
    """Return the address that clients see as it was given, without a slash at its end; "" if none was.

    Raises:
        BadInput: it is none, or its path begins with a word that is an address of the server's own.
    """
    if not base:
        return ""
    match = _BASE.fullmatch(base)
    names = match["path"].split("/")[1:] if match else []
    if not match or int(match["port"] or 1) not in range(1, 65_536) or {".", ".."} & set(names):
        raise BadInput(
            f"{base[:200]!r} is no address. Give --base as http:// or https://, a name, and a path if there is one, "
            "in plain letters; a name with others is written with xn--."
        )
    if names and names[0] in taken:
        raise BadInput(f"--base cannot have a path that begins with /{names[0]}: the server has pages there.")
    return base.rstrip("/")


def _address(host: str, port: int) -> str:
    """Return where the server can be seen from this machine."""
    name = "localhost" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _room_for(connections: int) -> int:
    """Let this process have as many connections as it may, and return how many that are."""
    try:
        import resource
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 200
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - 200))
