"""Addresses of the forum: its decisions, its meetings and what happens in them, calendars."""

from django.urls import path

from openscrutiny.forum.views import (
    actions,
    agendas,
    archive,
    calendars,
    invitations,
    meetings,
    minutes,
    packs,
    papers,
    programme,
    room,
)
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
    path("papers/", papers.papers, name="papers"),
    path("papers/<slug:number>/", papers.paper, name="paper"),
    path("papers/<slug:number>/edit/", papers.edit_paper, name="paper-edit"),
    path("papers/<slug:number>/late/", papers.allow_late, name="paper-late"),
    path("papers/<slug:number>/move/", papers.move_paper, name="paper-move"),
    path(
        "papers/<slug:number>/versions/<int:version>/", papers.paper_version, name="paper-version"
    ),
    path("papers/<slug:number>/file/<int:version>/", papers.paper_file, name="paper-file"),
    path("meetings/items/<slug:number>/papers/new/", papers.new_paper, name="paper-new"),
    path("meetings/<slug:number>/minutes/", minutes.minutes, name="minutes"),
    path("meetings/<slug:number>/minutes.docx", minutes.minutes_word, name="minutes-word"),
    path("meetings/<slug:number>/minutes/edit/", minutes.edit_minutes, name="minutes-edit"),
    path("meetings/<slug:number>/minutes/move/", minutes.move_minutes, name="minutes-move"),
    path(
        "meetings/<slug:number>/minutes/versions/<int:version>/",
        minutes.minutes_version,
        name="minutes-version",
    ),
    path(
        "meetings/<slug:number>/minutes/corrections/new/",
        minutes.ask_correction,
        name="correction-new",
    ),
    path(
        "meetings/<slug:number>/minutes/corrections/<int:correction>/",
        minutes.settle_correction,
        name="correction",
    ),
    path("meetings/<slug:number>/decisions/", minutes.decision_note, name="decision-note"),
    path("meetings/<slug:number>/pack.pdf", packs.pack, name="pack"),
    path("meetings/<slug:number>/agenda.docx", packs.agenda_word, name="agenda-word"),
    path("meetings/<slug:number>/invitations.docx", packs.invitations, name="invitations"),
    path("meetings/<slug:number>/brief/", packs.brief, name="meeting-brief"),
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
