"""How dbt is called: as many models at a time as the lake suggests."""

from __future__ import annotations

from pathlib import Path

from assets.warehouse.dbt_invocation import models_at_a_time


def test_a_large_lake_has_its_models_made_one_after_the_other(tmp_path: Path) -> None:
    assert models_at_a_time(tmp_path / "not there yet") == 3
    table = tmp_path / "messages" / "source=one"
    table.mkdir(parents=True)
    for name, n_bytes in (("a.parquet", 63 * 2**20), ("b.parquet", 2**20 - 1)):
        with (table / name).open("wb") as file:
            file.truncate(n_bytes)
    assert models_at_a_time(tmp_path) == 3
    with (tmp_path / "c.parquet").open("wb") as file:
        file.truncate(1)
    (tmp_path / "ledger.sqlite").write_bytes(b"x" * 4096)  # no data of the lake
    assert models_at_a_time(tmp_path) == 1
