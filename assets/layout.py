"""Where everything lies inside a warehouse folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Warehouse:
    """The folder that a pipeline writes; everything in it is private to its owner."""

    root: Path

    @property
    def lake(self) -> Path:
        """Append-only Parquet: ``<table>/source=<name>/<file sha256>.parquet``."""
        return self.root / "lake"

    @property
    def ledger(self) -> Path:
        """SQLite file that knows which landing unit is in the lake."""
        return self.lake / "ledger.sqlite"

    @property
    def database(self) -> Path:
        """The working DuckDB file; one writer, never read by BI tools."""
        return self.root / "kithwork.duckdb"

    @property
    def vault(self) -> Path:
        """The only place with names and e-mail addresses (mode 700)."""
        return self.root / "vault"

    @property
    def published(self) -> Path:
        """``<version>/`` folders with group tables, and ``current`` beside them."""
        return self.root / "published"

    @property
    def restricted(self) -> Path:
        """``<version>/`` folders with person, tie and below-threshold tables."""
        return self.root / "restricted"

    @property
    def current(self) -> Path:
        """The one pointer that decides which version readers see."""
        return self.root / "current"

    @property
    def dagster_home(self) -> Path:
        """Run history; deleting it loses history, never correctness."""
        return self.root / "dagster"

    @property
    def dbt_target(self) -> Path:
        """dbt's artefacts: manifest, run results, compiled SQL, log."""
        return self.root / "dbt"

    @property
    def state(self) -> Path:
        """Small JSON files about the last build."""
        return self.root / "state"

    def create(self) -> None:
        """Make the folder, readable by its owner only, and keep what is made in it so."""
        os.umask(0o077)
        for folder in (
            self.root,
            self.lake,
            self.vault,
            self.published,
            self.restricted,
            self.dagster_home,
            self.dbt_target,
            self.state,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
