"""Writes about people: organisations, accounts, and the roles people hold."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db import transaction
from django.utils import timezone

from openscrutiny.base import audit
from openscrutiny.base.codes import new_key
from openscrutiny.base.demonstration_accounts import Account, read_accounts, write_accounts
from openscrutiny.base.models import AuditEvent, Notice, Organisation, RoleHeld, User
from openscrutiny.base.moves import note
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action, Role
from openscrutiny.core.workflow import NotPossible

# For which kind of organisation each role is held.
KIND_OF_ROLE = {
    Role.MEMBER: "forum",
    Role.CHAIR: "forum",
    Role.SECRETARIAT: "forum",
    Role.DEPUTY: "forum",
    Role.ANALYST: "forum",
    Role.DRAFTER: "police",
    Role.CLEARER: "police",
    Role.SIGNATORY: "police",
    Role.PARTNERSHIP: "partner",
    Role.COORDINATOR: "partner",
    Role.VERIFIER: "verifier",
    Role.CASE_REVIEWER: "forum",
    Role.MODERATOR: "forum",
    Role.COMMITTEE: "committee",
    Role.CLERK: "committee",
    Role.ADMINISTRATOR: "forum",
}


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

    NotPossible where the role is not one of that kind of organisation, ends before it begins or
    begins before today, and for one's own account. Every other administrator is told.
    """
    if user.pk == by.pk:
        raise NotPossible(
            "You cannot give a role to yourself.", "Ask another administrator to give it to you."
        )
    if until is not None and until < since:
        raise NotPossible("The role would end before it begins.", "Correct one of the two dates.")
    _fits(role, organisation)
    if since < timezone.localtime(now).date():
        raise NotPossible(
            "A role is not given for the past.", "Choose today or a later day as its first day."
        )
    written = note(
        "base.role.grant",
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
    held = RoleHeld.objects.create(
        user=user, role=role.value, organisation=organisation, since=since, until=until
    )
    _tell_administrators(held, written, by=by, now=now)
    return held


def _tell_administrators(held: RoleHeld, written: AuditEvent, *, by: User, now: datetime) -> None:
    """A notice for every administrator except the one who gave the role."""
    today = timezone.localtime(now).date()
    others = RoleHeld.objects.on(today).filter(  # type: ignore[attr-defined]
        role=Role.ADMINISTRATOR.value, user__is_active=True
    )
    text = (
        f"An administrator gave {held.user} the role of {held.role} for {held.organisation}, "
        f"from {in_words(held.since)}."
    )
    Notice.objects.bulk_create(
        Notice(
            recipient_id=person,
            event=written.event,
            reference=written.reference,
            sequence=written.sequence,
            text=text[:400],
            at=now,
        )
        for person in sorted(set(others.exclude(user=by).values_list("user", flat=True)))
    )


@transaction.atomic
def end_role(*, held: RoleHeld, until: date, by: User, now: datetime) -> RoleHeld:
    """Let a role end on a day; the record of having held it stays.

    NotPossible where that would rewrite the past, or leave a person who manages accounts without
    the role to do so.
    """
    if until < held.since:
        raise NotPossible("The role would end before it begins.", "Choose a later day.")
    if until < timezone.localtime(now).date() - timedelta(days=1):
        raise NotPossible("The past is not changed.", "Choose yesterday or a later day.")
    if held.until is not None and until > held.until:
        raise NotPossible("The role ends earlier already.", "Grant the role again instead.")
    if held.user_id == by.pk and held.role == Role.ADMINISTRATOR and not _another(held):
        raise NotPossible(
            "You cannot end your own last role as administrator.",
            "Ask another administrator to end it.",
        )
    note(
        "base.role.end",
        reference=f"user:{held.user_id}",
        action=Action.MANAGE_ACCOUNTS,
        by=by,
        now=now,
        details={
            "role": held.role,
            "organisation": held.organisation.code,
            "until": str(until),
        },
    )
    held.until = until
    held.save(update_fields=["until"])
    return held


def _another(held: RoleHeld) -> bool:
    """Whether the person holds the same role a second time, without an end."""
    same = RoleHeld.objects.filter(user=held.user_id, role=held.role, until=None)
    return same.exclude(pk=held.pk).exists()


def _fits(role: Role, organisation: Organisation) -> None:
    wanted = KIND_OF_ROLE.get(role)
    fits = wanted in (None, organisation.kind)
    if wanted == "forum" and organisation.kind == "subgroup":
        fits = True  # a sub-group has members, a chair and a secretariat of its own
    if role in (Role.DRAFTER, Role.CLEARER, Role.SIGNATORY):
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
    """One account per role with a generated password and second factor, kept in ``accounts.txt``.

    Accounts that are there keep both; one from before there were second factors gets one. Only for
    installations on one's own machine. Call ``ensure_organisations`` before.
    """
    known = {a.username: a for a in read_accounts(folder)}
    with transaction.atomic():
        accounts = [_demonstrator(role, known.get(role.value), now) for role in KIND_OF_ROLE]
        if {a.username: a for a in accounts} != known:
            write_accounts(folder, accounts, by)
        told = [replace(a, organisation=_hold(Role(a.role), now)) for a in accounts]
    return tuple(told)


def _demonstrator(role: Role, known: Account | None, now: datetime) -> Account:
    """The account of a role, made or completed so that what is written down is true."""
    user = User.objects.filter(username=role.value).first()
    account = known
    if user is None or account is None:
        account = Account(role.value, role.value, secrets.token_urlsafe(12), new_key())
        user = user or User(username=role.value, created_at=now)
        user.set_password(account.password)
        user.save()
        Authenticator.objects.filter(user=user).delete()
    if not account.key:
        account = replace(account, key=new_key())
        Authenticator.objects.filter(user=user).delete()
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        data = {"secret": encrypt(account.key)}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
    return account


def _hold(role: Role, now: datetime) -> str:
    """Have a demonstration account hold its role; the name of the organisation."""
    user = User.objects.get(username=role.value)
    held = RoleHeld.objects.filter(user=user, role=role.value).select_related("organisation")
    if (first := held.first()) is not None:
        return first.organisation.name
    organisation = Organisation.objects.filter(kind=KIND_OF_ROLE[role]).order_by("pk").first()
    if organisation is None:
        return ""
    # Long enough ago for the demonstration's own record, which lies in the past.
    since = date(timezone.localtime(now).year - 2, 1, 1)
    RoleHeld.objects.create(user=user, role=role.value, organisation=organisation, since=since)
    audit.record(
        "base.role.grant",
        reference=f"user:{user.pk}",
        actor=None,
        acting=None,
        now=now,
        details={"role": role.value, "organisation": organisation.code, "since": str(since)},
    )
    return organisation.name
