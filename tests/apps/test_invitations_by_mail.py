"""Invitations by e-mail: account, person, role and the way in, in one step and never kept."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from openscrutiny.base import invitations
from openscrutiny.base.mail.sending import send_waiting
from openscrutiny.base.models import AuditEvent, Message, Person, RoleHeld, User
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from tests.apps.mailing import MONDAY
from tests.apps.meeting_rooms import somebody
from tests.people import organisation_for, person, sign_in

pytestmark = pytest.mark.django_db

ADA = {"name": "Ada Reader", "email": "ada@example.org"}


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.MAIL_SERVER = "smtp://mail.example.org"


@pytest.fixture
def keeper() -> User:
    return person(Role.ADMINISTRATOR, name="keeper")


def invited(by: User, **changed: Any) -> User:
    given: dict[str, Any] = {
        **ADA,
        "organisation": None,
        "role": Role.MEMBER,
        "body": organisation_for(Role.MEMBER),
        "site": "https://forum.example.org",
        "now": MONDAY,
    }
    return invitations.invite(**(given | changed), by=by)


def test_an_invitation_makes_account_person_role_and_mail_in_one_step(keeper: User) -> None:
    user = invited(keeper)
    assert user.username == "ada.reader"
    assert not user.has_usable_password()
    known = Person.objects.get(user=user)
    assert (known.name, known.email) == ("Ada Reader", "ada@example.org")
    assert RoleHeld.objects.get(user=user).role == "member"
    send_waiting(MONDAY)
    sent = outbox.outbox[0]
    assert sent.to == ["ada@example.org"]
    found = re.search(r"https://forum\.example\.org(/set-up/\S+/)", sent.body)
    assert found is not None
    new = "violet anchor stapler"
    answer = Client().post(found[1], {"password1": new, "password2": new})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)


def test_the_address_is_kept_nowhere_once_it_was_sent(
    keeper: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user = invited(keeper)
    assert invitations.how_sent(user) == "The address waits to be sent"
    send_waiting(MONDAY)
    token = re.search(r"/set-up/\w+/(\S+)/", outbox.outbox[0].body)
    assert token is not None
    message = Message.objects.get()
    assert message.text == ""
    assert invitations.how_sent(user) == "Address sent on 2 November 2026, 10:00"
    for row in AuditEvent.objects.all():
        said = f"{row.event} {row.reference} {row.details}"
        assert token[1] not in said
        assert "ada" not in said.lower()
    assert "ada@example.org" not in caplog.text


def test_the_secretariat_does_not_see_the_address_while_it_waits(keeper: User) -> None:
    invited(keeper)
    message = Message.objects.get()
    assert "/set-up/" in message.text
    desk = sign_in(Client(), person(Role.SECRETARIAT))
    for path in ("/notices/", f"/notices/{message.pk}/", "/notices/post/", "/notices/digest/"):
        assert "/set-up/" not in desk.get(path).content.decode()


def test_sending_again_makes_a_new_address_and_takes_the_waiting_one_away(keeper: User) -> None:
    user = invited(keeper)
    old = re.search(r"(/set-up/\S+/)", Message.objects.get().text)
    later = MONDAY + timedelta(hours=1)
    invitations.send_address(user=user, site="https://x.example", by=keeper, now=later)
    send_waiting(later)
    assert len(outbox.outbox) == 1
    new = re.search(r"(/set-up/\S+/)", outbox.outbox[0].body)
    assert old is not None
    assert new is not None
    assert Client().get(old[1]).status_code == 404
    assert Client().get(new[1]).status_code == 200
    assert not Message.objects.exclude(text="").exists()


def test_somebody_known_without_an_account_gets_one_and_keeps_their_name(keeper: User) -> None:
    known = somebody(
        "Ada R. Reader", email="ADA@example.org", by_post=True, postal_address="1 Lane"
    )
    user = invited(keeper)
    known.refresh_from_db()
    assert known.user == user
    assert known.name == "Ada R. Reader"
    assert Message.objects.get().channel == "email"  # never printed by somebody else


def test_an_invitation_is_refused_whole_with_the_reason(keeper: User, settings: Any) -> None:
    invited(keeper)
    with pytest.raises(NotPossible, match="has an account"):
        invited(keeper)
    with pytest.raises(NotPossible, match="another kind of organisation"):
        invited(keeper, email="b@example.org", role=Role.SIGNATORY)
    with pytest.raises(NotPermitted):
        invited(person(Role.SECRETARIAT), email="c@example.org")
    settings.MAIL_SERVER = ""
    with pytest.raises(NotPossible, match="No mail server"):
        invited(keeper, email="d@example.org")
    assert Person.objects.count() == 1
    assert User.objects.filter(username__startswith="ada").count() == 1


def test_two_people_of_one_name_get_accounts_of_two_names(keeper: User) -> None:
    names = [invited(keeper, email=f"{n}@example.org").username for n in range(3)]
    assert names == ["ada.reader", "ada.reader2", "ada.reader3"]
    assert invited(keeper, name="Zoë O’Neill", email="z@example.org").username == "zoe.o.neill"
    odd = "<img src=x onerror=alert(1)>Éowyn Q"
    made = invited(keeper, name=odd, email="w@example.org").username
    assert made == "img.src.x.onerror.alert.eowyn.q"
    assert invited(keeper, name="!!!", email="y@example.org").username == "account"


def test_an_invitation_is_made_on_its_page_and_the_address_is_sent_again_there(
    keeper: User, client: Client
) -> None:
    desk = sign_in(client, keeper)
    body = organisation_for(Role.MEMBER)
    given = {**ADA, "organisation": "", "role": "member", "body": body.pk}
    answer = desk.post("/accounts/invite/", given, follow=True)
    page = answer.content.decode()
    assert "The address waits to be sent." in page
    assert "/set-up/" not in page
    number = User.objects.get(username="ada.reader").pk
    answer = desk.post(f"/accounts/{number}/send/", follow=True)
    assert "A new set-up address will be sent" in answer.content.decode()
    answer = desk.post("/accounts/invite/", given)
    assert answer.status_code == 422
    assert 'value="ada@example.org"' in answer.content.decode()
    assert "has an account" in answer.content.decode()
    answer = desk.post("/accounts/invite/", {**given, "email": "nonsense"})
    assert "like name@example.org" in answer.content.decode()


def test_sending_an_address_where_none_is_known_is_refused_on_the_page(
    keeper: User, client: Client
) -> None:
    other = person(Role.MEMBER)
    answer = sign_in(client, keeper).post(f"/accounts/{other.pk}/send/")
    assert answer.status_code == 409
