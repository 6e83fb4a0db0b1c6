"""The registry of metrics: what every measure means, once, in ``dbt/metrics/<area>.yml``.

An entry names the columns that show it; from there come the page of metrics, the last column of
the data dictionary and the versions in a publication's manifest. dbt never reads these files.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import yaml

from assets.publish.catalogue import PublishedTable

FOLDER: Final = Path(__file__).resolve().parents[2] / "dbt" / "metrics"
UNREGISTERED: Final = "unregistered.txt"
"""Tables that wait for their entries, one a line; a test keeps it from outliving them."""

PURPOSES: Final = frozenset({"engagement", "network", "retention"})
ROW_REASONS: Final = frozenset({"suppression_reason", "null_reason"})
"""Columns that explain every NULL of their row."""
_REASON: Final = re.compile(r"\b[a-z0-9_]+_reason\b")
SUPPORTING_ENDS: Final = ("_ci_low", "_ci_high")
"""Columns with these endings are intervals of the measure that they are named after."""


class RegistryError(ValueError):
    """A registry file cannot be understood; the message names file, entry and expectation."""


@dataclass(frozen=True)
class Metric:
    """One metric. ``columns`` maps a table to the columns that show it."""

    name: str
    area: str
    version: int
    """Rises when the meaning changes; figures of two versions are not comparable."""
    source: str
    """Section of the metric specification."""
    grain: str
    unit: str
    """Unit and range."""
    numerator: str
    denominator: str
    null_rule: str
    """When the value is NULL, and in brackets the columns ``..._reason`` that say so in a row."""
    minimum_n: str
    purpose: str
    """Purpose that a feed's permission must name."""
    roll_up: str
    """How the figure of an organisation comes from the individual ones."""
    tags: tuple[str, ...]
    settings: tuple[str, ...]
    """dbt variables that move the value."""
    columns: Mapping[str, tuple[str, ...]]

    @property
    def reasons(self) -> frozenset[str]:
        """Columns that explain a NULL, besides those that speak of the whole row (``ROW_REASONS``)."""
        return frozenset(_REASON.findall(self.null_rule))

    def settings_hash(self, variables: Mapping[str, Any]) -> str:
        """Changes with any setting that the metric depends on (12 hexadecimal characters)."""
        text = json.dumps({name: variables.get(name) for name in self.settings}, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Area:
    """One file: metrics that belong together, and columns that only support them."""

    name: str
    title: str
    about: str
    metrics: tuple[Metric, ...]
    supporting: Mapping[str, tuple[str, ...]]
    """Table to columns that are no metric themselves: bases, horizons, errors, p values."""


@dataclass(frozen=True)
class Registry:
    """All areas, by title."""

    areas: tuple[Area, ...]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Every entry."""
        return tuple(metric for area in self.areas for metric in area.metrics)

    def of_column(self, table: str, column: str) -> tuple[Metric, ...]:
        """The metrics that a column shows; several where its rows name the metric (scores)."""
        return tuple(metric for metric in self.metrics if column in metric.columns.get(table, ()))

    def supports(self, table: str, column: str) -> bool:
        """Whether a column only supports a metric: a count, an interval, or declared so."""
        return (
            column.startswith("n_")
            or column.endswith(SUPPORTING_ENDS)
            or any(column in area.supporting.get(table, ()) for area in self.areas)
        )

    def in_tables(self, tables: Iterable[PublishedTable]) -> tuple[Metric, ...]:
        """The metrics that any of the tables shows."""
        names = {table.name for table in tables}
        return tuple(metric for metric in self.metrics if not names.isdisjoint(metric.columns))


def read_registry(folder: Path = FOLDER) -> Registry:
    """Every area of ``folder``. Raises ``RegistryError`` for what is missing, unknown or told twice."""
    areas = tuple(sorted((_area(path) for path in folder.glob("*.yml")), key=lambda area: area.title))
    seen: set[str] = set()
    for metric in Registry(areas).metrics:
        if metric.name in seen:
            raise RegistryError(f"{metric.area}.yml: {metric.name} is registered twice")
        seen.add(metric.name)
    return Registry(areas)


def unregistered(folder: Path = FOLDER) -> tuple[str, ...]:
    """Tables whose measures have no entries yet."""
    lines = (folder / UNREGISTERED).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def versions_in_force(
    registry: Registry, tables: Sequence[PublishedTable], variables: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """For a manifest: version and settings hash of each metric that ``tables`` show, by name."""
    return {
        metric.name: {"version": metric.version, "settings": metric.settings_hash(variables)}
        for metric in registry.in_tables(tables)
    }


def _area(path: Path) -> Area:
    content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    missing = {"area", "title", "about", "metrics"} - set(content)
    if missing or content["area"] != path.stem:
        raise RegistryError(f"{path.name}: expected area: {path.stem}, title, about and metrics")
    defaults = content.get("defaults") or {}
    return Area(
        name=path.stem,
        title=content["title"],
        about=" ".join(content["about"].split()),
        metrics=tuple(_metric(path, {**defaults, **entry}) for entry in content["metrics"]),
        supporting=_columns(content.get("supporting") or {}),
    )


def _metric(path: Path, entry: Mapping[str, Any]) -> Metric:
    head = f"{path.name}: {entry.get('name', 'an entry without name')}"
    expected = {field.name for field in fields(Metric)} - {"area"}
    wrong = sorted((expected - {"tags", "settings"} - set(entry)) | (set(entry) - expected))
    if wrong:
        raise RegistryError(f"{head}: {wrong[0]} is {'unknown' if wrong[0] in entry else 'missing'}")
    if entry["purpose"] not in PURPOSES:
        raise RegistryError(
            f"{head}: purpose is {entry['purpose']!r}, expected one of {', '.join(sorted(PURPOSES))}"
        )
    if not isinstance(entry["version"], int) or entry["version"] < 1:
        raise RegistryError(f"{head}: version is {entry['version']!r}, expected a whole number from 1")
    texts = {name: str(entry[name]) for name in expected - {"version", "tags", "settings", "columns"}}
    return Metric(
        area=path.stem,
        version=entry["version"],
        tags=tuple(entry.get("tags") or ()),
        settings=tuple(entry.get("settings") or ()),
        columns=_columns(entry["columns"]),
        **texts,
    )


def _columns(entry: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {
        table: (columns,) if isinstance(columns, str) else tuple(columns) for table, columns in entry.items()
    }
