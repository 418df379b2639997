"""One's own account, and everybody's for the administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access, accounts, invitations, services, sign_ins
from openscrutiny.base.account_forms import (
    ChoosePasswordForm,
    EndForm,
    GrantForm,
    InviteForm,
    NewAccountForm,
    NothingForm,
    ReasonForm,
)
from openscrutiny.base.account_pages import AccountLine, account_line, accounts_page, own_page
from openscrutiny.base.lists import Asked
from openscrutiny.base.models import RoleHeld, User
from openscrutiny.core.permits import Action, Role
from openscrutiny.core.workflow import NotPossible

_GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_GET_AND_POST
@sensitive_post_parameters("password1", "password2")
def set_up(request: HttpRequest, person: str, token: str) -> HttpResponse:
    """Choosing a password at the address an administrator handed over."""
    user = accounts.person_of_address(person, token)
    if user is None:
        return render(request, "base/set_up_refused.html", status=404)
    form = ChoosePasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        accounts.choose_password(
            user=user, password=form.cleaned_data["password1"], now=timezone.now()
        )
        logout(request)
        messages.success(request, "Your password is set. Now sign in with it.")
        return redirect("account_login")
    return render(request, "base/set_up.html", {"form": form, "name": user.username})


@require_safe
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """One's own roles, how one signs in, and what the record holds of what one did."""
    page = own_page(request.user, today=timezone.localdate())  # type: ignore[arg-type]
    return render(request, "base/account.html", {"page": page})


@_GET_AND_POST
@login_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; posting ends one sign-in by its number, or all others."""
    by: Any = request.user
    here, now = request.session.session_key or "", timezone.now()
    if request.method == "POST":
        number = request.POST.get("number", "")
        try:
            if number.isascii() and number.isdecimal() and len(number) < 18:
                sign_ins.end_one(number=int(number), here=here, by=by, now=now)
                messages.success(request, "That sign-in was ended.")
            else:
                sign_ins.end_others(here=here, by=by, now=now)
                messages.success(request, "Every other sign-in was ended.")
        except NotPossible as error:
            shown = {"lines": sign_ins.lines(by, here=here, now=now), "refusal": error}
            return render(request, "base/sign_ins.html", shown, status=409)
        return redirect("sign-ins")
    shown = {"lines": sign_ins.lines(by, here=here, now=now), "refusal": None}
    return render(request, "base/sign_ins.html", shown)


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The list of accounts."""
    access.require(request.user, Action.MANAGE_ACCOUNTS)
    page = accounts_page(Asked.of(request), today=timezone.localdate())
    return render(request, "base/accounts.html", {"page": page})


@never_cache
@_GET_AND_POST
def new(request: HttpRequest) -> HttpResponse:
    """Making an account; what comes back shows its set-up address, this once."""
    access.require(request.user, Action.MANAGE_ACCOUNTS)
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                by: Any = request.user
                now = timezone.now()
                user = accounts.make_account(name=form.cleaned_data["name"], by=by, now=now)
                path = accounts.make_set_up_address(user=user, by=by, now=now)
        except NotPossible as error:
            form.add_error("name", str(error))
        else:
            return _address(request, user, path)
    status = 422 if form.errors else 200
    return render(request, "base/new_account.html", {"form": form}, status=status)


@never_cache
@_GET_AND_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Inviting a person by e-mail. What is refused is shown again with everything typed."""
    access.require(request.user, Action.MANAGE_ACCOUNTS)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        by: Any = request.user
        try:
            user = invitations.invite(
                **{**said, "role": Role(said["role"])},
                site=_site(request),
                by=by,
                now=timezone.now(),
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"The account {user.username} waits for its person.")
            return redirect("account-of", number=user.pk)
    status = 422 if form.errors else 200
    return render(request, "base/invite.html", {"form": form}, status=status)


@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One account, with what an administrator may do about it."""
    access.require(request.user, Action.MANAGE_ACCOUNTS)
    return _account(request, number, {})


Step = Callable[[User, dict[str, Any], Any, datetime], object]


def _grant(user: User, said: dict[str, Any], by: Any, now: datetime) -> None:
    services.grant_role(
        user=user,
        role=Role(said["role"]),
        organisation=said["organisation"],
        since=said["since"],
        until=said["until"],
        by=by,
        now=now,
    )


