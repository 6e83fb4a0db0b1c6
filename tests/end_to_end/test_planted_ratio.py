"""The planted ratio of leaving comes back by the pipeline's own function, where there are people enough."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest

from assets.organisation.history import simulate
from assets.organisation.people_truth import person_months
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.outcomes.retention import retention_by_engagement

DAYS_PER_MONTH = 30.4375


def compared(**changes):
    """Rate ratio and interval, by the pipeline's function, of 3,000 people over two years.

    Decisions and the exposure by which they were drawn; only people past their first nine months,
    because whoever has just come can neither have been engaged before nor leave as rarely.
    """
    plan = Plan(
        people=3000, months=24, voluntary_rate=0.2, confounding=0.0, mix_shift=False, **changes
    )  # fmt: skip
    streams = Streams(plan.seed)
    frame = person_months(simulate(plan, build_structure(plan, streams), streams))
    frame = frame.filter("is_at_risk", "is_observed", pl.col("tenure_years") > 0.75)
    counts = frame.group_by("is_engaged").agg(
        pl.col("is_decision").sum().cast(pl.Int64).alias("n_events"),
        (pl.len() * DAYS_PER_MONTH).cast(pl.Int64).alias("employed_days"),
        pl.col("worker_id").n_unique().cast(pl.Int64).alias("n_persons"),
    )
    rows = [
        {
            "lag_months": 3,
            "exposure": "engaged" if row.pop("is_engaged") else "not_engaged",
            "sample": "own",
            "event_clock": "exit",
            "history_months": plan.months,
            **row,
        }
        for row in counts.to_dicts()
    ]
    gap = pa.table({name: [] for name in ("index_date", "exposure", "n_persons", "n_retained")})
    (found,) = retention_by_engagement(pa.Table.from_pylist(rows), gap).to_pylist()
    assert found["is_publishable"]
    return found["rate_ratio"], found["rate_ratio_ci_low"], found["rate_ratio_ci_high"]


@pytest.mark.parametrize("planted", [0.5, 0.8, 1.0])
def test_the_planted_ratio_comes_back_at_sufficient_size(planted):
    ratio, low, high = compared(hazard_ratio=planted)
    assert low < planted < high
    assert ratio == pytest.approx(planted, rel=0.2)
