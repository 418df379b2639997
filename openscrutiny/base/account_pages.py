"""What the pages of accounts show: one's own, everybody's, one for the administrator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import Case, Value, When

from openscrutiny.base import second_factor
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import RoleHeld, User
from openscrutiny.base.pages import audit_page
from openscrutiny.base.passkeys import passkeys_of


@dataclass(frozen=True)
class HeldLine:
    """A role somebody holds, held or will hold."""

    number: int
    role: str
    organisation: str
    since: date
    until: date | None
    over: bool


@dataclass(frozen=True)
class AccountLine:
    """An account in the list. ``second_factor`` says whether there is one, and nothing else of it.

    ``set_up`` is false until somebody chose a password.
    """

    number: int
    name: str
    is_open: bool
    set_up: bool
    second_factor: bool
    made: datetime
    last_signed_in: datetime | None
    held: tuple[HeldLine, ...]

    @property
    def href(self) -> str:
        return f"/accounts/{self.number}/"

    @property
    def now(self) -> tuple[HeldLine, ...]:
        """The roles that are not over."""
        return tuple(h for h in self.held if not h.over)


@dataclass(frozen=True)
class Done:
    """One thing a person did, as that person reads it."""

    at: datetime
    what: str
    reference: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey by the name its owner gave it."""

    number: int
    name: str


@dataclass(frozen=True)
class OwnPage:
    """One's own account, with the newest rows the record holds of what one did."""

    line: AccountLine
    must_have_second_factor: bool
    recovery_codes_left: int
    passkeys: tuple[PasskeyLine, ...]
    done: tuple[Done, ...]


def accounts_page(asked: Asked, *, today: date) -> Listed:
    """One sheet of every account, open ones first, by name. Five queries."""
    stands = Case(When(is_active=True, then=Value("open")), default=Value("closed"))
    return listed(
        User.objects.annotate(stands=stands).order_by("-is_active", "username"),
        by="stands",
        labels={"open": "Open", "closed": "Closed"},
        asked=asked,
        lines=lambda people: _lines(people, today),
    )


def account_line(number: int, *, today: date) -> AccountLine:
    """One account. LookupError with a sentence where there is none of this number."""
    found = _lines(User.objects.filter(pk=number), today)
    if not found:
        raise LookupError(f"There is no account {number}. Look in the list of accounts.")
    return found[0]


def own_page(user: User, *, today: date) -> OwnPage:
    """The account of the person who is signed in."""
    line = account_line(user.pk, today=today)
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return OwnPage(
        line=line,
        must_have_second_factor=second_factor.must_have(user),
        recovery_codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
        passkeys=tuple(PasskeyLine(p.pk, p.wrap().name) for p in passkeys_of(user)),
        done=tuple(
            Done(row.at, row.what, row.reference, row.details)
            for row in audit_page(standing=standing_of(user), actor=user.pk).rows
        ),
    )


def _lines(people: Iterable[User], today: date) -> list[AccountLine]:
    """Accounts with their roles and whether they have a second factor, in three queries."""
    shown = list(people)
    held: dict[int, list[HeldLine]] = {}
    for row in RoleHeld.objects.filter(user__in=shown).select_related("organisation"):
        line = HeldLine(
            number=row.pk,
            role=row.get_role_display(),
            organisation=row.organisation.name,
            since=row.since,
            until=row.until,
            over=row.until is not None and row.until < today,
        )
        held.setdefault(row.user_id, []).append(line)
    rows = Authenticator.objects.filter(user__in=shown, type=Authenticator.Type.TOTP)
    secured = set(rows.values_list("user_id", flat=True))
    return [
        AccountLine(
            number=p.pk,
            name=p.username,
            is_open=p.is_active,
            set_up=p.has_usable_password(),
            second_factor=p.pk in secured,
            made=p.created_at,
            last_signed_in=p.last_login,
            held=tuple(held.get(p.pk, ())),
        )
        for p in shown
    ]
