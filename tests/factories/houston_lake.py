"""The real example, read into a lake and no further: enough for commands that look after a warehouse."""

from __future__ import annotations

import shutil
from pathlib import Path

from assets.extract.extraction import extract_feed
from assets.layout import Warehouse
from assets.publish.migrate import mark_new


def read_into_lake(settings_file: Path) -> Warehouse:
    """Extract every feed as a build would, refusals included; the warehouse."""
    from dagster_project.feeds import feed, feed_names
    from dagster_project.resources import Pipeline
    from dagster_project.settings import load

    settings = load(settings_file)
    warehouse = Warehouse(settings.warehouse_path)
    warehouse.create()
    mark_new(warehouse.root)
    pipeline = Pipeline(settings_path=str(settings_file))
    for name in feed_names(settings):
        extract_feed(feed(settings, name), warehouse, pipeline.key, pipeline.refusals())
    return warehouse


def copied(settings_file: Path, folder: Path, *without: str) -> Path:
    """The settings file of a copy of everything beside it, except names like ``without``."""
    ignored = shutil.ignore_patterns(*without)
    shutil.copytree(settings_file.parent, folder, symlinks=True, ignore=ignored)
    return folder / settings_file.name
