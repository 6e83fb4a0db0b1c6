"""What cannot be true in an HR file: overlapping employments, circles of managers.

Metric specification, K13. Everything here takes frames with ``ROW`` and returns row numbers.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from assets.extract.delimited import ROW

OPEN_END = date.max


def overlapping_spells(spells: pl.DataFrame) -> pl.Series:
    """Rows whose employment begins before an earlier one of the same worker has ended.

    ``spells``: worker_id, hire_date (NULL: unknown, before all others), termination_date (last
    day employed, NULL: open). The earlier employment stays, the later row is the one returned.
    """
    ordered = spells.select("worker_id", "hire_date", "termination_date", ROW).sort(
        "worker_id", "hire_date", ROW, nulls_last=False
    )
    several = ordered.filter(pl.len().over("worker_id") > 1)
    wrong: list[int] = []
    kept_until: date | None = None
    worker: str | None = None
    for record in several.iter_rows(named=True):
        begins = record["hire_date"] or date.min
        if record["worker_id"] == worker and kept_until is not None and begins <= kept_until:
            wrong.append(record[ROW])
            continue
        worker, kept_until = record["worker_id"], record["termination_date"] or OPEN_END
    return pl.Series(ROW, wrong, dtype=pl.Int64)


def manager_cycles(jobs: pl.DataFrame) -> pl.Series:
    """Rows that make somebody, over any number of steps, the manager of themselves.

    ``jobs``: worker_id, manager_id, valid_from (NULL: always), valid_to (exclusive, NULL: open);
    of rows valid at the same time the latest counts. A circle counts only if all its rows hold
    on one day.
    """
    edges = jobs.filter(pl.col("manager_id").is_not_null())
    if not edges.height:
        return pl.Series(ROW, [], dtype=pl.Int64)
    people = pl.concat([edges["worker_id"], edges["manager_id"]]).unique().sort()
    places = pl.DataFrame({"worker_id": people, "place": np.arange(len(people))})
    source = edges.join(places, on="worker_id", how="left", maintain_order="left")["place"].to_numpy()
    target = edges.join(
        places, left_on="manager_id", right_on="worker_id", how="left", maintain_order="left"
    )["place"].to_numpy()
    shape = (len(people), len(people))
    _, parts = connected_components(
        coo_array((np.ones(len(source)), (source, target)), shape=shape), connection="strong"
    )
    inside = edges.with_columns(part=pl.Series(parts[source])).filter(
        pl.Series(parts[source] == parts[target])
    )
    wrong: set[int] = set()
    for _, suspects in inside.group_by("part"):
        others = jobs.filter(pl.col("worker_id").is_in(suspects["worker_id"].unique().implode()))
        wrong |= _cycles_over_time(others)
    return pl.Series(ROW, sorted(wrong), dtype=pl.Int64)


def _cycles_over_time(jobs: pl.DataFrame) -> set[int]:
    records = jobs.sort("valid_from", ROW, nulls_last=False).to_dicts()
    wrong: set[int] = set()
    for day in sorted({record["valid_from"] or date.min for record in records}):
        holding = {
            record["worker_id"]: record
            for record in records
            if (record["valid_from"] or date.min) <= day < (record["valid_to"] or OPEN_END)
        }
        wrong |= _cycles_of(holding)
    return wrong


def _cycles_of(holding: dict[str, dict[str, Any]]) -> set[int]:
    """Rows on the circles of one day; everyone has one manager, so a walk finds them."""
    wrong: set[int] = set()
    done: set[str] = set()
    for start in holding:
        walk: list[str] = []
        at: str | None = start
        while at is not None and at in holding and at not in done:
            done.add(at)
            walk.append(at)
            at = holding[at]["manager_id"]
        if at in walk:
            wrong |= {holding[worker][ROW] for worker in walk[walk.index(at) :]}
    return wrong


def ends_are_inclusive(jobs: pl.DataFrame) -> bool:
    """Whether ``valid_to`` is the last valid day rather than the first invalid one.

    Decided by the file: mostly, does the next row of a worker begin the day after, or the same day?
    """
    ordered = jobs.sort("worker_id", "valid_from")
    gaps = (ordered["valid_from"].shift(-1) - ordered["valid_to"]).dt.total_days()
    same_worker = ordered["worker_id"] == ordered["worker_id"].shift(-1)
    gaps = gaps.filter(same_worker)
    return int((gaps == 1).sum()) > int((gaps == 0).sum())
