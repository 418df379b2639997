"""Views of what is taken into a meeting: the pack, the agenda and letters as Word, the brief."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openscrutiny.base import access
from openscrutiny.core.permits import Action
from openscrutiny.forum.documents import keeping, writing
from openscrutiny.forum.models import Meeting
from openscrutiny.forum.pages import briefs, packs
from openscrutiny.forum.views.minutes import word_file


@require_safe
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """The meeting pack as a PDF: the open one, or with ``closed=1`` the full one."""
    found, closed = _meeting(request, number), _closed(request)
    if closed:
        access.require(request.user, Action.READ_CLOSED, concerning=found.concerning)
    made = packs.as_pdf(packs.pack(found, closed=closed))
    answer = HttpResponse(made, content_type="application/pdf")
    name = keeping.safe_name(f"pack {number}{' full' if closed else ''}", "pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@require_safe
def agenda_word(request: HttpRequest, number: str) -> HttpResponse:
    """The published agenda as a Word document: the open one, or with ``closed=1`` the full one.

    The full one is marked at the head and the foot of each page, and in its name.
    """
    found, closed = _meeting(request, number), _closed(request)
    if closed:
        access.require(request.user, Action.READ_CLOSED, concerning=found.concerning)
    made = writing.document(
        packs.agenda_blocks(packs.pack(found, closed=closed)),
        title=f"Agenda: {found.heading}",
        mark=packs.CLOSED_AGENDA if closed else "",
    )
    return word_file(made, f"agenda {number}{' full' if closed else ''}")


@require_safe
def invitations(request: HttpRequest, number: str) -> HttpResponse:
    """Letters of invitation as Word: names and addresses, for the secretariat alone."""
    found = _meeting(request, number)
    access.require(request.user, Action.PLAN_MEETING, concerning=found.concerning)
    letters = packs.invitations(found)
    made = writing.letters(letters, title=f"Invitations: {found.heading}")
    return word_file(made, f"invitations {number}")


@require_safe
def brief(request: HttpRequest, number: str) -> HttpResponse:
    """What the chair reads before the meeting."""
    found = _meeting(request, number)
    access.require(request.user, Action.READ_MEETING, concerning=found.concerning)
    page = briefs.meeting_brief(found, by=request.user)
    return render(request, "forum/meeting_brief.html", {"page": page})


def _closed(request: HttpRequest) -> bool:
    """Whether the full one was asked for. Nobody gets it who did not ask."""
    return request.GET.get("closed") == "1"


def _meeting(request: HttpRequest, number: str) -> Meeting:
    rows = Meeting.objects.visible_to(access.standing_of(request.user)).select_related("body")
    return access.fetch_or_deny(
        rows.filter(number=number).first(),
        by=request.user,
        hidden=Action.READ,
        needs=lambda _: (Action.READ, ()),
    )
