"""Process: the life of a worker, which holds the graph, can reach nothing else, and answers one request at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from mirkg.model.problems import BadInput
from mirkg.serve.desk import Desk
from mirkg.serve.guard import Limits


def work(pipe: Connection, path: str, base: str, limits: Limits) -> None:
    """Answer requests until the pipe closes, without files, sockets or names of hosts, and with bounded memory.

    The first message that comes is the graph. The first that goes says what is wrong with it, "" if it can be served.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends its workers
    with contextlib.suppress(EOFError, OSError):  # the server has gone
        desk = _ready(pipe, path, base, limits)
        while desk:
            reply = desk.answer(pipe.recv())
            pipe.send(reply._replace(content=b""))
            pipe.send_bytes(reply.content)


def _ready(pipe: Connection, path: str, base: str, limits: Limits) -> Desk | None:
    """Return the desk of a worker that has read all, is confined and has said so; nothing if it said why not."""
    content = pipe.recv_bytes()
    try:
        desk = Desk(path, content, base, limits)
        desk.warm()
        alone(pipe.fileno())
        confine(limits.memory)
    except (BadInput, OSError) as error:
        pipe.send(str(error) or "A worker cannot be confined.")
        return None
    pipe.send("")
    return desk


def alone(keep: int) -> None:
    """Close what this process has open but the pipe; what it prints goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.closerange(3, keep)
    os.closerange(keep + 1, 65_536)


def confine(memory: int) -> None:
    """Let this process open nothing more, grow by no more than some bytes, and die with its parent.

    Linux does all of it, and a worker that cannot be confined there does not start. Windows knows no such limits.

    Raises:
        OSError: the system refuses.
    """
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        used = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
