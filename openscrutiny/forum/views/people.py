"""One person for the secretariat, one's own contact page, and the register of interests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.models import AccessNeeds, Organisation, Person
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.seats import (
    ContactForm,
    EndInterestForm,
    InterestForm,
    ItemInterestForm,
)
from openscrutiny.forum.models import Interest
from openscrutiny.forum.pages import people as pages
from openscrutiny.forum.pages.agenda_items import item_for
from openscrutiny.forum.pages.seats import body_of_day
from openscrutiny.forum.places import in_bodies
from openscrutiny.forum.services import interests as register
from openscrutiny.forum.services import people as services
from openscrutiny.forum.views.filling_in import Ask, filled_in
from openscrutiny.forum.views.filling_in import person as asking

_GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What is kept of somebody."""
    found = _person(request, number)
    page = pages.person_page(found, by=request.user, today=timezone.localdate())
    return render(request, "forum/person.html", {"page": page})


@_GET_AND_POST
def contact_of(request: HttpRequest, number: int) -> HttpResponse:
    """Changing how somebody is reached and what they need, by the secretariat."""
    found = _person(request, number)
    ask = Ask(
        f"How to reach {found}, and what they need",
        "Keep it",
        back=f"/people/{found.pk}/",
        back_label=found.name,
        lead="The record says that it was changed, never to what.",
    )
    return _changing(request, found, ask)


@_GET_AND_POST
@login_required
def own_contact(request: HttpRequest) -> HttpResponse:
    """How one is reached oneself, and what one needs to take part."""
    found = Person.objects.filter(user=request.user.pk).first()
    if found is None:
        return render(request, "forum/no_person.html")
    ask = Ask(
        "How to reach you, and what you need",
        "Keep it",
        back="/account/",
        back_label="Your account",
        lead="Only you and the secretariat of your body read this.",
    )
    return _changing(request, found, ask, led_to="/account/contact/")


@require_safe
def interests(request: HttpRequest) -> HttpResponse:
    """The register of interests of a body: ``?body=`` chooses it."""
    body = request.GET.get("body", "")
    try:
        page = pages.register_page(
            body, request.user, Asked.of(request), today=timezone.localdate()
        )
    except NotPossible as none:
        raise Http404(str(none)) from None
    return render(request, "forum/interests.html", {"page": page})


@_GET_AND_POST
def declare(request: HttpRequest) -> HttpResponse:
    """Declaring an interest: one's own, or for the secretariat anybody's of the body."""
    today = timezone.localdate()
    code = request.GET.get("body", "")
    seats = in_bodies(request.user)
    mine = access.standing_of(request.user).organisations | {s.organisation for s in seats}
    access.require(
        request.user,
        Action.DECLARE_INTEREST,
        concerning=[code] if code else mine,
        places=seats,
    )
    code = code or next((s.organisation for s in seats), "")
    try:
        terms, body = body_of_day(code, today)
    except NotPossible as none:
        raise Http404(str(none)) from None
    people = _who_may_be_spoken_for(request, body.code)
    form = InterestForm(
        request.POST or None,
        people=people,
        initial={"since": today, "person": people.filter(user=request.user.pk).first()},
    )

    def take(said: Mapping[str, Any]) -> object:
        of = Organisation.objects.get(code=body.code)
        return register.declare_interest(body=of, by=asking(request), now=timezone.now(), **said)

    ask = Ask(
        "Declare an interest",
        "Declare it",
        back=f"/interests/?body={body.code}",
        back_label="Register of interests",
        caption=terms.organisation(body.code).name,
        lead="It stands in the register. Where it bears on an item you step aside from that item.",
    )
    return filled_in(request, form, ask=ask, take=take, said="It stands in the register.")


