"""Log: what the server writes about itself, each event on one line."""

from __future__ import annotations

import logging
import sys


class _OneLine(logging.Formatter):
    """Write an event with its error, if it has one, and where that arose, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        told = f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            place = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
            told += f": {type(error).__name__}: {error}{place}"
        return " ".join(told.split())


def begin() -> None:
    """Write errors to standard error, and nothing else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    logging.basicConfig(handlers=[handler], level=logging.ERROR, force=True)
    logging.captureWarnings(True)
