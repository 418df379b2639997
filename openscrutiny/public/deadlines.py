"""By which day an answer was due and how late it came, from what is kept of its clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from openscrutiny.core.calendar import Deadline, NotKnownYet, Pause, Term, Unit, deadline
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.public.content import Due
from openscrutiny.warehouse import definitions


@dataclass(frozen=True)
class Clock:
    """A term that was set, and every moment it was started at, the first one first."""

    term: Term
    starts: tuple[datetime, ...]
    pauses: tuple[Pause, ...] = ()
    event: str = "Issued"


@dataclass(frozen=True)
class Timing:
    """When something was due, and how late it was at a moment (empty while it was not)."""

    due: Due | None
    late: str


UNTIMED = Timing(None, "")


def clock(
    length: int | None,
    unit: str,
    starts: Sequence[datetime | None],
    pauses: Sequence[Pause] = (),
) -> Clock | None:
    """The clock of a thing; None where none was ever started."""
    begun = tuple(sorted({s for s in starts if s is not None}))
    if length is None or not begun:
        return None
    return Clock(Term(length, Unit(unit)), begun, tuple(pauses))


def timing(
    clock: Clock | None, *, at: datetime, terms: TermsOfReference, recorded: datetime | None = None
) -> Timing:
    """How a clock stood at a moment, counted from the last time it was started before.

    ``recorded`` is the due moment that was written down when an answer was signed. It stands, so
    that a later change of the bank holidays makes nobody late.
    """
    if clock is None:
        return UNTIMED
    started = max((s for s in clock.starts if s <= at), default=clock.starts[0])
    try:
        found = deadline(
            started=started,
            term=clock.term,
            calendar=definitions.calendar(terms),
            as_of=max(at, started),
            zone=terms.time_zone,
            pauses=[p for p in clock.pauses if p.since >= started],
            due_soon_days=terms.due_soon_days,
            event=clock.event if started == clock.starts[0] else "Asked again",
        )
    except NotKnownYet as unknown:
        return Timing(Due(None, str(unknown), ()), "")
    if recorded is not None and recorded != found.due:
        found = _as_recorded(found, recorded)
    return Timing(Due(found.due_on, found.in_one_sentence, found.steps), found.late_by(at))


def _as_recorded(found: Deadline, recorded: datetime) -> Deadline:
    """The deadline that was written down, without the calculation of another one."""
    last = recorded.astimezone(ZoneInfo(found.zone)) - timedelta(microseconds=1)
    sentence = "This is the day that was due when the answer was sent."
    return replace(
        found, due=recorded, due_on=last.date(), steps=(), in_one_sentence=sentence, days_to_go=0
    )
