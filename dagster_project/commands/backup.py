"""`kithwork backup`, `restore` and `migrate`: the warehouse folder as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.commands.writing import existing_warehouse, locked, told
from dagster_project.console import good, note, warn


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, e.g. kithwork-backup.tar.gz.")],
    config: ConfigOption = None,
    run_history: Annotated[
        bool, typer.Option("--run-history/--no-run-history", help="Keep Dagster's run history, too.")
    ] = True,
) -> None:
    """Write the whole warehouse, vault included, to one private file."""
    from assets.publish.backup import back_up

    settings = checked_settings(config)
    warehouse = existing_warehouse(settings)
    target = file.expanduser().absolute()
    with told(), locked(warehouse.root, "kithwork backup"):
        n_files = back_up(warehouse.root, target, include_runs=run_history)
    good(f"{target}: {n_files:,} files, {_size(target.stat().st_size)}, mode 600")
    warn("it holds the vault: names and addresses. Keep it as private as the warehouse")
    key_file = settings.path(settings.privacy.key_file)
    if settings.privacy.key is None and key_file.is_relative_to(warehouse.root.resolve()):
        warn(f"the key lies inside the warehouse, so the backup holds it, too; move it out: {key_file}")
    else:
        note("The key is not in it: keep a copy of the key in another safe place")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `kithwork backup` wrote.")],
    config: ConfigOption = None,
) -> None:
    """Bring a backup back into the settings' warehouse folder, which must be absent or empty."""
    from assets.publish import backup as backups
    from assets.publish.version import current_version

    root = checked_settings(config).warehouse_path
    with told():
        n_files = backups.restore(file.expanduser().absolute(), root)
    current = current_version(root)
    good(f"{root}: {n_files:,} files restored, current version {current or 'none'}")
    note("Next: kithwork doctor, which compares the key; then kithwork build")


def migrate(config: ConfigOption = None) -> None:
    """Upgrade an older warehouse folder to today's format, or say why that cannot be."""
    from assets.publish import migrate as formats

    warehouse = existing_warehouse(checked_settings(config))
    with told(), locked(warehouse.root, "kithwork migrate"):
        passed = formats.migrate(warehouse.root)
    if passed:
        good(f"{warehouse.root}: upgraded to format {passed[-1]}")
        note("Next: kithwork build")
    else:
        good(f"{warehouse.root}: has today's format {formats.FORMAT} already, nothing to do")


def _size(n_bytes: int) -> str:
    size = float(n_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
