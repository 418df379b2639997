"""Terms of reference: the page of a day, and the forms that adopt a new version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.core.bodies import BodyTerms
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.forms.terms import (
    AdoptionForm,
    BodyForm,
    LadderForm,
    RemoveSeatForm,
    SeatForm,
)
from openscrutiny.forum.pages import terms as pages
from openscrutiny.forum.services.terms import adopt_terms
from openscrutiny.forum.views.filling_in import Ask, day_asked, filled_in, of_a_known_day, person

_GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])
_BACK = {"back": "/terms/", "back_label": "Terms of reference"}
_LEAD = "What you adopt is a new version. What applied before stays as it was, with its dates."


@require_safe
@of_a_known_day
def terms_of_day(request: HttpRequest) -> HttpResponse:
    """The terms of a day, with every version."""
    page = pages.terms_page(person(request), on=day_asked(request), today=timezone.localdate())
    return render(request, "forum/terms.html", {"page": page})


@_GET_AND_POST
def change_body(request: HttpRequest, body: str) -> HttpResponse:
    """The ordinary things of one body."""
    found = _to_change(request, body)
    newest = terms.versions().newest
    form = BodyForm(request.POST or None, terms=newest, body=found)
    name = newest.organisation(body).name
    ask = Ask(f"Change the terms of the {name}", "Adopt this version", lead=_LEAD, **_BACK)
    return _adopting(request, form, ask, form.changed)


@_GET_AND_POST
def change_ladder(request: HttpRequest) -> HttpResponse:
    """The steps of the ladder; where one stands on it twice, that is changed in a file."""
    access.require(request.user, Action.CHANGE_TERMS, concerning=[pages.forum_code()])
    newest = terms.versions().newest
    if not LadderForm.fits(newest):
        return redirect("terms-adopt")
    ask = Ask(
        "Change what happens when nothing comes",
        "Adopt this version",
        lead=(
            "Each step comes so many working days after the due date; before it with a minus sign "
            f"in front. A step that is left empty is not taken. {_LEAD}"
        ),
        **_BACK,
    )
    form = LadderForm(request.POST or None, known=newest)
    return _adopting(request, form, ask, form.changed)


@_GET_AND_POST
def new_seat(request: HttpRequest, body: str) -> HttpResponse:
    """Adding a seat."""
    found = _to_change(request, body)
    form = SeatForm(request.POST or None, known=terms.versions().newest, body=found)
    ask = Ask("Add a seat", "Adopt a version with this seat", lead=_LEAD, **_BACK)
    return _adopting(request, form, ask, form.changed)


@_GET_AND_POST
def change_seat(request: HttpRequest, body: str, seat: str) -> HttpResponse:
    """Changing a seat."""
    found = _to_change(request, body)
    rule = _seat(found, seat)
    form = SeatForm(request.POST or None, known=terms.versions().newest, body=found, seat=rule)
    ask = Ask(f"Change the seat “{rule.title}”", "Adopt a version", lead=_LEAD, **_BACK)
    return _adopting(request, form, ask, form.changed)


@_GET_AND_POST
def remove_seat(request: HttpRequest, body: str, seat: str) -> HttpResponse:
    """Taking a seat away."""
    found = _to_change(request, body)
    rule = _seat(found, seat)
    form = RemoveSeatForm(request.POST or None, initial={"seen": terms.versions().newest.version})
    ask = Ask(
        f"Remove the seat “{rule.title}”",
        "Adopt a version without this seat",
        lead="Nobody may sit in it from the day on. What it was stays in the older versions.",
        warning=True,
        **_BACK,
    )

    def without(document: dict[str, Any]) -> dict[str, Any]:
        changed = next(b for b in document["bodies"] if b["code"] == body)
        changed["seats"] = [s for s in changed["seats"] if s["code"] != seat]
        return document

    return _adopting(request, form, ask, without)


def _adopting(
    request: HttpRequest,
    form: AdoptionForm,
    ask: Ask,
    changed: Callable[[dict[str, Any]], dict[str, Any]],
) -> HttpResponse:
    def take(said: Mapping[str, Any]) -> object:
        return adopt_terms(
            document=changed(terms.versions().newest_document),
            valid_from=said["valid_from"],
            why=said["why"],
            decision=said["decision"],
            seen=said["seen"],
            by=person(request),
            now=timezone.now(),
        )

    return filled_in(request, form, ask=ask, take=take, said="The new version is adopted.")


def _to_change(request: HttpRequest, body: str) -> BodyTerms:
    """The body by the newest terms, for whoever may change them."""
    access.require(request.user, Action.CHANGE_TERMS, concerning=[pages.forum_code()])
    try:
        return pages.body_to_change(body)
    except NotPossible as none:
        raise Http404(str(none)) from None


def _seat(body: BodyTerms, code: str) -> Any:
    found = body.seat(code)
    if found is None:
        raise Http404("The newest terms of reference have no such seat.")
    return found
