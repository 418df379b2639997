"""Page objects: what they say is what the panels hold."""

from __future__ import annotations

import re

import pytest

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage
from openscrutiny.core.permits import NOBODY
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages import tables
from openscrutiny.monitor.pages.area import NoSuchArea, area_page
from openscrutiny.monitor.pages.finding import NoSuchFinding, finding_page
from openscrutiny.monitor.pages.findings import ANY, Choice, findings_page, grouped
from openscrutiny.monitor.pages.graphs.nhs import nhs_chart
from openscrutiny.monitor.pages.sources import (
    counted_number,
    financial_year_words,
    financial_years,
    total,
)
from openscrutiny.monitor.pages.strand import strand_page
from openscrutiny.monitor.pages.trace import CannotTrace, trace_page
from openscrutiny.public.pages.home import home_page

pytestmark = pytest.mark.django_db


def _year(figures: Figures) -> Period:
    year = figures.latest_year()
    assert year is not None
    return year


def test_a_yearly_count_is_the_sum_of_its_months_and_leads_to_them(figures: Figures) -> None:
    area, year = figures.areas.codes[3], _year(figures)
    number = counted_number(figures, "offences", area, "all", year)
    by_hand = sum(figures.offences.cell(area, "all", m)[0] for m in year.first.through(year.last))
    assert number.words == f"{by_hand:,.0f}"
    traced = trace_page(
        counted="offences", area=area, strand="all", first=str(year.first), last=str(year.last)
    )
    assert traced.total == number.words
    assert len(traced.months) == 12


def test_a_month_is_traced_to_rows_that_add_up_to_it(figures: Figures) -> None:
    month = figures.latest
    traced = trace_page(counted="offences", area=figures.whole, strand="race", month=str(month))
    assert traced.total == f"{sum(row.value for row in traced.rows):,}"
    assert traced.batches


def test_a_sum_over_a_gap_says_how_many_of_its_months_there_are(figures: Figures) -> None:
    gap, _ = figures.gaps[0]
    period = Period(gap.first + -2, gap.last + 2)
    value, months = total(figures, "offences", figures.whole, "religion", period)
    assert value is not None
    assert months == 4
    number = counted_number(figures, "offences", figures.whole, "religion", period)
    assert number.note == f"4 of {len(period)} months"


def test_a_strand_that_is_not_collected_has_no_number_and_no_link(figures: Figures) -> None:
    number = counted_number(figures, "offences", figures.whole, "age", _year(figures))
    assert (number.words, number.href) == ("not collected", "")


def test_a_financial_year_in_which_recording_changed_stands_in_parts(figures: Figures) -> None:
    rows = tables.by_financial_year(figures, figures.whole, "race_religion").rows
    by_regime = sum(
        total(figures, "offences", figures.whole, "race_religion", regime)[0] or 0
        for regime in figures.offences.regimes
    )
    assert sum(int(row.numbers[0].words.replace(",", "")) for row in rows) == by_regime
    changed = {
        financial_year_words(y)
        for y in financial_years(figures.offences)
        if any(y.first < b.month <= y.last for b in figures.offences.breaks)
    }
    labels = [row.label for row in rows]
    assert changed
    assert {label for label in labels if labels.count(label) > 1} == changed
    for row in rows:
        whole = row.note == "all 12"
        assert whole or row.numbers[2].words in ("not given", "not collected")
        assert row.label not in changed or not whole


def test_the_nhs_chart_is_drawn_for_the_present_regime_alone(figures: Figures) -> None:
    regime = figures.offences.regime_of(figures.latest)
    chart = nhs_chart(figures, area=figures.whole, strand="all")
    assert chart is not None
    assert regime is not None
    assert [row[0] for row in chart.rows] == [m.words for m in regime.first.through(regime.last)]
    marked = sum(bool(row[2]) for row in chart.rows)
    assert chart.sentence.startswith(f"{marked} of {len(regime)} months stand out")
    assert nhs_chart(figures, area=figures.whole, strand="age") is None


def test_a_page_of_an_area_says_what_is_too_small_to_tell(figures: Figures) -> None:
    from openscrutiny.monitor import figures as reading
    from openscrutiny.monitor import services

    looked = services.looked_at(figures, reading.method_in_force())
    assert looked is not None
    for area in figures.areas.areas[:6]:
        page = area_page(area.slug)
        for strand in figures.strands:
            tested = looked.checked(area=area.code, strand=strand.code, month=figures.latest)
            assert (strand.label in page.too_few) <= (tested == 0)


