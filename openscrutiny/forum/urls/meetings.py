"""Addresses of meetings: their agendas, who is invited, calendars, and the room."""

from django.urls import path

from openscrutiny.forum.views import (
    agendas,
    calendars,
    guests,
    invitations,
    meetings,
    people,
    room,
)

urlpatterns = [
    # Items before meetings: an item has no number of a meeting in its address.
    path("meetings/<slug:number>/agenda/", agendas.agenda, name="agenda"),
    path("meetings/<slug:number>/agenda/bring-in/", agendas.bring_in, name="agenda-bring-in"),
    path("meetings/items/new/", agendas.new, name="item-new"),
    path("meetings/items/<slug:number>/", agendas.item, name="item"),
    path("meetings/items/<slug:number>/move/", agendas.move, name="item-move"),
    path("meetings/items/<slug:number>/place/", agendas.place, name="item-place"),
    path("meetings/items/<slug:number>/edit/", agendas.edit, name="item-edit"),
    path("meetings/items/<slug:number>/defer/", agendas.defer, name="item-defer"),
    path("meetings/items/<slug:number>/late/", agendas.late, name="item-late"),
    path("meetings/items/<slug:number>/interest/", people.declare_in_item, name="item-interest"),
    path("meetings/calendar.ics", calendars.public, name="meetings-calendar"),
    path("calendar/<str:token>.ics", calendars.own, name="own-calendar"),
    path("account/calendar/", calendars.address, name="account-calendar"),
    path("meetings/<slug:number>/invited/", invitations.invited, name="invited"),
    path("meetings/<slug:number>/invited/new/", invitations.guest, name="invited-new"),
    path(
        "meetings/<slug:number>/invited/<int:attendance>/",
        invitations.answer,
        name="invited-answer",
    ),
    path(
        "meetings/<slug:number>/invited/<int:attendance>/address/",
        invitations.address,
        name="invited-address",
    ),
    path("invitation/<str:token>/", guests.answer, name="guest-answer"),
    path("meetings/<slug:number>/needs/", invitations.needs, name="meeting-needs"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/new/", meetings.new, name="meeting-new"),
    path("meetings/<slug:number>/", meetings.meeting, name="meeting"),
    path("meetings/<slug:number>/move/", meetings.move, name="meeting-move"),
    path("meetings/<slug:number>/edit/", meetings.edit, name="meeting-edit"),
    path("meetings/<slug:number>/new-date/", meetings.new_date, name="meeting-new-date"),
    path(
        "meetings/<slug:number>/short-notice/", meetings.short_notice, name="meeting-short-notice"
    ),
    path("meetings/<slug:number>/room/", room.show, name="meeting-room"),
    path("meetings/<slug:number>/room/<slug:step>/", room.take, name="meeting-room-step"),
    path("meetings/<slug:number>/vote/", room.vote, name="meeting-vote"),
]
