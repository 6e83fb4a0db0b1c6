"""The pipeline as a Dagster resource: settings, folders, key, lock and dbt, bound together."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster import ConfigurableResource, InitResourceContext

from assets.extract import ledger
from assets.extract.closure import current_refusals
from assets.extract.reading import Refusals
from assets.identity import declared
from assets.identity.declared_topics import read_hidden_topics
from assets.identity.dismissals import Dismissal, read_dismissals
from assets.identity.key import KeyProblemError, load_key
from assets.identity.refusals import Declarations
from assets.identity.topics import TopicRules
from assets.layout import Warehouse
from assets.lock import BuildLock
from assets.publish.code import code_fingerprint
from assets.publish.inputs import LastBuild, known_outcome, last_build
from assets.publish.publication import BuildFacts
from assets.quality.definition import CheckContext, CheckResult
from assets.warehouse.dbt_invocation import DbtProject
from assets.warehouse.reference import Location, SourceFacts
from dagster_project import build_state
from dagster_project import settings as settings_file
from dagster_project.feeds import vocabulary_of
from dagster_project.settings import KNOWLEDGE_VARIABLES, Settings

_VISIBLE = {"slack", "teams", "viva_engage"}
"""Platforms whose posts, replies and reactions many can see; mail and chat traces never count."""
_WITHOUT_TIES = {"search_log"}
"""Platforms that show nobody acting towards anybody: their accounts make nobody part of a network."""
_NO_REACTIONS = {
    "viva_engage": "the network data export holds no likes",
    "interactions": "a trace of who wrote to whom holds no reactions",
    "search_log": "a search log holds no reactions",
}


_started_with: dict[str, str] = {}
_run_of: dict[str, str | None] = {}
"""Fingerprint and run by settings file: Dagster makes the resource anew for every step."""


def dbt_variables(settings: Settings) -> dict[str, Any]:
    """What dbt's models are told of the settings, by the names in ``dbt_project.yml``."""
    return {
        **settings.ties.model_dump(),
        **settings.knowledge.model_dump(include=set(KNOWLEDGE_VARIABLES)),
        "include_contingent": settings.population.include_contingent,
        "go_live": settings.population.go_live.isoformat() if settings.population.go_live else "",
        "network_group_level": settings.network.group_level,
        "k_view": settings.privacy.k_view,
        "k_outcome": settings.privacy.k_outcome,
    }


def dbt_project(settings: Settings) -> DbtProject:
    """The dbt project bound to the settings' warehouse."""
    return DbtProject(
        Warehouse(settings.warehouse_path),
        dbt_variables(settings),
        memory=settings.limits.memory,
        threads=settings.limits.threads,
    )


