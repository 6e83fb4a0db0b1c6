"""Quarters as tables: labels confirmed, ties kept, units compared, whatever the order of rows."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from assets.network.population import read_population
from assets.network.quarter import MonthEnd, bootstrap, quarter_ends, quarter_tables
from assets.network.role_bootstrap import Resampler, read_contact_days
from assets.network.role_networks import read_context
from assets.network.snapshot import SnapshotOptions, snapshot
from assets.network.table_schemas import QUARTERLY
from tests.factories.populations import population_tables, shuffled

QUARTER = date(2024, 1, 1)
QUICK = SnapshotOptions(permutations=0, leiden_restarts=1, resamples=8, qap_permutations=50)


def month_end(n: int = 80, seed: int = 1, *, mixed: int | None = None) -> MonthEnd:
    """A month's end; ``mixed`` shuffles every table by that seed."""
    ties, people = population_tables(n=n, seed=seed, within=0.35)
    ties = ties.append_column("w_reply", ties["weight"])
    keys = people["person_key"].to_pylist()
    context = pa.table(
        {
            "person_key": keys,
            "manager_person_key": pa.array(
                [None, *(keys[(place - 1) // 4] for place in range(1, n))], pa.int64()
            ),
            "level": ["L3" if place < 3 else "L2" if place < 8 else "L1" for place in range(n)],
            "location": [None if place % 13 == 0 else f"site {place % 3}" for place in range(n)],
            "fte": [0.5 if place % 9 == 0 else 1.0 for place in range(n)],
            "tenure_months": [place % 40 for place in range(n)],
            "after_hours_share": pa.array(
                [None if place % 5 == 0 else (place % 7) / 10 for place in range(n)], pa.float64()
            ),
            "response_ratio": pa.nulls(n, pa.float64()),
            "n_accepted_answers": [0] * n,
        }
    )
    if mixed is not None:
        ties, people, context = (
            shuffled(table, mixed + number) for number, table in enumerate((ties, people, context))
        )
    metrics = snapshot(QUARTER, ties, people, QUICK).tables["person_month"]
    return MonthEnd(ties, people, metrics, context)


def weeks_of(end: MonthEnd) -> pa.Table:
    """The month's ties as weekly dyads of one week."""
    ties = end.ties
    return pa.table(
        {
            "from_person_key": ties["from_person_key"],
            "to_person_key": ties["to_person_key"],
            "week": np.zeros(ties.num_rows, dtype=np.int64),
            "weight": ties["weight"],
            "against": np.zeros(ties.num_rows),
            "n_event_days": ties["n_event_days"],
            "n_further_event_days": ties["n_event_days"],
        }
    )


def tables(now: MonthEnd, before: MonthEnd | None = None, survival=None, *, is_thorough=True):
    return quarter_tables(QUARTER, now, before, QUICK, survival, is_thorough=is_thorough)


def test_tables_have_the_promised_columns():
    found = tables(month_end(), month_end())
    assert {name: table.schema for name, table in found.items()} == QUARTERLY


def with_context(end: MonthEnd, **columns: list) -> MonthEnd:
    context = end.context
    for name, values in columns.items():
        at = context.column_names.index(name)
        context = context.set_column(at, name, pa.array(values, context.schema.field(name).type))
    return replace(end, context=context)


def confirmed(found: dict[str, pa.Table], label: str) -> dict[int, bool | None]:
    people = found["person_quarter"]
    return dict(zip(people["person_key"].to_pylist(), people[f"is_{label}"].to_pylist(), strict=True))


def test_who_is_leant_on_after_hours_in_two_quarters_is_at_risk_of_overload():
    """One person gets eight times as much as anybody, gives little, and works at night."""
    end = month_end()
    keys = end.context["person_key"].to_pylist()
    busy = keys[11]
    ties = end.ties.to_pylist()
    for tie in ties:
        factor = 8.0 if tie["to_person_key"] == busy else 0.75 if tie["from_person_key"] == busy else 1.0
        tie["weight"] *= factor
        tie["w_reply"] *= factor
    end = replace(end, ties=pa.Table.from_pylist(ties, schema=end.ties.schema))
    metrics = snapshot(QUARTER, end.ties, end.people, QUICK).tables["person_month"]
    end = replace(end, metrics=metrics)
    at_night = with_context(end, after_hours_share=[0.9 if key == busy else 0.1 for key in keys])
    assert confirmed(tables(at_night, at_night), "overload_risk")[busy] is True
    assert confirmed(tables(end, at_night), "overload_risk")[busy] is not True
    unknown = with_context(end, after_hours_share=[None] * len(keys))
    assert set(confirmed(tables(unknown, unknown), "overload_risk").values()) == {None}


def test_peripheral_people_whose_answers_are_accepted_are_specialists():
    end = month_end()
    loners = set(end.context["person_key"].to_pylist()[20:23])
    kept = [
        row for row in end.ties.to_pylist() if not loners & {row["from_person_key"], row["to_person_key"]}
    ]
    ties = pa.Table.from_pylist(kept, schema=end.ties.schema)
    metrics = snapshot(QUARTER, ties, end.people, QUICK).tables["person_month"]
    end = replace(end, ties=ties, metrics=metrics)
    peripheral = {key for key, label in confirmed(tables(end, end), "peripheral").items() if label}
    assert len(peripheral & loners) >= 2, "those of the three who are measured"
    keys = end.context["person_key"].to_pylist()
    nobody_knows = confirmed(tables(end, end), "peripheral_specialist")
    assert set(nobody_knows.values()) == {None}, "no accepted answers anywhere: the platform marks none"
    expert = min(peripheral)
    answering = with_context(end, n_accepted_answers=[5 if key == expert else 0 for key in keys])
    found = confirmed(tables(answering, answering), "peripheral_specialist")
    assert {key for key, label in found.items() if label} == {expert}


def test_order_of_rows_changes_nothing():
    """Ties, people, HR facts and contact weeks in any order give the same tables."""
    results = []
    for mixed in (None, 3):
        now, before = month_end(mixed=mixed), month_end(mixed=mixed)
        weeks = weeks_of(month_end())
        weeks = weeks if mixed is None else shuffled(weeks, 5)
        survival = bootstrap(now.ties, now.people, now.context, weeks, QUICK)
        results.append(tables(now, before, survival))
    for name in QUARTERLY:
        assert results[0][name].to_pylist() == results[1][name].to_pylist()


def test_the_same_quarter_twice_keeps_every_tie_and_confirms_every_label():
    found = tables(month_end(), month_end())
    whole = found["org_unit_quarter"].to_pylist()[0]
    assert (whole["org_unit_key"], whole["n_nodes"], whole["n_continuing"]) == (0, 80, 80)
    assert (whole["tie_persistence"], whole["change_behaviour"], whole["change_membership"]) == (1, 0, 0)
    roles = found["person_role_quarter"].to_pylist()
    assert roles and {row["status"] for row in roles} == {"confirmed"}
    assert {row["n_resamples"] for row in roles} == {0}
    assert set(found["tie_quarter"]["is_new"].to_pylist()) == {False}


def test_without_a_quarter_before_nothing_is_confirmed_and_change_is_unknown():
    found = tables(month_end())
    assert {row["status"] for row in found["person_role_quarter"].to_pylist()} == {"new_this_quarter"}
    people = found["person_quarter"].to_pylist()
    assert not any(row["is_information_broker"] for row in people)
    assert any(row["is_information_broker"] is None and row["is_measured"] for row in people)
    assert found["org_unit_quarter"]["tie_persistence"].null_count == len(found["org_unit_quarter"])


def test_a_label_that_few_resamples_show_is_unstable():
    now = month_end()
    survival = bootstrap(now.ties, now.people, now.context, weeks_of(now), QUICK)
    weak = {name: share * 0.5 for name, share in survival.shares.items()}
    found = tables(now, now, type(survival)(survival.person_key, weak, 8))
    roles = found["person_role_quarter"].to_pylist()
    assert {row["status"] for row in roles} == {"unstable"}
    assert {row["is_confirmed"] for row in roles} == {None}
    assert found["org_unit_quarter"]["n_information_broker"].to_pylist()[0] == 0


def test_drawing_every_day_once_gives_the_graphs_of_the_month():
    now = month_end()
    population = read_population(now.ties, now.people)
    days = read_contact_days(population, weeks_of(now))
    graphs = Resampler(population.n, days).draw()
    for found, expected in (
        (graphs.directed, population.directed),
        (graphs.flow, population.flow),
    ):
        np.testing.assert_array_equal(found.arc_keys(), expected.arc_keys())
        np.testing.assert_allclose(found.weight, expected.weight)
    both = now.ties.append_column("n_event_days_both", pa.array([9] * now.ties.num_rows))
    mutual = read_population(both, now.people).mutual
    np.testing.assert_array_equal(graphs.mutual.arc_keys(), mutual.arc_keys())


def test_days_shared_by_both_directions_count_once_for_the_pair():
    people = pa.table(
        {"person_key": [1, 2], "person_id": ["a", "b"], "group_key": [1, 1], "is_measured": [True, True]}
    )
    ties = pa.table({name: pa.array([], pa.int64()) for name in ("from_person_key", "to_person_key")})
    ties = ties.append_column("weight", pa.array([], pa.float64()))
    ties = ties.append_column("n_event_days", pa.array([], pa.int64()))
    population = read_population(ties, people)
    for further, n_edges in ((0, 0), (1, 1)):
        weeks = pa.table(
            {
                "from_person_key": [1, 2],
                "to_person_key": [2, 1],
                "week": [3, 3],
                "weight": [2.0, 2.0],
                "against": [0.0, 0.0],
                "n_event_days": [1, 1],
                "n_further_event_days": [1, further],
            }
        )
        drawn = Resampler(2, read_contact_days(population, weeks)).draw()
        assert drawn.mutual.n_edges == n_edges
        assert drawn.directed.n_edges == 0


def test_context_is_joined_by_key_and_managers_become_vertices():
    now = month_end(n=12)
    population = read_population(now.ties, now.people)
    context = read_context(population, now.context)
    boss_of = dict(
        zip(*(now.context[c].to_pylist() for c in ("person_key", "manager_person_key")), strict=True)
    )
    for vertex, key in enumerate(population.person_key.tolist()):
        manager = context.manager[vertex]
        assert (None if manager < 0 else int(population.person_key[manager])) == boss_of[key]


def test_the_chart_beside_the_location_counts_people_with_a_known_one():
    now = month_end()
    whole = tables(now)["org_unit_quarter"].to_pylist()[0]
    population = read_population(now.ties, now.people)
    context = read_context(population, now.context)
    known = np.flatnonzero(context.location != None)  # noqa: E711 (an array of objects)
    a, b = (known[index] for index in np.triu_indices(known.size, 1))
    tied = set(zip(population.mutual.src.tolist(), population.mutual.dst.tolist(), strict=True))
    y = [float((min(pair), max(pair)) in tied) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    chart = (context.manager[a] == b) | (context.manager[b] == a)
    design = np.column_stack([np.ones(a.size), chart, context.location[a] == context.location[b]])
    expected = np.linalg.lstsq(design.astype(float), np.array(y), rcond=None)[0]
    assert whole["mrqap_chart"] == pytest.approx(expected[1])
    assert whole["mrqap_location"] == pytest.approx(expected[2])
    assert 0 < whole["mrqap_chart_p_value"] <= 1
    quick = tables(now, is_thorough=False)["org_unit_quarter"].to_pylist()[0]
    assert quick["mrqap_chart"] == whole["mrqap_chart"]
    assert quick["mrqap_chart_p_value"] is None


def test_a_circle_of_managers_is_cut_and_the_rest_of_the_chart_stays():
    now = month_end()
    managers = now.context["manager_person_key"].to_pylist()
    keys = now.context["person_key"].to_pylist()
    managers[0] = keys[5]  # the top reports to somebody far below
    position = now.context.column_names.index("manager_person_key")
    circle = now.context.set_column(position, "manager_person_key", pa.array(managers, pa.int64()))
    found = tables(MonthEnd(now.ties, now.people, now.metrics, circle))
    whole = found["org_unit_quarter"].to_pylist()[0]
    assert whole["formal_informal_jaccard_reports"] is not None
    assert whole["mean_orgchart_distance_all"] > 1


def test_units_below_thirty_ties_have_counts_and_nothing_else():
    now = month_end(n=24)
    rows = tables(now, now)["org_unit_quarter"].to_pylist()
    small = [row for row in rows if row["n_ties"] < 30]
    assert small and all(row["n_nodes"] for row in small)
    shown = {"quarter_start", "org_unit_key", "n_nodes", "n_arcs", "n_ties", "n_measured"}
    for row in small:
        assert {k for k, v in row.items() if v is not None and not k.startswith("n_")} <= shown


def test_quartiles_and_levels_describe_groups_only():
    found = tables(month_end(), month_end())
    rows = {(r["org_unit_key"], r["metric"]): r for r in found["org_unit_quartile_quarter"].to_pylist()}
    sizes = [r["network_size"] for r in month_end().metrics.to_pylist() if r["network_size"] is not None]
    assert rows[0, "network_size"]["p50"] == pytest.approx(np.median(sizes))
    assert rows[0, "network_size"]["n_defined"] == len(sizes)
    levels = found["level_quarter"].to_pylist()
    assert [row["level"] for row in levels] == ["L1", "L2", "L3"]
    assert levels[0]["p50"] < levels[2]["p50"]


def test_quarters_end_with_covered_months_and_the_newest_final_one_is_thorough():
    months = {date(2024, m, 1): m <= 6 for m in range(2, 10)}
    ends, thorough = quarter_ends(months)
    assert ends == {date(2024, q, 1): date(2024, q + 2, 1) for q in (1, 4, 7)}
    assert thorough == date(2024, 4, 1)
    assert quarter_ends({date(2024, 1, 1): True}) == ({}, None)
