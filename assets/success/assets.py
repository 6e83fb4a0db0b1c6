"""What success goes with: the step between the facts and the success marts."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from assets import keys
from assets.progress import report
from assets.warehouse.connection import connected, replace_tables
from dagster_project.resources import Pipeline

STAGE = "Success metrics"
INPUTS = (("intermediate", "int_success_values"), ("marts", "fct_success_driver_month"))


def success_assets() -> AssetsDefinition:
    """Associations of every success metric with participation and network facts of its units."""

    @asset(
        key=keys.SUCCESS_ASSOCIATIONS,
        deps=[
            *(AssetKey(list(model)) for model in INPUTS),
            # One writer of the working file at a time.
            keys.INITIATIVE_EFFECTS,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "Which success metrics go with participation and network facts of one to three months before, "
            "within units over time: effects of units and periods, errors clustered by unit or permuted "
            "labels, false discovery rate over all tests. NULL with a reason where the data cannot tell."
        ),
    )
    def found(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult[Any]:
        """Estimate all associations and store them in schema ``outcomes``."""
        from assets.success.step import associations_from

        report(STAGE, "associations")
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            table = associations_from(connection)
            replace_tables(connection, "outcomes", {"success_associations": table})
        rows = table.to_pylist()
        report(STAGE, "associations", len(rows))
        stand_out = "\n".join(f"- {row['reading']}" for row in rows if row["is_discovery"]) or "none"
        return MaterializeResult(metadata={"rows": len(rows), "associations": MetadataValue.md(stand_out)})

    return found
