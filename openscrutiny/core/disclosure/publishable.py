"""The one door through which figures of a restricted source reach a public page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NoReturn

import numpy as np

from openscrutiny.core.disclosure.figures import (
    MONTHS,
    Cells,
    Figure,
    Ints,
    Printed,
    Window,
    printed,
)
from openscrutiny.core.disclosure.policy import POLICY, Policy
from openscrutiny.core.disclosure.releases import Ledger, Release
from openscrutiny.core.disclosure.statements import Statement, between, nesting
from openscrutiny.core.disclosure.suppression import Suppression, suppress
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Period
from openscrutiny.core.panel import Coverage, Panel

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_GROUPS: Mapping[str, Sequence[str]] = MappingProxyType({})
_NEVER = Ledger()
_DOOR = object()


class PublishablePanel:
    """Figures that may be published, made by ``release`` alone: making one directly is refused.

    ``policy``: the rule they were released by. ``history``: the fingerprint of all releases up to
    this one. ``withheld``: the figures withheld, without a value and without the reason, for to say
    which of them are small would give them away. ``windows``: what ``panel`` can be asked for.
    """

    __slots__ = ("_panels", "history", "policy", "withheld")
    policy: Policy
    history: str
    withheld: tuple[Figure, ...]
    _panels: Mapping[Window, Panel]

    def __init__(
        self,
        door: object,
        *,
        panels: Mapping[Window, Panel],
        policy: Policy,
        history: str,
        withheld: tuple[Figure, ...],
    ) -> None:
        if door is not _DOOR:
            raise Refused(
                "A publishable panel cannot be made directly: release the counts, which withholds "
                "what must be and audits the rest."
            )
        for name, value in (
            ("_panels", MappingProxyType(dict(panels))),
            ("policy", policy),
            ("history", history),
            ("withheld", withheld),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A publishable panel is not changed: release anew (“{name}”).")

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A publishable panel is not copied or stored: keep the ledger, and release."
        )

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(self._panels)

    def panel(self, window: Window = MONTHS) -> Panel:
        """The figures of a window, areas and then groups; what is withheld is SUPPRESSED.

        Its arrays cannot be written to. ``measures.evaluate`` of it stays suppressed wherever a
        count it rests on is. Refused for a window that was not released.
        """
        if window not in self._panels:
            raise Refused(
                f"Sums over {window.width} months were not released; released were "
                f"{[w.width for w in self._panels]} months. Adding up what is shown is no release."
            )
        return self._panels[window]


@dataclass(frozen=True, eq=False)
class Made:
    """A release: what may be published, the ledger to keep, and the confidential account of it."""

    published: PublishablePanel
    ledger: Ledger
    suppression: Suppression


def release(
    counts: Panel,
    *,
    name: str,
    groups: Mapping[str, Sequence[str]] = _NO_GROUPS,
    windows: Sequence[Window] = (MONTHS,),
    period: Period | None = None,
    policy: Policy = POLICY,
    ledger: Ledger = _NEVER,
    parents: Mapping[str, str] = _NOTHING,
    covered: Sequence[str] = (),
    beside: Sequence[Statement] = (),
    revised: bool = False,
    given_away: bool = False,
) -> Made:
    """Release the counts of areas, groups of them and windows of months; small ones withheld.

    ``counts`` holds every area and month that this or an earlier release speaks of, without a
    whole: that is one of ``groups`` (label to areas). ``period`` limits what is printed to windows
    that end in it. ``parents`` and ``covered`` say how strands nest, as in ``nesting``. ``beside``
    is what else is published or known, such as rates over withheld counts. Everything the ledger
    holds is joined to it, and every sensitive figure ever touched is protected together: those of
    this release, those withheld before, and the single months and areas under every sum.

    Refused: counts that are none (see ``printed``); an earlier statement or one of ``beside`` that
    is not true of the counts, unless earlier ones were ``revised``: then those no longer true are
    set aside; a sensitive figure that earlier releases give away already, unless it is accepted as
    ``given_away``; a name that was used before.
    """
    whole = printed(counts, groups, windows)
    within = Period(counts.months[0], counts.months[-1]) if period is None else period
    cells = Cells(counts.areas, counts.strands, counts.period)
    flat = _flat(counts)
    known = _known(ledger, cells, flat, beside, revised=revised)
    already = frozenset(known)
    printable = {f: v for f, v in whole.values.items() if f.period.last in within}
    fresh = {
        f: v for f, v in printable.items() if between(f, *policy.shown_range(v)) not in already
    }
    if not printable:
        raise Refused(f"No figure ends in {within}: there is nothing to publish.")
    found = suppress(
        fresh,
        cells,
        flat,
        policy,
        known=(*known, *nesting(counts, parents, covered)),
        protect=_touched(counts, [*printable, *(f for s in known for f, _ in s.terms)], ledger),
    )
    if not given_away:
        _refuse_unprotected(found)
    after = ledger.following(Release(name, policy, (*beside, *found.shown), found.withheld))
    shown = PublishablePanel(
        _DOOR,
        panels=_panels(whole, within, frozenset(found.withheld), policy),
        policy=policy,
        history=after.history,
        withheld=found.withheld,
    )
    return Made(shown, after, found)


def _refuse_unprotected(found: Suppression) -> None:
    if found.unprotected:
        raise Refused(
            f"{len(found.unprotected)} small figures can be worked out from what was published "
            f"before, whatever is withheld now; the first is {found.unprotected[0].words}. Take "
            "the earlier figures down, and then say that these are given away."
        )


def _flat(counts: Panel) -> Ints:
    known = counts.coverage == Coverage.VALUE
    return np.where(known, counts.values, 0).astype(np.int64).ravel()


def _known(
    ledger: Ledger, cells: Cells, flat: Ints, beside: Sequence[Statement], *, revised: bool
) -> tuple[Statement, ...]:
    """What earlier releases say, and what is said beside this one."""
    true = ledger.true_of(cells, flat)
    false = len(ledger.said) - len(true)
    if false and not revised:
        raise Refused(
            f"{false} earlier statements are not true of these counts. Give the counts as they "
            "were published, or say that they were revised."
        )
    return (*true, *beside)


def _touched(counts: Panel, spoken: Iterable[Figure], ledger: Ledger) -> tuple[Figure, ...]:
    """What must be protected besides the figures of this release.

    Every figure withheld before, and every single area and month under any figure.
    """
    places = {a: i for i, a in enumerate(counts.areas)}
    under = np.zeros(counts.values.shape, np.bool_)
    before = {f for r in ledger.releases for f in r.withheld}
    for figure in {*spoken, *before}:
        low = figure.period.first - counts.months[0]
        strand = counts.strand_index(figure.strand)
        areas = [places[a] for a in figure.areas]
        under[areas, strand, low : low + len(figure.period)] = True
    under &= counts.coverage == Coverage.VALUE
    single = [
        Figure.of(counts.areas[a], counts.strands[s], counts.months[m])
        for a, s, m in np.argwhere(under)
    ]
    return (*before, *single)


def _panels(
    whole: Printed, within: Period, withheld: frozenset[Figure], policy: Policy
) -> dict[Window, Panel]:
    """The panels with what is withheld taken out, and nothing anyone could write to."""
    found = {}
    for window, panel in whole.panels.items():
        values, coverage = panel.values.copy(), panel.coverage.copy()
        for a, s, m in np.argwhere(coverage == Coverage.VALUE):
            figure = whole.figure(window, panel.areas[a], panel.strands[s], panel.months[m])
            if figure in withheld:
                values[a, s, m], coverage[a, s, m] = np.nan, Coverage.SUPPRESSED
            else:
                values[a, s, m] = policy.shown(int(values[a, s, m]))
        part = replace(panel, values=values, coverage=coverage).select(period=within)
        part.values.setflags(write=False)
        part.coverage.setflags(write=False)
        found[window] = part
    return found
