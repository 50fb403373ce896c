"""mirkg: an audited, executable knowledge graph of a scientific review.

import mirkg
kg = mirkg.open()
kg.ask("mirnas-for-drug", drug="tamoxifen")
"""

from mirkg.ask.graph import KnowledgeGraph, connect, open
from mirkg.ask.rows import IRI, Rows
from mirkg.model.problems import BadInput, Problem

__all__ = ["IRI", "BadInput", "KnowledgeGraph", "Problem", "Rows", "connect", "open"]
__version__ = "0.1.0"
