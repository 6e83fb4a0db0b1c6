"""`kithwork initiative`: what one initiative changed, as a page and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail, good


def initiative(
    initiative_id: Annotated[str, typer.Argument(metavar="ID", help="Its id in the registry.")],
    config: ConfigOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the page (.md) and the picture (.svg).")] = Path(),
) -> None:
    """What an initiative changed, by every method, from the published version."""
    from assets.initiatives.picture import picture
    from assets.initiatives.report import report
    from assets.layout import Warehouse
    from assets.publish.version import current_version

    warehouse = Warehouse(checked_settings(config).warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    found = _findings(warehouse.published / "current" / "kithwork.duckdb", initiative_id)
    page = report(found)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in initiative_id)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"initiative_{name}.md").write_text(
            page.replace("\n\n", f"\n\n![{name}](initiative_{name}.svg)\n\n", 1), encoding="utf-8"
        )
        (out / f"initiative_{name}.svg").write_text(picture(found), encoding="utf-8")
    except OSError as error:
        fail(f"{out}: cannot write there ({error.strerror}); name another folder with --out")
    from rich.markdown import Markdown

    console.print(Markdown(page))
    good(f"initiative_{name}.md and initiative_{name}.svg in {out}")


def _findings(database: Path, initiative_id: str) -> Any:
    import duckdb

    from assets.initiatives.report import TABLES, Findings

    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        if "dim_initiative" not in tables:
            fail("the published version has no initiatives; name a registry under initiatives: and build")
        known = [row[0] for row in _rows(connection, "select initiative_id from dim_initiative order by all")]
        if initiative_id not in known:
            fail(
                f"no initiative {initiative_id!r} in the registry; known: {', '.join(known) or 'none'}",
                code=2,
            )

        def rows(table: str) -> list[dict[str, Any]]:
            cursor = connection.execute(
                f"select * from {table} where initiative_id = ? order by all", [initiative_id]
            )
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return Findings(rows("dim_initiative")[0], **{name: rows(table) for name, table in TABLES.items()})


def _rows(connection: Any, query: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(query).fetchall())
