"""The pages that are made from descriptions and the registry of metrics: `make docs` writes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from assets.layout import Warehouse
from assets.publish.catalogue import published_tables
from assets.publish.dictionary import data_dictionary
from assets.publish.metrics import read_registry
from assets.publish.metrics_page import metrics_page
from assets.warehouse.dbt_invocation import DbtProject

DOCS = Path(__file__).resolve().parents[1] / "docs"


def generated_pages() -> dict[Path, str]:
    """Path to content of every generated page: the data dictionary from dbt's yml, the metrics."""
    registry = read_registry()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder))
        warehouse.create()
        tables = published_tables(DbtProject(warehouse, {}).parse())
    return {
        DOCS / "data_dictionary.md": data_dictionary(tables, registry),
        DOCS / "metrics.md": metrics_page(registry),
    }


if __name__ == "__main__":
    for page, text in generated_pages().items():
        page.write_text(text, encoding="utf-8")
