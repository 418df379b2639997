"""Nobody verifies their own work, whichever role they hold today."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from openscrutiny.accountability.models import Part
from openscrutiny.base.models import AuditEvent, RoleHeld, User
from openscrutiny.core.permits import Action, own_work


def refuse_own_work(part: Part, *, by: User, now: datetime) -> None:
    """NotPermitted for whoever belonged to an organisation that was asked since it was asked.

    So also for whoever acted for one of them in the recommendation, on whatever day. The roles of
    today alone are checked where every permission is.
    """
    recommendation = part.limb.recommendation
    asked = recommendation.asked
    asked_at = recommendation.issued_at or part.clock_started_at
    since, today = timezone.localtime(asked_at).date(), timezone.localtime(now).date()
    belonged = RoleHeld.objects.filter(
        Q(until=None) | Q(until__gte=since),
        user=by,
        organisation__code__in=asked,
        since__lte=today,
    )
    if belonged.exists() or _acted(part, asked, by):
        raise own_work(Action.VERIFY, before=True)


def _acted(part: Part, asked: frozenset[str], by: User) -> bool:
    parts = Part.objects.filter(limb__recommendation=part.limb.recommendation_id)
    mine = AuditEvent.objects.filter(actor=by.pk, reference__in=[p.reference for p in parts])
    done_as = mine.values_list("acting_as", flat=True)
    return any(said.partition(" for ")[2] in asked for said in done_as)
