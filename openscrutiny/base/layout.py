"""What every page has around it: the place, the banner, the way around."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from openscrutiny.base.access import standing_of
from openscrutiny.core.areas import AreaSet
from openscrutiny.core.permits import Action, may

PRODUCT = "OpenScrutiny"


@dataclass(frozen=True)
class Surroundings:
    """The layout's own data: what the header, the banner and the navigation show.

    ``within`` are the pages beside the present one in the forum's own part; none elsewhere.
    """

    product: str
    place: str
    banner: str
    navigation: tuple[tuple[str, str, bool], ...]
    within: tuple[tuple[str, str, bool], ...]
    stylesheet: str
    icon: str
    passkey: str
    keep: str


# What everybody is offered, and what only those are who may read it (the permission in the last
# place). A person who answers questions reads only their own, so the page itself decides.
_SECTIONS: tuple[tuple[str, str, Action], ...] = (
    ("Your work", "/your-work/", Action.SEE_OWN_WORK),
    ("Findings", "/findings/", Action.READ),
    ("Areas", "/areas/", Action.READ),
    ("Strands", "/strands/", Action.READ),
    ("Enquiries", "/enquiries/", Action.READ_ENQUIRY),
    ("Questions", "/questions/", Action.READ_QUESTION),
    ("Recommendations", "/recommendations/", Action.READ_RECOMMENDATION),
    ("The forum", "/meetings/", Action.READ),
    ("Published", "/publications/", Action.READ),
    ("Data", "/data/", Action.READ),
    ("About the figures", "/about/", Action.READ),
    ("Audit trail", "/audit/", Action.READ_AUDIT),
    ("Accounts", "/accounts/", Action.MANAGE_ACCOUNTS),
)
# The pages of the forum itself, under one heading of the menu.
_FORUM: tuple[tuple[str, str, Action], ...] = (
    ("Meetings", "/meetings/", Action.READ),
    ("Work programme", "/programme/", Action.READ),
    ("Papers", "/papers/", Action.READ),
    ("Decisions", "/decisions/", Action.READ_RECOMMENDATION_DRAFT),
    ("Actions", "/actions/", Action.READ),
    ("Representation", "/representation/", Action.READ),
    ("Seats", "/seats/", Action.READ),
    ("Interests", "/interests/", Action.READ_INTERESTS),
    ("Terms of reference", "/terms/", Action.READ),
    ("Notices", "/notices/", Action.SEND_NOTICES),
    ("Archive", "/archive/", Action.READ),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """The context every template gets, under the single name ``layout``."""
    areas = area_set()
    forum = any(request.path.startswith(href) for _, href, _ in _FORUM)
    return {
        "layout": Surroundings(
            product=PRODUCT,
            place=areas.place if areas else "",
            banner=banner(areas),
            navigation=tuple(
                (
                    _kinds(label, areas),
                    href,
                    forum if label == "The forum" else request.path.startswith(href),
                )
                for label, href, action in _SECTIONS
                if _offered(request, action)
            ),
            within=tuple(
                (label, href, request.path.startswith(href))
                for label, href, action in _FORUM
                if forum and _offered(request, action)
            ),
            stylesheet=asset("site.css"),
            icon=asset("mark.svg"),
            passkey=asset("passkey.js"),
            keep=asset("keep.js"),
        )
    }


def _offered(request: HttpRequest, action: Action) -> bool:
    standing = standing_of(getattr(request, "user", None))
    return may(standing, action, concerning=standing.organisations)


def banner(areas: AreaSet | None) -> str:
    """The warning on every page of an invented place; empty elsewhere."""
    if areas is None or not areas.invented:
        return ""
    return f"{areas.place} is invented and so is every figure here."


def area_set() -> AreaSet | None:
    """The areas of the place these pages serve; None before anything was imported."""
    areas: AreaSet | None = settings.AREAS
    return areas


def asset(name: str) -> str:
    """The address of a built file, with a hash of its content so that it may be kept long."""
    return f"{static(name)}?v={_digest(settings.ASSETS / name)}"


@cache
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    except FileNotFoundError:
        return "missing"


def _kinds(label: str, areas: AreaSet | None) -> str:
    return areas.kinds.capitalize() if label == "Areas" and areas else label
