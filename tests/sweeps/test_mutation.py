"""Some mutants of two small modules; ``make deep ONLY=mutation`` draws from all of core."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from mutation import mutate


def test_changing_the_months_or_the_strands_makes_a_test_fail() -> None:
    tried = mutate(
        "openscrutiny.core.months*",
        "openscrutiny.core.taxonomy*",
        tests=("tests/core/test_months.py", "tests/core/test_taxonomy.py"),
        sample=60,
        seed=1,
    )
    assert tried.share_killed >= 0.9, tried.survivors
