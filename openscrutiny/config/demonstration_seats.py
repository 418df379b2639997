"""The demonstration's own people in its seats, and the interests they declared. All are invented.

Every row goes through the services of a click, by the demonstration's secretariat. Two seats that
must not stay empty are left vacant, so that the matrix has gaps to find.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.services import grant_role
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.interests import declare_interest
from openscrutiny.forum.services.people import Newcomer, change_access_needs
from openscrutiny.forum.services.seats import end_membership, fill_seat, name_substitute

_DAY = timedelta(days=1)
# Seat, name, organisation by its code or none, account or none, months since the first day. A term
# is three years: who began 34 months ago leaves soon.
_FORUM = (
    ("authority-1", "Imogen Starling", "", "chair", 20),
    ("authority-2", "Rafe Tolliver", "", "deputy", 20),
    ("police-lead", "Dilys Marchbank", "police", "signatory", 30),
    ("police-borough", "Corin Askew", "police", "", 11),
    ("prosecution", "Petra Lindqvist-Moor", "prosecution", "", 16),
    ("council-north", "Osric Fennimore", "", "", 34),
    ("council-south", "Bettina Quayle", "", "", 20),
    ("victim-support", "Marguerite Oyelowo-Finch", "", "member", 20),
    ("victim-advocates", "Tamsin Verrall", "", "", 14),
    ("race-1", "Kwabena Altringham", "", "", 20),
    ("race-2", "Suniva Patel-Harrow", "", "", 9),
    ("jewish", "Avital Brockhurst", "", "", 20),
    ("muslim", "Nadir Wolstenholme", "", "", 20),
    ("other-faiths", "Harpal Netherby", "", "", 18),
    ("lgb", "Lorcan Amberley", "", "", 20),
    ("trans", "Wren Castellane", "", "", 13),
    ("disability-1", "Josune Pemberley", "", "", 20),
    ("disability-2", "Alby Thornquist", "", "", 34),
    ("gender", "Zofia Harcastle", "", "", 20),
    ("housing", "Merrick Dunstable", "housing", "", 20),
    ("education", "Philippa Okonjo-Wells", "", "", 15),
    ("probation", "Gethin Sarratt", "", "", 8),
)
# Who sat in the seats that are vacant, and from how many months ago until how many.
_LEFT = (
    ("age", "Cecily Rackstraw", 30, 8, "Moved away; nobody was put forward yet."),
    ("health", "Anselm Ditchburn", 26, 6, "Took another post; a successor is awaited."),
)
_PRACTICE = (
    ("practice-chair", "Rafe Tolliver", 12),
    ("practice-community-1", "Josune Pemberley", 12),
    ("practice-community-2", "Lorcan Amberley", 12),
    ("practice-police", "Corin Askew", 11),
)
_INTERESTS = (
    ("Merrick Dunstable", "Employed by a housing association that is a partner.", "housing"),
    ("Tamsin Verrall", "Trustee of a charity that the police authority funds.", ""),
    ("Osric Fennimore", "Leads the licensing committee of one of the councils.", ""),
)
_NEEDS = (
    ("Alby Thornquist", "Easy read papers a week before, and a supporter beside me."),
    ("Josune Pemberley", "A British Sign Language interpreter; please book two."),
)


def seat_people(*, now: datetime) -> bool:
    """Fill the seats of the invented city, once; False, and nothing written, where any is.

    User.DoesNotExist before the demonstration's accounts were made.
    """
    if Membership.objects.exists():
        return False
    by = User.objects.get(username=Role.SECRETARIAT.value)
    forum = Organisation.objects.get(code="forum")
    today = timezone.localtime(now).date()
    known: dict[str, Person] = {}
    told = {"by": by, "now": now}
    with transaction.atomic():
        for seat, name, since, until, reason in _LEFT:
            left = fill_seat(
                body=forum,
                seat=seat,
                person=Newcomer(name, _address(name)),
                since=_months_before(today, since),
                **told,
            )
            last = _months_before(today, until) - _DAY
            end_membership(membership=left, until=last, reason=reason, **told)
        for seat, name, code, account, since in _FORUM:
            organisation = Organisation.objects.filter(code=code).first()
            made = fill_seat(
                body=forum,
                seat=seat,
                person=Newcomer(name, _address(name), organisation, account),
                on_behalf_of=organisation,
                since=_months_before(today, since),
                **told,
            )
            known[name] = made.person
        _substitute(forum, today, by=by, now=now)
        _others(known, today, by=by, now=now)
        _practice(known, today, now=now)
    return True


def _substitute(forum: Organisation, today: date, *, by: User, now: datetime) -> None:
    name_substitute(
        membership=Membership.objects.get(body=forum, seat="muslim", substitute_for=None),
        person=Newcomer("Salma Birtwhistle", _address("Salma Birtwhistle")),
        since=_months_before(today, 7),
        by=by,
        now=now,
    )


def _others(known: dict[str, Person], today: date, *, by: User, now: datetime) -> None:
    """The interests that were declared, and what two people need to take part."""
    forum = Organisation.objects.get(code="forum")
    told = {"by": by, "now": now}
    for name, text, code in _INTERESTS:
        declare_interest(
            body=forum,
            person=known[name],
            text=text,
            organisation=Organisation.objects.filter(code=code).first(),
            since=_months_before(today, 5),
            **told,
        )
    for name, needs in _NEEDS:
        change_access_needs(person=known[name], text=needs, **told)


def _practice(known: dict[str, Person], today: date, *, now: datetime) -> None:
    """The four seats of the group, filled by its own secretariat, which is the same account."""
    group = Organisation.objects.get(code="practice")
    grant_role(
        user=User.objects.get(username=Role.SECRETARIAT.value),
        role=Role.SECRETARIAT,
        organisation=group,
        since=today,
        until=None,
        by=User.objects.get(username=Role.ADMINISTRATOR.value),
        now=now,
    )
    by = User.objects.get(username=Role.SECRETARIAT.value)  # afresh, with the role it has now
    for seat, name, since in _PRACTICE:
        person = known[name]
        fill_seat(
            body=group,
            seat=seat,
            person=person,
            on_behalf_of=person.organisation,
            since=_months_before(today, since),
            by=by,
            now=now,
        )


def _months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months back."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _address(name: str) -> str:
    """An address that leads nowhere: example.org belongs to nobody."""
    return f"{name.lower().replace(' ', '.')}@example.org"
