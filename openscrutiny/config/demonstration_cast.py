"""Who takes the steps of the demonstration, and how its stories are told in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from openscrutiny.base.models import Organisation, User
from openscrutiny.core.permits import Role

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
_Made = TypeVar("_Made")
Story = Generator[datetime, None, _Made]


@dataclass(frozen=True)
class Cast:
    """The people of the story, one for each role in it, and the organisation that is asked."""

    secretariat: User
    chair: User
    member: User
    drafter: User
    signatory: User
    verifier: User
    asked: Organisation

    @classmethod
    def of_accounts(cls) -> Cast:
        """The demonstration accounts; User.DoesNotExist before they were made."""
        named = {
            role: User.objects.get(username=role.value)
            for role in (
                Role.SECRETARIAT,
                Role.CHAIR,
                Role.MEMBER,
                Role.DRAFTER,
                Role.SIGNATORY,
                Role.VERIFIER,
            )
        }
        asked = Organisation.objects.get(
            roles__user=named[Role.SIGNATORY], roles__role=Role.SIGNATORY.value
        )
        return cls(asked=asked, **{role.value: user for role, user in named.items()})


def together(stories: Iterable[Story[Any]]) -> Story[None]:
    """Several stories as one: each time the step that is the earliest of those that are next."""
    waiting = [(next(story), place, story) for place, story in enumerate(stories)]
    heapq.heapify(waiting)
    while waiting:
        moment, place, story = heapq.heappop(waiting)
        yield moment
        if (after := next(story, None)) is not None:
            heapq.heappush(waiting, (after, place, story))
