"""Views of scrutiny: parse, one call, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import said_of, shown_again, take_step
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.figures import NoSuchMonth
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.finding import NoSuchFinding
from openscrutiny.monitor.pages.sources import finding_address
from openscrutiny.monitor.responses import page
from openscrutiny.scrutiny import pages, services
from openscrutiny.scrutiny.brief import renderings
from openscrutiny.scrutiny.brief.page import BriefPage, brief_page
from openscrutiny.scrutiny.forms import EnquiryForm, TriageForm
from openscrutiny.scrutiny.models import Enquiry


@require_http_methods(["GET", "HEAD", "POST"])
@page
def triage(request: HttpRequest, id: str) -> HttpResponse:
    """Deciding what becomes of a finding."""
    access.require(request.user, Action.TRIAGE_FINDING)
    finding = Finding.objects.select_related("found_in").filter(pk=id).first()
    if finding is None:
        raise NoSuchFinding(f"There is no finding {id} here. Look for it in the list of findings.")
    form = TriageForm(request.POST if request.method == "POST" else None)
    problem: NotPossible | None = None
    if form.is_valid():
        try:
            enquiry = services.triage_finding(
                finding=finding, **form.cleaned_data, by=_person(request), now=timezone.now()
            )
        except NotPossible as refusal:
            problem = refusal
        else:
            return _decided(request, finding, enquiry)
    shown = {
        "page": (found := pages.triage_page(finding, by=_person(request))),
        "thread": found.thread,
        "form": form,
        "problem": problem,
    }
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "scrutiny/triage.html", shown, status=status)


def _decided(request: HttpRequest, finding: Finding, enquiry: Enquiry | None) -> HttpResponse:
    if enquiry is None:
        messages.success(request, "What becomes of this finding stands in the record.")
        return redirect(finding_address(finding.pk))
    messages.success(
        request, f"Line of enquiry {enquiry.number} is drafted. The chair may approve it."
    )
    return redirect(enquiry.href)


@require_safe
def triaged(request: HttpRequest) -> HttpResponse:
    """The findings that somebody decided about."""
    access.require(request.user, Action.TRIAGE_FINDING)
    shown = {"page": pages.triaged_page(Asked.of(request))}
    return render(request, "scrutiny/triaged.html", shown)


@require_safe
def enquiries(request: HttpRequest) -> HttpResponse:
    """Every line of enquiry."""
    access.require(request.user, Action.READ_ENQUIRY)
    shown = {
        "page": pages.enquiries_page(_person(request), Asked.of(request)),
        "may_triage": access.allows(request.user, Action.TRIAGE_FINDING),
    }
    return render(request, "scrutiny/enquiries.html", shown)


@require_safe
def enquiry(request: HttpRequest, number: str) -> HttpResponse:
    """One line of enquiry."""
    return _show(request, _enquiry(request, number))


@require_POST
def move_enquiry(request: HttpRequest, number: str) -> HttpResponse:
    """A step of a line of enquiry."""
    found = _enquiry(request, number)

    def take(**step: Any) -> object:
        return services.move_enquiry(enquiry=found, **step, by=_person(request), now=timezone.now())

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _enquiry(request, number), **refusal)

    return take_step(
        request,
        said=said_of(Enquiry.MACHINE, without={"ask"}),
        take=take,
        show=again,
        back=found.href,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit_enquiry(request: HttpRequest, number: str) -> HttpResponse:
    """Changing the words of a line of enquiry."""
    found = _enquiry(request, number)
    access.require(request.user, Action.EDIT_ENQUIRY)
    if request.method != "POST":
        services.refuse_unless_drafted(found)
        return _edit(request, found, EnquiryForm(initial={**_words(found), "seen": found.revision}))
    form = EnquiryForm(request.POST)
    if not form.is_valid():
        return _edit(request, found, form, status=422)
    try:
        services.edit_enquiry(
            enquiry=found, **form.cleaned_data, by=_person(request), now=timezone.now()
        )
    except NotPossible as problem:
        now_is = _enquiry(request, number)
        # Sent again, the form is about what the page now shows beside it.
        again = EnquiryForm({**request.POST.dict(), "seen": now_is.revision})
        return _edit(request, now_is, again, problem=problem, status=409)
    messages.success(request, "The line of enquiry was changed.")
    return redirect(found.href)


def _words(found: Enquiry) -> dict[str, Any]:
    names = ("heading", "why", "ask", "could_explain", "evidence")
    return {name: getattr(found, name) for name in names}


def _edit(
    request: HttpRequest,
    found: Enquiry,
    form: EnquiryForm,
    *,
    problem: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = {"page": pages.enquiry_page(found, by=_person(request)), "form": form}
    shown |= {"problem": problem}
    return render(request, "scrutiny/edit.html", shown, status=status)


def _show(
    request: HttpRequest, found: Enquiry, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    again = pages.enquiry_page(found, by=_person(request))
    shown = shown_again(again, offers=again.offers, **refusal)
    return render(request, "scrutiny/enquiry.html", shown, status=status)


def _enquiry(request: HttpRequest, number: str) -> Enquiry:
    found = Enquiry.objects.select_related("finding").filter(number=number).first()
    hidden = Action.READ_ENQUIRY
    return access.fetch_or_deny(found, by=request.user, hidden=hidden, needs=lambda _: (hidden, ()))


def _person(request: HttpRequest) -> Any:
    return request.user


@require_safe
@page
def brief(request: HttpRequest, slug: str) -> HttpResponse:
    """The brief on an area to print, under a policy of its own: its style stands inside it."""
    response = HttpResponse(renderings.as_html(_brief(request, slug)))
    response["Content-Security-Policy"] = renderings.policy()
    return response


@require_safe
@page
def brief_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    asked = _brief(request, slug)
    response = HttpResponse(renderings.as_pdf(asked), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="brief-{slug}-{asked.as_of}.pdf"'
    return response


def _brief(request: HttpRequest, slug: str) -> BriefPage:
    """The brief a query asks for. Another month than the one that was meant would mislead."""
    month = request.GET.get("as-of", "")
    try:
        as_of = Month.parse(month) if month else None
    except ValueError as error:
        raise NoSuchMonth(str(error)) from None
    return brief_page(slug, as_of=as_of)
