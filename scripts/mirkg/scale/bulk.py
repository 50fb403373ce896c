"""Bulk: the build of a large table in parts, each in a file of its own, with a manifest that proves them.

A part that is finished stays: a build that was broken off goes on with the next. The files hold the quads that
`mirkg build` gives but for the metadata, each quad once, in sorted lines of N-Quads packed with gzip.
"""

from __future__ import annotations

import gc
import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from mirkg import __version__
from mirkg.make import integrity, tables
from mirkg.make.forms import REVIEW_FORMS
from mirkg.make.tables import Review, Tables
from mirkg.model import files
from mirkg.model.problems import BadInput
from mirkg.scale import chains, columns, partition, stream
from mirkg.scale.chains import Share
from mirkg.scale.partition import Made
from mirkg.scale.staging import Staging

MANIFEST = "manifest.json"
_WORK = ".work"  # what is removed in the end: the staged tables, and what inference reads
_SLICE = 20_000  # mechanisms, or rows of passages, references, brackets or notes, in one file
_INFERRED = 250_000  # claims from which one part of the inferences follows, about

Count = Callable[[str, int, int], None]  # is told what is done, how much of it, and of how much


class Packed(NamedTuple):
    """Hold a finished part: its file and what inference reads, both packed, and what the manifest says of it."""

    content: bytes
    links: bytes
    told: dict[str, Any]


class Task(NamedTuple):
    """Hold what makes a part: its name, a function of some files, those files, and how many claims it has."""

    name: str
    make: Callable[..., Made]
    files: tuple[Path, ...] = ()
    claims: int = 0


Work = Callable[[Iterable[Task]], Iterator[tuple[str, Packed]]]  # builds parts, in whatever order


def here() -> AbstractContextManager[Work]:
    """Return what builds parts one after another in this process."""
    return nullcontext(lambda tasks: ((task.name, built(task, task.files)) for task in tasks))


def built(task: Task, places: Iterable[Path]) -> Packed:
    """Return a part as its file, by files that are found in some places.

    Raises:
        BadInput: DuckDB has too little memory for it.
    """
    try:
        made = task.make(*places)
    except Exception as error:
        if not columns.out_of_memory(error):
            raise
        do = "Build it into another folder with more partitions: --partitions N."
        raise BadInput(f"{task.name} needs more memory than DuckDB is given ({chains.MEMORY}). {do}") from error
    content = made.quads.content()
    violations = [str(problem) for problem in made.problems if problem.severity == "violation"]
    told = {
        "claims": task.claims,
        "quads": made.quads.size,
        "sha256": hashlib.sha256(content).hexdigest(),
        "problems": violations,
        "warnings": len(made.problems) - len(violations),
    }
    return Packed(content, made.links.content(), told)


