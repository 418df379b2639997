"""Reads the settings of mail from the environment: the server's address, the digest's moment."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HERE = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """A mail server: by TLS from the start, or by STARTTLS, or plainly on one's own machine."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


def mail_server(url: str) -> Server:
    """Read ``smtp://user:password@host:port`` (STARTTLS, but plain on one's own machine) or
    ``smtps://…`` (TLS). An empty address is no server. RuntimeError says what cannot be used."""
    if not url:
        return Server("localhost", 25, "", "", tls=False, starttls=False)
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not parts.hostname or not port:
        # The address itself is not repeated: a password stands in it.
        raise RuntimeError(
            "OPENSCRUTINY_MAIL_URL cannot be used. Write it as smtp://user:password@host:587 or "
            "smtps://user:password@host:465, or leave it out to send no mail."
        )
    return Server(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp" and parts.hostname not in _HERE,
    )


def digest_moment(text: str) -> tuple[int, int]:
    """Read ``Monday 8`` as weekday (Monday is 0) and hour; RuntimeError for anything else."""
    day, _, hour = text.strip().lower().partition(" ")
    if day not in _DAYS or not hour.isdecimal() or int(hour) > 23:
        raise RuntimeError(
            f"OPENSCRUTINY_DIGEST cannot be “{text}”. Write a weekday and an hour: Monday 8."
        )
    return _DAYS.index(day), int(hour)
