"""Nobody verifies their own work, whichever role they hold today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from openscrutiny.accountability.models import Part
from openscrutiny.base.models import AuditEvent, RoleHeld, User
from openscrutiny.core.permits import Action, own_work


def refuse_own_work(part: Part, *, by: User, now: datetime) -> None:
    """NotPermitted for whoever belonged to an organisation that was asked since it was asked.

    So also for whoever acted for one of them in the recommendation, on whatever day. The roles of
    today alone are checked where every permission is.
    """
    if own_work_among([part], of=by, now=now):
        raise own_work(Action.VERIFY, before=True)


def own_work_among(parts: Iterable[Part], *, of: Any, now: datetime) -> frozenset[int]:
    """Those of some parts (their keys) that a person may not verify, by ``refuse_own_work``.

    Three queries, however many parts; none where there is nothing to ask.
    """
    listed = list(parts)
    if not listed or of.pk is None:
        return frozenset()
    today = timezone.localtime(now).date()
    held = list(
        RoleHeld.objects.filter(user=of, since__lte=today).values_list(
            "organisation__code", "until"
        )
    )
    acted = _acted_for({p.limb.recommendation_id for p in listed}, of)

    def belonged(part: Part) -> bool:
        recommendation = part.limb.recommendation
        asked_at = recommendation.issued_at or part.clock_started_at
        since = timezone.localtime(asked_at).date()
        return any(
            code in recommendation.asked and (until is None or until >= since)
            for code, until in held
        )

    return frozenset(
        p.pk
        for p in listed
        if belonged(p) or acted[p.limb.recommendation_id] & p.limb.recommendation.asked
    )


def _acted_for(recommendations: set[int], of: Any) -> dict[int, set[str]]:
    """For each recommendation the organisations a person acted for in any of its parts."""
    parts = Part.objects.filter(limb__recommendation__in=recommendations)
    whose = {
        f"{Part.KIND}:{number}": recommendation
        for number, recommendation in parts.values_list("number", "limb__recommendation")
    }
    mine = AuditEvent.objects.filter(actor=of.pk, reference__in=list(whose))
    found: dict[int, set[str]] = defaultdict(set)
    for reference, acting_as in mine.values_list("reference", "acting_as"):
        found[whose[reference]].add(acting_as.partition(" for ")[2])
    return found
