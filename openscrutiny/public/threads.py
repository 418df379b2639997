"""Publications on the thread, what waits for those who publish, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, Q

from openscrutiny.accountability.models import Recommendation
from openscrutiny.base.thread import Described, Kind, Next
from openscrutiny.base.work import Pile, WorkItem, rows_waiting
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.public.models import LIVE, STANDING, Publication, keeps_publications


def describe_publications(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Publications. One that is not public yet is hidden from all but its keepers. One query.

    A withdrawn one stays in sight of everybody and is no way to read what led to it.
    """
    keeps = keeps_publications(standing)
    rows = Publication.objects.without_content().filter(number__in=numbers)
    return {
        p.number: Described(
            p.title,
            p.href,
            p.state_in_words if keeps or p.state not in LIVE else "published",
            visible=keeps or p.is_public,
            public=p.covers if p.state in LIVE else {},
        )
        for p in rows
    }


def next_of_recommendation(number: str, standing: Standing) -> Sequence[Next]:
    """Preparing the public account of a recommendation that was issued and has none. One query."""
    if not may(standing, Action.PREPARE_PUBLICATION):
        return ()
    subject = f"{Recommendation.KIND}:{number}"
    standing_now = Publication.objects.filter(subject=subject, state__in=STANDING)
    issued = Recommendation.objects.filter(~Exists(standing_now), number=number, state="issued")
    if not issued.exists():
        return ()
    return (Next("Prepare the public account", f"/publications/new/?about={subject}"),)


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What waits for a second person who publishes: prepared accounts, proposals. One query."""
    if not may(standing, Action.PUBLISH):
        return
    to_do = {
        "prepared": "Publish this account, or send it back.",
        "withdrawal_proposed": "Withdraw it, or keep it published.",
    }
    own = Q(state="prepared", prepared_by=user.pk)
    own |= Q(state="withdrawal_proposed", proposed_by=user.pk)
    yield rows_waiting(
        Publication.objects.without_content().filter(state__in=to_do).exclude(own),
        lambda rows: [WorkItem(p.reference, p.title, p.href, to_do[p.state]) for p in rows],
    )


PUBLICATION = Kind("publication", "Public account", describe_publications)
