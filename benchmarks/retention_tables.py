"""A simulated organisation as the tables that the retention models read, and those models' own SQL.

The generator's history becomes employment, jobs and contribution days without files in between;
the models of ``dbt/models/intermediate/retention`` then run as dbt compiles them.
"""

from __future__ import annotations

import os
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from assets.organisation.arrays import FAR
from assets.organisation.employment import YEAR
from assets.organisation.history import History
from assets.organisation.hr_files import age_band
from assets.organisation.period import WARM_UP, holidays_of, week_of, weekday_of
from assets.organisation.roster import CONTINGENT, EXIT_TYPES
from assets.organisation.structure import PLACES

MODELS = (
    "int_retention_windows",
    "int_retention_clock",
    "int_retention_person_months",
    "int_retention_exposures",
    "int_retention_exposure_counts",
    "int_retention_baselines",
    "int_retention_stratified",
)
LAST_DATE = np.datetime64("9999-12-31", "D").astype(np.int64)


def compiled_models(folder: Path, manifest: Any = None) -> dict[str, str]:
    """The SQL of each model of the retention folder, as dbt compiles it; takes some seconds."""
    results = _compiled(folder, manifest, ["--select", *MODELS])
    return {node.name: code for node, code in results}


def _compiled(folder: Path, manifest: Any, what: list[str]) -> list[tuple[Any, str]]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    before = os.environ.get("KITHWORK_DATABASE")
    os.environ["KITHWORK_DATABASE"] = str(folder / "kithwork.duckdb")
    project = str(Path(__file__).parents[1] / "dbt")
    words = [
        "compile", "--quiet", "--project-dir", project, "--profiles-dir", project,
        "--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), *what,
    ]  # fmt: skip
    with redirect_stdout(StringIO()):  # even a quiet dbt prints what it compiled
        outcome = dbtRunner(manifest=manifest).invoke(words)
    DuckDBConnectionManager.close_all_connections()
    if before is None:
        del os.environ["KITHWORK_DATABASE"]
    else:
        os.environ["KITHWORK_DATABASE"] = before
    if not outcome.success:
        raise RuntimeError(f"dbt could not compile {what[-1]}: {outcome.exception}")
    # the tables live in a connection of their own, without the file's name before them
    return [
        (result.node, re.sub(r'"kithwork"\.', "", result.node.compiled_code))
        for result in outcome.result.results
    ]