class Pipeline(ConfigurableResource):  # type: ignore[type-arg]
    """Everything a step needs; holds the warehouse's lock for as long as the run lasts."""

    settings_path: str

    @cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        return settings_file.load(Path(self.settings_path))

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse folder."""
        return Warehouse(self.settings.warehouse_path)

    @cached_property
    def key(self) -> bytes:
        """The key of the pseudonyms; never part of configuration, logs or metadata."""
        return key_of(self.settings)

    @cached_property
    def dbt(self) -> DbtProject:
        """dbt, parsed on first use."""
        return dbt_project(self.settings)

    @cached_property
    def declarations(self) -> Declarations:
        """What the settings' files say about identities."""
        return declarations_of(self.settings)

    @cached_property
    def topic_rules(self) -> TopicRules:
        """What the settings say of topics."""
        return topic_rules_of(self.settings)

    @cached_property
    def dismissals(self) -> list[Dismissal]:
        """Recommendations that people do not want to see."""
        return dismissals_of(self.settings)

    def refusals(self) -> Refusals:
        """Everybody whose traces must not pass, as far as the vault knows them now."""
        return current_refusals(self.warehouse, self.key, self.declarations)

    @property
    def facts_fingerprint(self) -> str:
        """Changes with settings and code: then every month's facts are rebuilt."""
        return f"{self.settings.fingerprint()} {code_fingerprint()}"

    def locations(self) -> list[Location]:
        """Places of work from the settings."""
        return [
            Location(name, place.timezone, place.holidays, tuple(place.workdays))
            for name, place in self.settings.locations.items()
        ]

    def source_facts(self) -> list[SourceFacts]:
        """Every feed with platform and purposes."""
        return source_facts_of(self.settings)

    def lake_rows(self) -> dict[str, int]:
        """Rows per contract table, from the ledger."""
        rows: dict[str, int] = {}
        with ledger.opened(self.warehouse.ledger) as book:
            for entry in book.units():
                for table, count in entry.rows.items():
                    rows[table] = rows.get(table, 0) + count
        return rows

    def check_context(self) -> CheckContext:
        """What the quality checks need to know of this build."""
        return build_state.check_context(self.settings)

    def quality_overrides(self) -> dict[str, dict[str, Any]]:
        """Changed thresholds with their reasons."""
        return {name: override.model_dump() for name, override in self.settings.quality.items()}

    def remember_checks(self, results: list[CheckResult]) -> None:
        """Keep the results for the steps after the measuring."""
        build_state.write_check_results(self.warehouse, results)

    def check_results(self) -> list[CheckResult]:
        """The results of this build's checks."""
        return build_state.read_check_results(self.warehouse)

    def build_facts(self) -> BuildFacts:
        """What made the version that is about to be published."""
        return build_state.build_facts(self.settings, self.key)

    def build_published(self, version: str) -> None:
        """Remember that what the run began with is what readers see now."""
        outcome = LastBuild(_started_with[self.settings_path], "published", version)
        build_state.remember_outcome(self.warehouse, outcome)

    def build_failed(self, failures: list[str]) -> None:
        """Remember why nothing was published, so that an unchanged build fails again at once."""
        outcome = LastBuild(_started_with[self.settings_path], "failed", failures=tuple(failures))
        build_state.remember_outcome(self.warehouse, outcome)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Take the lock before the first write; a second build is told who holds it.

        It stays with the process: Dagster sets a resource up again for every step, and between
        two steps nobody else may write. A run has a process of its own, whose end frees the lock.
        """
        self.warehouse.create()
        lock = BuildLock(self.warehouse.root)
        if not lock.is_mine:
            run = context.run.run_id[:8] if context.run else f"process {os.getpid()}"
            lock.acquire(f"the Dagster run {run}")
        if self.settings_path not in _started_with or _run_of.get(self.settings_path) != context.run_id:
            # Taken before the first file is read: what arrives later belongs to the next build.
            today = build_state.todays_fingerprint(self.settings, self.key)
            _started_with[self.settings_path] = today.digest
            _run_of[self.settings_path] = context.run_id


def key_of(settings: Settings) -> bytes:
    """The key named by the settings. Raises ``KeyProblemError``."""
    return load_key(settings.privacy.key, settings.path(settings.privacy.key_file))


def is_built(settings: Settings) -> bool:
    """Whether a build could only repeat what the last one gave; False without a usable key."""
    from assets.publish.version import current_version

    try:
        today = build_state.todays_fingerprint(settings, key_of(settings))
    except KeyProblemError:
        return False
    warehouse = Warehouse(settings.warehouse_path)
    return known_outcome(last_build(warehouse.state), today, current_version(warehouse.root)) is not None


def declarations_of(settings: Settings) -> Declarations:
    """Opt-outs, aliases and overrides. Raises ``DeclarationError`` with every problem."""
    names = [source.name for source in settings.sources]
    privacy, identity = settings.privacy, settings.identity
    return Declarations(
        sources=names,
        opt_outs=declared.read_opt_outs(settings.path(privacy.opt_out), names) if privacy.opt_out else (),
        aliases=declared.read_aliases(settings.path(identity.aliases)) if identity.aliases else {},
        overrides=declared.read_overrides(settings.path(identity.overrides), names)
        if identity.overrides
        else (),
        worker_id_sources=frozenset(s.name for s in settings.sources if s.account_ids == "worker_id"),
    )


def topic_rules_of(settings: Settings) -> TopicRules:
    """Declared topics, hidden ones and when a topic is shown. Raises ``DeclarationError``."""
    knowledge = settings.knowledge
    vocabulary = vocabulary_of(settings)
    names = [source.name for source in settings.sources]
    hidden = (
        read_hidden_topics(settings.path(knowledge.hidden), names, vocabulary) if knowledge.hidden else ()
    )
    return TopicRules(
        vocabulary=vocabulary,
        hidden=hidden,
        min_authors=settings.privacy.k_view,
        channels_as_topics=knowledge.channels_as_topics,
        ignored_channels=knowledge.ignored_channels,
    )


def dismissals_of(settings: Settings) -> list[Dismissal]:
    """Recommendations that people dismissed. Raises ``DeclarationError``."""
    if settings.scorecard.dismissed is None:
        return []
    names = [source.name for source in settings.sources]
    return read_dismissals(settings.path(settings.scorecard.dismissed), names)


def source_facts_of(settings: Settings) -> list[SourceFacts]:
    """Every feed with platform and purposes, as the reference table has them."""
    feeds = [
        *((feed, feed.platform, "collaboration") for feed in settings.sources),
        *((feed, feed.system, "hr") for feed in settings.hr),
        *((feed, "survey", "survey") for feed in settings.surveys),
        *((feed, "success_metrics", "success_metrics") for feed in settings.success_metrics),
    ]
    return [
        SourceFacts(
            source=feed.name,
            platform=platform,
            kind=kind,
            has_engagement="engagement" in feed.permission.purposes,
            has_network="network" in feed.permission.purposes and platform not in _WITHOUT_TIES,
            has_retention="retention" in feed.permission.purposes,
            has_visible_contributions=platform in _VISIBLE,
            reactions_reason=_NO_REACTIONS.get(platform),
        )
        for feed, platform, kind in feeds
    ]
