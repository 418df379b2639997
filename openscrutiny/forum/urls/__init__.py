"""Addresses of the forum, by what they are about."""

from openscrutiny.forum.urls import decisions, meetings, papers, programme, seats

# What is fixed before what holds a number: the archive of meetings before one meeting.
urlpatterns = [
    *decisions.urlpatterns,
    *programme.urlpatterns,
    *papers.urlpatterns,
    *meetings.urlpatterns,
    *seats.urlpatterns,
]
