"""Signing in with another site: found by a verified address, never made, second factor as ever."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from openscrutiny.base.codes import code_at
from openscrutiny.base.models import Person, User
from openscrutiny.base.single_sign_on import SingleSignOnAdapter
from openscrutiny.config.sign_on_settings import single_sign_on
from openscrutiny.core.permits import Role
from tests.apps.meeting_rooms import somebody
from tests.people import KEY, person, sign_in

pytestmark = pytest.mark.django_db

SERVER = "https://login.example.org"
SET = {
    "OPENSCRUTINY_SSO_SERVER": SERVER,
    "OPENSCRUTINY_SSO_CLIENT": "forum",
    "OPENSCRUTINY_SSO_SECRET": "a secret",
    "OPENSCRUTINY_SSO_NAME": "Example Council",
}
ADA = {"sub": "1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}


class Answer:
    """An answer of the other site."""

    def __init__(self, said: Any, status: int = 200) -> None:
        self.said, self.status_code, self.headers = (
            said,
            status,
            {"content-type": "application/json"},
        )
        self.text = ""

    def json(self) -> Any:
        return self.said

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


class OtherSite:
    """The other site, asked by the server: no network."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.claims = claims
        self.down = False

    def __enter__(self) -> OtherSite:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def get(self, address: str, **_: Any) -> Answer:
        return self.request("GET", address)

    def request(self, method: str, address: str, **_: Any) -> Answer:
        if self.down:
            raise requests.ConnectionError("nobody answers")
        claims = {"iss": SERVER, "aud": "forum", "exp": time.time() + 60, "iat": time.time()}
        token = jwt.encode({**claims, **self.claims}, "k" * 32, algorithm="HS256")
        return {
            f"{SERVER}/.well-known/openid-configuration": Answer(
                {
                    "issuer": SERVER,
                    "authorization_endpoint": f"{SERVER}/authorize",
                    "token_endpoint": f"{SERVER}/token",
                    "userinfo_endpoint": f"{SERVER}/userinfo",
                    "jwks_uri": f"{SERVER}/keys",
                }
            ),
            f"{SERVER}/token": Answer({"access_token": "t", "id_token": token}),
            f"{SERVER}/userinfo": Answer(self.claims),
        }[address]


@pytest.fixture
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> OtherSite:
    settings.SINGLE_SIGN_ON, settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(SET)
    made = OtherSite(dict(ADA))
    monkeypatch.setattr(SingleSignOnAdapter, "get_requests_session", lambda _: made)
    return made


@pytest.fixture
def ada() -> User:
    user = person(Role.MEMBER, name="ada")
    somebody("Ada", user=user, email="Ada@Example.org")
    return user


def come_back(client: Client, *, to: str = "") -> Any:
    """Go to the other site and come back from it."""
    gone = client.get("/sign-in/with/sso/" + (f"?next={to}" if to else ""))
    assert gone["Location"].startswith(f"{SERVER}/authorize?")
    asked = parse_qs(urlsplit(gone["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/sign-in/with/sso/back/"]
    return client.get("/sign-in/with/sso/back/", {"code": "c", "state": asked["state"][0]})


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_the_other_site_takes_the_place_of_the_password_and_the_code_is_asked_for(
    client: Client, site: OtherSite, ada: User
) -> None:
    answer = come_back(client, to="/findings/")
    assert answer["Location"].startswith("/sign-in/code/")
    assert not signed_in(client)
    answer = client.post("/sign-in/code/", {"code": code_at(KEY, time.time())})
    assert answer["Location"] == "/findings/"
    assert signed_in(client)


def test_nothing_of_what_the_other_site_says_is_kept(
    client: Client, site: OtherSite, ada: User
) -> None:
    come_back(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "stranger@example.org"}, "Ask the administrator of the forum to invite you"),
        ({"email_verified": False}, "have not verified your e-mail address"),
        ({"email_verified": "true"}, "have not verified your e-mail address"),
        ({"email": ""}, "have not verified your e-mail address"),
    ],
)
def test_who_is_not_surely_known_is_refused_with_whom_to_ask_and_gets_no_account(
    claims: dict[str, Any], said: str, client: Client, site: OtherSite, ada: User
) -> None:
    site.claims |= claims
    before = User.objects.count(), Person.objects.count()
    answer = come_back(client)
    assert answer.status_code == 403
    assert said in answer.content.decode()
    assert not signed_in(client)
    assert (User.objects.count(), Person.objects.count()) == before


def test_a_closed_account_stays_closed(client: Client, site: OtherSite, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    answer = come_back(client)
    assert "is closed" in answer.content.decode()
    assert not signed_in(client)


def test_an_address_that_two_people_have_signs_nobody_in(
    client: Client, site: OtherSite, ada: User
) -> None:
    somebody("Other Ada", user=person(Role.CHAIR), email="ADA@example.org")
    assert come_back(client).status_code == 403


def test_who_is_signed_in_already_is_not_sent_anywhere(
    client: Client, site: OtherSite, ada: User
) -> None:
    assert sign_in(client, ada).get("/sign-in/with/sso/")["Location"] == "/"


def test_a_way_back_that_nobody_went_is_refused(client: Client, site: OtherSite, ada: User) -> None:
    for given in ({"code": "c", "state": "made-up"}, {"code": "c"}, {"error": "access_denied"}, {}):
        answer = client.get("/sign-in/with/sso/back/", given)
        assert answer.status_code == 403
        assert "You are not signed in" in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize(
    "claims", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_a_token_for_others_from_others_or_too_old_is_refused(
    claims: dict[str, Any], client: Client, site: OtherSite, ada: User
) -> None:
    site.claims |= claims
    assert come_back(client).status_code == 403
    assert not signed_in(client)


def test_another_site_that_does_not_answer_is_said_in_words(
    client: Client, site: OtherSite
) -> None:
    site.down = True
    answer = client.get("/sign-in/with/sso/")
    assert answer.status_code == 403
    assert "did not say who you are" in answer.content.decode()


def test_the_way_is_offered_where_it_is_set_up_and_nowhere_else(
    client: Client, site: OtherSite, settings: Any
) -> None:
    page = client.get("/sign-in/?next=/findings/").content.decode()
    assert "Sign in with Example Council" in page
    assert "/sign-in/with/sso/?next=%2Ffindings%2F" in page
    settings.SINGLE_SIGN_ON, settings.SOCIALACCOUNT_PROVIDERS = single_sign_on({})
    assert "Or with another account" not in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/with/sso/").status_code == 404
    assert client.get("/sign-in/with/sso/back/").status_code == 404


def test_half_a_setting_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(RuntimeError, match="OPENSCRUTINY_SSO_SECRET must be set"):
        single_sign_on({k: v for k, v in SET.items() if not k.endswith("SECRET")})
    with pytest.raises(RuntimeError, match="https://"):
        single_sign_on({**SET, "OPENSCRUTINY_SSO_SERVER": "http://login.example.org"})
