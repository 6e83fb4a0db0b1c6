"""dbt inside this process: parsed once, then one invocation per stage.

A subprocess per stage would import and parse again each time (17 s against 0.5 s, measured on
a two-model project). The terminal stays calm unless ``dbt_parse.is_verbose``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from assets.warehouse.connection import connected
from assets.warehouse.dbt_parse import DbtError, arguments, parse
from assets.warehouse.lake_views import write_lake_views

if TYPE_CHECKING:
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

    from assets.layout import Warehouse

_parsed: dict[str, tuple[Manifest, dict[str, Any]]] = {}
"""Manifests of this process, as dbt and as Dagster reads them, by warehouse and variables: parsing costs
seconds, a build needs one."""

_LARGE_LAKE: Final = 64 * 2**20
"""Bytes of a lake, some 1.5 million events, whose models take their time in the engine, not in planning."""


def models_at_a_time(lake: Path) -> int:
    """How many models run side by side on what ``lake`` holds: 3 on a small one, 1 on a large one.

    Planning a small model is not parallel, so others run meanwhile. A large query uses every
    thread; side by side such queries take more memory and no less time (docs/performance.md).
    """
    n_bytes = sum(file.stat().st_size for file in lake.rglob("*.parquet"))
    return 1 if n_bytes >= _LARGE_LAKE else 3


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test."""

    unique_id: str
    name: str
    resource_type: str  # model, test
    status: str  # success, pass, warn, fail, error, skipped
    seconds: float
    failures: int | None
    message: str | None

    @property
    def is_broken(self) -> bool:
        """Whether the node itself could not run (a failed test is bad data, not broken)."""
        return self.status == "error"


class DbtProject:
    """The dbt project bound to one warehouse folder and its settings."""

    def __init__(
        self,
        warehouse: Warehouse,
        variables: Mapping[str, Any],
        *,
        memory: str = "4GB",
        threads: int = 0,
    ) -> None:
        self._warehouse = warehouse
        self._variables = dict(variables)
        self._memory = memory
        self._threads = threads or (os.cpu_count() or 2)

    @property
    def variables(self) -> dict[str, Any]:
        """What the models are told of the settings, by the names in ``dbt_project.yml``."""
        return dict(self._variables)

    def parse(self) -> dict[str, Any]:
        """Parse the project (quick when nothing changed); the manifest as Dagster reads it."""
        manifest = parse(self._warehouse.dbt_target, self._variables)
        # The content of dbt's manifest.json, without the file: nobody reads it.
        written = orjson.dumps(manifest.writable_manifest().to_dict(omit_none=False), default=str)
        _parsed[self._identity] = (manifest, orjson.loads(written))
        return _parsed[self._identity][1]

    def manifest(self) -> dict[str, Any]:
        """The manifest as Dagster reads it, parsed first if this process has not done so."""
        return _parsed[self._identity][1] if self._identity in _parsed else self.parse()

    def build(
        self, select: str, on_node: Callable[[str, str], None], *, full_refresh: bool = False
    ) -> list[NodeResult]:
        """Run the selected models and their tests; ``on_node(name, status)`` as each one ends.

        ``full_refresh`` makes incremental tables anew, columns and all. The connection that dbt
        keeps is closed afterwards: the next step opens its own.
        """
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        if self._identity not in _parsed:
            self.parse()

        def watch(event: Any) -> None:
            if event.info.name in {"LogModelResult", "LogTestResult"}:
                on_node(event.data.node_info.node_name, event.data.node_info.node_status)

        with connected(self._warehouse.database, memory=self._memory) as connection:
            write_lake_views(connection, self._warehouse.lake)
        command = [
            "build",
            "--select", select,
            "--exclude-resource-type", "unit_test",
            "--threads", str(models_at_a_time(self._warehouse.lake)),
            "--no-write-json",
            *(["--full-refresh"] if full_refresh else []),
            *arguments(self._warehouse.dbt_target, self._variables),
        ]  # fmt: skip
        self._set_environment()
        try:
            manifest = _parsed[self._identity][0]
            outcome = dbtRunner(manifest=manifest, callbacks=[watch]).invoke(command)
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        if outcome.result is None:
            raise DbtError(f"dbt stopped before it ran anything: {outcome.exception}")
        return [_node_result(item) for item in cast("Any", outcome.result).results]

    @property
    def _identity(self) -> str:
        return f"{self._warehouse.root} {json.dumps(self._variables, sort_keys=True)}"

    def _set_environment(self) -> None:
        os.environ["KITHWORK_DATABASE"] = str(self._warehouse.database)
        os.environ["KITHWORK_MEMORY"] = self._memory
        os.environ["KITHWORK_THREADS"] = str(self._threads)
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"


def _node_result(item: Any) -> NodeResult:
    return NodeResult(
        unique_id=item.node.unique_id,
        name=item.node.name,
        resource_type=str(item.node.resource_type),
        status=str(item.status),
        seconds=float(item.execution_time or 0),
        failures=item.failures,
        message=item.message,
    )
