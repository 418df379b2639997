"""Takes away each guard against a trap of the published files and demands that a test notices.

Run by ``make deep ONLY=guards``. A guard is definition data or a line of code; where its text is no
longer found, the check fails, so that this list stays true.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MONTHLY = "definitions/sources/mps-hate-monthly.yaml"
WIDE = "definitions/sources/mps-hate-wide.yaml"
CENSUS = "definitions/sources/london-census-2021.yaml"
ESTIMATE = "definitions/sources/london-mid-2020.yaml"
WAREHOUSE = "openscrutiny/warehouse/"
LEFT_OUT = shutil.ignore_patterns(".venv", "node_modules", "var", "build", ".git", ".hypothesis")
TRAPS = (
    "tests/warehouse/test_traps_of_the_monthly_file.py",
    "tests/warehouse/test_traps_of_the_wide_and_population_files.py",
    "tests/core/test_taxonomy.py",
    "tests/core/test_measures.py",
    "tests/core/test_panel.py",
    "tests/core/test_population.py",
)
BAD_INPUT = ("tests/warehouse/test_bad_input.py",)


@dataclass(frozen=True)
class Guard:
    """What it guards against, where it stands, and what its absence looks like."""

    against: str
    file: str
    text: str
    without: str = ""
    noticed_by: tuple[str, ...] = TRAPS


GUARDS = (
    Guard("1 strands added up", "openscrutiny/core/taxonomy.py", "len(named) < 2", "True"),
    Guard("1 a strand taken for the total", MONTHLY, "Hate crime: all", "Hate crime: race"),
    Guard("2 no break declared", MONTHLY, 'month: "2024-03"', 'month: "2034-03"'),
    Guard("2 breaks ignored", "openscrutiny/core/panel.py", "or month in starts)", ")"),
    Guard("3 zeros left out", MONTHLY, "sparse: true", "sparse: false"),
    Guard(
        "3 unpublished months as zero",
        WAREHOUSE + "queries.py",
        "np.unique(month[real])",
        "np.arange(shape[2])",
    ),
    Guard(
        "3 absent areas as zero",
        WAREHOUSE + "queries.py",
        "np.ix_(each.areas_present,",
        "np.ix_(np.arange(shape[0]),",
    ),
    Guard("3 a rejected row as zero", WAREHOUSE + "queries.py", "_withhold_zeros(each, month"),
    Guard("4 wards as boroughs", MONTHLY, "Neighbourhood Teams: ward", "Neighbourhood Teams: area"),
    Guard(
        "5 rows outside any borough", MONTHLY, "  - {label: Unknown, reason: no borough was known}"
    ),
    Guard(
        "6 outcomes without offences unsaid",
        WAREHOUSE + "quality.py",
        "checks.append(_outcomes_without_offences(engine))",
        "pass",
    ),
    Guard(
        "6 binomial methods for the ratio",
        "openscrutiny/core/measures.py",
        "if self.kind is Kind.RATIO:",
        "if False:",
    ),
    Guard(
        "7 incomplete years unsaid",
        WAREHOUSE + "quality.py",
        "            _financial_years(by_month),",
    ),
    Guard("8 repeats unsaid", WAREHOUSE + "quality.py", "checks.append(_combined(engine))", "pass"),
    Guard("8 the misspelt crime type", MONTHLY, "    Miscalleneous: not", "    Miscellany: not"),
    Guard("9 labels of one file for the other's", MONTHLY, "  AntiSemitic: antisemitic"),
    Guard("wide: domestic abuse as hate crime", WIDE, "    Domestic Abuse: dom", "    DA: dom"),
    Guard("wide: airports as a borough", WIDE, "{label: Aviation Sec", "{label: X Aviation Sec"),
    Guard("wide: a dense file as sparse", WIDE, "sparse: false", "sparse: true"),
    Guard(
        "wide: no break at the seam",
        WAREHOUSE + "queries.py",
        "if each.source.starts_with and first < start:",
        "if False:",
    ),
    Guard("wide: the gap undeclared", MONTHLY, '{first: "2021-06"', '{first: "2031-06"'),
    Guard("wide: the older source speaks", MONTHLY, "precedence: 2", "precedence: 0"),
    Guard("census: every topic counted", CENSUS, "keep: {topic: religion (all usual residents)}"),
    Guard("census: the City as a borough", CENSUS, "{label: City of London", "{label: City"),
    Guard(
        "census: no straight line",
        "openscrutiny/core/population.py",
        "weight = (",
        "weight = 0 * (",
    ),
    Guard("estimate as the census", ESTIMATE, "residents_mid_year", "residents"),
    Guard("future months", WAREHOUSE + "facts.py", "month > last", "False", BAD_INPUT),
    Guard("zero bytes", WAREHOUSE + "received.py", 'if b"\\0" in chunk:', "if False:", BAD_INPUT),
    Guard("size", WAREHOUSE + "received.py", "if size > megabytes", "if 0 > megabytes", BAD_INPUT),
    Guard("formulas unescaped", WAREHOUSE + "facts.py", '"\'" + cell if', "cell if", BAD_INPUT),
    Guard(
        "wards that do not add up",
        WAREHOUSE + "gates.py",
        "    _refuse_wards_that_do_not_add_up(engine, source, file_name)\n",
        "",
        BAD_INPUT,
    ),
    Guard(
        "a month twice",
        WAREHOUSE + "gates.py",
        "    _refuse_repeats(engine, source, file_name)\n",
        "",
        BAD_INPUT,
    ),
)


def noticed(guard: Guard, folder: Path) -> str | None:
    """The first test that fails without the guard, in a copy of the checkout; None if none does."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    path = copy / guard.file
    text = path.read_text(encoding="utf-8")
    if guard.text not in text:
        raise LookupError(f"{guard.against}: “{guard.text}” is no longer in {guard.file}.")
    # A line of definitions goes as a whole; what is left of it would not be a definition.
    line = re.escape(guard.text) + (r"[^\n]*" if not guard.without else "")
    path.write_text(re.sub(line, lambda _: guard.without, text, count=1), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *guard.noticed_by],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.search(r"^(?:FAILED|ERROR) \S+?::(\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else None


def main() -> int:
    """Try every guard, say which test noticed, and return 1 when one was not missed."""
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        for guard in GUARDS:
            test = noticed(guard, Path(folder))
            unnoticed += test is None
            print(f"{guard.against}: {f'noticed by {test}' if test else 'NOT NOTICED'}", flush=True)
    print(f"guards: {len(GUARDS) - unnoticed} of {len(GUARDS)} noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
