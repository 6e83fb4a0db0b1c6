"""Where an initiative would have most room: the step between the facts and the proposals."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from assets import keys
from assets.progress import report
from assets.warehouse.connection import connected, replace_tables
from dagster_project.resources import Pipeline

STAGE = "Proposals"
INPUTS = ("fct_person_month", "fct_org_unit_flow_month", "fct_onboarding_person", "dim_org_unit")


def targeting_assets() -> AssetsDefinition:
    """Units, pairs of units and newcomers with most room, each with a design to measure the effect."""

    @asset(
        key=keys.INITIATIVE_PROPOSALS,
        deps=[
            *(AssetKey(["marts", model]) for model in INPUTS),
            # One writer of the working file at a time.
            keys.SUCCESS_ASSOCIATIONS,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "Where an initiative would have most room: units below their peers (shrunk for chance), pairs "
            "of groups with little flow or flow on one person, newcomers; each with evidence, interval and "
            "a phased roll-out with its power. Proposals about units, never about persons."
        ),
    )
    def proposals(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult[Any]:
        """Find the proposals and store them in schema ``outcomes``."""
        from assets.targeting.step import proposals_from

        report(STAGE, "units, pairs and newcomers")
        privacy = pipeline.settings.privacy
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            table = proposals_from(connection, privacy.k_view, privacy.k_outcome)
            replace_tables(connection, "outcomes", {"initiative_proposals": table})
        report(STAGE, "proposals", table.num_rows)
        return MaterializeResult(metadata={"rows": table.num_rows})

    return proposals