@_GET_AND_POST
def declare_in_item(request: HttpRequest, number: str) -> HttpResponse:
    """Declaring an interest in one agenda item, which leads back to that item."""
    found = item_for(number, request.user)
    meeting = found.meeting
    access.require(request.user, Action.DECLARE_INTEREST, concerning=meeting.concerning)
    people = _who_may_be_spoken_for(request, meeting.body.code, meeting=meeting.pk)
    own = people.filter(user=request.user.pk).first()
    form = ItemInterestForm(request.POST or None, people=people, initial={"person": own})

    def take(said: Mapping[str, Any]) -> object:
        return register.declare_interest(
            body=meeting.body,
            item=found,
            since=timezone.localdate(),
            by=asking(request),
            now=timezone.now(),
            **said,
        )

    ask = Ask(
        "Declare an interest in this item",
        "Declare it",
        back=found.href,
        back_label=found.heading,
        caption=f"Item {found.number}: {found.heading}",
        lead=(
            "It stands in the register, under the item and in the minutes. Whether you step aside "
            "is for the meeting to decide; nobody votes on their own organisation's item."
        ),
    )
    said = "The interest is declared. Who runs the meeting is told of it in the room."
    return filled_in(request, form, ask=ask, take=take, said=said)


@_GET_AND_POST
def end_interest(request: HttpRequest, number: int) -> HttpResponse:
    """Saying that an interest is over."""
    found = Interest.objects.filter(pk=number).select_related("body", "person").first()
    mine = access.standing_of(request.user).organisations
    access.require(
        request.user,
        Action.DECLARE_INTEREST,
        concerning=[found.body.code] if found else mine,
        places=in_bodies(request.user),
    )
    if found is None:
        raise Http404("There is no such interest. Look in the register.")
    form = EndInterestForm(request.POST or None, initial={"until": timezone.localdate()})

    def take(said: Mapping[str, Any]) -> object:
        return register.end_interest(interest=found, by=asking(request), now=timezone.now(), **said)

    ask = Ask(
        "Say that an interest is over",
        "It is over",
        back=f"/interests/?body={found.body.code}",
        back_label="Register of interests",
        lead=f"“{found.text}” It stays in the register with its last day.",
    )
    return filled_in(request, form, ask=ask, take=take, said="It stands as over in the register.")


def _person(request: HttpRequest, number: int) -> Person:
    """Somebody, for whoever may read what is private of them; a refusal tells no numbers apart."""
    found = Person.objects.filter(pk=number).select_related("organisation", "user").first()
    if found is None:
        mine = access.standing_of(request.user).organisations
        access.require(request.user, Action.READ_ACCESS_NEEDS, concerning=mine)
        raise Http404("There is nobody with this number. Look in the list of seats.")
    services.require_private(found, asking(request))
    return found


def _changing(request: HttpRequest, found: Person, ask: Ask, *, led_to: str = "") -> HttpResponse:
    needs = AccessNeeds.objects.filter(person=found).first()
    as_it_is = {
        "email": found.email,
        "by_post": "yes" if found.by_post else "no",
        "postal_address": found.postal_address,
        "format": found.format,
        "named_publicly": "yes" if found.named_publicly else "no",
        "needs": needs.text if needs else "",
    }
    form = ContactForm(request.POST or None, initial=as_it_is)

    @transaction.atomic
    def take(said: Mapping[str, Any]) -> object:
        by, now = asking(request), timezone.now()
        reached = {name: said[name] for name in as_it_is if name != "needs"}
        services.change_contact(person=found, contact=services.Contact(**reached), by=by, now=now)
        return services.change_access_needs(person=found, text=said["needs"], by=by, now=now)

    return filled_in(request, form, ask=ask, take=take, said="It is kept.", led_to=led_to)


def _who_may_be_spoken_for(
    request: HttpRequest, body: str, *, meeting: int | None = None
) -> QuerySet[Person]:
    """For the secretariat who sits or sat in a body, or comes to a meeting; else oneself."""
    if access.allows(request.user, Action.FILL_SEATS, concerning=[body]):
        sits = Q(memberships__body__code=body)
        return Person.objects.filter(sits | Q(attendances__meeting=meeting)).distinct()
    return Person.objects.filter(user=request.user.pk)
