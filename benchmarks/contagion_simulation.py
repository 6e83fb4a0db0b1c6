"""What the exposure to leavers (H11) finds, by known truth: contagion, none, and hard quarters of a team.

    python -m benchmarks.contagion_simulation [organisations]

Seeded. The organisations are the generator's, with ``contagion`` and ``hardship`` as planted; a decision
and its exit fall into the same month, so that the exposure of the month of exit is that of the decision.
The exposure is the warehouse's own macro (dbt/macros/contagion.sql) over the strong ties, the risk table
its own SQL, the estimators those of assets/outcomes and assets/retention. Exposed: any strong tie of six
months before has left.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from assets.organisation.contagion import STRONG
from assets.organisation.history import History
from assets.organisation.history import simulate as play
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.organisation.ties import grow_ties
from assets.outcomes.person_time import Arm, rate_ratio
from assets.retention.adjusted import adjusted
from assets.retention.contagion import exposures
from assets.retention.person_months import ROWS_SQL, UNOBSERVED, PersonMonths, person_months_of
from benchmarks.retention_simulation import Tally, tally
from benchmarks.retention_tables import compiled_models, modelled

PEOPLE, MONTHS = 1_000, 18
LAG = 3


class World(NamedTuple):
    """What is planted: the ratio near a leaver, and the spread of hard quarters."""

    contagion: float
    hardship: float


class Exposed(NamedTuple):
    """Person-months at risk, and the exposure to leavers of each (NaN without strong ties)."""

    rows: PersonMonths
    exposure: np.ndarray
    team_exposure: np.ndarray

    def level(self, own_team: bool = False) -> np.ndarray:
        """1 if a strong tie (within the own team) has left, 0 if none has, -1 where there are none."""
        share = self.team_exposure if own_team else self.exposure
        return np.where(np.isnan(share), UNOBSERVED, share > 0).astype(np.int64)


WORLDS = (World(1.0, 0.0), World(2.0, 0.0), World(1.0, 1.0))
METHODS = {
    "naive": "rate near a leaver over that of others",
    "naive in the team": "the same, leavers of the own team",
    "adjusted": "adjusted for tenure, level, location, job family",
}


def plan(world: World, seed: int, people: int = PEOPLE) -> Plan:
    """Leaving as planted, and nothing else that would hide it."""
    return Plan(
        people=people, months=MONTHS, seed=seed, voluntary_rate=0.25, hazard_ratio=1.0, withdrawal_months=1,
        withdrawal_depth=0.0, initiative_effect=0.0, contagion=world.contagion, hardship=world.hardship,
    )  # fmt: skip


def exposed(history: History, models: dict[str, str]) -> Exposed:
    """The risk table of one organisation with the warehouse's exposure to leavers."""
    with modelled(history, models) as connection:
        write_ties(connection, history)
        rows = person_months_of(connection.execute(ROWS_SQL, {"lag": LAG}).to_arrow_table())
        found = exposures(connection, LAG)
    assert len(found.whole) == len(rows)
    return Exposed(rows, found.whole, found.team)


def write_ties(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """``fct_tie_month`` of the strong ties, and who was in which team, also of the warm-up months."""
    ties, populations = grow_ties(history, Streams(history.plan.seed))
    source = np.concatenate([ties.low, ties.high])
    target = np.concatenate([ties.high, ties.low])
    weight = np.concatenate([ties.strength_up, ties.strength_down])
    since, until = (np.concatenate([column, column]) for column in (ties.since, ties.until))
    tie_months, team_months = [], []
    for month, population in enumerate(populations):
        day = np.datetime64(int(history.period.bounds[month]), "D")
        holds = (since <= month) & (until > month) & (weight >= STRONG)
        tie_months.append(
            pa.table(
                {
                    "month_start": np.full(int(holds.sum()), day),
                    "from_person_key": source[holds],
                    "to_person_key": target[holds],
                    "weight": weight[holds],
                    "is_tie": np.ones(int(holds.sum()), dtype=bool),
                }
            )
        )
        here = population.here
        columns = {
            "month_start": np.full(len(here), day),
            "person_key": here,
            "org_unit_key": population.team[here],
        }
        team_months.append(pa.table(columns))
    connection.execute("create schema marts")
    connection.execute(
        "create table reference.sources as "
        "select true as has_network, true as has_retention, 'collaboration' as kind"
    )
    for name, tables in (
        ("marts.fct_tie_month", tie_months),
        ("intermediate.int_person_months", team_months),
    ):
        connection.register("batch", pa.concat_tables(tables))
        connection.execute(f"create table {name} as select * from batch")
        connection.unregister("batch")


def estimates(data: Exposed) -> dict[str, tuple[float, float, float]]:
    """Ratio and interval of every method of ``METHODS`` that gives one."""
    rows, level = data.rows, data.level()
    found = {}
    for name, near in (("naive", level), ("naive in the team", data.level(own_team=True))):
        arms = [
            Arm(int(rows.event[near == one].sum()), float(rows.years[near == one].sum())) for one in (1, 0)
        ]
        ratio = rate_ratio(*arms)
        if ratio is not None:
            found[name] = (ratio.value, *ratio.interval)
    model = adjusted(rows, level)[0]
    if model.ratio is not None and model.low is not None and model.high is not None:
        found["adjusted"] = (model.ratio, model.low, model.high)
    return found


def simulate(
    world: World, organisations: int, models: dict[str, str], people: int = PEOPLE,
    first_seed: int = 1,
) -> dict[str, Tally]:  # fmt: skip
    """Tally every method over independent organisations of one world."""
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in METHODS}
    for seed in range(first_seed, first_seed + organisations):
        chosen = plan(world, seed, people)
        streams = Streams(chosen.seed)
        history = play(chosen, build_structure(chosen, streams), streams)
        for name, found in estimates(exposed(history, models)).items():
            results[name].append(found)
    return {name: tally(np.array(rows), world.contagion) for name, rows in results.items() if rows}


def main(say: Callable[[str], None] = print) -> None:
    """Print the table of docs/attrition_in_the_network.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        models = compiled_models(Path(folder))
    say(f"{organisations} organisations of {PEOPLE} people and {MONTHS} months each\n")
    say("| contagion, hardship | method | mean ratio | error of the log | covers the truth | alarms |")
    say("|---" * 6 + "|")
    for world in WORLDS:
        for name, found in simulate(world, organisations, models).items():
            assert math.isfinite(found.bias)
            say(
                f"| {world.contagion:g}, {world.hardship:g} | {METHODS[name]} | {found.mean_ratio:.2f} "
                f"| {found.bias:+.3f} | {found.covered:.3f} | {found.alarms:.3f} |"
            )


if __name__ == "__main__":
    main()
