"""Bringing the network tables up to date: what changed is computed, shared and stored period by period."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from assets.network import store
from assets.network.backfill import compute_snapshots, in_order, processes
from assets.network.fingerprints import fingerprint, periods_to_compute
from assets.network.quarter import MonthEnd, Survival, bootstrap, quarter_ends, quarter_tables
from assets.network.snapshot_options import SMALL, SnapshotOptions
from assets.progress import report

STAGE = "Network"
WORTH_A_PROCESS = 4
"""So many months to compute keep this process busy while another one starts and resamples."""


@dataclass(frozen=True)
class Update:
    """What was computed; ``months`` with people, mutual ties and isolates."""

    months: list[tuple[date, int, int, int]]
    n_months: int
    quarters: list[date]
    n_quarters: int


@dataclass(frozen=True)
class Plan:
    """Fingerprints of everything wanted, what of it changed, what is gone, and what is thorough."""

    months: dict[date, str]
    changed_months: list[date]
    gone_months: list[date]
    thorough_month: date | None
    ends: dict[date, date]
    quarters: dict[date, str]
    changed_quarters: list[date]
    gone_quarters: list[date]
    thorough_quarter: date | None

    def before(self, quarter: date) -> date | None:
        """Last month of the quarter before, if the data reach so far back."""
        first = (
            date(quarter.year - 1, 10, 1) if quarter.month == 1 else date(quarter.year, quarter.month - 3, 1)
        )
        return self.ends.get(first)


def update_network(
    connection: duckdb.DuckDBPyConnection,
    options: SnapshotOptions,
    *,
    asked_for: Collection[date] | None = None,
    workers: int = 0,
) -> Update:
    """Compute and store each month and quarter whose ties, people, HR facts, options or code changed.

    ``asked_for``: these months alone, changed or not (and the quarters that end with them).
    ``workers``: processes for large populations; 0 takes one per core.
    """
    store.prepare(connection)
    made = plan(connection, options, asked_for)
    workers = workers or os.cpu_count() or 1
    with ExitStack() as stack:
        survival = _start_bootstrap(connection, made, options, workers, stack)
        months = list(_update_months(connection, made, options, workers))
        _update_quarters(connection, made, options, workers, survival)
    return Update(months, len(made.months), made.changed_quarters, len(made.quarters))


def plan(
    connection: duckdb.DuckDBPyConnection, options: SnapshotOptions, asked_for: Collection[date] | None
) -> Plan:
    """What there is to do, without doing any of it."""
    covered, marks = store.covered_months(connection), store.content_marks(connection)
    final = [month for month, is_final in covered.items() if is_final]
    known = final or list(covered)
    thorough_month = known[-1] if known else None
    months = {
        month: fingerprint([marks.get(month)], options, is_thorough=month == thorough_month)
        for month in covered
    }
    ends, thorough_quarter = quarter_ends(covered)
    quarters, previous = {}, None
    for quarter, month in ends.items():
        # The month's own mark and that of the quarter before: neither depends on being thorough.
        now = (marks.get(month), store.context_mark(connection, month))
        weeks = store.weeks_mark(connection, month) if quarter == thorough_quarter else None
        given = [*now, *(previous or (None, None)), weeks]
        quarters[quarter] = fingerprint(given, options, is_thorough=quarter == thorough_quarter)
        previous = now
    changed, gone = periods_to_compute(months, store.stored_fingerprints(connection, "month"))
    again, past = periods_to_compute(quarters, store.stored_fingerprints(connection, "quarter"))
    if asked_for is not None:
        changed, gone = sorted(set(asked_for) & set(months)), []
        again, past = [quarter for quarter, month in ends.items() if month in set(changed)], []
        months = {month: months[month] for month in changed}
        quarters = {quarter: quarters[quarter] for quarter in again}
    return Plan(months, changed, gone, thorough_month, ends, quarters, again, past, thorough_quarter)


def _update_months(
    connection: duckdb.DuckDBPyConnection, made: Plan, options: SnapshotOptions, workers: int
) -> Iterator[tuple[date, int, int, int]]:
    for month in made.gone_months:
        store.replace_period(connection, "month", month, {}, None)
    results = compute_snapshots(
        made.changed_months,
        lambda month: store.month_inputs(connection, month),
        options,
        thorough=() if made.thorough_month is None else (made.thorough_month,),
        workers=workers,
    )
    total = len(made.changed_months)
    if total:
        report(STAGE, f"{made.changed_months[0]:%Y-%m} (1 of {total})")
    for number, done in enumerate(results, start=1):
        store.replace_period(connection, "month", done.month, done.tables, made.months[done.month])
        facts = done.tables["organisation_month"].to_pylist()[0]
        if number < total:
            report(STAGE, f"{made.changed_months[number]:%Y-%m} ({number + 1} of {total})")
        yield done.month, facts["n_nodes"], facts["n_ties"], facts["n_isolates"]


def _update_quarters(
    connection: duckdb.DuckDBPyConnection,
    made: Plan,
    options: SnapshotOptions,
    workers: int,
    survival: Future[Survival] | None,
) -> None:
    for quarter in made.gone_quarters:
        store.replace_period(connection, "quarter", quarter, {}, None)

    def calls() -> Iterator[tuple[Any, ...]]:
        """Arguments of :func:`_quarter`, read one quarter at a time so that memory stays bounded."""
        for number, quarter in enumerate(made.changed_quarters, start=1):
            report(STAGE, f"quarter {_name(quarter)} ({number} of {len(made.changed_quarters)})")
            now, before = made.ends[quarter], made.before(quarter)
            is_thorough = quarter == made.thorough_quarter
            yield (
                quarter,
                _month_end(connection, now),
                None if before is None else _month_end(connection, before),
                options,
                survival.result() if survival and is_thorough else None,
                is_thorough,
            )

    results: Iterator[tuple[date, dict[str, Any]]]
    if workers > 1 and len(made.changed_quarters) > 1 and _is_large(connection, made):
        results = in_order(_quarter, calls(), workers)
    else:
        results = (_quarter(*call) for call in calls())
    for quarter, tables in results:
        store.replace_period(connection, "quarter", quarter, tables, made.quarters[quarter])


def _start_bootstrap(
    connection: duckdb.DuckDBPyConnection,
    made: Plan,
    options: SnapshotOptions,
    workers: int,
    stack: ExitStack,
) -> Future[Survival] | None:
    """The bootstrap needs none of the months' results: it runs beside them where that pays."""
    quarter = made.thorough_quarter
    if quarter is None or quarter not in made.changed_quarters:
        return None
    month = made.ends[quarter]
    inputs = (
        *store.month_inputs(connection, month),
        store.context(connection, month),
        store.contact_weeks(
            connection,
            month,
            half_life_days=options.half_life_days,
            window_weeks=options.window_weeks,
        ),
        options,
    )
    if workers > 1 and len(made.changed_months) >= WORTH_A_PROCESS and inputs[0].num_rows:
        pool: ProcessPoolExecutor = stack.enter_context(processes(1))
        return pool.submit(bootstrap, *inputs)
    done: Future[Survival] = Future()
    report(STAGE, f"resampling the contacts of quarter {_name(quarter)}")
    done.set_result(bootstrap(*inputs))
    return done


def _quarter(
    quarter: date,
    now: MonthEnd,
    before: MonthEnd | None,
    options: SnapshotOptions,
    survival: Survival | None,
    is_thorough: bool,
) -> tuple[date, dict[str, Any]]:
    return quarter, quarter_tables(quarter, now, before, options, survival, is_thorough=is_thorough)


def _month_end(connection: duckdb.DuckDBPyConnection, month: date) -> MonthEnd:
    ties, people = store.month_inputs(connection, month)
    return MonthEnd(ties, people, store.month_results(connection, month), store.context(connection, month))


def _is_large(connection: duckdb.DuckDBPyConnection, made: Plan) -> bool:
    month = made.ends[made.changed_quarters[0]]
    return bool(store.month_results(connection, month).num_rows > SMALL)


def _name(quarter: date) -> str:
    """
    >>> _name(date(2025, 4, 1))
    '2025-Q2'
    """
    return f"{quarter.year}-Q{(quarter.month + 2) // 3}"
