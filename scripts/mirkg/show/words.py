"""Words: what mirkg calls the things of its model, as docs/guide.md explains them too."""

WORDS = {
    "entity": "a miRNA, gene, pathway, process, drug, cell line or disease",
    "proposition": (
        "something that could be true, such as that a miRNA confers resistance to a drug; one node, however "
        "many sources say it"
    ),
    "claim": (
        "one passage of a source that asserts, or denies, one proposition, with its context: cells, disease, treatment"
    ),
    "passage": (
        "the sentence, table cell, title or sentence of an abstract in which a claim is printed; the graph "
        "keeps its place, not its words"
    ),
    "bracket": "the printed citation, such as [64–66], with the references that it cites",
    "reference": "one numbered entry of the review's list; two numbers of one paper count once",
    "voice": "what a reference says for itself: its title, and the sentences of its abstract that were read",
    "verdict": (
        "what the cited papers say to one claim: they contradict it, deny it, agree, are about another "
        "disease, drug or subject, are indirect, or are silent"
    ),
    "finding": "a verdict that needs attention, a retracted reference, or a curator's note",
    "standing": (
        "how well a proposition is supported: the first of these that applies: disputed, retracted only, "
        "confirmed, cited, uncited"
    ),
    "edge": (
        "a direct triple between two entities, such as a miRNA and the gene that it targets, made where "
        "nothing speaks against the proposition; its grade is the standing"
    ),
    "inference": "a proposition that follows from several edges by the rules for signs, with its steps",
    "grade": "how well an edge is supported: the standing of its proposition; of an inference that of its weakest step",
    "policy": (
        "which propositions become edges: curated (the default) leaves out what is contradicted, as stated takes all"
    ),
    "withheld": "a proposition has no edge, for the reason that is given",
    "nearness": (
        "how near a paper that agrees comes to what is claimed: the same, a member, a class, or a drug that "
        "it does not name"
    ),
    "hypothesis": "an inference that carries the effect of one molecule over to others that act on the same mediator",
}
