"""What every detector answers, and what it makes of the series it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]

# Beyond this many events a limit is said to be out of reach.
_OUT_OF_REACH = 2.0**40


@dataclass(frozen=True)
class Detection:
    """One answer for each month, in the shape of the series; the last axis is time.

    ``statistic`` is what the method works out and ``limit`` what it is held against; ``alarm`` says
    whether it signals, and ``direction`` which way: 1 for more than expected, -1 for less, 0 for no
    alarm. Where there is no answer the numbers are NaN, the alarm is False and the direction 0.
    """

    statistic: Floats
    limit: Floats
    alarm: Bools
    direction: Whole


def directed(alarm: Bools, direction: ArrayLike = 1) -> Whole:
    """The direction of alarms, 0 where there is none."""
    return np.where(alarm, direction, 0).astype(np.int64)


def figures(values: ArrayLike, name: str = "The series") -> Floats:
    """Values as an array with a time axis. NaN stands for an unknown month; infinity is refused."""
    read = np.atleast_1d(np.asarray(values, np.float64))
    if np.isinf(read).any():
        raise Refused(f"{name} holds an infinite value. Leave NaN where a month is unknown.")
    return read


def counted(counts: ArrayLike, name: str = "The series") -> Floats:
    """Counts as an array with a time axis. A negative or infinite count is refused."""
    read = figures(counts, name)
    if (read < 0).any():
        raise Refused(f"{name} holds a negative count. Leave NaN where a month is unknown.")
    return read


def alongside(counts: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    """Counts and expected counts of one shape. An expectation of 0 says nothing: it becomes NaN."""
    y, m = counted(counts), counted(expected, "The expected counts")
    try:
        y, m = np.broadcast_arrays(y, m)
    except ValueError:
        raise Refused(
            f"Counts of shape {y.shape} and expected counts of shape {m.shape} do not belong "
            "together: give one expected count for each count."
        ) from None
    return y, np.where(m > 0, m, np.nan)


def above_zero(**named: float) -> None:
    """Refuse a setting of a method that is not a positive, finite number."""
    for name, value in named.items():
        if not (value > 0 and np.isfinite(value)):
            raise Refused(f"“{name}” must be a positive number, not {value}.")


def runs(values: Floats, regimes: ArrayLike | None) -> tuple[Bools, Bools]:
    """Which months are known, and which of them begin an unbroken run of one regime.

    ``regimes`` numbers each month's regime, -1 in a gap; None means that all months are of one.
    """
    known = ~np.isnan(values)
    begins = np.ones(known.shape, np.bool_)
    if regimes is None:
        begins[..., 1:] = ~known[..., :-1]
    else:
        numbered = np.broadcast_to(np.asarray(regimes, np.int64), known.shape)
        known = known & (numbered >= 0)
        changed = numbered[..., 1:] != numbered[..., :-1]
        begins[..., 1:] = changed | ~known[..., :-1]
    return known, begins & known


def run_lengths(values: Floats, regimes: ArrayLike | None) -> Whole:
    """How many months of its run have passed, this one included; 0 where it is unknown."""
    known, begins = runs(values, regimes)
    index = np.arange(values.shape[-1])
    began = np.maximum.accumulate(np.where(begins, index, 0), axis=-1)
    return np.asarray(np.where(known, index - began + 1, 0), np.int64)


def accumulate(steps: Floats, begins: Bools, *, restart_above: float | Floats = np.inf) -> Floats:
    """S = max(0, S + step), from 0 where a run begins; NaN (a month without a step) stays NaN.

    Where S has passed ``restart_above`` it begins again from 0 in the next month.
    """
    out = np.full(steps.shape, np.nan)
    before = np.zeros(steps.shape[:-1])
    for t in range(steps.shape[-1]):
        before = np.where(begins[..., t] | (before > restart_above), 0.0, before)
        out[..., t] = before = np.maximum(0.0, before + steps[..., t])
    return out


def first_count(holds: Callable[[Floats], Bools], shape: tuple[int, ...]) -> Floats:
    """The smallest whole number from which ``holds`` is true, elsewhere NaN: out of reach.

    ``holds`` takes an array of numbers, is false up to some number and true from it on.
    """
    low, high = np.zeros(shape), np.ones(shape)
    while np.any(short := ~holds(high) & (high < _OUT_OF_REACH)):
        low, high = np.where(short, high + 1, low), np.where(short, high * 2, high)
    reached = holds(high)
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        yes = holds(middle)
        low, high = np.where(yes, low, np.minimum(middle + 1, high)), np.where(yes, middle, high)
    return np.where(reached, high, np.nan)
