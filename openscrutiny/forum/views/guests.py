"""The address at which a guest without an account answers their invitation."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.guests import GuestAnswerForm
from openscrutiny.forum.pages.guests import guest_page
from openscrutiny.forum.services import guests

# As often as one address may try to sign in.
_RATE = {"guest_address": "30/m/ip"}


# What lets somebody post here is the secret in the address and no cookie, so no other site can have
# them do it. And a browser that is told to send no referrer sends no origin to check either.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """A guest's own invitation, and their answer. Wrong and used-up addresses look alike."""
    too_often = ratelimit.consume_or_429(
        request, app="openscrutiny", action="guest_address", config=_RATE, limit_get=True
    )
    response = too_often or _answer(request, token)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    found = guests.guest_of(token, now=now)
    if found is None:
        return render(request, "forum/guest_refused.html", status=404)
    form = GuestAnswerForm(request.POST or None, initial={"answer": found.reply})
    problem: NotPossible | None = None
    if request.method == "POST" and form.is_valid():
        reply, _ = form.said
        needs = form.cleaned_data["needs"]
        try:
            guests.answer_by_address(token=token, reply=reply, needs=needs, now=now)
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(request, "Your answer is recorded. Thank you.")
            return redirect(request.path)
    shown = {"page": guest_page(found), "form": form, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "forum/guest.html", shown, status=status)
