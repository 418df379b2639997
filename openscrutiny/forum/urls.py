"""Addresses of the forum: its decisions, and its room."""

from django.urls import path

from openscrutiny.forum.views import decisions as views
from openscrutiny.forum.views import room

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/new/", views.record, name="decision-record"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/move/", views.move_decision, name="decision-move"),
    path("meetings/<slug:number>/room/", room.show, name="meeting-room"),
    path("meetings/<slug:number>/room/<slug:step>/", room.take, name="meeting-room-step"),
    path("meetings/<slug:number>/vote/", room.vote, name="meeting-vote"),
]
