"""Serve: the graph as a SPARQL endpoint, as linked data and as pages, safe to leave open.

Queries of strangers run in worker processes that are killed at their limits; pages and the questions run fixed queries.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from mirkg.model.problems import BadInput

if TYPE_CHECKING:
    from mirkg.serve.guard import Limits


def serve(path: str, host: str, port: int, base: str, limits: Limits) -> None:
    """Serve a graph until stopped.

    Raises:
        BadInput: the extra ``serve`` is not installed, the file is no graph, or the address is taken.
    """
    try:
        import uvicorn

        from mirkg.serve.app import application
    except ModuleNotFoundError as error:
        raise BadInput(f"mirkg serve needs {error.name}. Install it with: pip install 'mirkg[serve]'") from error
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:  # taken, not this machine's, or no port at all
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else str(error).rstrip(".")
        raise BadInput(f"Nothing can listen on {host} port {port}: {why}. Name another --host or --port.") from error
    address = base or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    made = application(path, address, limits)
    config = uvicorn.Config(
        made, log_level="warning", server_header=False, timeout_keep_alive=5, limit_concurrency=1000, access_log=False
    )
    print(f"mirkg serves {address}; stop it with Ctrl-C.", file=sys.stderr)
    uvicorn.Server(config).run(sockets=[listening])
