"""Pool: the workers as the server sees them, shared among addresses, killed at their limits and replaced.

A request that has run for a moment is a long one. Of these as many run at once as is allowed, of one address all but
one; three workers more are kept for the short.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

from mirkg.model.problems import BadInput
from mirkg.serve.guard import Limits, Rate
from mirkg.serve.process import work
from mirkg.serve.worker import MEMORY, Asked, Reply

_SPAWN = multiprocessing.get_context("spawn")
_KEPT = 3  # workers for the short
_STARTING = 60  # seconds that a worker may take to start
_NEW = 1.0  # seconds of work that a worker costs which has to be replaced
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_LATER = _TEXT | {"Retry-After": "2"}
_BY_ITSELF = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


class Died(Exception):
    """Tell that a worker died over a request; the number is its exit status, below 0 of a signal."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class Busy(Exception):
    """Tell that no worker became free in time."""


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start a process that a Ctrl-C does not reach: the server ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Slot:
    """Hold one worker process, and start another when it dies."""

    def __init__(self, content: bytes, *given: Any) -> None:
        self.content, self.given = content, given
        self.killed = False
        self.spawn()

    def spawn(self) -> None:
        pipe, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=work, args=(theirs, *self.given), daemon=True)
        with _uninterrupted():
            process.start()
        theirs.close()
        self.pipe, self.process, self.killed = pipe, process, False

    def ready(self) -> None:
        """Hand the worker the graph, and wait until it is ready.

        The graph goes through our own pipe: that of the start has both ends here, and blocks where a worker is killed.

        Raises:
            Died: it does not become ready.
            BadInput: the graph cannot be served.
        """
        try:
            self.pipe.send_bytes(self.content)
            wrong = self.pipe.recv() if self.pipe.poll(_STARTING) else None
        except (EOFError, OSError):
            wrong = None
        if wrong is None:
            late = self.process.is_alive() and not self.pipe.poll()
            self.stop()
            raise Died(None if late else self.process.exitcode)
        if wrong:
            raise BadInput(wrong)

    def lives(self) -> bool:
        return not self.killed and self.process.is_alive()

    def ask(self, asked: Asked) -> Reply:
        """Answer a request; it ends early when another thread kills the worker.

        Raises:
            Died: the worker died.
        """
        try:
            self.pipe.send(asked)
            reply: Reply = self.pipe.recv()
            return reply._replace(content=self.pipe.recv_bytes())
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise Died(self.process.exitcode) from error

    def kill(self) -> None:
        self.killed = True
        self.process.kill()

    def stop(self) -> None:
        self.kill()
        self.process.join()
        self.pipe.close()


class _Waiter(NamedTuple):
    address: str
    place: asyncio.Future[_Slot]


