"""What is sent after a session ended: kept for its writer, shown to nobody else, then sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.utils import timezone

from openscrutiny.base import unsent
from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import AgendaItem, Meeting
from tests.apps.meeting_rooms import body, meeting
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

WORDS = "An hour's writing.\nAnd a second line of it."


@pytest.fixture
def officer() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def browser() -> Client:
    """A browser whose forms are held against forgery, as those of people are."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def planned() -> Meeting:
    return meeting("planned", starts_at=timezone.now() + timedelta(days=60))


def form_of(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the form of a page."""
    shown = client.get(address).content.decode().partition("<main")[2]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown))


def proposed(on: Meeting) -> tuple[str, dict[str, str]]:
    address = f"/meetings/items/new/?meeting={on.number}"
    return address, {"meeting": on.number, "heading": "Waiting times", "text": WORDS,
                     "section": "ordinary", "minutes_planned": "10"}  # fmt: skip


def after_the_session(browser: Client, officer: User, on: Meeting) -> Any:
    """A form is opened, the session ends in another tab, and the form is sent."""
    address, said = proposed(on)
    sign_in(browser, officer)
    hidden = form_of(browser, address)
    browser.post("/sign-out/", {"csrfmiddlewaretoken": hidden["csrfmiddlewaretoken"]})
    return browser.post(address, {**hidden, **said})


def test_what_is_sent_after_the_session_ended_is_kept_and_sent_when_signed_in_again(
    browser: Client, officer: User, planned: Meeting
) -> None:
    answer = after_the_session(browser, officer, planned)
    assert answer.status_code == 403
    said = answer.content.decode()
    assert "You are not signed in any more" in said
    assert "/sign-in/?next=/account/unsent/" in said
    assert "An hour" not in answer.wsgi_request.get_full_path()
    assert not AgendaItem.objects.exists()
    sign_in(browser, officer)
    shown = browser.get("/account/unsent/")
    assert browser.session.get_expiry_age() > unsent.LASTS.total_seconds()
    assert "And a second line of it." in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    found = shown.context["unsent"]
    fields = dict([*found.words, *found.others])
    assert fields["text"].replace("\r", "") == WORDS
    assert not {"csrfmiddlewaretoken", unsent.FIELD} & set(fields)
    hidden = form_of(browser, "/account/unsent/")
    done = browser.post(found.href, {**hidden, **fields})
    assert done.status_code == 302, done.content
    assert AgendaItem.objects.get().text == WORDS
    # What was taken is not shown a second time.
    assert browser.get("/account/unsent/").context["unsent"] is None


def test_nobody_else_who_signs_in_at_this_browser_sees_it(
    browser: Client, officer: User, planned: Meeting
) -> None:
    after_the_session(browser, officer, planned)
    sign_in(browser, person(Role.SECRETARIAT, organisation=body()))
    shown = browser.get("/account/unsent/")
    assert shown.context["unsent"] is None
    assert "second line" not in shown.content.decode()
    # Nor does it lie there any more, even for its writer.
    stored = " ".join(str(s.get_decoded()) for s in Session.objects.all())
    assert "second line" not in stored


def test_nothing_is_sent_in_the_name_of_whoever_signed_in_after_its_writer(
    client: Client, officer: User, planned: Meeting
) -> None:
    address, said = proposed(planned)
    sign_in(client, person(Role.SECRETARIAT, organisation=body()))
    sent = {**said, unsent.FIELD: unsent.made_for(officer)}
    answer = client.post(address, sent)
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()
    assert not AgendaItem.objects.exists()
    assert "unsent" not in client.session


def test_it_is_thrown_away_by_its_writer_and_after_an_hour(
    browser: Client, officer: User, planned: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_the_session(browser, officer, planned)
    assert browser.session.get_expiry_age() <= unsent.LASTS.total_seconds()
    sign_in(browser, officer)
    hidden = form_of(browser, "/account/unsent/")
    gone = {"csrfmiddlewaretoken": hidden["csrfmiddlewaretoken"]}
    assert browser.post("/account/unsent/", gone).status_code == 302
    assert browser.get("/account/unsent/").context["unsent"] is None
    browser.post("/sign-out/", gone)
    after_the_session(browser, officer, planned)
    monkeypatch.setattr(unsent, "LASTS", timedelta(0))
    sign_in(browser, officer)
    assert browser.get("/account/unsent/").context["unsent"] is None


def test_whoever_signed_in_again_in_another_tab_is_shown_their_words_and_not_an_old_form(
    browser: Client, officer: User, planned: Meeting
) -> None:
    address, said = proposed(planned)
    sign_in(browser, officer)
    hidden = form_of(browser, address)
    browser.cookies["csrftoken"] = "a" * 32  # as signing in again changes it
    for headers, leads_on in (
        ({}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "http://testserver"}, True),
    ):
        answer = browser.post(address, {**hidden, **said}, headers=headers)
        assert answer.status_code == (302 if leads_on else 403), headers
        kept = browser.get("/account/unsent/").context["unsent"]
        assert (kept is not None) == leads_on
    assert not AgendaItem.objects.exists()


def test_forms_of_nobody_of_others_and_of_accounts_keep_nothing(
    browser: Client, client: Client, officer: User, planned: Meeting
) -> None:
    address, said = proposed(planned)
    for mark in ("", "17", f"{officer.pk}:forged", signing.Signer().sign(str(officer.pk))):
        answer = client.post(address, {**said, unsent.FIELD: mark})
        assert answer.status_code == 403
        assert "not signed in any more" not in answer.content.decode(), mark
    good = unsent.made_for(officer)
    for path in ("/account/password/", "/sign-in/", "/sign-out/"):
        client.post(path, {"oldpassword": "my old password", unsent.FIELD: good})
    client.post(address, {**said, "password": "my old password", unsent.FIELD: good})
    stored = " ".join(str(s.get_decoded()) for s in Session.objects.all())
    assert "second line" in stored
    assert "my old password" not in stored
    # A script keeps what it sends by itself, and is not answered with a page.
    other = Client()
    other.post(address, {**said, unsent.FIELD: good}, headers={"Accept": "application/json"})
    other.post(address, {**said, unsent.FIELD: good}, headers={"Sec-Fetch-Dest": "empty"})
    assert "unsent" not in other.session
