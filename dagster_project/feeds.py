"""Settings turned into feeds: which reader reads what, with which options."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from assets.extract.landing import resolved
from assets.extract.reading import ReaderOptions

if TYPE_CHECKING:
    from assets.extract.extraction import Feed
    from dagster_project.settings import HrFeed, Settings, Source, SuccessMetrics, Survey

INITIATIVES = "initiatives"
"""The name of the registry's feed; settings give it none."""

_READERS = {
    "slack": "assets.extract.readers.slack",
    "teams": "assets.extract.readers.teams",
    "outlook": "assets.extract.readers.teams",
    "viva_engage": "assets.extract.readers.viva_engage",
    "interactions": "assets.extract.readers.interactions",
    "search_log": "assets.extract.readers.search_log",
    "survey": "assets.extract.readers.survey",
    "success_metrics": "assets.extract.readers.success_metrics",
    "initiatives": "assets.extract.readers.initiatives",
    "csv": "assets.extract.hr.csv",
}

_WITH_TEXTS = {"slack", "teams", "outlook", "viva_engage", "search_log"}
"""Readers that see texts; another vocabulary makes them read their files again."""


def feed_names(settings: Settings) -> list[str]:
    """Every feed in the order of extraction: HR first, because refusals may name workers."""
    names = [feed.name for feed in settings.feeds]
    return [*names, INITIATIVES] if settings.initiatives else names


def feed_kind(settings: Settings, name: str) -> str:
    """The word for the UI: a platform, an HR system, survey, success_metrics or initiatives."""
    for source in settings.sources:
        if source.name == name:
            return source.platform
    for hr in settings.hr:
        if hr.name == name:
            return f"hr_{hr.system}"
    if any(feed.name == name for feed in settings.success_metrics):
        return "success_metrics"
    return "survey" if name != INITIATIVES else INITIATIVES


def feed(settings: Settings, name: str) -> Feed:
    """The feed of this name, ready to be read. Raises ``LandingError`` where nothing lies."""
    from assets.extract.extraction import Feed

    if name == INITIATIVES and settings.initiatives:
        landing = resolved([settings.initiatives], settings.folder, name)
        return Feed(name, _reader("initiatives"), landing, ReaderOptions(timezone=settings.timezone))
    configured = _configured(settings, name)
    return Feed(
        name,
        _reader(feed_kind(settings, name).removeprefix("hr_")),
        resolved(configured.landing, settings.folder, name),
        ReaderOptions(
            timezone=getattr(configured, "timezone", None) or settings.timezone,
            columns=configured.columns,
            attributes=tuple(getattr(configured, "attributes", ())),
            delimiter=configured.delimiter,
            time_format=configured.time_format,
            encoding=configured.encoding,
            vocabulary=tuple(vocabulary_of(settings)) if feed_kind(settings, name) in _WITH_TEXTS else (),
        ),
        account_ids_are_worker_ids=getattr(configured, "account_ids", "platform") == "worker_id",
    )


def vocabulary_of(settings: Settings) -> dict[str, str]:
    """Declared terms to their topics. Raises ``DeclarationError``."""
    from assets.identity.declared_topics import read_topics

    return read_topics(settings.path(settings.knowledge.topics)) if settings.knowledge.topics else {}


def _configured(settings: Settings, name: str) -> Source | HrFeed | Survey | SuccessMetrics:
    for configured in settings.feeds:
        if configured.name == name:
            return configured
    raise KeyError(f"no feed is named {name!r}")


def _reader(name: str):  # type: ignore[no-untyped-def]  # a module has the shape of `Reader`
    return import_module(_READERS[name])


def reader_version(kind: str) -> str:
    """The version of the reader behind a kind; another version reads every file again."""
    return f"{kind} {_reader(kind.removeprefix('hr_')).VERSION}"
