"""Addresses of triage and lines of enquiry. Included before the monitor's, which would take
``/findings/triage/`` for a finding's name."""

from django.urls import path

from openscrutiny.scrutiny import views

urlpatterns = [
    path("findings/triage/", views.triaged, name="triaged"),
    path("findings/<slug:id>/triage/", views.triage, name="triage"),
    path("enquiries/", views.enquiries, name="enquiries"),
    path("enquiries/<slug:number>/", views.enquiry, name="enquiry"),
    path("enquiries/<slug:number>/edit/", views.edit_enquiry, name="enquiry-edit"),
    path("enquiries/<slug:number>/move/", views.move_enquiry, name="enquiry-move"),
]
