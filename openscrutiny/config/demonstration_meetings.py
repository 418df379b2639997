"""The invented city's forum in its room: a year of meetings, from the plan to the signed minutes.

Each meeting is a story like the others: its steps are taken through the services of a click, at
their moments, by the demonstration's own accounts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.utils import timezone

from openscrutiny.base.models import Organisation
from openscrutiny.config.demonstration_cast import DAY, HOUR, MINUTE, WEEK, Cast, Story
from openscrutiny.forum.models import AgendaItem, Attendance, Decision, Meeting, Paper
from openscrutiny.forum.notice import notice_of
from openscrutiny.forum.services import agenda, attendance, invitations, meetings, minutes, papers
from openscrutiny.forum.services import decisions as deciding
from openscrutiny.forum.services import room as sitting
from openscrutiny.forum.services.actions import capture_action, move_action
from openscrutiny.forum.services.notes import write_note

FORUM = "forum"
_FROM_ELSEWHERE = ("disability-1", "lgb")


@dataclass(frozen=True)
class Sitting:
    """What is particular to one meeting.

    ``absent`` are the seats that send apologies. ``said`` is the note under the police paper, and
    ``promised`` the undertaking given there, with the weeks it was given.
    """

    paper: str
    text: str
    said: str
    promised: tuple[str, int]
    absent: Collection[str] = ()
    kept: bool = True


# What happened at each meeting of the year, and how long ago each was.
SITTINGS = (
    (
        Sitting(
            paper="How hate crime is recorded",
            text=(
                "## What we do\n\nEvery report is read by a second person within three days. Where "
                "a strand was missed it is added, and the officer is told.\n\n"
                "## What we found\n\nIn a sample of 200 reports, 14 lacked a strand. Disability "
                "was missed most often.\n\n## What we ask of the forum\n\nTo note this."
            ),
            said=(
                "Members asked why disability is missed. Officers ask about it last, or not "
                "at all. Two members offered to help with training."
            ),
            promised=("Send the forum the questions officers ask about disability.", 6),
            absent=("disability-2", "probation"),
        ),
        38 * WEEK,
    ),
    (
        Sitting(
            paper="Training in the boroughs",
            text=(
                "## Where we are\n\n21 of 32 boroughs have trained every investigator. The others "
                "finish within six months.\n\n## What is hard\n\nPosts are empty in five boroughs."
            ),
            said=(
                "Members asked which five boroughs. The police lead will say so in writing, with "
                "what is done meanwhile for victims there."
            ),
            promised=("Name the five boroughs and say what is done there meanwhile.", 4),
            absent=("disability-2", "gender", "education"),
        ),
        26 * WEEK,
    ),
    (
        Sitting(
            paper="Contact with victims",
            text=(
                "## What changed\n\nVictims now hear from a named person. In the sample, nine in "
                "ten had a second contact within five working days.\n\n## What did not\n\n"
                "Interpreters still take more than a week to find."
            ),
            said=(
                "Members welcomed the named person. Deaf members said that a week without an "
                "interpreter is a week without the police."
            ),
            promised=("Say how interpreters can be had within two working days.", 8),
            absent=("disability-2", "other-faiths"),
        ),
        14 * WEEK,
    ),
    (
        Sitting(
            paper="After the summer",
            text=(
                "## What the figures say\n\nReports rose in two boroughs after a recording drive, "
                "and in one after an event. Outcomes did not keep up.\n\n## What they cannot "
                "say\n\nHow much was never reported."
            ),
            said="Members asked for the outcomes of each borough beside its reports each quarter.",
            promised=("Bring reports and outcomes of each borough to the next meeting.", 12),
            absent=("disability-2", "race-2", "council-south"),
            kept=False,
        ),
        2 * WEEK,
    ),
)


def meet(cast: Cast, what: Sitting, *, at: datetime) -> Story[Meeting]:
    """One meeting, planned six weeks before it; its minutes are circulated nine days after it."""
    meeting = yield from _planned(cast, at=at, told=at - 6 * WEEK)
    item = yield from _police_paper(cast, meeting, what, at=at - 19 * DAY)
    goes_out = _last_afternoon(meeting, at=at)
    yield goes_out
    meetings.publish_agenda(meeting=meeting, by=cast.secretariat, now=goes_out)
    for paper in Paper.objects.filter(item=item):
        papers.publish(paper=paper, by=cast.secretariat, now=goes_out)
    yield at
    _arrive(cast, meeting, what, at=at)
    sitting.open_meeting(meeting=meeting, by=cast.secretariat, now=at)
    yield at + 5 * MINUTE
    _note_section(cast, meeting, "opening", at=at + 5 * MINUTE)
    approving = _approve_last(cast, meeting, at=at + 10 * MINUTE)
    yield at + 15 * MINUTE
    _note_section(cast, meeting, "arising", at=at + 15 * MINUTE)
    yield at + 20 * MINUTE
    _hear(cast, item, what, at=at + 20 * MINUTE)
    yield at + 2 * HOUR
    _note_section(cast, meeting, "closing", at=at + 2 * HOUR)
    meeting.refresh_from_db()
    sitting.close_meeting(meeting=meeting, by=cast.secretariat, now=at + 2 * HOUR)
    yield at + 3 * HOUR
    _sign_last(cast, approving, at=at + 3 * HOUR)
    yield at + 3 * DAY
    meeting.refresh_from_db()
    minutes.draft_minutes(meeting=meeting, by=cast.secretariat, now=at + 3 * DAY)
    yield at + 9 * DAY
    meeting.refresh_from_db()
    minutes.circulate(meeting=meeting, by=cast.secretariat, now=at + 9 * DAY)
    if what.kept:
        yield at + what.promised[1] * WEEK
        _keep_promise(cast, item, at=at + what.promised[1] * WEEK)
    return meeting


def plan_next(cast: Cast, *, at: datetime, told: datetime) -> Story[Meeting]:
    """The meeting that is still to come: planned and announced to those in it, nothing more."""
    return (yield from _planned(cast, at=at, told=told))


def next_meeting(after: datetime) -> Meeting:
    """The forum's next meeting after a moment, among those that are planned by then."""
    return Meeting.objects.filter(body__code=FORUM, starts_at__gt=after).earliest("starts_at")