def modelled(history: History, models: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """A connection in memory with the inputs and the tables of every retention model."""
    connection = duckdb.connect(config={"threads": 2})
    write_inputs(connection, history)
    run_models(connection, models)
    return connection


def write_inputs(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """The tables that the models select from."""
    for schema in ("intermediate", "identity", "reference"):
        connection.execute(f"create schema {schema}")
    for name, table in inputs(history).items():
        connection.register("batch", table)
        connection.execute(f"create table {name} as select * from batch")
        connection.unregister("batch")


def run_models(connection: duckdb.DuckDBPyConnection, models: dict[str, str]) -> None:
    """Every retention model, in order."""
    for name in MODELS:
        connection.execute(f"create table intermediate.{name} as {models[name]}")


def inputs(history: History) -> dict[str, pa.Table]:
    """The tables that the models select from, with the columns they use."""
    roster, period = history.roster, history.period
    bounds = period.bounds[WARM_UP:]
    n = len(roster)
    left = roster.exit < period.end_day
    spells = pa.table(
        {
            "spell_key": np.arange(n),
            "person_key": roster.person,
            "termination_type": pa.array(
                [
                    EXIT_TYPES[kind] if gone else None
                    for kind, gone in zip(roster.exit_type, left, strict=True)
                ],
                pa.string(),
            ),
            "is_redundancy": np.zeros(n, dtype=bool),
            "hire_date": _days(roster.hired),
            "termination_date": pa.array(_days(roster.exit), mask=~left),
            "notice_date": pa.array(_days(roster.notice), mask=roster.notice >= period.end_day),
            "employed_from": _days(roster.hired),
            "employed_to": _days(np.where(left, roster.exit + 1, LAST_DATE)),
            "has_employment_dates": np.ones(n, dtype=bool),
            "is_contingent": roster.contract == CONTINGENT,
            "has_retention": np.ones(n, dtype=bool),
            "is_separation": left,
        }
    )
    segments, contributions = _activity(history)
    persons = np.unique(roster.person)
    teams = np.arange(len(history.structure.teams))
    return {
        "intermediate.int_org_unit_ancestors": pa.table(
            {
                "org_unit_key": np.concatenate([-1 - teams] * 2),
                "ancestor_org_unit_key": np.concatenate([-1 - teams, -100_000 - teams % 10]),
                "depth_of_ancestor": np.repeat([2, 1], len(teams)),
            }
        ),
        "intermediate.int_spells": spells,
        "intermediate.int_job_periods": _job_periods(history),
        "intermediate.int_employment_segments": segments,
        "intermediate.int_person_contribution_days": contributions,
        "identity.persons": pa.table(
            {"person_key": persons, "is_opted_out": np.zeros(len(persons), dtype=bool)}
        ),
        "reference.months": pa.table({"month_start": _days(bounds[:-1]), "month_end": _days(bounds[1:])}),
        "reference.calendar_bounds": pa.table(
            {"start_date": _days(bounds[:1]), "as_of_date": _days(bounds[-1:] - 1)}
        ),
    }


def _activity(history: History) -> tuple[pa.Table, pa.Table]:
    """Eligible days per spell and month, and the days with contributions."""
    roster, period = history.roster, history.period
    spells, months, eligible, persons, days, counts = ([] for _ in range(6))
    for activity in history.activity[WARM_UP:]:
        dates = period.days(activity.month)
        work = np.repeat((weekday_of(dates) < 5)[None, :], len(PLACES), axis=0)
        for i, place in enumerate(PLACES):
            work[i, np.isin(dates, holidays_of(place.country, dates))] = False
        before_notice = dates <= roster.notice[activity.rows, None]
        here = activity.present & before_notice & work[roster.place[activity.rows]]
        spells.append(activity.rows)
        months.append(np.full(len(activity.rows), dates[0]))
        eligible.append(here.sum(axis=1))
        row, column = np.nonzero(activity.contributions)
        persons.append(roster.person[activity.rows[row]])
        days.append(dates[column])
        counts.append(activity.contributions[row, column])
    day = np.concatenate(days)
    return (
        pa.table(
            {
                "spell_key": np.concatenate(spells),
                "month_start": _days(np.concatenate(months)),
                "eligible_retention_days": np.concatenate(eligible),
            }
        ),
        pa.table(
            {
                "person_key": np.concatenate(persons),
                "local_date": _days(day),
                "week_start": _days(week_of(day) * 7 - 3),
                "n_retention_contributions": np.concatenate(counts),
            }
        ),
    )


def _job_periods(history: History) -> pa.Table:
    jobs, roster = history.jobs, history.roster
    order = np.lexsort((jobs.since, roster.person[jobs.spell]))
    spell = jobs.spell[order]
    person = roster.person[spell]
    since = jobs.since[order]
    until = np.where(jobs.until[order] >= FAR, LAST_DATE, jobs.until[order])
    same = np.append(person[1:] == person[:-1], False)
    until = np.where(same, np.minimum(until, np.append(since[1:], LAST_DATE)), until)
    manager = jobs.manager[order]
    born = roster.born[spell]
    age = (np.maximum(since, history.period.first_day) - born) / YEAR
    families = [history.structure.family(team) for team in range(len(history.structure.teams))]
    kept = until > since
    return pa.table(
        {
            "person_key": person,
            "manager_person_key": pa.array(roster.person[np.maximum(manager, 0)], mask=manager < 0),
            "org_unit_key": -1 - jobs.team[order],
            "location": [PLACES[i].name for i in jobs.place[order]],
            "level": [f"L{i}" for i in jobs.level[order]],
            "job_family": [families[i] for i in jobs.team[order]],
            "age_band": [age_band(float(a)) for a in age],
            "fte": jobs.fte[order],
            "period_from": _days(since),
            "period_to": _days(until),
        }
    ).filter(pa.array(kept))


def _days(days: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(days, LAST_DATE), dtype="datetime64[D]")
