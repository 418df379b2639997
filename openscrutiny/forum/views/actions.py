"""Views of actions and undertakings: the list, one of them, its steps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import said_of, shown_again, status_of, take_step
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.actions import CarryForm
from openscrutiny.forum.models import ActionPoint
from openscrutiny.forum.pages import actions as pages
from openscrutiny.forum.services import actions as services


@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """Every promise a person may read."""
    page = pages.actions_page(request.user, Asked.of(request), now=timezone.now())
    return render(request, "forum/actions.html", {"page": page})


@require_safe
def action(request: HttpRequest, number: str) -> HttpResponse:
    """One promise."""
    return _show(request, _action(request, number))


@require_POST
def move_action(request: HttpRequest, number: str) -> HttpResponse:
    """A step of a promise that needs no day."""
    found = _action(request, number)

    def take(**step: Any) -> object:
        return services.move_action(action=found, **step, by=_person(request), now=timezone.now())

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _action(request, number), **refusal)

    said = said_of(ActionPoint.MACHINE, without={"carry_forward"})
    return take_step(request, said=said, take=take, show=again, back=found.href)


@require_POST
def carry_action(request: HttpRequest, number: str) -> HttpResponse:
    """Carrying a promise forward to a later day."""
    found = _action(request, number)
    form = CarryForm({**request.POST.dict(), "event": "carry_forward"})
    if not form.is_valid():
        return _show(request, found, carrying=form, status=422)
    try:
        services.move_action(
            action=found, **form.cleaned_data, by=_person(request), now=timezone.now()
        )
    except NotPossible as problem:
        again = _action(request, number)
        return _show(request, again, carrying=form, problem=problem, status=status_of(problem))
    messages.success(request, "It is carried forward. The day first promised stays in view.")
    return redirect(found.href)


def _show(
    request: HttpRequest,
    found: ActionPoint,
    *,
    status: int = 200,
    carrying: CarryForm | None = None,
    **refusal: Any,
) -> HttpResponse:
    page = pages.action_page(found, by=request.user, now=timezone.now())
    offered = (*page.offers, *(o for o in (page.claim,) if o))
    shown = {**shown_again(page, offers=offered, **refusal), "carrying": carrying, "form": carrying}
    return render(request, "forum/action.html", shown, status=status)


def _action(request: HttpRequest, number: str) -> ActionPoint:
    readable = ActionPoint.objects.visible_to(access.standing_of(request.user))
    found = readable.filter(number=number).select_related("item__meeting__body", "owner", "person")
    return access.found_or_denied(found.first(), by=request.user, hidden=Action.REPORT_ACTION)


def _person(request: HttpRequest) -> Any:
    return request.user
