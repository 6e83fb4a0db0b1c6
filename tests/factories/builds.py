"""The real command in a process of its own, and what a warehouse holds afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from assets.layout import Warehouse

COMMAND = Path(sys.executable).parent / "kithwork"
PATIENCE = 900
"""Seconds after which a build counts as hanging; it takes one to two minutes on a busy machine."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what its user saw."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def said(self) -> str:
        """Both streams, for messages of failed assertions."""
        return f"exit code {self.code}\n{self.out}\n{self.err}"


def kithwork(*words: str | Path, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run ``kithwork`` with these words and wait for its end."""
    started = time.monotonic()
    done = subprocess.run(
        [COMMAND, *map(str, words)],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - started)


def build(settings: Path, **environment: str) -> Outcome:
    """``kithwork build`` with these settings."""
    return kithwork("build", "--config", settings, environment=environment)


def begin_build(settings: Path, **environment: str) -> subprocess.Popen[str]:
    """``kithwork build`` in a process group of its own; output goes to ``build.log`` beside the settings."""
    with (settings.parent / "build.log").open("w") as log:
        return subprocess.Popen(
            [COMMAND, "build", "--config", str(settings)],
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def kill_when(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> bool:
    """Kill -9 the whole group at the moment ``is_time`` holds; False if the process ended before."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if is_time():
            kill(process)
            return True
        time.sleep(0.002)
    kill(process)
    return False


@contextmanager
def standing_still(group: int) -> Iterator[None]:
    """A process group that makes no progress meanwhile; what it has open stays open."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill -9 the whole group; harmless after its end."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def warehouse_of(settings: Path) -> Warehouse:
    """The warehouse folder beside the settings."""
    return Warehouse(settings.parent / "warehouse")


def change(settings: Path, **values: Any) -> None:
    """Set top-level keys of a settings file; None removes one."""
    content = yaml.safe_load(settings.read_text(encoding="utf-8"))
    content.update(values)
    kept = {key: value for key, value in content.items() if value is not None}
    settings.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def lake_rows(settings: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a contract table of the lake."""
    files = warehouse_of(settings).lake / table / "**" / "*.parquet"
    return _asked(
        None,
        f"select {columns} from read_parquet('{files}', union_by_name = true, hive_partitioning = false)",
    )


def working_rows(settings: Path, query: str) -> list[tuple[Any, ...]]:
    """What the working file answers; nobody may be writing it."""
    return _asked(warehouse_of(settings).database, query)


def published_rows(settings: Path, query: str, side: str = "published") -> list[tuple[Any, ...]]:
    """What the current version answers a BI tool."""
    name = "kithwork.duckdb" if side == "published" else "kithwork_restricted.duckdb"
    return _asked(warehouse_of(settings).root / side / "current" / name, query)


def manifest(settings: Path, side: str = "published") -> dict[str, Any]:
    """The manifest of the current version."""
    path = warehouse_of(settings).root / side / "current" / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def contents(settings: Path) -> dict[str, str]:
    """Table of either side to the hash of its values, whatever the order of its rows."""
    return {
        f"{side}/{name}": entry["content"]
        for side in ("published", "restricted")
        for name, entry in manifest(settings, side)["tables"].items()
    }


def seconds_of_stage(log: str, stage: str) -> float:
    """How long a stage took, by the line that the terminal showed."""
    found = re.search(rf"^\s+{re.escape(stage)}\s.*?([\d.]+) s$", log, re.MULTILINE)
    assert found, f"no stage {stage} in:\n{log}"
    return float(found.group(1))


def _asked(database: Path | None, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(
        str(database) if database else ":memory:", read_only=database is not None
    ) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()
