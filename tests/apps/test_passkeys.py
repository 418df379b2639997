"""What is made up about a passkey is refused in words, and the record says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.core.permits import Role
from tests.people import PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db

MADE_UP: list[Any] = [
    "",
    "nonsense",
    "null",
    "[]",
    "{}",
    json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}}),
    json.dumps(
        {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AAAA",
                "signature": "AAAA",
                "attestationObject": "AAAA",
            },
        }
    ),
]


def half_way(user: User) -> Client:
    """Somebody who gave the password and is asked for the code."""
    client = Client()
    client.post("/sign-in/", {"login": user.username, "password": PASSWORD})
    return client


@pytest.mark.parametrize("said", MADE_UP)
def test_a_made_up_passkey_signs_nobody_in(said: str) -> None:
    user = person(Role.MEMBER)
    client = half_way(user)
    client.get("/sign-in/code/")
    answer = client.post("/sign-in/code/", {"credential": said})
    assert answer.status_code == 200
    assert "You are not signed in yet" in answer.content.decode()
    assert client.get("/account/").status_code == 302


def test_a_refused_passkey_stands_in_the_record() -> None:
    user = person(Role.MEMBER)
    client = half_way(user)
    client.get("/sign-in/code/")
    client.post("/sign-in/code/", {"credential": MADE_UP[-1]})
    row = AuditEvent.objects.get(event="base.sign_in.refuse_passkey")
    assert (row.reference, row.actor) == (f"user:{user.pk}", None)


@pytest.mark.parametrize("said", MADE_UP)
def test_a_made_up_passkey_is_not_added(said: str, client: Client) -> None:
    user = person(Role.MEMBER)
    desk = confirmed(client, user)
    desk.get("/account/passkeys/new/")
    answer = desk.post("/account/passkeys/new/", {"name": "Phone", "credential": said})
    assert "The passkey was not added" in answer.content.decode()
    assert 'value="Phone"' in answer.content.decode()
    assert not Authenticator.objects.filter(type="webauthn").exists()


def confirmed(client: Client, user: User) -> Client:
    return sign_in(client, user)


def test_who_has_no_authenticator_app_sets_that_up_first(client: Client) -> None:
    user = person(Role.MEMBER)
    Authenticator.objects.filter(user=user).delete()
    answer = sign_in(client, user).get("/account/passkeys/new/")
    assert answer["Location"].startswith("/account/second-factor/")


def test_nobody_removes_the_passkey_of_another_and_it_goes_with_the_app(client: Client) -> None:
    other, user = person(Role.MEMBER), person(Role.CHAIR)
    made = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Phone"})
    desk = sign_in(client, user)
    assert desk.post(f"/account/passkeys/{made.pk}/remove/").status_code == 404
    own = sign_in(Client(), other)
    own.post("/account/second-factor/remove/")
    assert not Authenticator.objects.filter(user=other).exists()
