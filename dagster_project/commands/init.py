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
    """Write a commented kithwork.yaml and make a key."""
    from assets.identity import key

    folder.mkdir(parents=True, exist_ok=True)
    settings_path = folder / "kithwork.yaml"
    key_path = folder / "kithwork.key"
    if settings_path.exists():
        fail(f"{settings_path} exists already; move it away to start afresh")
    template = files("dagster_project") / "templates" / "kithwork.yaml"
    settings_path.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    good(f"{settings_path}: read the comments, then name your landing folders")
    if key_path.exists():
        note(f"{key_path}: kept")
    else:
        key.make_key(key_path)
        good(f"{key_path}: the key of all pseudonyms, mode 600; keep a copy in a safe place")
    ignore = folder / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    missing = [line for line in ("kithwork.key", "warehouse/", "landing/") if line not in lines]
    if missing:
        ignore.write_text("\n".join([*lines, *missing]) + "\n", encoding="utf-8")
    note("Next: kithwork doctor, then kithwork build")
