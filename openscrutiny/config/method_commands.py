"""Commands on the methods themselves: calibrate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openscrutiny.config.cli import DONE, REFUSED, Commands

if TYPE_CHECKING:
    from openscrutiny.core.surveillance.calibration import AlphaTable

_SEED = 2026
_SERIES = 350
_MODULE = Path(__file__).resolve().parents[1] / "core" / "surveillance" / "alphas.py"


def register(commands: Commands) -> None:
    """Add the sub-commands on methods."""
    calibrate = commands.add_parser(
        "calibrate",
        help="find out by simulation what the p-values of the seasonal rule are worth",
    )
    calibrate.add_argument(
        "--write", action="store_true", help="replace the table that the product uses"
    )
    calibrate.add_argument("--series", type=int, default=_SERIES, help=argparse.SUPPRESS)
    calibrate.set_defaults(run=run_calibrate)


def run_calibrate(given: argparse.Namespace) -> int:
    """Make the table again and print it, or write it where the product reads it."""
    from openscrutiny.core.surveillance import kernel  # noqa: PLC0415
    from openscrutiny.core.surveillance.calibration import alpha_table  # noqa: PLC0415

    if given.series < 1:
        print("Simulate one series or more of each kind.", file=sys.stderr)
        return REFUSED
    engine = "numpy" if kernel.numba is None else "compiled"
    made = alpha_table(seed=_SEED, series=given.series, version=f"{_SEED}.2", engine=engine)
    text = as_module(made)
    if given.write:
        _MODULE.write_text(text, encoding="utf-8")
        print(f"{_MODULE.name} was written: version {made.version}.")
    else:
        print(text, end="")
    return DONE


def as_module(made: AlphaTable) -> str:
    """The table as the module the product imports, three decimals of each logarithm."""
    rows = []
    for years, by_mean in zip(made.years, made.real, strict=True):
        for mean, by_phi in zip(made.means, by_mean, strict=True):
            rows.append(f"            # {years} years, {mean:g} expected\n")
            rows += [
                f"            ({', '.join(f'{x + 0.0:.3f}' for x in cell)}),\n".replace(
                    "nan", "_NONE"
                )
                for cell in by_phi
            ]
    return (
        '"""What p-values of the seasonal rule are worth: made by ``openscrutiny calibrate '
        "--write``.\n\n"
        "Do not change it by hand: ``calibration`` says what it holds and how it is made.\n"
        '"""\n\n'
        "from __future__ import annotations\n\n"
        "import numpy as np\n\n"
        "from openscrutiny.core.surveillance.calibration import AlphaTable\n\n"
        '_NONE = float("nan")  # a cell that is unfit\n'
        f"_YEARS = {made.years}\n"
        f"_MEANS = {tuple(float(m) for m in made.means)}\n"
        f"_PHIS = {tuple(float(f) for f in made.phis)}\n"
        f"_NOMINAL = {made.nominal}\n\n"
        "ALPHAS = AlphaTable(\n"
        f'    version="{made.version}",\n'
        "    years=_YEARS,\n    means=_MEANS,\n    phis=_PHIS,\n    nominal=_NOMINAL,\n"
        "    real=np.array(\n        [\n" + "".join(rows) + "        ]\n    ).reshape("
        "len(_YEARS), len(_MEANS), len(_PHIS), len(_NOMINAL)),\n"
        ")\n"
    )
