"""Many months or quarters: large ones are shared between processes, results in order, memory bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from typing import Any

import pyarrow as pa

from assets.network.engine import KERNEL_VERTICES
from assets.network.snapshot import Snapshot, SnapshotOptions, snapshot

MonthInputs = tuple[pa.Table, pa.Table]


def processes(workers: int) -> ProcessPoolExecutor:
    """Processes that share the work. Spawned, not forked: the caller holds a database and threads."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def compute_snapshots(
    months: Sequence[date],
    load: Callable[[date], MonthInputs],
    options: SnapshotOptions | None = None,
    *,
    thorough: Container[date] = (),
    workers: int = 1,
) -> Iterator[Snapshot]:
    """Snapshots of ``months``, in their order, as soon as each is ready.

    ``load`` gives ties and people of a month and is called in this process, at most ``workers``
    months ahead of the result being waited for. Small populations are computed right here: a new
    process would take longer to start. Results do not depend on ``workers``. Months in ``thorough``
    get what sharpens a figure as well (see :func:`assets.network.snapshot_options.for_month`).
    """
    remaining = iter(months)
    first = next(remaining, None)
    if first is None:
        return
    inputs = load(first)
    if workers <= 1 or len(months) == 1 or inputs[1].num_rows <= KERNEL_VERTICES:
        yield snapshot(first, *inputs, options, is_thorough=first in thorough)
        for month in remaining:
            yield snapshot(month, *load(month), options, is_thorough=month in thorough)
        return

    def calls() -> Iterator[tuple[Any, ...]]:
        yield first, *inputs, options, first in thorough
        for month in remaining:
            yield month, *load(month), options, month in thorough

    yield from in_order(_snapshot, calls(), workers)


def in_order(function: Callable[..., Any], calls: Iterable[tuple[Any, ...]], workers: int) -> Iterator[Any]:
    """Results of a module's function over ``calls`` from several processes, in the order of the calls.

    At most ``workers`` + 1 calls are under way, so that neither inputs nor results pile up.
    """
    with processes(workers) as pool:
        waiting: deque[Future[Any]] = deque()
        for call in calls:
            waiting.append(pool.submit(function, *call))
            del call
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _snapshot(
    month: date, ties: pa.Table, people: pa.Table, options: SnapshotOptions | None, is_thorough: bool
) -> Snapshot:
    return snapshot(month, ties, people, options, is_thorough=is_thorough)
