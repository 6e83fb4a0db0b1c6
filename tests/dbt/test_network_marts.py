"""Network marts: what Python computed, with names, months and the gates of the specification."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from assets.network.network_tables import SCHEMAS

JANUARY = date(2024, 1, 1)


def _table(name: str, *rows: dict) -> pa.Table:
    return pa.Table.from_pylist(
        [{column: row.get(column) for column in SCHEMAS[name].names} for row in rows], schema=SCHEMAS[name]
    )


def test_network_tables_reach_the_marts_with_their_gates(dbt_project):
    dbt_project.identity(accounts=[{"account_id": "ann"}])
    dbt_project.run("+int_network_population")
    dbt_project.computed(
        network_person_month=_table(
            "person_month",
            {"month_start": JANUARY, "person_key": 1, "group_key": 5, "network_size": 3, "pagerank": 0.5},
        ),
        network_org_unit_month=_table(
            "org_unit_month",
            {
                "month_start": JANUARY,
                "org_unit_key": 5,
                "n_nodes": 9,
                "n_ties": 12,
                "n_internal_ties": 12,
                "n_external_ties": 3,
                "density": 0.4,
                "ei_index": -0.6,
                "silo_flag": True,
                "mean_degree": 2.7,
            },
        ),
        network_organisation_month=_table(
            "organisation_month",
            {
                "month_start": JANUARY,
                "n_nodes": 40,
                "n_ties": 60,
                "density": 0.08,
                "ei_index": 0.1,
                "ei_expected": 0.4,
                "graph_coverage": 0.75,
            },
        ),
        network_org_unit_pair_month=_table(
            "org_unit_pair_month",
            {
                "month_start": JANUARY,
                "from_org_unit_key": 5,
                "to_org_unit_key": 6,
                "weight": 4.5,
                "n_from": 9,
                "n_to": 7,
                "n_people_from": 3,
                "n_people_to": 4,
            },
        ),
    )
    dbt_project.build(
        "fct_person_network_month", "fct_org_network_month", "fct_org_unit_flow_month,resource_type:model"
    )
    assert dbt_project.rows(
        "select person_key, network_size, pagerank, is_final from marts.fct_person_network_month"
    ) == [(1, 3, 0.5, True)]
    assert dbt_project.rows(
        "select org_unit_key, n_population, n_ties, mean_degree, density, ei_index, round(ei_excess, 6), "
        "silo_flag, suppression_reason from marts.fct_org_network_month order by org_unit_key"
    ) == [
        (0, 40, 60, 3.0, 0.08, 0.1, -0.3, None, None),
        (5, 9, 12, 2.7, None, None, None, None, "too_few_ties"),
    ]
    assert dbt_project.rows(
        "select n_population, weight, suppression_reason from marts.fct_org_unit_flow_month"
    ) == [(7, 4.5, None)]


def test_quarters_reach_the_marts_and_their_labels_the_months(dbt_project):
    """January has no finished quarter; March shows the labels of the quarter that ends with it."""
    dbt_project.identity(accounts=[{"account_id": "ann"}])
    dbt_project.run("+int_network_population")
    quarter = {"quarter_start": JANUARY}
    march = {"month_start": date(2024, 3, 1), "person_key": 1, "group_key": 5, "is_measured": True}
    dbt_project.computed(
        network_person_month=_table("person_month", {**march, "month_start": JANUARY}, march),
        network_person_quarter=_table(
            "person_quarter",
            {**quarter, "person_key": 1, "group_key": 5, "is_hub": True, "is_measured": True},
        ),
        network_person_role_quarter=_table(
            "person_role_quarter",
            {
                **quarter,
                "person_key": 1,
                "role": "hub",
                "was_candidate": True,
                "is_confirmed": True,
                "survival": 0.95,
                "n_resamples": 200,
                "status": "confirmed",
            },
        ),
        network_org_unit_quarter=_table(
            "org_unit_quarter",
            {**quarter, "org_unit_key": 0, "n_nodes": 40, "n_ties": 60, "n_hub": 4, "qap_r_reports": 0.3},
            {**quarter, "org_unit_key": 5, "n_nodes": 9, "n_ties": 12, "n_hub": 1},
        ),
    )
    dbt_project.build(
        "fct_person_network_month",
        "fct_person_network_quarter",
        "fct_person_role_quarter",
        "fct_org_network_quarter",
        "fct_mutual_tie_quarter",
        "fct_org_network_quartile_quarter",
        "fct_level_network_quarter",
    )
    assert dbt_project.rows(
        "select month_start, role_quarter, is_hub from marts.fct_person_network_month order by 1"
    ) == [(JANUARY, None, None), (date(2024, 3, 1), JANUARY, True)]
    assert dbt_project.rows(
        "select org_unit_key, n_population, n_hub, qap_r_reports, is_final, suppression_reason "
        "from marts.fct_org_network_quarter order by org_unit_key"
    ) == [(0, 40, 4, 0.3, False, None), (5, 9, 1, None, False, "too_few_ties")]
    assert dbt_project.rows("select person_id is not null, is_hub from marts.fct_person_network_quarter") == [
        (True, True)
    ]
    assert dbt_project.rows("select role, survival from marts.fct_person_role_quarter") == [("hub", 0.95)]
