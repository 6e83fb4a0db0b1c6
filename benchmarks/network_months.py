"""Whole months of a large organisation as a backfill computes them: several processes, bounded memory.

python -m benchmarks.network_months [--months 24] [--people 100000] [--workers 2]
"""

from __future__ import annotations

import argparse
import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from assets.network.backfill import compute_snapshots
from assets.network.snapshot_options import SnapshotOptions
from benchmarks.network_graphs import month_tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--degree", type=int, default=14)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    months = [date(2022 + n // 12, n % 12 + 1, 1) for n in range(chosen.months)]
    with watched() as peak:
        started, own = time.perf_counter(), time.process_time()
        results = compute_snapshots(
            months,
            lambda month: month_tables(chosen.people, chosen.degree, 3 + months.index(month)),
            SnapshotOptions(),
            workers=chosen.workers,
        )
        for done in results:
            print(f"{done.month:%Y-%m} {time.perf_counter() - started:7.1f} s {done.facts}", flush=True)
        wall, own = time.perf_counter() - started, time.process_time() - own
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = children.ru_utime + children.ru_stime
    print(
        f"{chosen.months} months of {chosen.people:,} people: {wall:.0f} s wall, {spent:.0f} CPU s in "
        f"{chosen.workers} processes ({spent / chosen.months:.1f} a month), {own:.0f} CPU s to make the "
        f"input, {peak[0]:.2f} GB at most in all processes together, load {os.getloadavg()[0]:.1f}"
    )


@contextmanager
def watched() -> Iterator[list[float]]:
    """The most memory that this process and its children held together, in GB (Linux only)."""
    peak, is_over = [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.3):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()


def resident() -> float:
    """Resident memory of this process and its direct children in GB; 0 where /proc is missing."""
    total, me = 0, os.getpid()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if me in (int(fields[1]), int(folder.name)):
            total += int(fields[21]) * resource.getpagesize()
    return total / 1024**3


if __name__ == "__main__":
    main()