def _end(user: User, said: dict[str, Any], by: Any, now: datetime) -> None:
    held = get_object_or_404(RoleHeld, pk=said["held"], user=user)
    services.end_role(held=held, until=said["until"], by=by, now=now)


# Each step an administrator may take: its form, who carries it out, and what is said afterwards.
_STEPS: Mapping[str, tuple[type[forms.Form], Step, str]] = {
    "grant": (GrantForm, _grant, "The role was granted."),
    "end": (EndForm, _end, "The last day of the role was noted."),
    "close": (
        ReasonForm,
        lambda u, said, by, now: accounts.close_account(user=u, by=by, now=now, **said),
        "The account is closed.",
    ),
    "reopen": (
        ReasonForm,
        lambda u, said, by, now: accounts.reopen_account(user=u, by=by, now=now, **said),
        "The account is open again.",
    ),
    "send": (
        NothingForm,
        lambda u, said, by, now: invitations.send_address(user=u, by=by, now=now, **said),
        "A new set-up address will be sent within a few minutes.",
    ),
    "sign-out": (
        NothingForm,
        lambda u, said, by, now: accounts.end_sign_ins(user=u, by=by, now=now),
        "Every sign-in of this account was ended.",
    ),
    "reset": (
        ReasonForm,
        lambda u, said, by, now: accounts.reset_second_factor(user=u, by=by, now=now, **said),
        "The second factor was reset. It is set up anew after the next sign-in.",
    ),
}


@never_cache
@require_POST
def step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """One step about one account. What cannot be done is said beside the form, with what to do."""
    access.require(request.user, Action.MANAGE_ACCOUNTS)
    user = User.objects.filter(pk=number).first()
    if user is None or (step not in _STEPS and step != "address"):
        raise Http404("There is no such account. Look in the list of accounts.")
    by: Any = request.user
    if step == "address":
        path = accounts.make_set_up_address(user=user, by=by, now=timezone.now())
        return _address(request, user, path)
    made, carry_out, done = _STEPS[step]
    form = made(request.POST, auto_id=_auto_id(step, request.POST.get("held", "")))
    status = 422
    if form.is_valid():
        try:
            said = form.cleaned_data | ({"site": _site(request)} if step == "send" else {})
            carry_out(user, said, by, timezone.now())
        except NotPossible as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, done)
            return redirect("account-of", number=number)
    return _account(request, number, {step: form}, status=status)


def _account(
    request: HttpRequest, number: int, tried: Mapping[str, forms.Form], *, status: int = 200
) -> HttpResponse:
    """The page of one account; ``tried`` holds the form that was refused, as it was filled in."""
    today = timezone.localdate()
    try:
        line = account_line(number, today=today)
    except LookupError as error:
        raise Http404(str(error)) from None
    shown: dict[str, Any] = {
        name.replace("-", "_"): tried.get(name)
        or made(auto_id=_auto_id(name), initial={"since": today})
        for name, (made, _, _) in _STEPS.items()
        if name != "end"
    }
    shown |= {"line": line, "own": number == request.user.pk, "tried": next(iter(tried), "")}
    shown["how_sent"] = invitations.how_sent(User(pk=number))
    shown["roles"] = _with_forms(line, tried.get("end"))
    return render(request, "base/account_of.html", shown, status=status)


def _site(request: HttpRequest) -> str:
    """The address of these pages as people know it."""
    return settings.ADDRESS or request.build_absolute_uri("/").rstrip("/")


def _with_forms(line: AccountLine, tried: forms.Form | None) -> list[tuple[Any, forms.Form | None]]:
    """Each role with the form to end it, where it can be ended."""
    found: list[tuple[Any, forms.Form | None]] = []
    for held in line.held:
        given = tried.data.get("held") if tried is not None else None
        empty = EndForm(
            auto_id=_auto_id("end", str(held.number)),
            initial={"held": held.number, "until": held.until},
        )
        form = tried if given == str(held.number) else empty
        found.append((held, None if held.over else form))
    return found


def _auto_id(step: str, which: str = "") -> str:
    """Ids that no two forms of the page share."""
    return f"{step}-{which}-%s" if which.isdecimal() else f"{step}-%s"


def _address(request: HttpRequest, user: User, path: str) -> HttpResponse:
    shown = {"address": request.build_absolute_uri(path), "name": user.username, "number": user.pk}
    return render(request, "base/set_up_address.html", shown)
