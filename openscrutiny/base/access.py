"""The one door: every check of what a person may do passes here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openscrutiny.core.permits import Action, NotPermitted, Role, check, may


def role_of(user: Any) -> Role:
    """The role a request's user acts in; ANYONE for a person who has not signed in."""
    if not getattr(user, "is_authenticated", False):
        return Role.ANYONE
    return Role(user.role)


def require(user: Any, action: Action) -> None:
    """Raise NotPermitted, with the reason, unless this person may do this."""
    check(role_of(user), action)


def allows(user: Any, action: Action) -> bool:
    """Whether to offer something on a page. Doing it is checked again by ``require``."""
    return may(role_of(user), action)


class RefusalMiddleware:
    """Turns a refusal into a page that says why, whatever view it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, NotPermitted):
            return None
        return render(request, "base/refused.html", {"refusal": error}, status=403)
