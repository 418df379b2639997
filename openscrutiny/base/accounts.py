"""Every write about an account: made, set up, closed, opened again, its second factor reset."""

from __future__ import annotations

from datetime import datetime

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from openscrutiny.base import audit
from openscrutiny.base.models import Notice, User
from openscrutiny.base.moves import ReasonMissing, note
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible

_TOKENS = PasswordResetTokenGenerator()


def note_own(event: str, *, by: User, now: datetime) -> None:
    """Record what a person did to their own account. Call it inside the transaction of the write.

    It needs no permission beyond being that person.
    """
    audit.record(f"base.{event}", reference=f"user:{by.pk}", actor=by.pk, acting=None, now=now)


@transaction.atomic
def note_refused(event: str, *, of: User, now: datetime) -> None:
    """Record that a proof of being this person was refused. Who gave it is not known.

    It stands by itself: a refusal has no other write, so no transaction to belong to.
    """
    audit.record(f"base.{event}", reference=f"user:{of.pk}", actor=None, acting=None, now=now)


@transaction.atomic
def make_account(*, name: str, by: User, now: datetime) -> User:
    """A new account without a password. NotPossible where the name is taken.

    Names that differ in capital letters alone are one name.
    """
    if User.objects.filter(username__iexact=name).exists():
        raise NotPossible(
            f"There is an account called {name} already.", "Choose another name, or use that one."
        )
    user = User(username=name, created_at=now)
    user.set_unusable_password()
    user.full_clean(exclude=["last_login"])
    user.save()
    _note("account.make", user, by=by, now=now)
    return user


@transaction.atomic
def make_set_up_address(*, user: User, by: User, now: datetime) -> str:
    """The path at which a person chooses a password, once, within seven days.

    It is never kept: who makes it hands it over. A later one for an account that was never set up
    replaces it.
    """
    if not user.is_active:
        raise NotPossible("This account is closed.", "Open it again first.")
    told = "An administrator made an address at which your password can be chosen anew."
    _note("account.make_address", user, by=by, now=now, told=told)
    if not user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    person = urlsafe_base64_encode(str(user.pk).encode())
    return f"/set-up/{person}/{_TOKENS.make_token(user)}/"


def person_of_address(person: str, token: str) -> User | None:
    """Whose set-up address this is; None where it was used, is too old or was never made."""
    try:
        number = int(urlsafe_base64_decode(person))
        user = User.objects.filter(pk=number, is_active=True).first()
    except (ValueError, OverflowError, ValidationError):
        return None
    return user if user is not None and _TOKENS.check_token(user, token) else None


@transaction.atomic
def choose_password(*, user: User, password: str, now: datetime) -> None:
    """The password of an account, chosen at its set-up address, which thereby stops working."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user)
    note_own("password.choose", by=user, now=now)


@transaction.atomic
def close_account(*, user: User, reason: str, by: User, now: datetime) -> None:
    """Nobody signs in with it any more, and whoever is signed in is signed out."""
    if user.pk == by.pk:
        raise NotPossible(
            "You cannot close your own account.", "Ask another administrator to close it."
        )
    if not user.is_active:
        raise NotPossible("This account is closed already.", "Look again at the list of accounts.")
    _note("account.close", user, by=by, now=now, reason=reason)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user)


@transaction.atomic
def reopen_account(*, user: User, reason: str, by: User, now: datetime) -> None:
    """Its password and second factor are what they were."""
    if user.is_active:
        raise NotPossible("This account is open already.", "Look again at the list of accounts.")
    told = "An administrator opened your account again."
    _note("account.reopen", user, by=by, now=now, reason=reason, told=told)
    user.is_active = True
    user.save(update_fields=["is_active"])


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User, now: datetime) -> None:
    """Take away the app and the recovery codes of somebody who lost them, and end every session."""
    if user.pk == by.pk:
        raise NotPossible(
            "You cannot reset your own second factor here.",
            "Remove your authenticator app on the page of your account instead.",
        )
    if not Authenticator.objects.filter(user=user).exists():
        raise NotPossible("This account has no second factor.", "There is nothing to reset.")
    told = "An administrator reset your second factor."
    _note("second_factor.reset", user, by=by, now=now, reason=reason, told=told)
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)


@transaction.atomic
def end_sign_ins(*, user: User, by: User, now: datetime) -> None:
    """Sign somebody out everywhere, for whoever may manage accounts. The person is told."""
    told = "An administrator ended all your sign-ins."
    _note("sign_in.end_all", user, by=by, now=now, told=told)
    end_sessions(user)


def end_sessions(user: User, *, but: str = "") -> None:
    """Sign a person out everywhere, and end every sign-in that waits for its code.

    The session whose key is ``but`` goes on.
    """
    for session in Session.objects.exclude(session_key=but).iterator():
        kept = session.get_decoded()
        waiting = kept.get(LOGIN_SESSION_KEY) or {}
        if kept.get(SESSION_KEY) == str(user.pk) or (
            waiting.get("user_pk") == user_pk_to_url_str(user)
        ):
            session.delete()


def _note(
    event: str, user: User, *, by: User, now: datetime, reason: str | None = None, told: str = ""
) -> None:
    """Record a write about somebody's account, and tell that person where it concerns safety."""
    if reason is not None and not reason.strip():
        raise ReasonMissing
    written = note(
        f"base.{event}",
        reference=f"user:{user.pk}",
        action=Action.MANAGE_ACCOUNTS,
        by=by,
        now=now,
        details={"reason": reason.strip()} if reason is not None else None,
    )
    if told and user.pk != by.pk:
        Notice.objects.create(
            recipient=user,
            event=written.event,
            reference=written.reference,
            sequence=written.sequence,
            text=told,
            at=now,
        )
