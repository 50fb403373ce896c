"""Spark: the parts of a large build made on the executors of a cluster, by the functions that make them here.

A part travels with the rows that it needs, and a file that many parts read is sent to each executor once, so that
executors share no folder; mirkg must be installed there too. What an executor had not finished when it was lost is made
by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from mirkg.model.problems import BadInput
from mirkg.scale import bulk
from mirkg.scale.bulk import Packed, Task, Work

_AT_ONCE = 16  # parts that are sent at once, more if there are many cores: they are in the memory of the driver


def on(master: str) -> Callable[[], AbstractContextManager[Work]]:
    """Return what opens a cluster, by its master, such as spark://host:7077, to make parts on it.

    Raises:
        BadInput: pyspark or Java is not installed, or the cluster is not reached.
    """
    try:
        from pyspark import SparkConf, SparkContext
    except ImportError as error:
        raise BadInput("--spark needs pyspark. Install it with: pip install 'mirkg[spark]'") from error
    settings = SparkConf().setMaster(master).setAppName("mirkg build")
    settings.set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")  # mirkg shows its own

    @contextmanager
    def opened() -> Iterator[Work]:
        try:
            context = SparkContext(conf=settings)
        except Exception as error:  # what Java, its bridge or the cluster raise
            raise BadInput(
                f"The cluster {master} is not reached: {str(error).strip()[:200]}. Start it first."
            ) from error
        context.setLogLevel("OFF")
        sent: set[Path] = set()

        def work(tasks: Iterable[Task]) -> Iterator[tuple[str, Packed]]:
            ahead = iter(tasks)
            while some := list(islice(ahead, max(_AT_ONCE, 2 * context.defaultParallelism))):
                for path in {path for task in some for path in task.files} - sent:
                    context.addFile(str(path))
                    sent.add(path)
                yield from _done(context, some)

        try:
            yield work
        finally:
            context.stop()

    return opened


def _done(context: Any, tasks: list[Task]) -> Iterator[tuple[str, Packed]]:
    """Yield the parts that are made, and then fail if some are not."""
    found: list[tuple[str, Packed | str]]
    try:
        found = context.parallelize(tasks, len(tasks)).map(_built).collect()
    except Exception as error:  # what Java and its bridge raise where the cluster is lost
        names = ", ".join(task.name for task in tasks)
        raise BadInput(
            f"The cluster failed while it built {names}: {_first_line(error)}. Go on with the same command."
        ) from error
    yield from ((name, part) for name, part in found if not isinstance(part, str))
    failed = [f"{name} failed: {part}" for name, part in found if isinstance(part, str)]
    if failed:
        raise BadInput("\n".join(failed))


def _built(task: Task) -> tuple[str, Packed | str]:
    """Make a part on an executor, and return what went wrong with it as a text."""
    from pyspark import SparkFiles

    try:
        return task.name, bulk.built(task, [Path(SparkFiles.get(path.name)) for path in task.files])
    except Exception as error:  # whatever it is, the driver names the part
        return task.name, f"{type(error).__name__}: {error}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200].rstrip(".")
