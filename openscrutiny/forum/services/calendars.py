"""Every write about the secret address at which somebody has their meetings in their calendar."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from openscrutiny.base.models import User
from openscrutiny.base.moves import note
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import CalendarAddress


@transaction.atomic
def renew_address(*, by: User, now: datetime) -> str:
    """Give somebody a new secret for their calendar; the one before it leads nowhere any more.

    The secret is returned once and cannot be had again: only a hash of it is kept.
    """
    _note("forum.calendar.renew", by=by, now=now)
    secret = secrets.token_urlsafe(32)
    CalendarAddress.objects.update_or_create(
        user=by, defaults={"secret_hash": hash_of(secret), "made_at": now}
    )
    return secret


@transaction.atomic
def remove_address(*, by: User, now: datetime) -> None:
    """Take somebody's address away; NotPossible where there is none."""
    _note("forum.calendar.remove", by=by, now=now)
    deleted, _ = CalendarAddress.objects.filter(user=by).delete()
    if not deleted:
        raise NotPossible("You have no address for your calendar.", "Make one if you want one.")


def hash_of(secret: str) -> str:
    """What is kept of a secret: it is long and drawn at random, so a plain hash holds."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _note(event: str, *, by: User, now: datetime) -> None:
    note(event, reference=f"user:{by.pk}", action=Action.SEE_OWN_WORK, by=by, now=now)
