"""Signing in and out, and the pages for what is missing or broken."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from openscrutiny.base.forms import SignInForm


class SignIn(LoginView):
    template_name = "base/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    http_method_names = ["post", "options"]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere; the exception may carry a sentence."""
    said = exception.args[0] if exception.args else ""
    reason = said if isinstance(said, str) else ""
    return render(request, "base/not_found.html", {"reason": reason}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """The page for our own mistake. It needs nothing that may itself be broken."""
    return HttpResponse(render_to_string("base/broken.html"), status=500)
