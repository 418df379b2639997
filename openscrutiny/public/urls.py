"""Addresses of the public pages. Those of publications are permanent."""

from django.urls import path

from openscrutiny.public.views import home, publications

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("accessibility/", home.accessibility, name="accessibility"),
    path("publications/", publications.publications, name="publications"),
    path("publications/log/", publications.log, name="publications-log"),
    path("publications/new/", publications.prepare, name="publication-new"),
    path("publications/<slug:number>.json", publications.account_json, name="publication-json"),
    path("publications/<slug:number>/", publications.publication, name="publication"),
    path("publications/<slug:number>/move/", publications.move, name="publication-move"),
    path("publications/<slug:number>/propose/", publications.propose, name="publication-propose"),
]
