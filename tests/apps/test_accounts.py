"""Accounts: made, set up, given roles, closed, opened again; and one's own."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.signing import TimestampSigner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.base import accounts, audit, services
from openscrutiny.base.models import AuditEvent, Notice, Organisation, RoleHeld, User
from openscrutiny.base.moves import ReasonMissing
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from tests.city import NOW
from tests.people import KEY, PASSWORD, SINCE, organisation_for, person, sign_in

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "violet anchor stapler"


@pytest.fixture
def keeper() -> User:
    return person(Role.ADMINISTRATOR, name="keeper")


@pytest.fixture
def desk(client: Client, keeper: User) -> Client:
    """The browser of an administrator who is signed in."""
    return sign_in(client, keeper)


def events(user: User) -> list[str]:
    rows = AuditEvent.objects.filter(reference=f"user:{user.pk}")
    return [e.removeprefix("base.") for e in rows.values_list("event", flat=True)]


def made_by(desk: Client, name: str) -> str:
    """Make an account on the page for it, and return the path of its set-up address."""
    answer = desk.post("/accounts/new/", {"name": name})
    found = re.search(r"http://testserver(/set-up/\S+/)</div>", answer.content.decode())
    assert found is not None
    return found[1]


def choose(path: str, password: str = NEW_PASSWORD, again: str | None = None) -> Any:
    return Client().post(path, {"password1": password, "password2": again or password})


# ---- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.ANYONE, Role.ADMINISTRATOR)])
def test_only_an_administrator_sees_or_changes_accounts(role: Role, client: Client) -> None:
    sign_in(client, person(role))
    other = person(Role.MEMBER, name="other")
    for address in ("/accounts/", "/accounts/new/", f"/accounts/{other.pk}/"):
        assert client.get(address).status_code == 403
    assert "/accounts/" not in client.get("/accessibility/").content.decode()
    for step in ("grant", "end", "close", "reopen", "reset", "address"):
        answer = client.post(f"/accounts/{other.pk}/{step}/", {"reason": "I want to"})
        assert answer.status_code == 403
    assert client.post("/accounts/new/", {"name": "mine"}).status_code == 403
    assert not User.objects.filter(username="mine").exists()
    assert events(other) == []


@pytest.mark.parametrize("role", [Role.CHAIR, Role.SECRETARIAT])
def test_the_services_refuse_whoever_is_no_administrator(role: Role) -> None:
    by, other = person(role), person(Role.MEMBER, name="other")
    for refused in (
        lambda: accounts.make_account(name="new", by=by, now=NOW),
        lambda: accounts.make_set_up_address(user=other, by=by, now=NOW),
        lambda: accounts.close_account(user=other, reason="Why not", by=by, now=NOW),
        lambda: accounts.reset_second_factor(user=other, reason="Why not", by=by, now=NOW),
    ):
        with pytest.raises(NotPermitted):
            refused()
    other.refresh_from_db()
    assert other.is_active
    assert not AuditEvent.objects.filter(actor=by.pk).exists()


def test_an_administrator_finds_the_accounts_in_the_navigation(desk: Client) -> None:
    assert 'href="/accounts/"' in desk.get("/accessibility/").content.decode()


# ---- the list and one account --------------------------------------------------------------------


def test_the_list_says_who_has_a_second_factor_and_never_shows_a_secret(desk: Client) -> None:
    with_app = person(Role.CHAIR, name="with-app")
    without = person(Role.CHAIR, name="without-app")
    Authenticator.objects.filter(user=without).delete()
    for address in ("/accounts/", f"/accounts/{with_app.pk}/"):
        text = desk.get(address).content.decode()
        for secret in (KEY, with_app.password, Authenticator.objects.first().data["secret"]):  # type: ignore[union-attr]
            assert secret not in text
    rows = dict(
        re.findall(
            r"/accounts/(\d+)/\">.*?(Set up|Not set up)", desk.get("/accounts/").content.decode(),
            re.DOTALL,
        )
    )  # fmt: skip
    assert rows[str(with_app.pk)] == "Set up"
    assert rows[str(without.pk)] == "Not set up"


def test_the_list_asks_as_much_for_one_account_as_for_twenty(desk: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        desk.get("/accounts/")
    for _ in range(19):
        person(Role.ANALYST)
    with CaptureQueriesContext(connection) as many:
        desk.get("/accounts/")
    assert len(many) == len(few) <= 7


def test_an_account_that_is_not_there_is_a_page_that_says_so(desk: Client) -> None:
    assert "no account 999" in desk.get("/accounts/999/").content.decode()
    assert desk.post("/accounts/999/close/", {"reason": "Gone"}).status_code == 404
    assert desk.post("/accounts/99999999999999999999/").status_code in (404, 405)


# ---- a new account -------------------------------------------------------------------------------


def test_a_new_account_chooses_its_password_once_at_its_address(desk: Client) -> None:
    path = made_by(desk, "newcomer")
    user = User.objects.get(username="newcomer")
    assert not user.has_usable_password()
    assert "newcomer" in Client().get(path).content.decode()
    assert choose(path)["Location"] == "/sign-in/"
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert events(user) == ["account.make", "account.make_address", "password.choose"]
    again = choose(path, "another good password")
    assert again.status_code == 404
    assert "works once" in again.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert audit.verify().wrong == ""


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", None, "at least 12 characters"),
        ("password1234", None, "too common"),
        ("openscrutiny", None, "names that everybody here knows"),
        ("newcomer2026", None, "your own name, account or address"),
        ("123456789012", None, "a run of the keyboard, of the alphabet or of digits"),
        ("passwordpassword", None, "Choose four or more words"),
        (NEW_PASSWORD, "something else here", "two passwords differ"),
        ("", "", "Enter a password"),
    ],
)
def test_a_poor_password_is_refused_with_the_reason_and_the_address_still_works(
    password: str, again: str | None, words: str, desk: Client
) -> None:
    path = made_by(desk, "newcomer")
    assert words in choose(path, password, again).content.decode()
    assert choose(path).status_code == 302


def test_an_address_works_for_seven_days(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made_by(desk, "newcomer")
    now = accounts._TOKENS._now()
    for days, status in ((6.9, 200), (7.1, 404)):
        later = now + timedelta(days=days)
        monkeypatch.setattr(accounts._TOKENS, "_now", lambda t=later: t)
        assert Client().get(path).status_code == status


def test_a_forged_or_mangled_address_leads_nowhere(desk: Client) -> None:
    path = made_by(desk, "newcomer")
    other = person(Role.MEMBER, name="other")
    _, _, who, token, _ = path.split("/")
    theirs = accounts.make_set_up_address(
        user=other, by=User.objects.get(username="keeper"), now=NOW
    ).split("/")[2]
    for wrong in (
        f"/set-up/{theirs}/{token}/",
        f"/set-up/{who}/{token}x/",
        f"/set-up/{who}/{TimestampSigner().sign('x')}/",
        f"/set-up/!!!/{token}/",
        f"/set-up/MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw/{token}/",
    ):
        assert Client().get(wrong).status_code == 404, wrong


def test_a_second_address_replaces_the_first_of_an_account_that_was_not_set_up(
    desk: Client,
) -> None:
    path = made_by(desk, "newcomer")
    user = User.objects.get(username="newcomer")
    desk.post(f"/accounts/{user.pk}/address/")
    assert choose(path).status_code == 404


def test_an_address_is_made_by_posting_alone_and_not_for_a_closed_account(desk: Client) -> None:
    other = person(Role.MEMBER, name="other")
    assert desk.get(f"/accounts/{other.pk}/address/").status_code == 405
    User.objects.filter(pk=other.pk).update(is_active=False)
    answer = desk.post(f"/accounts/{other.pk}/address/")
    assert answer.status_code == 409
    assert "Open it again first" in answer.content.decode()


def test_a_forgotten_password_is_chosen_anew_and_the_second_factor_stays(desk: Client) -> None:
    other = person(Role.CHAIR, name="other")
    elsewhere = sign_in(Client(), other)
    answer = desk.post(f"/accounts/{other.pk}/address/").content.decode()
    path = re.search(r"http://testserver(/set-up/\S+/)</div>", answer)[1]  # type: ignore[index]
    choose(path)
    assert "Signed in" not in elsewhere.get("/accessibility/").content.decode()
    after = Client().post("/sign-in/", {"login": "other", "password": NEW_PASSWORD})
    assert after["Location"].startswith("/sign-in/code/")
    assert "chosen anew" in Notice.objects.get(recipient=other).text


@pytest.mark.parametrize("name", ["KEEPER", "keeper", "two words", "a/b", "", "x" * 61, "<b>"])
def test_a_name_that_is_taken_or_cannot_be_typed_is_refused_and_stays_in_the_form(
    name: str, desk: Client
) -> None:
    before = User.objects.count()
    answer = desk.post("/accounts/new/", {"name": name})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert User.objects.count() == before
    assert AuditEvent.objects.count() == 0
    if name == "two words":
        assert 'value="two words"' in answer.content.decode()


# ---- roles ---------------------------------------------------------------------------------------


def test_a_role_is_granted_and_ended_on_a_day(desk: Client) -> None:
    other = person(Role.MEMBER, name="other")
    forum = organisation_for(Role.CHAIR)
    today = timezone.localdate()
    given = {"role": "chair", "organisation": forum.pk, "since": today, "until": ""}
    assert desk.post(f"/accounts/{other.pk}/grant/", given).status_code == 302
    held = RoleHeld.objects.get(user=other, role="chair")
    ended = {"held": held.pk, "until": today + timedelta(days=30)}
    assert desk.post(f"/accounts/{other.pk}/end/", ended).status_code == 302
    held.refresh_from_db()
    assert held.until == today + timedelta(days=30)
    assert events(other) == ["role.grant", "role.end"]


def granted(user: User, by: User, since: date, role: Role = Role.CHAIR) -> RoleHeld:
    return services.grant_role(
        user=user,
        role=role,
        organisation=organisation_for(role),
        since=since,
        until=None,
        by=by,
        now=NOW,
    )


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
def test_administrators_give_themselves_no_role(role: Role, keeper: User) -> None:
    with pytest.raises(NotPossible, match="yourself") as refusal:
        granted(keeper, keeper, NOW.date(), role)
    assert "another administrator" in refusal.value.what_to_do
    assert events(keeper) == []
    assert RoleHeld.objects.filter(user=keeper).count() == 1
    granted(keeper, person(Role.ADMINISTRATOR), NOW.date(), role)
    assert events(keeper) == ["role.grant"]


def test_a_role_is_not_given_for_the_past(keeper: User, desk: Client) -> None:
    other = person(Role.MEMBER, name="other")
    with pytest.raises(NotPossible, match="past") as refusal:
        granted(other, keeper, NOW.date() - timedelta(days=1))
    assert "today or a later day" in refusal.value.what_to_do
    assert events(other) == []
    yesterday = timezone.localdate() - timedelta(days=1)
    forum = organisation_for(Role.CHAIR)
    given = {"role": "chair", "organisation": forum.pk, "since": yesterday, "until": ""}
    answer = desk.post(f"/accounts/{other.pk}/grant/", given)
    assert answer.status_code == 409
    assert f'value="{yesterday}"' in answer.content.decode()
    assert granted(other, keeper, NOW.date()).since == NOW.date()


def test_every_other_administrator_is_told_of_a_role_that_was_given(keeper: User) -> None:
    second, closed = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    former = person(Role.ADMINISTRATOR)
    RoleHeld.objects.filter(user=former).update(until=NOW.date() - timedelta(days=1))
    person(Role.CHAIR)
    other = person(Role.MEMBER, name="other")
    granted(other, keeper, NOW.date())
    told = Notice.objects.get()
    assert (told.recipient, told.event) == (second, "base.role.grant")
    assert "chair for The forum" in told.text
    assert "other" in told.text


def test_the_record_says_for_which_organisation_a_role_ended(keeper: User) -> None:
    other = person(Role.CHAIR, name="other")
    held = RoleHeld.objects.get(user=other)
    services.end_role(held=held, until=NOW.date(), by=keeper, now=NOW)
    written = AuditEvent.objects.get(reference=f"user:{other.pk}")
    assert written.details == {
        "role": "chair",
        "organisation": held.organisation.code,
        "until": str(NOW.date()),
    }


def test_a_role_of_another_kind_of_organisation_is_refused_and_nothing_typed_is_lost(
    desk: Client,
) -> None:
    other = person(Role.MEMBER, name="other")
    police = organisation_for(Role.DRAFTER)
    given = {"role": "chair", "organisation": police.pk, "since": "2026-01-01", "until": ""}
    answer = desk.post(f"/accounts/{other.pk}/grant/", given)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "another kind of organisation" in text
    assert 'value="2026-01-01"' in text
    assert '<option value="chair" selected>' in text
    assert not RoleHeld.objects.filter(user=other, role="chair").exists()


def test_an_incomplete_grant_says_what_is_missing(desk: Client) -> None:
    other = person(Role.MEMBER, name="other")
    answer = desk.post(f"/accounts/{other.pk}/grant/", {"since": "yesterday"})
    text = answer.content.decode()
    assert answer.status_code == 422
    for words in ("Choose a role.", "Choose an organisation.", "This is not a day."):
        assert words in text


def test_the_role_of_one_person_is_not_ended_on_the_page_of_another(desk: Client) -> None:
    one, other = person(Role.MEMBER, name="one"), person(Role.CHAIR, name="other")
    held = RoleHeld.objects.get(user=other)
    given = {"held": held.pk, "until": timezone.localdate()}
    assert desk.post(f"/accounts/{one.pk}/end/", given).status_code == 404
    held.refresh_from_db()
    assert held.until is None


@pytest.mark.parametrize(
    ("until", "words"),
    [(date(2019, 12, 31), "before it begins"), (date(2020, 6, 1), "The past is not changed")],
)
def test_ending_a_role_does_not_rewrite_the_past(keeper: User, until: date, words: str) -> None:
    held = RoleHeld.objects.get(user=person(Role.CHAIR, name="other"))
    with pytest.raises(NotPossible, match=words):
        services.end_role(held=held, until=until, by=keeper, now=NOW)


def test_an_administrator_keeps_the_last_role_as_administrator(keeper: User) -> None:
    held = RoleHeld.objects.get(user=keeper)
    day = NOW.date() + timedelta(days=10)
    with pytest.raises(NotPossible, match="your own last role"):
        services.end_role(held=held, until=day, by=keeper, now=NOW)
    held.refresh_from_db()
    assert held.until is None
    # With a second one, or by somebody else, it ends.
    second = RoleHeld.objects.create(
        user=keeper, organisation=held.organisation, role=held.role, since=SINCE
    )
    services.end_role(held=second, until=day, by=keeper, now=NOW)
    services.end_role(held=held, until=day, by=person(Role.ADMINISTRATOR), now=NOW)
    assert RoleHeld.objects.get(pk=held.pk).until == day


# ---- closing, opening, resetting -----------------------------------------------------------------


def test_closing_an_account_ends_its_sessions_and_opening_it_does_not_bring_them_back(
    desk: Client,
) -> None:
    other = person(Role.CHAIR, name="other")
    elsewhere, waiting = sign_in(Client(), other), Client()
    waiting.post("/sign-in/", {"login": "other", "password": PASSWORD})
    desk.post(f"/accounts/{other.pk}/close/", {"reason": "Left the forum"})
    assert "Signed in" not in elsewhere.get("/accessibility/").content.decode()
    desk.post(f"/accounts/{other.pk}/reopen/", {"reason": "Came back"})
    assert "Signed in" not in elsewhere.get("/accessibility/").content.decode()
    assert waiting.get("/sign-in/code/")["Location"] == "/sign-in/"
    assert events(other) == ["account.close", "account.reopen"]
    rows = AuditEvent.objects.filter(reference=f"user:{other.pk}")
    assert [r.details["reason"] for r in rows] == ["Left the forum", "Came back"]
    assert {r.acting_as for r in rows} == {"administrator for forum"}


@pytest.mark.parametrize("step", ["close", "reset"])
def test_a_step_that_needs_a_reason_asks_for_it(step: str, desk: Client) -> None:
    other = person(Role.CHAIR, name="other")
    answer = desk.post(f"/accounts/{other.pk}/{step}/", {"reason": "  "})
    assert answer.status_code == 422
    assert "Say why." in answer.content.decode()
    assert events(other) == []


def test_the_services_ask_for_the_reason_too(keeper: User) -> None:
    with pytest.raises(ReasonMissing):
        accounts.close_account(user=person(Role.CHAIR), reason=" ", by=keeper, now=NOW)


def test_nobody_closes_or_resets_their_own_account(desk: Client, keeper: User) -> None:
    for step, words in (("close", "Ask another administrator"), ("reset", "page of your account")):
        answer = desk.post(f"/accounts/{keeper.pk}/{step}/", {"reason": "I want to"})
        assert answer.status_code == 409
        assert words in answer.content.decode()
    keeper.refresh_from_db()
    assert keeper.is_active
    assert Authenticator.objects.filter(user=keeper).exists()
    assert events(keeper) == []


def test_resetting_a_second_factor_takes_it_away_and_tells_the_person(desk: Client) -> None:
    other = person(Role.CHAIR, name="other")
    elsewhere = sign_in(Client(), other)
    desk.post(f"/accounts/{other.pk}/reset/", {"reason": "Lost the phone"})
    assert not Authenticator.objects.filter(user=other).exists()
    assert "Signed in" not in elsewhere.get("/accessibility/").content.decode()
    assert Notice.objects.get(recipient=other).text == (
        "An administrator reset your second factor."
    )
    again = desk.post(f"/accounts/{other.pk}/reset/", {"reason": "Lost the phone"})
    assert again.status_code == 409


def test_what_was_done_already_is_said_to_be(desk: Client) -> None:
    other = person(Role.CHAIR, name="other")
    opened = desk.post(f"/accounts/{other.pk}/reopen/", {"reason": "x"})
    assert "This account is open already" in opened.content.decode()
    desk.post(f"/accounts/{other.pk}/close/", {"reason": "x"})
    closed = desk.post(f"/accounts/{other.pk}/close/", {"reason": "x"})
    assert "This account is closed already" in closed.content.decode()
    assert opened.status_code == closed.status_code == 409
    assert events(other) == ["account.close"]


def test_a_write_that_fails_leaves_no_trace(keeper: User, monkeypatch: pytest.MonkeyPatch) -> None:
    other = person(Role.CHAIR, name="other")

    def broken(user: User) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(accounts, "end_sessions", broken)
    with pytest.raises(RuntimeError):
        accounts.close_account(user=other, reason="Left", by=keeper, now=NOW)
    other.refresh_from_db()
    assert other.is_active
    assert events(other) == []


# ---- one's own account ---------------------------------------------------------------------------


def test_my_account_says_what_i_am_and_what_i_did_and_nothing_of_others(client: Client) -> None:
    me, other = person(Role.ADMINISTRATOR, name="me"), person(Role.MEMBER, name="other")
    accounts.make_account(name="mine", by=me, now=NOW)
    accounts.close_account(
        user=other, reason="A reason of another", by=person(Role.ADMINISTRATOR), now=NOW
    )
    text = sign_in(client, me).get("/account/").content.decode()
    assert "<strong>Administrator</strong> for The forum, from 1 January 2020" in text
    assert "Account: make" in text
    assert "A reason of another" not in text


def test_my_account_shows_the_newest_fifty_things_i_did(client: Client) -> None:
    me = person(Role.ADMINISTRATOR, name="me")
    for n in range(52):
        accounts.make_account(name=f"account-{n}", by=me, now=NOW)
    text = sign_in(client, me).get("/account/").content.decode()
    assert text.count("Account: make") == 50
    newest = User.objects.get(username="account-51").pk
    assert f"user:{newest})" in text
    assert f"user:{User.objects.get(username='account-0').pk})" not in text


def test_my_account_asks_for_signing_in(client: Client) -> None:
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_changing_my_password_keeps_this_session_and_ends_the_others(client: Client) -> None:
    me = person(Role.CHAIR, name="me")
    elsewhere = sign_in(Client(), me)
    sign_in(client, me)
    given = {"oldpassword": "no", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    wrong = client.post("/account/password/", given)
    assert "This is not your password" in wrong.content.decode()
    poor = client.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": "password1234", "password2": "password1234"},
    )
    assert "too common" in poor.content.decode()
    assert client.post("/account/password/", given | {"oldpassword": PASSWORD}).status_code == 302
    assert "Your password was changed." in client.get("/account/").content.decode()
    assert "Signed in" not in elsewhere.get("/accessibility/").content.decode()
    me.refresh_from_db()
    assert me.check_password(NEW_PASSWORD)
    assert events(me) == ["password.change"]


def test_new_recovery_codes_end_the_old_ones_and_are_recorded(client: Client) -> None:
    me = person(Role.CHAIR, name="me")
    sign_in(client, me)
    shown = []
    for _ in range(2):
        assert client.post("/account/recovery-codes/new/").status_code == 302
        page = client.get("/account/recovery-codes/").content.decode()
        shown.append(set(re.findall(r"<code>(\d{8})</code>", page)))
    assert shown[0].isdisjoint(shown[1])
    assert events(me) == ["recovery_codes.renew"] * 2


def test_a_long_time_after_signing_in_recovery_codes_need_a_code_first(client: Client) -> None:
    me = person(Role.CHAIR, name="me")
    sign_in(client, me)
    session = client.session
    session["second_factor"] = [me.pk, time.time() - 601]
    session.save()
    answer = client.post("/account/recovery-codes/new/")
    assert answer["Location"].startswith("/account/confirm/code/")
    assert not Authenticator.objects.filter(user=me, type="recovery_codes").exists()


def test_organisations_are_named_as_the_terms_of_reference_name_them_now() -> None:
    services.ensure_organisations([("forum", "The old name", "forum")])
    services.ensure_organisations([("forum", "The new name", "forum")])
    assert Organisation.objects.get(code="forum").name == "The new name"
