"""What the commands that show a page share: the published version, its rows, the page and its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.commands.options import checked_settings
from dagster_project.console import console, fail, good

if TYPE_CHECKING:
    import duckdb

    from assets.layout import Warehouse

Row = dict[str, Any]


def published_warehouse(config: Path | None) -> Warehouse:
    """The warehouse that the settings name; the command ends where nothing is published yet."""
    from assets.layout import Warehouse
    from assets.publish.version import current_version

    warehouse = Warehouse(checked_settings(config).warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    return warehouse


@contextmanager
def opened(warehouse: Warehouse, table: str, without: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The current version's file; the command ends with ``without`` where it has no such table."""
    with opened_version(warehouse, "current") as connection:
        if not has_table(connection, table):
            fail(without)
        yield connection


@contextmanager
def opened_version(warehouse: Warehouse, version: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file of one version, by its id or ``current``, read-only."""
    import duckdb

    file = warehouse.published / version / "kithwork.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the version knows the table."""
    return table in {row[0] for row in connection.execute("show tables").fetchall()}


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()
) -> list[Row]:
    """The rows of a query, by column name."""
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def show(page: str) -> None:
    """A page in Markdown on the terminal."""
    from rich.markdown import Markdown

    console.print(Markdown(page))


def write_page(folder: Path, name: str, page: str) -> None:
    """Write a command's page to ``folder/name`` and say so; the command ends where ``--out`` names a file."""
    if folder.is_file() or folder.suffix == ".md":
        fail(f"{folder}: --out names a folder; the page is written to {name} in it")
    write_files({folder / name: page})
    good(f"{name} in {folder}")


def write_files(files: Mapping[Path, str]) -> None:
    """Write texts to files, making their folders, which ``--out`` names."""
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            fail(f"{path.parent}: cannot write there ({error.strerror}); name another folder with --out")
