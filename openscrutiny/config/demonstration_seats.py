"""The demonstration's own people in its seats, and the interests they declared. All are invented.

Every row goes through the services of a click, by the demonstration's secretariat. Two seats that
must not stay empty are left vacant, so that the matrix has gaps to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone

from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.services import grant_role
from openscrutiny.config.demonstration_cast import Story
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
    ("victim-support", "Marguerite Oyelowo-Finch", "", "", 20),
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
    ("gender", "Zofia Harcastle", "", "member", 20),
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


def seating(*, today: date, began: datetime) -> Story[None]:
    """Fill the seats of the invented city: what lies before ``began`` then, the rest on its day.

    User.DoesNotExist before the demonstration's accounts were made.
    """
    steps = sorted(_steps(today, began), key=lambda step: step[0])
    for moment, take in steps:
        yield moment
        take(moment)


def _steps(today: date, began: datetime) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """Every step with its moment; those of one moment in the order in which they are given."""
    forum, group = (Organisation.objects.get(code=code) for code in ("forum", "practice"))
    known: dict[str, Person] = {}

    def on(day: date) -> datetime:
        return max(began, began.replace(year=day.year, month=day.month, day=day.day))

    def fill(seat: str, name: str, code: str, account: str, since: date) -> Callable[..., None]:
        def take(now: datetime) -> None:
            organisation = Organisation.objects.filter(code=code).first()
            made = fill_seat(
                body=forum,
                seat=seat,
                person=Newcomer(name, _address(name), organisation, account),
                on_behalf_of=organisation,
                since=since,
                by=_secretariat(),
                now=now,
            )
            known[name] = made.person

        return take

    for seat, name, months, until, reason in _LEFT:
        since, last = _months_before(today, months), _months_before(today, until) - _DAY
        yield on(since), fill(seat, name, "", "", since)
        yield on(last), partial(_leave, seat, last, reason)
    for seat, name, code, account, months in _FORUM:
        since = _months_before(today, months)
        yield on(since), fill(seat, name, code, account, since)
    yield began, partial(_give_group_a_secretariat, group)
    for seat, name, months in _PRACTICE:
        since = _months_before(today, months)
        yield on(since), partial(_fill_group, group, seat, known, name, since)
    since = _months_before(today, 7)
    yield on(since), partial(_substitute, forum, since)
    for name, text, code in _INTERESTS:
        since = _months_before(today, 5)
        yield on(since), partial(_declare, forum, known, name, text, code, since)
    for name, needs in _NEEDS:
        yield on(_months_before(today, 5)), partial(_need, known, name, needs)


def _secretariat() -> User:
    """Afresh each time, with the roles it has by then."""
    return User.objects.get(username=Role.SECRETARIAT.value)


def _leave(seat: str, last: date, reason: str, now: datetime) -> None:
    left = Membership.objects.get(body__code="forum", seat=seat)
    end_membership(membership=left, until=last, reason=reason, by=_secretariat(), now=now)


def _substitute(forum: Organisation, since: date, now: datetime) -> None:
    name_substitute(
        membership=Membership.objects.get(body=forum, seat="gender", substitute_for=None),
        person=Newcomer("Salma Birtwhistle", _address("Salma Birtwhistle")),
        since=since,
        by=_secretariat(),
        now=now,
    )


def _declare(
    forum: Organisation,
    known: Mapping[str, Person],
    name: str,
    text: str,
    code: str,
    since: date,
    now: datetime,
) -> None:
    declare_interest(
        body=forum,
        person=known[name],
        text=text,
        organisation=Organisation.objects.filter(code=code).first(),
        since=since,
        by=_secretariat(),
        now=now,
    )


def _need(known: Mapping[str, Person], name: str, needs: str, now: datetime) -> None:
    change_access_needs(person=known[name], text=needs, by=_secretariat(), now=now)


def _give_group_a_secretariat(group: Organisation, now: datetime) -> None:
    """The group's secretariat is the same account as the forum's."""
    grant_role(
        user=_secretariat(),
        role=Role.SECRETARIAT,
        organisation=group,
        since=timezone.localtime(now).date(),
        until=None,
        by=User.objects.get(username=Role.ADMINISTRATOR.value),
        now=now,
    )


def _fill_group(
    group: Organisation,
    seat: str,
    known: Mapping[str, Person],
    name: str,
    since: date,
    now: datetime,
) -> None:
    person = known[name]
    fill_seat(
        body=group,
        seat=seat,
        person=person,
        on_behalf_of=person.organisation,
        since=since,
        by=_secretariat(),
        now=now,
    )


def _months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months back."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _address(name: str) -> str:
    """An address that leads nowhere: example.org belongs to nobody."""
    return f"{name.lower().replace(' ', '.')}@example.org"
