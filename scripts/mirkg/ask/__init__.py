"""Ask: the built graph as a thing to question."""
