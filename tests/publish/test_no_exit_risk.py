"""No score of a named person's risk of leaving exists, published or restricted (METRICS.md, H.0 and 0.8)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assets.layout import Warehouse
from assets.publish.tables import PERSONAL_COLUMNS
from assets.warehouse.dbt_invocation import DbtProject

RISK = re.compile(
    r"risk|hazard|propensity|likelihood|probab|predict|contagion|attrition|flight|turnover|survival|"
    r"(exit|leav|quit|resign|departure)_?(score|rate|ing|odds)"
)
KNOWN = {
    "is_overload_risk": "a role in the network: too many depend on the person",
    "fct_person_role_quarter.survival": "share of resampled networks in which the role is kept",
}
PERSONAL = re.compile("|".join([*sorted(PERSONAL_COLUMNS), ".*_person_key", "spell_key"]) + "$")


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    warehouse = Warehouse(tmp_path_factory.mktemp("risk"))
    warehouse.create()
    nodes = DbtProject(warehouse, {}).parse()["nodes"].values()
    return {
        n["name"]: n for n in nodes if n["resource_type"] == "model" and n["config"]["meta"].get("publish")
    }


def is_personal(node: dict[str, Any]) -> bool:
    return any(PERSONAL.match(column) for column in node["columns"])


def test_no_table_about_persons_has_a_column_of_exit_risk(marts: dict[str, dict[str, Any]]) -> None:
    about_persons = {name: node for name, node in marts.items() if is_personal(node)}
    assert {"fct_person_engagement_month", "fct_tie_month", "fct_onboarding_person"} <= set(about_persons)
    found = [
        f"{name}.{column}"
        for name, node in about_persons.items()
        for column in node["columns"]
        if RISK.search(column) and not {column, f"{name}.{column}"} & set(KNOWN)
    ]
    assert found == []


def test_the_search_would_find_one() -> None:
    for column in ("flight_risk", "exit_score", "resignation_probability", "attrition_contagion_exposure"):
        assert RISK.search(column)
    assert PERSONAL.match("manager_person_key") and PERSONAL.match("person_id")


def test_contagion_and_survival_reach_tables_about_groups_only(marts: dict[str, dict[str, Any]]) -> None:
    risky = {
        name
        for name, node in marts.items()
        for column in node["columns"]
        if RISK.search(column) and not {column, f"{name}.{column}"} & set(KNOWN)
    }
    assert {"fct_network_attrition_quarter", "fct_survival_curve", "fct_turnover_org_month"} <= risky
    assert [name for name in risky if is_personal(marts[name])] == []
    users = [name for name, node in marts.items() if "contagion_exposures(" in node["raw_code"]]
    assert users == ["fct_network_attrition_quarter"]
