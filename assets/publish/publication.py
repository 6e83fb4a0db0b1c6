"""From the working file to a version that everybody may read.

Group tables pass disclosure control, are attacked once more as they are about to be published
(check K18), and are written beside the restricted tables; then the pointer moves. Whatever goes
wrong before that, readers keep the version they had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from assets.publish import version as versions
from assets.publish.catalogue import PublishedTable, published_tables
from assets.publish.dictionary import data_dictionary
from assets.publish.disclosure import Disclosed, Thresholds, Units, disclose
from assets.publish.graph_files import latest, person_graph, unit_graph, write_graphml
from assets.publish.leak import leaks
from assets.publish.metrics import Registry, read_registry, versions_in_force
from assets.publish.metrics_page import metrics_page
from assets.publish.tables import WrittenTable, read_tables, refuse_personal, write_tables
from assets.quality.definition import CheckResult, limits_in_force
from assets.quality.registry import ALL_CHECKS, SUPPRESSION_LEAK

PUBLISHED_FILE: Final = "kithwork.duckdb"
RESTRICTED_FILE: Final = "kithwork_restricted.duckdb"
DICTIONARY_FILE: Final = "data_dictionary.md"
METRICS_FILE: Final = "metrics.md"


@dataclass(frozen=True)
class BuildFacts:
    """What made this version; every part is a fingerprint unless it says otherwise.

    ``data`` and ``hr`` map feeds to the fingerprint of their landing units; surveys belong to
    ``data``. ``as_of`` is the last covered day, ``code_version`` the package's version.
    """

    as_of: date
    code_version: str
    code: str
    settings: str
    key: str
    identity: str
    data: Mapping[str, str] = field(default_factory=dict)
    hr: Mapping[str, str] = field(default_factory=dict)
    initiatives: str | None = None

    def fingerprints(self) -> dict[str, Any]:
        """For the manifest; what ``diff`` compares."""
        return {
            "data": dict(sorted(self.data.items())),
            "hr": dict(sorted(self.hr.items())),
            "identity": self.identity,
            "initiatives": self.initiatives,
            "settings": self.settings,
            "code": self.code,
            "key": self.key,
        }


@dataclass(frozen=True)
class Publication:
    """What was published."""

    version: str
    leak: CheckResult
    published: tuple[WrittenTable, ...]
    restricted: tuple[WrittenTable, ...]
    suppressed: Mapping[str, Mapping[str, int]]
    """Table to reason to number of rows."""
    removed: tuple[str, ...]
    """Older versions that were deleted."""


class SuppressionLeakError(Exception):
    """Nothing was published: withheld cells could be recovered from the tables (``result``)."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.message)
        self.result = result


