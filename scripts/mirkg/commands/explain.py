"""Explain: the card of one entity, or what leads from one to another, in words or as a picture."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from mirkg.ask.graph import KnowledgeGraph
from mirkg.commands import common
from mirkg.model.problems import BadInput

if TYPE_CHECKING:
    from mirkg.ask.picture import Edge

HELP = "Show the card of one entity, or what leads from one to another."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("name", metavar="NAME", help="a label, synonym, CURIE or IRI")
    parser.add_argument("other", metavar="OTHER", nargs="?", help="where the paths from NAME shall lead")
    common.source_options(parser)
    common.format_option(parser, ("table", "json", "ttl", "mermaid", "svg"))
    parser.add_argument("-o", "--output", metavar="FILE", help="write the svg there and not to standard output")
    common.voice_option(parser)
    parser.add_argument("--policy", choices=("curated", "as-stated"), help="by which steps may be taken")


def run(arguments: argparse.Namespace) -> int:
    """Print the card of one entity, or the paths between two."""
    kg = common.voiced(common.opened(arguments), arguments.voice)
    if arguments.output and arguments.format != "svg":
        raise BadInput("-o is for a picture: add --format svg.")
    if arguments.other:
        return _two(kg, arguments)
    if arguments.policy or arguments.format in ("ttl", "mermaid"):
        raise BadInput("--policy and the formats ttl and mermaid are for the paths between two: name another entity.")
    if arguments.format == "svg":
        from mirkg.ask import picture

        entity = kg.names.meant(arguments.name).entity
        return _drawn(kg, arguments, f"Picture of {entity.label}", picture.around(kg.source, entity))
    card = kg.explain(arguments.name)
    if arguments.format == "json":
        print(json.dumps(card.dict(), ensure_ascii=False, indent=1))
        return 0
    print(f"{card.entity.label}  ({card.entity.kind})  {card.entity.iri}")
    if card.synonyms:
        print(f"also printed as {', '.join(card.synonyms)}")
    if card.remark:
        print(card.remark)
    for heading, answer in card.sections().items():
        print(f"\n{heading}")
        common.show(answer, "table")
    print(f"\n{card.limits}")
    return 0


def _two(kg: KnowledgeGraph, arguments: argparse.Namespace) -> int:
    """Print what leads from one entity to another."""
    from mirkg.ask import proof as proofs
    from mirkg.show import proof as showing

    if arguments.policy == "as-stated":
        from mirkg.ask import replay

        kg = KnowledgeGraph(replay.replayed(common.embedded(kg), {}, arguments.policy))
    found = kg.proof(arguments.name, arguments.other)
    if arguments.format == "svg":
        from mirkg.ask import picture

        return _drawn(kg, arguments, f"From {found.subject.label} to {found.object.label}", picture.of_proof(found))
    if arguments.format == "json":
        print(json.dumps(found.dict(), ensure_ascii=False, indent=1))
    elif arguments.format == "ttl":
        sys.stdout.buffer.write(proofs.turtle(kg.source, found))
    else:
        print(showing.mermaid(found) if arguments.format == "mermaid" else showing.text(found), end="")
    return 0


def _drawn(kg: KnowledgeGraph, arguments: argparse.Namespace, title: str, edges: list[Edge]) -> int:
    """Write a picture to a file or print it."""
    from mirkg.show import picture

    if not edges:
        raise BadInput(f"There is nothing to draw. {title}: no effect is stated or follows.")
    content = picture.svg(picture.picked(edges, picture.MOST), kg.names.entities.values(), title)
    if arguments.output:
        common.put({common.target(arguments.output): content.encode()})
    else:
        print(content, end="")
    return 0
