"""Many months: large ones are shared between processes, results come in order, memory is bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import pyarrow as pa

from assets.network.centrality import KERNEL_VERTICES
from assets.network.snapshot import Snapshot, SnapshotOptions, snapshot

MonthInputs = tuple[pa.Table, pa.Table]


def compute_snapshots(
    months: Sequence[date],
    load: Callable[[date], MonthInputs],
    options: SnapshotOptions | None = None,
    *,
    workers: int = 1,
) -> Iterator[Snapshot]:
    """Snapshots of ``months``, in their order, as soon as each is ready.

    ``load`` gives ties and people of a month and is called in this process, at most ``workers``
    months ahead of the result being waited for. Small populations are computed right here: a new
    process would take longer to start. Results do not depend on ``workers``.
    """
    remaining = iter(months)
    first = next(remaining, None)
    if first is None:
        return
    inputs = load(first)
    if workers <= 1 or len(months) == 1 or inputs[1].num_rows <= KERNEL_VERTICES:
        yield snapshot(first, *inputs, options)
        for month in remaining:
            yield snapshot(month, *load(month), options)
        return
    # Spawned, not forked: the caller may hold a database connection and threads.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[Snapshot]] = deque([pool.submit(snapshot, first, *inputs, options)])
        del inputs
        for month in remaining:
            if len(waiting) > workers:
                yield waiting.popleft().result()
            waiting.append(pool.submit(snapshot, month, *load(month), options))
        while waiting:
            yield waiting.popleft().result()
