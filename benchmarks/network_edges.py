"""From events to weighted monthly edges, beside the floor: DuckDB's scan of the same three columns.

Two routes: the compiled pass that builds graphs from any edge list, and plain SQL, which the
warehouse uses for its weekly dyads because it only ever meets the weeks that changed.

python -m benchmarks.network_edges [--events 10000000]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from assets.network.graph import Graph

_EVENTS = """
    copy (
        select
            (hash(i, 1) % {people})::integer as from_person_key,
            (((hash(i, 1) % {people}) + 1 + (hash(i, 2) % 60) * (hash(i, 3) % 20)) % {people})::integer
                as to_person_key,
            timestamp '2022-01-01'
                + to_microseconds(i * {step} + (hash(i, 4) % 1000000)::bigint) as occurred_at
        from range({events}) as numbers(i)
    ) to '{file}' (format parquet)
"""
_MONTH: Final = 30 * 86_400_000_000
"""Microseconds of a benchmark's month."""
_SCAN = "select sum(from_person_key), sum(to_person_key), max(occurred_at) from '{file}'"
_SQL = """
    create or replace table edges as
    select from_person_key, to_person_key, count(*) as weight
    from '{file}'
    where occurred_at >= timestamp '2022-01-01' + to_days(30 * {month})
        and occurred_at < timestamp '2022-01-01' + to_days(30 * {month} + 30)
    group by all
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=24)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.parquet"
        connection = duckdb.connect()
        step = chosen.months * _MONTH // chosen.events
        connection.execute(_EVENTS.format(file=file, step=step, **vars(chosen)))

        def in_sql() -> int:
            for month in range(chosen.months):
                connection.execute(_SQL.format(file=file, month=month))
            return 0

        floor = measured(lambda: connection.execute(_SCAN.format(file=file)).fetchall())
        compiled = measured(lambda: monthly_graphs(file, chosen.people, chosen.months))
        sql = measured(in_sql)
    print(f"{chosen.events:,} events, {chosen.months} months, load {os.getloadavg()[0]:.1f}; best of 5")
    rows = (("scan of three columns", floor), ("graphs, month by month", compiled), ("the same in SQL", sql))
    for name, (wall, spent) in rows:
        print(
            f"{name:<24}{wall:8.2f} s wall ({wall / floor[0]:4.1f}x the scan)"
            f"{spent:8.2f} CPU s ({spent / floor[1]:4.1f}x)"
        )


def monthly_graphs(file: Path, people: int, months: int) -> list[int]:
    """One graph per month, as `kithwork network` builds its own; returns their numbers of arcs."""
    events = pl.read_parquet(file)
    src, dst = (events[name].to_numpy() for name in ("from_person_key", "to_person_key"))
    starts = np.datetime64("2022-01-01", "us") + np.arange(months + 1) * np.timedelta64(_MONTH, "us")
    bounds = events["occurred_at"].search_sorted(pl.Series(starts)).to_list()

    def n_arcs(month: tuple[int, int]) -> int:
        return Graph.from_edges(people, src[slice(*month)], dst[slice(*month)]).n_edges

    # The compiled pass releases the interpreter, so months share the cores as the scan does.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(n_arcs, pairwise(bounds)))


def measured(call: Callable[[], Any]) -> tuple[float, float]:
    """Least wall and CPU seconds of five runs after one that is not counted."""
    walls, spent = [], []
    for _ in range(6):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        spent.append(time.process_time() - cpu)
    return min(walls[1:]), min(spent[1:])


if __name__ == "__main__":
    main()
