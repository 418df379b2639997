"""What a form answers: done and shown, or refused with everything that was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from openscrutiny.base.access import standing_of
from openscrutiny.base.moves import AlreadyThere, Overtaken
from openscrutiny.base.steps import status_of
from openscrutiny.base.thread import thread_of
from openscrutiny.core.workflow import NotPossible


def asked_on_form(
    request: HttpRequest,
    form: forms.Form,
    *,
    act: Callable[[dict[str, Any]], None],
    seen: Callable[[], int],
    to: Callable[[], str],
    said: str,
    heading: str,
    button: str,
    back: str,
    about: str = "",
    template: str = "base/form_page.html",
    **shown: Any,
) -> HttpResponse:
    """Show a form, or do what was sent on it.

    ``about`` is the reference of what it concerns: what is wrong with the figures behind that is
    shown above the form. ``act`` gets what was sent, cleaned. Where it refuses, the form comes back
    as it was typed, with the reason. Where somebody else was faster, ``seen`` gives the revision
    that is now on show. Where there is one already, the page leads to it.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(dict(form.cleaned_data))
            except NotPossible as refusal:
                status = status_of(refusal)
                _refuse(form, refusal, seen)
                shown["already"] = refusal if isinstance(refusal, AlreadyThere) else None
            else:
                messages.success(request, said)
                return redirect(to())
    if about:
        shown["thread"] = thread_of(about, standing=standing_of(request.user))
    context = {"form": form, "heading": heading, "button": button, "back": back, **shown}
    return render(request, template, context, status=status)


def _refuse(form: forms.Form, refusal: NotPossible, seen: Callable[[], int]) -> None:
    form.add_error(None, str(refusal))
    if isinstance(refusal, Overtaken) and "seen" in form.fields:
        # What was written stays; sent again, it goes on top of what is shown now.
        sent = form.data.copy()
        sent["seen"] = str(seen())
        form.data = sent
