"""Where somebody is signed in: seen by the person, ended by the person or the administrator."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.base.codes import code_at
from openscrutiny.base.models import AuditEvent, Notice, SignIn, User
from openscrutiny.base.sign_ins import browser_in_words
from openscrutiny.core.permits import Role
from tests.people import KEY, PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def user() -> User:
    return person(Role.MEMBER, name="reader")


def entered(user: User, browser: str = FIREFOX) -> Client:
    """Somebody who signed in on the pages for it, from a network address."""
    from django.core.cache import cache

    cache.clear()  # a code is taken once; here several browsers sign in within its time
    client = Client(HTTP_USER_AGENT=browser, REMOTE_ADDR="203.0.113.7")
    client.post("/sign-in/", {"login": user.username, "password": PASSWORD})
    client.post("/sign-in/code/", {"code": code_at(KEY, time.time())})
    assert client.get("/account/").status_code == 200
    return client


def in_use(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def page(client: Client) -> str:
    return client.get("/account/sign-ins/").content.decode()


def test_a_person_sees_every_sign_in_and_which_is_the_present_one(user: User) -> None:
    first, second = entered(user), entered(user, SAFARI)
    shown = page(first)
    assert "Firefox, Windows" in shown
    assert "Safari, iPhone" in shown
    assert shown.count("This one") == 1
    assert "203.0.113.7" not in shown
    assert page(second).index("This one") < page(second).index("Firefox, Windows")


def test_no_network_address_and_no_full_description_of_the_browser_is_kept(user: User) -> None:
    entered(user)
    row = SignIn.objects.values().get()
    assert row["browser"] == "Firefox, Windows"
    assert "203.0.113.7" not in str(row)


def test_one_other_sign_in_is_ended_and_the_rest_goes_on(user: User) -> None:
    here, other, third = entered(user), entered(user, SAFARI), entered(user)
    number = SignIn.objects.get(browser="Safari, iPhone").pk
    answer = here.post("/account/sign-ins/", {"number": number}, follow=True)
    assert "That sign-in was ended." in answer.content.decode()
    assert (in_use(here), in_use(other), in_use(third)) == (True, False, True)
    assert here.post("/account/sign-ins/", {"number": number}).status_code == 409
    assert AuditEvent.objects.filter(event="base.sign_in.end", actor=user.pk).count() == 1


def test_all_others_are_ended_and_those_that_wait_for_a_code_too(user: User) -> None:
    here, other = entered(user), entered(user, SAFARI)
    waits = Client()
    waits.post("/sign-in/", {"login": user.username, "password": PASSWORD})
    assert waits.get("/sign-in/code/").status_code == 200
    here.post("/account/sign-ins/")
    assert (in_use(here), in_use(other)) == (True, False)
    assert waits.get("/sign-in/code/").status_code == 302
    assert SignIn.objects.count() == 1


def test_the_sign_in_one_is_using_is_not_ended_here(user: User) -> None:
    here = entered(user)
    answer = here.post("/account/sign-ins/", {"number": SignIn.objects.get().pk})
    assert answer.status_code == 409
    assert "Sign out instead." in answer.content.decode()
    assert in_use(here)


def test_nobody_ends_the_sign_in_of_another(user: User) -> None:
    entered(user)
    number = SignIn.objects.get().pk
    other = entered(person(Role.MEMBER))
    assert other.post("/account/sign-ins/", {"number": number}).status_code == 409
    assert SignIn.objects.filter(pk=number).exists()


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40])
def test_what_is_no_number_ends_no_more_than_the_others(user: User, number: str) -> None:
    here = entered(user)
    assert here.post("/account/sign-ins/", {"number": number}).status_code in (302, 409)
    assert in_use(here)


def test_a_sign_in_that_is_over_is_shown_no_more_and_forgotten(user: User) -> None:
    gone = entered(user, SAFARI)
    gone.post("/sign-out/")
    here = entered(user)
    assert "Safari" not in page(here)
    assert SignIn.objects.count() == 1


def test_a_new_password_ends_the_others_and_keeps_this_one_in_the_list(user: User) -> None:
    here, other = entered(user), entered(user, SAFARI)
    new = "quiet anchor stapler"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/", given).status_code == 302
    assert (in_use(here), in_use(other)) == (True, False)
    assert page(here).count("This one") == 1


def test_the_last_use_is_noted_and_asks_the_database_at_most_every_five_minutes(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = entered(user)
    before = SignIn.objects.get().used_at
    with CaptureQueriesContext(connection) as plain:
        here.get("/accessibility/")
    assert not any("base_signin" in q["sql"] for q in plain.captured_queries)
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("openscrutiny.base.sign_ins.timezone.now", lambda: later)
    here.get("/accessibility/")
    assert SignIn.objects.get().used_at == later > before


def test_the_administrator_ends_all_of_somebodys_and_the_person_is_told(
    user: User, client: Client
) -> None:
    theirs = entered(user), entered(user, SAFARI)
    keeper = person(Role.ADMINISTRATOR)
    desk = sign_in(client, keeper)
    answer = desk.post(f"/accounts/{user.pk}/sign-out/", follow=True)
    assert "Every sign-in of this account was ended." in answer.content.decode()
    assert [in_use(one) for one in theirs] == [False, False]
    assert Notice.objects.get(recipient=user).text == "An administrator ended all your sign-ins."
    row = AuditEvent.objects.get(event="base.sign_in.end_all")
    assert (row.actor, row.reference) == (keeper.pk, f"user:{user.pk}")


@pytest.mark.parametrize("role", [Role.SECRETARIAT, Role.MEMBER])
def test_nobody_else_ends_somebodys_sign_ins(role: Role, user: User, client: Client) -> None:
    theirs = entered(user)
    answer = sign_in(client, person(role)).post(f"/accounts/{user.pk}/sign-out/")
    assert answer.status_code == 403
    assert in_use(theirs)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/121 Safari/5",
         "Samsung Internet, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17 Safari/605", "Safari, Mac"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_called_by_two_words(said: str, words: str) -> None:
    assert browser_in_words(said) == words


def test_who_is_not_signed_in_is_led_to_signing_in(client: Client) -> None:
    answer: Any = client.get("/account/sign-ins/")
    assert answer.status_code == 302
