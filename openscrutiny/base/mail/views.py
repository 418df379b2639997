"""Notices as the secretariat sees them: lists, one message, letters to print, the next digest."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.mail import pages, services
from openscrutiny.base.mail.letters import letters_pdf
from openscrutiny.base.mail.rules import words_of_rules
from openscrutiny.base.models import Message, Person
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible


def _require(request: HttpRequest) -> None:
    access.require(request.user, Action.SEND_NOTICES, concerning=services.concerned())


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """All messages."""
    _require(request)
    page = pages.notices_page(Asked.of(request), now=timezone.now())
    return render(request, "base/notices.html", {"page": page})


@require_safe
def of_rule(request: HttpRequest, rule: str) -> HttpResponse:
    """The messages of one rule."""
    _require(request)
    if rule not in words_of_rules():
        raise Http404("There is no such rule. Look in the list of notices.")
    page = pages.notices_page(Asked.of(request), now=timezone.now(), rule=rule)
    return render(request, "base/notices.html", {"page": page})


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Who was written to, and who cannot be."""
    _require(request)
    page = pages.people_page(Asked.of(request), now=timezone.now())
    return render(request, "base/notices_people.html", {"page": page})


@require_safe
def of_person(request: HttpRequest, number: int) -> HttpResponse:
    """The messages to one person."""
    _require(request)
    person = Person.objects.filter(pk=number).first()
    if person is None:
        raise Http404("There is nobody with this number. Look in the list of people.")
    page = pages.notices_page(Asked.of(request), now=timezone.now(), person=person)
    return render(request, "base/notices.html", {"page": page})


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One message with what it says."""
    _require(request)
    return _message(request, _found(number))


@require_POST
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    """Have one message sent again."""
    _require(request)
    message = _found(number)
    by: Any = request.user
    try:
        services.send_again(message=message, by=by, now=timezone.now())
    except NotPossible as error:
        return _message(request, message, error)
    messages.success(request, "It will be sent again within a few minutes.")
    return redirect("notice", number=number)


@require_safe
def post(request: HttpRequest) -> HttpResponse:
    """The letters to print."""
    _require(request)
    return render(
        request, "base/notices_post.html", {"letters": pages.post_page(now=timezone.now())}
    )


@require_safe
def post_pdf(request: HttpRequest) -> HttpResponse:
    """The letters as one PDF."""
    _require(request)
    response = HttpResponse(letters_pdf(timezone.now()), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="letters.pdf"'
    return response


@require_POST
def posted(request: HttpRequest) -> HttpResponse:
    """Noting that the letters on the page were posted."""
    _require(request)
    given = request.POST.getlist("message")
    numbers = [int(n) for n in given if n.isascii() and n.isdecimal() and len(n) < 18]
    by: Any = request.user
    noted = services.note_posted(numbers=numbers, by=by, now=timezone.now())
    messages.success(request, f"Noted as posted: {noted:,} notice{'s' if noted > 1 else ''}.")
    return redirect("notices-post")


@require_safe
def digest(request: HttpRequest) -> HttpResponse:
    """What the next digest will say."""
    _require(request)
    return render(
        request, "base/notices_digest.html", {"page": pages.digest_page(now=timezone.now())}
    )


def _found(number: int) -> Message:
    return get_object_or_404(Message.objects.select_related("recipient"), pk=number)


def _message(
    request: HttpRequest, message: Message, refusal: NotPossible | None = None
) -> HttpResponse:
    shown = {"page": pages.message_page(message), "refusal": refusal}
    return render(request, "base/notice.html", shown, status=409 if refusal else 200)
