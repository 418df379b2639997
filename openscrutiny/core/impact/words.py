"""What became of a figure, in plain words: one sentence, one range, one doubt.

Written to be read at about the age of twelve. Both periods are named; what such figures do by
themselves stands beside every answer; and it is never said that the recommendation did it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from openscrutiny.core.impact.assessment import Conclusion, Impact
from openscrutiny.core.impact.plans import Direction
from openscrutiny.core.months import Period


@dataclass(frozen=True)
class Words:
    """``sentence``: what was recorded, against what; ``range``: what the change could be;
    ``doubt``: what nobody can tell; ``by_itself``: what such figures do when nothing is done.
    ``range`` and ``by_itself`` are empty where nothing could be measured.
    """

    sentence: str
    range: str
    doubt: str
    by_itself: str

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.sentence, self.range, self.by_itself, self.doubt) if part
        )


def tell(impact: Impact, at: int | tuple[int, ...] = (), *, area: str, things: str) -> Words:
    """The words for the series ``at`` of an impact.

    ``area`` and ``things`` stand inside sentences: ``Camden``, ``antisemitic hate crimes``.
    """
    conclusion = impact.conclusion[at]
    if conclusion is Conclusion.TOO_EARLY:
        return _too_early(impact, area, things)
    if conclusion is Conclusion.NOT_ASSESSABLE:
        return Words(
            f"What became of {things} in {area} {_since(impact)} cannot be told from the figures.",
            "",
            str(impact.reason[at]),
            "",
        )
    return Words(
        _sentence(impact, at, conclusion, area, things),
        _range(impact, at, conclusion),
        _doubt(impact, conclusion, area),
        _by_itself(impact, at),
    )


def _sentence(
    impact: Impact, at: int | tuple[int, ...], conclusion: Conclusion, area: str, things: str
) -> str:
    assert impact.before is not None
    assert impact.after is not None
    observed, expected = float(impact.observed[at]), float(impact.expected[at])
    with_others = ", had it moved as the comparison areas did" if impact.plan.comparison else ""
    told = (
        f"In {area} {_number(observed)} {things} were recorded in {_span(impact.after)}; going by "
        f"{_baseline(impact, impact.before)}{with_others}, about {_number(expected)} would be usual"
    )
    if conclusion is Conclusion.NO_DETECTABLE_CHANGE:
        return f"{told}, and no change can be told from chance."
    hoped = "a fall" if impact.plan.direction is Direction.FALL else "a rise"
    if conclusion is Conclusion.IMPROVED:
        return f"{told}: {hoped}, which is what the plan hoped for."
    return f"{told}: the plan hoped for {hoped}, and it went the other way."


def _baseline(impact: Impact, before: Period) -> str:
    """The months before, and which of them are left out because their figure led to it all."""
    led = impact.plan.triggered_by
    if led is None or led.last > before.last or led.first < before.first:
        return _span(before)
    return f"{_span(before)} without {led.words}"


def _range(impact: Impact, at: int | tuple[int, ...], conclusion: Conclusion) -> str:
    low, high = _change(float(impact.low[at])), _change(float(impact.high[at]))
    if conclusion is Conclusion.NO_DETECTABLE_CHANGE:
        return f"Anything between {low} and {high} fits these figures."
    return f"The change could be anything between {low} and {high}."


def _doubt(impact: Impact, conclusion: Conclusion, area: str) -> str:
    most = math.ceil(round(100 * impact.measured_error[1], 6))
    often = (
        "Where nothing changed at all, this way of judging still claims a change in up to "
        f"{most} of 100 cases."
    )
    if conclusion is Conclusion.NO_DETECTABLE_CHANGE:
        return "That no change can be told does not mean that there was none."
    if impact.plan.comparison:
        return f"{often} What else was different in {area}, these figures cannot say."
    return f"{often} These figures alone cannot say why: everywhere may have changed alike."


def _by_itself(impact: Impact, at: int | tuple[int, ...]) -> str:
    back = float(impact.expected_return[at])
    if impact.picked_from is None or math.isnan(back):
        return ""
    picked = _span(impact.picked_from)
    if abs(back) < 0.005:
        return f"By chance alone a figure like that of {picked} would hardly move."
    high = "high" if back < 0 else "low"
    return (
        f"By chance alone, with nothing done, a figure as {high} as that of {picked} would be "
        f"followed by {_change(back)} on average."
    )


def _too_early(impact: Impact, area: str, things: str) -> Words:
    ready = impact.readiness
    when = (
        f"It can be told with the figures of {ready.told_from.words}."
        if ready.told_from is not None
        else "Waiting alone will not help."
    )
    return Words(
        f"It is too early to tell what became of {things} in {area} {_since(impact)}.",
        "",
        f"{ready.missing} {when}",
        "",
    )


def _since(impact: Impact) -> str:
    return f"since {impact.plan.after_from.words}"


def _span(period: Period) -> str:
    return f"the {len(period)} months {period.words}" if len(period) > 1 else period.words


def _change(change: float) -> str:
    percent = round(100 * abs(change))
    if percent == 0:
        return "no change"
    return f"a {'fall' if change < 0 else 'rise'} of {percent:,} per cent"


def _number(value: float) -> str:
    return f"{round(value):,}"
