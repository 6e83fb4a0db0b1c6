"""The small files beside the exports: initiatives, aliases, overrides, opt-outs."""

from __future__ import annotations

from pathlib import Path

from assets.organisation.accounts import hr_email, worker_id
from assets.organisation.arrays import iso_day
from assets.organisation.hr_files import org_unit_id, write_csv
from assets.organisation.traces import Traces

INITIATIVE_COLUMNS = (
    "initiative_id", "name", "targets", "starts_on", "ends_on", "assignment", "primary_metric", "hypothesis",
    "registered_on",
)  # fmt: skip
REGISTERED_BEFORE = 30
"""Days between writing an initiative down and its first day."""
OPTED_OUT = (17, 23)
"""People who do not want their traces used: one named by worker id, one by address."""


def write_declared_files(folder: Path, traces: Traces) -> None:
    """Write the four files."""
    plan, names = traces.history.plan, traces.accounts.names
    write_csv(folder / "aliases.csv", ("alias_email", "email"), traces.accounts.aliases)
    write_csv(
        folder / "identity_overrides.csv", ("source", "account", "worker_id"), traces.accounts.overrides
    )
    one, other = OPTED_OUT
    rows = [(worker_id(one), ""), ("", hr_email(plan, names[other]))]
    write_csv(folder / "opt_out.csv", ("worker_id", "email"), rows)
    bounds = traces.history.period.bounds
    write_csv(
        folder / "initiatives.csv",
        INITIATIVE_COLUMNS,
        [
            (
                programme.id, programme.name,
                ";".join(f"unit:{org_unit_id(int(team))}" for team in programme.teams),
                iso_day(int(bounds[programme.begin])), iso_day(int(bounds[programme.end]) - 1),
                programme.assignment, programme.metric, programme.hypothesis,
                iso_day(int(bounds[programme.begin]) - REGISTERED_BEFORE),
            )
            for programme in traces.history.programmes
        ],
    )  # fmt: skip
