"""A form on a page of its own: done and led on, or shown again as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms


@dataclass(frozen=True)
class Ask:
    """What stands around a form: where it belongs, what it is for, and what its button says."""

    heading: str
    button: str
    back: str
    back_label: str
    caption: str = ""
    lead: str = ""
    warning: bool = False
    upload: bool = False


def filled_in(
    request: HttpRequest,
    form: forms.Form,
    *,
    ask: Ask,
    take: Callable[[Mapping[str, Any]], object],
    said: str,
    led_to: str = "",
) -> HttpResponse:
    """Show a form, or take what was posted: ``said`` once it is done, and on to ``led_to``.

    A refusal by the form (422) or the service (409) shows it again with everything that was typed.
    """
    problem: NotPossible | None = None
    if request.method == "POST" and form.is_valid():
        try:
            take(form.cleaned_data)
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(request, said)
            return redirect(led_to or ask.back)
    status = 409 if problem else 422 if form.errors else 200
    shown = {"ask": ask, "form": form, "problem": problem}
    return render(request, "forum/ask.html", shown, status=status)


def day_asked(request: HttpRequest) -> date:
    """The day of ``?on=``; today where none, or none that can be read, is given."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


def of_a_known_day(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages of a day: says so where no terms of reference are known for the day of ``?on=``."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        day = day_asked(request)
        first = terms.versions().first_day if settings.PLACE is not None else day
        if day >= first:
            return view(request, *args, **kwargs)
        query = request.GET.copy()
        query["on"] = first.isoformat()
        said = {"on": day, "first": first, "href": f"{request.path}?{query.urlencode()}"}
        return render(request, "forum/no_terms.html", said, status=404)

    return shown


def person(request: HttpRequest) -> Any:
    """Who asks."""
    return request.user
