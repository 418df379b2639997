"""Calendars: the public one, a person's own at a secret address, and that address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.calendar_file import CONTENT_TYPE, calendar_file
from openscrutiny.forum.pages import calendars as pages
from openscrutiny.forum.services import calendars as services


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Every published meeting, for anybody's calendar."""
    return _file(request, pages.public_feed(), "meetings.ics")


@require_safe
@never_cache
def own(request: HttpRequest, token: str) -> HttpResponse:
    """The meetings of the person whose secret this is."""
    feed = pages.feed_of(token)
    if feed is None:
        raise Http404("There is no calendar at this address. Make a new one on your account page.")
    answer = _file(request, feed, "your-meetings.ics")
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def address(request: HttpRequest) -> HttpResponse:
    """The page of one's own address: made, renewed or taken away. It is shown once."""
    access.require(request.user, Action.SEE_OWN_WORK)
    made, problem = "", None
    if request.method == "POST" and request.POST.get("step") == "remove":
        try:
            services.remove_address(by=_person(request), now=timezone.now())
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(request, "The address is taken away. It leads nowhere any more.")
            return redirect("account-calendar")
    elif request.method == "POST":
        secret = services.renew_address(by=_person(request), now=timezone.now())
        made = request.build_absolute_uri(f"/calendar/{secret}.ics")
    page = pages.calendar_page(_person(request), address=made)
    shown = {"page": page, "problem": problem}
    return render(request, "forum/own_calendar.html", shown, status=409 if problem else 200)


def _file(request: HttpRequest, feed: pages.CalendarFeed, name: str) -> HttpResponse:
    site = request.build_absolute_uri("/").rstrip("/")
    made = calendar_file(feed, site=site, zone=timezone.get_default_timezone_name())
    return HttpResponse(
        made,
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _person(request: HttpRequest) -> Any:
    return request.user
