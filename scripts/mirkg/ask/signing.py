"""Sign-in: what a store is sent that wants to know who writes, from the environment alone; it is never printed.

A password goes out only to a store that asks for one, as a digest (RFC 7616) where it can be, else as it is (RFC 7617).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from urllib.parse import urlsplit
from urllib.request import Request, parse_http_list, parse_keqv_list

from mirkg.model.problems import BadInput

USER, PASSWORD, TOKEN = "MIRKG_USER", "MIRKG_PASSWORD", "MIRKG_TOKEN"
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}  # by RFC 7616, a store may ask for either


class SignIn:
    """Sign requests as the store has asked for it, and the first one only if there is a token.

    Raises:
        BadInput: the user or the token has characters that no header can hold.
    """

    def __init__(self) -> None:
        self._token = _plain(TOKEN)
        self._user = _plain(USER)
        self._password = os.environ.get(PASSWORD, "")
        self._challenge: dict[str, str] | None = None
        self._uses = 0

    def sign(self, request: Request) -> None:
        """Add to a request what the store wants to see, as far as that is known."""
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        elif self._challenge is not None:
            request.add_unredirected_header("Authorization", self._answer(request, self._challenge))

    def asked(self, request: Request, challenges: list[str]) -> bool:
        """Sign a request that was refused with some challenges; tell whether that changes anything."""
        if self._token or not self._user:
            return False
        digests = [one for one in map(_digest, challenges) if one is not None]
        basic = not challenges or any(one.lower().startswith("basic") for one in challenges)
        if not digests and not basic:
            return False
        self._challenge, self._uses = digests[0] if digests else {}, 0
        self.sign(request)
        return True

    def _answer(self, request: Request, challenge: dict[str, str]) -> str:
        if not challenge:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        self._uses += 1
        split = urlsplit(request.full_url)
        told = {
            "username": self._user,
            "realm": challenge.get("realm", ""),
            "nonce": challenge.get("nonce", ""),
            "uri": (split.path or "/") + (f"?{split.query}" if split.query else ""),
        }
        return "Digest " + _written(told, challenge, self._password, request.get_method(), self._uses)


def _plain(name: str) -> str:
    """Return a variable of the environment that goes into a header as it is; what it holds is in no message."""
    value = os.environ.get(name, "")
    if re.search(r'[^\x21-\x7e]|["\\]', value) or (name == USER and ":" in value):
        raise BadInput(f"{name} has a character that no sign-in can have, such as a space or the end of a line.")
    return value


def _digest(challenge: str) -> dict[str, str] | None:
    """Return what a challenge asks to be hashed; nothing where it asks for something else."""
    scheme, _, rest = challenge.partition(" ")
    told = parse_keqv_list([one for one in parse_http_list(rest) if "=" in one])
    ways = [one.strip() for one in told.get("qop", "auth").split(",")]
    known = told.get("algorithm", "MD5").upper() in _HASHES
    return told if scheme.lower() == "digest" and known and "auth" in ways else None


def _written(told: dict[str, str], challenge: dict[str, str], password: str, method: str, uses: int) -> str:
    """Return the fields of a signature by digest."""
    algorithm = challenge.get("algorithm", "MD5").upper()

    def hashed(*parts: str) -> str:
        return _HASHES[algorithm](":".join(parts).encode(), usedforsecurity=False).hexdigest()

    who, what = hashed(told["username"], told["realm"], password), hashed(method, told["uri"])
    plain = {"algorithm": algorithm}
    if "qop" in challenge:
        count, own = f"{uses:08x}", secrets.token_hex(8)
        plain |= {"qop": "auth", "nc": count}
        told = told | {"cnonce": own, "response": hashed(who, told["nonce"], count, own, "auth", what)}
    else:
        told = told | {"response": hashed(who, told["nonce"], what)}
    if "opaque" in challenge:
        told = told | {"opaque": challenge["opaque"]}
    quoted = [f'{name}="{value}"' for name, value in told.items()]
    return ", ".join([*quoted, *(f"{name}={value}" for name, value in plain.items())])