def test_the_line_over_the_findings_counts_what_the_filter_shows(figures: Figures) -> None:
    page = findings_page(Choice(month=ANY))
    assert page.counted is not None
    assert page.counted.flagged == Finding.objects.count() == len(page.rows)
    one = findings_page(Choice(strand="race", month=ANY))
    assert one.counted is not None
    assert one.counted.flagged == Finding.objects.filter(strand="race").count()
    assert one.counted.checked < page.counted.checked
    assert one.counted.expected <= page.counted.expected


def test_the_page_opens_on_the_newest_month_with_a_finding(figures: Figures) -> None:
    newest = max(Finding.objects.values_list("period_to", flat=True))
    page = findings_page(Choice())
    assert page.month == Month.parse(newest).words
    assert {row["period_to"] for row in page.rows} == {newest}


def test_every_finding_of_a_filter_stands_in_exactly_one_group(figures: Figures) -> None:
    found = list(Finding.objects.all().ranked())
    groups = grouped(found, figures)
    listed = [line.id for g in groups for line in (g.lead, *g.also)]
    assert sorted(listed) == sorted(f.id for f in found)
    assert len(groups) < len(found)


def test_findings_of_one_group_are_of_one_area_month_and_direction(figures: Figures) -> None:
    for group in grouped(list(Finding.objects.all().ranked()), figures):
        for other in group.also:
            assert (other.area, other.month) == (group.lead.area, group.lead.month)
            assert other.direction == group.lead.direction


def test_what_concerns_the_whole_comes_first_within_a_month() -> None:
    month = Finding.objects.filter(is_whole=True).values_list("period_to", flat=True).first()
    assert month is not None
    order = list(Finding.objects.in_month(month).ranked().values_list("is_whole", flat=True))
    assert order == sorted(order, reverse=True)


def test_pages_of_findings_hold_each_group_once(figures: Figures) -> None:
    first = findings_page(Choice(month=ANY))
    last = int(first.page_words.split()[-1])
    pages = [findings_page(Choice(month=ANY, page=n)) for n in range(1, last + 1)]
    leads = [g.lead.id for p in pages for g in p.groups]
    assert (
        len(leads) == len(set(leads)) == len(grouped(list(Finding.objects.all().ranked()), figures))
    )
    assert findings_page(Choice(month=ANY, page=9999)).following == ""


def test_a_finding_shows_what_it_rests_on(figures: Figures) -> None:
    for finding in Finding.objects.all()[:12]:
        page = finding_page(finding.pk, standing=NOBODY)
        assert page.sentence == finding.sentence
        assert page.chart is not None
        assert page.citations
        assert page.superseded == ""
        assert page.data_version == figures.data_version


def test_names_that_lead_nowhere_say_so() -> None:
    with pytest.raises(NoSuchFinding, match="no finding F-0000000000"):
        finding_page("F-0000000000", standing=NOBODY)
    with pytest.raises(NoSuchArea, match="no borough of this name"):
        area_page("atlantis")
    with pytest.raises(CannotTrace, match="not a month"):
        trace_page(counted="offences", area="aldermere", strand="all", month="sometime")
    with pytest.raises(CannotTrace, match="Use one of"):
        trace_page(counted="dragons", area="aldermere", strand="all", month="2024-01")


def test_outcomes_are_worded_as_counted_in_the_same_period() -> None:
    page = strand_page("all")
    sentences = " ".join(c.sentence for c in page.series)
    assert "positive outcomes per 100 offences recorded in the same 12 months" in sentences
    words = " ".join(s.after for s in area_page("ambleworth").statements)
    assert "positive outcomes per 100 offences recorded in the same period" in words


def test_areas_stand_in_the_order_of_the_alphabet() -> None:
    page = strand_page("all")
    assert page.areas is not None
    names = [row.label for row in page.areas.rows]
    assert names == sorted(names)


def test_the_home_page_shows_few_and_says_how_many_more() -> None:
    page = home_page()
    assert 0 < len(page.groups) <= 5
    assert re.search(r"\d+ flagged of [\d,]+ checked", page.counted)


def test_a_gap_and_a_break_are_on_every_small_chart_that_spans_them(figures: Figures) -> None:
    page = area_page("ambleworth")
    assert len(page.multiples) == len(figures.strands)
    legends = {c.legend for c in page.multiples}
    assert len(legends) == 1, "letters mean the same on every small chart of a page"


def test_not_collected_is_never_printed_as_nought(figures: Figures) -> None:
    panel = figures.measured("recorded_offences")
    for chart in area_page("ambleworth").multiples:
        strand = chart.id.removeprefix("months-").replace("-", "_")
        for month, row in zip(reversed(panel.months), reversed(chart.rows), strict=False):
            value, coverage = panel.cell("X09000001", strand, month)
            assert (row[1] == "not collected") == (coverage is Coverage.NOT_COLLECTED)
            if coverage is Coverage.VALUE:
                assert row[1] == f"{value:,.0f}"
