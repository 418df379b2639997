"""The one door: every check of what a person may do passes here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from openscrutiny.base.models import RoleHeld, Stateful
from openscrutiny.core.permits import NOBODY, Action, Held, NotPermitted, Role, Standing, check, may
from openscrutiny.core.workflow import NotPossible

Item = TypeVar("Item", bound=Stateful)


def standing_of(user: Any, *, on: date | None = None) -> Standing:
    """The roles a person holds on a day (today, where none is given); read once for each day."""
    if not getattr(user, "is_authenticated", False):
        return NOBODY
    day = on or timezone.localdate()
    known: dict[date, Standing] = user.__dict__.setdefault("_standings", {})
    if day not in known:
        rows = RoleHeld.objects.on(day).filter(user=user)  # type: ignore[attr-defined]
        held = [Held(Role(r), code) for r, code in rows.values_list("role", "organisation__code")]
        known[day] = Standing((*held, Held(Role.ANYONE)))
    return known[day]


def require(
    user: Any,
    action: Action,
    *,
    on: date | None = None,
    concerning: Collection[str] = (),
    places: Collection[Held] = (),
) -> Held:
    """The role or place in which this person may do this; NotPermitted, with the reason, otherwise.

    ``places`` are those the person has in what it concerns, where the table asks for any.
    """
    return check(standing_of(user, on=on), action, concerning=concerning, places=places)


def allows(
    user: Any, action: Action, *, concerning: Collection[str] = (), places: Collection[Held] = ()
) -> bool:
    """Whether to offer something on a page. Doing it is checked again by ``require``."""
    return may(standing_of(user), action, concerning=concerning, places=places)


def fetch_or_deny(
    found: Item | None,
    *,
    by: Any,
    hidden: Action,
    needs: Callable[[Item], tuple[Action, Collection[str]]],
) -> Item:
    """The thing a person asked to see, or the reason why not.

    ``needs`` says which permission its present state takes, and which organisations it concerns.
    ``hidden`` is the permission to see one that is still hidden: a person without it gets the same
    refusal for what is hidden and for what is not there, and learns nothing from the difference.
    """
    if found is None:
        require(by, hidden)
        raise Http404("There is nothing with this number. Check it, or look in the list.")
    action, concerning = needs(found)
    require(by, action, concerning=concerning)
    return found


def found_or_denied(found: Item | None, *, by: Any, hidden: Action) -> Item:
    """The thing a person may see, or why there is none for them.

    For what a query gave that leaves out what they may not see: ``hidden`` is the permission to see
    what is not public, for any organisation of their own. What is hidden and what is not there are
    answered alike.
    """
    if found is None:
        require(by, hidden, concerning=standing_of(by).organisations)
        raise Http404("There is nothing with this number for you. Check it, or look in the list.")
    return found


class NotKeptMiddleware:
    """Keeps every answer to somebody who is signed in out of the browser's store.

    Otherwise the next person at the same machine could go back to it after signing out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request.user.is_authenticated
        response = self.get_response(request)
        # Signing in and signing out are among what is not kept.
        if before or request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response


class RefusalMiddleware:
    """Turns a refusal into a page that says why, whatever view it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotPermitted):
            return render(request, "base/refused.html", {"refusal": error}, status=403)
        if isinstance(error, NotPossible):
            return render(request, "base/refused.html", {"refusal": error}, status=409)
        return None
