"""Home, about the figures, accessibility."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openscrutiny.monitor.responses import page
from openscrutiny.public.pages.home import about_page, home_page


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html", {"page": home_page()})


@require_safe
@page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "public/about.html", {"page": about_page()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")
