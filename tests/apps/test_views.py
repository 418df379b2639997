"""Addresses: what each answers, to whom, in which shape, with how many queries."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openscrutiny.core.months import Period
from openscrutiny.core.permits import Role
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.findings import ANY, Choice, findings_page
from openscrutiny.warehouse.batches import open_ledger
from openscrutiny.warehouse.ingest import import_file
from openscrutiny.warehouse.places import Place
from tests.addresses import (
    AFTER_SIGNING_IN,
    BY_POST,
    DOWNLOADS,
    FOR_EVERYBODY,
    FOR_SOME,
    NEEDS_A_MESSAGE,
    NEEDS_A_TOKEN,
    NEEDS_ANOTHER_SITE,
    OF_A_MEETING,
    OF_PAPERS_AND_MINUTES,
    ONCE_BROUGHT_IN,
    ONCE_PUBLISHED,
    routes,
)
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def opened(client: Client, address: str) -> Any:
    """The answer of an address. A file is read to its end, which closes it as a server would."""
    answer = client.get(address)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer


@pytest.fixture
def addresses(served: Place) -> dict[str, str]:
    """One address for every registered name."""
    ledger = open_ledger(served)
    finding = Finding.objects.filter(kind="over_time").values_list("pk", flat=True)[0]
    wanted = {
        "id": finding,
        "reference": f"finding:{finding}",
        "slug": "ambleworth",
        "code": "religion",
        "batch": ledger.active[0].batch,
        # Names of things that are not there, whose pages say so.
        "number": "0",
        "record": "none",
        "edition": "1",
        "place": "1",
        "letter": "a",
        "part": "0.a",
        "attendance": "1",
        "step": "close",
        "person": "MA",
        "token": "none",
        "rule": "question.overdue",
        "body": "forum",
        "seat": "trans",
        "what": "members.csv",
        "provider_id": "sso",
        "version": "1",
        "correction": "1",
    }
    found = {}
    for name, route in routes().items():
        values = (
            {**wanted, "id": "outcomes_per_100"} if name in ("measure", "measure-json") else wanted
        )
        found[name] = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m, v=values: v[m[1]], route)  # type: ignore[misc]
    month = Finding.objects.values_list("period_to", flat=True)[0]
    found["trace"] += f"?counted=offences&area=aldermere&strand=all&month={month}"
    found["series"] += "?measure=recorded_offences&area=aldermere"
    found["series-json"] += "?measure=recorded_offences&area=aldermere&strand=all"
    return found


REFUSED = {
    **dict.fromkeys(
        {
            *FOR_SOME,
            *OF_A_MEETING,
            *ONCE_PUBLISHED,
            *NEEDS_A_MESSAGE,
            "publication-json",
            "what-if-json",
            "what-if-csv",
            "notices-letters",
        },
        403,
    ),
    **dict.fromkeys(BY_POST, 405),
    **dict.fromkeys(AFTER_SIGNING_IN, 302),
    **dict.fromkeys({*NEEDS_A_TOKEN, *ONCE_BROUGHT_IN, *NEEDS_ANOTHER_SITE}, 404),
    **dict.fromkeys(OF_PAPERS_AND_MINUTES, 404),
}


def test_it_is_said_of_every_address_to_whom_it_answers() -> None:
    said = [BY_POST, DOWNLOADS, AFTER_SIGNING_IN, FOR_SOME, OF_A_MEETING, ONCE_PUBLISHED,
            ONCE_BROUGHT_IN, NEEDS_A_MESSAGE, NEEDS_A_TOKEN, NEEDS_ANOTHER_SITE,
            OF_PAPERS_AND_MINUTES, FOR_EVERYBODY]  # fmt: skip
    assert sum(map(len, said)) == len(routes())
    assert set().union(*said) == set(routes())


def test_every_address_answers_everyone_except_those_that_change_figures(
    addresses: dict[str, str], client: Client
) -> None:
    assert len(addresses) > 20
    for name, address in addresses.items():
        assert opened(client, address).status_code == REFUSED.get(name, 200), address


def test_those_who_keep_the_figures_may_open_what_changes_them(
    addresses: dict[str, str], client: Client
) -> None:
    sign_in(client, person(Role.ANALYST))
    for name in ("import", "withdraw"):
        assert client.get(addresses[name]).status_code == 200


@pytest.mark.parametrize("role", [Role.MEMBER, Role.CHAIR])
def test_a_refusal_says_why_and_changes_nothing(
    role: Role, client: Client, addresses: dict[str, str], served: Place
) -> None:
    before = open_ledger(served).data_version
    sign_in(client, person(role))
    answer = client.post(addresses["withdraw"], {"reason": "I want to"})
    assert answer.status_code == 403
    assert f"you are signed in as {role.value}" in answer.content.decode()
    assert open_ledger(served).data_version == before


def test_an_unknown_page_and_an_unknown_name_are_pages_that_say_so(client: Client) -> None:
    for address, words in (
        ("/nowhere/", "Page not found"),
        ("/areas/atlantis/", "no borough of this name"),
        ("/strands/dragons/", "no strand “dragons”"),
        ("/measures/dragons/", "no measure “dragons”"),
        ("/findings/F-0/", "no finding F-0"),
        ("/data/batches/none/", "no batch “none”"),
    ):
        answer = client.get(address)
        assert answer.status_code == 404
        assert words in answer.content.decode()


def test_our_own_mistake_is_a_page_without_a_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret thing")

    monkeypatch.setattr("openscrutiny.public.views.home.home_page", broken)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "fault in the program" in text
    assert "a secret thing" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "query",
    [
        "counted=offences&area=aldermere&strand=all&month=99999999-01",
        "counted=offences&area=%00&strand=all&month=2024-01",
        "",
        "counted=x&month=2024-01",
        "counted=offences&area=aldermere&strand=all&from=2024-05&to=2024-01",
    ],
)
def test_a_question_nobody_can_answer_is_refused_in_words(client: Client, query: str) -> None:
    answer = client.get(f"/data/trace/?{query}")
    assert answer.status_code == 400
    assert "This question has no answer here" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["page=99999999999999999999", "month=2024-99", "area=%00", "strand=" + "x" * 5000]
)
def test_a_filter_that_makes_no_sense_is_as_if_not_said_or_shows_nothing(
    client: Client, query: str
) -> None:
    assert client.get(f"/findings/?{query}").status_code == 200


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    first = client.get("/findings/")
    again = client.get("/findings/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert client.get("/areas/")["ETag"] != first["ETag"]


@pytest.mark.parametrize(
    "address", ["/", "/findings/", "/questions/", "/audit/", "/data/", "/account/", "/nowhere/"]
)
def test_no_browser_keeps_what_a_signed_in_person_was_shown(address: str, client: Client) -> None:
    before = client.get(address).get("Cache-Control", "")
    assert "no-store" not in before or address == "/account/"
    sign_in(client, person(Role.CHAIR))
    for answer in (client.get(address), client.post(address)):
        assert answer["Cache-Control"] == "no-store", answer.status_code


def test_signing_out_is_not_kept_and_the_pages_after_it_are_as_for_anybody(client: Client) -> None:
    sign_in(client, person(Role.CHAIR))
    assert client.post("/sign-out/")["Cache-Control"] == "no-store"
    assert client.get("/findings/")["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("role", [None, Role.CHAIR])
def test_a_form_that_is_too_old_is_refused_with_what_to_do(role: Role | None) -> None:
    client = Client(enforce_csrf_checks=True)
    address = "/sign-in/"
    if role is not None:
        sign_in(client, person(role))
        address = "/your-work/"
    answer = client.post(address, {"csrfmiddlewaretoken": "x" * 64})
    text = answer.content.decode()
    assert answer.status_code == 403
    for words in ("This form was too old", "Nothing was changed", "Go back", "send it again"):
        assert words in text
    assert "govuk-template" in text
    assert ("Signed in as" in text) is (role is not None)


def test_html_json_and_csv_show_the_same_findings(client: Client) -> None:
    page = findings_page(Choice(strand="race", month=ANY))
    told = json.loads(client.get("/findings.json?strand=race&month=any").content)
    listed = list(csv.DictReader(io.StringIO(client.get(page.csv).content.decode())))
    assert [f["id"] for f in told["findings"]] == [r["id"] for r in page.rows]
    assert [f["id"] for f in listed] == [r["id"] for r in page.rows]
    assert page.counted is not None
    assert told["checked"] == page.counted.checked


def test_the_json_holds_what_it_promises(client: Client) -> None:
    told = json.loads(client.get("/findings.json?month=any").content)
    promised = {
        "measure", "area", "strand", "kind", "period_from", "period_to", "baseline_from",
        "baseline_to", "value", "low", "high", "direction", "sentence", "data_version",
    }  # fmt: skip
    assert promised <= set(told["findings"][0])
    assert all(re.fullmatch(r"\d{4}-\d{2}", f["period_to"]) for f in told["findings"])


def test_a_series_as_csv_has_the_columns_of_the_command_line(client: Client) -> None:
    rows = client.get("/data/series.csv?measure=outcomes_per_100&area=aldermere&months=12")
    assert rows.content.decode().splitlines()[0] == (
        "area_code,area,strand,month,value,coverage,batch,what_happened"
    )


def test_no_page_may_load_anything_from_elsewhere(
    addresses: dict[str, str], client: Client
) -> None:
    for address in addresses.values():
        answer = opened(client, address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        if answer["Content-Type"].startswith("text/html"):
            text = answer.content.decode()
            assert " style=" not in text
            assert "<script" not in text
            assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_every_page_of_an_invented_place_says_so(addresses: dict[str, str], client: Client) -> None:
    for address in addresses.values():
        answer = opened(client, address)
        if answer["Content-Type"].startswith("text/html") and answer.status_code not in (302, 405):
            text = answer.content.decode()
            assert "Aldermere is invented and so is every figure here." in text, address


def test_the_banner_is_absent_where_the_place_is_real(client: Client, settings: Any) -> None:
    settings.AREAS = replace(settings.AREAS, invented=False)
    assert "is invented" not in client.get("/accessibility/").content.decode()


def _narrowed(figures: Figures, areas: int, months: int) -> Figures:
    kept = figures.areas.areas[:areas]
    period = Period.ending(figures.latest, months)
    place = replace(figures.place, areas=replace(figures.areas, areas=kept, groups=()))
    codes = [a.code for a in kept]
    counts = {
        name: panel.select(areas=codes, period=period).with_whole(figures.whole)
        for name, panel in figures.counts.items()
    }
    return Figures(
        place,
        figures.data_version,
        counts,
        figures.measures,
        figures.taxonomy,
        figures.declared_gaps,
    )


PAGES = [
    "/", "/findings/", "/areas/", "/areas/ambleworth/", "/strands/all/", "/data/", "/about/",
    "/measures/", "/measures/recorded_offences/", "/measures/outcomes_per_100/",
    "/measures/share_of_whole/", "/measures/year_on_year/", "/data/annotations/", "/data/rebases/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_queries_do_not_grow_with_areas_or_months(
    address: str,
    client: Client,
    figures: Figures,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200
    few_figures = _narrowed(figures, 2, 14)
    monkeypatch.setattr(reading, "current", lambda: few_figures)
    with CaptureQueriesContext(connection) as few:
        assert client.get(address, {"x": 1}).status_code == 200
    assert len(few) == len(many)
    assert len(many) <= 5


# ---- bringing files in and taking batches out -------------------------------------------------


def test_a_file_that_is_already_here_is_said_to_be(client: Client, another_city: Place) -> None:
    sign_in(client, person(Role.SECRETARIAT))
    path = next((another_city.folder / "published").glob("residents*.csv"))
    answer = client.post("/data/import/", {"file": _upload(path, "renamed by me.csv")})
    assert answer.status_code == 200
    assert "Already here" in answer.content.decode()


def test_a_file_nobody_knows_is_refused_with_what_to_do(
    client: Client, another_city: Place
) -> None:
    before = open_ledger(another_city)
    sign_in(client, person(Role.ANALYST))
    answer = client.post(
        "/data/import/",
        {"file": SimpleUploadedFile("x.csv", b"a,b\n1,<script>alert(1)</script>\n")},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was imported" in text
    assert "What to do" in text
    assert "<script>" not in text
    assert open_ledger(another_city) == before


@pytest.mark.parametrize(
    ("file", "words"), [(None, "Choose the file"), (b"", "This file is empty")]
)
def test_a_missing_or_empty_file_is_asked_for_again(
    client: Client, file: bytes | None, words: str
) -> None:
    sign_in(client, person(Role.ANALYST))
    given = {} if file is None else {"file": SimpleUploadedFile("x.csv", file)}
    text = client.post("/data/import/", given).content.decode()
    assert "There is a problem" in text
    assert words in text


def test_a_batch_is_withdrawn_with_its_reason_and_can_be_brought_back_by_nobody_silently(
    client: Client, another_city: Place
) -> None:
    sign_in(client, person(Role.SECRETARIAT))
    batch = next(
        m
        for m in open_ledger(another_city).active
        if "positive_outcomes" not in m.counted and "offences" in m.counted
    ).batch
    asked = client.post(f"/data/batches/{batch}/withdraw/", {"reason": "  "})
    assert "Say why" in asked.content.decode()
    done = client.post(
        f"/data/batches/{batch}/withdraw/", {"reason": "Published in error <b>"}, follow=True
    )
    text = done.content.decode()
    assert "Published in error &lt;b&gt;" in text
    assert "was withdrawn" in text
    again = client.post(f"/data/batches/{batch}/withdraw/", {"reason": "Again"})
    assert "already withdrawn" in again.content.decode()


def test_a_new_import_shows_without_starting_again(client: Client, another_city: Place) -> None:
    first = client.get("/data/")
    sign_in(client, person(Role.SECRETARIAT))
    batch = next(
        m for m in open_ledger(another_city).active if m.counted == ("residents_mid_year",)
    )
    client.post(f"/data/batches/{batch.batch}/withdraw/", {"reason": "To see it go"})
    client.logout()
    second = client.get("/data/", headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert open_ledger(another_city).data_version in second.content.decode()


def test_a_newer_edition_says_what_it_changed_by_area_and_month(
    another_city: Place, client: Client, tmp_path: Path
) -> None:
    published = next((another_city.folder / "published").glob("*dashboard*.csv"))
    lines = published.read_text(encoding="utf-8").splitlines(keepends=True)
    # One row less in the next edition: the figure becomes a zero that is left out.
    gone = next(
        n
        for n, line in enumerate(lines)
        if ",Borough,Ambleworth," in line and ",Disability Crime,Offences," in line
    )
    edition = re.findall(r"20\d\d-\d\d-\d\d", lines[1])[-1]
    newer = tmp_path / "next.csv"
    newer.write_text(
        "".join(lines[:gone] + lines[gone + 1 :]).replace(edition, "2026-01-03"), encoding="utf-8"
    )
    batch = import_file(newer, by="a test", now=NOW, place=another_city).manifest.batch
    page = client.get(f"/data/batches/{batch}/").content.decode()
    assert "0 figures added, 1 removed, 0 changed" in page
    assert '<th scope="row" class="govuk-table__header">Ambleworth</th>' in page


def _upload(path: Path, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, path.read_bytes())


def test_before_anything_was_imported_the_pages_say_what_to_do(
    client: Client, settings: Any
) -> None:
    settings.PLACE = settings.AREAS = None
    for address in ("/", "/findings/", "/areas/", "/data/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "openscrutiny import FILE" in answer.content.decode()
