"""Takes secret addresses out of log records: whoever reads a log learns no way in."""

from __future__ import annotations

import logging
import re

# What follows these in a path lets somebody in: an account, a calendar, a guest's invitation.
_SECRET = re.compile(r"/(set-up|calendar|invitation)/[^\s\"'?]+")


class SecretAddressFilter(logging.Filter):
    """Writes ``/invitation/…`` for any secret address, in the words and their arguments alike."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redacted(record.getMessage())
        record.args = ()
        if record.exc_info:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
        return True


def redacted(text: str) -> str:
    """A text without the secrets of addresses in it."""
    return _SECRET.sub(r"/\1/…", text)
