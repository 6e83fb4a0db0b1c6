"""``kithwork.yaml`` and the environment: their only reader.

Every mistake is answered with the key, the value and what was expected. A key without effect
is refused. ``${NAME}`` in the file is replaced by the environment variable of that name.
Paths are relative to the settings file.
"""

from __future__ import annotations

import difflib
import glob
import hashlib
import json
import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

SETTINGS_VARIABLE = "KITHWORK_CONFIG"
DEFAULT_FILE = "kithwork.yaml"

Purpose = Literal["engagement", "network", "retention"]
PLATFORMS = ("slack", "teams", "outlook", "viva_engage", "interactions", "search_log")
FORBIDDEN_PLATFORMS = {
    "linkedin": (
        "LinkedIn's API terms forbid using member data for workforce analysis; "
        "a known study of this kind had to stop for that reason"
    ),
}


class SettingsError(Exception):
    """Settings that cannot be used; the message lists every problem, one line each."""


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"expected an IANA time zone such as 'Europe/Warsaw'{hint}")
    ZoneInfo(value)
    return value


def _source_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", value):
        raise ValueError("expected lower-case letters, digits and underscores, a letter first")
    return value


TimeZoneName = Annotated[str, AfterValidator(_known_zone)]
SourceName = Annotated[str, AfterValidator(_source_name)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Permission(_Section):
    """Why this source may be used, and for what."""

    basis: str = Field(min_length=3, description="legal basis, e.g. 'works agreement 2025-03'")
    purposes: list[Purpose] = Field(min_length=1)
    reference: str = Field(min_length=1, description="where the decision is written down")


class _Feed(_Section):
    name: SourceName
    landing: list[str] = Field(description="files or folders; globs allowed")
    permission: Permission
    columns: dict[str, str] = Field(default_factory=dict)
    delimiter: str | None = None
    time_format: str | None = None
    encoding: str | None = None

    @field_validator("landing", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Source(_Feed):
    """A collaboration platform's export."""

    platform: str
    timezone: TimeZoneName | None = None
    account_ids: Literal["platform", "worker_id"] = Field(
        default="platform",
        description="'worker_id' where the file names people by their HR worker id",
    )

    @field_validator("platform")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value in FORBIDDEN_PLATFORMS:
            raise ValueError(f"refused: {FORBIDDEN_PLATFORMS[value]}")
        if value not in PLATFORMS:
            near = difflib.get_close_matches(value, PLATFORMS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"expected one of {', '.join(PLATFORMS)}{hint}")
        return value


class HrFeed(_Feed):
    """An HR system's files: workers, spells and jobs."""

    system: Literal["csv"]
    attributes: list[str] = Field(default_factory=list)


class Survey(_Feed):
    """A network survey: who goes to whom for what."""


class SuccessMetrics(_Feed):
    """Business outcomes by unit or person and period: whatever the organisation calls success."""


class Identity(_Section):
    """Files that help to match accounts to persons."""

    aliases: str | None = Field(default=None, description="CSV: alias_email, email")
    overrides: str | None = Field(default=None, description="CSV: source, account, worker_id")


class Privacy(_Section):
    """Key, thresholds of disclosure control, refusals."""

    key: str | None = Field(default=None, description="${NAME}; else the key file beside this file")
    key_file: str = "kithwork.key"
    k_view: int = Field(default=5, ge=5)
    k_outcome: int = Field(default=10, ge=5)
    opt_out: str | None = Field(default=None, description="CSV: email, account or worker_id; what is refused")


class Ties(_Section):
    """Tunables of METRICS.md B1-B3, with its defaults."""

    half_life_days: int = Field(default=28, gt=0)
    window_weeks: int = Field(default=13, gt=0)
    theta: float = Field(default=0.5, ge=0)
    min_event_days: int = Field(default=2, ge=1)
    base_direct_message: float = Field(default=1.0, ge=0)
    base_reply: float = Field(default=1.0, ge=0)
    base_thread: float = Field(default=0.1, ge=0)
    base_mention: float = Field(default=0.8, ge=0)
    base_reaction: float = Field(default=0.2, ge=0)
    base_mail: float = Field(default=0.8, ge=0)
    base_meeting: float = Field(default=1.0, ge=0)
    direct_message_daily_cap: int = Field(default=3, ge=1)
    reaction_weekly_cap: int = Field(default=5, ge=1)
    max_chat_members: int = Field(default=8, ge=2)
    max_thread_contributors: int = Field(default=10, ge=2)
    max_mentioned: int = Field(default=10, ge=1)
    max_mail_recipients: int = Field(default=8, ge=1)
    max_meeting_attendees: int = Field(default=20, ge=2)


KNOWLEDGE_VARIABLES = (
    "expertise_half_life_days", "weight_accepted_answer", "weight_thanked_answer", "weight_answer",
    "weight_reused", "weight_endorsement", "max_endorsements", "expertise_min_items",
    "expertise_min_askers", "expert_percentile", "duplicate_similarity", "min_questions",
    "accepting_reactions",
)  # fmt: skip
"""Settings of the section ``knowledge`` that dbt's models are told."""


class Knowledge(_Section):
    """Topics, and the tunables of METRICS.md F with its defaults."""

    topics: str | None = Field(default=None, description="CSV: topic, terms (separated by |)")
    hidden: str | None = Field(
        default=None, description="CSV: topic (* for all), and email, account or worker_id"
    )
    channels_as_topics: bool = True
    ignored_channels: list[str] = Field(default=["general", "random", "all company"])
    accepting_reactions: list[Annotated[str, Field(pattern=r"^[a-z0-9_+-]+$")]] = Field(
        default=["white_check_mark", "heavy_check_mark", "ballot_box_with_check"],
        description="an asker's reaction of this name accepts the answer",
    )
    min_questions: int = Field(default=10, ge=1)
    expertise_half_life_days: int = Field(default=180, gt=0)
    weight_accepted_answer: float = Field(default=5, ge=0)
    weight_thanked_answer: float = Field(default=2, ge=0)
    weight_answer: float = Field(default=1, ge=0)
    weight_reused: float = Field(default=3, ge=0)
    weight_endorsement: float = Field(default=1, ge=0)
    max_endorsements: int = Field(default=5, ge=0)
    expertise_min_items: int = Field(default=3, ge=1)
    expertise_min_askers: int = Field(default=2, ge=1)
    expert_percentile: float = Field(default=70, ge=0, le=100)
    duplicate_similarity: float = Field(default=0.9, gt=0, le=1)


class Network(_Section):
    """How people are grouped in network metrics."""

    group_level: int = Field(
        default=2,
        ge=1,
        description="depth of the org unit path that counts as a group, 1 = below the company",
    )
    seed: int = Field(default=1, ge=0)


class Calendar(_Section):
    """The months of the warehouse. The wall clock is never asked."""

    start: Month
    as_of: datetime | date | None = None
    horizon_months: int = Field(
        default=120, ge=1, le=600, description="how many months the UI's partitions reach from start"
    )

    @field_validator("start", mode="before")
    @classmethod
    def _yaml_reads_months_as_text(cls, value: Any) -> Any:
        return value.strftime("%Y-%m") if isinstance(value, date) else value


class Location(_Section):
    """A place of work: its time zone and its public holidays."""

    timezone: TimeZoneName
    holidays: str | None = Field(default=None, description="country code, e.g. PL or US-TX")
    workdays: list[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]] = Field(
        default=["Mon", "Tue", "Wed", "Thu", "Fri"], min_length=1
    )


class Population(_Section):
    """Who counts."""

    go_live: date | None = None
    include_contingent: bool = False


class Override(_Section):
    """A check's changed thresholds; the reason is shown in the manifest."""

    reason: str = Field(min_length=5)
    warn: float | None = None
    block: float | None = None


class Publish(_Section):
    """What stays."""

    keep_versions: int = Field(default=5, ge=1)
    keep_runs: int = Field(default=50, ge=1, description="Dagster runs kept in the history")


class Limits(_Section):
    """How much of the machine a build may take."""

    memory: str = Field(
        default="3GB",
        pattern=r"^\d+(\.\d+)?(MB|GB)$",
        description="of the database engine; a build takes up to half as much again",
    )
    threads: int = Field(default=0, ge=0, description="0: as many as there are processors")


class Scorecard(_Section):
    """What people say about their own scorecard (METRICS.md E4)."""

    dismissed: str | None = Field(
        default=None,
        description="CSV: rule, dismissed_on, until (empty: for good), and email, account or worker_id",
    )


class Settings(_Section):
    """Everything in ``kithwork.yaml``."""

    warehouse: str = "./warehouse"
    timezone: TimeZoneName = "UTC"
    sources: list[Source] = Field(min_length=1)
    hr: list[HrFeed] = Field(default_factory=list)
    surveys: list[Survey] = Field(default_factory=list)
    success_metrics: list[SuccessMetrics] = Field(default_factory=list)
    initiatives: str | None = None
    identity: Identity = Identity()
    privacy: Privacy = Privacy()
    ties: Ties = Ties()
    knowledge: Knowledge = Knowledge()
    scorecard: Scorecard = Scorecard()
    network: Network = Network()
    calendar: Calendar
    locations: dict[str, Location] = Field(default_factory=dict)
    population: Population = Population()
    quality: dict[str, Override] = Field(default_factory=dict)
    publish: Publish = Publish()
    limits: Limits = Limits()
    _file: Path = PrivateAttr(default=Path("kithwork.yaml"))

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [feed.name for feed in self.feeds]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"two feeds are named {twice[0]!r}; every source, hr, survey and success_metrics entry "
                "needs its own name"
            )
        return self

    @property
    def feeds(self) -> list[Source | HrFeed | Survey | SuccessMetrics]:
        """Every feed with a permission; HR first, because refusals may name workers."""
        return [*self.hr, *self.sources, *self.surveys, *self.success_metrics]

    def path(self, relative: str) -> Path:
        """A path of the settings file as an absolute one."""
        return (self.folder / Path(relative).expanduser()).resolve()

    @property
    def folder(self) -> Path:
        """Where the settings file lies."""
        return self._file.parent

    @property
    def file(self) -> Path:
        """The settings file itself."""
        return self._file

    @property
    def warehouse_path(self) -> Path:
        """The warehouse folder."""
        return self.path(self.warehouse)

    def landing_paths(self) -> list[Path]:
        """Every file or folder that the settings name as input; globs resolved, absent ones left out."""
        patterns = [pattern for feed in self.feeds for pattern in feed.landing]
        patterns += [self.initiatives] if self.initiatives else []
        found = [Path(m) for pattern in patterns for m in glob.glob(str(self.path(pattern)))]  # noqa: PTH207
        return sorted(set(found))

    def fingerprint(self) -> str:
        """Changes with every setting that can change a result; the key itself is left out."""
        content = self.model_dump(
            mode="json", exclude={"warehouse": True, "privacy": {"key"}, "limits": True}
        )
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def default_settings_file() -> Path:
    """The file named by ``KITHWORK_CONFIG``, else ``kithwork.yaml`` in the current folder."""
    return Path(os.environ.get(SETTINGS_VARIABLE, DEFAULT_FILE)).resolve()


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises ``SettingsError`` with one line per problem.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; `kithwork init` writes one to start from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    try:
        content = yaml.safe_load(_with_environment(text, path))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: expected a mapping of settings, found {type(content).__name__}")
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise SettingsError("\n".join(_readable(item, path) for item in error.errors())) from None
    settings._file = path.resolve()
    return settings


