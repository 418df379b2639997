"""Invitations: an account, the person behind it, a role and the way in by e-mail, in one step."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import accounts, services
from openscrutiny.base.mail.queue import take_back, tell
from openscrutiny.base.mail.rules import INVITATION
from openscrutiny.base.mail.sending import server_is_set
from openscrutiny.base.models import Message, Organisation, Person, User
from openscrutiny.core.permits import Role
from openscrutiny.core.workflow import NotPossible

_LONGEST_NAME = 50
_REPLACED = "A newer set-up address took its place."


@transaction.atomic
def invite(
    *,
    name: str,
    email: str,
    organisation: Organisation | None,
    role: Role,
    body: Organisation,
    site: str,
    by: User,
    now: datetime,
) -> User:
    """Make an account for a person and send the address at which its password is chosen.

    ``organisation`` is who the person belongs to, ``body`` for whom the role is held from today,
    ``site`` the address of these pages. Somebody known by this e-mail address who has no account
    gets one. NotPossible where somebody with it has an account, where the role does not fit, or
    where no mail can be sent.
    """
    _require_mail()
    person = Person.objects.select_for_update().filter(email__iexact=email).first()
    if person is not None and person.user_id is not None:
        raise NotPossible(
            "Somebody with this e-mail address has an account.",
            "Look in the list of accounts; there a new set-up address can be sent.",
        )
    user = accounts.make_account(name=_free_name(name), by=by, now=now)
    if person is None:
        person = Person(name=name, organisation=organisation, email=email, created_at=now)
    person.user = user
    person.save()
    services.grant_role(
        user=user,
        role=role,
        organisation=body,
        since=timezone.localtime(now).date(),
        until=None,
        by=by,
        now=now,
    )
    send_address(user=user, site=site, by=by, now=now)
    return user


@transaction.atomic
def send_address(*, user: User, site: str, by: User, now: datetime) -> None:
    """Make a new set-up address and send it to the person; what waited with an older one is gone.

    The address stands in the message only until it was sent. NotPossible where no e-mail address
    is known or no mail can be sent.
    """
    _require_mail()
    person = Person.objects.filter(user=user).exclude(email="").first()
    if person is None:
        raise NotPossible(
            "No e-mail address is known for this account.",
            "Make a set-up address here and hand it over yourself.",
        )
    path = accounts.make_set_up_address(user=user, by=by, now=now)
    take_back(rule=INVITATION, person=person, reference=f"user:{user.pk}", problem=_REPLACED)
    tell(
        rule=INVITATION,
        people=[person],
        reference=f"user:{user.pk}",
        clock_event=now.isoformat(),
        subject="Your account with the forum",
        text=(
            f"There is an account for you, called {user.username}. Choose its password within "
            f"seven days, at an address that works once and is for you alone: {site}{path}"
        ),
        now=now,
        statutory=True,
        href="",
        secret=True,
    )


def how_sent(user: User) -> str:
    """What became of the last set-up address that went by e-mail; empty where none did."""
    last = Message.objects.filter(rule=INVITATION, reference=f"user:{user.pk}").first()
    if last is None:
        return ""
    if last.state == Message.State.SENT and last.sent_at:
        return f"Address sent on {timezone.localtime(last.sent_at):%-d %B %Y, %H:%M}"
    if last.state in (Message.State.QUEUED, Message.State.SENDING):
        return "The address waits to be sent"
    return f"The address did not arrive: {last.problem}"


def _require_mail() -> None:
    if not server_is_set():
        raise NotPossible(
            "No mail server is set, so nobody can be invited by e-mail.",
            "Make an account instead and hand its set-up address over yourself.",
        )


def _free_name(name: str) -> str:
    """A name for the account that nobody has: ``ada.reader``, or with a number after it.

    Letters of the plain alphabet alone, which every keyboard has; ``account`` where there are none.
    """
    flat = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in flat if not unicodedata.combining(c))
    plain = re.sub(r"[^a-z]+", ".", letters)[:_LONGEST_NAME].strip(".") or "account"
    taken = User.objects.filter(username__istartswith=plain).values_list("username", flat=True)
    known = {one.lower() for one in taken}
    numbered = (plain if n == 1 else f"{plain}{n}" for n in range(1, len(known) + 2))
    return next(one for one in numbered if one not in known)
