"""Signing in with an account of one's own organisation, by OpenID Connect, where it is set up.

It takes the place of the password alone: a second factor is asked for as ever. It makes no account
and keeps nothing of what the other site says; each time the person is found by the e-mail address
that the other site has verified.
"""

from __future__ import annotations

from typing import Any, NoReturn

import requests
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from openscrutiny.base.models import Person, User

_NOBODY = (
    "You are known there, but no account here belongs to the e-mail address they have of you.",
    "Ask the administrator of the forum to invite you with that address.",
)
_UNVERIFIED = (
    "They have not verified your e-mail address, so it does not show who you are.",
    "Ask them to verify it, or sign in with the name and password of your account.",
)
_CLOSED = (
    "Your account here is closed.",
    "Ask the administrator of the forum to open it again.",
)
_BROKEN = (
    "The other site did not say who you are, or it was stopped on the way.",
    "Try again, or sign in with the name and password of your account.",
)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Finds the account of a person the other site vouches for, and never makes one."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """End the library's own way here: sign in the account that was found, or refuse."""
        verified = [a.email for a in sociallogin.email_addresses if a.verified is True]
        if not verified:
            raise ImmediateHttpResponse(_refused(request, _UNVERIFIED))
        user = _account_of(verified[0])
        if user is None:
            raise ImmediateHttpResponse(_refused(request, _NOBODY))
        if not user.is_active:
            raise ImmediateHttpResponse(_refused(request, _CLOSED))
        onwards = sociallogin.get_redirect_url(request)
        raise ImmediateHttpResponse(perform_login(request, user, redirect_url=onwards))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmediateHttpResponse(_refused(request, _BROKEN))


@never_cache
@require_safe
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send a person on to the other site. Not found where none is set up."""
    if request.user.is_authenticated:
        return redirect("home")
    return _asked(views.login, request, provider_id)


@never_cache
@require_safe
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the other site says of the person who comes back from it."""
    return _asked(views.callback, request, provider_id)


def _asked(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        found: HttpResponse = view(request, provider_id)
    except (requests.RequestException, OAuth2Error, KeyError, ValueError):
        return _refused(request, _BROKEN)
    return found


def _account_of(email: str) -> User | None:
    """The account of the one person with this address; None where there is none, or are two."""
    found = list(Person.objects.filter(email__iexact=email, user__isnull=False)[:2])
    return found[0].user if len(found) == 1 else None


def _refused(request: HttpRequest, said: tuple[str, str]) -> HttpResponse:
    reason, what_to_do = said
    shown = {"reason": reason, "what_to_do": what_to_do}
    return render(request, "base/single_sign_on_refused.html", shown, status=403)
