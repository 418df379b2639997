"""Addresses of the terms of reference, and of who sits in the forum."""

from django.urls import path

from openscrutiny.forum.views import members, people, representation, seats, terms, terms_file

urlpatterns = [
    path("terms/", terms.terms_of_day, name="terms"),
    path("terms/terms.yaml", terms_file.take_away, name="terms-file"),
    path("terms/ladder/", terms.change_ladder, name="terms-ladder"),
    path("terms/adopt/", terms_file.adopt, name="terms-adopt"),
    path("terms/<slug:body>/change/", terms.change_body, name="terms-change"),
    path("terms/<slug:body>/seats/new/", terms.new_seat, name="terms-seat-new"),
    path("terms/<slug:body>/seats/<slug:seat>/", terms.change_seat, name="terms-seat"),
    path(
        "terms/<slug:body>/seats/<slug:seat>/remove/", terms.remove_seat, name="terms-seat-remove"
    ),
    path("seats/", seats.seats, name="seats"),
    path("seats/members/", members.bring_in, name="members"),
    path("seats/members/<str:what>", members.take_away, name="members-file"),
    path("seats/<slug:body>/<slug:seat>/", seats.seat, name="seat"),
    path("seats/<slug:body>/<slug:seat>/fill/", seats.fill, name="seat-fill"),
    path("memberships/<int:number>/<slug:step>/", seats.step, name="membership-step"),
    path("people/<int:number>/", people.one, name="person"),
    path("people/<int:number>/contact/", people.contact_of, name="person-contact"),
    path("account/contact/", people.own_contact, name="own-contact"),
    path("interests/", people.interests, name="interests"),
    path("interests/new/", people.declare, name="interest-new"),
    path("interests/<int:number>/end/", people.end_interest, name="interest-end"),
    path("representation/", representation.representation, name="representation"),
    path("representation.csv", representation.representation_csv, name="representation-csv"),
]
