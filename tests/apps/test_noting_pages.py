"""What people said stands on every chart it concerns, beside findings and in what is exported."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.core import spc
from openscrutiny.core.months import Month, Period
from openscrutiny.core.permits import NOBODY, Role
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation, Finding, Rebase
from openscrutiny.monitor.noting import withdraw_annotation, withdraw_rebase
from openscrutiny.monitor.pages import noting as pages
from openscrutiny.monitor.pages.area import area_page
from openscrutiny.monitor.pages.finding import finding_page
from openscrutiny.monitor.pages.graphs.nhs import DISPLAY_ONLY, Begin, begins_of, nhs_chart
from openscrutiny.monitor.pages.graphs.notes import annotations, notes_beside, notes_of
from openscrutiny.monitor.pages.measure import measure_page
from openscrutiny.monitor.pages.strand import strand_page
from tests.apps.noted import APRIL, ELMSGARTH, OCTOBER, SERIES, begin_afresh, write_note
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)
NEW_NOTE, NEW_BASELINE = "/data/annotations/new/", "/data/rebases/new/"
QUERY = "measure=recorded_offences&area=X09000013&strand=disability"


def _text(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", client.get(address).content.decode())


# ---- on the charts ------------------------------------------------------------------------------


def test_a_note_is_drawn_listed_and_in_the_table_of_a_chart(figures: Figures) -> None:
    write_note(figures, strands=("antisemitic",))
    chart = strand_page("antisemitic").series[0]
    for drawing in (chart.wide, chart.narrow):
        assert drawing.count('class="c-happened-mark"') == 1
    (note,) = chart.happened
    assert (note.mark, note.text) == ("1", "After an event far away, more was reported.")
    assert note.heading == "An event, October 2024 (Antisemitic)"
    assert note.said == "Note 2026-001, by the analyst"
    assert "What happened: 1, An event, October 2024 (Antisemitic)." in chart.description
    assert chart.columns[-1] == "What happened"
    assert [row[0] for row in chart.rows if row[-1] == "1"] == ["October 2024"]


def test_a_chart_without_notes_has_no_column_for_them(figures: Figures) -> None:
    chart = strand_page("race").series[0]
    assert chart.columns == ("Month", "Offences", "Flagged")
    assert chart.happened == ()
    assert "c-happened" not in chart.wide


def test_every_chart_in_time_shows_what_concerns_it(figures: Figures) -> None:
    write_note(figures)
    finding = Finding.objects.filter(kind="over_time", period_to="2024-10").first()
    assert finding is not None
    area, strand, page = area_page("elmsgarth"), strand_page("all"), measure_page
    charts = [
        *area.multiples,
        area.nhs,
        *strand.series,
        strand.nhs,
        # The change on the year before has no figures yet in the months of the note.
        *(
            page(m, today=TODAY).shown.chart  # type: ignore[union-attr]
            for m in figures.measures
            if m != "year_on_year"
        ),
        page("recorded_offences", today=TODAY).shown.nhs,  # type: ignore[union-attr]
        finding_page(finding.pk, standing=NOBODY).chart,
    ]
    assert len(charts) > 15
    for chart in charts:
        assert chart is not None
        assert [n.number for n in chart.happened] == ["2026-001"], chart.title
        assert "c-happened-mark" in chart.wide
        assert "c-happened-mark" in chart.narrow
        assert chart.annotate.startswith(NEW_NOTE)


@pytest.mark.parametrize(
    ("areas", "strands", "area", "strand", "shown"),
    [
        ((), (), "aldermere", "race", True),
        ((), (), ELMSGARTH, "all", True),
        ((ELMSGARTH,), (), ELMSGARTH, "race", True),
        ((ELMSGARTH,), (), "X09000001", "race", False),
        # The chart of the whole is not covered with what happened in one of many areas.
        ((ELMSGARTH,), (), "aldermere", "race", False),
        ((), ("religion",), "aldermere", "religion", True),
        ((), ("religion",), "aldermere", "antisemitic", True),
        ((), ("religion",), "aldermere", "race_religion", True),
        ((), ("religion",), "aldermere", "all", True),
        ((), ("religion",), "aldermere", "race", False),
        ((), ("religion",), "aldermere", "disability", False),
    ],
)
def test_a_note_concerns_its_areas_and_what_is_counted_with_its_strands(
    areas: Any, strands: Any, area: str, strand: str, shown: bool, figures: Figures
) -> None:
    write_note(figures, areas=areas, strands=strands)
    notes = notes_of(
        figures,
        annotations(figures),
        area=area,
        strands=[strand],
        period=figures.offences.period,
    )
    assert bool(notes.noted) is shown
    assert bool(notes.on(area, strand, Period(OCTOBER, OCTOBER))) is shown
    assert not notes.on(area, strand, Period(OCTOBER + 1, OCTOBER + 2))
    assert not notes.on(area, strand, Period(OCTOBER + -2, OCTOBER + -1))


def test_numbers_follow_the_months_and_mean_the_same_on_a_whole_page(figures: Figures) -> None:
    write_note(figures, first=Month.parse("2025-02"), text="Late.")
    write_note(figures, strands=("disability",), text="In between.")
    write_note(figures, first=APRIL, areas=(ELMSGARTH,), strands=("race",), text="Early.")
    write_note(figures, first=Month.parse("2016-01"), text="Before these charts begin.")
    write_note(figures, first=Month.parse("2026-01"), text="After these charts end.")
    page = area_page("elmsgarth")
    assert [(n.mark, n.text) for n in page.happened] == [
        ("1", "Early."), ("2", "In between."), ("3", "Late.")
    ]  # fmt: skip
    marks = {c.id: [n.mark for n in c.happened] for c in page.multiples}
    assert marks["months-all"] == ["1", "2", "3"]
    assert marks["months-disability"] == ["2", "3"]
    assert marks["months-race"] == ["1", "3"]
    assert marks["months-sexual_orientation"] == ["3"]


def test_a_withdrawn_note_leaves_every_chart(figures: Figures, client: Client) -> None:
    note = write_note(figures)
    assert area_page("elmsgarth").happened
    before = client.get("/areas/elmsgarth/")
    assert "After an event far away" in before.content.decode()
    by = person(Role.SECRETARIAT)
    withdraw_annotation(annotation=note, reason="It was in another city.", by=by, now=NOW)
    again = client.get("/areas/elmsgarth/", headers={"If-None-Match": before["ETag"]})
    assert again.status_code == 200
    assert "After an event far away" not in again.content.decode()
    listed = _text(client, "/data/annotations/")
    assert "After an event far away" in listed
    assert "Withdrawn by the secretariat on 2 November 2026: It was in another city." in listed


def test_only_those_who_may_are_offered_to_add_to_a_chart(client: Client) -> None:
    shown = ["/areas/elmsgarth/", "/strands/all/", "/measures/recorded_offences/"]
    offers = ("Add a note to this chart", "Let the limits of this chart start afresh")
    for role, offered in (
        (None, False),
        (Role.MEMBER, False),
        (Role.CHAIR, False),
        (Role.ANALYST, True),
        (Role.SECRETARIAT, True),
    ):
        if role is not None:
            sign_in(client, person(role))
        for address in shown:
            text = _text(client, address)
            for words in offers:
                assert (words in text) is offered, (role, address, words)


# ---- beside findings ----------------------------------------------------------------------------


def _finding(**wanted: Any) -> Finding:
    finding = Finding.objects.filter(**wanted).order_by("pk").first()
    assert finding is not None
    return finding


def test_a_note_on_its_months_is_among_what_could_explain_a_finding(
    figures: Figures, client: Client
) -> None:
    finding = _finding(kind="over_time", measure="recorded_offences", period_to="2024-10")
    write_note(figures, text="After <b>an event</b>.")
    write_note(figures, first=OCTOBER + -1, text="A month too early.")
    write_note(figures, first=OCTOBER + 1, text="A month too late.")
    write_note(figures, first=OCTOBER + -1, last=OCTOBER + 1, text="All three months.")
    page = finding_page(finding.pk, standing=NOBODY)
    assert [n.text for n in page.happened] == ["All three months.", "After <b>an event</b>."]
    text = _text(client, f"/findings/{finding.pk}/")
    part = text.split("What else could explain it")[1].split("What cannot be told")[0]
    said = "Noted of these months: An event, October 2024. After &lt;b&gt;an event&lt;/b&gt;."
    assert said in part
    assert "too early" not in part
    assert "too late" not in part
    told = json.loads(client.get(f"/findings/{finding.pk}.json").content)
    assert [a["text"] for a in told["annotations"]] == [n.text for n in page.happened]
    assert told["could_explain"] == finding.could_explain


def test_what_happened_in_one_area_could_explain_a_figure_of_the_whole(figures: Figures) -> None:
    write_note(figures, areas=(ELMSGARTH,), strands=("race",))
    every, period = annotations(figures), Period(OCTOBER, OCTOBER)

    def beside(area: str, strand: str) -> int:
        return len(notes_beside(figures, every, area=area, strand=strand, period=period))

    assert beside(figures.whole, "race") == beside(ELMSGARTH, "all") == 1
    assert beside("X09000001", "race") == beside(figures.whole, "disability") == 0


# ---- in what is taken away ----------------------------------------------------------------------


def test_the_csv_and_the_json_of_a_chart_say_what_happened(
    figures: Figures, client: Client
) -> None:
    write_note(figures, areas=(ELMSGARTH,), strands=("disability",))
    begin_afresh(figures)
    shown = measure_page(
        "recorded_offences", area=ELMSGARTH, strand="disability", today=TODAY
    ).shown
    assert shown is not None
    rows = list(csv.DictReader(io.StringIO(client.get(shown.chart.csv).content.decode())))
    assert {r["month"]: r["what_happened"] for r in rows if r["what_happened"]} == {
        "2024-10": (
            "An event, October 2024 (Elmsgarth; Disability): After an event far away, more was "
            "reported. Source: Faith Forum, 4 November 2024."
        )
    }
    told = json.loads(client.get(shown.chart.json).content)
    assert [r["what_happened"] for r in told["series"]] == [r["what_happened"] for r in rows]
    assert told["annotations"] == [
        {
            "number": "2026-001",
            "kind": "event",
            "from": "2024-10",
            "to": "2024-10",
            "areas": [ELMSGARTH],
            "strands": ["disability"],
            "text": "After an event far away, more was reported.",
            "source": "Faith Forum, 4 November 2024.",
        }
    ]
    assert told["new_baselines"] == [
        {
            "number": "2026-001",
            "area": ELMSGARTH,
            "strand": "disability",
            "from": "2024-04",
            "reason": "Officers were trained (bulletin 12).",
            "confirmed_by": "analyst",
        }
    ]
    other = json.loads(
        client.get(shown.chart.json.replace("strand=disability", "strand=race")).content
    )
    assert other["annotations"] == other["new_baselines"] == []


def test_a_series_nobody_has_is_refused_in_words_as_json_too(client: Client) -> None:
    wrong = client.get("/data/series.json?measure=dragons")
    assert wrong.status_code == 400
    assert "not a measure with figures here" in wrong.content.decode()


def test_all_notes_can_be_taken_away(figures: Figures, client: Client) -> None:
    write_note(figures, areas=("X09000001", "X09000002"), text="=cmd()")
    note = write_note(figures, first=APRIL, last=OCTOBER)
    withdraw_annotation(annotation=note, reason="Wrong.", by=person(Role.ANALYST), now=NOW)
    told = json.loads(client.get("/data/annotations.json").content)["annotations"]
    assert [(a["number"], a["withdrawn_reason"]) for a in told] == [
        ("2026-001", None),
        ("2026-002", "Wrong."),
    ]
    assert told[1]["withdrawn_on"] == told[1]["said_on"] == "2026-11-02"
    rows = list(csv.DictReader(io.StringIO(client.get("/data/annotations.csv").content.decode())))
    assert [r["areas"] for r in rows] == ["X09000001 X09000002", ""]
    assert rows[0]["text"] == "'=cmd()", "no spreadsheet runs what somebody wrote"
    assert (rows[1]["from"], rows[1]["to"]) == ("2024-04", "2024-10")


# ---- the form for a note ------------------------------------------------------------------------

GIVEN = {
    "kind": "recording", "first": "2024-04", "last": "2024-06", "areas": [ELMSGARTH],
    "strands": ["disability"], "text": "Officers were trained.", "source": "Bulletin 12.",
}  # fmt: skip


def test_a_note_is_added_from_a_chart(figures: Figures, client: Client) -> None:
    sign_in(client, person(Role.ANALYST))
    chart = next(c for c in area_page("elmsgarth").multiples if c.id == "months-disability")
    form = _text(client, chart.annotate)
    assert re.findall(r'value="([^"]+)"[^>]* checked', form) == [ELMSGARTH, "disability"]
    answer = client.post(chart.annotate, GIVEN)
    assert answer.status_code == 302
    said = "Note 2026-001 stands on the charts it concerns now."
    assert said in _text(client, answer["Location"])
    note = Annotation.objects.get()
    assert (note.kind, note.month_from, note.month_to) == ("recording", "2024-04", "2024-06")
    assert (note.areas, note.strands, note.said_as) == ([ELMSGARTH], ["disability"], "analyst")


def test_a_note_without_a_last_month_is_of_one_month(client: Client) -> None:
    sign_in(client, person(Role.SECRETARIAT))
    client.post(NEW_NOTE, {**GIVEN, "last": "", "areas": [], "strands": []})
    note = Annotation.objects.get()
    assert (note.month_from, note.month_to) == ("2024-04", "2024-04")
    assert (note.areas, note.strands) == ([], [])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": ""}, "Choose what it was."),
        ({"kind": "dragon"}, "Select a valid choice"),
        ({"first": ""}, "Write the month in which it began."),
        ({"first": "April"}, "is not a month. Write it as YYYY-MM"),
        ({"first": "2024-13"}, "13 is not a month"),
        ({"last": "2024-03"}, "It cannot end (March 2024) before it begins (April 2024)."),
        ({"last": "2999-01"}, "January 2999 has not come yet."),
        ({"first": "2001-01", "last": ""}, "There are no figures before July 2015"),
        ({"areas": ["nowhere"]}, "Choose from the areas that are offered."),
        ({"strands": ["dragons"]}, "Choose from the strands that are offered."),
        ({"text": " "}, "Write what happened."),
        ({"text": "x" * 501}, "at most 500 characters"),
        ({"text": "a\0b"}, "Null characters are not allowed."),
        ({"source": ""}, "Write where this can be read"),
    ],
)
def test_a_note_that_cannot_be_kept_is_shown_again_with_what_was_typed(
    changed: dict[str, Any], words: str, client: Client
) -> None:
    sign_in(client, person(Role.ANALYST))
    answer = client.post(NEW_NOTE, {**GIVEN, **changed})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert "There is a problem" in text
    assert "<title>Error: " in text
    if "source" not in changed:
        assert "Bulletin 12." in text
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("role", [None, Role.MEMBER, Role.CHAIR, Role.SIGNATORY])
def test_nobody_else_adds_withdraws_or_confirms_through_a_page(
    role: Role | None, figures: Figures, client: Client
) -> None:
    write_note(figures)
    begin_afresh(figures)
    if role is not None:
        sign_in(client, person(role))
    for address, sent in (
        (NEW_NOTE, GIVEN),
        ("/data/annotations/2026-001/withdraw/", {"reason": "No"}),
        (f"{NEW_BASELINE}?{QUERY}", {"month": "2024-05", "reason": "No", "confirm": "yes"}),
        ("/data/rebases/2026-001/withdraw/", {"reason": "No"}),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, sent).status_code == 403
    assert Annotation.objects.in_force(figures.place.id).count() == 1
    assert Rebase.objects.in_force(figures.place.id).count() == 1


@pytest.mark.parametrize("kind", ["annotations", "rebases"])
def test_what_was_said_is_withdrawn_through_its_page_once(
    kind: str, figures: Figures, client: Client
) -> None:
    write_note(figures)
    begin_afresh(figures)
    sign_in(client, person(Role.ANALYST))
    address = f"/data/{kind}/2026-001/withdraw/"
    said = "After an event far away" if kind == "annotations" else "Officers were trained"
    assert said in _text(client, address)
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "Wrong <i>month</i>"}).status_code == 302
    listed = _text(client, f"/data/{kind}/")
    assert "Withdrawn by the analyst on " in listed
    assert "Wrong &lt;i&gt;month&lt;/i&gt;" in listed
    for again in (client.get(address), client.post(address, {"reason": "Again"})):
        assert again.status_code == 409
        assert "withdrawn already" in again.content.decode()
    unknown = client.get(f"/data/{kind}/2026-777/withdraw/")
    assert unknown.status_code == 404
    assert "2026-777" in unknown.content.decode()


def test_the_list_of_notes_is_filtered_by_kind_and_comes_in_pages(
    figures: Figures, client: Client, django_assert_max_num_queries: Any
) -> None:
    by = person(Role.ANALYST)
    for _ in range(51):
        write_note(figures, by=by)
    write_note(figures, by=by, kind="reporting", text="Posters.")
    with django_assert_max_num_queries(5):
        first = _text(client, "/data/annotations/")
    assert "All (52)" in first
    assert first.count("<article") == 50
    assert _text(client, "/data/annotations/?page=2").count("<article") == 2
    only = _text(client, "/data/annotations/?show=reporting")
    assert only.count("<article") == 1
    assert "Posters." in only


def test_the_data_page_leads_to_the_lists(client: Client) -> None:
    text = _text(client, "/data/")
    for address in ("/data/annotations/", "/data/rebases/"):
        assert f'href="{address}"' in text
        assert client.get(address).status_code == 200


# ---- new baselines ------------------------------------------------------------------------------


def test_the_chart_starts_afresh_and_no_rule_reaches_across(figures: Figures) -> None:
    plain = nhs_chart(figures, **SERIES)
    begun = nhs_chart(figures, **SERIES, begins=[Begin(APRIL, "From April 2024 anew. Trained.")])
    regime = figures.offences.regime_of(figures.latest)
    assert plain is not None
    assert begun is not None
    assert regime is not None
    assert (plain.wide.count('"c-band"'), begun.wide.count('"c-band"')) == (1, 2)
    assert (plain.wide.count('"c-afresh"'), begun.wide.count('"c-afresh"')) == (0, 1)
    # By hand: each part read as a series of its own marks the same months.
    panel = figures.offences.select(areas=[ELMSGARTH], strands=["disability"])
    marked = []
    for first, last in ((regime.first, APRIL + -1), (APRIL, regime.last)):
        part = panel.select(period=Period(first, last))
        rules = spc.chart(part.values[0, 0]).rule
        marked += [m.words for m, rule in zip(part.months, rules, strict=True) if rule]
    assert [row[0] for row in begun.rows if row[2]] == marked
    assert [row[0] for row in plain.rows if row[2]] != marked
    assert begun.legend == ("A: From April 2024 anew. Trained.",)
    for words in ("The limits start afresh in April 2024", "no rule reaches across", DISPLAY_ONLY):
        assert words in begun.sentence
        assert words not in plain.sentence


def test_a_confirmed_baseline_stands_on_the_page_with_its_reason_and_by_whom(
    figures: Figures, client: Client
) -> None:
    begin_afresh(figures)
    text = _text(client, f"/measures/recorded_offences/?{QUERY}")
    assert (
        "A: From April 2024 the limits are taken afresh. Officers were trained (bulletin 12). "
        "Confirmed by the analyst on 2 November 2026 (2026-001)."
    ) in text
    assert DISPLAY_ONLY in text
    other = _text(client, f"/measures/recorded_offences/?{QUERY.replace('X09000013', 'X09000001')}")
    assert "taken afresh" not in other


def test_a_baseline_on_a_main_chart_shows_on_the_area_and_the_strand_page(
    figures: Figures,
) -> None:
    begin_afresh(figures, strand="all")
    begin_afresh(figures, area=figures.whole, strand="race")
    for page, other in (
        (area_page("elmsgarth"), area_page("ambleworth")),
        (strand_page("race"), strand_page("all")),
    ):
        assert page.nhs is not None
        assert other.nhs is not None
        assert "c-afresh" in page.nhs.wide
        assert "c-afresh" not in other.nhs.wide


def test_a_stretch_too_short_for_limits_is_said_and_the_others_keep_theirs(
    figures: Figures,
) -> None:
    # New figures can leave a stretch shorter than it was when it was confirmed.
    chart = nhs_chart(figures, **SERIES, begins=[Begin(figures.latest + -3, "Anew.")])
    assert chart is not None
    assert chart.wide.count('"c-band"') == 1
    assert "No limits can be given for March 2025 to June 2025." in chart.sentence
    outside = nhs_chart(figures, **SERIES, begins=[Begin(Month.parse("2019-01"), "Anew.")])
    assert outside is not None
    assert "c-afresh" not in outside.wide
    assert nhs_chart(figures, **{**SERIES, "measure": "outcomes_per_100"}) is None


def test_a_withdrawn_baseline_leaves_the_chart(figures: Figures) -> None:
    rebase = begin_afresh(figures)
    assert len(begins_of(figures, **SERIES)) == 1
    withdraw_rebase(rebase=rebase, reason="No.", by=person(Role.ANALYST), now=NOW)
    assert begins_of(figures, **SERIES) == ()


def test_a_baseline_is_looked_at_before_it_is_confirmed(figures: Figures, client: Client) -> None:
    sign_in(client, person(Role.ANALYST))
    address = f"{NEW_BASELINE}?{QUERY}"
    offered = re.findall(r'<option value="([^"]*)"', _text(client, address))
    assert offered == ["", "2024-04", "2024-05", "2024-06", "2024-07"]
    sent = {"month": "2024-04", "reason": "Officers <b>trained</b>."}
    looked = client.post(address, sent).content.decode()
    for words in (
        "As it would be",
        "As it is now",
        "Officers &lt;b&gt;trained&lt;/b&gt;.",
        'name="confirm"',
        'name="seen" value="2024-04"',
    ):
        assert words in looked
    # What was not looked at, or is another month than that, is shown and not confirmed.
    for seen in ("", "2024-05"):
        again = client.post(address, {**sent, "confirm": "yes", "seen": seen})
        assert again.status_code == 200
        assert not Rebase.objects.exists()
    done = client.post(address, {**sent, "confirm": "yes", "seen": "2024-04"})
    assert done["Location"] == (
        "/measures/recorded_offences/?area=X09000013&strand=disability#nhs-chart"
    )
    text = _text(client, done["Location"])
    assert "The limits of this chart start afresh in April 2024." in text
    for there in (text, _text(client, "/data/rebases/")):
        assert "Officers &lt;b&gt;trained&lt;/b&gt;." in there
    # Nothing is left to choose from now.
    assert "This chart has no month with at least 12 before it" in _text(client, address)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"month": ""}, "Choose the month from which"),
        ({"month": "2019-01"}, "This month is not offered any more"),
        ({"reason": " "}, "Say why."),
    ],
)
def test_a_baseline_without_a_month_or_a_reason_is_asked_for_again(
    changed: dict[str, str], words: str, client: Client
) -> None:
    sign_in(client, person(Role.SECRETARIAT))
    sent = {"month": "2024-04", "reason": "Trained.", "confirm": "yes", "seen": "2024-04"}
    answer = client.post(f"{NEW_BASELINE}?{QUERY}", {**sent, **changed})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Rebase.objects.exists()


def test_a_baseline_that_somebody_else_confirmed_meanwhile_is_refused_in_words(
    figures: Figures, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_afresh(figures)
    monkeypatch.setattr(pages, "possible_rebases", lambda *_, **__: (APRIL,))
    sign_in(client, person(Role.SECRETARIAT))
    sent = {"month": "2024-04", "reason": "Trained.", "confirm": "yes", "seen": "2024-04"}
    answer = client.post(f"{NEW_BASELINE}?{QUERY}", sent)
    assert answer.status_code == 409
    assert "start afresh in April 2024 already" in answer.content.decode()
    assert Rebase.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "A new baseline begins from a chart"),
        ("measure=recorded_offences&area=nowhere&strand=all", "begins from a chart"),
        ("measure=dragons&area=aldermere&strand=all", "begins from a chart"),
        ("measure=recorded_offences&area=aldermere&strand=age", "begins from a chart"),
        ("measure=outcomes_per_100&area=aldermere&strand=all", "over 12 months at a time"),
    ],
)
def test_a_baseline_of_no_such_chart_is_refused_in_words(
    query: str, words: str, client: Client
) -> None:
    sign_in(client, person(Role.ANALYST))
    answer = client.get(f"{NEW_BASELINE}?{query}")
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_more_notes_and_baselines_take_no_more_queries(figures: Figures, client: Client) -> None:
    finding = _finding(kind="over_time", period_to="2024-10").pk
    addresses = [
        "/areas/elmsgarth/",
        "/strands/all/",
        "/measures/recorded_offences/",
        f"/findings/{finding}/",
        "/data/annotations/",
        "/data/rebases/",
        "/data/series.json?measure=offences&strand=all&area=aldermere",
    ]

    def asked() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    by = person(Role.ANALYST)
    write_note(figures, by=by)
    begin_afresh(figures, by=by)
    few = asked()
    for month in range(1, 9):
        write_note(figures, by=by, first=Month.of(2024, month))
        write_note(figures, by=by, areas=(ELMSGARTH,), strands=("race",))
    begin_afresh(figures, by=by, strand="all")
    begin_afresh(figures, by=by, area=figures.whole, strand="all")
    assert asked() == few
