"""The second factor: who must have one, whether it was given, and where those without are led.

Whoever holds any role but that of a member must have a second factor. A member, and an account that
holds no role, reads alone and may have one. It is asked for at sign-in wherever one is set up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.adapter import get_adapter
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

from openscrutiny.base.access import standing_of
from openscrutiny.core.permits import Role

SET_UP = "mfa_activate_totp"
# What somebody without a second factor still reaches: setting it up, proving who they are, leaving.
OPEN_WITHOUT = {SET_UP, "account_reauthenticate", "mfa_reauthenticate", "sign-out"}
READS_ALONE = {Role.ANYONE, Role.MEMBER}
_SESSION_KEY = "second_factor"


def must_have(user: Any) -> bool:
    """Whether this person's roles of today need a second factor."""
    return any(held.role not in READS_ALONE for held in standing_of(user).held)


def is_set_up(user: Any) -> bool:
    """Whether this person has a second factor."""
    return bool(get_adapter().is_mfa_enabled(user))


def remember(request: HttpRequest, user: Any) -> None:
    """Note in the session that this person gave the second factor just now, or set it up."""
    request.session[_SESSION_KEY] = [user.pk, time.time()]


def forget(request: HttpRequest) -> None:
    """Take the note back, for a second factor that was removed."""
    request.session.pop(_SESSION_KEY, None)


def given_at(request: HttpRequest) -> float | None:
    """When the person who is signed in last gave a second factor in this session, in seconds.

    None where it was never given. Asks no database.
    """
    user, at = request.session.get(_SESSION_KEY) or (None, None)
    return at if user is not None and user == request.user.pk else None


class SecondFactorMiddleware:
    """Leads everybody who must have a second factor, and has none, to setting it up.

    Where one was set up meanwhile in another session, this session ends: it never gave the code.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or given_at(request) is not None or not must_have(user):
            return self.get_response(request)
        if is_set_up(user):
            logout(request)
            return redirect(_with_next("account_login", request))
        if _name(request) in OPEN_WITHOUT:
            return self.get_response(request)
        return redirect(_with_next(SET_UP, request))


def _name(request: HttpRequest) -> str | None:
    try:
        return resolve(request.path_info).url_name
    except Resolver404:
        return None


def _with_next(name: str, request: HttpRequest) -> str:
    """An address that leads on to the page that was asked for; home, where something was sent."""
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return f"{reverse(name)}?{urlencode({'next': wanted})}"
