"""Twenty invented cities, through the real import and the real findings.

With stories: how often each is found, or deliberately not, as the answer key says. Without: whether
the number of findings lies in the 95 % range of the number declared as chance for that city. Too
long for every run (about a quarter of an hour on two cores); run it with

    python -m tests.demonstration.deep_twenty_seeds [--seeds 20] [--datasets 200]

Exit code 1 when more cities lie outside the range, or more stories go wrong, than chance allows.
"""

# ruff: noqa: T201  (a report for a terminal)
from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from scipy import stats

from openscrutiny.core.findings import find
from openscrutiny.core.nulls import chance
from openscrutiny.demonstration.answers import check
from openscrutiny.demonstration.stories import every_story
from openscrutiny.warehouse import definitions
from tests.demonstration.cities import built_city

# A city lies outside a 95 % range one time in twenty; more often than this is no accident.
_TOO_RARE = 0.01


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--datasets", type=int, default=200)
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    outside = sum(not _inside(seed, given.datasets, given.processes) for seed in range(given.seeds))
    chance_of_so_many = stats.binom.sf(outside - 1, given.seeds, 0.05)
    print(f"{outside} of {given.seeds} cities outside (chance of so many: {chance_of_so_many:.3f})")
    wrong = _wrong_stories(given.seeds)
    for story, times in wrong.most_common():
        print(f"{story}: not as the answer key says in {times} of {given.seeds} cities")
    mostly_right = all(times <= given.seeds // 5 for times in wrong.values())
    return 0 if chance_of_so_many > _TOO_RARE and mostly_right else 1


def _inside(seed: int, datasets: int, processes: int) -> bool:
    measures, taxonomy = tuple(definitions.measures().values()), definitions.taxonomy()
    with tempfile.TemporaryDirectory() as home:
        place, counts = built_city(Path(home), seed=seed, stories=False)
    found = find(measures, counts, whole=place.areas.id, taxonomy=taxonomy)
    expected = chance(
        measures,
        counts,
        whole=place.areas.id,
        taxonomy=taxonomy,
        datasets=datasets,
        seed=seed,
        processes=processes,
    )
    number = len(found.findings)
    inside = expected.low <= number <= expected.high
    print(
        f"seed {seed}: {number} findings, {expected.expected:.0f} expected by chance "
        f"({expected.low:.0f} to {expected.high:.0f}){'' if inside else '  OUTSIDE'}",
        flush=True,
    )
    return inside


def _wrong_stories(seeds: int) -> Counter[str]:
    measures, taxonomy = tuple(definitions.measures().values()), definitions.taxonomy()
    wrong: Counter[str] = Counter()
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as home:
            place, counts = built_city(Path(home), seed=seed, stories=True)
        found = find(measures, counts, whole=place.areas.id, taxonomy=taxonomy)
        for result in check(every_story(), found.findings):
            if not result.as_expected:
                wrong[result.story.id] += 1
                print(f"seed {seed}: {result.sentence}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
