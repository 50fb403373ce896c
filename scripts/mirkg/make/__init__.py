"""Make: from curated tables to a checked graph."""
