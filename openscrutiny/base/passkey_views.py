"""Adding and removing passkeys, by somebody who just proved again who they are."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.webauthn import views as key_views
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone

from openscrutiny.base import accounts, second_factor
from openscrutiny.base.passkeys import AddPasskeyForm, has_app


class AddPasskey(LoginRequiredMixin, key_views.AddWebAuthnView):
    """Adding a passkey. Who has no authenticator app sets that up first."""

    template_name = "base/add_passkey.html"
    form_class = AddPasskeyForm
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not has_app(request.user):
            return redirect(second_factor.SET_UP)
        return super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.note_own("passkey.add", by=self.request.user, now=timezone.now())
        messages.success(self.request, "Your passkey was added.")
        return response

    def get_success_url(self) -> str:
        return str(self.success_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        # The library leaves out the form that was refused.
        shown = {"form": kwargs["form"]} if "form" in kwargs else {}
        return found | shown | {"options": json.dumps(found["js_data"]["creation_options"])}


class RemovePasskey(LoginRequiredMixin, key_views.RemoveWebAuthnView):
    """Taking one passkey away."""

    template_name = "base/remove_passkey.html"
    pk_url_kwarg = "number"
    success_url = reverse_lazy("account")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        accounts.note_own("passkey.remove", by=self.request.user, now=timezone.now())
        messages.success(self.request, "Your passkey was removed.")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"name": self.object.wrap().name}
