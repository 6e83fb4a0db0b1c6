"""What the organisation calls success: two metrics that depend on bridges, three that depend on nothing.

Every team differs from the others for good, months differ for all teams alike, and the rest is noise that
remembers a third of last month's. On top of that, sales and satisfaction of a month rise with the
team's bridges (``contacts.team_bridges``) of ``success_lag`` months before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.organisation.accounts import worker_id
from assets.organisation.arrays import Floats, iso_day
from assets.organisation.contacts import team_bridges
from assets.organisation.hr_files import org_unit_id, write_csv
from assets.organisation.streams import Streams
from assets.organisation.traces import Traces

COLUMNS = (
    "entity_type", "entity_id", "metric", "period_start", "period_end", "value", "unit", "higher_is_better",
)  # fmt: skip
MEMORY = 0.3
"""Correlation of the noise of neighbouring months."""


@dataclass(frozen=True)
class TeamMetric:
    """A metric of teams by month: level, spread between teams, noise, what one more bridge adds."""

    name: str
    unit: str
    higher_is_better: bool
    level: float
    between_teams: float
    noise: float
    per_bridge: float
    digits: int


SALES = TeamMetric("sales_per_head", "kEUR", True, 22.0, 6.0, 1.6, 1.0, 3)
SATISFACTION = TeamMetric("customer_satisfaction", "points of 10", True, 7.4, 0.5, 0.3, 0.12, 3)
INCIDENTS = TeamMetric("incidents_per_100_days", "count", False, 6.0, 1.0, 0.9, 0.0, 3)
IDEAS = TeamMetric("ideas_per_head", "count", True, 1.2, 0.2, 0.15, 0.0, 3)
TEAM_METRICS = (SALES, SATISFACTION, INCIDENTS, IDEAS)
RATING = "performance_rating"
"""Of people, once a quarter, 1 to 5: a matter of the person and of chance."""


def write_success(path: Path, traces: Traces, streams: Streams) -> dict[str, Any]:
    """Write the file; what was planted in it, for the truth folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bridges = team_bridges(traces)
    plan = traces.history.plan
    planted = {m.name: team_values(m, bridges, plan.success_effect, plan.success_lag, streams)
               for m in TEAM_METRICS}  # fmt: skip
    rows = [*_team_rows(traces, planted), *_ratings(traces, streams)]
    write_csv(path, COLUMNS, rows)
    return {
        "driver": "mean number of mutual contacts outside the own team within three months",
        "lag_months": plan.success_lag,
        "per_bridge": {m.name: m.per_bridge * plan.success_effect for m in TEAM_METRICS} | {RATING: 0.0},
        "noise": {m.name: m.noise for m in TEAM_METRICS},
        "bridges_by_month": [None if np.isnan(x) else float(x) for x in np.nanmean(bridges, axis=0)],
    }


def team_values(metric: TeamMetric, bridges: Floats, effect: float, lag: int, streams: Streams) -> Floats:
    """Values of a metric, shape (teams, months), NaN where the team has nobody.

    Before the first month nothing is known of bridges: months up to ``lag`` take those of the first.
    """
    teams, months = bridges.shape
    rng = streams.of(f"success {metric.name}")
    level = metric.level + metric.between_teams * rng.normal(size=(teams, 1))
    season = 0.5 * metric.noise * rng.normal(size=(1, months))
    noise = rng.normal(size=(teams, months))
    for month in range(1, months):
        noise[:, month] = MEMORY * noise[:, month - 1] + np.sqrt(1 - MEMORY**2) * noise[:, month]
    before = bridges[:, np.maximum(np.arange(months) - lag, 0)]
    values = level + season + metric.noise * noise + effect * metric.per_bridge * before
    return np.where(np.isnan(bridges), np.nan, values)


def _team_rows(traces: Traces, planted: dict[str, Floats]) -> Iterable[Sequence[object]]:
    period, months = traces.history.period, traces.history.plan.months
    first = period.months - months
    for metric in TEAM_METRICS:
        values = planted[metric.name]
        for column in range(months):
            begin, end = int(period.bounds[first + column]), int(period.bounds[first + column + 1])
            for team in np.flatnonzero(~np.isnan(values[:, column])).tolist():
                yield (
                    "org_unit", org_unit_id(team), metric.name, iso_day(begin), iso_day(end - 1),
                    f"{values[team, column]:.{metric.digits}f}", metric.unit,
                    str(metric.higher_is_better).lower(),
                )  # fmt: skip


def _ratings(traces: Traces, streams: Streams) -> Iterable[Sequence[object]]:
    """Whoever was there on the last day of a quarter gets a rating for it."""
    period, months = traces.history.period, traces.history.plan.months
    first, persons = period.months - months, traces.history.persons
    own = streams.of("ratings").normal(size=persons)
    for column in range(2, months, 3):
        drawn = streams.of("ratings", column).normal(size=persons)
        rating = np.clip(np.rint(3.3 + 0.5 * own + 0.6 * drawn), 1, 5).astype(np.int64)
        begin, end = int(period.bounds[first + column - 2]), int(period.bounds[first + column + 1])
        for person in traces.populations[first + column].here.tolist():
            if traces.last_exit[person] >= end - 1 and traces.first_hired[person] < begin:
                yield (
                    "person", worker_id(person), RATING, iso_day(begin), iso_day(end - 1),
                    int(rating[person]), "1 to 5", "true",
                )  # fmt: skip