class Bulk:
    """Build a large table into a folder."""

    def __init__(
        self,
        claims: Path,
        data: Path,
        output: Path,
        partitions: int = 0,
        *,
        inference: bool = True,
        by: Callable[[], AbstractContextManager[Work]] = here,
    ) -> None:
        """Read what is small, and compare the folder with what it is to hold; nothing is written yet.

        With 0 partitions there are as many as the claims fill; `by` opens what builds parts.

        Raises:
            BadInput: a table is missing or unreadable, or the folder holds something else.
        """
        self.output, self.partitions, self.inference, self.by = output, partitions, inference, by
        self.places = {form: stream.beside(claims, form) for form in REVIEW_FORMS if form != "claims"}
        self.places["claims"] = claims
        self.data: Tables = tables.shared(data)
        self.review: Review = tables.described(claims.parent / "review.toml")
        if faults := integrity.problems(self.data):
            raise BadInput(faults)
        if self.review.kind == "review" and self.review.scope not in {row["id"] for row in self.data.entities}:
            raise BadInput(f"{self.review.file} [scope]: no entity {self.review.scope!r}. Name the disease by its id.")
        self.manifest = self._begun()

    def _begun(self) -> dict[str, Any]:
        """Return the manifest of a build that goes on, or a new one."""
        beside = [*self.places.values(), self.places["claims"].with_name("review.toml")]
        shared = [*self.data.folder.glob("*.tsv"), *self.data.folder.glob("entities/*.tsv")]
        sources = {path.name: path for path in beside}
        sources |= {path.relative_to(self.data.folder).as_posix(): path for path in shared}
        about = {
            "made by": f"mirkg {__version__}",
            "rules": _digest_of_rules(),
            "tables": {name: stream.digest(path) for name, path in sorted(sources.items())},
            "options": {"partitions": self.partitions, "inference": self.inference, "duckdb": columns.installed()},
        }
        path = self.output / MANIFEST
        if not path.exists():
            if self.output.exists() and not all(one.name.startswith(".") for one in self.output.iterdir()):
                raise BadInput(f"{files.shown(self.output)} is no empty folder. Name one that is empty or not there.")
            return {**about, "complete": False, "parts": {}}
        try:
            told = json.loads(path.read_bytes())
            wrong = [name for name in about if told[name] != about[name]]
            complete, parts = told["complete"], told["parts"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{files.shown(path)} is no manifest of a build. Name another folder.") from error
        if wrong:
            what = f"{files.shown(self.output)} holds a build of other {' and '.join(wrong)}."
            raise BadInput(f"{what} Name another folder, or remove it.")
        return {**about, "complete": complete, "parts": parts}

    def run(self, count: Count) -> dict[str, Any]:
        """Build what is not there yet and return the manifest.

        Raises:
            BadInput: the tables do not hold together; nothing is written.
            OSError: a file cannot be written; finished parts stay.
        """
        if self.manifest["complete"] and all(map(self.finished, self.manifest["parts"])):
            return self.manifest
        staging = self._staged(count)
        for left in self.output.glob(".*.*"):  # of a build that was killed while it wrote
            if left.suffix in (".part", ".kept"):
                left.unlink()
        self.manifest["complete"] = False
        self._note()
        with self.by() as work:
            names = self._state(staging, work, count)
            if self.inference:
                self._infer([self._links(name) for name in names], sum(staging.sizes()), work, count)
        self.manifest["complete"] = True
        self._note()
        shutil.rmtree(self.output / _WORK)
        return self.manifest

    def _state(self, staging: Staging, work: Work, count: Count) -> list[str]:
        """Build what is stated and what follows within each partition, and return the names of these parts."""
        shared = dict(self._shared(staging))
        for name, part in work(task(name) for name, task in shared.items() if not self._done(name)):
            self._write(name, part)
        sizes = {f"claims-{number:05}": size for number, size in enumerate(staging.sizes())}
        todo = [(number, name) for number, name in enumerate(sizes) if not self._done(name)]
        done, total = sum(sizes.values()) - sum(sizes[name] for _, name in todo), sum(sizes.values())
        count("claims", done, total)
        tasks = (
            Task(name, partial(partition.of_claims, staging.part(number)), (), sizes[name]) for number, name in todo
        )
        for name, part in work(tasks):
            self._write(name, part)
            count("claims", done := done + sizes[name], total)
        return [*shared, *sizes]

    def _staged(self, count: Count) -> Staging:
        """Return the tables in their file, which is made in whole before anything is built."""
        stated = json.dumps([self.manifest["tables"], self.partitions]).encode()
        path = self.output / _WORK / f"{hashlib.sha256(stated).hexdigest()[:16]}.sqlite"
        found = [one for one in (self.output, path.parent) if not one.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        open_ = partial(Staging, data=self.data, review=self.review, places=self.places)
        if path.exists():
            return open_(path)
        beside = path.with_suffix(".part")
        beside.unlink(missing_ok=True)
        try:
            staging = open_(beside)
            staging.fill(self.partitions, lambda done: count("rows", done, 0))
            staging.base.close()
        except BaseException:
            beside.unlink(missing_ok=True)
            for folder in reversed(found):
                folder.rmdir()
            raise
        beside.rename(path)
        return open_(path)

    def _shared(self, staging: Staging) -> Iterator[tuple[str, Callable[[str], Task]]]:
        """Yield the parts that have no claims: their names, and what makes their tasks."""

        def entities(name: str) -> Task:
            return Task(name, partial(partition.of_entities, self.data, staging.names_of_pathways, self.review))

        def mechanisms(names: list[str], name: str) -> Task:
            return Task(name, partial(partition.of_mechanisms, self.data, self.review, names))

        def sources(form: str, first: int, last: int, name: str) -> Task:
            part, own = staging.slice(form, first, last)
            return Task(name, partial(partition.of_sources, part, form, own))

        yield "entities", entities
        for number, names in enumerate(staging.mechanisms(_SLICE)):
            yield f"mechanisms-{number:05}", partial(mechanisms, names)
        for number, where in enumerate(staging.slices(_SLICE)):
            yield f"sources-{number:05}", partial(sources, *where)

    def _infer(self, given: list[Path], claims: int, work: Work, count: Count) -> None:
        """Build the inferences in parts, which are finished with the steps of their chains."""
        if self._inferred():
            return
        few = claims < partition.MANY or not columns.installed()
        number = 1 if few else self.partitions or -(-claims // _INFERRED)
        shares = {f"inferences-{place:05}": Share(place, number) for place in range(number)}
        todo = {name: share for name, share in shares.items() if not self._done(name)}
        if few:
            tasks = [Task(name, partial(partition.of_inferences, given, self.data)) for name in todo]
            parts = iter([(task.name, built(task, ())) for task in tasks])
        else:
            read = self._read_by_chains(given, shares, work)
            parts = work(
                Task(name, partial(partition.of_chains, share, self.data), read) for name, share in todo.items()
            )
        done = len(shares) - len(todo)
        for name, part in parts:
            self._write(name, part)
            count("parts of inference", done := done + 1, number)
        steps = [self._links(name) for name in shares]
        self._write("steps", built(Task("steps", partial(partition.of_steps, steps)), ()))

    def _read_by_chains(self, given: list[Path], shares: dict[str, Share], work: Work) -> tuple[Path, ...]:
        """Return the files that each part of the inferences reads, which are made if they are not there."""
        links = self.output / _WORK / "links.duckdb"
        if not links.exists():
            beside = links.with_suffix(".part")
            beside.unlink(missing_ok=True)
            chains.links(given, beside)
            beside.rename(links)
        if len(shares) == 1:
            return (links,)
        found = {self._links(f"mediations-{share.place:05}"): share for share in shares.values()}
        todo = {path.name: (path, share) for path, share in found.items() if not path.exists()}
        tasks = (Task(name, partial(partition.of_mediations, share), (links,)) for name, (_, share) in todo.items())
        for name, part in work(tasks):
            files.write({str(todo[name][0]): part.links})
        return links, *found

    # --- files

    def _file(self, name: str) -> Path:
        return self.output / f"{name}.nq.gz"

    def _links(self, name: str) -> Path:
        return self.output / _WORK / f"{name}.nq.gz"

    def finished(self, name: str) -> bool:
        """Tell whether a part is there as the manifest has it."""
        told, path = self.manifest["parts"].get(name), self._file(name)
        return bool(told) and path.exists() and stream.digest(path) == told["sha256"]

    def _done(self, name: str) -> bool:
        """Tell whether a part is finished, and what inference reads of it there, if that is still to run."""
        linked = not self.inference or self._links(name).exists() or self._inferred()
        return linked and self.finished(name)

    def _inferred(self) -> bool:
        """Tell whether all parts of the inferences are finished; the steps are the last of them."""
        return self.finished("steps") and all(map(self.finished, filter(_of_inference, self.manifest["parts"])))

    def _write(self, name: str, part: Packed) -> None:
        """Write a finished part, and then say so in the manifest."""
        gc.collect()  # what refers to itself is large, and the command lets it lie for long
        files.write({str(self._links(name)): part.links, str(self._file(name)): part.content})
        self.manifest["parts"][name] = part.told
        self._note()

    def _note(self) -> None:
        content = json.dumps({**self.manifest, "with": _versions()}, indent=1, sort_keys=True, ensure_ascii=False)
        files.write({str(self.output / MANIFEST): content.encode() + b"\n"})


def _of_inference(name: str) -> bool:
    return name.startswith("inferences-")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "pyoxigraph": metadata.version("pyoxigraph")}


def _digest_of_rules() -> str:
    """Return a digest of the ontology, the rules and the shapes, on which what is built depends."""
    digest = hashlib.sha256()
    for folder in ("ontology/rules", "shapes"):
        for name in files.below(folder, ""):
            digest.update(files.text(f"{files.resource(folder)}/{name}").encode())
    digest.update(files.text(files.resource("ontology/mirkg.ttl")).encode())
    return digest.hexdigest()