class Pool:
    """Share some workers among requests."""

    def __init__(self, path: str, content: bytes, base: str, limits: Limits, rate: Rate) -> None:
        self.limits, self.rate = limits, rate
        self.stopping = False
        self.slots: list[_Slot] = []
        try:
            self.slots += (_Slot(content, path, base, limits) for _ in range(limits.parallel + _KEPT))
            for slot in self.slots:
                self._begun(slot)
        except (Died, OSError) as error:
            self.stop()
            raise BadInput("The workers do not start. Is there enough memory?") from error
        except BadInput:
            self.stop()
            raise
        self.free = list(self.slots)
        self.waiting: list[_Waiter] = []
        self.running: Counter[str] = Counter()
        self.long: Counter[str] = Counter()
        self.threads = ThreadPoolExecutor(2 * len(self.slots))
        self.tasks: set[asyncio.Task[None]] = set()

    def _begun(self, slot: _Slot) -> None:
        """Wait until a worker is ready; one that is killed from outside while it starts is started anew, twice.

        Raises:
            Died: it does not start.
            BadInput: the graph cannot be served.
        """
        for again in (True, True, False):
            try:
                slot.ready()
            except Died as error:
                if not again or error.status is None:
                    raise
                slot.spawn()
            else:
                return

    async def ask(self, asked: Asked, address: str, left: asyncio.Future[None]) -> Reply:
        """Answer a request as soon as a worker is free, unless its client has left.

        Raises:
            Busy: none became free in time.
        """
        for attempt in (1, 2):
            slot = await self._place(address, left)
            try:
                return await self._asked(slot, asked, address, left)
            except Died as error:
                outside = error.status is None or -error.status not in (*_BY_ITSELF, signal.SIGABRT)
                if not outside or attempt == 2 or self.stopping:
                    return self._died(error.status)
        raise AssertionError

    async def _asked(self, slot: _Slot, asked: Asked, address: str, left: asyncio.Future[None]) -> Reply:
        begun = time.monotonic()
        job = asyncio.get_running_loop().run_in_executor(self.threads, slot.ask, asked)
        try:
            await asyncio.wait({job}, timeout=min(self.limits.quick, self.limits.seconds))
            stopped = None if job.done() else await self._long(job, address, left)
            if stopped is None:
                return await job
            return stopped
        finally:
            if not job.done():
                slot.kill()
            lost = slot.killed or job.exception() is not None
            self.rate.spend(address, time.monotonic() - begun + (_NEW if lost else 0))
            self._later(self._freed(slot, job, address, gone=left.done()))

    async def _long(self, job: asyncio.Future[Reply], address: str, left: asyncio.Future[None]) -> Reply | None:
        """Let a long request go on, and return why it has to be stopped, or nothing once it is answered."""
        if self.long.total() >= self.limits.parallel or self.long[address] >= self.limits.of_one_address:
            return Reply(503, b"All places for long queries are taken. Try again shortly, or ask for less.", _LATER)
        self.long[address] += 1
        try:
            rest = max(self.limits.seconds - self.limits.quick, 0)
            both: list[asyncio.Future[Any]] = [job, left]
            await asyncio.wait(both, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.long -= Counter([address])
        if job.done():
            return None
        why = f"The query took longer than {self.limits.seconds:g} s and was stopped. Ask for less, or add LIMIT."
        return Reply(422, why.encode(), _TEXT)

    def _died(self, status: int | None) -> Reply:
        if status == -signal.SIGABRT:  # how the engine ends when it gets no more memory
            return Reply(422, MEMORY.encode(), _TEXT)
        if status is not None and -status in _BY_ITSELF:
            why = "The query crashed the engine, most often by its depth or length. Write it shorter or less nested."
            return Reply(422, why.encode(), _TEXT)
        return Reply(503, b"The worker was stopped from outside. Try again shortly.", _LATER)

    # ----------------------------------------------------------------------------------------------
    # Places
    # ----------------------------------------------------------------------------------------------

    async def _place(self, address: str, left: asyncio.Future[None]) -> _Slot:
        """Return a free worker, or wait for one."""
        while self.free and self._may(address):
            slot = self.free.pop()
            if slot.lives():
                self.running[address] += 1
                return slot
            self._later(self._revived(slot))
        if left.done():
            raise Busy
        waiter = _Waiter(address, asyncio.get_running_loop().create_future())
        self.waiting.append(waiter)
        try:
            both: list[asyncio.Future[Any]] = [waiter.place, left]
            await asyncio.wait(both, timeout=self.limits.waiting, return_when=asyncio.FIRST_COMPLETED)
            if waiter.place.done() and not left.done():
                return waiter.place.result()
        except asyncio.CancelledError:
            self._abandoned(waiter)
            raise
        self._abandoned(waiter)
        raise Busy

    def _abandoned(self, waiter: _Waiter) -> None:
        if waiter.place.done():
            self.running -= Counter([waiter.address])
            self._give(waiter.place.result())
        else:
            self.waiting.remove(waiter)

    def _may(self, address: str) -> bool:
        """Tell whether an address may have one more worker: the last one is for the others."""
        return self.running[address] < len(self.slots) - 1

    def _give(self, slot: _Slot) -> None:
        """Give a worker to who waits and had the least so far, of one address to the newest: the old ones give up."""
        if self.stopping:
            return
        self.free.append(slot)
        while self.free and (waiting := [one for one in reversed(self.waiting) if self._may(one.address)]):
            least = min(waiting, key=lambda one: (self.running[one.address], self.rate.spent(one.address)))
            self.waiting.remove(least)
            self.running[least.address] += 1
            least.place.set_result(self.free.pop())

    async def _freed(self, slot: _Slot, job: asyncio.Future[Reply], address: str, *, gone: bool) -> None:
        """Take back a worker after its job.

        One that died counts for its address until it is replaced, unless the client has left and asks no more.
        """
        await asyncio.wait({job})
        if gone:
            self.running -= Counter([address])
        if job.exception() or not slot.lives():
            await self._replaced(slot)
        if not gone:
            self.running -= Counter([address])
        self._give(slot)

    async def _replaced(self, slot: _Slot) -> None:
        await asyncio.get_running_loop().run_in_executor(self.threads, self._renewed, slot)

    async def _revived(self, slot: _Slot) -> None:
        """Replace a worker that died while nobody asked it."""
        await self._replaced(slot)
        self._give(slot)

    def _renewed(self, slot: _Slot) -> None:
        """Start a worker anew, as often as it takes."""
        while not self.stopping:
            slot.stop()
            try:
                slot.spawn()
                slot.ready()
            except (Died, BadInput, OSError):  # killed while it started
                time.sleep(0.1)
            else:
                break
        if self.stopping:
            slot.stop()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def stop(self) -> None:
        """Stop all workers; what they were doing is answered with an error."""
        self.stopping = True
        for slot in self.slots:
            slot.kill()