def put_before_forum(cast: Cast, *, about: str, heading: str, told: datetime) -> AgendaItem:
    """Put a thing on the agenda of the forum's next meeting, before that agenda goes out."""
    meeting = next_meeting(told)
    draft = agenda.Draft(heading=heading, about=about, minutes_planned=15)
    item = agenda.propose_item(meeting=meeting, draft=draft, by=cast.secretariat, now=told)
    agenda.schedule_item(item=item, by=cast.secretariat, now=told)
    return item


def resolve(cast: Cast, item: AgendaItem, *, settles: str, heading: str, now: datetime) -> Decision:
    """Have the meeting that sits decide on what an item is about."""
    item = AgendaItem.objects.get(pk=item.pk)
    sitting.open_item(item=item, by=cast.secretariat, now=now)
    decision = deciding.record_decision(
        item=item,
        kind="resolve",
        about=item.about,
        settles=settles,
        heading=heading,
        text="The forum resolved this at its meeting, with nobody against.",
        by=cast.secretariat,
        now=now,
    )
    sitting.close_item_decided(item=item, by=cast.secretariat, now=now)
    return decision


def _planned(cast: Cast, *, at: datetime, told: datetime) -> Story[Meeting]:
    yield told
    day = timezone.localtime(at)
    arrangements = meetings.Arrangements(
        heading=f"Meeting of {day:%-d %B %Y}",
        day=day.date(),
        starts=day.time(),
        ends=(day + 2 * HOUR + 15 * MINUTE).time(),
        venue="Committee room 1, Aldermere House",
        access="Step-free from the street, with a hearing loop and live captions.",
        joining="The address for taking part from elsewhere is in your invitation.",
    )
    body = Organisation.objects.get(code=FORUM)
    meeting = meetings.plan_meeting(
        body=body, arrangements=arrangements, by=cast.secretariat, now=told
    )
    yield told + HOUR
    invitations.invite(meeting=meeting, by=cast.secretariat, now=told + HOUR)
    return meeting


