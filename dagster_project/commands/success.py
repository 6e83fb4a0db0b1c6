"""`kithwork success`: what success metrics go with, and how they moved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail, good


def success(
    config: ConfigOption = None,
    out: Annotated[Path | None, typer.Option(help="Also write the page to this file.")] = None,
) -> None:
    """What success metrics go with, from the published version."""
    from rich.markdown import Markdown

    from assets.layout import Warehouse
    from assets.publish.version import current_version, versions
    from assets.success.report import report

    warehouse = Warehouse(checked_settings(config).warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    found = _rows(warehouse.published / "current" / "kithwork.duckdb")
    if found is None:
        fail("the published version knows no success metrics; name them under success_metrics: and build")
    known = sorted(versions(warehouse.root), key=lambda version: version.sequence)
    earlier = [v.id for v in known if v.sequence < next(v.sequence for v in known if v.is_current)]
    before = _rows(warehouse.published / earlier[-1] / "kithwork.duckdb") if earlier else None
    page = report(*found, before=before[1] if before else None)
    console.print(Markdown(page))
    if out is not None:
        try:
            out.write_text(page, encoding="utf-8")
        except OSError as error:
            fail(f"{out}: cannot write there ({error.strerror}); name another file with --out")
        good(str(out))


def _rows(database: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
    """Associations and months of a version; None where it knows neither."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        if "fct_success_association" not in tables:
            return None

        def rows(query: str) -> list[dict[str, Any]]:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return (
            rows("select * from fct_success_association order by all"),
            rows("select * from fct_success_org_month order by all"),
        )
