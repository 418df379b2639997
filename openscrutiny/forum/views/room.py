"""The room on one screen, and voting in it: parse, one call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.layout import asset
from openscrutiny.base.steps import status_of
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms import room as forms
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Vote
from openscrutiny.forum.pages.ballots import vote_page
from openscrutiny.forum.pages.room import own_attendance, room_page
from openscrutiny.forum.services import (
    actions,
    attendance,
    ballots,
    decisions,
    interests,
    notes,
    papers,
    room,
)
from openscrutiny.forum.services.decisions import settled_by_decision

Take = Callable[..., object]


@dataclass(frozen=True)
class Step:
    """Something pressed in the room: its form, what it calls, what is said, where it comes back."""

    form: type[forms.RoomForm]
    take: Take
    said: str
    back: str


_OF_MEETING: Mapping[str, Take] = {
    "open": room.open_meeting,
    "adjourn": room.adjourn,
    "resume": room.resume,
    "close": room.close_meeting,
    "close_inquorate": room.close_inquorate,
}
_OF_ITEM: Mapping[str, Take] = {
    "open": room.open_item,
    "note": room.close_item_noted,
    "decide": room.close_item_decided,
    "reopen": room.reopen_item,
}


def _take_step(
    *, meeting: Meeting, event: str, item: AgendaItem | None = None, **step: Any
) -> object:
    of = _OF_MEETING if item is None else _OF_ITEM
    if event not in of:
        raise NotPossible("That is no step of the room.", "Choose the step again.")
    return of[event](**({"meeting": meeting} if item is None else {"item": item}), **step)


def _decide(*, meeting: Meeting, item: AgendaItem, **said: Any) -> object:
    return decisions.record_decision(item=item, about=item.about or item.reference, **said)


def _declare(*, meeting: Meeting, attendance: Attendance, now: datetime, **said: Any) -> object:
    return interests.declare_interest(
        body=meeting.body,
        person=attendance.person,
        since=timezone.localdate(now),
        now=now,
        **said,
    )


def _without_meeting(service: Take) -> Take:
    """A service that is told of the meeting by what it is given."""

    def take(*, meeting: Meeting, **given: Any) -> object:
        return service(**given)

    return take


def _when_pressed(service: Take) -> Take:
    """A service that is told when its button was pressed, where that waited for the network."""

    def take(
        *, now: datetime, at: datetime | None, waited: timedelta | None, **given: Any
    ) -> object:
        if at is None and waited is not None:
            at = now - waited
        return service(now=now, at=at, **given)

    return take


STEPS: Mapping[str, Step] = {
    "arrive": Step(
        forms.ArriveForm, _when_pressed(attendance.record_arrival), "Recorded.", "people"
    ),
    "leave": Step(
        forms.LeaveForm,
        _when_pressed(_without_meeting(attendance.record_departure)),
        "Recorded.",
        "people",
    ),
    "correct": Step(
        forms.CorrectForm,
        _without_meeting(attendance.correct_presence),
        "The time is put right; what was recorded before stays in the record.",
        "people",
    ),
    "preside": Step(forms.PresideForm, attendance.preside, "Recorded who presides.", "quorum"),
    "aside": Step(
        forms.AsideForm, _without_meeting(attendance.recuse), "Recorded who steps aside.", "aside"
    ),
    "interest": Step(forms.InterestForm, _declare, "The interest is declared.", "aside"),
    "table": Step(
        forms.TableForm,
        _without_meeting(papers.table),
        "The paper is taken and published with the reason.",
        "papers",
    ),
    "step": Step(forms.StepForm, _take_step, "Done.", "before"),
    "note": Step(forms.NoteForm, notes.write_note, "The note is kept.", "notes"),
    "action": Step(
        forms.ActionForm, _without_meeting(actions.capture_action), "It is recorded.", "actions"
    ),
    "ballot": Step(
        forms.OpenBallotForm, _without_meeting(ballots.open_ballot), "The vote is open.", "votes"
    ),
    "vote": Step(
        forms.VoteForm, _without_meeting(ballots.cast_vote), "The vote is recorded.", "votes"
    ),
    "count": Step(
        forms.CloseBallotForm,
        _without_meeting(ballots.close_ballot),
        "The vote is closed.",
        "votes",
    ),
    "decide": Step(
        forms.DecideForm,
        _decide,
        "The decision is recorded. The chair certifies it, or the deputy who presided.",
        "decisions",
    ),
}
# Forms with words in them, which stand on the page whether they were sent or not.
_WRITTEN = ("note", "action", "ballot", "decide", "aside", "interest", "preside", "table")


@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The room of a meeting."""
    return _shown(request, _meeting(request, number, Action.RUN_MEETING))


