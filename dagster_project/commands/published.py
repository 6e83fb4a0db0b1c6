"""`kithwork published`: the versions that readers can see, and why their numbers differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assets.publish import version as versions
from assets.publish.version import VersionError
from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import fail, good, note

app = typer.Typer(no_args_is_help=True, help="List published versions, go back to one, compare two.")


@app.command("list")
def list_versions(config: ConfigOption = None) -> None:
    """All versions that are kept, the current one marked."""
    root = _warehouse(config)
    try:
        known = versions.versions(root)
    except VersionError as error:
        fail(str(error))
    if not known:
        note("nothing is published yet; `kithwork build` publishes the first version")
        return
    for version in known:
        manifest = version.manifest
        checks, tables = manifest["checks"], manifest["tables"]
        parts = [
            f"{'→' if version.is_current else ' '} {version.id}",
            f"code {manifest['code_version']}",
            f"{len(tables)} tables, {sum(entry['rows'] for entry in tables.values()):,} rows",
            f"{sum(check['status'] == 'warned' for check in checks)} warnings",
        ]
        changed = [check["id"] for check in checks if check["override_reason"]]
        note("  ".join(parts) + (f"  changed limits: {', '.join(changed)}" if changed else ""))
    note(f"read {root / 'published' / 'current'}")


@app.command("rollback")
def rollback(
    version: Annotated[str | None, typer.Argument(help="The version; else the one before.")] = None,
    config: ConfigOption = None,
) -> None:
    """Let readers see an earlier version again; nothing is deleted."""
    try:
        before, after = versions.rollback(_warehouse(config), version)
    except VersionError as error:
        fail(str(error))
    good(f"current version: {after} (was {before})")
    note("the next build publishes a new version from today's inputs")


@app.command("diff")
def diff_versions(
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier version.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The later version.")],
    config: ConfigOption = None,
) -> None:
    """Which published numbers moved from A to B, and what moved them."""
    from assets.publish.diff import diff

    try:
        found = diff(_warehouse(config), before, after)
    except VersionError as error:
        fail(str(error))
    for line in found.lines():
        note(line)


def _warehouse(config: Path | None) -> Path:
    return checked_settings(config).warehouse_path
