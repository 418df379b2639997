"""What somebody sent after their session had ended: kept for them, and shown again.

Every form says for whom it was made, signed. What is sent from one after the session ended is kept
for a short time in the session of nobody that this browser has now, and shown to that person alone
once they are signed in again. Passwords, codes and files are never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

FIELD = "typed_by"
LASTS = timedelta(hours=1)
_KEY = "unsent"
_SIGNER = signing.Signer(salt="openscrutiny.typed_by")
# What has to do with accounts asks for passwords and codes, and leads to signing in by itself.
_NEVER = ("/sign-in/", "/sign-out/", "/set-up/", "/account/", "/accounts/")
_SECRET = ("login", "code", "credential", "token")


@dataclass(frozen=True)
class Unsent:
    """What was sent and not taken. ``words`` are shown and can be changed; the rest goes along."""

    href: str
    at: datetime
    words: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    had_file: bool


def made_for(user: Any) -> str:
    """The signed mark of the person for whom a form is made; empty for nobody."""
    if not getattr(user, "is_authenticated", False):
        return ""
    mark: str = user.__dict__.setdefault("_typed_by", _SIGNER.sign(str(user.pk)))
    return mark


def writer(request: HttpRequest) -> int | None:
    """For whom the form that was sent was made; None where it does not say so."""
    try:
        return int(_SIGNER.unsign(request.POST.get(FIELD, "")))
    except signing.BadSignature:
        return None


def keep(request: HttpRequest, *, now: datetime) -> bool:
    """Keep what was sent for its writer, until they are signed in again. False where nothing is."""
    by = writer(request)
    if by is None or request.path.startswith(_NEVER) or not _from_a_page(request):
        return False
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in (FIELD, "csrfmiddlewaretoken") and not _secret(name)
    ]
    request.session[_KEY] = {
        "by": by,
        "href": request.get_full_path(),
        "at": now.timestamp(),
        "fields": fields,
        "had_file": bool(request.FILES),
    }
    request.META[_KEY] = "kept just now"
    if not request.user.is_authenticated:
        request.session.set_expiry(int(LASTS.total_seconds()))
    return True


def kept(request: HttpRequest, *, now: datetime) -> Unsent | None:
    """What waits for the person who is signed in. Another's, or what is too old, is thrown away."""
    found = request.session.get(_KEY)
    if found is None:
        return None
    at = datetime.fromtimestamp(found["at"], tz=now.tzinfo)
    if found["by"] != request.user.pk or now - at > LASTS:
        drop(request)
        return None
    _last_as_long_as_others(request)
    fields = [(name, value) for name, value in found["fields"]]
    return Unsent(
        href=found["href"],
        at=at,
        words=tuple((n, v) for n, v in fields if _is_words(v)),
        others=tuple((n, v) for n, v in fields if not _is_words(v)),
        had_file=found["had_file"],
    )


def drop(request: HttpRequest) -> None:
    """Forget what was kept."""
    request.session.pop(_KEY, None)
    _last_as_long_as_others(request)


class UnsentMiddleware:
    """Answers whoever is not signed in any more, whatever they sent and to which view.

    It stands before every view, so that the answer says nothing of what there is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        found = request.session.get(_KEY)
        if found is None or _KEY in request.META or not request.user.is_authenticated:
            return response
        taken = request.method == "POST" and request.get_full_path() == found["href"]
        if found["by"] != request.user.pk or (taken and response.status_code < 400):
            drop(request)
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if request.method != "POST":
            return None
        if request.user.is_authenticated:
            # Nothing is sent in the name of whoever signed in here after its writer.
            if writer(request) in (None, request.user.pk):
                return None
            return render(request, "base/form_too_old.html", status=403)
        # A script keeps what it sends by itself.
        if not keep(request, now=timezone.now()):
            return None
        return render(request, "base/signed_out.html", {"file": bool(request.FILES)}, status=403)


def _last_as_long_as_others(request: HttpRequest) -> None:
    """The session of whoever is signed in again is no shorter for having kept something."""
    if request.user.is_authenticated:
        request.session.set_expiry(None)


def _from_a_page(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Dest", "document") == "document" and (
        "application/json" not in request.headers.get("Accept", "")
    )


def from_here(request: HttpRequest) -> bool:
    """Whether the browser says that what was sent came from a page of ours."""
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(urlsplit(said).netloc) and url_has_allowed_host_and_scheme(
        said, {request.get_host()}, require_https=request.is_secure()
    )


def _secret(name: str) -> bool:
    return name in _SECRET or "password" in name


def _is_words(value: str) -> bool:
    return len(value) > 40 or "\n" in value or " " in value.strip()
