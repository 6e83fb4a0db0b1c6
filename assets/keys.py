"""Asset keys and group names, once."""

from __future__ import annotations

from typing import Final

from dagster import AssetKey

EXTRACT: Final = "extract"
LAKE: Final = "lake"
REFERENCE: Final = "reference"
IDENTITY: Final = "identity"
NETWORK: Final = "network"
OUTCOMES: Final = "outcomes"
QUALITY: Final = "quality"
PUBLISH: Final = "publish"

OWNERS: Final = ["team:people-analytics"]

REFERENCE_TABLES: Final = (
    "calendar_bounds",
    "months",
    "locations",
    "calendar_days",
    "sources",
    "touched_months",
    "touched_topics",
)
IDENTITY_TABLES: Final = (
    "accounts", "persons", "workers", "topics", "topic_terms", "topic_channels", "hidden_topics",
    "dismissed_rules",
)  # fmt: skip
LAKE_TABLES_OF_IDENTITY: Final = ("accounts", "workers", "nominations", "messages", "channels")


def extract(feed: str) -> AssetKey:
    """What one source, HR feed or survey has delivered."""
    return AssetKey([EXTRACT, feed])


def lake(table: str) -> AssetKey:
    """A contract table."""
    return AssetKey([LAKE, table])


def reference(table: str) -> AssetKey:
    """A table made from settings and coverage."""
    return AssetKey([REFERENCE, table])


def identity(table: str) -> AssetKey:
    """Accounts, persons and workers with their integer keys."""
    return AssetKey([IDENTITY, table])


NETWORK_SNAPSHOTS: Final = AssetKey([NETWORK, "snapshots"])
RETENTION_BY_ENGAGEMENT: Final = AssetKey([OUTCOMES, "retention_by_engagement"])
SURVIVAL: Final = AssetKey([OUTCOMES, "survival"])
INITIATIVE_EFFECTS: Final = AssetKey([OUTCOMES, "initiative_effects"])
INITIATIVE_PROPOSALS: Final = AssetKey([OUTCOMES, "initiative_proposals"])
SUCCESS_ASSOCIATIONS: Final = AssetKey([OUTCOMES, "success_associations"])
RETENTION_MODELS: Final = AssetKey([OUTCOMES, "retention_models"])
CHECK_RESULTS: Final = AssetKey([QUALITY, "check_results"])
PUBLISHED_VERSION: Final = AssetKey([PUBLISH, "published_version"])
