"""From a plan to a folder that can be built: landing files, settings, truth."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson

from assets.organisation.declared_files import write_declared_files
from assets.organisation.hr_files import write_hr_files
from assets.organisation.messages import SLACK, VIVA_ENGAGE
from assets.organisation.period import DAY_SECONDS
from assets.organisation.plan import Plan
from assets.organisation.searches import write_searches
from assets.organisation.settings_file import settings_text
from assets.organisation.slack_directory import Export
from assets.organisation.slack_files import write_slack_export
from assets.organisation.streams import Streams
from assets.organisation.success import write_success
from assets.organisation.survey_files import write_survey
from assets.organisation.traces import Traces, leave_traces
from assets.organisation.truth import write_truth
from assets.organisation.viva_engage_files import write_viva_engage_exports

OWN_FOLDERS = ("landing", "truth")
OWN_FILES = (
    "kithwork.yaml",
    "initiatives.csv",
    "aliases.csv",
    "identity_overrides.csv",
    "opt_out.csv",
    "topics.csv",
    "hidden_topics.csv",
)
SEARCHES = Path("searches") / "intranet_search.csv"
SUCCESS = Path("success") / "success_metrics.csv"
MARK = Path("truth") / "plan.json"
"""By this file a folder is recognised as generated."""


@dataclass(frozen=True)
class Summary:
    """What was written, for people to read."""

    people: int
    departments: int
    teams: int
    slack_messages: int
    viva_engage_messages: int
    reactions: int
    voluntary_exits: int
    silo: str | None
    settings: Path


def generate(plan: Plan, out: Path) -> Summary:
    """Write the organisation of ``plan`` into ``out``.

    Raises ``FileExistsError`` where ``out`` holds something that was not generated, or the warehouse of
    another organisation. A generated folder is replaced, except for its warehouse and key.
    """
    _refuse_another_warehouse(plan, out)
    _clear(out)
    traces = leave_traces(plan)
    streams = Streams(plan.seed)
    landing = out / "landing"
    slack_records = _slack(landing / "slack", traces)
    write_viva_engage_exports(landing / "viva_engage", traces)
    write_hr_files(landing / "hr", traces.history, traces.accounts.names)
    write_survey(landing / "survey" / "network_survey.csv", traces, streams)
    success = write_success(landing / SUCCESS, traces, streams) if plan.success_metrics else None
    searches = write_searches(landing / SEARCHES, traces, streams)
    write_declared_files(out, traces)
    (out / "kithwork.yaml").write_text(settings_text(plan), encoding="utf-8")
    truth = write_truth(out / "truth", traces, searches, success)
    structure, period, roster = traces.history.structure, traces.history.period, traces.history.roster
    left = (roster.exit_type == 1) & (roster.exit >= period.first_day) & (roster.exit < period.end_day)
    return Summary(
        people=traces.history.persons,
        departments=len(structure.departments),
        teams=len(structure.teams),
        slack_messages=slack_records,
        viva_engage_messages=int((traces.messages.platform == VIVA_ENGAGE).sum()),
        reactions=len(traces.reactions.author),
        voluntary_exits=int(left.sum()),
        silo=truth.planted["silo"],
        settings=out / "kithwork.yaml",
    )


def _slack(folder: Path, traces: Traces) -> int:
    """The exports; how many Slack messages there are, each counted once."""
    period, plan = traces.history.period, traces.history.plan
    begin, end = period.first_day * DAY_SECONDS, period.end_day * DAY_SECONDS
    write_slack_export(folder / "acme_slack_export.zip", traces, Export(begin, traces.cut, False))
    if plan.second_export:
        again = int(period.bounds[-2]) * DAY_SECONDS
        name = f"acme_slack_export_{period.label(period.months - 1)[:7]}.zip"
        write_slack_export(folder / name, traces, Export(again, end, True))
    return int((traces.messages.platform == SLACK).sum())


def _refuse_another_warehouse(plan: Plan, out: Path) -> None:
    """Two organisations in one warehouse share message ids: no build of both could pass its checks."""
    lake = out / "warehouse" / "lake"
    if not (out / MARK).exists() or not lake.exists() or not any(lake.iterdir()):
        return
    before = Plan().as_dict() | orjson.loads((out / MARK).read_bytes())
    other = {name: value for name, value in plan.as_dict().items() if before[name] != value}
    if other:
        changes = ", ".join(f"{name} {before[name]} instead of {value}" for name, value in other.items())
        raise FileExistsError(
            f"{out / 'warehouse'} was built from another organisation ({changes}) and would mix the two; "
            "give another folder with --out, or delete that warehouse first"
        )


def _clear(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise FileExistsError(
            f"{out} is not empty and was not made by this command; give a new or a generated folder"
        )
    for folder in OWN_FOLDERS:
        shutil.rmtree(out / folder, ignore_errors=True)
    for file in OWN_FILES:
        (out / file).unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
