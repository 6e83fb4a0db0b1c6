"""The models of retention as a step between the facts and the outcome marts."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from assets import keys
from assets.progress import report
from assets.warehouse.connection import connected, replace_tables
from dagster_project.resources import Pipeline

STAGE = "Retention models"
INPUTS = (
    "int_retention_exposures",
    "int_retention_person_months",
    "int_retention_baselines",
    "int_retention_windows",
    "int_retention_stratified",
    "int_person_months",
    "int_spells",
    "int_org_unit_ancestors",
)


def retention_model_assets() -> AssetsDefinition:
    """A card for every question about retention, and the estimates behind it."""

    @asset(
        key=keys.RETENTION_MODELS,
        deps=[
            *(AssetKey(["intermediate", model]) for model in INPUTS),
            AssetKey(["marts", "fct_tie_month"]),
            keys.RETENTION_BY_ENGAGEMENT,
            keys.SURVIVAL,
            # One writer of the working file at a time.
            keys.SUCCESS_ASSOCIATIONS,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "Whether engaged people leave less often, by every method that the data allow: adjusted hazard "
            "ratios with errors clustered by team, a marginal structural model, ratios by tenure and level, "
            "a negative control, E-values. NULL with a reason where a model cannot tell. Associations, never "
            "effects."
        ),
    )
    def models(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult[Any]:
        """Store ``outcomes.retention_cards`` and ``outcomes.retention_estimates``."""
        from assets.retention.study import study_from

        report(STAGE, "person-months")
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            tables = study_from(
                connection, lambda name: report(STAGE, name), pipeline.settings.privacy.k_outcome
            )
            replace_tables(connection, "outcomes", tables)
        cards = tables["retention_cards"].to_pylist()
        report(STAGE, "cards", len(cards))
        said = "\n".join(f"- {row['question']}: {row['reading']}" for row in cards)
        return MaterializeResult(metadata={"cards": len(cards), "readings": MetadataValue.md(said)})

    return models
