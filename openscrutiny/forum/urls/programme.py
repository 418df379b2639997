"""Addresses of the work programme, of promises, and of the archive."""

from django.urls import path

from openscrutiny.forum.views import actions, archive, programme

urlpatterns = [
    path("programme/", programme.programme, name="programme"),
    path("programme/new/", programme.propose, name="work-propose"),
    path("programme/suggest/", programme.suggest, name="work-suggest"),
    path("programme/<slug:number>/", programme.work, name="work-item"),
    path("programme/<slug:number>/move/", programme.move_work, name="work-move"),
    path("programme/<slug:number>/place/", programme.place_work, name="work-place"),
    path("programme/<slug:number>/score/", programme.score_work, name="work-score"),
    path("programme/<slug:number>/reword/", programme.reword_work, name="work-reword"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<slug:number>/", actions.action, name="action"),
    path("actions/<slug:number>/move/", actions.move_action, name="action-move"),
    path("actions/<slug:number>/carry/", actions.carry_action, name="action-carry"),
    path("archive/", archive.archive, name="archive"),
    path("archive/bring-in/", archive.bring_in_record, name="archive-bring-in"),
    path(
        "archive/<slug:record>/<int:edition>/<int:place>/",
        archive.archived,
        name="archived-meeting",
    ),
    path("meetings/popolo.json", archive.popolo, name="popolo"),
]
