"""Addresses of the forum's decisions."""

from django.urls import path

from openscrutiny.forum.views import decisions as views

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/new/", views.record, name="decision-record"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/move/", views.move_decision, name="decision-move"),
]
