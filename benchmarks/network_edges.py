"""From events to weighted monthly edges, beside the floor: DuckDB's scan of the same three columns.

python -m benchmarks.network_edges [--events 10000000]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

_EVENTS = """
    copy (
        select
            (hash(i, 1) % {people})::integer as from_person_key,
            ((hash(i, 1) % {people}) + 1 + (hash(i, 2) % 60) * (hash(i, 3) % 20)) % {people} as to_person_key,
            (i * {months} // {events})::integer as month
        from range({events}) as numbers(i)
    ) to '{file}' (format parquet)
"""
_SCAN = "select sum(from_person_key), sum(to_person_key), sum(month) from '{file}'"
_EDGES = """
    create or replace table edges as
    select month, from_person_key, to_person_key, count(*) as weight
    from '{file}' where month = {month} group by all
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
        connection.execute(_EVENTS.format(file=file, **vars(chosen)))

        def months() -> None:
            for month in range(chosen.months):
                connection.execute(_EDGES.format(file=file, month=month))

        floor = measured(lambda: connection.execute(_SCAN.format(file=file)).fetchall())
        found = measured(months)
    print(f"{chosen.events:,} events, {chosen.months} months, load {os.getloadavg()[0]:.1f}; best of 3")
    for name, (wall, spent) in (("scan of three columns", floor), ("edges, month by month", found)):
        print(f"{name:<24}{wall:8.2f} s wall {spent:8.2f} CPU s {spent / floor[1]:6.1f}x the scan")


def measured(call: Callable[[], Any]) -> tuple[float, float]:
    """Least wall and CPU seconds of three runs after one that is not counted."""
    walls, spent = [], []
    for _ in range(4):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        spent.append(time.process_time() - cpu)
    return min(walls[1:]), min(spent[1:])


if __name__ == "__main__":
    main()
