"""How minutes are approved: by which decision, what became of it, and who signed them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from openscrutiny.base.models import AuditEvent
from openscrutiny.core.calendar import in_words
from openscrutiny.core.machines.rows import DECIDED
from openscrutiny.core.permits import Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.decisions import Decisions, comes_after
from openscrutiny.forum.models import Correction, Decision, Meeting, Membership

_STEP = "approve_minutes"


def approving(meeting: Meeting) -> Decision | None:
    """The certified decision by which a later meeting approved these minutes as they stand."""
    found = Decisions.about([meeting.reference]).certified(meeting.reference, _STEP)
    return found if found is not None and at_a_later_meeting(found, meeting) else None


def at_a_later_meeting(decision: Decision, meeting: Meeting) -> bool:
    """Whether a decision about the minutes of a meeting was taken at a later one of its body."""
    return decision.item is not None and comes_after(decision.item.meeting, meeting)


def in_the_way(meeting: Meeting) -> NotPossible | None:
    """What keeps circulated minutes from being signed: corrections that wait, or no decision that
    approves them as they are. None where nothing does."""
    waiting = Correction.objects.filter(version__meeting=meeting, outcome=Correction.Outcome.OPEN)
    if count := waiting.count():
        return NotPossible(
            f"{count} correction{'' if count == 1 else 's'} of these minutes "
            f"{'is' if count == 1 else 'are'} not settled.",
            "Make each of them or decline it with the reason, then sign.",
        )
    found = Decisions.about([meeting.reference])
    certified = found.certified(meeting.reference, _STEP)
    if certified is not None:
        if at_a_later_meeting(certified, meeting):
            return None
        return NotPossible(
            "The decision to approve these minutes was not taken at a later meeting.",
            "Minutes are approved by the next meeting, which can say whether they are right.",
        )
    if (recorded := found.waiting(meeting.reference, _STEP)) is not None:
        return NotPossible(
            f"Decision {recorded.number} to approve these minutes is not certified yet.",
            "Ask the chair to certify it, or to refuse it.",
        )
    spent = found.spent(meeting.reference, _STEP)
    changed = found.overtaken_at(spent) if spent else None
    if spent is not None and changed is not None:
        return NotPossible(
            f"The minutes were changed on {_moment(changed)}, after decision {spent.number} to "
            "approve them was recorded, so it is not about what they say now.",
            "Have a meeting approve them as they are: record its decision, and ask the chair to "
            "certify it.",
        )
    return NotPossible(DECIDED.reason, DECIDED.what_to_do)


def approval_of(meeting: Meeting) -> tuple[str, ...]:
    """When and by which meeting minutes were approved and who signed them, by office and seat.

    Empty while they are not. At most five queries.
    """
    if meeting.state != "approved":
        return ()
    found = Decisions.about([meeting.reference])
    used = next((d for d in found.rows if d.settles == _STEP and found.used_at(d)), None)
    signed = next(
        (e for e in reversed(found.trail[meeting.reference])
         if e.event == f"forum.meeting.{_STEP}"), None
    )  # fmt: skip
    said = []
    if used is not None and used.item is not None:
        later = used.item.meeting
        said.append(
            f"Approved on {in_words(used.decided_on)} by the meeting “{later.heading}” "
            f"({later.number}), decision {used.number}."
        )
    if signed is not None:
        said.append(
            f"Signed on {in_words(timezone.localdate(signed.at))} by {_office(signed, meeting)}."
        )
    return tuple(said)


def _office(signed: AuditEvent, meeting: Meeting) -> str:
    """Who signed, by office and seat: ``the chair (Local policing body)``. No name."""
    office = signed.acting_as.partition(" ")[0]
    words = Role.DEPUTY.words if office == Role.DEPUTY else Role.CHAIR.words
    day = timezone.localdate(signed.at)
    held = Membership.objects.on(day).filter(  # type: ignore[attr-defined]
        body=meeting.body, person__user=signed.actor, person__user__isnull=False,
        substitute_for=None,
    ).first()  # fmt: skip
    try:
        seat = terms.of_body(meeting.body.code, on=day).seat(held.seat) if held else None
    except NotPossible:
        seat = None
    return f"the {words} ({seat.title})" if seat else f"the {words}"


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{in_words(local.date())} at {local:%H:%M}"
