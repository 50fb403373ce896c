"""Output: what is printed, whatever code page the other end of a pipe has.

Machine formats are UTF-8 with plain line ends always. What people read is in the encoding of their terminal, and what
that lacks is spelled: β as beta, → as ->.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

from mirkg.model import normal

_SPELLED = {"→": "->", "←": "<-", "⊣": "-|", "…": "...", "–": "-", "—": "-", "·": "-", "¶": "par. ", "×": "x", "−": "-"}


def speak(*, machine: bool = False) -> None:
    """Let standard output and error take every character; for a machine, as UTF-8."""
    codecs.register_error("mirkg.spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="mirkg.spelled")
    if machine and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the characters that an encoding lacks."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(letter: str) -> str:
    bare = unicodedata.normalize("NFKD", normal.spelled(letter)).encode("ascii", "ignore").decode()
    return _SPELLED.get(letter) or bare or letter.encode("ascii", "backslashreplace").decode()
