"""Writes about people: organisations, accounts, and the roles people hold."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import audit
from openscrutiny.base.models import Notice, Organisation, RoleHeld, User
from openscrutiny.base.moves import note
from openscrutiny.core.permits import Action, Role
from openscrutiny.core.workflow import NotPossible

# For which kind of organisation each role is held.
KIND_OF_ROLE = {
    Role.MEMBER: "forum",
    Role.CHAIR: "forum",
    Role.SECRETARIAT: "forum",
    Role.ANALYST: "forum",
    Role.DRAFTER: "police",
    Role.SIGNATORY: "police",
    Role.VERIFIER: "verifier",
    Role.ADMINISTRATOR: "forum",
}


@dataclass(frozen=True)
class Account:
    """An account as it is told to the person who may use it."""

    username: str
    role: str
    password: str


@transaction.atomic
def ensure_organisations(wanted: Iterable[tuple[str, str, str]]) -> None:
    """Have every organisation of the terms of reference (code, name, kind), as they name it now."""
    for code, name, kind in wanted:
        Organisation.objects.update_or_create(code=code, defaults={"name": name, "kind": kind})


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: Role,
    organisation: Organisation,
    since: date,
    until: date | None,
    by: User,
    now: datetime,
) -> RoleHeld:
    """Have a person hold a role for an organisation, both days included.

    NotPossible where the role is not one of that kind of organisation, or ends before it begins.
    """
    if until is not None and until < since:
        raise NotPossible("The role would end before it begins.", "Correct one of the two dates.")
    _fits(role, organisation)
    note(
        "base.role.granted",
        reference=f"user:{user.pk}",
        action=Action.MANAGE_ACCOUNTS,
        by=by,
        now=now,
        details={
            "role": role.value,
            "organisation": organisation.code,
            "since": str(since),
            "until": str(until or ""),
        },
    )
    return RoleHeld.objects.create(
        user=user, role=role.value, organisation=organisation, since=since, until=until
    )


@transaction.atomic
def end_role(*, held: RoleHeld, until: date, by: User, now: datetime) -> RoleHeld:
    """Let a role end on a day; the record of having held it stays."""
    if until < held.since:
        raise NotPossible("The role would end before it begins.", "Choose a later day.")
    note(
        "base.role.ended",
        reference=f"user:{held.user_id}",
        action=Action.MANAGE_ACCOUNTS,
        by=by,
        now=now,
        details={"role": held.role, "until": str(until)},
    )
    held.until = until
    held.save(update_fields=["until"])
    return held


def _fits(role: Role, organisation: Organisation) -> None:
    wanted = KIND_OF_ROLE.get(role)
    fits = wanted in (None, organisation.kind)
    if role in (Role.DRAFTER, Role.SIGNATORY):
        fits = organisation.kind in ("police", "partner")
    if not fits:
        raise NotPossible(
            f"A {role.value} acts for another kind of organisation than {organisation.name}.",
            "Choose another organisation or another role.",
        )


def see_notices(*, by: User, now: datetime) -> int:
    """Note that a person has seen what the person was told; returns how many were new."""
    return Notice.objects.filter(recipient=by, seen_at=None).update(seen_at=now)


def ensure_demonstration_accounts(*, folder: Path, by: str, now: datetime) -> tuple[Account, ...]:
    """One account per role with a generated password, kept in ``accounts.txt`` of the folder.

    Accounts that are there keep their passwords. Only for installations on one's own machine.
    Call ``ensure_organisations`` before.
    """
    kept = folder / "accounts.txt"
    known = {a.username: a for a in read_accounts(folder)}
    with transaction.atomic():
        accounts = []
        for role in KIND_OF_ROLE:
            user = User.objects.filter(username=role.value).first()
            account = known.get(role.value)
            if user is None or account is None:
                account = Account(role.value, role.value, secrets.token_urlsafe(12))
                user = user or User(username=role.value, created_at=now)
                user.set_password(account.password)
                user.save()
            _hold(user, role, now)
            accounts.append(account)
        if {a.username: a for a in accounts} != known:
            _write(kept, accounts, by)
    return tuple(accounts)


def _hold(user: User, role: Role, now: datetime) -> None:
    """Have a demonstration account hold its role from today on."""
    organisation = Organisation.objects.filter(kind=KIND_OF_ROLE[role]).order_by("pk").first()
    today = timezone.localtime(now).date()
    if organisation is None or RoleHeld.objects.filter(user=user, role=role.value).exists():
        return
    RoleHeld.objects.create(user=user, role=role.value, organisation=organisation, since=today)
    audit.record(
        "base.role.granted",
        reference=f"user:{user.pk}",
        actor=None,
        acting=None,
        now=now,
        details={"role": role.value, "organisation": organisation.code, "since": str(today)},
    )


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
