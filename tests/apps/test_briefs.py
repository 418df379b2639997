"""The brief: two pages for a hearing, as HTML and as PDF, with nothing from after its month."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typst
from django.test import Client

from openscrutiny.config import pages_commands
from openscrutiny.config.cli import main
from openscrutiny.core import findings as core_findings
from openscrutiny.core.months import Month
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures, NoSuchMonth
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.area import NoSuchArea, area_page
from openscrutiny.scrutiny.brief import page as brief
from openscrutiny.scrutiny.brief.page import MOST, brief_page
from openscrutiny.scrutiny.brief.renderings import as_html, as_pdf
from openscrutiny.warehouse.places import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def busiest(figures: Figures) -> tuple[str, Month]:
    """The area and month with most findings, and its slug."""
    rows = Finding.objects.exclude(area=figures.whole).values_list("area", "period_to")
    area, month = max(sorted(set(rows)), key=list(rows).count)
    found = figures.areas.find(area)
    assert found is not None
    return found.slug, Month.parse(month)


class _Elements(HTMLParser):
    """Every element of a document with its attributes, and the text that can be read."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_says_what_the_page_of_the_area_says(figures: Figures) -> None:
    page, area = brief_page("ambleworth"), area_page("ambleworth")
    assert (page.area.counted, page.area.groups) == (area.counted, area.groups)
    for said in area.statements:
        assert f"{said.before} {said.number.words}" in page.lead
    assert page.table == area.strands
    assert page.title == "Ambleworth: brief for a hearing"
    assert page.subtitle.endswith(f"Aldermere. Figures up to {figures.latest.words}.")
    assert page.banner == "Aldermere is invented and so is every figure here."
    assert page.versions.startswith(f"Data version {figures.data_version}, method ")
    assert len(page.sources) == len(area.citations) > 2
    assert all("edition" in s and "Licence: " in s for s in page.sources)
    assert page.left_out == ""


def test_a_finding_comes_with_its_doubts_and_the_questions_of_its_line_of_enquiry(
    busiest: tuple[str, Month],
) -> None:
    slug, month = busiest
    page = brief_page(slug, as_of=month)
    found = Finding.objects.get(pk=page.area.groups[0].lead.id)
    first = page.findings[0]
    assert first.sentence == found.sentence
    assert first.could_explain == tuple(found.could_explain)
    assert first.cannot_tell == tuple(found.cannot_tell)
    assert first.how_sure.startswith("By chance ")
    assert 2 <= len(first.ask) <= 4
    assert page.area.name in " ".join(first.ask)
    leads = [g.lead.sentence for g in page.area.groups]
    assert [f.sentence for f in page.findings] == leads[:MOST]


