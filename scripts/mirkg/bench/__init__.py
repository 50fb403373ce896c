"""Bench: figures of mirkg beside other ways."""
