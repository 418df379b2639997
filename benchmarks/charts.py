"""Control charts and funnels of many series at once, against what their best-known tools take.

NHSRplotthedots and FunnelPlotR are packages of R that Debian does not carry, so they cannot run
beside ours. What is quoted is the processor time each took on a machine of two shared cores, one at
a time; ours is processor time too, so that others on the machine do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from openscrutiny.core import funnel, spc

SERIES, POINTS, AREAS = 15_000, 60, 32
RUNS = 7
PEER_CHART, PEER_FUNNEL = 48e-3, 4.0e-3  # seconds for one
EXACT = 300  # funnels with the exact p-value and usual range of every area


def charts() -> str:
    """Both lines, each a ratio against the stated peer; the limit of both is 1,500."""
    return f"\n{_nhs_charts()}\n{_funnels()}"


def _nhs_charts() -> str:
    counts = np.random.default_rng(1).poisson(8, (SERIES, POINTS)).astype(np.float64)
    mine = _seconds(lambda: spc.chart(counts)) / SERIES
    return _line("nhs_charts", mine, PEER_CHART, "NHSRplotthedots, stated: not in Debian")


def _funnels() -> str:
    """As FunnelPlotR does: z, phi and tau² after winsorising, limits at 95 % and 99.8 %."""
    rng = np.random.default_rng(2)
    expected = rng.uniform(5, 100, (SERIES, AREAS))
    observed = rng.poisson(expected * rng.gamma(20, 1 / 20, expected.shape)).astype(np.float64)

    def published() -> None:
        z, s = funnel.on_root_scale(observed, expected)
        reach = np.sqrt(s**2 + funnel.dispersion(z, s).tau2[:, None])
        for sigmas in (1.959964, 3.090232):
            assert np.all(1 - sigmas * reach < 1 + sigmas * reach)

    mine = _seconds(published) / SERIES
    exact = _seconds(lambda: funnel.funnel(observed[:EXACT], expected[:EXACT])) / EXACT
    return (
        f"{_line('funnels', mine, PEER_FUNNEL, 'FunnelPlotR, stated: not in Debian')}; with the "
        f"exact p-value and usual range of every area, which it does not have, {exact * 1e6:.0f} µs"
    )


def _line(name: str, mine: float, peer: float, what: str) -> str:
    return (
        f"{name}: ours {mine * 1e6:.2f} µs each, peer {peer * 1e3:.1f} ms each ({what}), "
        f"ratio {peer / mine:,.0f}; limit at least 1,500"
    )


def _seconds(work: Callable[[], object]) -> float:
    """The processor time of the median of several runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return median(taken)
