"""`kithwork success`: what success metrics go with, and how they moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption
from dagster_project.commands.pages import (
    has_table,
    opened,
    opened_version,
    published_warehouse,
    rows_of,
    show,
    write_page,
)

if TYPE_CHECKING:
    from assets.layout import Warehouse

MONTHS_SQL = "select * from fct_success_org_month order by all"


def success(
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page (success.md); none without it.")
    ] = None,
) -> None:
    """What success metrics go with, from the published version."""
    from assets.success.report import report

    warehouse = published_warehouse(config)
    without = "the published version knows no success metrics; name them under success_metrics: and build"
    with opened(warehouse, "fct_success_association", without) as connection:
        associations = rows_of(connection, "select * from fct_success_association order by all")
        months = rows_of(connection, MONTHS_SQL)
    page = report(associations, months, before=_months_before(warehouse))
    show(page)
    if out is not None:
        write_page(out, "success.md", page)


def _months_before(warehouse: Warehouse) -> list[dict[str, Any]] | None:
    """Months of the version before the current one; None where there is none that has them."""
    from assets.publish.version import versions

    known = sorted(versions(warehouse.root), key=lambda version: version.sequence)
    earlier = [v.id for v in known if v.sequence < next(v.sequence for v in known if v.is_current)]
    if not earlier:
        return None
    with opened_version(warehouse, earlier[-1]) as connection:
        if not has_table(connection, "fct_success_association"):
            return None
        return rows_of(connection, MONTHS_SQL)
