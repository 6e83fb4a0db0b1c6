"""What a quality check is, what it answers, and which answers stop a publication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["passed", "warned", "failed", "not_applicable", "error"]
Catalogue = Mapping[str, frozenset[str]]
"""Relation (``schema.table``) to its columns, as the working file has them."""
Sql = str | Callable[[Catalogue], str]


@dataclass(frozen=True)
class Check:
    """One quality check: what is measured, over which relation, and how much is too much.

    ``measure`` is a query with one row per subject (a source, a column, a unit):
    ``subject VARCHAR, n_judged BIGINT, n_failing BIGINT, measured DOUBLE``. ``measured`` is
    NULL where there is too little to judge. ``examples`` is a query with
    ``subject VARCHAR, key VARCHAR`` of failing rows: keys only, never a name or an address.
    Both may be functions of the catalogue, for checks that follow the columns they find.
    """

    id: str
    title: str
    table: str
    asset_key: tuple[str, ...]
    description: str
    remedy: str
    measure: Sql
    examples: Sql | None = None
    needs: tuple[str, ...] = ()
    warn: float | None = None
    block: float | None = None
    direction: Literal["at_most", "at_least"] = "at_most"
    unit: Literal["share", "count", "z"] = "share"
    needs_hr: bool = False

    def is_beyond(self, measured: float, limit: float | None) -> bool:
        """Whether a measured value lies on the wrong side of a limit."""
        if limit is None:
            return False
        return measured > limit if self.direction == "at_most" else measured < limit


@dataclass(frozen=True)
class Limits:
    """The thresholds that hold in this build, and why they differ from the defaults."""

    warn: float | None
    block: float | None
    reason: str | None = None


@dataclass(frozen=True)
class CheckResult:
    """The answer of one check in one build.

    ``error`` means that the check itself could not be computed: a defect of the pipeline,
    never a statement about the data. ``threshold`` is the limit that was crossed, else the
    nearest one that was not. ``is_blocking`` tells whether the check has a blocking limit.
    """

    id: str
    title: str
    table: str
    asset_key: tuple[str, ...]
    status: Status
    message: str
    measured: float | None = None
    threshold: float | None = None
    subject: str | None = None
    n_judged: int = 0
    n_failing: int = 0
    examples: tuple[str, ...] = ()
    override_reason: str | None = None
    is_blocking: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For the manifest and for asset metadata."""
        return {
            **self.__dict__,
            "asset_key": "/".join(self.asset_key),
            "examples": list(self.examples),
        }


@dataclass(frozen=True)
class UnreadableUnit:
    """A landing unit that no reader could read, cited by source and hash, never by path."""

    source: str
    unit: str
    reason: str
    message: str


@dataclass(frozen=True)
class CheckContext:
    """What the checks need to know of a build beside the working file.

    ``changed_scores`` are the scores (activity, reaction, eminence, network) whose version is not
    that of the version which readers have; none before the first publication.
    """

    has_hr: bool
    unreadable: tuple[UnreadableUnit, ...] = field(default=())
    changed_scores: tuple[str, ...] = field(default=())


class UnknownCheckError(ValueError):
    """A threshold was set for a check that does not exist."""


def limits_in_force(
    checks: Iterable[Check], overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Limits]:
    """Defaults with the settings' overrides on top, per check id.

    An override names ``warn``, ``block`` or both (absent or None: the default stays) and a
    ``reason``. Raises ``UnknownCheckError`` with the ids there are, and ``ValueError`` when
    the reason is missing or a limit is set that the check cannot have.
    """
    by_id = {check.id: check for check in checks}
    limits = {check.id: Limits(check.warn, check.block) for check in by_id.values()}
    for check_id, override in (overrides or {}).items():
        if check_id not in by_id:
            raise UnknownCheckError(
                f"quality.{check_id} is not a check; expected one of {', '.join(sorted(by_id))}"
            )
        reason = override.get("reason")
        if not reason:
            raise ValueError(f"quality.{check_id}.reason is missing; a changed threshold needs its reason")
        warn, block = override.get("warn"), override.get("block")
        limits[check_id] = Limits(
            by_id[check_id].warn if warn is None else float(warn),
            by_id[check_id].block if block is None else float(block),
            str(reason),
        )
    return limits


def gate(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results that stop a publication.

    A blocking check that failed, and a blocking check that could not be computed: what was
    not judged is not published.
    """
    return [
        result
        for result in results
        if result.status == "failed" or (result.status == "error" and result.is_blocking)
    ]
