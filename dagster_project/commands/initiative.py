"""`kithwork initiative`: what one initiative changed, as a page and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.commands.options import ConfigOption
from dagster_project.commands.pages import opened, published_warehouse, rows_of, show, write_files
from dagster_project.console import fail, good

if TYPE_CHECKING:
    from assets.initiatives.report import Findings
    from assets.layout import Warehouse


def initiative(
    initiative_id: Annotated[str, typer.Argument(metavar="ID", help="Its id in the registry.")],
    config: ConfigOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the page (.md) and the picture (.svg).")] = Path(),
) -> None:
    """What an initiative changed, by every method, from the published version."""
    from assets.initiatives.picture import picture
    from assets.initiatives.report import report

    found = _findings(published_warehouse(config), initiative_id)
    page = report(found)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in initiative_id)
    files = {
        out / f"initiative_{name}.md": page.replace("\n\n", f"\n\n![{name}](initiative_{name}.svg)\n\n", 1),
        out / f"initiative_{name}.svg": picture(found),
    }
    write_files(files)
    show(page)
    good(f"initiative_{name}.md and initiative_{name}.svg in {out}")


def _findings(warehouse: Warehouse, initiative_id: str) -> Findings:
    from assets.initiatives.report import TABLES, Findings

    without = "the published version has no initiatives; name a registry under initiatives: and build"
    with opened(warehouse, "dim_initiative", without) as connection:
        known = [row["initiative_id"] for row in rows_of(connection, "from dim_initiative order by all")]
        if initiative_id not in known:
            fail(
                f"no initiative {initiative_id!r} in the registry; known: {', '.join(known) or 'none'}",
                code=2,
            )
        tables = {
            name: rows_of(
                connection, f"select * from {table} where initiative_id = ? order by all", [initiative_id]
            )
            for name, table in {"registry": "dim_initiative", **TABLES}.items()
        }
    return Findings(tables.pop("registry")[0], **tables)
