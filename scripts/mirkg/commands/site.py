"""Site: the graph as static files for any web server."""

from __future__ import annotations

import argparse

from mirkg.commands import common
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Write the graph as a site of static files: pages, RDF, answers, downloads."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder of the site, new or ours")
    parser.add_argument(
        "--base", metavar="URL", default="", help="the address of the site, for its sitemap and the rules of w3id.org"
    )
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")


def run(arguments: argparse.Namespace) -> int:
    """Write the site."""
    try:
        from mirkg.serve import content_of, told_base
        from mirkg.site import folder
        from mirkg.site.making import Site
    except ModuleNotFoundError as error:
        raise BadInput(f"mirkg site needs {error.name}. Install it with: pip install 'mirkg[serve]'") from error
    base = told_base(arguments.base)
    path = arguments.graph or files.resource("data/mirkg.trig")
    content = content_of(path)
    folder.check(arguments.output)
    with common.counting("files") as count:
        done = folder.write(arguments.output, Site(path, content, base).files(), count)
    print(f"{files.shown(arguments.output)}  {done.files:,} files, {done.bytes:,} bytes")
    print(f"{done.changed:,} written, {done.unchanged:,} unchanged, {done.removed:,} removed")
    if not base:
        common.say(["no sitemap and no rules for w3id.org: give the address of the site with --base"])
    return 0
