"""The small files beside the exports: initiatives, aliases, overrides, opt-outs, topics."""

from __future__ import annotations

from pathlib import Path

from assets.organisation.accounts import hr_email, worker_id
from assets.organisation.arrays import iso_day
from assets.organisation.hr_files import org_unit_id, write_csv
from assets.organisation.knowledge import OPTED_OUT
from assets.organisation.topics import TOPICS
from assets.organisation.traces import Traces

INITIATIVE_COLUMNS = (
    "initiative_id", "name", "targets", "starts_on", "ends_on", "assignment", "primary_metric", "hypothesis",
    "registered_on",
)  # fmt: skip
REGISTERED_BEFORE = 30
"""Days between writing an initiative down and its first day."""


def write_declared_files(folder: Path, traces: Traces) -> None:
    """Write the files."""
    plan, names = traces.history.plan, traces.accounts.names
    write_csv(folder / "aliases.csv", ("alias_email", "email"), traces.accounts.aliases)
    write_csv(
        folder / "identity_overrides.csv", ("source", "account", "worker_id"), traces.accounts.overrides
    )
    one, other = OPTED_OUT
    rows = [(worker_id(one), ""), ("", hr_email(plan, names[other]))]
    write_csv(folder / "opt_out.csv", ("worker_id", "email"), rows)
    write_csv(folder / "topics.csv", ("topic", "terms"), [(t.name, "|".join(t.terms)) for t in TOPICS])
    hidden = [(worker_id(person), TOPICS[topic].name) for topic, person in traces.knowledge.hidden]
    write_csv(folder / "hidden_topics.csv", ("worker_id", "topic"), hidden)
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