def publish(
    root: Path,
    database: Path,
    dbt_manifest: Mapping[str, Any],
    facts: BuildFacts,
    results: Sequence[CheckResult],
    thresholds: Thresholds,
    *,
    keep: int = 5,
    memory: str = "4GB",
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Publication:
    """Publish the marts of ``database`` (nobody else may have it open) below the warehouse ``root``.

    ``results``: the gate's; the caller has seen to it that none of them blocks. ``variables``: what
    dbt was told of the settings, by name; the manifest says with which a metric was made. Raises
    ``SuppressionLeakError`` and ``PublicationError``; the current version stays untouched then.
    """
    tables = published_tables(dbt_manifest)
    everybody = [table for table in tables if table.audience == "published"]
    parents = _parents(database, tables, memory)
    disclosed = _disclosed(everybody, database, parents, thresholds, memory)
    frames = {name: each.frame for name, each in disclosed.items()}
    leak = _attack(everybody, frames, parents, thresholds, overrides)
    if leak.status == "failed":
        raise SuppressionLeakError(leak)
    suppressed = {name: each.suppressed for name, each in disclosed.items() if each.suppressed}

    draft = versions.begin(root)
    published_folder, restricted_folder = draft.side("published"), draft.side("restricted")
    published = write_tables(published_folder, PUBLISHED_FILE, everybody, frames, database, memory)
    restricted = write_tables(restricted_folder, RESTRICTED_FILE, tables, {}, database, memory)
    _write_unit_graph(published_folder, everybody, frames)
    _write_person_graph(restricted_folder, tables, database, memory)
    version = versions.version_id(draft.sequence, facts.as_of.isoformat(), _content(published, restricted))
    registry = read_registry()
    for folder, shown in ((published_folder, everybody), (restricted_folder, tables)):
        (folder / DICTIONARY_FILE).write_text(data_dictionary(shown, registry), encoding="utf-8")
        (folder / METRICS_FILE).write_text(metrics_page(registry), encoding="utf-8")
    described = _Described(
        version, facts, thresholds, (*results, leak), suppressed, registry, variables or {}
    )
    _write_manifest(published_folder, described, everybody, published, is_restricted=False)
    _write_manifest(restricted_folder, described, tables, restricted, is_restricted=True)
    versions.publish_draft(draft, version)
    removed = versions.prune(root, keep)
    return Publication(version, leak, tuple(published), tuple(restricted), suppressed, tuple(removed))


def _parents(database: Path, tables: Sequence[PublishedTable], memory: str) -> Units:
    units = next((table for table in tables if table.name == "dim_org_unit"), None)
    if units is None:
        return {}
    frame = read_tables(database, [units], memory)[units.name]
    return dict(zip(frame["org_unit_key"], frame["parent_org_unit_key"], strict=True))


def _disclosed(
    tables: Sequence[PublishedTable],
    database: Path,
    parents: Units,
    thresholds: Thresholds,
    memory: str,
) -> dict[str, Disclosed]:
    frames = read_tables(database, tables, memory)
    found = {}
    for table in tables:
        frame = frames.pop(table.name)
        refuse_personal(table, frame.columns)
        found[table.name] = (
            Disclosed(frame)
            if table.rule is None
            else disclose(frame, table.rule, parents, thresholds, table.name)
        )
    return found


def _attack(
    tables: Sequence[PublishedTable],
    frames: Mapping[str, pl.DataFrame],
    parents: Units,
    thresholds: Thresholds,
    overrides: Mapping[str, Mapping[str, Any]] | None,
) -> CheckResult:
    """Check K18 on the tables as they are about to be published."""
    found = [
        f"{table.name}: {text}"
        for table in tables
        if table.rule is not None
        for text in leaks(frames[table.name], table.rule, parents, thresholds)
    ]
    limits = limits_in_force(ALL_CHECKS, overrides)[SUPPRESSION_LEAK.id]
    is_failed = SUPPRESSION_LEAK.is_beyond(len(found), limits.block)
    head = f"{SUPPRESSION_LEAK.id} {SUPPRESSION_LEAK.title}: {len(found)} recoverable cells"
    tail = f", e.g. {'; '.join(found[:3])}: {SUPPRESSION_LEAK.remedy}" if found else ""
    return CheckResult(
        id=SUPPRESSION_LEAK.id,
        title=SUPPRESSION_LEAK.title,
        table=SUPPRESSION_LEAK.table,
        asset_key=SUPPRESSION_LEAK.asset_key,
        status="failed" if is_failed else "passed",
        message=head + tail,
        measured=float(len(found)),
        threshold=limits.block,
        n_judged=sum(frames[table.name].height for table in tables if table.rule is not None),
        n_failing=len(found),
        examples=tuple(found[:5]),
        override_reason=limits.reason,
        is_blocking=True,
    )


def _write_unit_graph(
    folder: Path, tables: Sequence[PublishedTable], frames: Mapping[str, pl.DataFrame]
) -> None:
    """``graphs/org_units.graphml``: shown flows between org units in the latest period that has any."""
    (folder / "graphs").mkdir()
    for table in tables:
        rule = table.rule
        if rule is None or len(rule.unit) != 2 or rule.period is None or "dim_org_unit" not in frames:
            continue
        shown, month = latest(frames[table.name].filter(pl.col(rule.population).is_not_null()), rule.period)
        nodes, edges = unit_graph(
            frames["dim_org_unit"], shown, (rule.unit[0], rule.unit[1]), (rule.period, "suppression_reason")
        )
        write_graphml(folder / "graphs" / "org_units.graphml", nodes, edges, title=f"org units {month}")


def _write_person_graph(folder: Path, tables: Sequence[PublishedTable], database: Path, memory: str) -> None:
    """``graphs/persons.graphml``: the ties of the latest month, with pseudonymous ids."""
    (folder / "graphs").mkdir()
    by_name = {table.name: table.relation for table in tables}
    if "fct_tie_month" not in by_name or "dim_person" not in by_name:
        return
    ties = by_name["fct_tie_month"]
    with duckdb.connect(str(database), read_only=True, config={"memory_limit": memory}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.sql(
            f"select from_person_key, to_person_key, weight, n_event_days, month_start from {ties} "
            f"where is_tie and month_start = (select max(month_start) from {ties} where is_tie)"
        ).pl()
        persons = connection.sql(f"select person_key, person_id from {by_name['dim_person']}").pl()
    month = None if rows.is_empty() else rows["month_start"][0]
    nodes, edges = person_graph(persons, rows.drop("month_start"))
    write_graphml(folder / "graphs" / "persons.graphml", nodes, edges, title=f"persons {month}")


def _content(published: Sequence[WrittenTable], restricted: Sequence[WrittenTable]) -> str:
    lines = [f"published/{table.name}={table.content}" for table in published]
    lines += [f"restricted/{table.name}={table.content}" for table in restricted]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@dataclass(frozen=True)
class _Described:
    version: str
    facts: BuildFacts
    thresholds: Thresholds
    results: tuple[CheckResult, ...]
    suppressed: Mapping[str, Mapping[str, int]]
    registry: Registry
    variables: Mapping[str, Any]


def _write_manifest(
    folder: Path,
    described: _Described,
    tables: Sequence[PublishedTable],
    written: Sequence[WrittenTable],
    *,
    is_restricted: bool,
) -> None:
    """``manifest.json``; what everybody sees names no message, account or person, hashed or not."""
    by_name = {table.name: table for table in tables}
    content = {
        "version": described.version,
        "as_of": described.facts.as_of.isoformat(),
        "code_version": described.facts.code_version,
        "data_version": _data_version(described.facts),
        "fingerprints": described.facts.fingerprints(),
        "thresholds": described.thresholds.__dict__,
        "tables": {
            each.name: {
                **each.as_dict(),
                "audience": by_name[each.name].audience,
                "grain": by_name[each.name].grain,
                "keys": list(_keys(by_name[each.name], each)),
                "inputs": sorted(by_name[each.name].inputs),
                "suppressed": {} if is_restricted else dict(described.suppressed.get(each.name, {})),
            }
            for each in written
        },
        "metrics": versions_in_force(described.registry, tables, described.variables),
        "checks": [_check(result, is_restricted) for result in described.results],
    }
    text = json.dumps(content, indent=2, sort_keys=True, default=str)
    (folder / versions.MANIFEST).write_text(text + "\n", encoding="utf-8")


def _keys(table: PublishedTable, written: WrittenTable) -> tuple[str, ...]:
    """What identifies a row: the rule's keys, else the first column."""
    return table.rule.keys if table.rule is not None else written.columns[:1]


def _data_version(facts: BuildFacts) -> str:
    """One fingerprint of everything that was delivered."""
    text = json.dumps([sorted(facts.data.items()), sorted(facts.hr.items()), facts.initiatives])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check(result: CheckResult, is_restricted: bool) -> dict[str, Any]:
    full = result.as_dict()
    if is_restricted:
        return full
    shown = ("id", "title", "table", "status", "measured", "threshold", "n_judged", "n_failing")
    return {name: full[name] for name in (*shown, "override_reason")}
