"""Signing in: both factors, who must have them, what is refused, and the code that is shown."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from openscrutiny.base import audit
from openscrutiny.base.codes import code_at, new_key
from openscrutiny.base.demonstration_accounts import Account, read_accounts, write_accounts
from openscrutiny.base.models import AuditEvent, RoleHeld, User
from openscrutiny.base.second_factor import MAY_GO_WITHOUT, OPEN_WITHOUT
from openscrutiny.base.services import ensure_demonstration_accounts
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from tests.city import NOW
from tests.people import KEY, PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db

ROLES = [r for r in Role if r is not Role.ANYONE]


def give_password(client: Client, user: User, **more: Any) -> Any:
    return client.post("/sign-in/", {"login": user.username, "password": PASSWORD, **more})


def give_code(client: Client, *, steps: int = 0, key: str = KEY) -> Any:
    return client.post("/sign-in/code/", {"code": code_at(key, time.time(), steps=steps)})


def signed_in(client: Client) -> bool:
    return "Signed in as" in client.get("/accessibility/").content.decode()


def without_app(user: User) -> User:
    Authenticator.objects.filter(user=user).delete()
    return user


def path_of(answer: Any) -> str:
    return urlsplit(answer["Location"]).path


# ---- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "code"),
    # The last six digits of the values in appendix B of RFC 6238 (SHA-1).
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    assert code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", moment) == code
    assert code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", moment + 30, steps=-1) == code


# ---- both factors --------------------------------------------------------------------------------


def test_a_person_signs_in_with_password_and_code_and_reaches_what_was_asked_for(
    client: Client,
) -> None:
    secretary = person(Role.SECRETARIAT)
    first = give_password(client, secretary, next="/data/import/")
    assert path_of(first) == "/sign-in/code/"
    assert not signed_in(client)
    assert client.get("/data/import/").status_code == 403
    assert give_code(client)["Location"] == "/data/import/"
    assert client.get("/data/import/").status_code == 200
    client.post("/sign-out/")
    assert not signed_in(client)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_signs_in_by_password_alone_where_a_second_factor_is_set_up(
    role: Role, client: Client
) -> None:
    give_password(client, person(role))
    assert not signed_in(client)


def test_the_session_has_a_new_name_after_signing_in(client: Client) -> None:
    secretary = person(Role.SECRETARIAT)
    give_password(client, secretary)
    before = client.session.session_key
    give_code(client)
    assert client.session.session_key != before
    assert client.session.get_expiry_age() == 8 * 60 * 60


def test_signing_in_never_leads_to_another_site(client: Client) -> None:
    give_password(client, person(Role.CHAIR), next="//evil.example/")
    assert give_code(client)["Location"] == "/"


@pytest.mark.parametrize("code", ["000000", "", "1" * 19, "abc\0", "٣٣٣٣٣٣"])
def test_a_wrong_code_is_refused_and_says_what_to_do(code: str, client: Client) -> None:
    give_password(client, person(Role.CHAIR))
    answer = client.post("/sign-in/code/", {"code": code})
    assert "There is a problem" in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_that_is_a_minute_off_is_refused(steps: int, client: Client) -> None:
    give_password(client, person(Role.CHAIR))
    assert "is too old" in give_code(client, steps=steps).content.decode()


def test_a_code_is_taken_once(client: Client) -> None:
    chair = person(Role.CHAIR)
    moment = time.time()
    for expected in (302, 200):
        give_password(client, chair)
        answer = client.post("/sign-in/code/", {"code": code_at(KEY, moment)})
        assert answer.status_code == expected
        client.post("/sign-out/")


def test_a_recovery_code_signs_in_once(client: Client) -> None:
    chair = person(Role.CHAIR)
    sign_in(client, chair)
    client.post("/account/recovery-codes/new/")
    shown = client.get("/account/recovery-codes/").content.decode()
    codes = re.findall(r"<code>(\d{8})</code>", shown)
    assert len(codes) == 10
    assert codes[0] not in client.get("/account/recovery-codes/").content.decode()
    for expected in (True, False):
        client.post("/sign-out/")
        give_password(client, chair)
        client.post("/sign-in/code/", {"code": codes[0]})
        assert signed_in(client) is expected


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(client: Client) -> None:
    chair = person(Role.CHAIR)
    for name in (chair.username, "nobody-of-this-name"):
        answer = client.post("/sign-in/", {"login": name, "password": "no"}).content.decode()
        assert "do not belong together" in answer
        assert f'value="{name}"' in answer


def test_a_closed_account_is_told_so_only_by_its_own_password(client: Client) -> None:
    chair = person(Role.CHAIR)
    chair.is_active = False
    chair.save()
    wrong = client.post("/sign-in/", {"login": chair.username, "password": "no"})
    assert "This account is closed" not in wrong.content.decode()
    right = give_password(client, chair)
    assert "This account is closed" in right.content.decode()
    assert path_of(client.get("/sign-in/code/")) == "/sign-in/"


def test_guessing_a_password_is_stopped_even_where_the_next_guess_is_right(client: Client) -> None:
    chair = person(Role.CHAIR)
    for _ in range(5):
        client.post("/sign-in/", {"login": chair.username, "password": "no"})
    assert "too many attempts" in give_password(client, chair).content.decode()


def test_guessing_a_code_is_stopped_even_where_the_next_guess_is_right(client: Client) -> None:
    give_password(client, person(Role.CHAIR))
    for _ in range(5):
        client.post("/sign-in/code/", {"code": "000000"})
    assert "too many attempts" in give_code(client).content.decode()
    assert not signed_in(client)


def test_a_flood_from_one_address_gets_a_page_of_ours(client: Client) -> None:
    for _ in range(31):
        answer = client.post("/sign-in/", {})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert "Wait five minutes" in answer.content.decode()


def test_nobody_signs_out_by_following_a_link(client: Client) -> None:
    sign_in(client, person(Role.CHAIR))
    assert client.get("/sign-out/").status_code == 405
    assert signed_in(client)


def test_nobody_makes_an_account_for_themselves(client: Client) -> None:
    for address in ("/sign-up/", "/signup/", "/accounts/signup/", "/account/signup/"):
        assert client.get(address).status_code == 404
    with pytest.raises(NotPermitted, match="Ask the administrator"):
        get_adapter().is_open_for_signup(None)  # type: ignore[arg-type]


# ---- the record of signing in --------------------------------------------------------------------


def recorded(user: User) -> list[tuple[str, int | None]]:
    rows = AuditEvent.objects.filter(reference=f"user:{user.pk}")
    return [(e.removeprefix("base."), actor) for e, actor in rows.values_list("event", "actor")]


def test_signing_in_is_recorded_when_it_is_complete_and_by_number_alone(client: Client) -> None:
    chair = person(Role.CHAIR, name="the-name")
    give_password(client, chair)
    assert recorded(chair) == []
    give_code(client)
    assert recorded(chair) == [("sign_in.complete", chair.pk)]
    row = AuditEvent.objects.get()
    assert "the-name" not in repr((row.event, row.reference, row.acting_as, row.details))
    assert audit.verify().wrong == ""


def test_signing_in_without_a_second_factor_is_recorded(client: Client) -> None:
    member = without_app(person(Role.MEMBER))
    give_password(client, member)
    assert recorded(member) == [("sign_in.complete", member.pk)]


def test_a_refused_password_of_a_known_account_is_recorded_and_of_an_unknown_name_never(
    client: Client,
) -> None:
    chair = person(Role.CHAIR, name="chair")
    for name in ("chair", "CHAIR", "nobody-of-this-name", ""):
        client.post("/sign-in/", {"login": name, "password": "no"})
    client.post("/sign-in/", {"login": "chair", "password": ""})
    # Who typed it is not known, so nobody is named as having done it.
    assert recorded(chair) == [("sign_in.refuse_password", None)] * 2
    assert AuditEvent.objects.count() == 2


def test_guesses_that_are_not_looked_at_do_not_fill_the_record(client: Client) -> None:
    chair = person(Role.CHAIR)
    for _ in range(12):
        client.post("/sign-in/", {"login": chair.username, "password": "no"})
    assert len(recorded(chair)) == 5
    other, elsewhere = person(Role.ANALYST), Client(REMOTE_ADDR="192.0.2.7")
    give_password(elsewhere, other)
    for _ in range(12):
        elsewhere.post("/sign-in/code/", {"code": "000000"})
    assert recorded(other) == [("sign_in.refuse_code", None)] * 5


def test_a_refused_code_is_recorded_and_an_empty_one_is_none(client: Client) -> None:
    chair = person(Role.CHAIR)
    give_password(client, chair)
    client.post("/sign-in/code/", {"code": ""})
    assert recorded(chair) == []
    client.post("/sign-in/code/", {"code": "000000"})
    assert recorded(chair) == [("sign_in.refuse_code", None)]


def test_the_use_of_a_recovery_code_is_recorded(client: Client) -> None:
    chair = person(Role.CHAIR)
    sign_in(client, chair)
    client.post("/account/recovery-codes/new/")
    shown = client.get("/account/recovery-codes/").content.decode()
    code = re.findall(r"<code>(\d{8})</code>", shown)[0]
    client.post("/sign-out/")
    for _ in range(2):
        give_password(client, chair)
        client.post("/sign-in/code/", {"code": code})
        client.post("/sign-out/")
    assert recorded(chair) == [
        ("recovery_codes.renew", chair.pk),
        ("recovery_codes.use", chair.pk),
        ("sign_in.complete", chair.pk),
        ("sign_in.refuse_code", None),
    ]


def test_a_proof_that_is_refused_before_something_that_matters_is_recorded(client: Client) -> None:
    member, chair = without_app(person(Role.MEMBER)), person(Role.CHAIR)
    client.force_login(member)
    client.post("/account/confirm/", {"password": "no"})
    assert recorded(member) == [("sign_in.refuse_password", None)]
    sign_in(client, chair)
    client.post("/account/confirm/code/", {"code": "000000"})
    assert recorded(chair) == [("sign_in.refuse_code", None)]


# ---- who must have a second factor ---------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_role_but_that_of_a_member_is_led_to_setting_a_second_factor_up(
    role: Role, client: Client
) -> None:
    give_password(client, without_app(person(role)))
    assert signed_in(client) is (role is Role.MEMBER)
    for address in ("/", "/findings/?month=any", "/account/", "/accounts/", "/nowhere/"):
        answer = client.get(address)
        led = answer.status_code == 302 and path_of(answer) == "/account/second-factor/"
        assert led is (role is not Role.MEMBER)
        if led:
            assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [address]


def test_what_a_member_may_do_without_a_second_factor_leaves_the_forum_nowhere() -> None:
    allowed = {action for action, roles in TABLE.items() if Role.MEMBER in roles}
    # Whoever adds to this decides whether members still may go without a second factor. A question
    # or subject they propose is decided about by others; what they try of methods is kept nowhere;
    # a vote and stepping aside count only for who is recorded as in the room, where all see it.
    assert {a for a in allowed if not a.value.startswith(("read", "see_own"))} == {
        Action.ATTEND,
        Action.CORRECT_MINUTES,
        Action.DECLARE_INTEREST,
        Action.DRAFT_QUESTION,
        Action.PROPOSE_ITEM,
        Action.PROPOSE_WORK,
        Action.RECUSE,
        Action.REPORT_ACTION,
        Action.SUGGEST_WORK,
        Action.TRY_METHODS,
        Action.VOTE,
    }
    assert not MAY_GO_WITHOUT ^ {Role.ANYONE, Role.MEMBER}


def test_an_account_without_a_role_reads_alone_and_needs_none(client: Client) -> None:
    user = without_app(person(Role.CHAIR))
    RoleHeld.objects.filter(user=user).update(until="2020-12-31")
    give_password(client, user)
    assert signed_in(client)


def test_a_member_who_also_holds_another_role_needs_one(client: Client) -> None:
    user = without_app(person(Role.MEMBER))
    held = RoleHeld.objects.get(user=user)
    RoleHeld.objects.create(
        user=user, organisation=held.organisation, role=Role.ANALYST, since=held.since
    )
    give_password(client, user)
    assert path_of(client.get("/findings/")) == "/account/second-factor/"


def test_nothing_is_done_by_posting_before_the_second_factor_is_set_up(client: Client) -> None:
    other = person(Role.MEMBER, name="other")
    give_password(client, without_app(person(Role.ADMINISTRATOR)))
    answer = client.post(f"/accounts/{other.pk}/close/", {"reason": "I can"})
    assert path_of(answer) == "/account/second-factor/"
    other.refresh_from_db()
    assert other.is_active


def test_what_stays_open_without_a_second_factor_is_four_pages(client: Client) -> None:
    assert {reverse(name) for name in OPEN_WITHOUT} == {
        "/account/second-factor/",
        "/account/confirm/",
        "/account/confirm/code/",
        "/sign-out/",
    }


def test_a_second_factor_is_set_up_and_leads_on_to_what_was_asked_for(client: Client) -> None:
    user = without_app(person(Role.ANALYST))
    give_password(client, user, next="/data/import/")
    asked = client.get("/data/import/")
    page = client.get(asked["Location"])
    text = page.content.decode()
    assert "a password alone is not enough" in text
    assert "data:image/svg+xml;base64," in text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", text)[1].replace(" ", "")  # type: ignore[index]
    wrong = client.post(asked["Location"], {"code": "000000"})
    assert "This code is wrong" in wrong.content.decode()
    done = client.post(asked["Location"], {"code": code_at(key, time.time())})
    codes = client.get(done["Location"]).content.decode()
    assert 'href="/data/import/"' in codes
    assert client.get("/data/import/").status_code == 200
    kept = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert key not in kept
    assert AuditEvent.objects.filter(actor=user.pk).last().event == "base.second_factor.set_up"
    # And from then on the code is asked for.
    client.post("/sign-out/")
    assert path_of(give_password(client, user)) == "/sign-in/code/"


def test_a_session_from_before_the_second_factor_ends_when_one_is_set_up_elsewhere(
    client: Client,
) -> None:
    user = person(Role.ANALYST)
    client.force_login(user)
    assert path_of(client.get("/findings/")) == "/sign-in/"
    assert not signed_in(client)


def test_a_second_factor_is_removed_by_its_code_and_must_be_set_up_again(client: Client) -> None:
    user = person(Role.ANALYST)
    sign_in(client, user)
    session = client.session
    session["second_factor"] = [user.pk, time.time() - 601]
    session.save()
    asked = client.get("/account/second-factor/remove/")
    assert path_of(asked) == "/account/confirm/code/"
    assert path_of(client.get("/account/confirm/")) == "/account/confirm/code/"
    back = client.post(asked["Location"], {"code": code_at(KEY, time.time())})
    assert path_of(back) == "/account/second-factor/remove/"
    assert path_of(client.post("/account/second-factor/remove/")) == "/account/"
    assert not Authenticator.objects.filter(user=user).exists()
    assert path_of(client.get("/findings/")) == "/account/second-factor/"


def test_a_member_without_a_second_factor_confirms_by_password(client: Client) -> None:
    user = without_app(person(Role.MEMBER))
    client.force_login(user)
    asked = client.get("/account/second-factor/")
    assert path_of(asked) == "/account/confirm/"
    wrong = client.post(asked["Location"], {"password": "no"})
    assert "This is not your password" in wrong.content.decode()
    back = client.post(asked["Location"], {"password": PASSWORD})
    assert path_of(back) == "/account/second-factor/"
    assert client.get("/account/second-factor/").status_code == 200


def test_a_lost_secret_of_the_installation_lets_nobody_in_and_breaks_no_page(
    client: Client, settings: Any
) -> None:
    user = person(Role.CHAIR)
    settings.SECRET_KEY = "another secret"
    give_password(client, user)
    assert "This code is wrong" in give_code(client).content.decode()


# ---- the price of a page -------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_signing_in_adds_the_session_the_person_and_the_roles_to_a_page(
    role: Role, client: Client
) -> None:
    with CaptureQueriesContext(connection) as before:
        client.get("/accessibility/")
    sign_in(client, person(role))
    with CaptureQueriesContext(connection) as after:
        client.get("/accessibility/")
    asked = [re.search(r'FROM "(\w+)"', q["sql"])[1] for q in after]  # type: ignore[index]
    assert len(before) == 0
    assert asked == ["django_session", "base_user", "base_roleheld"]


# ---- demonstration accounts ----------------------------------------------------------------------


def test_an_old_file_of_accounts_keeps_its_passwords_and_gains_keys(tmp_path: Path) -> None:
    user = User(username="chair", created_at=NOW)
    user.set_password("the old password")
    user.save()
    (tmp_path / "accounts.txt").write_text("# an old file\nchair chair the-old-password\n")
    made = {a.username: a for a in ensure_demonstration_accounts(folder=tmp_path, by="x", now=NOW)}
    assert made["chair"].password == "the-old-password"
    assert User.objects.get(username="chair").check_password("the old password")
    assert all(len(a.key) == 32 for a in read_accounts(tmp_path))
    assert (tmp_path / "accounts.txt").stat().st_mode & 0o077 == 0


def test_a_demonstration_account_signs_in_with_what_its_file_says(
    tmp_path: Path, client: Client
) -> None:
    person(Role.CHAIR, name="somebody")  # whose forum the account then acts for
    accounts = ensure_demonstration_accounts(folder=tmp_path, by="x", now=NOW)
    chair = next(a for a in accounts if a.role == "chair")
    assert chair.organisation == "The forum"
    client.post("/sign-in/", {"login": "chair", "password": chair.password})
    give_code(client, key=chair.key)
    assert signed_in(client)


@pytest.fixture
def on_my_machine(settings: Any, tmp_path: Path) -> User:
    """A demonstration account of a server that ``openscrutiny run`` started."""
    settings.SHOWS_CODES, settings.STATE = True, tmp_path
    user = person(Role.CHAIR, name="chair")
    write_accounts(tmp_path, [Account("chair", "chair", "kept-elsewhere", KEY)], "a test")
    return user


def shows_code(client: Client, user: User, **environment: Any) -> bool:
    give_password(client, user)
    page = client.get("/sign-in/code/", **environment).content.decode()
    shown = re.search(r"the code is shown here: <strong[^>]*>(\d{6})</strong>", page)
    return shown is not None and shown[1] in {code_at(KEY, time.time(), steps=n) for n in (-1, 0)}


def test_the_code_is_shown_on_ones_own_machine(on_my_machine: User, client: Client) -> None:
    assert shows_code(client, on_my_machine)
    assert shows_code(Client(), on_my_machine, REMOTE_ADDR="::1")


def test_the_code_is_not_shown_by_a_server_that_was_started_otherwise(
    on_my_machine: User, client: Client, settings: Any
) -> None:
    settings.SHOWS_CODES = False
    assert not shows_code(client, on_my_machine)


def test_the_code_is_not_shown_for_an_account_that_the_file_does_not_name(
    on_my_machine: User, client: Client
) -> None:
    assert not shows_code(client, person(Role.CHAIR, name="another"))


def test_the_code_is_not_shown_where_the_account_has_another_app(
    on_my_machine: User, client: Client, tmp_path: Path
) -> None:
    write_accounts(tmp_path, [Account("chair", "chair", "kept-elsewhere", new_key())], "a test")
    assert not shows_code(client, on_my_machine)


@pytest.mark.parametrize("address", ["192.168.1.7", "10.0.0.1", "2001:db8::1", "", "nonsense"])
def test_the_code_is_not_shown_to_another_machine(
    address: str, on_my_machine: User, client: Client
) -> None:
    assert not shows_code(client, on_my_machine, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    "header", ["X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_REAL_IP", "FORWARDED",
               "VIA"]
)  # fmt: skip
def test_the_code_is_not_shown_to_what_was_passed_on(
    header: str, on_my_machine: User, client: Client
) -> None:
    assert not shows_code(client, on_my_machine, **{f"HTTP_{header}": "127.0.0.1"})


def test_who_is_not_signed_in_is_told_so_first_with_the_way_in(client: Client) -> None:
    answer = client.get("/your-work/")
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "You are not signed in." in text
    assert "Sign in to see your work." in text
    assert 'href="/sign-in/?next=/your-work/"' in text
    assert "clearer" not in text
    for address in ("/audit/", "/enquiries/", "/interests/"):
        refused = client.get(address).content.decode()
        assert '<p class="govuk-body">You are not signed in' in refused
        assert f"/sign-in/?next={address}" in refused
