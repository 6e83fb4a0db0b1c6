"""Accounts matched to persons and topics cleared of names, as one asset of several tables."""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MarkdownMetadataValue,
    MaterializeResult,
    multi_asset,
)

from assets import keys
from assets.identity.identity_tables import identify
from assets.progress import report
from assets.warehouse.connection import connected
from assets.warehouse.identity_tables import write_identity
from dagster_project.resources import Pipeline

STAGE = "Identity"
_DESCRIPTIONS = {
    "accounts": "Every account with its integer key, its kind after bot recognition, and the person it "
    "belongs to, if one was found: by override, worker id, e-mail or alias.",
    "persons": "Everybody the warehouse knows, by pseudonym and integer key; who opted out is marked.",
    "topics": "What threads are about: declared topics, hashtags and public channels that name nobody "
    "and that enough people used.",
    "topic_terms": "Hashed terms of messages to their topics.",
    "topic_channels": "Public channels to the topics of their names.",
    "hidden_topics": "Topics by which a person does not want to be found.",
    "dismissed_rules": "Recommendation rules that a person does not want to see, and until when.",
    "workers": "Worker ids of the HR records, and of surveys that name people by address, to persons.",
}


def identity_assets() -> AssetsDefinition:
    """The identity tables of the working file; names and uncleared terms stay in the vault."""
    specs = [
        AssetSpec(
            keys.identity(table),
            deps=[keys.lake(name) for name in keys.LAKE_TABLES_OF_IDENTITY],
            group_name=keys.IDENTITY,
            owners=keys.OWNERS,
            kinds={"python", "duckdb"},
            description=_DESCRIPTIONS[table],
        )
        for table in keys.IDENTITY_TABLES
    ]

    @multi_asset(specs=specs, name="identity", can_subset=False)
    def identity(context: AssetExecutionContext, pipeline: Pipeline) -> Iterator[MaterializeResult]:
        """Match every account of the lake to a person and write who is who, without names."""
        settings = pipeline.settings
        report(STAGE, "matching accounts to persons")
        found = identify(
            pipeline.warehouse,
            pipeline.key,
            [source.name for source in settings.sources],
            pipeline.declarations,
            pipeline.refusals(),
            has_hr=bool(settings.hr),
            topics=pipeline.topic_rules,
            dismissals=pipeline.dismissals,
        )
        for message in found.messages:
            context.log.warning(message)
        with connected(pipeline.warehouse.database, memory=settings.limits.memory) as connection:
            rows = write_identity(connection, found.tables)
        report(STAGE, f"{rows['persons']:,} persons", rows["accounts"])
        matched = found.tables["match_counts"].to_pylist()
        lines = "\n".join(
            f"| {row['source']} | {row['kind']} | {row['method']} | {row['n']:,} |" for row in matched
        )
        for table in keys.IDENTITY_TABLES:
            metadata: dict[str, int | MarkdownMetadataValue] = {"rows": rows[table]}
            if table == "accounts":
                metadata["matched"] = MarkdownMetadataValue(
                    "| source | kind | matched by | accounts |\n|---|---|---|---|\n" + lines
                )
            yield MaterializeResult(keys.identity(table), metadata=metadata)

    return identity
