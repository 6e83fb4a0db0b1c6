"""`kithwork init`: a commented settings file and a key to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.console import fail, good, note


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write kithwork.yaml.")] = Path(),
) -> None:
    """Write a commented kithwork.yaml and make a key; settings that exist get only their key."""
    from assets.identity import key

    folder.mkdir(parents=True, exist_ok=True)
    settings_path = folder / "kithwork.yaml"
    if settings_path.exists():
        key_path = _missing_key(settings_path)
        note(f"{settings_path}: kept")
    else:
        key_path = folder / "kithwork.key"
        template = files("dagster_project") / "templates" / "kithwork.yaml"
        settings_path.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
        good(f"{settings_path}: read the comments, then name your landing folders")
    if key_path.exists():
        note(f"{key_path}: kept")
    else:
        key.make_key(key_path)
        good(f"{key_path}: the key of all pseudonyms, mode 600; keep a copy in a safe place")
    _ignore_private_files(folder)
    option = "" if folder.resolve() == Path.cwd() else f" --config {settings_path}"
    note(f"Next: kithwork doctor{option}, then kithwork build{option}")


def _missing_key(settings_path: Path) -> Path:
    """Where the settings expect a key that is not there; ends the command if nothing is missing."""
    from assets.identity import vault
    from assets.layout import Warehouse
    from dagster_project.commands.options import checked_settings

    settings = checked_settings(settings_path)
    key_path = settings.path(settings.privacy.key_file)
    if settings.privacy.key or key_path.exists():
        fail(f"{settings_path} exists already and has its key; move it away to start afresh")
    if vault.exists(Warehouse(settings.warehouse_path).vault):
        fail(
            f"{key_path}: the key of this warehouse is missing and a new one would not fit it; restore "
            "it, or go on under another one with `kithwork key rekey`"
        )
    return key_path


def _ignore_private_files(folder: Path) -> None:
    ignore = folder / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    missing = [line for line in ("kithwork.key", "warehouse/", "landing/") if line not in lines]
    if missing:
        ignore.write_text("\n".join([*lines, *missing]) + "\n", encoding="utf-8")
