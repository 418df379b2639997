"""Other settings than those in force: which a measure has, and what they would flag.

Nothing here is stored, and nothing in force is changed. What takes long, what the past lets one
expect, is kept in the process for the figures, the measure and the settings it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from openscrutiny.core.checks import Method, every_test, flagged_among
from openscrutiny.core.findings import found_by
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Month
from openscrutiny.core.pasts import Pasts, pasts
from openscrutiny.core.surveillance.farrington import Settings
from openscrutiny.monitor import services
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding

SEASON, OWN_MONTHS = "season", "own_months"
RULES = {
    SEASON: "Season and trend, where there are enough years",
    OWN_MONTHS: "Its own months so far, whatever the season",
}
_YEARS_MOST = 10  # beyond them is history


@dataclass(frozen=True)
class Setting:
    """One thing that may be moved: from ``least`` to ``most``, in force at ``now``.

    ``now`` is a number, or for the rule one of ``RULES``. ``unit`` is said after the number.
    """

    name: str
    label: str
    hint: str
    now: float | str
    least: float = 0
    most: float = 100_000
    whole: bool = False
    unit: str = ""

    def words(self, value: float | str) -> str:
        """A value of this setting as a reader sees it."""
        return RULES[value] if isinstance(value, str) else f"{plain(value)}{self.unit}"


@dataclass(frozen=True)
class Outcome:
    """What settings flag, best ranked first: rows as they would be stored, of which none is.

    ``checked`` counts tests, ``too_few`` the figures too small to test.
    """

    found: tuple[Finding, ...]
    checked: int
    too_few: int


def plain(value: float | str) -> str:
    """A value as it is typed and stands in an address."""
    return value if isinstance(value, str) else f"{value:.12g}"


def has_season(measure: Measure) -> bool:
    """Whether a measure is held against its season at all: told month by month, and no share."""
    rule = measure.over_time
    return rule is not None and rule.window_months == 1 and measure.kind is not Kind.SHARE


def settings_of(measure: Measure, method: Method) -> tuple[Setting, ...]:
    """What may be moved for a measure, with what is in force."""
    return (*_believed(measure, method), *_usual(measure, method))


def _believed(measure: Measure, method: Method) -> list[Setting]:
    """What decides which tests are believed and matter."""
    found = [
        Setting(
            "q",
            "Share of false findings",
            "Of those flagged, at most about this share is held to be chance. Higher flags more.",
            round(100 * method.false_share, 6),
            least=0.1,
            most=50,
            unit="%",
        )
    ]
    least = "Fewer expected than this is “too few to tell”. Lower tests more, and on less."
    if measure.over_time is not None:
        label = "Least number expected, against its own past"
        now = measure.over_time.expected_least
        found.append(Setting("least_past", label, least, now, least=0.1))
    if measure.between is not None:
        label = "Least number expected, between areas"
        now = measure.between.expected_least
        found.append(Setting("least_between", label, least, now, least=0.1))
    matters = measure.materiality
    return [
        *found,
        Setting(
            "excess",
            "Large enough: this many away",
            "A difference of this many from what was expected matters by itself.",
            matters.excess,
        ),
        Setting(
            "percent",
            "Large enough: this share away",
            "A smaller difference matters too if it is this share of what was expected…",
            matters.percent,
            unit="%",
        ),
        Setting(
            "with_expected",
            "…where at least this many were expected",
            "Below it, a share says little, and only the number above counts.",
            matters.with_expected,
        ),
    ]


def _usual(measure: Measure, method: Method) -> list[Setting]:
    """What decides what is usual."""
    found = []
    season = method.seasonal or Settings()
    if has_season(measure):
        found += [
            Setting(
                "rule",
                "Rule over time",
                "What a month is held against.",
                SEASON if method.seasonal else OWN_MONTHS,
            ),
            Setting(
                "years",
                "Years back",
                "How many years tell the season and the trend. More see further, and older habits.",
                season.years,
                least=season.years_least,
                most=_YEARS_MOST,
                whole=True,
            ),
            Setting(
                "excluded",
                "Recent months left out",
                "How many months just before are passed over, so that the beginning of a change "
                "does not hide the rest.",
                season.excluded,
                most=11 - season.half_window,
                whole=True,
            ),
        ]
    if measure.between is not None or measure.kind in (Kind.CHANGE, Kind.SHARE):
        found.append(
            Setting(
                "trim",
                "Extreme areas drawn in at either end",
                "So that a few extreme areas do not widen what is usual for all the others.",
                round(100 * method.trim, 6),
                most=40,
                unit="%",
            )
        )
    return found


def moved_to(measure: Measure, method: Method, moved: Mapping[str, float | str]) -> Method:
    """The method with some settings moved; ``moved`` is by name of setting."""
    said = {s.name: moved.get(s.name, s.now) for s in settings_of(measure, method)}
    season = method.seasonal or Settings()
    if "rule" in said:
        season = replace(season, years=int(said["years"]), excluded=int(said["excluded"]))
        in_use = season if said["rule"] == SEASON else None
    else:
        in_use = method.seasonal
    return replace(
        method,
        false_share=float(said["q"]) / 100,
        trim=float(said["trim"]) / 100 if "trim" in said else method.trim,
        seasonal=in_use,
    )


def redefined(measure: Measure, moved: Mapping[str, float | str]) -> Measure:
    """The measure with its minimums and its materiality moved."""

    def number(name: str, now: float) -> float:
        return float(moved.get(name, now))

    past, between, matters = measure.over_time, measure.between, measure.materiality
    return replace(
        measure,
        over_time=past and replace(past, expected_least=number("least_past", past.expected_least)),
        between=between
        and replace(between, expected_least=number("least_between", between.expected_least)),
        materiality=replace(
            matters, **{name: number(name, now) for name, now in vars(matters).items()}
        ),
    )


def tried(
    figures: Figures,
    measure: Measure,
    *,
    month: Month | None,
    method: Method,
    moved: Mapping[str, float | str],
) -> Outcome:
    """What a measure would flag in a month, or in all, with some settings ``moved`` from those of
    ``method``. With none moved it is what ``services.compute_findings`` stores."""
    used, panel = moved_to(measure, method, moved), figures.counts[measure.numerator]
    changed = redefined(measure, moved)
    at, asked = slice(None), None
    if month is not None:
        index = month - panel.months[0]
        at = slice(index, index + 1)
        # How long a finding has lasted is seen in the months before it.
        asked = (max(0, index + 1 - used.persistence_months), index + 1)
    known = None
    if measure.over_time is not None:
        known = _pasts(figures, measure.id, used.seasonal if has_season(measure) else None, asked)
    tests = every_test(changed, figures.counts, whole=figures.whole, method=used, known=known)
    decision = flagged_among(tests, changed, figures.counts, taxonomy=figures.taxonomy, method=used)
    found = found_by(decision, changed, panel, whole=figures.whole, method=used)
    rows = [services.as_row(f, figures) for f in found if month in (None, f.period.last)]
    return Outcome(
        found=tuple(sorted(rows, key=_rank)),
        checked=int(decision.checked[at].sum()),
        too_few=int(decision.too_few[at].sum()),
    )


def _rank(row: Finding) -> tuple[object, ...]:
    """The order of ``FindingQuery.ranked``."""
    newest = -Month.parse(row.period_to).ordinal
    return newest, not row.is_whole, -row.persistence, row.p, -row.size, row.id


# Some four megabytes each for London.
@lru_cache(maxsize=16)
def _pasts(
    figures: Figures, measure: str, seasonal: Settings | None, asked: tuple[int, int] | None
) -> Pasts:
    return pasts(
        figures.measures[measure],
        figures.counts,
        seasonal=seasonal,
        months=None if asked is None else slice(*asked),
    )
