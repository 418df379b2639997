"""Addresses of the forum: its decisions, its meetings and what happens in them, calendars."""

from django.urls import path

from openscrutiny.forum.views import agendas, calendars, invitations, meetings, room
from openscrutiny.forum.views import decisions as views

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/new/", views.record, name="decision-record"),
    path("decisions/<slug:number>/", views.decision, name="decision"),
    path("decisions/<slug:number>/move/", views.move_decision, name="decision-move"),
    # Items before meetings: an item has no number of a meeting in its address.
    *agendas.urlpatterns,
    *calendars.urlpatterns,
    *invitations.urlpatterns,
    *meetings.urlpatterns,
    path("meetings/<slug:number>/room/", room.show, name="meeting-room"),
    path("meetings/<slug:number>/room/<slug:step>/", room.take, name="meeting-room-step"),
    path("meetings/<slug:number>/vote/", room.vote, name="meeting-vote"),
]
