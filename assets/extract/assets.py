"""Each feed's landing as an asset, and the contract tables that all of them fill."""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MarkdownMetadataValue,
    MaterializeResult,
    MetadataValue,
    asset,
    multi_asset,
)

from assets import keys
from assets.extract import lake
from assets.extract.closure import close_refusals
from assets.extract.contract import TABLES
from assets.extract.extraction import FeedReport, Progress, extract_feed, remove_feeds
from assets.progress import report
from dagster_project.feeds import feed, feed_names
from dagster_project.resources import Pipeline

STAGE = "Extract"
_WITH_FREE_TEXT = frozenset({"survey", "success_metrics", "initiatives"})
"""Kinds of feeds in which people write about people."""


def extract_assets(feeds: Sequence[tuple[str, str]]) -> list[AssetsDefinition]:
    """One asset per feed; ``feeds`` lists names and kinds.

    HR feeds come first: whom an opt-out means is often known only from the HR records, and a
    source that was read before them would have to be read again. Surveys, success metrics and the registry of
    initiatives come last: their texts are cleared of every name and handle that is known by then.
    """
    hr = [keys.extract(name) for name, kind in feeds if kind.startswith("hr_")]
    platforms = [
        keys.extract(name)
        for name, kind in feeds
        if not kind.startswith("hr_") and kind not in _WITH_FREE_TEXT
    ]
    after: dict[str, list[AssetKey]] = {
        name: [] if kind.startswith("hr_") else [*hr, *platforms] if kind in _WITH_FREE_TEXT else hr
        for name, kind in feeds
    }
    return [_feed_asset(name, kind, after[name]) for name, kind in feeds]


def _feed_asset(name: str, kind: str, after: list[AssetKey]) -> AssetsDefinition:
    @asset(
        key=keys.extract(name),
        deps=after,
        group_name=keys.EXTRACT,
        owners=keys.OWNERS,
        kinds={kind.split("_")[0], "parquet"},
        description=(
            f"What `{name}` ({kind}) has delivered, as rows of the contract tables. A landing unit that is "
            "in the lake already is left alone, unless its content, reader, options, key or the list of "
            "refusals changed. Unreadable rows go to quarantine."
        ),
        code_version=_reader_version(kind),
    )
    def extracted(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Bring the lake up to date with this feed's landing; what could not be read is told as a warning."""

        def progress(step: Progress) -> None:
            report(STAGE, f"{step.feed}: unit {step.n_done} of {step.n_units}", step.n_rows)

        report(STAGE, name)
        done = extract_feed(
            feed(pipeline.settings, name), pipeline.warehouse, pipeline.key, pipeline.refusals(), progress
        )
        for message in done.messages:
            context.log.warning(message)
        return MaterializeResult(metadata=_metadata(done))

    return extracted


def _metadata(done: FeedReport) -> dict[str, MetadataValue]:
    table = "\n".join(f"| {name} | {rows:,} |" for name, rows in sorted(done.rows.items()))
    found: dict[str, MetadataValue] = {
        "rows": MetadataValue.int(sum(done.rows.values()) - done.rows.get("quarantine", 0)),
        "rows_by_table": MarkdownMetadataValue(f"| table | rows |\n|---|---|\n{table}"),
        "new_files": MetadataValue.int(done.n_new),
        "files_read_again": MetadataValue.int(done.n_changed),
        "unchanged_files": MetadataValue.int(done.n_unchanged),
        "unreadable_files": MetadataValue.int(done.n_unreadable),
        "quarantined_rows": MetadataValue.int(done.n_quarantined),
        "lake_files_put_together": MetadataValue.int(done.n_packed),
    }
    if done.first_at and done.last_at:
        found["date_range"] = MetadataValue.text(f"{done.first_at:%Y-%m-%d} to {done.last_at:%Y-%m-%d}")
    return found


def _reader_version(kind: str) -> str:
    from dagster_project.feeds import reader_version

    return reader_version(kind)


def lake_assets(feeds: Sequence[str]) -> AssetsDefinition:
    """The contract tables of the lake, below every feed."""
    specs = [
        AssetSpec(
            keys.lake(table),
            deps=[keys.extract(name) for name in feeds],
            group_name=keys.LAKE,
            owners=keys.OWNERS,
            kinds={"parquet"},
            description=(
                f"Contract table `{table}`: {', '.join(schema.names)}. Append-only Parquet, one file per "
                "landing unit, small ones of a month put together, all versions of every row."
            ),
        )
        for table, schema in TABLES.items()
    ]

    @multi_asset(specs=specs, name="lake", can_subset=False)
    def lake_tables(context: AssetExecutionContext, pipeline: Pipeline) -> Iterator[MaterializeResult]:
        """Take out feeds that are no longer configured and whoever turned out to be refused."""
        for name in remove_feeds(pipeline.warehouse, feed_names(pipeline.settings)):
            context.log.info("rows of %s left the lake: it is no longer configured", name)
        configured = [feed(pipeline.settings, name) for name in feed_names(pipeline.settings)]
        for again in close_refusals(configured, pipeline.warehouse, pipeline.key, pipeline.declarations):
            context.log.info("%s was read again without people who are refused", again.feed)
        lake.ensure_tables(pipeline.warehouse.lake)
        rows = pipeline.lake_rows()
        report(STAGE, f"{len(TABLES)} contract tables", sum(rows.values()))
        for table in TABLES:
            yield MaterializeResult(keys.lake(table), metadata={"rows": rows.get(table, 0)})

    return lake_tables
