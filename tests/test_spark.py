"""Parts that a real Spark cluster builds are those that one process builds, also where an executor is killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mirkg.bench import synthetic
from mirkg.model.problems import BadInput
from mirkg.scale import bulk, partition, spark
from mirkg.scale.bulk import Task

pytestmark = pytest.mark.slow
PARTITIONS = 12
CLAIMS = 3_100  # enough for inference to be in parts


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    folder = tmp_path_factory.mktemp("invented") / "data"
    synthetic.write(CLAIMS, folder, 2)
    return folder / "reviews/synthetic/claims.parquet"


class Cluster:
    """Run a standalone master with two workers, each a process of its own on this machine."""

    def __init__(self, folder: Path) -> None:
        pyspark = pytest.importorskip("pyspark", reason="the extra spark is not installed")
        if shutil.which("java") is None:
            pytest.skip("Spark needs Java, which is not installed")
        self.spark = Path(pyspark.__file__).parent / "bin" / "spark-class"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"spark://127.0.0.1:{port}"
        self.env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        self.folders = [folder / f"worker-{number}" for number in (1, 2)]
        place = ["--host", "127.0.0.1", "--webui-port", "0"]
        self.processes = [self._start("master.Master", *place, "--port", str(port))]
        self.workers = [
            self._start("worker.Worker", *place, "-c", "1", "-m", "1g", "-d", str(one), self.url)
            for one in self.folders
        ]
        self.processes += self.workers

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(self.spark), f"org.apache.spark.deploy.{name}", *arguments]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def build(self, table: Path, output: Path) -> subprocess.Popen[str]:
        options = ["--claims", str(table), "-o", str(output), "--partitions", str(PARTITIONS), "--spark", self.url]
        command = [sys.executable, "-m", "mirkg", "build", *options]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def executors(self) -> list[int]:
        """Return the process ids of the executors that run."""
        found, ahead = [], [worker.pid for worker in self.workers]
        while ahead:
            process = ahead.pop()
            ahead += children(process)
            if b"CoarseGrainedExecutorBackend" in command(process):
                found.append(process)
        return found

    def finished(self) -> list[int]:
        """Return for each worker how many tasks its executors say they finished."""
        return [
            sum(log.read_text().count("Finished task") for log in folder.rglob("stderr")) for folder in self.folders
        ]

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait()


def children(parent: int) -> list[int]:
    """Return the processes that another started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def command(process: int) -> bytes:
    """Return the command of a process, or nothing once it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    one = Cluster(tmp_path_factory.mktemp("cluster"))
    yield one
    one.stop()


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kill_one(cluster: Cluster, building: subprocess.Popen[str], when: Callable[[], bool]) -> None:
    """Kill an executor as soon as something is so, while a build goes on."""
    until = time.monotonic() + 300
    while not (when() and cluster.executors()) and building.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert building.poll() is None, building.communicate()
    os.kill(cluster.executors()[0], signal.SIGKILL)


def test_cluster_builds_what_one_process_builds_though_executors_are_killed(
    cluster: Cluster, table: Path, tmp_path: Path
) -> None:
    pytest.importorskip("duckdb", reason="the extra scale is not installed")
    told = bulk.Bulk(table, table.parents[2], tmp_path / "here", PARTITIONS).run(lambda *_: None)
    assert sum(name.startswith("inferences-") for name in told["parts"]) == PARTITIONS
    building = cluster.build(table, tmp_path / "there")
    kill_one(cluster, building, lambda: all(cluster.finished()))
    kill_one(cluster, building, (tmp_path / "there/.work/links.duckdb").exists)  # it infers
    _, err = building.communicate()
    assert building.returncode == 1, err  # violations were planted
    assert "Stage" not in err  # Spark draws no progress where there is no terminal
    assert content(tmp_path / "there") == content(tmp_path / "here")
    assert min(cluster.finished()) > 0
    assert sum(len(list(folder.glob("app-*/*/stderr"))) for folder in cluster.folders) > 3  # two were started anew


def test_part_that_fails_on_the_cluster_is_named(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cluster.env.items():
        monkeypatch.setenv(name, value)
    task = Task("claims-00007", partial(partition.of_claims, "no rows"))  # type: ignore[arg-type]
    sound = Task("steps", partial(partition.of_steps, []))
    with spark.on(cluster.url)() as work:
        parts = work([task, sound])
        assert next(parts)[0] == "steps"  # what is sound is kept
        with pytest.raises(BadInput, match="claims-00007 failed: AttributeError"):
            next(parts)
