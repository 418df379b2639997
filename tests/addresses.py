"""Every address of the product, and to whom it answers. A new one must be put somewhere here."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Taken by POST alone.
BY_POST = {
    "sign-out", "account-step", "enquiry-move", "decision-move", "publication-move",
    "question-move", "recommendation-move", "limb-remove", "part-move", "meeting-move",
    "agenda-bring-in", "item-move", "item-place",
    "meeting-room-step",
    "work-move", "work-place", "work-score", "work-reword", "action-move", "action-carry",
    "notice-send-again", "notices-posted",
    "paper-move", "minutes-move", "minutes-take-in",
}  # fmt: skip
# Files and figures rather than pages.
DOWNLOADS = {
    "findings-json", "findings-csv", "finding-json", "series", "published-file", "facts",
    "rejected-rows", "publication-json", "series-json", "annotations-json", "annotations-csv",
    "measure-json", "brief-pdf", "what-if-json", "what-if-csv", "meetings-calendar",
    "popolo", "notices-letters", "representation-csv", "terms-file",
}  # fmt: skip
# Papers and minutes: what is hidden and what is not there are answered alike, as missing. Their
# pages are gone through in tests/journeys/test_minutes.py, on a meeting that is made there.
OF_PAPERS_AND_MINUTES = {
    "paper", "paper-edit", "paper-late", "paper-version", "paper-file", "paper-new", "minutes",
    "minutes-word", "minutes-edit", "minutes-version", "correction-new", "correction",
    "decision-note", "pack", "agenda-word", "invitations", "meeting-brief",
}  # fmt: skip
# What belongs to an account leads to signing in first.
AFTER_SIGNING_IN = {
    "account", "account-calendar", "account_change_password", "account_reauthenticate",
    "mfa_activate_totp", "mfa_authenticate", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
    "mfa_reauthenticate", "mfa_view_recovery_codes",
    "mfa_add_webauthn", "mfa_remove_webauthn",
    "own-contact",
    "sign-ins",
    "unsent",
}  # fmt: skip
# Who may open what is not for everybody, and where in the demonstration's own record it stands.
FOR_SOME = {
    "import": ("analyst", "/data/import/"),
    "withdraw": ("analyst", ""),
    "annotation-new": ("analyst", "/data/annotations/new/?strands=race"),
    "annotation-withdraw": ("secretariat", "/data/annotations/2026-001/withdraw/"),
    "rebase-new": (
        "analyst",
        "/data/rebases/new/?measure=recorded_offences&area=aldermere&strand=all",
    ),
    "rebase-withdraw": ("secretariat", "/data/rebases/2026-001/withdraw/"),
    "what-if": ("analyst", "/findings/what-if/?measure=recorded_offences&month=any&q=20"),
    "work": ("signatory", "/your-work/"),
    "audit": ("chair", "/audit/"),
    "notices": ("secretariat", "/notices/"),
    "notices-of-rule": ("secretariat", "/notices/rules/question.overdue/"),
    "notices-people": ("secretariat", "/notices/people/"),
    "notices-post": ("secretariat", "/notices/post/"),
    "notices-digest": ("secretariat", "/notices/digest/"),
    "accounts": ("administrator", "/accounts/"),
    "new-account": ("administrator", "/accounts/new/"),
    "invite": ("administrator", "/accounts/invite/"),
    "account-of": ("administrator", "/accounts/1/"),
    "triaged": ("secretariat", "/findings/triage/"),
    "triage": ("secretariat", ""),
    "enquiries": ("member", "/enquiries/"),
    "enquiry": ("member", "/enquiries/2026-001/"),
    "enquiry-edit": ("secretariat", "/enquiries/2026-001/edit/"),
    "decisions": ("member", "/decisions/"),
    "decision": ("chair", "/decisions/2026-001/"),
    "decision-record": ("secretariat", "/decisions/new/?about=recommendation:2026-002"),
    "meeting-room": ("secretariat", "/meetings/2026-001/room/"),
    "meeting-vote": ("chair", "/meetings/2026-001/vote/"),
    "work-propose": ("member", "/programme/new/"),
    "archive-bring-in": ("secretariat", "/archive/bring-in/"),
    "questions": ("drafter", "/questions/"),
    "question": ("drafter", "/questions/2026-003/"),
    "question-new": ("secretariat", "/questions/new/?enquiry=2026-001"),
    "question-edit": ("secretariat", "/questions/2026-003/edit/"),
    "question-answer": ("drafter", "/questions/2026-003/answer/"),
    "question-sign": ("signatory", "/questions/2026-003/sign/"),
    "recommendations": ("verifier", "/recommendations/"),
    "recommendation": ("secretariat", "/recommendations/2026-001/"),
    "recommendation-new": ("secretariat", "/recommendations/new/?response=2026-001"),
    "recommendation-edit": ("secretariat", "/recommendations/2026-001/edit/"),
    "limb-new": ("secretariat", "/recommendations/2026-001/limbs/new/"),
    "limb-edit": ("secretariat", "/recommendations/2026-001/limbs/a/"),
    "part-respond": ("drafter", "/recommendations/2026-002/parts/2026-002.a/respond/"),
    "part-sign": ("signatory", "/recommendations/2026-002/parts/2026-002.a/sign/"),
    "part-plan": ("drafter", "/recommendations/2026-002/parts/2026-002.a/plan/"),
    "part-progress": ("drafter", "/recommendations/2026-002/parts/2026-002.a/progress/"),
    "part-evidence": ("drafter", "/recommendations/2026-002/parts/2026-002.a/evidence/"),
    "part-verify": ("verifier", "/recommendations/2026-002/parts/2026-002.a/verify/"),
    "publication-new": ("secretariat", "/publications/new/?about=recommendation:2026-002"),
    "meeting-new": ("secretariat", "/meetings/new/"),
    "item-new": ("drafter", "/meetings/items/new/"),
    "publication-propose": ("secretariat", "/publications/2026-001/propose/"),
    "terms-ladder": ("secretariat", "/terms/ladder/"),
    "terms-adopt": ("secretariat", "/terms/adopt/"),
    "terms-change": ("secretariat", "/terms/forum/change/"),
    "terms-seat-new": ("secretariat", "/terms/practice/seats/new/"),
    "terms-seat": ("secretariat", "/terms/forum/seats/trans/"),
    "terms-seat-remove": ("secretariat", "/terms/forum/seats/trans/remove/"),
    "seat-fill": ("secretariat", "/seats/forum/age/fill/"),
    "membership-step": ("secretariat", "/memberships/3/end/"),
    "members": ("secretariat", "/seats/members/"),
    "members-file": ("secretariat", "/seats/members/"),
    "person": ("secretariat", "/people/3/"),
    "person-contact": ("secretariat", "/people/3/contact/"),
    "interests": ("member", "/interests/"),
    "interest-new": ("member", "/interests/new/"),
    "interest-end": ("secretariat", "/interests/1/end/"),
}
# What is not public is refused alike whether or not it is there; this one is, in the demonstration.
# What is not yet published of a meeting is refused alike whether or not there is one; these pages
# are gone through in tests/journeys/test_agendas.py, on a meeting that is made there.
OF_A_MEETING = {
    "meeting", "meeting-edit", "meeting-new-date", "meeting-short-notice", "meeting-needs",
    "agenda", "item", "item-edit", "item-defer", "item-late", "item-interest", "invited",
    "invited-new", "invited-answer", "invited-address",
}  # fmt: skip
NEEDS_A_TOKEN = {"set-up-account", "own-calendar", "guest-answer"}
# Only where somebody was written to.
NEEDS_A_MESSAGE = {"notice", "notices-of-person"}
# Only where single sign-on is set up.
NEEDS_ANOTHER_SITE = {"openid_connect_login", "openid_connect_callback"}
FOR_EVERYBODY = {
    "home", "about", "accessibility", "publications", "publications-log", "findings", "finding",
    "areas", "area", "brief", "strands", "strand", "measures", "measure", "data", "trace", "batch",
    "account_login", "thread", "annotations", "rebases", "meetings", "programme", "work-suggest",
    "actions", "archive", "terms", "seats", "seat", "representation",
    "papers",
}  # fmt: skip
ONCE_PUBLISHED = {
    "publication": "/publications/2026-001/",
    "work-item": "/programme/2026-001/",
    "action": "/actions/2026-001/",
}
# What an older record tells of, where one was brought in: the demonstration has none.
ONCE_BROUGHT_IN = {"archived-meeting"}


def routes() -> dict[str, str]:
    """Every named route of the product; each must have a name of its own."""
    found: dict[str, str] = {}
    for route, name in _routes(get_resolver().url_patterns):
        assert name not in found, f"two addresses are called {name}"
        found[name] = route
    return found


def _routes(patterns: list[Any], before: str = "") -> list[tuple[str, str]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            found.append((before + str(pattern.pattern), pattern.name))
    return found
