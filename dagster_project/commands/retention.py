"""`kithwork retention`: the retention cards, readable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail, good


def retention(
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page (retention.md); none without it.")
    ] = None,
) -> None:
    """Whether engaged people leave less often, by every method, from the published version."""
    from rich.markdown import Markdown

    from assets.layout import Warehouse
    from assets.publish.version import current_version
    from assets.retention.report import report

    warehouse = Warehouse(checked_settings(config).warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    page = report(*_rows(warehouse.published / "current" / "kithwork.duckdb"))
    console.print(Markdown(page))
    if out is None:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "retention.md").write_text(page, encoding="utf-8")
    except OSError as error:
        fail(f"{out}: cannot write there ({error.strerror}); name another folder with --out")
    good(f"retention.md in {out}")


def _rows(database: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        if "fct_retention_card" not in tables:
            fail(
                "the published version has no retention cards; build with an HR feed of the purpose retention"
            )

        def rows(table: str) -> list[dict[str, Any]]:
            cursor = connection.execute(f"select * from {table} order by all")
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return rows("fct_retention_card"), rows("fct_retention_estimate")
