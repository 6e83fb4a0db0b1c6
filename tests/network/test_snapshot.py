"""One month's tables: columns, gates, order of rows, joins by id, bad inputs, fingerprints."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from assets.network.fingerprints import fingerprint, periods_to_compute
from assets.network.graph import GraphInputError
from assets.network.population import read_population
from assets.network.snapshot import SnapshotOptions, snapshot
from assets.network.table_schemas import MONTHLY
from tests.factories.populations import population_tables, shuffled, with_column

MONTH = date(2024, 3, 1)


def rows(table: pa.Table, *keys: str) -> list[dict]:
    return table.sort_by([(key, "ascending") for key in keys]).to_pylist()


def person_rows(found) -> list[dict]:
    return rows(found.tables["person_month"], "person_key")


def test_tables_have_the_promised_columns_and_grain():
    ties, people = population_tables()
    found = snapshot(MONTH, ties, people)
    for name, schema in MONTHLY.items():
        assert found.tables[name].schema == schema
    assert found.tables["person_month"].num_rows == people.num_rows
    assert sorted(found.tables["org_unit_month"]["org_unit_key"].to_pylist()) == [11, 12, 13, 14]
    assert found.tables["organisation_month"].num_rows == 1


def test_order_of_rows_and_keys_changes_nothing():
    ties, people = population_tables(seed=5)
    expected = snapshot(MONTH, ties, people)
    other = snapshot(MONTH, shuffled(ties, 2), shuffled(people, 3))
    for name in MONTHLY:
        assert other.tables[name].to_pylist() == expected.tables[name].to_pylist()


def test_renumbered_keys_change_only_the_keys():
    ties, people = population_tables(seed=6)
    expected = snapshot(MONTH, ties, people)

    def renumbered(column):
        return [(key * 7919) % 1_000_003 for key in column.to_pylist()]

    people = with_column(people, "person_key", renumbered(people["person_key"]))
    for end in ("from_person_key", "to_person_key"):
        ties = with_column(ties, end, renumbered(ties[end]))
    other = snapshot(MONTH, ties, people)
    left = expected.tables["person_month"].drop(["person_key"]).to_pylist()
    assert other.tables["person_month"].drop(["person_key"]).to_pylist() == left


def test_attributes_are_joined_by_id_and_not_by_position():
    """Two groups that never meet: any mix-up of labels shows as external ties."""
    ties, people = population_tables(n=60, groups=2, within=0.4, between=0.0)
    reversed_people = people.take(list(range(people.num_rows))[::-1])
    found = snapshot(MONTH, shuffled(ties, 9), reversed_people)
    assert {row["ei_index_person"] for row in person_rows(found)} == {-1.0, None}
    group_of = dict(zip(people["person_key"].to_pylist(), people["group_key"].to_pylist(), strict=True))
    assert all(row["group_key"] == group_of[row["person_key"]] for row in person_rows(found))
    assert all(row["n_external_ties"] == 0 for row in found.tables["org_unit_month"].to_pylist())


def test_people_not_measured_keep_their_row_and_stay_on_paths():
    ties, people = population_tables()
    found = person_rows(snapshot(MONTH, ties, people))
    hidden = [row for row in found if not row["is_measured"]]
    assert hidden and all(row["network_size"] is None and row["pagerank"] is None for row in hidden)
    everyone = with_column(people, "is_measured", [True] * people.num_rows)
    full = {row["person_key"]: row for row in person_rows(snapshot(MONTH, ties, everyone))}
    shown = [row for row in found if row["is_measured"]]
    assert all(row["betweenness"] == full[row["person_key"]]["betweenness"] for row in shown)


@pytest.mark.parametrize("case", ["too small", "too little seen"])
def test_gates_make_person_metrics_null(case):
    ties, people = population_tables(n=20 if case == "too small" else 60)
    if case == "too little seen":
        ties = ties.slice(0, 10)
    found = snapshot(MONTH, ties, people)
    assert all(row["network_size"] is None for row in person_rows(found))
    assert found.tables["organisation_month"]["n_nodes"].to_pylist() == [people.num_rows]
    opened = SnapshotOptions(min_nodes=1, min_coverage=0.0)
    assert any(row["network_size"] is not None for row in person_rows(snapshot(MONTH, ties, people, opened)))


def test_isolate_is_zero_where_it_counts_and_null_where_undefined():
    ties, people = population_tables()
    lonely = {"person_key": [1], "person_id": ["f" * 32], "group_key": [11], "org_unit_key": [11]}
    people = pa.concat_tables([people, pa.table({**lonely, "is_measured": [True]})])
    row = next(row for row in person_rows(snapshot(MONTH, ties, people)) if row["person_key"] == 1)
    assert row["network_size"] == row["betweenness"] == row["harmonic_centrality"] == row["coreness"] == 0
    assert row["constraint_wholenet"] is None and row["effective_size"] is None
    assert row["local_clustering"] is None and row["ei_index_person"] is None


def test_person_without_unit_is_in_no_unit_row():
    ties, people = population_tables()
    groups = [None, *people["group_key"].to_pylist()[1:]]
    found = snapshot(MONTH, ties, with_column(people, "group_key", groups))
    assert 0 not in found.tables["org_unit_month"]["org_unit_key"].to_pylist()
    assert 0 not in found.tables["org_unit_pair_month"]["from_org_unit_key"].to_pylist()
    assert found.tables["person_month"].num_rows == people.num_rows


def test_a_unit_of_one_person_has_a_row_and_no_inner_figures():
    """No pair inside: a density would be 0/0, and an expectation of inner ties does not exist."""
    ties, people = population_tables()
    keys = people["person_key"].to_pylist()
    lonely = next(key for key, is_in in zip(keys, people["is_measured"].to_pylist(), strict=True) if is_in)
    groups = zip(keys, people["group_key"].to_pylist(), strict=True)
    people = with_column(people, "group_key", [99 if key == lonely else group for key, group in groups])
    found = snapshot(MONTH, ties, people)
    [alone] = [row for row in found.tables["org_unit_month"].to_pylist() if row["org_unit_key"] == 99]
    assert alone["n_nodes"] == 1
    assert (alone["n_internal_ties"], alone["density"], alone["ei_index"]) == (0, None, None)
    [loner] = [row for row in person_rows(found) if row["person_key"] == lonely]
    assert loner["network_size"] > 0
    assert loner["ei_index_person"] == 1.0, "everybody else is outside"


def test_silo_is_flagged_and_open_units_are_not():
    ties, people = population_tables(n=120, groups=4, within=0.35, between=0.05, seed=2)
    group_of = dict(zip(people["person_key"].to_pylist(), people["group_key"].to_pylist(), strict=True))
    ends = zip(ties["from_person_key"].to_pylist(), ties["to_person_key"].to_pylist(), strict=True)
    crosses = [(group_of[a] == 11) != (group_of[b] == 11) for a, b in ends]
    closed = snapshot(MONTH, ties.filter(pa.array(np.logical_not(crosses))), people)
    flags = {row["org_unit_key"]: row["silo_flag"] for row in closed.tables["org_unit_month"].to_pylist()}
    assert flags[11] is True
    assert not any(flags[unit] for unit in (12, 13, 14))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_populations_give_rows_and_no_numbers(n):
    ties, people = population_tables(n=60)
    found = snapshot(MONTH, ties.slice(0, 0), people.slice(0, n))
    assert found.tables["person_month"].num_rows == n
    assert found.tables["organisation_month"]["n_nodes"].to_pylist() == [n]
    assert found.tables["organisation_month"]["ei_index"].to_pylist() == [None]


def test_ties_to_people_outside_are_left_out_and_counted():
    ties, people = population_tables()
    missing = people["person_key"][0].as_py()
    found = snapshot(MONTH, ties, people.slice(1))
    touching = sum(missing in (row["from_person_key"], row["to_person_key"]) for row in ties.to_pylist())
    assert found.facts["ties to people outside"] == touching > 0


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("weight", float("nan"), "ties: row 3 has weight nan"),
        ("weight", -1.0, "ties: row 3 has weight -1.0"),
        ("n_event_days", None, "n_event_days: 1 rows are NULL"),
    ],
)
def test_bad_ties_are_refused_with_row_and_value(column, value, message):
    ties, people = population_tables()
    values = ties[column].to_pylist()
    values[3] = value
    with pytest.raises(GraphInputError, match=message):
        snapshot(MONTH, with_column(ties, column, values), people)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("person_id", lambda old: [old[1], *old[1:]], "stands twice"),
        ("person_key", lambda old: [old[1], *old[1:]], "stands twice"),
        ("group_key", lambda old: [f"unit {value}" for value in old], "group_key is string"),
        ("group_key", lambda old: [value + 0.5 for value in old], "group_key is double"),
    ],
)
def test_bad_people_are_refused(column, values, message):
    ties, people = population_tables()
    broken = with_column(people, column, values(people[column].to_pylist()))
    with pytest.raises(GraphInputError, match=message):
        snapshot(MONTH, ties, broken)


def test_brokerage_follows_the_flow_of_information():
    """A mentions B: information flows from B to A; a reply flows as it stands."""
    people = pa.table(
        {"person_key": [1, 2], "person_id": ["a", "b"], "group_key": [1, 2], "is_measured": [True, True]}
    )
    ties = pa.table(
        {
            "from_person_key": [1],
            "to_person_key": [2],
            "weight": [3.0],
            "n_event_days": [3],
            "w_reply": [1.0],
            "w_mention": [2.0],
        }
    )
    flow = read_population(ties, people).flow
    arcs = dict(zip(zip(flow.src.tolist(), flow.dst.tolist(), strict=True), flow.weight, strict=True))
    assert arcs == {(0, 1): 1.0, (1, 0): 2.0}


def test_mutual_tie_needs_two_distinct_days_over_both_directions():
    people = pa.table(
        {"person_key": [1, 2], "person_id": ["a", "b"], "group_key": [1, 1], "is_measured": [True, True]}
    )
    ties = pa.table(
        {"from_person_key": [1, 2], "to_person_key": [2, 1], "weight": [2.0, 2.0], "n_event_days": [1, 1]}
    )
    assert read_population(ties, people).mutual.n_edges == 0
    known = ties.append_column("n_event_days_both", pa.array([2, 2]))
    assert read_population(known, people).mutual.n_edges == 1


def test_fingerprint_sees_options_and_effort():
    mark = fingerprint(["ties", "people"])
    assert fingerprint(["ties", "people"]) == mark
    assert fingerprint(["ties", "others"]) != mark
    assert fingerprint(["ties", "people"], SnapshotOptions(seed=2)) != mark
    assert fingerprint(["ties", "people"], is_thorough=True) != mark


def test_only_changed_months_are_computed():
    january, february, march = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
    changed, gone = periods_to_compute(
        {january: "a", february: "new", march: "c"}, {january: "a", february: "b", date(2023, 12, 1): "z"}
    )
    assert changed == [february, march]
    assert gone == [date(2023, 12, 1)]
