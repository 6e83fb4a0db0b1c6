"""What a build is made of and how it ended: read and written by the command and by Dagster runs."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.extract import ledger
from assets.identity.pseudonyms import fingerprint
from assets.layout import Warehouse
from assets.publish import inputs
from assets.publish.code import code_fingerprint
from assets.publish.inputs import BuildFingerprint, LastBuild, build_fingerprint
from assets.publish.metrics import read_registry
from assets.publish.version import MANIFEST
from assets.quality.definition import CheckContext, CheckResult, UnreadableUnit
from assets.warehouse.connection import connected

if TYPE_CHECKING:
    from assets.publish.publication import BuildFacts
    from dagster_project.settings import Settings

_CHECKS = "check_results.json"
_REGISTRY = "initiatives"


def todays_fingerprint(settings: Settings, key: bytes) -> BuildFingerprint:
    """What a build would be made of now. Cheap: files are hashed again only if they have changed."""
    from assets.extract.landing import LandingError, resolved

    feeds: dict[str, Any] = {}
    for feed in settings.feeds:
        try:
            feeds[feed.name] = resolved(feed.landing, settings.folder, feed.name)
        except LandingError:
            feeds[feed.name] = []
    files = {
        "aliases": settings.identity.aliases,
        "overrides": settings.identity.overrides,
        "opt_out": settings.privacy.opt_out,
        "topics": settings.knowledge.topics,
        "hidden_topics": settings.knowledge.hidden,
        "dismissed_rules": settings.scorecard.dismissed,
        _REGISTRY: settings.initiatives,
    }
    warehouse = Warehouse(settings.warehouse_path)
    return build_fingerprint(
        feeds,
        warehouse.state / inputs.STAT_CACHE,
        settings=settings.fingerprint(),
        code=code_fingerprint(),
        key=fingerprint(key),
        other={
            **{name: settings.path(file) if file else None for name, file in files.items()},
            # An erasure changes what may be read; the vault's list stands for it.
            "erasures": warehouse.vault / "erasures" if (warehouse.vault / "erasures").exists() else None,
        },
    )


def missing_landings(settings: Settings) -> list[str]:
    """One line per feed whose landing holds nothing: told together, before anything starts."""
    from assets.extract.landing import LandingError, resolved

    wanted = [(feed.name, feed.landing) for feed in settings.feeds]
    wanted += [(_REGISTRY, [settings.initiatives])] if settings.initiatives else []
    problems: list[str] = []
    for name, landing in wanted:
        try:
            resolved(landing, settings.folder, name)
        except LandingError as error:
            problems.append(str(error))
    return problems


def check_context(settings: Settings) -> CheckContext:
    """What the quality checks need to know of this build."""
    warehouse = Warehouse(settings.warehouse_path)
    with ledger.opened(warehouse.ledger) as book:
        unreadable = tuple(
            UnreadableUnit(entry.source, entry.sha256[:12], entry.reason or "", entry.message or "")
            for entry in book.units()
            if entry.status == "unreadable" and entry.is_present
        )
    return CheckContext(
        has_hr=bool(settings.hr),
        unreadable=unreadable,
        changed_scores=changed_scores(warehouse.restricted / "current" / MANIFEST),
    )


def changed_scores(manifest: Path) -> tuple[str, ...]:
    """Scores whose version is not that in ``manifest``, the one that readers have (it may be missing)."""
    if not manifest.is_file():
        return ()
    known = json.loads(manifest.read_text(encoding="utf-8"))["metrics"]
    return tuple(
        metric.name.removesuffix("_score")
        for metric in read_registry().metrics
        if metric.area == "scorecard"
        and metric.name.endswith("_score")
        and metric.name in known
        and known[metric.name]["version"] != metric.version
    )


def write_check_results(warehouse: Warehouse, results: list[CheckResult]) -> None:
    """Keep the results of this build's checks for the steps after them."""
    content = {"results": [result.__dict__ for result in results]}
    inputs.write_json(warehouse.state / _CHECKS, content)


def read_check_results(warehouse: Warehouse) -> list[CheckResult]:
    """The results of the last time that checks were measured."""
    content = json.loads((warehouse.state / _CHECKS).read_text(encoding="utf-8"))
    return [_check_result(row) for row in content["results"]]


def _check_result(row: dict[str, Any]) -> CheckResult:
    """JSON knows no tuples."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    return CheckResult(**values)


def build_facts(settings: Settings, key: bytes) -> BuildFacts:
    """What made the version that is about to be published."""
    from assets.publish.publication import BuildFacts

    warehouse = Warehouse(settings.warehouse_path)
    feeds = _feed_fingerprints(warehouse)
    hr = {feed.name for feed in settings.hr}
    with connected(warehouse.database, read_only=True) as connection:
        as_of = connection.execute("select as_of_date from reference.calendar_bounds").fetchall()[0][0]
        identity = hashlib.sha256()
        for query in (
            "select account_id, kind, match_method, person_key from identity.accounts order by all",
            "select person_id, is_in_hr, is_opted_out from identity.persons order by all",
        ):
            identity.update(repr(connection.execute(query).fetchall()).encode())
    return BuildFacts(
        as_of=as_of,
        code_version=package_version("kithwork"),
        code=code_fingerprint(),
        settings=settings.fingerprint(),
        key=fingerprint(key),
        identity=identity.hexdigest()[:16],
        data={name: mark for name, mark in feeds.items() if name not in hr and name != _REGISTRY},
        hr={name: mark for name, mark in feeds.items() if name in hr},
        initiatives=feeds.get(_REGISTRY),
    )


def remember_outcome(warehouse: Warehouse, build: LastBuild) -> None:
    """Keep how a build ended, for the next one to compare with."""
    inputs.remember(warehouse.state, build)


def _feed_fingerprints(warehouse: Warehouse) -> dict[str, str]:
    units: dict[str, list[list[Any]]] = {}
    with ledger.opened(warehouse.ledger) as book:
        for entry in book.units():
            rows = sorted(entry.rows.items())
            units.setdefault(entry.source, []).append([entry.sha256, entry.signature, entry.refusals, rows])
    return {
        source: hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()[:16]
        for source, content in units.items()
    }
