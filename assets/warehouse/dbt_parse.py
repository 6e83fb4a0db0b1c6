"""Parsing the dbt project: always from the same circumstances, so that one parse serves every warehouse.

dbt rejects an earlier parse when variables or the connection differ. Here neither does: only
variables that depart from ``dbt_project.yml`` are passed, and the connection named while parsing
is a constant that nobody opens (the lake is reached through views, see ``lake_views``). A parse
made at set-up is therefore right for a new warehouse; dbt compares every file's checksum itself
and parses again what has changed since.

    python -m assets.warehouse.dbt_parse      # keeps a parse in the environment
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT: Final = Path(__file__).resolve().parents[2] / "dbt"
KEPT: Final = Path(sys.prefix) / "share" / "kithwork" / "partial_parse.msgpack"
"""Where set-up keeps a parse; a missing or outdated one costs seconds and nothing else."""

_CONNECTION: Final = {
    "KITHWORK_DATABASE": "kithwork.duckdb",
    "KITHWORK_MEMORY": "4GB",
    "KITHWORK_THREADS": "2",
}


class DbtError(Exception):
    """dbt could not run or a model failed; the message names each failure."""


def arguments(target: Path, variables: Mapping[str, Any]) -> list[str]:
    """The options of every dbt command: where the project and its output lie, no telemetry, calm."""
    return [
        "--project-dir", str(PROJECT),
        "--profiles-dir", str(PROJECT),
        "--target-path", str(target),
        "--log-path", str(target),
        "--vars", json.dumps(_departures(variables), sort_keys=True),
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        *(["--log-level", "info"] if is_verbose() else ["--quiet", "--log-level", "none"]),
    ]  # fmt: skip


def is_verbose() -> bool:
    """Whether dbt should write what it does to the terminal (``KITHWORK_VERBOSE``)."""
    return os.environ.get("KITHWORK_VERBOSE") == "1"


def parse(target: Path, variables: Mapping[str, Any]) -> Manifest:
    """Parse into ``target``, from the kept parse if the folder has none. Raises ``DbtError``."""
    from dbt.cli.main import dbtRunner

    earlier = target / KEPT.name
    if KEPT.exists() and not earlier.exists():
        shutil.copyfile(KEPT, earlier)
    os.environ.update(_CONNECTION)
    outcome = dbtRunner().invoke(["parse", "--no-write-json", *arguments(target, variables)])
    if not outcome.success:
        raise DbtError(f"the dbt project does not parse: {outcome.exception or outcome.result}")
    return cast("Manifest", outcome.result)


def keep_parse() -> None:
    """Parse with the default variables and keep the result in the environment."""
    with tempfile.TemporaryDirectory() as folder:
        parse(Path(folder), {})
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        partial = KEPT.with_suffix(".partial")
        shutil.copyfile(Path(folder) / KEPT.name, partial)
        partial.replace(KEPT)


def _departures(variables: Mapping[str, Any]) -> dict[str, Any]:
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return {name: value for name, value in variables.items() if defaults.get(name) != value}


if __name__ == "__main__":
    keep_parse()
