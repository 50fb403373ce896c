"""Commands: one module a command, its arguments and its run together."""
