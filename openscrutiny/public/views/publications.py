"""Publications: the list, one account, the log; preparing, publishing, withdrawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base.access import require
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.responses import page
from openscrutiny.public import services
from openscrutiny.public.forms import PrepareForm, WithdrawalForm
from openscrutiny.public.models import Publication
from openscrutiny.public.pages.prepare import PreparePage, prepare_page
from openscrutiny.public.pages.publication import (
    fetch_publication,
    publication_json,
    publication_page,
)
from openscrutiny.public.pages.publications import log_page, publications_page

_LONGEST = 160
# What each plain step calls, and what is said when it is done.
_STEPS: Mapping[str, tuple[Callable[..., Publication], str]] = {
    "publish": (services.publish, "is published. Everybody can read it."),
    "send_back": (services.send_back, "was sent back. It is not public."),
    "withdraw": (services.withdraw, "was withdrawn. Its address says so."),
    "keep": (services.keep, "stays published."),
}
_WITH_REASON = ("send_back", "keep")


@require_safe
@page
def publications(request: HttpRequest) -> HttpResponse:
    return render(
        request, "public/publications.html", {"page": publications_page(Asked.of(request))}
    )


@require_safe
@page
def log(request: HttpRequest) -> HttpResponse:
    return render(request, "public/log.html", {"page": log_page(Asked.of(request))})


@require_safe
@page
def publication(request: HttpRequest, number: str) -> HttpResponse:
    return _shown(request, number)


@require_safe
@page
def account_json(request: HttpRequest, number: str) -> HttpResponse:
    address = request.build_absolute_uri(request.path)
    told = publication_json(number, by=request.user, address=address)
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest) -> HttpResponse:
    require(request.user, Action.PREPARE_PUBLICATION)
    now = timezone.now()
    subject = request.GET.get("about", "").replace("\0", "")[:_LONGEST].strip()
    sent = request.method == "POST"
    shown = prepare_page(subject, by=request.user, now=now, answered=sent)
    few = bool(shown.small_numbers)
    if not sent:
        form = PrepareForm(few=few, initial={"fingerprint": shown.fingerprint})
        return _prepare(request, shown, form, 200)
    form = PrepareForm(request.POST, few=few)
    if not form.is_valid():
        return _prepare(request, shown, form, 422)
    try:
        made = services.prepare_publication(
            subject=subject, checks=form.checks(), by=request.user, now=now
        )
    except NotPossible as refused:
        return _prepare(request, shown, form.refused(refused, shown.fingerprint), 409)
    messages.success(request, f"Account {made.number} is prepared. The chair can now publish it.")
    return redirect(made.href)


@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Publish, send back, withdraw or keep."""
    found = fetch_publication(number, by=request.user)

    def take(*, event: str, seen: int, reason: str) -> object:
        given = {"reason": reason} if event in _WITH_REASON else {}
        carry_out, _ = _STEPS[event]
        return carry_out(publication=found, seen=seen, by=request.user, now=timezone.now(), **given)

    said = {event: f"Account {number} {told}" for event, (_, told) in _STEPS.items()}
    return take_step(
        request,
        said=said,
        take=take,
        show=lambda **refusal: _shown(request, number, **refusal),
        back=found.href,
    )


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Propose to take an account back, with the reason the public will read."""
    found = fetch_publication(number, by=request.user)
    require(request.user, Action.PREPARE_PUBLICATION)
    if request.method == "GET":
        found.MACHINE.step(found.state, "propose_withdrawal")
    form = WithdrawalForm(initial={"seen": found.revision})
    status = 200
    if request.method == "POST":
        form, status = WithdrawalForm(request.POST), 422
        if form.is_valid():
            try:
                services.propose_withdrawal(
                    publication=found, by=request.user, now=timezone.now(), **form.cleaned_data
                )
            except NotPossible as problem:
                form, status = form.refused(problem), 409
            else:
                messages.success(request, "The chair will decide whether it is withdrawn.")
                return redirect(found.href)
    shown = {"form": form, "heading": found.heading, "number": number, "href": found.href}
    return render(request, "public/propose.html", shown, status=status)


def _shown(request: HttpRequest, number: str, *, status: int = 200, **refusal: Any) -> HttpResponse:
    found = publication_page(number, by=request.user)
    offers = found.keepers.offers if found.keepers else ()
    shown = shown_again(found, offers=offers, **refusal)
    return render(request, "public/publication.html", shown, status=status)


def _prepare(
    request: HttpRequest, shown: PreparePage, form: PrepareForm, status: int
) -> HttpResponse:
    told = {"page": shown, "thread": shown.thread, "form": form}
    return render(request, "public/prepare.html", told, status=status)