def test_what_there_is_no_room_for_is_named(
    busiest: tuple[str, Month], monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, month = busiest
    monkeypatch.setattr(brief, "MOST", 1)
    page = brief_page(slug, as_of=month)
    left = [f"{g.lead.strand}, {g.lead.measure.lower()}" for g in page.area.groups[1:]]
    assert left
    assert page.more == f"And {len(left)} more on the page of {page.area.name}: {'; '.join(left)}."
    assert len(page.closing) == len(page.findings) + 1 == 2
    assert page.closing[0].startswith(f"And {len(left) + 1} more")


def test_a_finding_without_a_line_of_enquiry_stands_without_questions(
    busiest: tuple[str, Month], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: Finding) -> None:
        raise NotPossible("There is none.", "Watch it.")

    monkeypatch.setattr(brief, "definition_for", none)
    slug, month = busiest
    page = brief_page(slug, as_of=month)
    assert page.findings[0].ask == ()
    assert "What to ask" not in as_html(page)
    assert _pages(as_pdf(page)) == 2


def test_where_nothing_was_found_it_says_so_and_no_more(figures: Figures) -> None:
    quiet = next(p for a in figures.areas.areas if not (p := brief_page(a.slug)).area.groups)
    assert f"Nothing unusual stands out for {quiet.area.name} in" in quiet.quiet
    assert "no proof that all is well" in quiet.quiet
    assert quiet.closing == ("",)
    assert quiet.doubt not in as_html(quiet)


def test_where_nothing_could_be_tested_it_does_not_say_that_nothing_stands_out(
    figures: Figures,
) -> None:
    page = brief_page("ambleworth", as_of=figures.offences.regimes[0].first + 1)
    assert "0 checked" in page.area.counted
    assert "Nothing unusual" not in page.quiet
    assert "Too few offences to tell anything for" in page.quiet
    assert page.table == page.area.years
    assert page.residents == ""


def test_findings_not_computed_are_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    method = replace(reading.method_in_force(), version="another")
    monkeypatch.setattr(reading, "method_in_force", lambda: method)
    assert "have not been computed yet" in brief_page("ambleworth").quiet


# ---- as of a month ----------------------------------------------------------------------------


def test_no_month_after_its_own_is_used(busiest: tuple[str, Month]) -> None:
    slug, month = busiest
    page = brief_page(slug, as_of=month)
    assert page.as_of == month
    assert page.area.month == month.words
    for chart in page.area.multiples:
        assert chart.rows[-1][0] == month.words
    assert month.words in page.table.caption
    assert page.left_out.startswith(f"Months after {month.words} are left out.")
    after = (month + 1).words
    assert after not in as_html(page)
    found = Finding.objects.filter(pk__in=[g.lead.id for g in page.area.groups])
    assert {f.period_to for f in found} == {str(month)}


def test_what_was_found_of_a_month_does_not_depend_on_later_months(
    figures: Figures, busiest: tuple[str, Month]
) -> None:
    month = busiest[1]
    cut = figures.as_of(month)
    again = core_findings.find(
        cut.measures.values(),
        cut.counts,
        whole=cut.whole,
        taxonomy=cut.taxonomy,
        method=reading.method_in_force(),
    )
    kept = Finding.objects.filter(period_to=str(month)).values_list("pk", "value", "low", "high")
    assert len(kept) > 3
    assert {f.id: (f.value, f.low, f.high) for f in again.findings if f.period.last == month} == {
        pk: pytest.approx(numbers) for pk, *numbers in kept
    }


def test_figures_as_of_their_last_month_are_the_figures(figures: Figures) -> None:
    assert figures.as_of(None) is figures
    assert figures.as_of(figures.latest) is figures
    month = figures.latest + -5
    assert figures.as_of(month) is figures.as_of(month)
    assert figures.as_of(month).latest == month
    assert figures.as_of(month).data_version == figures.data_version


def test_a_month_without_figures_is_refused_and_those_with_figures_are_named(
    figures: Figures,
) -> None:
    gap, _ = figures.gaps[0]
    first = figures.offences.regimes[0].first
    for month in (first + -1, gap.first, figures.latest + 1):
        with pytest.raises(NoSuchMonth) as caught:
            brief_page("ambleworth", as_of=month)
        said = str(caught.value.args[0])
        assert said.startswith(f"There are no hate crime figures of Aldermere for {month.words}.")
        assert f"There are for {first.words} to {figures.latest.words}" in said
        assert (f"except {gap.words}." in said) is (month == gap.first)


def test_an_unknown_area_has_no_brief() -> None:
    with pytest.raises(NoSuchArea, match="no borough of this name"):
        brief_page("atlantis")


# ---- HTML -------------------------------------------------------------------------------------


def test_the_file_stands_alone_and_runs_nothing(busiest: tuple[str, Month]) -> None:
    document = as_html(brief_page(busiest[0], as_of=busiest[1]))
    there = _Elements(document)
    assert there.named("html") == [{"lang": "en-GB"}]
    assert len(there.named("title")) >= 1
    assert len(there.named("h1")) == 1
    for tag in ("script", "link", "img", "a", "iframe", "object", "form"):
        assert there.named(tag) == [], tag
    without_typeface = re.sub(r"base64,[\w+/=]+", "", document)
    addresses = re.findall(r"(?:https?:)?//[\w.]+|url\((?!data:)", without_typeface)
    assert set(addresses) <= {"http://www.w3.org"}  # the name of SVG, which nothing fetches
    assert not any(name.startswith("on") or name == "style" for _, a in there.found for name in a)
    assert "@media print" in document
    ids = [a["id"] for _, a in there.found if "id" in a]
    assert len(ids) == len(set(ids))


def test_its_charts_carry_their_own_colours_and_their_descriptions() -> None:
    page = brief_page("ambleworth")
    there = _Elements(as_html(page))
    shown = [*page.area.multiples, *page.area.funnels]
    assert len(there.named("svg")) == len(page.area.multiples) + 2 * len(page.area.funnels)
    assert len(there.named("desc")) == len(there.named("svg"))
    for chart in shown:
        assert 'fill="#' in chart.wide
        assert chart.description in there.text
    assert "#" not in area_page("ambleworth").multiples[0].wide


def test_without_the_built_typeface_the_file_is_made_all_the_same(
    tmp_path: Path, settings: Any
) -> None:
    from openscrutiny.scrutiny.brief import renderings

    settings.ASSETS = tmp_path
    renderings._style.cache_clear()
    try:
        document = as_html(brief_page("ambleworth"))
    finally:
        renderings._style.cache_clear()
    assert "@font-face" not in document
    assert "@page" in document


# ---- PDF --------------------------------------------------------------------------------------


def test_the_pdf_is_tagged_in_british_english_and_names_itself() -> None:
    page = brief_page("ambleworth")
    pdf = as_pdf(page)
    assert pdf.startswith(b"%PDF-1.7")
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", pdf)
    assert re.search(rb"/Lang\s*\(en-GB\)", pdf)
    assert b"/StructTreeRoot" in pdf
    assert b"/Title" in pdf
    assert re.search(rb"/DisplayDocTitle true", pdf)
    assert re.search(rb"<pdfuaid:part>1<", pdf)


def test_every_chart_in_the_pdf_has_its_description_and_every_column_its_heading() -> None:
    page = brief_page("ambleworth")
    pdf = as_pdf(page)
    charts = len(page.area.multiples) + len(page.area.funnels)
    assert len(re.findall(rb"/S\s*/Figure\b", pdf)) == charts == len(re.findall(rb"/Alt\b", pdf))
    assert len(re.findall(rb"/S\s*/TH\b", pdf)) == len(page.table.columns)


def test_a_chart_without_a_description_would_stop_the_typesetting() -> None:
    with pytest.raises(typst.TypstError, match="alt"):
        typst.compile(
            b'#set document(title: "T")\n#image(bytes(sys.inputs.drawing), format: "svg")',
            sys_inputs={"drawing": brief_page("ambleworth").area.multiples[0].wide},
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )


def test_the_same_page_gives_the_same_bytes() -> None:
    page = brief_page("ambleworth")
    assert as_pdf(page) == as_pdf(page)


def test_every_area_has_exactly_two_pages(figures: Figures) -> None:
    pages = {a.slug: _pages(as_pdf(brief_page(a.slug))) for a in figures.areas.areas}
    assert set(pages.values()) == {2}, pages


def test_two_pages_hold_however_much_or_little_there_is_to_say(
    figures: Figures, busiest: tuple[str, Month]
) -> None:
    first = figures.offences.regimes[0].first
    asked = [(busiest[0], busiest[1]), ("ambleworth", first + 1), ("ambleworth", first + 14)]
    for slug, month in asked:
        assert _pages(as_pdf(brief_page(slug, as_of=month))) == 2, month
    page = brief_page(*busiest[:1], as_of=busiest[1])
    long = replace(page.findings[0], ask=tuple("Why is that so? " * 30 for _ in range(4)))
    for findings in ((long,), (long, long)):
        crowded = replace(page, findings=findings, closing=("And more.",) * (len(findings) + 1))
        assert _pages(as_pdf(crowded)) == 2


def test_what_cannot_fit_on_two_pages_is_set_on_more_and_not_refused() -> None:
    page = replace(brief_page("ambleworth"), lead="In the 12 months before. " * 1000)
    assert _pages(as_pdf(page)) > 2


# ---- addresses --------------------------------------------------------------------------------


def test_the_page_of_an_area_leads_to_its_brief(client: Client) -> None:
    shown = client.get("/areas/ambleworth/").content.decode()
    for ending in ("pdf", "html"):
        assert f'href="/areas/ambleworth/brief.{ending}"' in shown
        answer = client.get(f"/areas/ambleworth/brief.{ending}")
        assert answer.status_code == 200
        kept = client.get(
            f"/areas/ambleworth/brief.{ending}", headers={"if-none-match": answer["ETag"]}
        )
        assert kept.status_code == 304


def test_a_brief_is_served_under_a_policy_that_allows_its_own_style_alone(client: Client) -> None:
    import base64
    import hashlib

    answer = client.get("/areas/ambleworth/brief.html")
    policy = answer["Content-Security-Policy"]
    style = re.findall(r"<style>(.*?)</style>", answer.content.decode(), re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_pdf_says_which_month_it_is_of(client: Client, figures: Figures) -> None:
    month = figures.latest + -3
    answer = client.get(f"/areas/ambleworth/brief.pdf?as-of={month}")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="brief-ambleworth-{month}.pdf"'
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/areas/atlantis/brief.pdf", "no borough of this name"),
        ("/areas/ambleworth/brief.html?as-of=2099-01", "no hate crime figures"),
        ("/areas/ambleworth/brief.html?as-of=last%20year", "is not a month"),
        ("/areas/ambleworth/brief.pdf?as-of=2024-13", "is not a month"),
    ],
)
def test_what_there_is_not_is_a_page_that_says_so(address: str, words: str, client: Client) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert words in answer.content.decode()