def _last_afternoon(meeting: Meeting, *, at: datetime) -> datetime:
    """The afternoon of the last day on which the agenda may go out, whatever holidays there are."""
    latest = notice_of(meeting, now=at - 3 * WEEK).latest
    return at.replace(year=latest.year, month=latest.month, day=latest.day) + 6 * HOUR


def _police_paper(
    cast: Cast, meeting: Meeting, what: Sitting, *, at: datetime
) -> Story[AgendaItem]:
    """The paper of the organisation that answers, under an item of its own."""
    yield at
    draft = agenda.Draft(heading=what.paper, presenter="Police lead on hate crime")
    item = agenda.propose_item(meeting=meeting, draft=draft, by=cast.drafter, now=at)
    agenda.schedule_item(item=item, by=cast.secretariat, now=at)
    paper = papers.draft_paper(
        item=item, heading=what.paper, owner=cast.asked, by=cast.drafter, now=at
    )
    papers.save_version(paper=paper, text=what.text, by=cast.drafter, now=at)
    yield at + HOUR
    papers.submit(paper=paper, by=cast.drafter, now=at + HOUR)
    yield at + DAY
    papers.accept(paper=paper, by=cast.secretariat, now=at + DAY)
    return item


def _arrive(cast: Cast, meeting: Meeting, what: Sitting, *, at: datetime) -> None:
    for expected in meeting.attendances.select_related("membership", "person"):
        sits = expected.membership
        if sits is not None and sits.until is not None and sits.until < at.date():
            continue
        seat = sits.seat if sits else ""
        if seat in what.absent:
            invitations.answer(
                attendance=expected,
                reply=Attendance.Reply.APOLOGIES,
                by=cast.secretariat,
                now=at,
            )
            continue
        attendance.record_arrival(
            meeting=meeting,
            person=expected.person,
            remote=seat in _FROM_ELSEWHERE,
            by=cast.secretariat,
            now=at,
        )


def _note_section(cast: Cast, meeting: Meeting, section: str, *, at: datetime) -> None:
    """Open and close, as noted, every item of a part of the agenda."""
    for item in meeting.items.filter(section=section, state="published"):
        sitting.open_item(item=item, by=cast.secretariat, now=at)
        sitting.close_item_noted(item=item, by=cast.secretariat, now=at)


def _approve_last(cast: Cast, meeting: Meeting, *, at: datetime) -> list[Decision]:
    """Approve the minutes that were tabled; none at the first meeting."""
    return [
        resolve(
            cast,
            item,
            settles="approve_minutes",
            heading="To approve the minutes of the last meeting",
            now=at,
        )
        for item in meeting.items.filter(section="minutes", state="published")
    ]


def _sign_last(cast: Cast, decisions: list[Decision], *, at: datetime) -> None:
    for decision in decisions:
        deciding.move_decision(decision=decision, event="certify", by=cast.chair, now=at)
        last = Meeting.objects.get(number=decision.about.partition(":")[2])
        minutes.approve_minutes(meeting=last, by=cast.chair, now=at)


def _hear(cast: Cast, item: AgendaItem, what: Sitting, *, at: datetime) -> None:
    """The paper is heard: what was said is noted, and something is promised aloud."""
    item.refresh_from_db()
    sitting.open_item(item=item, by=cast.secretariat, now=at)
    write_note(
        meeting=item.meeting,
        item=item,
        key=uuid5(NAMESPACE_URL, f"{item.number} said"),
        text=what.said,
        by=cast.secretariat,
        now=at,
    )
    text, weeks = what.promised
    capture_action(
        item=item,
        key=uuid5(NAMESPACE_URL, f"{item.number} promised"),
        sort="undertaking",
        text=text,
        owner=cast.asked,
        due_on=(timezone.localtime(at) + timedelta(weeks=weeks)).date(),
        by=cast.secretariat,
        now=at,
    )
    sitting.close_item_noted(item=item, by=cast.secretariat, now=at)


def _keep_promise(cast: Cast, item: AgendaItem, *, at: datetime) -> None:
    action = item.actions.get()
    move_action(
        action=action,
        event="claim_done",
        by=cast.drafter,
        now=at,
        reason="Done, and sent to every member.",
    )
    action.refresh_from_db()
    move_action(action=action, event="confirm", by=cast.secretariat, now=at)
