"""Pages of recommendations: the list, one of them, and its drafting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.accountability.forms.recommendations import LimbForm, RecommendationForm
from openscrutiny.accountability.models import Limb, Recommendation, Response
from openscrutiny.accountability.pages import recommendations as pages
from openscrutiny.accountability.services import recommendations as services
from openscrutiny.accountability.views import parts
from openscrutiny.base import access
from openscrutiny.base.answering import asked_on_form
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.core.permits import Action

_Step = Callable[..., object]

# What may be done with a recommendation as a whole; whether it takes a reason; what is said then.
_STEPS: dict[str, tuple[_Step, bool, str]] = {
    "agree": (services.agree_recommendation, False, "is marked as agreed."),
    "issue": (
        services.issue_recommendation,
        False,
        "was issued. Each organisation that is asked was told, and its clock runs.",
    ),
    "withdraw": (services.withdraw_recommendation, True, "was withdrawn, with its open parts."),
    "abandon": (services.abandon_recommendation, True, "was abandoned. Its record stays."),
}


@require_safe
def recommendations(request: HttpRequest) -> HttpResponse:
    standing = access.standing_of(request.user)
    access.require(request.user, Action.READ_RECOMMENDATION, concerning=standing.organisations)
    shown = pages.recommendations_page(request.user, Asked.of(request), now=timezone.now())
    return render(request, "accountability/recommendations.html", {"page": shown})


@require_safe
def recommendation(request: HttpRequest, number: str) -> HttpResponse:
    return _show(request, number)


def _show(request: HttpRequest, number: str, *, status: int = 200, **refusal: Any) -> HttpResponse:
    page = pages.recommendation_page(number, request.user, now=timezone.now())
    shown = shown_again(page, offers=page.offers, **refusal)
    return render(request, "accountability/recommendation.html", shown, status=status)


@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    found = pages.recommendation_of(number, request.user)

    def take(*, event: str, seen: int, reason: str) -> object:
        step, takes_reason, _ = _STEPS[event]
        given = {"reason": reason} if takes_reason else {}
        return step(recommendation=found, seen=seen, by=request.user, now=timezone.now(), **given)

    return take_step(
        request,
        said={event: f"Recommendation {number} {said}" for event, (_, _, said) in _STEPS.items()},
        take=take,
        show=lambda **refusal: _show(request, number, **refusal),
        back=pages.address_of_recommendation(found),
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Action.DRAFT_RECOMMENDATION)
    response = _response(request.GET.get("response", ""))
    made: list[Recommendation] = []

    def draft(given: dict[str, Any]) -> None:
        given.pop("seen")
        made.append(
            services.draft_recommendation(
                response=response, by=request.user, now=timezone.now(), **given
            )
        )

    return asked_on_form(
        request,
        RecommendationForm(request.POST or None, initial={"seen": 0, **pages.begun_from(response)}),
        template="accountability/recommendation_form.html",
        act=draft,
        seen=lambda: 0,
        to=lambda: pages.address_of_recommendation(made[0]),
        said="The draft is kept. Now add what is to be done, and by whom.",
        heading="Draft a recommendation",
        intro="It goes nowhere until the forum has agreed it and you issue it.",
        button="Keep the draft",
        back="/recommendations/",
        about=response.reference if response else "",
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    found = _to_draft(request, number)

    def save(given: dict[str, Any]) -> None:
        services.edit_recommendation(
            recommendation=found, by=request.user, now=timezone.now(), **given
        )

    initial = {
        "heading": found.heading,
        "why": found.why,
        "outcome": found.outcome,
        "seen": found.revision,
    }
    return _on_draft(
        request,
        found,
        RecommendationForm(request.POST or None, initial=initial),
        save,
        said="The draft was changed.",
        heading="Change the draft",
    )


@require_http_methods(["GET", "POST"])
def new_limb(request: HttpRequest, number: str) -> HttpResponse:
    found = _to_draft(request, number)

    def save(given: dict[str, Any]) -> None:
        services.add_limb(recommendation=found, by=request.user, now=timezone.now(), **given)

    return _on_draft(
        request,
        found,
        LimbForm(request.POST or None, initial={"seen": found.revision}),
        save,
        said="The limb was added.",
        heading="Add what is to be done",
    )


@require_http_methods(["GET", "POST"])
def edit_limb(request: HttpRequest, number: str, letter: str) -> HttpResponse:
    found = _to_draft(request, number)
    limb = _limb(found, letter)

    def save(given: dict[str, Any]) -> None:
        services.edit_limb(limb=limb, by=request.user, now=timezone.now(), **given)

    initial = {
        "text": limb.text,
        "success": limb.success,
        "addressees": limb.addressees.all(),
        "seen": found.revision,
    }
    return _on_draft(
        request,
        found,
        LimbForm(request.POST or None, initial=initial),
        save,
        said=f"Limb {letter} was changed.",
        heading=f"Change limb {letter}",
    )


@require_POST
def remove_limb(request: HttpRequest, number: str, letter: str) -> HttpResponse:
    found = pages.recommendation_of(number, request.user)
    access.require(request.user, Action.DRAFT_RECOMMENDATION)
    limb = _limb(found, letter)

    def take(*, seen: int, **_: Any) -> object:
        return services.remove_limb(limb=limb, seen=seen, by=request.user, now=timezone.now())

    return take_step(
        request,
        said={"remove_limb": f"Limb {letter} was removed."},
        take=take,
        show=lambda **refusal: _show(request, number, **refusal),
        back=pages.address_of_recommendation(found),
        event="remove_limb",
    )


def _to_draft(request: HttpRequest, number: str) -> Recommendation:
    """A recommendation this person may change; when only looking, one that can still be changed."""
    found = pages.recommendation_of(number, request.user)
    access.require(request.user, Action.DRAFT_RECOMMENDATION)
    if request.method != "POST":
        services.refuse_unless_drafting(found)
    return found


def _on_draft(
    request: HttpRequest,
    found: Recommendation,
    form: forms.Form,
    act: Callable[[dict[str, Any]], None],
    *,
    said: str,
    heading: str,
) -> HttpResponse:
    address = pages.address_of_recommendation(found)
    return asked_on_form(
        request,
        form,
        template="accountability/recommendation_form.html",
        act=act,
        seen=lambda: Recommendation.objects.values_list("revision", flat=True).get(pk=found.pk),
        to=lambda: address,
        said=said,
        caption=f"Recommendation {found.number}: {found.heading}",
        heading=heading,
        button="Keep it",
        back=address,
        about=found.reference,
    )


def _limb(recommendation: Recommendation, letter: str) -> Limb:
    limb = Limb.objects.filter(recommendation=recommendation, letter=letter).first()
    if limb is None:
        raise Http404("This recommendation has no limb with this letter.")
    limb.recommendation = recommendation
    return limb


def _response(number: str) -> Response | None:
    if not number:
        return None
    found = (
        Response.objects.filter(number=number.replace("\0", ""))
        .select_related("question__addressee")
        .first()
    )
    if found is None:
        raise Http404("There is no answer with this number. Check it, or look at the question.")
    return found


urlpatterns: list[URLPattern] = [
    path("recommendations/", recommendations, name="recommendations"),
    path("recommendations/new/", new, name="recommendation-new"),
    path("recommendations/<slug:number>/", recommendation, name="recommendation"),
    path("recommendations/<slug:number>/move/", move, name="recommendation-move"),
    path("recommendations/<slug:number>/edit/", edit, name="recommendation-edit"),
    path("recommendations/<slug:number>/limbs/new/", new_limb, name="limb-new"),
    path("recommendations/<slug:number>/limbs/<slug:letter>/", edit_limb, name="limb-edit"),
    path(
        "recommendations/<slug:number>/limbs/<slug:letter>/remove/", remove_limb, name="limb-remove"
    ),
    *parts.urlpatterns,
]
