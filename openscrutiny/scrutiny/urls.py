"""Addresses of triage, lines of enquiry and briefs.

Included before the monitor's, which would take ``/findings/triage/`` for the page of a finding.
"""

from django.urls import path

from openscrutiny.scrutiny import views

urlpatterns = [
    path("findings/triage/", views.triaged, name="triaged"),
    path("findings/<slug:id>/triage/", views.triage, name="triage"),
    path("areas/<slug:slug>/brief.html", views.brief, name="brief"),
    path("areas/<slug:slug>/brief.pdf", views.brief_pdf, name="brief-pdf"),
    path("enquiries/", views.enquiries, name="enquiries"),
    path("enquiries/<slug:number>/", views.enquiry, name="enquiry"),
    path("enquiries/<slug:number>/edit/", views.edit_enquiry, name="enquiry-edit"),
    path("enquiries/<slug:number>/move/", views.move_enquiry, name="enquiry-move"),
]
