"""Meetings, their items, papers and promises, and the work programme, on the thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import timezone

from openscrutiny.base.thread import Described, Kind, Next, Passage
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting, Paper, WorkItem

_UNSEEN_ITEMS = ("proposed", "scheduled")
_OF_MINUTES = ("forum.meeting.circulate", "forum.meeting.approve_minutes")
_IN_THE_ROOM = ("agenda_published", "in_session", "adjourned")


def describe_work(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Subjects of the work programme: for everybody once they were taken in. One query."""
    return {
        w.number: Described(
            w.title,
            w.href,
            w.state_in_words,
            w.state in WorkItem.PUBLIC or may(standing, Action.READ_WORK, concerning=w.concerning),
        )
        for w in WorkItem.objects.filter(number__in=numbers).select_related("body")
    }


def describe_meetings(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Meetings: for everybody once their agenda is published. One query."""
    return {
        m.number: Described(
            m.title,
            m.href,
            m.state_in_words,
            m.agenda_published_at is not None
            or may(standing, Action.READ_MEETING, concerning=m.concerning),
            in_mail=f"{m.title}, {in_words(timezone.localtime(m.starts_at).date())}",
            places=dict.fromkeys(_OF_MINUTES, f"{m.href}minutes/"),
        )
        for m in Meeting.objects.filter(number__in=numbers).select_related("body")
    }


def describe_items(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Agenda items: open ones for everybody once the agenda is published. One query."""
    found = AgendaItem.objects.filter(number__in=numbers).select_related("meeting__body")
    return {
        i.number: Described(i.title, i.href, i.state_in_words, _item_visible(i, standing))
        for i in found
    }


def describe_papers(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Papers, for those who may see them: a closed one for its body and its owner. Two queries."""
    found = Paper.objects.filter(number__in=numbers).select_related("item__meeting__body", "owner")
    seen = set(found.visible_to(standing).values_list("pk", flat=True))
    return {
        p.number: Described(p.title, p.href, p.state_in_words, p.pk in seen and p.open_to(standing))
        for p in found
    }


def describe_actions(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Actions and undertakings: for the body and who promised, then for everybody. One query."""
    found = ActionPoint.objects.filter(number__in=numbers)
    return {
        a.number: Described(
            a.title,
            a.href,
            a.state_in_words,
            (a.item.meeting.state == "approved" and not a.item.closed)
            or may(standing, Action.REPORT_ACTION, concerning=a.concerning),
        )
        for a in found.select_related("item__meeting__body", "owner")
    }


def upstream_of_items(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """An item comes from the meeting it is on, and from what it is about. One query."""
    found = AgendaItem.objects.filter(number__in=numbers).select_related("meeting")
    return {i.number: [i.meeting.reference, *([i.about] if i.about else [])] for i in found}


def upstream_of_papers(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A paper comes from its item. One query."""
    found = Paper.objects.filter(number__in=numbers).select_related("item")
    return {p.number: [p.item.reference] for p in found}


def upstream_of_actions(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A promise comes from the item it was made under. One query."""
    found = ActionPoint.objects.filter(number__in=numbers).select_related("item")
    return {a.number: [a.item.reference] for a in found}


def texts_of_work(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """Why each subject is on the programme. One query."""
    found = WorkItem.objects.filter(number__in=numbers)
    return {w.number: (Passage("Why", w.why),) for w in found}


def next_from_meeting(number: str, standing: Standing) -> Sequence[Next]:
    """The room of a meeting of that day, and voting in it on one's own device. One query."""
    found = Meeting.objects.filter(number=number, state__in=_IN_THE_ROOM).select_related("body")
    meeting = found.first()
    if meeting is None:
        return ()
    places = (("The room", "room", Action.RUN_MEETING), ("Vote", "vote", Action.VOTE))
    return tuple(
        Next(label, f"{meeting.href}{place}/")
        for label, place, action in places
        if may(standing, action, concerning=meeting.concerning)
    )


def _item_visible(item: AgendaItem, standing: Standing) -> bool:
    own = may(standing, Action.READ_MEETING, concerning=item.meeting.concerning)
    # What was withdrawn or deferred before it was ever published has no place on the agenda.
    told = item.state not in _UNSEEN_ITEMS and item.position > 0 and not item.closed
    return own or (told and item.meeting.agenda_published_at is not None)


WORK = Kind(WorkItem.KIND, "Work programme", describe_work, text=texts_of_work)
MEETING = Kind(Meeting.KIND, "Meeting", describe_meetings)
ITEM = Kind(AgendaItem.KIND, "Agenda item", describe_items, upstream_of_items)
PAPER = Kind(Paper.KIND, "Paper", describe_papers, upstream_of_papers)
ACTION = Kind(ActionPoint.KIND, "Action", describe_actions, upstream_of_actions)
