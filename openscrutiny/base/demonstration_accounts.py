"""Accounts of an installation on one's own machine: the file they are kept in, the code shown."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.http import HttpRequest

from openscrutiny.base.codes import code_at

_FILE = "accounts.txt"
# What a request carries when anything passed it on: then it may come from another machine.
_PASSED_ON = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


@dataclass(frozen=True)
class Account:
    """An account as it is told to the person who may use it; ``key`` is of its second factor."""

    username: str
    role: str
    password: str
    key: str = ""
    organisation: str = ""


def read_accounts(folder: Path) -> tuple[Account, ...]:
    """The accounts written down in a place's folder; none where there is no such file."""
    try:
        lines = (folder / _FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return tuple(Account(*row) for row in rows if len(row) in (3, 4))


def write_accounts(folder: Path, accounts: list[Account], by: str) -> None:
    """Write the accounts down, readable by the owner of the folder alone."""
    lines = [f"# name, role, password and second factor's key of each account, made by {by}"]
    lines += [f"{a.username} {a.role} {a.password} {a.key}" for a in accounts]
    handle = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)  # a file that was there before keeps its mode otherwise
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def code_to_show(request: HttpRequest, user: Any) -> str:
    """The present code of a demonstration account, or nothing.

    It is shown only where ``openscrutiny run`` serves one person on their own machine, to that
    machine alone, and only for an account of ``accounts.txt`` that still has the key kept there.
    """
    if not settings.SHOWS_CODES or not _from_this_machine(request):
        return ""
    known = {a.username: a.key for a in read_accounts(settings.STATE) if a.key}
    kept = known.get(user.username, "")
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if not kept or row is None or decrypt(row.data["secret"]) != kept:
        return ""
    return code_at(kept, time.time())


def _from_this_machine(request: HttpRequest) -> bool:
    if any(name in request.META for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
