"""Signing in with both factors, setting up the second one, proving again who one is."""

from __future__ import annotations

import json
from typing import Any

from allauth.account import views as account_views
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.base import views as code_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as app_views
from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LogoutView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from openscrutiny.base import accounts, second_factor, sign_ins
from openscrutiny.base.account_forms import (
    ChangePasswordForm,
    CodeForm,
    ConfirmByCodeForm,
    ConfirmByPasswordForm,
    NewRecoveryCodesForm,
    RemoveAppForm,
    SetUpAppForm,
    SignInForm,
)
from openscrutiny.base.demonstration_accounts import code_to_show
from openscrutiny.base.passkeys import PasskeyForm, passkeys_of


class SignIn(account_views.LoginView):
    """The first step: name and password."""

    template_name = "base/sign_in.html"
    form_class = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way through another site, where one is set up."""
        found = super().get_context_data(**kwargs)
        if settings.SINGLE_SIGN_ON:
            address = reverse("openid_connect_login", args=["sso"])
            found["other_site"] = settings.SINGLE_SIGN_ON
            found["other_way"] = _leading_on(self.request, address)
        return found


class SignInCode(code_views.AuthenticateView):
    """The second step: a code of the authenticator app, a recovery code, or a passkey."""

    template_name = "base/sign_in_code.html"
    form_class = CodeForm
    webauthn_form_class = PasskeyForm

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        user = self.stage.login.user
        second_factor.remember(self.request, user)
        _note_taken(form, user)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        _note_refused(form, self.stage.login.user)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.stage.login.user
        found = super().get_context_data(**kwargs)
        shown = {"shown_code": code_to_show(self.request, user)}
        if passkeys_of(user):
            shown["options"] = json.dumps(found["js_data"]["request_options"])
        return found | shown


class SignOut(LogoutView):
    http_method_names = ["post", "options"]


class SetUpApp(LoginRequiredMixin, app_views.ActivateTOTPView):
    """Setting up an authenticator app: its key as a picture and as text, then a first code."""

    template_name = "base/set_up_app.html"
    form_class = SetUpAppForm

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.note_own("second_factor.set_up", by=self.request.user, now=timezone.now())
        second_factor.remember(self.request, self.request.user)
        return response

    def get_success_url(self) -> str:
        return _leading_on(self.request, reverse("mfa_view_recovery_codes"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        key = found["form"].secret
        found["key"] = " ".join(key[n : n + 4] for n in range(0, len(key), 4))
        found["must"] = second_factor.must_have(self.request.user)
        return found


class RemoveApp(app_views.DeactivateTOTPView):
    """Taking the authenticator app away, to set up another."""

    template_name = "base/remove_app.html"
    form_class = RemoveAppForm
    success_url = reverse_lazy("account")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        passkeys_of(self.request.user).delete()  # they stand beside an app
        response = super().form_valid(form)
        accounts.note_own("second_factor.remove", by=self.request.user, now=timezone.now())
        second_factor.forget(self.request)
        return response


class RecoveryCodes(recovery_views.ViewRecoveryCodesView):
    """The recovery codes, shown once."""

    template_name = "base/recovery_codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on = get_next_redirect_url(self.request) or reverse("account")
        return super().get_context_data(**kwargs) | {"on": on}


class NewRecoveryCodes(LoginRequiredMixin, recovery_views.GenerateRecoveryCodesView):
    """New recovery codes in place of the old ones."""

    template_name = "base/new_recovery_codes.html"
    form_class = NewRecoveryCodesForm

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.note_own("recovery_codes.renew", by=self.request.user, now=timezone.now())
        return response


class ConfirmByPassword(account_views.ReauthenticateView):
    """The password again, before something that matters."""

    template_name = "base/confirm.html"
    form_class = ConfirmByPasswordForm


class ConfirmByCode(code_views.ReauthenticateView):
    """The code again, before something that matters."""

    template_name = "base/confirm.html"
    form_class = ConfirmByCodeForm

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        second_factor.remember(self.request, self.request.user)
        _note_taken(form, self.request.user)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        _note_refused(form, self.request.user)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "shown_code": code_to_show(self.request, self.request.user)
        }


class ChangePassword(LoginRequiredMixin, account_views.PasswordChangeView):
    """A new password; every other session of the account ends."""

    template_name = "base/change_password.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("account")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        sign_ins.follow(self.request)
        accounts.note_own("password.change", by=self.request.user, now=timezone.now())
        return response


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for too many attempts, which the sign-in library asks for."""
    return render(request, "base/too_many.html", status=429)


def _note_taken(form: Any, user: Any) -> None:
    """Record the use of a recovery code; a code of the app or a passkey is part of signing in."""
    if isinstance(form, PasskeyForm):
        return
    if form.authenticator.type == Authenticator.Type.RECOVERY_CODES:
        accounts.note_own("recovery_codes.use", by=user, now=timezone.now())


def _note_refused(form: Any, user: Any) -> None:
    """Record a code that was looked at and refused, not one that is missing or beyond the limit."""
    if form.has_error("credential", "incorrect_code"):
        accounts.note_refused("sign_in.refuse_passkey", of=user, now=timezone.now())
    elif form.has_error("code", "incorrect_code"):
        accounts.note_refused("sign_in.refuse_code", of=user, now=timezone.now())


def _leading_on(request: HttpRequest, address: str) -> str:
    wanted = get_next_redirect_url(request)
    return add_query_params(address, {"next": wanted}) if wanted else address
