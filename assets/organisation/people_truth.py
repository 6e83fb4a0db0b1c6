"""What is true of people, their spells, ties, places and accounts: frames of the truth."""

from __future__ import annotations

import numpy as np
import polars as pl

from assets.organisation.accounts import worker_id
from assets.organisation.arrays import FAR, Ints
from assets.organisation.history import History
from assets.organisation.hr_files import org_unit_id
from assets.organisation.period import WARM_UP
from assets.organisation.regret import regret
from assets.organisation.roster import EXIT_TYPES, VOLUNTARY
from assets.organisation.structure import PLACES
from assets.organisation.ties import KINDS
from assets.organisation.traces import Traces


def _dates(days: Ints) -> pl.Series:
    """Day numbers as dates, NULL where the day never comes."""
    numbers = pl.Series(np.where(days >= FAR, 0, days), dtype=pl.Int32).cast(pl.Date)
    return pl.select(pl.when(pl.lit(pl.Series(days < FAR))).then(pl.lit(numbers))).to_series()


def _worker_ids(persons: Ints) -> list[str]:
    return [worker_id(int(p)) for p in persons]


def spells(history: History) -> pl.DataFrame:
    """One row per spell: also what HR does not know (decision, exits after the end, every regret)."""
    roster, regrets = history.roster, regret(history)
    return pl.DataFrame(
        {
            "worker_id": _worker_ids(roster.person),
            "spell": np.arange(len(roster)),
            "hire_date": _dates(roster.hired),
            "exit_date": _dates(roster.exit),
            "exit_type": [EXIT_TYPES[k] for k in roster.exit_type.tolist()],
            "decided_on": _dates(roster.decided),
            "withdrawal_from": _dates(roster.decided),
            "notice_date": _dates(roster.notice),
            "is_regretted": regrets.is_regretted,
            "is_regret_assessed": regrets.is_assessed,
            "is_exit_in_period": roster.exit < history.period.end_day,
        }
    )


def person_months(history: History) -> pl.DataFrame:
    """One row per spell and month: the exposure and hazard by which the decision was drawn.

    ``is_decision`` says whether this spell decided in this month to leave. ``rate`` is the
    expected contributions per working day before withdrawal.
    """
    parts = []
    for state, activity in zip(history.states, history.activity, strict=True):
        first, end = history.period.bounds[state.month], history.period.bounds[state.month + 1]
        decided = history.roster.decided[state.rows]
        parts.append(
            pl.DataFrame(
                {
                    "spell": state.rows,
                    "worker_id": _worker_ids(history.roster.person[state.rows]),
                    "month": [history.period.label(state.month)] * len(state.rows),
                    "is_observed": [state.month >= WARM_UP] * len(state.rows),
                    "is_at_risk": state.hazard > 0,
                    "is_engaged": state.engaged,
                    "confounder": state.confounder,
                    "tenure_years": (first - history.roster.hired[state.rows]) / 365.25,
                    "hazard": state.hazard,
                    "is_near_leaver": state.is_near_leaver,
                    "hardship": state.hardship,
                    "is_decision": (decided >= first)
                    & (decided < end)
                    & (history.roster.exit_type[state.rows] == VOLUNTARY),
                    "rate": activity.rate,
                    "contributions": activity.contributions.sum(axis=1),
                    "direct_chats": activity.direct.sum(axis=1),
                    "days_present": activity.present.sum(axis=1),
                }
            )
        )
    frame = pl.concat(parts)
    return frame.with_columns(pl.col("month").str.to_date())


def people(traces: Traces) -> pl.DataFrame:
    """One row per person: what made them write or not."""
    latent, n = traces.history.latent, traces.history.persons
    return pl.DataFrame(
        {
            "worker_id": _worker_ids(np.arange(n)),
            "name": [name.full for name in traces.accounts.names],
            "sociability": latent.sociability[:n],
            "adoption_months": latent.adoption[:n],
            "never_posts": latent.never_posts[:n],
            "has_account": traces.accounts.has_account,
        }
    )


def ties(traces: Traces) -> pl.DataFrame:
    """One row per tie, with both strengths and the months in which it held."""
    ties, period = traces.ties, traces.history.period
    label = [period.label(m) for m in range(period.months)]
    return pl.DataFrame(
        {
            "from_worker_id": _worker_ids(ties.low),
            "to_worker_id": _worker_ids(ties.high),
            "kind": [KINDS[k] for k in ties.kind.tolist()],
            "strength": ties.strength_up,
            "strength_back": ties.strength_down,
            "since": [label[m] for m in ties.since.tolist()],
            "until": [label[m] if m < FAR else None for m in ties.until.tolist()],
        },
        schema_overrides={"until": pl.String},
    ).with_columns(pl.col("since", "until").str.to_date())


def positions(history: History) -> pl.DataFrame:
    """One row per term of a planted role (hub, broker, bridge)."""
    label = history.period.label
    return pl.DataFrame(
        {
            "role": [t.role for t in history.terms],
            "worker_id": [worker_id(t.person) for t in history.terms],
            "since": [label(t.since) for t in history.terms],
            "until": [label(t.until) if t.until < FAR else None for t in history.terms],
        },
        schema={"role": pl.String, "worker_id": pl.String, "since": pl.String, "until": pl.String},
    ).with_columns(pl.col("since", "until").str.to_date())


def org_units(history: History) -> pl.DataFrame:
    """One row per team, with its path before and after the reorganisation."""
    structure = history.structure
    n = len(structure.teams)
    return pl.DataFrame(
        {
            "org_unit_id": [org_unit_id(t) for t in range(n)],
            "path_before": [structure.path(t, False) for t in range(n)],
            "path_after": [structure.path(t, True) for t in range(n)],
            "department": [structure.departments[d] for d in structure.team_department.tolist()],
            "is_frontline": structure.team_frontline,
            "is_silo": structure.team_department == structure.silo,
            "location": [PLACES[p].name for p in structure.team_place.tolist()],
        }
    )


def accounts(traces: Traces) -> pl.DataFrame:
    """One row per account, with the person behind it; NULL for bots and other accounts."""
    rows = [
        {
            "slack_id": a.slack_id, "slack_email": a.slack_email, "viva_engage_id": a.viva_id or None,
            "kind": a.kind, "worker_id": worker_id(a.person) if a.person >= 0 else None,
        }
        for a in traces.accounts.all()
        if a.person < 0 or traces.accounts.has_account[a.person]
    ]  # fmt: skip
    kinds = {"viva_engage_id": pl.Int64, "slack_email": pl.String, "worker_id": pl.String}
    return pl.DataFrame(rows, schema_overrides=kinds)
