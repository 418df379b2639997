"""Building an agenda, and its items: proposed, changed, put in order, put off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.answering import asked_on_form
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.base.thread import described
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.forms.meetings import DeferForm, ItemForm, ProposalForm, ReasonForm
from openscrutiny.forum.models import AgendaItem, Meeting
from openscrutiny.forum.pages import agenda_items as items
from openscrutiny.forum.pages.agendas import building_page, strand_names, when_words
from openscrutiny.forum.pages.meetings import meeting_for
from openscrutiny.forum.services import agenda as services

_SAID: Mapping[str, str] = {
    "schedule": "The item is on the agenda.",
    "withdraw": "The item is withdrawn. The reason stands in the record.",
}


@require_safe
def agenda(request: HttpRequest, number: str) -> HttpResponse:
    """Building an agenda."""
    return _building(request, _to_build(request, number))


@require_POST
def bring_in(request: HttpRequest, number: str) -> HttpResponse:
    """Bring in what became due for an agenda since it was begun."""
    found = _to_build(request, number)
    try:
        came = services.bring_in(meeting=found, by=_person(request), now=timezone.now())
    except NotPossible as refusal:
        return _building(request, found, problem=refusal, status=409)
    messages.success(request, f"{len(came)} came onto the agenda.")
    return redirect(f"{found.href}agenda/")


@require_POST
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Move an item one place up or down."""
    found = items.item_for(number, request.user)
    try:
        services.move_item(
            item=found,
            up=request.POST.get("direction") == "up",
            by=_person(request),
            now=timezone.now(),
        )
    except NotPossible as refusal:
        return _building(request, found.meeting, problem=refusal, status=409)
    return redirect(f"{found.meeting.href}agenda/#item-{found.number}")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Proposing an item. What led here may say what it is about, and for which meeting."""
    now = timezone.now()
    offered = items.meetings_to_propose_for(request.user, now=now)
    if not offered:
        access.require(request.user, Action.PROPOSE_ITEM, concerning=_own(request))
    about = _asked(request, "about", 160)
    thing = described([about], standing=standing_of(request.user)).get(about) if about else None
    form = ProposalForm(
        request.POST or None,
        meetings=[(m.number, f"{m.heading}, {when_words(m)}") for m in offered],
        strands=_strands(),
        initial={
            "seen": 0,
            "meeting": _asked(request, "meeting", 40),
            "about": about if thing else "",
            "heading": thing.title[:200] if thing else "",
        },
    )
    made: list[AgendaItem] = []

    def propose(said: dict[str, Any]) -> None:
        meeting = next(m for m in offered if m.number == said["meeting"])
        made.append(
            services.propose_item(meeting=meeting, draft=form.draft, by=_person(request), now=now)
        )

    words = f"It is about: {thing.title}." if thing else ""
    return asked_on_form(
        request,
        form,
        act=propose,
        seen=lambda: 0,
        to=lambda: made[0].href,
        said="The item is proposed. The secretariat puts it on the agenda.",
        heading="Propose an item for an agenda",
        intro=words if offered else "No meeting is planned for which an item could be proposed.",
        button="Propose this item",
        back=thing.href if thing else "/meetings/",
    )


@require_safe
def item(request: HttpRequest, number: str) -> HttpResponse:
    """One item, as this person may see it."""
    return _shown(request, items.item_for(number, request.user))


@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Put an item on the agenda, or withdraw it."""
    found = items.item_for(number, request.user)

    def take(*, event: str, reason: str, seen: int) -> object:
        said = {"item": found, "by": _person(request), "now": timezone.now(), "seen": seen}
        if event == "schedule":
            return services.schedule_item(**said)
        return services.withdraw_item(**said, reason=reason)

    def again(**refusal: Any) -> HttpResponse:
        return _shown(request, items.item_for(number, request.user), **refusal)

    building = request.POST.get("back") == "agenda"
    back = f"{found.meeting.href}agenda/" if building else found.href
    return take_step(request, said=_SAID, take=take, show=again, back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Changing what an item says."""
    found = items.item_for(number, request.user)
    own = found.state == "proposed" and found.proposed_by_id == request.user.pk
    action = Action.PROPOSE_ITEM if own else Action.PLAN_MEETING
    access.require(request.user, action, concerning=found.meeting.concerning)
    form = ItemForm(request.POST or None, strands=_strands(), initial=ItemForm.showing(found))

    def change(said: dict[str, Any]) -> None:
        services.change_item(
            item=found,
            draft=form.draft,
            by=_person(request),
            now=timezone.now(),
            seen=said["seen"],
        )

    return _on_item(
        request,
        found,
        form,
        act=change,
        said="The item was changed.",
        heading="Change this item",
        button="Save",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def defer(request: HttpRequest, number: str) -> HttpResponse:
    """Putting an item off to a later meeting."""
    found = items.item_for(number, request.user)
    access.require(request.user, Action.RUN_MEETING, concerning=found.meeting.concerning)
    later = items.meetings_to_defer_to(found)
    form = DeferForm(
        request.POST or None,
        meetings=[(m.number, f"{m.heading}, {when_words(m)}") for m in later],
        initial={"seen": found.revision},
    )

    def put_off(said: dict[str, Any]) -> None:
        services.defer_item(
            item=found,
            to=next((m for m in later if m.number == said["to"]), None),
            reason=said["reason"],
            by=_person(request),
            now=timezone.now(),
            seen=said["seen"],
        )

    return _on_item(
        request,
        found,
        form,
        act=put_off,
        said="The item is deferred.",
        heading="Defer this item",
        button="Defer it",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def late(request: HttpRequest, number: str) -> HttpResponse:
    """The chair's reason why an item is taken after the agenda went out."""
    found = items.item_for(number, request.user)
    access.require(request.user, Action.ALLOW_LATE, concerning=found.meeting.concerning)
    form = ReasonForm(request.POST or None, initial={"seen": found.revision})

    def allow(said: dict[str, Any]) -> None:
        services.allow_late_item(item=found, **said, by=_person(request), now=timezone.now())

    return _on_item(
        request,
        found,
        form,
        act=allow,
        said="The reason is recorded. The secretariat may put the item on the agenda.",
        heading="Why this item cannot wait",
        button="Record this reason",
    )


def _on_item(request: HttpRequest, found: AgendaItem, form: Any, **how: Any) -> HttpResponse:
    return asked_on_form(
        request,
        form,
        seen=lambda: AgendaItem.objects.values_list("revision", flat=True).get(pk=found.pk),
        to=lambda: found.href,
        back=found.href,
        caption=f"Item {found.number}: {found.heading}",
        **how,
    )


def _to_build(request: HttpRequest, number: str) -> Meeting:
    found = meeting_for(number, request.user)
    access.require(request.user, Action.PLAN_MEETING, concerning=found.concerning)
    return found


def _building(
    request: HttpRequest,
    found: Meeting,
    *,
    problem: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    page = building_page(found, by=request.user)
    shown = {"page": page, "problem": problem}
    return render(request, "forum/agenda.html", shown, status=status)


def _shown(
    request: HttpRequest, found: AgendaItem, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    page = items.item_page(found, request.user)
    shown = shown_again(page, offers=page.offers, **refusal)
    return render(request, "forum/item.html", shown, status=status)


def _strands() -> list[tuple[str, str]]:
    codes = terms.in_force(timezone.localdate()).strands
    return list(zip(codes, strand_names(codes), strict=True))


def _asked(request: HttpRequest, name: str, longest: int) -> str:
    return request.GET.get(name, "").replace("\0", "")[:longest]


def _own(request: HttpRequest) -> list[str]:
    return sorted(standing_of(request.user).organisations)


def _person(request: HttpRequest) -> Any:
    return request.user
