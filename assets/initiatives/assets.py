"""What initiatives changed: the step between the facts and the outcome marts."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from assets import keys
from assets.progress import report
from assets.warehouse.connection import connected, replace_tables
from dagster_project.resources import Pipeline

STAGE = "Initiatives"
INPUTS = (
    "int_initiatives",
    "int_initiative_units",
    "int_initiative_unit_months",
    "int_initiative_cells",
    "int_initiative_persons",
    "int_initiative_person_months",
    "int_initiative_targets",
    "int_adoption_spells",
)


def initiative_assets() -> AssetsDefinition:
    """Effects of every registered initiative, by every method that its design allows."""

    @asset(
        key=keys.INITIATIVE_EFFECTS,
        deps=[
            *(AssetKey(["intermediate", model]) for model in INPUTS),
            AssetKey(["marts", "fct_tie_month"]),
            # One writer of the working file at a time.
            keys.SURVIVAL,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "What registered initiatives changed: split into behaviour and mix of people, against comparison "
            "units with clustered and randomisation inference, staggered starts, matched controls, "
            "interrupted series, sustained effect, guardrails and power. NULL with a reason where a design "
            "cannot tell."
        ),
    )
    def effects(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult[Any]:
        """Estimate every registered initiative and store the tables of schema ``outcomes``."""
        from assets.initiatives.step import estimate_from

        report(STAGE, "effects of initiatives")
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            tables = estimate_from(connection, pipeline.settings.privacy.k_view)
            replace_tables(connection, "outcomes", tables)
        rows = tables["initiative_effects"].to_pylist()
        report(STAGE, "effects of initiatives", len(rows))
        headlines = "\n".join(
            f"- {row['initiative_id']}: {row['reading']}" for row in rows if row["is_headline"]
        )
        return MaterializeResult(metadata={"rows": len(rows), "headlines": MetadataValue.md(headlines)})

    return effects
