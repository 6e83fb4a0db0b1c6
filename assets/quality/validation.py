"""Running every check once per build: measure with SQL, judge with Great Expectations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import duckdb

from assets.quality.definition import (
    Check,
    CheckContext,
    CheckResult,
    Limits,
    Status,
    limits_in_force,
)
from assets.quality.measuring import measure_all
from assets.quality.registry import ALL_CHECKS, CHECKS

_RESULT_COLUMNS: Final = """
    check_id VARCHAR, title VARCHAR, relation VARCHAR, status VARCHAR, message VARCHAR,
    subject VARCHAR, measured DOUBLE, threshold DOUBLE, n_judged BIGINT, n_failing BIGINT,
    examples VARCHAR[], override_reason VARCHAR, is_blocking BOOLEAN
"""

_JUDGE: Final = "assets.quality.duckdb_datasource"
"""The module that imports Great Expectations."""

Outcomes = Mapping[tuple[str, str], tuple[bool, str | None]]
"""(check id, level) to (whether it was met, what was raised)."""


def run_checks(
    database: Path,
    lake: Path,
    context: CheckContext,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    memory: str = "4GB",
    checks: Sequence[Check] = CHECKS,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[CheckResult]:
    """Judge the working file and the lake; the results also become ``quality.check_results``.

    Opens and closes its own connections to ``database``. ``overrides`` are the settings'
    ``quality`` section as plain dicts. Never raises for bad data or for a check that cannot be
    computed: that is an ``error`` result. Raises ``UnknownCheckError`` for a wrong override.
    """
    limits = limits_in_force(ALL_CHECKS, overrides)
    judged = [check for check in checks if context.has_hr or not check.needs_hr]
    # The library takes seconds to import; DuckDB measures meanwhile.
    with ThreadPoolExecutor(1) as loading, _connected(database, memory) as connection:
        loading.submit(import_module, _JUDGE)
        errors = measure_all(connection, lake, context, judged, on_progress)
        measured_ids = {
            row[0]
            for row in connection.execute("select distinct check_id from quality.measurements").fetchall()
        }
    outcomes = _validate(database, [c for c in judged if c.id in measured_ids], limits)
    with _connected(database, memory) as connection:
        results = [
            _result(connection, check, limits[check.id], context, errors, outcomes) for check in checks
        ]
        _write_results(connection, results)
    return results


def _connected(database: Path, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database), config={"memory_limit": memory})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _validate(database: Path, checks: Sequence[Check], limits: Mapping[str, Limits]) -> Outcomes:
    """One suite per judged table; everything in one pass, the library imported here and not before."""
    from assets.quality.duckdb_datasource import Expected, validate

    suites: dict[str, list[Any]] = {}
    for check in checks:
        for level in ("warn", "block"):
            limit = getattr(limits[check.id], level)
            if limit is None:
                continue
            is_ceiling = check.direction == "at_most"
            suites.setdefault(check.table, []).append(
                Expected(
                    check.id,
                    "warn" if level == "warn" else "block",
                    None if is_ceiling else limit,
                    limit if is_ceiling else None,
                )
            )
    try:
        found = validate(database, "quality", "measurements", dict(suites.items()))
    except Exception as error:
        message = f"the validation could not run: {type(error).__name__}"
        return {(check.id, level): (False, message) for check in checks for level in ("warn", "block")}
    return {(outcome.check_id, outcome.level): (outcome.is_met, outcome.error) for outcome in found}


def _result(
    connection: duckdb.DuckDBPyConnection,
    check: Check,
    limits: Limits,
    context: CheckContext,
    errors: Mapping[str, str],
    outcomes: Outcomes,
) -> CheckResult:
    if check.needs_hr and not context.has_hr:
        return _answer(check, limits, "not_applicable", "there is no HR feed")
    raised = errors.get(check.id) or next(
        (
            outcome[1]
            for level in ("warn", "block")
            if (outcome := outcomes.get((check.id, level))) is not None and outcome[1]
        ),
        None,
    )
    if raised:
        return _answer(check, limits, "error", f"the check could not be computed ({raised})")
    order = "desc" if check.direction == "at_most" else "asc"
    rows = connection.execute(
        "select subject, n_judged, n_failing, measured from quality.measurements "
        f"where check_id = ? and measured is not null order by measured {order}, subject limit 1",
        [check.id],
    ).fetchall()
    if not rows:
        return _answer(check, limits, "not_applicable", "too little to judge")
    subject, n_judged, n_failing, measured = rows[0]
    status: Status = "passed"
    if not outcomes.get((check.id, "block"), (True, None))[0]:
        status = "failed"
    elif not outcomes.get((check.id, "warn"), (True, None))[0]:
        status = "warned"
    keys = connection.execute(
        "select key from quality.failing_rows where check_id = ? and subject = ?",
        [check.id, subject],
    ).fetchall()
    found = {
        "subject": subject,
        "n_judged": int(n_judged or 0),
        "n_failing": int(n_failing or 0),
        "measured": float(measured),
        "examples": tuple(str(key[0]) for key in keys),
    }
    return _answer(check, limits, status, None, **found)


def _answer(check: Check, limits: Limits, status: Status, why: str | None, **found: Any) -> CheckResult:
    threshold = limits.block if status == "failed" or limits.warn is None else limits.warn
    result = CheckResult(
        id=check.id,
        title=check.title,
        table=check.table,
        asset_key=check.asset_key,
        status=status,
        message="",
        threshold=threshold,
        override_reason=limits.reason,
        is_blocking=limits.block is not None,
        **found,
    )
    return CheckResult(**{**result.__dict__, "message": _message(check, result, why)})


def _message(check: Check, result: CheckResult, why: str | None) -> str:
    """One line: what, how much, where, examples, remedy."""
    head = f"{check.id} {check.title}"
    if why is not None:
        remedy = "; this is a defect of the pipeline, not of the data" if result.status == "error" else ""
        return f"{head}: {why}{remedy}"
    shown = shown_value(check, result.measured)
    limit = shown_value(check, result.threshold)
    comparison = "at most" if check.direction == "at_most" else "at least"
    place = f" in {result.subject}" if result.measured or result.n_failing else ""
    text = f"{head}: {shown}{place} (expected {comparison} {limit})"
    if result.override_reason:
        text += f" [limit changed: {result.override_reason}]"
    if result.status in ("warned", "failed"):
        if result.examples:
            text += f", e.g. {'; '.join(result.examples[:3])}"
        text += f": {check.remedy}"
    return text


def shown_value(check: Check, value: float | None) -> str:
    """A measured value or limit as people read it."""
    if value is None:
        return "-"
    return f"{100 * value:.4g} %" if check.unit == "share" else f"{value:.4g}"


def _write_results(connection: duckdb.DuckDBPyConnection, results: Sequence[CheckResult]) -> None:
    connection.execute(f"create or replace table quality.check_results ({_RESULT_COLUMNS})")
    for result in results:
        connection.execute(
            "insert into quality.check_results values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                result.id,
                result.title,
                result.table,
                result.status,
                result.message,
                result.subject,
                result.measured,
                result.threshold,
                result.n_judged,
                result.n_failing,
                list(result.examples),
                result.override_reason,
                result.is_blocking,
            ],
        )


def results_as_json(results: Sequence[CheckResult]) -> str:
    """The results for the state folder, so that an unchanged failed build can repeat them."""
    return json.dumps([result.as_dict() for result in results], sort_keys=True)
