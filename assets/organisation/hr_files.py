"""HR files: employees (one row per spell), dated jobs, absences."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from assets.organisation.accounts import hr_email, worker_id
from assets.organisation.arrays import FAR, iso_day
from assets.organisation.employment import YEAR
from assets.organisation.history import History
from assets.organisation.names import PersonName
from assets.organisation.regret import regret
from assets.organisation.roster import CONTRACTS, EXIT_TYPES, VOLUNTARY
from assets.organisation.structure import PLACES

EMPLOYEE_COLUMNS = (
    "worker_id", "name", "email", "hire_date", "termination_date", "termination_type", "reason",
    "notice_date", "is_regretted",
    "employment_type",
)  # fmt: skip
JOB_COLUMNS = (
    "worker_id", "valid_from", "valid_to", "manager_id", "org_unit_id", "org_unit_path", "location",
    "job_family",
    "level", "fte", "employment_type", "age_band",
)  # fmt: skip
ABSENCE_COLUMNS = ("worker_id", "absent_from", "absent_to", "kind")
REASONS = ("Better offer", "Relocation", "Career change", "Family reasons", "Studies", "Not stated")
AGE_BANDS = ((25, "under 25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (200, "55 and over"))


def write_hr_files(folder: Path, history: History, names: list[PersonName]) -> None:
    """Write ``employees.csv``, ``jobs.csv`` and ``absences.csv`` as HR knew them at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "employees.csv", EMPLOYEE_COLUMNS, _employees(history, names))
    write_csv(folder / "jobs.csv", JOB_COLUMNS, _jobs(history))
    write_csv(folder / "absences.csv", ABSENCE_COLUMNS, _absences(history))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A comma-separated UTF-8 file with a header; the same on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def org_unit_id(team: int) -> str:
    """The stable id of a team; it survives renaming and moving."""
    return f"T{100 + team}"


def reorganised_on(history: History) -> int:
    """First day of the reorganisation: halfway through the observed months."""
    period = history.period
    return int(period.bounds[period.months - max(1, history.plan.months // 2)])


def _employees(history: History, names: list[PersonName]) -> Iterable[Sequence[object]]:
    roster, end = history.roster, history.period.end_day
    overlapping, regrets = 0, regret(history)
    for spell in np.lexsort((roster.hired, roster.person)).tolist():
        person = int(roster.person[spell])
        name, left = names[person], int(roster.exit[spell])
        gone = left < end
        kind = int(roster.exit_type[spell]) if gone else 0
        reason = REASONS[spell % len(REASONS)] if kind == VOLUNTARY else ""
        notice = int(roster.notice[spell])
        assessed = ("no", "yes")[int(regrets.is_regretted[spell])] if regrets.is_assessed[spell] else ""
        row = (
            worker_id(person), name.full, hr_email(history.plan, name), iso_day(int(roster.hired[spell])),
            iso_day(left) if gone else "", EXIT_TYPES[kind], reason, iso_day(notice) if notice < end else "",
            assessed if gone else "", CONTRACTS[int(roster.contract[spell])],
        )  # fmt: skip
        yield row
        if gone and overlapping < history.plan.overlapping_spells:
            overlapping += 1
            yield (*row[:3], iso_day(left - 30), "", "", "", "", "", row[-1])


def _jobs(history: History) -> Iterable[Sequence[object]]:
    jobs, roster, structure, plan = history.jobs, history.roster, history.structure, history.plan
    changed, end = reorganised_on(history), history.period.end_day
    first_head = int(jobs.spell[np.flatnonzero(jobs.manager < 0)[0]])
    for i in range(len(jobs.spell)):
        spell, team = int(jobs.spell[i]), int(jobs.team[i])
        since, until = int(jobs.since[i]), int(jobs.until[i])
        if since >= end:
            continue
        until = until if until <= end else FAR
        manager = int(jobs.manager[i])
        above = worker_id(int(roster.person[manager])) if manager >= 0 else ""
        if plan.manager_cycle and spell == first_head:
            above = worker_id(int(roster.person[jobs.spell[np.flatnonzero(jobs.manager == spell)[0]]]))
        touched = team in (structure.renamed_team, structure.moved_team)
        cuts = [since, changed, until] if touched and since < changed < until else [since, until]
        for begin, stop in pairwise(cuts):
            yield (
                worker_id(int(roster.person[spell])), iso_day(begin), iso_day(stop), above, org_unit_id(team),
                structure.path(team, begin >= changed), PLACES[int(jobs.place[i])].name,
                structure.family(team),
                f"L{int(jobs.level[i])}", f"{jobs.fte[i]:g}", CONTRACTS[int(roster.contract[spell])],
                age_band((max(begin, history.period.first_day) - int(roster.born[spell])) / YEAR),
            )  # fmt: skip


def age_band(age: float) -> str:
    """The band of an age in years."""
    return next(label for limit, label in AGE_BANDS if age < limit)


def _absences(history: History) -> Iterable[Sequence[object]]:
    roster, end = history.roster, history.period.end_day
    for spell, begin, last, kind in history.absences:
        last = min(last, int(roster.exit[spell]))
        if begin < end and begin <= last:
            yield worker_id(int(roster.person[spell])), iso_day(begin), iso_day(last), kind
