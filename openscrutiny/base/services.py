"""Writes about people."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from openscrutiny.base.models import User
from openscrutiny.core.permits import Role


@dataclass(frozen=True)
class Account:
    """An account as it is told to the person who may use it."""

    username: str
    role: str
    password: str


def ensure_demonstration_accounts(*, folder: Path, by: str, now: datetime) -> tuple[Account, ...]:
    """One account per role with a generated password, kept in ``accounts.txt`` of the folder.

    Accounts that are there keep their passwords. Only for installations on one's own machine.
    """
    kept = folder / "accounts.txt"
    known = {a.username: a for a in read_accounts(folder)}
    with transaction.atomic():
        accounts = []
        for role in (r for r in Role if r is not Role.ANYONE):
            user = User.objects.filter(username=role.value).first()
            account = known.get(role.value)
            if user is None or account is None:
                account = Account(role.value, role.value, secrets.token_urlsafe(12))
                user = user or User(username=role.value, role=role.value, created_at=now)
                user.set_password(account.password)
                user.save()
            accounts.append(account)
        if {a.username: a for a in accounts} != known:
            _write(kept, accounts, by)
    return tuple(accounts)


def read_accounts(folder: Path) -> tuple[Account, ...]:
    """The accounts written down in a place's folder; none where there is no such file."""
    try:
        lines = (folder / "accounts.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return tuple(Account(*row) for row in rows if len(row) == 3)


def _write(path: Path, accounts: list[Account], by: str) -> None:
    lines = [f"# name, role and password of each account, made by {by}"]
    lines += [f"{a.username} {a.role} {a.password}" for a in accounts]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