@require_POST
def take(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Something pressed or written in the room. Scripts are answered in JSON."""
    meeting = _meeting(request, number, Action.RUN_MEETING)
    pressed = STEPS.get(step)
    if pressed is None:
        problem = NotPossible("There is no such step.", "Choose the step again.")
        return _refused(request, meeting, problem=problem, status=404)
    form = _form(step, meeting, request.POST)
    if not form.is_valid():
        words = " ".join(str(e) for errors in form.errors.values() for e in errors)
        unread = NotPossible(words, "Put it right and press the button again.")
        return _refused(request, meeting, step, form, problem=unread, status=422)
    given = {k: v for k, v in form.cleaned_data.items() if k != "item" or v or step == "note"}
    try:
        pressed.take(meeting=meeting, **given, by=_person(request), now=timezone.now())
    except NotPossible as problem:
        return _refused(request, meeting, step, form, problem=problem, status=status_of(problem))
    if _by_script(request):
        return JsonResponse({"kept": str(form.cleaned_data.get("key", ""))})
    messages.success(request, pressed.said)
    return redirect(f"{meeting.href}room/?done={step}#{pressed.back}")


@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: HttpRequest, number: str) -> HttpResponse:
    """Voting on one's own device, or stepping aside from the item."""
    meeting = _meeting(request, number, Action.VOTE)
    problem: NotPossible | NotPermitted | None = None
    typed = request.POST.get("reason", "")[:500]
    if request.method == "POST":
        try:
            said = _voted(request, meeting)
        except (NotPossible, NotPermitted) as refusal:
            problem = refusal
        else:
            messages.success(request, said)
            return redirect(f"{meeting.href}vote/")
    page = vote_page(meeting, by=_person(request), now=timezone.now())
    shown = {
        "page": page,
        "problem": problem,
        "typed": typed if problem else "",
        "script": asset("vote.js"),
    }
    status = 200 if problem is None else 403 if isinstance(problem, NotPermitted) else 409
    return render(request, "forum/vote.html", shown, status=status)


def _voted(request: HttpRequest, meeting: Meeting) -> str:
    """Take a vote or a stepping aside, for the person who is signed in; what is said of it."""
    own = own_attendance(meeting, request.user)
    if own is None:
        raise NotPossible(
            "You are not recorded as being in this meeting.",
            "Ask the secretariat to record your arrival.",
        )
    aside = request.POST.get("step") == "aside"
    data = {**request.POST.dict(), "attendance": str(own.pk)}
    form = (forms.AsideForm if aside else forms.VoteForm)(data, meeting=meeting)
    if not form.is_valid():
        words = " ".join(str(e) for errors in form.errors.values() for e in errors)
        raise NotPossible(words, "Choose again.")
    service = attendance.recuse if aside else ballots.cast_vote
    service(**form.cleaned_data, by=_person(request), now=timezone.now())
    return "You have stepped aside from this item." if aside else "Your vote is recorded."


def _refused(
    request: HttpRequest,
    meeting: Meeting,
    step: str = "",
    form: forms.RoomForm | None = None,
    *,
    problem: NotPossible,
    status: int,
) -> HttpResponse:
    """The room again with the reason and everything that was typed; to a script the reason."""
    if _by_script(request):
        said = {"reason": str(problem), "theirs": getattr(problem, "theirs", "")}
        return JsonResponse(said, status=status)
    return _shown(request, meeting, step=step, refused=form, problem=problem, status=status)


def _shown(
    request: HttpRequest,
    meeting: Meeting,
    *,
    step: str = "",
    refused: forms.RoomForm | None = None,
    problem: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    page = room_page(meeting, by=_person(request), now=timezone.now())
    # A change of a note that was refused stands beside that note, not in the form for a new one.
    changed = refused["key"].value() if step == "note" and _seen(refused) else ""
    blank = {name: _form(name, meeting) for name in _WRITTEN}
    if refused is not None and step in blank and not changed:
        blank[step] = refused
    shown = {
        "page": page,
        "forms": blank,
        "problem": problem,
        "step": step,
        "back": done.back if (done := STEPS.get(request.GET.get("done", ""))) else "",
        "refused": refused,
        "changed": changed,
        "revision": getattr(problem, "revision", None) or _seen(refused),
        "stances": Vote.Stance.choices,
        "script": asset("room.js"),
    }
    return render(request, "forum/room.html", shown, status=status)


def _seen(form: Any) -> int:
    value = form["seen"].value() if form is not None and "seen" in form.fields else 0
    return int(value) if str(value).isdecimal() else 0


def _form(step: str, meeting: Meeting, data: Any = None) -> forms.RoomForm:
    given: dict[str, Any] = {"meeting": meeting, "auto_id": f"{step}-%s"}
    if step == "decide":
        kinds = meeting.items.filter(state="opened").values_list("about", flat=True)
        known = [settled_by_decision(about.partition(":")[0]) for about in kinds if about]
        given["allows"] = [pair for one in known for pair in one.items()]
    if data is None and "key" in STEPS[step].form.base_fields:
        given["initial"] = {"key": uuid4()}
    return STEPS[step].form(data, **given)


def _meeting(request: HttpRequest, number: str, action: Action) -> Meeting:
    """A meeting for those who may do this in its body; others learn nothing of which there are."""
    found = Meeting.objects.select_related("body").filter(number=number).first()
    own = access.standing_of(request.user).organisations
    access.require(request.user, action, concerning=found.concerning if found else own)
    if found is None:
        raise Http404("There is no meeting with this number. Check it, or look in the list.")
    return found


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _person(request: HttpRequest) -> Any:
    return request.user
