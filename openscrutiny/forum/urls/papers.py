"""Addresses of papers, minutes, and what is taken into a meeting."""

from django.urls import path

from openscrutiny.forum.views import minutes, packs, papers

urlpatterns = [
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
    path("meetings/<slug:number>/minutes/take-in/", minutes.take_in, name="minutes-take-in"),
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
]