def _with_environment(text: str, path: Path) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise SettingsError(f"{path}: ${{{name}}} stands in the file, but the environment has no {name}")
        return os.environ[name]

    lines = (
        line if line.lstrip().startswith("#") else re.sub(r"\$\{([A-Z_][A-Z0-9_]*)\}", value, line)
        for line in text.splitlines(keepends=True)
    )
    return "".join(lines)


def _readable(item: Any, path: Path) -> str:
    """One pydantic error as a sentence: file, key, value, expectation, remedy."""
    key = ".".join(str(part) for part in item["loc"]) or "the file"
    kind = item["type"]
    if kind == "missing":
        if key.endswith("permission"):
            return (
                f"{path}: {key} is missing; every source states its legal basis, purposes and "
                "reference: permission: {basis: ..., purposes: [engagement], reference: ...}"
            )
        return f"{path}: {key} is missing and has no default"
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(item["loc"][-1]), _keys_at(item["loc"][:-1]), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; remove it"
        return f"{path}: {key} is not a setting{hint}"
    secret = "key" in str(item["loc"][-1:])
    shown = "" if secret else f" (value {item['input']!r})"
    return f"{path}: {key}: {item['msg'].removeprefix('Value error, ')}{shown}"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """The settings that exist at a place of the file, for suggestions."""
    model: Any = Settings
    for part in location:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(part)
        model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if model else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found:
            return found
    return None
