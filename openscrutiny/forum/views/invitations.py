"""Who is invited to a meeting, what they answer, and what they need."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.answering import asked_on_form
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.guests import GuestAnswerForm, GuestForm
from openscrutiny.forum.forms.meetings import AnswerForm
from openscrutiny.forum.models import Attendance, Meeting, Membership
from openscrutiny.forum.pages import invitations as pages
from openscrutiny.forum.pages.meetings import meeting_for
from openscrutiny.forum.services import guests
from openscrutiny.forum.services import invitations as services
from openscrutiny.forum.services.people import Newcomer

_NOBODY = "Nobody is invited by this number. Look in the list of who is invited."


@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, number: str) -> HttpResponse:
    """Who is invited and what they answered; posted to, it invites those who sit on the day."""
    found = meeting_for(number, request.user)
    access.require(request.user, Action.READ_MEETING, concerning=found.concerning)
    problem: NotPossible | None = None
    if request.method == "POST":
        try:
            made = services.invite(
                meeting=found,
                by=_person(request),
                now=timezone.now(),
                with_substitutes=bool(request.POST.get("with_substitutes")),
            )
        except NotPossible as refusal:
            problem = refusal
        else:
            people = "1 person was" if len(made) == 1 else f"{len(made)} people were"
            messages.success(request, f"{people} invited.")
            return redirect(_list_of(found))
    shown = {"page": pages.invited_page(found, by=_person(request)), "problem": problem}
    return render(request, "forum/invited.html", shown, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, number: str) -> HttpResponse:
    """Inviting somebody who has no seat."""
    found = meeting_for(number, request.user)
    access.require(request.user, Action.PLAN_MEETING, concerning=found.concerning)
    items = found.items.exclude(state="withdrawn")
    form = GuestForm(request.POST or None, people=pages.people_to_add(found), items=items)

    def add(said: dict[str, Any]) -> None:
        known = said["person"]
        new = Newcomer(said["name"], said["email"], None, said["account"])
        _, written_to = guests.invite_guest(
            meeting=found,
            person=known or new,
            capacity=said["capacity"],
            presents=said["presents"],
            site=_site(request),
            by=_person(request),
            now=timezone.now(),
        )
        if written_to:
            messages.info(request, "An address to answer at goes to them by e-mail.")

    return asked_on_form(
        request,
        form,
        act=add,
        seen=lambda: 0,
        to=lambda: _list_of(found),
        said="The person is invited.",
        heading="Invite somebody who has no seat",
        intro=(
            "Who has an account answers on the page of the meeting. To others goes an e-mail with "
            "an address at which they say whether they come and what they need."
        ),
        caption=f"Meeting {found.number}: {found.heading}",
        button="Invite them",
        back=_list_of(found),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str, attendance: int) -> HttpResponse:
    """What somebody answers: they themselves, or the secretariat for them."""
    found = meeting_for(number, request.user)
    row = _row(found, attendance)
    own = row is not None and services.is_own(row, request.user)
    if not own:
        access.require(request.user, Action.RECORD_ATTENDANCE, concerning=found.concerning)
    if row is None:
        raise Http404(_NOBODY)
    named = services.may_send(row)
    as_guest = own and row.membership_id is None
    form = (GuestAnswerForm if as_guest else AnswerForm)(
        request.POST or None,
        substitutes=[(m.pk, m.person.name) for m in named],
        label="" if own else f"Will {row.person.name} attend?",
        initial={"answer": row.reply},
    )

    def record(said: dict[str, Any]) -> None:
        reply, sent = form.said
        given: dict[str, Any] = {"attendance": row, "by": _person(request), "now": timezone.now()}
        if as_guest:
            guests.answer_as_guest(reply=reply, needs=said["needs"], **given)
        else:
            services.answer(reply=reply, substitute=_one_of(named, sent), **given)

    back = found.href if own else _list_of(found)
    return asked_on_form(
        request,
        form,
        act=record,
        seen=lambda: 0,
        to=lambda: back,
        said="Your answer is recorded." if own else "The answer is recorded.",
        heading="Your answer" if own else f"The answer of {row.person.name}",
        caption=f"Meeting {found.number}: {found.heading}",
        button="Send this answer" if own else "Record this answer",
        back=back,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, number: str, attendance: int) -> HttpResponse:
    """An address at which a guest without an account answers: sent to them, or shown once."""
    found = meeting_for(number, request.user)
    access.require(request.user, Action.PLAN_MEETING, concerning=found.concerning)
    row = _row(found, attendance)
    if row is None:
        raise Http404(_NOBODY)
    given: dict[str, Any] = {"attendance": row, "by": _person(request), "now": timezone.now()}
    made, problem = "", None
    if request.method == "POST":
        try:
            if request.POST.get("step") == "show":
                made = f"{_site(request)}{guests.make_address(**given)}"
            else:
                guests.send_address(**given, site=_site(request))
                messages.success(request, "A new address goes to them by e-mail.")
                return redirect(_list_of(found))
        except NotPossible as refusal:
            problem = refusal
    shown = {
        "name": row.person.name,
        "has_email": bool(row.person.email),
        "back": _list_of(found),
        "heading": found.heading,
        "made": made,
        "problem": problem,
    }
    return render(request, "forum/guest_address.html", shown, status=409 if problem else 200)


@require_safe
def needs(request: HttpRequest, number: str) -> HttpResponse:
    """What those who come need, for the secretariat alone."""
    found = meeting_for(number, request.user)
    access.require(request.user, Action.READ_ACCESS_NEEDS, concerning=found.concerning)
    return render(request, "forum/needs.html", {"page": pages.needs_page(found)})


def _row(found: Meeting, number: int) -> Attendance | None:
    rows = found.attendances.select_related("person", "membership").filter(pk=number)
    row = rows.first()
    if row is not None:
        row.meeting = found
    return row


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _one_of(named: list[Membership], number: int | None) -> Membership | None:
    return next((m for m in named if m.pk == number), None)


def _list_of(found: Meeting) -> str:
    return f"{found.href}invited/"


def _person(request: HttpRequest) -> Any:
    return request.user
