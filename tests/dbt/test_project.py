"""The dbt project as a whole: layers, descriptions, publication, and its own tests."""

from __future__ import annotations

import pytest

MARTS = "marts"


@pytest.fixture(scope="session")
def models(parsed_dbt_project):
    parsed_dbt_project.reset()
    return {
        node.name: node
        for node in parsed_dbt_project.manifest.nodes.values()
        if node.resource_type == "model"
    }


def _layer(node) -> str:
    return node.fqn[1]


def test_every_model_and_column_says_what_it_means(models):
    silent = [name for name, node in models.items() if not node.description.strip()]
    silent += [
        f"{name}.{column.name}"
        for name, node in models.items()
        for column in node.columns.values()
        if not column.description.strip()
    ]
    assert silent == []


def test_every_model_states_its_grain_and_every_mart_its_audience(models):
    assert [name for name, node in models.items() if not node.config.meta.get("grain")] == []
    marts = {name: node for name, node in models.items() if _layer(node) == MARTS}
    assert {node.config.meta.get("publish") for node in marts.values()} == {"published", "restricted"}
    assert [name for name, node in marts.items() if not node.config.contract.enforced] == []


def test_only_staging_reads_the_lake_and_no_layer_reads_a_later_one(models, parsed_dbt_project):
    order = {"staging": 0, "intermediate": 1, MARTS: 2}
    sources = parsed_dbt_project.manifest.sources
    for name, node in models.items():
        for parent in node.depends_on.nodes:
            if parent in sources:
                is_lake = sources[parent].source_name == "lake"
                assert not is_lake or _layer(node) == "staging", f"{name} reads the lake"
            else:
                above = parsed_dbt_project.manifest.nodes[parent]
                is_dimension = above.name.startswith("dim_")
                assert order[_layer(above)] <= order[_layer(node)] or is_dimension, f"{name} reads {parent}"


def test_stages_cover_every_model_once_and_in_order(models):
    stages = {"before_network": 0, "after_network": 1, "after_outcomes": 2}
    stage = {}
    for name, node in models.items():
        found = [stages[tag] for tag in node.tags if tag in stages]
        assert len(found) == 1, f"{name} has the stages {found}"
        stage[node.unique_id] = found[0]
    for node in models.values():
        for parent in node.depends_on.nodes:
            assert stage.get(parent, 0) <= stage[node.unique_id], f"{node.name} runs before {parent}"


@pytest.mark.slow
def test_the_projects_own_tests_pass_on_an_empty_warehouse_and_its_unit_tests_too(dbt_project):
    dbt_project.computed()
    dbt_project.run()
    manifest = dbt_project.manifest
    unit_tests = {test.name for test in manifest.unit_tests.values()}
    data_tests = {node.name for node in manifest.nodes.values() if node.resource_type == "test"}
    assert unit_tests and data_tests
    assert unit_tests | data_tests <= set(dbt_project.test()), "each of them ran and passed"
