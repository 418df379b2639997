"""Where somebody is signed in: since when, last used when, in what browser; and ending it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from openscrutiny.base.accounts import end_sessions, note_own
from openscrutiny.base.models import SignIn, User
from openscrutiny.core.workflow import NotPossible

# How exactly the last use is known: a request asks no database more often than that.
_EXACT = timedelta(minutes=5)
_KEY = "sign_in"
# In this order: most browsers also name others in what they say of themselves.
_BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
_MACHINES = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "Chromebook"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "Mac"),
    (r"Linux|X11", "Linux"),
)


@dataclass(frozen=True)
class SignInLine:
    """A sign-in as its person sees it; ``here`` says that it is the one that looks."""

    number: int
    browser: str
    since: datetime
    used: datetime
    here: bool


def browser_in_words(said: str) -> str:
    """What kind of browser this is, of what it says of itself: ``Firefox, Windows``."""
    browser = next((name for sign, name in _BROWSERS if re.search(sign, said)), "A browser")
    machine = next((name for sign, name in _MACHINES if re.search(sign, said)), "")
    return f"{browser}, {machine}" if machine else browser


def begin(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Note that somebody signed in. Sign-ins of theirs that are over are forgotten."""
    _lasting(user, now, over=True).delete()
    key = request.session.session_key
    if key is None:  # the session was not stored: there is nothing to end either
        return
    words = browser_in_words(request.META.get("HTTP_USER_AGENT", "")[:500])
    made, _ = SignIn.objects.update_or_create(
        session_key=key, defaults={"user": user, "browser": words, "since": now, "used_at": now}
    )
    request.session[_KEY] = [made.pk, now.timestamp()]


def follow(request: HttpRequest) -> None:
    """Keep track of a session that got another key, as it does with a new password."""
    number, _ = request.session.get(_KEY) or (None, None)
    if number is not None:
        SignIn.objects.filter(pk=number).update(session_key=request.session.session_key)


def lines(user: User, *, here: str, now: datetime) -> tuple[SignInLine, ...]:
    """Where a person is signed in, last used first. One query."""
    return tuple(
        SignInLine(s.pk, s.browser, s.since, s.used_at, s.session_key == here)
        for s in _lasting(user, now)
    )


@transaction.atomic
def end_one(*, number: int, here: str, by: User, now: datetime) -> None:
    """End one of one's own sign-ins. NotPossible for the one in use, and where it is over."""
    found = SignIn.objects.filter(pk=number, user=by).first()
    if found is None:
        raise NotPossible("That sign-in is over already.", "Look again at the list.")
    if found.session_key == here:
        raise NotPossible("That is the sign-in you are using.", "Sign out instead.")
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    note_own("sign_in.end", by=by, now=now)


@transaction.atomic
def end_others(*, here: str, by: User, now: datetime) -> None:
    """End all one's own sign-ins but the one in use, those too that wait for a code."""
    end_sessions(by, but=here)
    SignIn.objects.filter(user=by).exclude(session_key=here).delete()
    note_own("sign_in.end_others", by=by, now=now)


class SignInMiddleware:
    """Notes that a sign-in is in use, at most every few minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number, used = request.session.get(_KEY) or (None, 0.0)
        now = timezone.now()
        if number is not None and now.timestamp() - used > _EXACT.total_seconds():
            SignIn.objects.filter(pk=number).update(used_at=now)
            request.session[_KEY] = [number, now.timestamp()]
        return self.get_response(request)


def _lasting(user: User, now: datetime, *, over: bool = False) -> Any:
    """The sign-ins whose session is there, or those whose session is over."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    mine = SignIn.objects.filter(user=user)
    return mine.exclude(session_key__in=alive) if over else mine.filter(session_key__in=alive)
