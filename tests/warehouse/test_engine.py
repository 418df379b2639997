"""One engine for several files: nothing of one file reaches the next."""

from __future__ import annotations

import pytest

from openscrutiny.warehouse.engine import Engine, EngineError

LARGE = "CREATE TEMP TABLE large AS SELECT range AS n, md5(CAST(range AS VARCHAR)) AS text FROM "


def test_a_session_does_not_see_the_tables_of_the_one_before():
    with Engine() as engine:
        with engine.session() as first:
            first.run("CREATE TEMP TABLE staged AS SELECT 1 AS figure")
        with engine.session() as second, pytest.raises(EngineError, match="staged"):
            second.rows("SELECT figure FROM staged")


@pytest.mark.parametrize("rows", [1, 1_000_000])
def test_a_session_does_not_spill_to_the_folder_of_the_one_before(tmp_path, rows):
    """Neither after a file that fitted into memory nor after one that did not."""
    folder = tmp_path / "of the first"
    folder.mkdir()
    where = "SELECT current_setting('temp_directory')"
    with Engine() as engine:
        with engine.session() as first:
            first.run("SET memory_limit = '20MB'")
            first.spill_to(folder)
            first.run(f"{LARGE} range({rows})")
            assert any(folder.iterdir()) == (rows > 1)
        with engine.session() as second:
            assert second.rows(where) == [("",)]
            second.spill_to(tmp_path)
            assert second.rows(where) == [(str(tmp_path),)]
