"""The lines that get real figures into a notebook, run as they stand on the page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from openscrutiny.core.surveillance import ears
from openscrutiny.warehouse.batches import open_ledger
from openscrutiny.warehouse.ingest import ImportResult
from openscrutiny.warehouse.places import Place, make_current
from tests.warehouse.published_files import BARNET, MONTHS, monthly_rows, write_csv

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebook.md"


def test_the_page_about_notebooks_reads_what_was_imported(
    bring: Callable[[Path], ImportResult], london: Place, tmp_path: Path
) -> None:
    bring(write_csv(tmp_path / "monthly.csv", monthly_rows()))
    make_current(london)
    (lines,) = re.findall(
        r"## Real figures.*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    there: dict[str, Any] = {}
    exec(compile(lines, str(PAGE), "exec"), there)  # noqa: S102  (our own page)
    panel = there["panel"]
    # In February the figures came from another system: those months are not for comparing.
    assert tuple(str(m) for m in panel.months) == MONTHS[1:]
    assert panel.strands == ("all",)
    assert there["y"].shape == (32, 1, 2)
    assert panel.values[panel.area_index(BARNET), 0].tolist() == [20, 20]
    assert there["regimes"].tolist() == [0, 0]
    assert panel.version == open_ledger(london).data_version
    # It is what a method takes: with two months there is nothing to hold a month against.
    assert np.isnan(ears(there["y"], regimes=there["regimes"]).limit).all()
