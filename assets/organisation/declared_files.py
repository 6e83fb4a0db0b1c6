"""The small files beside the exports: initiatives, aliases, overrides, opt-outs."""

from __future__ import annotations

from pathlib import Path

from assets.organisation.accounts import hr_email, worker_id
from assets.organisation.arrays import iso_day
from assets.organisation.hr_files import org_unit_id, write_csv
from assets.organisation.period import WARM_UP
from assets.organisation.streams import Streams
from assets.organisation.traces import Traces

INITIATIVE_COLUMNS = (
    "initiative_id", "name", "targets", "starts_on", "ends_on", "assignment", "primary_metric", "hypothesis",
    "registered_on",
)  # fmt: skip
OPTED_OUT = (17, 23)
"""People who do not want their traces used: one named by worker id, one by address."""


def write_declared_files(folder: Path, traces: Traces, streams: Streams) -> list[list[str]]:
    """Write the four files; the teams that each initiative targets."""
    plan, names = traces.history.plan, traces.accounts.names
    write_csv(folder / "aliases.csv", ("alias_email", "email"), traces.accounts.aliases)
    write_csv(
        folder / "identity_overrides.csv", ("source", "account", "worker_id"), traces.accounts.overrides
    )
    one, other = OPTED_OUT
    rows = [(worker_id(one), ""), ("", hr_email(plan, names[other]))]
    write_csv(folder / "opt_out.csv", ("worker_id", "email"), rows)
    return _initiatives(folder / "initiatives.csv", traces, streams)


def _initiatives(path: Path, traces: Traces, streams: Streams) -> list[list[str]]:
    """Two programmes that change nothing, so that a good analysis finds nothing."""
    period, n_teams = traces.history.period, len(traces.history.structure.teams)
    months = traces.history.plan.months
    order = streams.of("initiatives").permutation(n_teams)
    half = [org_unit_id(int(t)) for t in sorted(order[: n_teams // 2])]
    few = [org_unit_id(int(t)) for t in sorted(order[n_teams // 2 : n_teams // 2 + max(1, n_teams // 8)])]
    begin = WARM_UP + min(6, months - 1)
    end = min(begin + 6, period.months)
    dates = (iso_day(int(period.bounds[begin])), iso_day(int(period.bounds[end]) - 1))
    registered = iso_day(int(period.bounds[begin]) - 30)
    rows = [
        ("I1", "Working out loud", _targets(half), *dates, "random", "participation_rate",
         "More people contribute in teams with a coach", registered),
        ("I2", "Coffee lottery", _targets(few), *dates, "targeted", "contribution_rate",
         "Random pairs talk more across departments", registered),
    ]  # fmt: skip
    write_csv(path, INITIATIVE_COLUMNS, rows)
    return [half, few]


def _targets(units: list[str]) -> str:
    return ";".join(f"unit:{unit}" for unit in units)
