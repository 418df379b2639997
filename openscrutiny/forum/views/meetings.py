"""Meetings: the list, one of them, planning it, and the steps before it sits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.answering import asked_on_form
from openscrutiny.base.lists import Asked
from openscrutiny.base.models import Organisation
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.core.permits import Action, may
from openscrutiny.forum.forms.guests import GuestAnswerForm
from openscrutiny.forum.forms.meetings import AnswerForm, ArrangementsForm, PlanForm, ReasonForm
from openscrutiny.forum.models import Meeting
from openscrutiny.forum.pages import meetings as pages
from openscrutiny.forum.services import meetings as services

_SAID: Mapping[str, str] = {
    "publish_agenda": "The agenda is published, and members were told.",
    "postpone": "The meeting is postponed. Its agenda and the reason stay to be read.",
    "cancel": "The meeting is cancelled. Its agenda and the reason stay to be read.",
}


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """The meetings this person may know of."""
    now = timezone.now()
    shown = {
        "page": pages.meetings_page(request.user, Asked.of(request), now=now),
        "may_plan": bool(_bodies_to_plan_for(request.user)),
    }
    return render(request, "forum/meetings.html", shown)


@require_safe
def meeting(request: HttpRequest, number: str) -> HttpResponse:
    """One meeting, as this person may see it."""
    return _shown(request, pages.meeting_for(number, request.user))


@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """A step that is taken before a meeting sits."""
    found = pages.meeting_for(number, request.user)

    def take(**step: Any) -> object:
        return services.move_meeting(meeting=found, **step, by=_person(request), now=timezone.now())

    def again(**refusal: Any) -> HttpResponse:
        return _shown(request, pages.meeting_for(number, request.user), **refusal)

    return take_step(request, said=_SAID, take=take, show=again, back=found.href)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Planning a meeting of a body whose meetings this person plans."""
    bodies = _bodies_to_plan_for(request.user)
    if not bodies:
        access.require(request.user, Action.PLAN_MEETING)
    queryset = Organisation.objects.filter(code__in=bodies)
    only = queryset.first() if len(bodies) == 1 else None
    form = PlanForm(request.POST or None, bodies=queryset, initial={"seen": 0, "body": only})
    made: list[Meeting] = []

    def plan(said: dict[str, Any]) -> None:
        planned = services.plan_meeting(
            body=said["body"],
            arrangements=form.arrangements,
            by=_person(request),
            now=timezone.now(),
        )
        made.append(planned)

    return asked_on_form(
        request,
        form,
        act=plan,
        seen=lambda: 0,
        to=lambda: f"{made[0].href}agenda/",
        said="The meeting is planned. Its agenda begins with what stands on every agenda.",
        heading="Plan a meeting",
        button="Plan this meeting",
        back="/meetings/",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Changing what was arranged."""
    return _arranged(
        request,
        number,
        act=services.change_meeting,
        said="The arrangements were changed. Calendars learn of it.",
        heading="Change the arrangements",
        button="Save",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_date(request: HttpRequest, number: str) -> HttpResponse:
    """Giving a postponed meeting its new date."""
    return _arranged(
        request,
        number,
        act=services.reschedule,
        said="The meeting has a new date. Everybody is asked again, and the agenda goes out anew.",
        heading="Set a new date",
        button="Set this date",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def short_notice(request: HttpRequest, number: str) -> HttpResponse:
    """The chair's reason why an agenda may go out with less notice."""
    found = pages.meeting_for(number, request.user)
    access.require(request.user, Action.ALLOW_LATE, concerning=found.concerning)
    form = ReasonForm(request.POST or None, initial={"seen": found.revision})

    def allow(said: dict[str, Any]) -> None:
        services.allow_short_notice(meeting=found, **said, by=_person(request), now=timezone.now())

    page = pages.meeting_page(found, request.user, now=timezone.now())
    return asked_on_form(
        request,
        form,
        act=allow,
        seen=lambda: _revision(found),
        to=lambda: found.href,
        said="The reason is recorded. The agenda may be published.",
        heading="Why the agenda goes out late",
        caption=f"{page.heading}, {page.when}",
        intro=page.notice.in_one_sentence if page.notice else page.notice_unknown,
        button="Record this reason",
        back=found.href,
    )


def _arranged(
    request: HttpRequest, number: str, *, act: Any, said: str, heading: str, button: str
) -> HttpResponse:
    found = pages.meeting_for(number, request.user)
    access.require(request.user, Action.PLAN_MEETING, concerning=found.concerning)
    form = ArrangementsForm(request.POST or None, initial=ArrangementsForm.showing(found))

    def arrange(sent: dict[str, Any]) -> None:
        act(
            meeting=found,
            arrangements=form.arrangements,
            by=_person(request),
            now=timezone.now(),
            seen=sent["seen"],
        )

    return asked_on_form(
        request,
        form,
        act=arrange,
        seen=lambda: _revision(found),
        to=lambda: found.href,
        said=said,
        heading=heading,
        caption=f"Meeting {found.number}: {found.heading}",
        button=button,
        back=found.href,
    )


def _bodies_to_plan_for(user: Any) -> list[str]:
    standing = standing_of(user)
    codes = sorted(standing.organisations)
    return [c for c in codes if may(standing, Action.PLAN_MEETING, concerning=[c])]


def _shown(
    request: HttpRequest, found: Meeting, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    page = pages.meeting_page(found, request.user, now=timezone.now())
    shown = dict(shown_again(page, offers=page.offers, **refusal))
    if page.invitation and page.invitation.open:
        if page.invitation.guest:
            shown["answer_form"] = GuestAnswerForm()
        else:
            shown["answer_form"] = AnswerForm(substitutes=page.invitation.substitutes)
    return render(request, "forum/meeting.html", shown, status=status)


def _revision(found: Meeting) -> int:
    return Meeting.objects.values_list("revision", flat=True).get(pk=found.pk)


def _person(request: HttpRequest) -> Any:
    return request.user
