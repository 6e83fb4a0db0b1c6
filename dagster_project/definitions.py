"""Everything Dagster knows of the pipeline: assets, checks, one job, a schedule, a sensor.

The settings file comes from KITHWORK_CONFIG, else ./kithwork.yaml.
"""

from __future__ import annotations

from functools import partial

import dagster as dg

from assets.extract.assets import extract_assets, lake_assets
from assets.identity.assets import identity_assets
from assets.initiatives.assets import initiative_assets
from assets.layout import Warehouse
from assets.network.assets import network_assets
from assets.outcomes.assets import outcome_assets, survival_assets
from assets.publish.assets import publish_assets
from assets.quality.assets import quality_assets
from assets.quality.checks import quality_checks
from assets.retention.assets import retention_model_assets
from assets.success.assets import success_assets
from assets.targeting.assets import targeting_assets
from assets.warehouse.dbt_assets import dbt_stages
from assets.warehouse.reference_assets import reference_assets
from dagster_project.feeds import feed_kind, feed_names
from dagster_project.jobs import build_all
from dagster_project.months import known_months
from dagster_project.resources import Pipeline, dbt_project, is_built
from dagster_project.schedules import nightly
from dagster_project.sensors import landing_sensor
from dagster_project.settings import Settings, default_settings_file, load


def pipeline_definitions(settings: Settings) -> dg.Definitions:
    """The definitions for one settings file."""
    Warehouse(settings.warehouse_path).create()
    feeds = feed_names(settings)
    months = known_months(settings)
    stages = dbt_stages(dbt_project(settings).parse())
    return dg.Definitions(
        assets=[
            *extract_assets([(name, feed_kind(settings, name)) for name in feeds]),
            lake_assets(feeds),
            *reference_assets(),
            identity_assets(),
            *stages,
            network_assets(months),
            outcome_assets(),
            survival_assets(),
            initiative_assets(),
            success_assets(),
            retention_model_assets(),
            targeting_assets(),
            quality_assets(sorted(key for stage in stages for key in stage.keys)),
            publish_assets(),
        ],
        asset_checks=[quality_checks()],
        jobs=[build_all(months)],
        schedules=[nightly(settings.timezone)],
        sensors=[landing_sensor(settings.landing_paths(), partial(is_built, settings))],
        resources={"pipeline": Pipeline(settings_path=str(settings.file))},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by workspace.yaml."""
    return pipeline_definitions(load(default_settings_file()))
