"""Bad HR data through the risk tables, the models and the card: nothing is made up, and the card says so."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from assets.organisation.history import History, simulate
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.retention.study import study_from
from benchmarks.outcome_parts import write_curve, write_surroundings
from benchmarks.retention_tables import compiled_models, run_models, write_inputs
from tests.factories.dbt_project import DbtProject

PLAN = Plan(people=1_300, months=16, seed=5, voluntary_rate=0.5, hazard_ratio=1.0, mix_shift=False)
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def models(parsed_dbt_project: DbtProject) -> dict[str, str]:
    return compiled_models(parsed_dbt_project.folder, parsed_dbt_project.manifest)


@pytest.fixture(scope="module")
def history() -> History:
    streams = Streams(PLAN.seed)
    return simulate(PLAN, build_structure(PLAN, streams), streams)


def cards(history: History, models: dict[str, str], *spoil: str) -> Tables:
    """What the retention models say of the organisation after the statements of ``spoil``; no ties."""
    with duckdb.connect(config={"threads": 2}) as connection:
        write_inputs(connection, history)
        for statement in spoil:
            connection.execute(statement)
        run_models(connection, models)
        write_surroundings(connection)
        connection.execute("update reference.sources set has_retention = false")
        write_curve(connection)
        return {name: table.to_pylist() for name, table in study_from(connection).items()}


@pytest.fixture(scope="module")
def clean(history: History, models: dict[str, str]) -> Tables:
    return cards(history, models)


def counted(card: dict[str, Any]) -> int:
    return int(card["n_events_engaged"] + card["n_events_not_engaged"])


def years(card: dict[str, Any]) -> float:
    return float(sum(card[f"person_years_{arm}"] for arm in ("engaged", "not_engaged", "unobserved")))


def test_exits_before_observation_change_nothing(
    history: History, models: dict[str, str], clean: Tables
) -> None:
    """Whoever left before the first observed month is in no arm, no event, no team and no baseline."""
    before = "termination_date < (select start_date from reference.calendar_bounds)"
    without = cards(history, models, f"delete from intermediate.int_spells where {before}")
    many = cards(
        history,
        models,
        "insert into intermediate.int_spells by name select * replace (spell_key + 1000000 as spell_key, "
        "person_key + 1000000 as person_key, "
        "date '2023-12-31' - cast(spell_key % 300 as integer) as termination_date, "
        "date '2024-01-01' - cast(spell_key % 300 as integer) as employed_to, "
        "date '2015-01-01' as hire_date, "
        "date '2015-01-01' as employed_from, null as notice_date, 'voluntary' as termination_type, "
        "true as is_separation) from intermediate.int_spells",
        "insert into intermediate.int_job_periods by name "
        "select * replace (person_key + 1000000 as person_key) from intermediate.int_job_periods",
        "insert into identity.persons select person_key + 1000000, false from identity.persons",
    )
    assert clean["retention_cards"][0]["adjusted_hazard_ratio"] is not None
    assert counted(clean["retention_cards"][0]) > 60
    for other in (without, many):
        for name, rows in clean.items():
            assert len(rows) == len(other[name])
            for row, again in zip(rows, other[name], strict=True):
                for column, value in row.items():  # sums of doubles: the last digit is free
                    is_double = isinstance(value, float)
                    expected = pytest.approx(value, rel=1e-9) if is_double else value
                    assert again[column] == expected, (name, column)


@pytest.mark.parametrize("kept", [0, 3], ids=["all unknown", "two of three unknown"])
def test_unknown_reasons_are_no_resignations_and_the_card_says_so(
    history: History, models: dict[str, str], clean: Tables, kept: int
) -> None:
    lost = "termination_type = 'voluntary'" + (f" and spell_key % {kept} > 0" if kept else "")
    words = "case when spell_key % 2 = 0 then 'unknown' end"
    spoilt = cards(
        history,
        models,
        f"update intermediate.int_spells set termination_type = {words}, notice_date = null where {lost}",
    )
    main, was = spoilt["retention_cards"][0], clean["retention_cards"][0]
    assert main["n_unclassified_exits"] > 40 and was["n_unclassified_exits"] == 0
    assert counted(main) + main["n_unclassified_exits"] == counted(was)  # each exit is one or the other
    assert years(main) == pytest.approx(years(was))  # and ends the time at risk all the same
    assert "have no known kind" in main["reading"] and "known kind" not in was["reading"]
    if kept:
        assert counted(main) > 0
    else:
        assert counted(main) == 0 and "Nearly all of the exits" in main["reading"]
        assert main["lagged_rate_ratio"] is None and main["adjusted_hazard_ratio"] is None
        for card in spoilt["retention_cards"]:
            assert card["adjusted_hazard_ratio"] is None and card["adjusted_reason"]
        for estimate in spoilt["retention_estimates"]:
            assert estimate["ratio"] is None and estimate["reason"]
