"""Drawing: a proof as a person would draw it, in text and as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mirkg.ask.proof import MEDIATED, Arrow, Evidence, Inference, Proof, Statement, Step

_RESPONSE = "DrugResponseEffect"
_HEADS = {1: "→", -1: "⊣", 0: "–?–"}
_RESTS = {
    "confirmed": "each step rests on a confirmed statement",
    "cited": "a step is only cited",
    "uncited": "a step cites nothing",
    "disputed": "a step is disputed",
    "retracted only": "a step rests on retracted papers only",
}


def text(proof: Proof) -> str:
    """Return a proof as lines: what is stated, what follows with its steps, or what was nearest."""
    lines = [f"{proof.subject.label} and {proof.object.label}", *proof.remarks, "", "Stated"]
    lines += [line for statement in proof.stated for line in _statement(statement)] or ["  nothing"]
    lines += ["", "Inferred"]
    lines += [line for inference in proof.inferred for line in _inference(inference)] or ["  nothing"]
    if not proof.inferred and not any(statement.grade for statement in proof.stated):
        lines += ["", *_nothing(proof)]
    return "\n".join([*lines, "", proof.limits, ""])


def _nothing(proof: Proof) -> Iterator[str]:
    yield f"No edge and no inference leads from {proof.subject.label} to {proof.object.label}."
    yield "Steps that are withheld are taken with --policy as-stated."
    if proof.nearest:
        yield "Nearest, whatever the direction:"
        yield from (f"  {drawn([arrow])}" for arrow in proof.nearest)
    else:
        yield "No edges connect the two."


def _statement(statement: Statement) -> Iterator[str]:
    withheld = f", withheld: {', '.join(statement.withheld)}" if statement.withheld else ""
    through = f", through {', '.join(statement.through)}" if statement.through else ""
    denied = "denied: " if statement.denied() else ""
    yield f"  {denied}{drawn([statement.arrow])}{through}   ({_stands(statement)}{withheld})"
    yield from (f"    {_shown(evidence)}" for evidence in statement.evidence)
    yield from (f"    against: {reason}" for reason in statement.against)


def stands(standing: str, nearness: str, voice: str) -> str:
    """Return a standing; if it is confirmed also how near, and by title or abstract."""
    by = {"": "", "both": ", by title and abstract"}.get(voice, f", by {voice}")
    return graded(standing, nearness) + by


def _stands(statement: Statement) -> str:
    return stands(statement.standing, statement.nearness, statement.voice)


def graded(standing: str, nearness: str) -> str:
    """Return a standing; if it is confirmed, with how near the papers that confirm it come to its object."""
    return f"{standing}: {nearness}" if nearness else standing


def rests(grade: str) -> str:
    """Return in words what an inference rests on, by the grade of its weakest step: it has no standing of its own."""
    return _RESTS[grade]


def _inference(inference: Inference) -> Iterator[str]:
    compared = f" with: {'; '.join(inference.compared)}" if inference.compared else ""
    kind = "hypothesis; " if inference.rule == MEDIATED else ""
    told = f"{kind}{rests(inference.grade)}; {inference.outcome}{compared}"
    yield f"  {drawn(inference.path)}   ({inference.says}; {told})"
    yield from _steps(inference.steps, "    ")
    yield from (f"    against: {reason}" for reason in inference.against)


def _steps(steps: Iterable[Step], margin: str) -> Iterator[str]:
    for step in steps:
        where = "; ".join(map(_shown, step.evidence))
        said = {"mediation": "since", "member": "member of its group", "component": f"component: {where}"}
        stated = f"{where}   ({graded(step.grade, step.nearness)})"
        yield f"{margin}{drawn([step.arrow])}   {said.get(step.kind, stated)}"
        yield from _steps(step.steps, margin + "  ")


def _shown(evidence: Evidence) -> str:
    remarks = ["denied"] if evidence.denied else []
    remarks += [evidence.run] if evidence.run else []
    remarks += [evidence.retracted] if evidence.retracted else []
    remarks += [f"noted: {', '.join(evidence.noted)}"] if evidence.noted else []
    return f"{evidence.where} {evidence.cites}".rstrip() + (f" ({'; '.join(remarks)})" if remarks else "")


def drawn(arrows: list[Arrow]) -> str:
    """Return arrows that follow one another as one line, such as `miR-130b ⊣ PTEN ⊣ PI3K pathway`."""
    return arrows[0].start + "".join(f" {_head(arrow)} {_end(arrow)}" for arrow in arrows)


def _head(arrow: Arrow) -> str:
    return _HEADS[arrow.sign] if arrow.family else "∈"


def _end(arrow: Arrow) -> str:
    return f"resistance to {arrow.end}" if arrow.family == _RESPONSE else arrow.end


def mermaid(proof: Proof) -> str:
    """Return a proof as a Mermaid flowchart: thick is stated, dotted inferred, crossed withheld."""
    edges: dict[str, None] = {}
    for statement in proof.stated:
        label = _stands(statement) if statement.grade else f"withheld: {', '.join(statement.withheld)}"
        edges[_edge(statement.arrow, label, "==>" if statement.grade else "--x")] = None
    for inference in proof.inferred:
        for step in _flat(inference.steps):
            label = graded(step.grade, step.nearness) or step.kind
            edges[_edge(step.arrow, label, "-.->" if step.kind == "mediation" else "-->")] = None
        edges[_edge(inference.arrow, f"inferred, {rests(inference.grade)}, {inference.outcome}", "-.->")] = None
    names = {_quoted(name): None for arrow in _arrows(proof) for name in (arrow.start, _end(arrow))}
    nodes = [f"  {_key(name)}[{name}]" for name in names]
    return "\n".join(["flowchart LR", *nodes, *edges, ""])


def _arrows(proof: Proof) -> Iterator[Arrow]:
    for statement in proof.stated:
        yield statement.arrow
    for inference in proof.inferred:
        yield inference.arrow
        yield from (step.arrow for step in _flat(inference.steps))


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _flat(step.steps)


def _edge(arrow: Arrow, label: str, line: str) -> str:
    start, end = _key(_quoted(arrow.start)), _key(_quoted(_end(arrow)))
    return f'  {start} {line}|"{_head(arrow)} {label}"| {end}'


def _quoted(name: str) -> str:
    return '"' + name.replace('"', "#quot;") + '"'


def _key(quoted: str) -> str:
    """Return a name that Mermaid takes for a node: letters, digits and the code of anything else."""
    return "n_" + "".join(one if one.isascii() and one.isalnum() else f"_{ord(one):x}_" for one in quoted[1:-1])
