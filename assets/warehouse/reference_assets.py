"""Calendar, places, sources and touched months as an asset of tables."""

from collections.abc import Iterator, Sequence
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from assets import keys
from assets.progress import report
from assets.warehouse import pending_merge, touched_months
from assets.warehouse.connection import connected
from assets.warehouse.reference import Calendar, write_reference
from dagster_project.months import remember_last_month
from dagster_project.resources import Pipeline

_DESCRIPTIONS = {
    "calendar_bounds": "First day, last covered instant and default time zone of the warehouse. "
    "Today's date is never asked.",
    "months": "The months that the data cover; a month is final a week after its end.",
    "locations": "Places of work and their time zones; the empty name stands for everywhere else.",
    "calendar_days": "Workdays and covered days per place, public holidays taken out.",
    "sources": "Every feed with its platform and the purposes that its permission names.",
    "touched_months": "Months whose facts have to be rebuilt: touched by new, replaced or vanished rows, "
    "or all of them after a change of identity, HR data, settings or code.",
    "touched_topics": "Topics whose terms, channels or hiding people have changed: their evidence is "
    "made anew in every month.",
}


def reference_assets() -> list[AssetsDefinition]:
    """Tables made from settings and coverage, then the list of what dbt has to rebuild."""
    lake = [keys.lake(table) for table in ("source_coverage", "messages", "jobs", "spells")]
    from_settings = [table for table in keys.REFERENCE_TABLES if not table.startswith("touched_")]

    @multi_asset(specs=[_spec(table, lake) for table in from_settings], name="reference", can_subset=False)
    def reference(context: AssetExecutionContext, pipeline: Pipeline) -> Iterator[MaterializeResult[None]]:
        """Write calendars, locations, sources and bounds from settings and coverage."""
        settings = pipeline.settings
        year, month = (int(part) for part in settings.calendar.start.split("-"))
        calendar = Calendar(date(year, month, 1), settings.calendar.as_of, settings.timezone)
        with connected(pipeline.warehouse.database, memory=settings.limits.memory) as connection:
            written = write_reference(
                connection, pipeline.warehouse.lake, calendar, pipeline.locations(), pipeline.source_facts()
            )
        remember_last_month(pipeline.warehouse, f"{written.as_of:%Y-%m}")
        report("Reference", f"covered until {written.as_of:%Y-%m-%d}", sum(written.rows.values()))
        for table in from_settings:
            yield MaterializeResult(
                keys.reference(table),
                metadata={"rows": written.rows[table], "as_of": f"{written.as_of:%Y-%m-%d %H:%M}"},
            )

    known = [keys.reference("months"), *(keys.identity(table) for table in keys.IDENTITY_TABLES)]

    @multi_asset(
        specs=[_spec(table, known) for table in ("touched_months", "touched_topics")],
        name="touched_months",
        can_subset=False,
    )
    def touched(context: AssetExecutionContext, pipeline: Pipeline) -> Iterator[MaterializeResult[None]]:
        """List the months that files, identity, HR data, settings or code have changed, and the topics."""
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            pending = touched_months.begin(
                connection,
                pipeline.warehouse.ledger,
                pipeline.facts_fingerprint,
                [feed.name for feed in pipeline.settings.hr],
            )
            pending_merge.remember(connection, pending)
            topics = connection.execute("select count(*) from reference.touched_topics").fetchall()[0][0]
        reason = pending.reason or "new rows"
        if pending.months:
            context.log.info("%s months to rebuild: %s", len(pending.months), reason)
        yield MaterializeResult(
            keys.reference("touched_months"),
            metadata={"rows": len(pending.months), "because": reason if pending.months else "nothing new"},
        )
        yield MaterializeResult(keys.reference("touched_topics"), metadata={"rows": topics})

    return [reference, touched]


def _spec(table: str, deps: Sequence[AssetKey]) -> AssetSpec:
    return AssetSpec(
        keys.reference(table),
        deps=deps,
        group_name=keys.REFERENCE,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=_DESCRIPTIONS[table],
    )