# ---- the command ------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], served: Place) -> Any:
    """Run the command; its exit code, what it printed and what it complained of."""
    monkeypatch.setattr(pages_commands, "start_django", lambda: None)

    def command(*arguments: object) -> tuple[int, str, str]:
        code = main(["brief", *map(str, arguments)])
        return code, *capsys.readouterr()

    return command


@pytest.mark.parametrize("ending", ["pdf", "html", "PDF"])
def test_the_command_writes_what_the_pages_serve(
    ending: str, run: Any, tmp_path: Path, figures: Figures
) -> None:
    path, month = tmp_path / f"brief.{ending}", figures.latest + -1
    code, said, complaint = run("Ambleworth", "--as-of", month, "-o", path)
    assert (code, complaint) == (0, "")
    assert said == f"{path}: Ambleworth: brief for a hearing, figures up to {month.words}\n"
    page = brief_page("ambleworth", as_of=month)
    made = path.read_bytes()
    assert made == (as_html(page).encode() if ending == "html" else as_pdf(page))


def test_without_a_month_the_command_takes_the_latest(
    run: Any, tmp_path: Path, figures: Figures
) -> None:
    _, said, _ = run(figures.areas.codes[0], "-o", tmp_path / "b.html")
    assert figures.latest.words in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Amblewort", "-o", "b.pdf"), "Did you mean Ambleworth"),
        (("aldermere", "-o", "b.pdf"), "A brief is about one borough, not about Aldermere"),
        (("Ambleworth", "-o", "b.docx"), "Let it end in .pdf or .html."),
        (("Ambleworth", "-o", "brief"), "Let it end in .pdf or .html."),
        (("Ambleworth", "-o", "nowhere/b.pdf"), "There is no folder nowhere."),
        (("Ambleworth", "-o", "taken.pdf"), "taken.pdf: Is a directory."),
        (("Ambleworth", "--as-of", "June", "-o", "b.pdf"), "is not a month"),
        (("Ambleworth", "--as-of", "2031-01", "-o", "b.pdf"), "There are for "),
    ],
)
def test_a_mistake_is_answered_with_a_sentence_and_exit_code_2(
    arguments: tuple[str, ...],
    words: str,
    run: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.pdf").mkdir()
    code, said, complaint = run(*arguments)
    assert (code, said) == (2, "")
    assert words in complaint
    assert "Traceback" not in complaint
    assert [p.name for p in tmp_path.iterdir()] == ["taken.pdf"]
