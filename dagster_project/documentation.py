"""The pages that are made from the models' own descriptions: `make docs` writes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from assets.layout import Warehouse
from assets.publish.catalogue import published_tables
from assets.publish.dictionary import data_dictionary
from assets.warehouse.dbt_invocation import DbtProject

PAGE = Path(__file__).resolve().parents[1] / "docs" / "data_dictionary.md"


def generated_dictionary() -> str:
    """The data dictionary of all published and restricted tables, from dbt's yml."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder))
        warehouse.create()
        return data_dictionary(published_tables(DbtProject(warehouse, {}).parse()))


if __name__ == "__main__":
    PAGE.write_text(generated_dictionary(), encoding="utf-8")
