"""Views of the forum: parse, one call, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import said_of, shown_again, take_step
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.decisions import DecisionForm
from openscrutiny.forum.models import Decision
from openscrutiny.forum.pages import decisions as pages
from openscrutiny.forum.services import decisions as services


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Every decision."""
    access.require(request.user, Action.READ_RECOMMENDATION_DRAFT)
    shown = {"page": pages.decisions_page(_person(request), Asked.of(request))}
    return render(request, "forum/decisions.html", shown)


@require_safe
def decision(request: HttpRequest, number: str) -> HttpResponse:
    """One decision."""
    return _show(request, _decision(request, number))


@require_POST
def move_decision(request: HttpRequest, number: str) -> HttpResponse:
    """A step of a decision."""
    found = _decision(request, number)

    def take(**step: Any) -> object:
        return services.move_decision(
            decision=found, **step, by=_person(request), now=timezone.now()
        )

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _decision(request, number), **refusal)

    return take_step(
        request, said=said_of(Decision.MACHINE), take=take, show=again, back=found.href
    )


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """Recording a decision. What led here may fill in the form through the query."""
    access.require(request.user, Action.RECORD_DECISION)
    sent = request.method == "POST"
    form = DecisionForm(request.POST) if sent else _prefilled(request)
    about, settles = (_bounded(form, name) for name in ("about", "settles"))
    form.fields["item"].queryset = pages.before_meetings(about)  # type: ignore[attr-defined]
    try:
        page = pages.recording_page(about, settles, by=_person(request))
    except NotPossible as refusal:
        return render(request, "forum/cannot.html", {"refusal": refusal}, status=404)
    problem: NotPossible | None = None
    form = DecisionForm(request.POST, items=pages.before_meetings(about)) if sent else form
    if sent and form.is_valid():
        try:
            made = services.record_decision(
                **form.cleaned_data, by=_person(request), now=timezone.now()
            )
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(
                request,
                f"Decision {made.number} is recorded. The chair certifies it, or the deputy who "
                "presided.",
            )
            return redirect(made.href)
    status = 409 if problem else 422 if sent and form.errors else 200
    shown = {"page": page, "thread": page.thread, "form": form, "problem": problem}
    return render(request, "forum/record.html", shown, status=status)


def _prefilled(request: HttpRequest) -> DecisionForm:
    """The form with what the query says of it; what is too long or unreadable is left out."""
    said = DecisionForm(request.GET)
    said.is_valid()
    return DecisionForm(initial=said.cleaned_data)


def _bounded(form: DecisionForm, name: str) -> str:
    """A hidden field as it was given, or empty where it cannot be read."""
    if not form.is_bound:
        return str(form.initial.get(name, ""))
    form.is_valid()
    return str(form.cleaned_data.get(name, ""))


def _show(
    request: HttpRequest, found: Decision, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    page = pages.decision_page(found, by=_person(request))
    shown = shown_again(page, offers=page.offers, **refusal)
    return render(request, "forum/decision.html", shown, status=status)


def _decision(request: HttpRequest, number: str) -> Decision:
    found = Decision.objects.filter(number=number).first()
    hidden = Action.READ_RECOMMENDATION_DRAFT
    return access.fetch_or_deny(found, by=request.user, hidden=hidden, needs=lambda _: (hidden, ()))


def _person(request: HttpRequest) -> Any:
    return request.user
