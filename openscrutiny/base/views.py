"""A person's work, the thread, the audit trail, what is missing or broken."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access, services, unsent
from openscrutiny.base.lists import Asked
from openscrutiny.base.pages import NoSuchThing, audit_page, thread_page, work_page
from openscrutiny.core.permits import Action


@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest) -> HttpResponse:
    """What waits for the person; posting says that the notices were seen."""
    access.require(request.user, Action.SEE_OWN_WORK)
    if request.method == "POST":
        services.see_notices(by=request.user, now=timezone.now())  # type: ignore[arg-type]
        return redirect("work")
    page = work_page(request.user, Asked.of(request), now=timezone.now())  # type: ignore[arg-type]
    return render(request, "base/work.html", {"page": page})


@require_safe
def thread(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole thread through one thing, as far as this person may see it."""
    try:
        found = thread_page(reference, request.user)
    except NoSuchThing as error:
        raise Http404(str(error)) from None
    return render(request, "base/thread_page.html", {"thread": found})


@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    """The audit trail, for those who may read all of it."""
    access.require(request.user, Action.READ_AUDIT)
    given = request.GET.get("before", "")
    before = int(given) if given.isdecimal() and len(given) < 18 else None
    page = audit_page(standing=access.standing_of(request.user), before=before)
    return render(request, "base/audit.html", {"page": page})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere; the exception may carry a sentence."""
    said = exception.args[0] if exception.args else ""
    reason = said if isinstance(said, str) else ""
    return render(request, "base/not_found.html", {"reason": reason}, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
def not_sent(request: HttpRequest) -> HttpResponse:
    """What somebody sent after their session had ended; posting throws it away."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    if request.method == "POST":
        unsent.drop(request)
        return redirect("work")
    found = unsent.kept(request, now=timezone.now())
    return render(request, "base/unsent.html", {"unsent": found})


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that this browser did not get from here, or got too long ago.

    Whoever wrote it in a page of ours, and signed in again since, is shown it again.
    """
    own = unsent.writer(request) == request.user.pk and unsent.from_here(request)
    if own and unsent.keep(request, now=timezone.now()):
        return redirect("unsent")
    return render(request, "base/form_too_old.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for our own mistake. It needs nothing that may itself be broken."""
    return HttpResponse(render_to_string("base/broken.html"), status=500)
