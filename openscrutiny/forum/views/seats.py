"""Who sits where: the list, one seat, and every step about the people in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.models import Organisation, Person
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.seats import EndForm, FillForm, PersonForm, RenewForm, SubstituteForm
from openscrutiny.forum.models import Membership
from openscrutiny.forum.pages import seats as pages
from openscrutiny.forum.services import seats as services
from openscrutiny.forum.services.people import Newcomer
from openscrutiny.forum.views.filling_in import Ask, day_asked, filled_in, of_a_known_day, person

_GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@of_a_known_day
def seats(request: HttpRequest) -> HttpResponse:
    """The seats of a body: ``?body=`` chooses it, ``?on=`` the day."""
    found = _found(
        lambda: pages.seats_page(
            request.GET.get("body", ""), person(request), on=day_asked(request)
        )
    )
    return render(request, "forum/seats.html", {"page": found})


@require_safe
def seat(request: HttpRequest, body: str, seat: str) -> HttpResponse:
    """One seat."""
    found = _found(lambda: pages.seat_page(body, seat, person(request), on=timezone.localdate()))
    return render(request, "forum/seat.html", {"page": found})


@_GET_AND_POST
def fill(request: HttpRequest, body: str, seat: str) -> HttpResponse:
    """Putting somebody into a seat."""
    access.require(request.user, Action.FILL_SEATS, concerning=[body])
    today = timezone.localdate()
    found = _found(lambda: pages.seat_page(body, seat, person(request), on=today))
    form = FillForm(request.POST or None, initial={"since": today})

    def take(said: Mapping[str, Any]) -> object:
        return services.fill_seat(
            body=Organisation.objects.get(code=body),
            seat=seat,
            person=_who(form, said["on_behalf_of"]),
            since=said["since"],
            on_behalf_of=said["on_behalf_of"],
            by=person(request),
            now=timezone.now(),
        )

    ask = Ask(
        f"Fill the seat “{found.title}”",
        "Fill the seat",
        back=f"/seats/{body}/{seat}/",
        back_label=found.title,
        lead=f"{found.term}. {found.rules}. It speaks for: {found.voice}.",
    )
    return filled_in(request, form, ask=ask, take=take, said="The seat is filled.")


@_GET_AND_POST
def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Ending or renewing a membership, or naming a substitute for it."""
    membership = _membership(request, number)
    if step not in _STEPS:
        raise Http404("There is no such step.")
    return _STEPS[step](request, membership)


def _end(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = EndForm(request.POST or None, initial={"until": timezone.localdate()})

    def take(said: Mapping[str, Any]) -> object:
        return services.end_membership(
            membership=membership, by=person(request), now=timezone.now(), **said
        )

    heading = f"End the membership of {membership.person}"
    lead = "It stays in the history of the seat. Substitutes end with it."
    return _stepped(
        request, membership, form, take, Ask(heading, "End it", "", "", lead=lead, warning=True)
    )


def _renew(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = RenewForm(request.POST if request.method == "POST" else None)

    def take(_: Mapping[str, Any]) -> object:
        return services.renew(membership=membership, by=person(request), now=timezone.now())

    ends = f" The present term ends on {in_words(membership.until)}." if membership.until else ""
    lead = f"The new term begins the day after the present one runs out.{ends}"
    heading = f"Renew the term of {membership.person}"
    return _stepped(request, membership, form, take, Ask(heading, "Renew it", "", "", lead=lead))


def _substitute(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = SubstituteForm(request.POST or None, initial={"since": timezone.localdate()})

    def take(said: Mapping[str, Any]) -> object:
        return services.name_substitute(
            membership=membership,
            person=_who(form, membership.on_behalf_of),
            since=said["since"],
            by=person(request),
            now=timezone.now(),
        )

    heading = f"Name a substitute for {membership.person}"
    lead = "A substitute in the room counts for the seat, as long as the member's term lasts."
    return _stepped(request, membership, form, take, Ask(heading, "Name them", "", "", lead=lead))


_STEPS: Mapping[str, Callable[[HttpRequest, Membership], HttpResponse]] = {
    "end": _end,
    "renew": _renew,
    "substitute": _substitute,
}


def _stepped(
    request: HttpRequest,
    membership: Membership,
    form: forms.Form,
    take: Callable[[Mapping[str, Any]], object],
    ask: Ask,
) -> HttpResponse:
    back = f"/seats/{membership.body.code}/{membership.seat}/"
    around = Ask(ask.heading, ask.button, back, "The seat", lead=ask.lead, warning=ask.warning)
    return filled_in(request, form, ask=around, take=take, said="It is done and recorded.")


def _who(form: PersonForm, organisation: Organisation | None) -> Person | Newcomer:
    """Who was chosen, or who is new."""
    said = form.cleaned_data
    return form.who or Newcomer(
        said["name"], said["email"], organisation, said["account"], namesake=form.another
    )


def _membership(request: HttpRequest, number: int) -> Membership:
    found = (
        Membership.objects.filter(pk=number)
        .select_related("body", "person", "on_behalf_of")
        .first()
    )
    # Whoever may fill no seat at all learns nothing of which numbers there are.
    mine = access.standing_of(request.user).organisations
    access.require(request.user, Action.FILL_SEATS, concerning=[found.body.code] if found else mine)
    if found is None:
        raise Http404("There is no such membership. Look in the list of seats.")
    return found


def _found(read: Callable[[], Any]) -> Any:
    """A page, or that there is none at this address."""
    try:
        return read()
    except NotPossible as none:
        raise Http404(str(none)) from None
