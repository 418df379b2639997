"""What a form of the forum answers: done and shown, or refused with everything that was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from openscrutiny.base.steps import status_of
from openscrutiny.core.workflow import NotPossible


def form_answer(
    request: HttpRequest,
    form: forms.Form,
    *,
    act: Callable[[dict[str, Any]], str],
    said: str,
    template: str,
    shown: Mapping[str, Any],
) -> HttpResponse:
    """Show a form, or do what was sent on it and go where ``act`` says.

    A refusal shows the form as it was typed, with the reason as ``problem``. A file is the one
    thing a browser does not send back, so the page has to ask for it again.
    """
    problem: NotPossible | None = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                there = act(dict(form.cleaned_data))
            except NotPossible as refusal:
                problem, status = refusal, status_of(refusal)
            else:
                messages.success(request, said)
                return redirect(there)
    return render(request, template, {"form": form, "problem": problem, **shown}, status=status)
