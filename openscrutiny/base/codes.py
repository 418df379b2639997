"""The codes of authenticator apps: a key, and the six digits it makes of a moment."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

STEP = 30  # seconds for which a code is shown


def new_key() -> str:
    """A key for an authenticator app: 20 random bytes in base 32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(key: str, moment: float, *, steps: int = 0) -> str:
    """The six digits an authenticator app shows at a moment (RFC 6238), or some steps from it."""
    counter = int(moment) // STEP + steps
    digest = hmac.digest(base64.b32decode(key), counter.to_bytes(8), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
