"""How dbt's models and sources appear in Dagster: keys, groups, owners, kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from assets import keys


class WarehouseTranslator(DagsterDbtTranslator):
    """Models are keyed ``[schema, model]`` and grouped by what they are about."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Sources carry their key in ``meta.dagster.asset_key``; models are [layer, name].

        A month's network tables are computed together, so they are one asset.
        """
        if dbt_resource_props.get("source_name") == keys.NETWORK:
            return keys.NETWORK_SNAPSHOTS
        if dbt_resource_props["resource_type"] != "model":
            return super().get_asset_key(dbt_resource_props)
        return AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        """Incremental models read what was touched, which dbt sees only once there is a table."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = manifest["nodes"].get(unique_id, {})
        if props.get("config", {}).get("materialized") != "incremental":
            return spec
        rebuilt = props["config"].get("meta", {}).get("rebuilt", {})
        tables = ["touched_months"] + (["touched_topics"] if rebuilt.keys() & {"topic", "knowledge"} else [])
        touched = {keys.reference(table) for table in tables}
        others = [dep for dep in spec.deps if dep.asset_key not in touched]
        return spec.replace_attributes(deps=[*others, *map(AssetDep, sorted(touched))])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """staging, or the area (participation, network ...): preparation and marts side by side."""
        path = dbt_resource_props["fqn"][1:-1]
        return str(path[min(1, len(path) - 1)]) if path else "dbt"

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the model's yml says; the SQL behind it stays in the repository."""
        return str(dbt_resource_props["description"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Every model is owned by the team that runs the warehouse."""
        return keys.OWNERS


def _layer(props: Mapping[str, Any]) -> str:
    return str(props["fqn"][1]) if len(props["fqn"]) > 2 else "dbt"
