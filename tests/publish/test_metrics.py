"""The registry of metrics covers what is published or restricted, and nothing that does not exist."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.layout import Warehouse
from assets.publish.catalogue import published_tables
from assets.publish.metrics import (
    FOLDER,
    ROW_REASONS,
    Registry,
    RegistryError,
    read_registry,
    unregistered,
    versions_in_force,
)
from assets.publish.metrics_page import metrics_page
from assets.warehouse.dbt_invocation import DbtProject
from assets.warehouse.dbt_parse import PROJECT

NUMBERS = ("double", "integer", "bigint", "decimal", "float", "smallint", "hugeint")
CALENDAR = frozenset({"dim_date", "dim_initiative", "dim_org_unit"})
"""Published dimensions: their numbers are attributes, not measures."""


COUNTED = frozenset({"n_population", "n_defined", "n_partial", "is_final"})
PEOPLE = frozenset({"participation", "scorecard", "recognition", "onboarding", "knowledge"})
"""Areas whose published tables are figures of people, rolled up."""
UNCOUNTED: dict[str, str] = {"dim_topic": "a dimension: its one count is of whoever used the topic"}
"""Tables of these areas that need not have all four columns, and why."""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> dict[str, Any]:
    warehouse = Warehouse(tmp_path_factory.mktemp("registry"))
    warehouse.create()
    return DbtProject(warehouse, {}).parse()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry()


def columns_of(manifest: dict[str, Any], table: str) -> dict[str, Any]:
    (node,) = (n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["name"] == table)
    return node["columns"]


def unexplained(manifest: dict[str, Any], registry: Registry, table: str) -> list[str]:
    """Measures of a table without entry: numbers that are no key, count, interval or support."""
    return [
        name
        for name, column in columns_of(manifest, table).items()
        if str(column.get("data_type", "")).startswith(NUMBERS)
        and not name.endswith("_key")
        and not registry.supports(table, name)
        and not registry.of_column(table, name)
    ]


def test_every_measure_of_a_published_or_restricted_table_has_an_entry(manifest, registry):
    waiting = set(unregistered()) | CALENDAR
    tables = published_tables(manifest)
    assert {table.audience for table in tables} == {"published", "restricted"}
    missing = {
        table: found
        for table in (table.name for table in tables)
        if table not in waiting and (found := unexplained(manifest, registry, table))
    }
    assert not missing, (
        "write an entry in dbt/metrics/<area>.yml, declare the column there as supporting, "
        "or put the table into dbt/metrics/unregistered.txt until somebody does"
    )


def test_no_table_waits_for_entries_that_are_there(manifest, registry):
    published = {t.name for t in published_tables(manifest) if t.audience == "published"}
    assert set(unregistered()) <= published
    done = [table for table in unregistered() if not unexplained(manifest, registry, table)]
    assert not done, "take the table out of dbt/metrics/unregistered.txt"


def test_every_entry_is_a_column_and_every_support_is_needed(manifest, registry):
    tables = {table.name: set(table.columns) for table in published_tables(manifest)}
    named = [(metric.name, table, column) for metric in registry.metrics for table in metric.columns
             for column in metric.columns[table]]  # fmt: skip
    named += [(area.name, table, column) for area in registry.areas for table in area.supporting
              for column in area.supporting[table]]  # fmt: skip
    assert not [each for each in named if each[2] not in tables.get(each[1], set())]
    both = [(table, column) for area in registry.areas for table in area.supporting
            for column in area.supporting[table] if registry.of_column(table, column)]  # fmt: skip
    assert not both, "a column is either a metric or supports one"


def test_every_figure_of_people_says_of_how_many_and_whether_it_is_final(manifest):
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    figures = {
        node["name"]: node["columns"]
        for node in models
        if node["config"]["meta"].get("publish") == "published" and PEOPLE & set(node["fqn"])
    }
    assert len(figures) >= 12
    lacking = {name: COUNTED - set(columns) for name, columns in figures.items() if name not in UNCOUNTED}
    assert not {name: columns for name, columns in lacking.items() if columns}
    assert set(UNCOUNTED) <= set(figures)


SAME_FOR_ALL_UNITS = frozenset({"period_from", "period_end", "panel_from", "panel_to", "score"})
"""Keys beside the grain that follow from its other columns, never from the unit."""
OWN_WINDOWS = {"pooled_months": "the months of a unit's cohort: those of other lengths are other people"}
"""Keys that may differ between units and yet make layers, and why."""


def test_layers_are_made_by_the_grain_alone(manifest):
    """A key that differs between units and no label would hide a unit from its own parent."""
    grains = {
        node["attached_node"].rsplit(".", 1)[1]: set(node["test_metadata"]["kwargs"]["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "grain"
    }
    rules = {t.name: t.rule for t in published_tables(manifest) if t.rule is not None and t.rule.unit}
    assert len(rules) > 15
    assert set(rules) <= set(grains)
    beside = {(name, key) for name, rule in rules.items() for key in set(rule.separating) - grains[name]}
    assert not {(name, key) for name, key in beside if key not in SAME_FOR_ALL_UNITS | set(OWN_WINDOWS)}


def test_reasons_that_entries_name_stand_beside_their_figures(manifest, registry):
    columns = {table.name: set(table.columns) for table in published_tables(manifest)}
    beside = {
        metric.name: set().union(*(columns[name] for name in metric.columns)) for metric in registry.metrics
    }
    assert not {
        metric.name: lacking
        for metric in registry.metrics
        if (lacking := metric.reasons - beside[metric.name])
    }
    assert sum(bool(metric.reasons) for metric in registry.metrics) > 40


def test_every_figure_of_people_that_can_be_null_has_a_reason_beside_it(manifest, registry):
    """That the reason is set where the figure is NULL is tested on a built warehouse."""
    mute = [
        (metric.name, table, column)
        for metric in registry.metrics
        if metric.area in PEOPLE | {"coverage"}
        for table, columns in metric.columns.items()
        if not (ROW_REASONS | metric.reasons) & set(columns_of(manifest, table))
        for column in columns
        if not any(
            c["type"] == "not_null" for c in columns_of(manifest, table)[column].get("constraints", ())
        )
    ]
    assert not mute


def test_entries_name_settings_that_exist(registry):
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    assert not [m.name for m in registry.metrics if set(m.settings) - set(variables)]


def test_a_table_below_the_outcome_minimum_shows_no_metric_with_a_lower_one(manifest, registry):
    rules = {t.name: t.rule.threshold for t in published_tables(manifest) if t.rule is not None}
    loose = [
        (metric.name, table)
        for metric in registry.metrics
        for table in metric.columns
        if metric.minimum_n == "k_outcome" and rules.get(table, "k_outcome") != "k_outcome"
    ]
    assert not loose


def test_purposes_and_settings_reach_the_manifest(manifest, registry):
    (table,) = (t for t in published_tables(manifest) if t.name == "fct_participation_org_month")
    some = versions_in_force(registry, [table], {"go_live": "", "include_contingent": False})
    other = versions_in_force(registry, [table], {"go_live": "", "include_contingent": True})
    assert some["participation_rate"]["version"] == 1
    assert set(some) == {m.name for m in registry.metrics if table.name in m.columns}
    assert some["participation_rate"]["settings"] != other["participation_rate"]["settings"]


def test_the_page_has_every_metric_and_every_column(registry):
    page = metrics_page(registry)
    assert all(f"\n### {metric.name}\n" in page for metric in registry.metrics)
    assert all(f"`{c}`" in page for m in registry.metrics for names in m.columns.values() for c in names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"purpose": "marketing"}, "purpose is 'marketing'"),
        ({"version": 0}, "version is 0"),
        ({"denominators": "people"}, "denominators is unknown"),
        ({"roll_up": None}, "roll_up is missing"),
        ({"name": "reach_rate"}, "registered twice"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, change, message):
    shutil.copyfile(FOLDER / "participation.yml", tmp_path / "participation.yml")
    content = yaml.safe_load((tmp_path / "participation.yml").read_text())
    entry = {**content["metrics"][1], **change}
    content["metrics"][1] = {name: value for name, value in entry.items() if value is not None}
    (tmp_path / "participation.yml").write_text(yaml.safe_dump(content))
    with pytest.raises(RegistryError, match=message):
        read_registry(tmp_path)
