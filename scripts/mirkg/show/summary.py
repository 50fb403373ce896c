"""Summary: what an entity does and what acts on it in one or two sentences, made of its best statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mirkg.ask.names import Entity
from mirkg.ask.statements import Statement

_OBJECTS, _VERBS = 3, 4  # that a sentence names


def listed(names: Iterable[str], most: int = _OBJECTS) -> str:
    """Return names as a list in words; of many the first, and how many more."""
    found = list(dict.fromkeys(names))
    shown = found if len(found) <= most + 1 else [*found[:most], f"{len(found) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def sentences(entity: Entity, statements: list[Statement], *, first_done: bool = False) -> list[tuple[str, str]]:
    """Return up to two sentences, each with the standing of the statements that it is made of.

    What acts on the entity stands after what it does, or first. Of each only the best standing that there is speaks,
    and nothing that is withheld, denied, or without a verb of its own.
    """
    usable = [one for one in statements if not one.withheld and not one.denied and one.family != "ExpressionState"]
    does, standing = _best([one for one in usable if one.subject.iri == entity.iri], "object")
    found = []
    if does:
        found.append((f"{entity.label} {'; '.join(f'{verb} {listed(names)}' for verb, names in does)}", standing))
    done, standing = _best([one for one in usable if one.object.iri == entity.iri], "subject")
    if done:
        ends = [entity.label, *["it"] * len(done)]
        said = [f"{listed(names)} {_plural(verb, names)} {end}" for (verb, names), end in zip(done, ends, strict=False)]
        found.append(("; ".join(said), standing))
    return found[::-1] if first_done else found


def _best(statements: list[Statement], end: str) -> tuple[list[tuple[str, list[str]]], str]:
    """Return the phrases of the statements with the best standing, those with a sign if there are any, and it."""
    for standing in ("confirmed", "cited", "uncited"):
        best = [one for one in statements if one.standing == standing]
        if found := _phrases([one for one in best if one.sign] or best, end):
            return found, standing
    return [], ""


def _phrases(statements: Iterable[Statement], end: str) -> list[tuple[str, list[str]]]:
    """Return verbs with the names at the other end, those with the most names first."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in statements:
        verb = one.says.removeprefix(f"{one.subject.label} ").removesuffix(f" {one.object.label}")
        if len(verb) == len(one.says) - len(one.subject.label) - len(one.object.label) - 2:
            found[verb].append(getattr(one, end).label)
    ranked = sorted(found.items(), key=lambda pair: (-len(set(pair[1])), pair[0]))[:_VERBS]
    return [(verb, names) for verb, names in ranked]


def _plural(verb: str, names: list[str]) -> str:
    """Return a verb as it follows several names: its first word loses the s."""
    first, _, rest = verb.partition(" ")
    bare = {"is": "are", "has": "have"}.get(first, first.removesuffix("s"))
    several = len(set(names)) > 1
    return f"{bare if several else first}{' ' if rest else ''}{rest}"
