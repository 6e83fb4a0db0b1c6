"""`kithwork build`: landing files to the published version, or word for word why not."""

from __future__ import annotations

import gc
import logging
import os
import re
import time
import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, errors, fail, good, note, warn

if TYPE_CHECKING:
    from pathlib import Path

    from assets.layout import Warehouse
    from dagster_project.settings import Settings


def build(
    config: ConfigOption = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Name hubs and brokers by pseudonym in the summary.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what Dagster and dbt write to their logs.")
    ] = False,
) -> None:
    """Extract, compute, check and publish. Exit code 0 exactly if the current version is right."""
    from assets.layout import Warehouse
    from dagster_project.full_disk import telling_full_disk

    settings = checked_settings(config)
    warehouse = Warehouse(settings.warehouse_path)
    with telling_full_disk(warehouse.root):
        _build(settings, warehouse, restricted=restricted, verbose=verbose)


def _build(settings: Settings, warehouse: Warehouse, *, restricted: bool, verbose: bool) -> None:
    from assets.identity.key import KeyProblemError
    from assets.identity.rotation import finish_pending_rotation
    from assets.lock import BuildLock, WarehouseBusyError
    from assets.publish.migrate import WarehouseFormatError, check_format, mark_new
    from dagster_project.build_state import missing_landings, todays_fingerprint
    from dagster_project.full_disk import is_full_disk
    from dagster_project.resources import key_of

    started = time.monotonic()
    warehouse.create()
    lock = BuildLock(warehouse.root)
    try:
        lock.acquire("kithwork build")
        check_format(warehouse.root)
        mark_new(warehouse.root)
        finish_pending_rotation(warehouse, settings.path(settings.privacy.key_file))
        key = key_of(settings)
        today = todays_fingerprint(settings, key)
    except (WarehouseBusyError, WarehouseFormatError, KeyProblemError, OSError) as error:
        if is_full_disk(error, warehouse.root):
            raise
        fail(str(error))
    if _is_known(warehouse, today):
        raise typer.Exit(0)
    _refuse_another_key(warehouse, key)
    missing = missing_landings(settings)
    failure = _Failure(tuple(missing), is_lasting=True) if missing else None
    failure = failure or _run(settings, warehouse, verbose=verbose)
    if failure:
        _explain(warehouse, today.digest, failure)
        raise typer.Exit(1)
    _finish(settings, warehouse, started, restricted=restricted)


def _is_known(warehouse: Warehouse, today: Any) -> bool:
    """True if there is nothing to do; a known failure is told again and ends the command."""
    from assets.publish.inputs import known_outcome, last_build
    from assets.publish.version import current_version

    known = known_outcome(last_build(warehouse.state), today, current_version(warehouse.root))
    if known is None:
        return False
    if known.outcome == "published":
        good(f"nothing new: version {known.version} matches today's inputs, settings and code")
        note(f"  {warehouse.published / 'current'}")
        return True
    warn("nothing has changed since the last build, which failed:")
    fail("\n".join(known.failures))


def _refuse_another_key(warehouse: Warehouse, key: bytes) -> None:
    """Before anything heavy starts, and without a failed run in the history."""
    from assets.extract.extraction import check_key
    from assets.identity.key import KeyProblemError

    try:
        check_key(warehouse, key)
    except KeyProblemError as error:
        fail(str(error))


_ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 100_000

_LASTING: Final = frozenset({"LandingError", "DeclarationError", "CalendarError", "UnknownCheckError"})
"""Errors that the same inputs and settings can only repeat; a full disk or a kill is none of them."""


def _run(settings: Settings, warehouse: Warehouse, *, verbose: bool) -> _Failure | None:
    """Run the job; None after success, else what went wrong, without personal values."""
    with console.status("Starting …"):
        warnings.filterwarnings("ignore", module="dagster.*")
        logging.getLogger("dagster").setLevel(logging.DEBUG if verbose else logging.CRITICAL)
        os.environ["KITHWORK_VERBOSE"] = "1" if verbose else "0"
        from dagster_project.instance import open_instance, prune_runs

        instance = open_instance(warehouse)
        from dagster_project.definitions import pipeline_definitions
        from dagster_project.jobs import BUILD_ALL

        job = pipeline_definitions(settings).resolve_job_def(BUILD_ALL)
        # What was loaded stays: without this the collector walks through it again and again.
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    from dagster_project.display import live

    level = "DEBUG" if verbose else "CRITICAL"
    with live(console, quiet=verbose):
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": level}}}},
        )
    prune_runs(instance, settings.publish.keep_runs)
    if result.success:
        return None
    reasons = [_reason(event, warehouse.root) for event in result.all_events if event.is_step_failure]
    lines = tuple(dict.fromkeys(line for line, _ in reasons)) or ("the run failed; --verbose shows its log",)
    return _Failure(lines, bool(reasons) and all(is_lasting for _, is_lasting in reasons))


class _Failure(NamedTuple):
    """Why a run failed, and whether running it again unchanged could only fail again."""

    lines: tuple[str, ...]
    is_lasting: bool


def _reason(event: Any, folder: Path) -> tuple[str, bool]:
    """The innermost message of a failed step, and whether it is a lasting one."""
    from dagster_project.full_disk import remedy, tells_full_disk

    error = event.step_failure_data.error
    if tells_full_disk(error.to_string(), folder):
        return f"{event.step_key}: {remedy(folder)}", False
    while error.cause is not None:
        error = error.cause
    data = event.step_failure_data.user_failure_data
    own = re.sub(r"^[\w.]+: ", "", error.message.strip())
    message = data.description if data and data.description else own
    return f"{event.step_key}: {message}", error.cls_name in _LASTING


def _explain(warehouse: Warehouse, fingerprint: str, failure: _Failure) -> None:
    from assets.publish.inputs import LastBuild, last_build, remember
    from assets.publish.version import current_version

    known = last_build(warehouse.state)
    if known is not None and known.outcome == "failed" and known.fingerprint == fingerprint:
        lines = list(known.failures)
    else:
        lines = [line for text in failure.lines for line in text.splitlines()]
        if failure.is_lasting:
            remember(warehouse.state, LastBuild(fingerprint, "failed", failures=tuple(lines)))
    for line in lines:
        errors.print("[red]✗[/red] " + line.replace("[", "\\["), soft_wrap=True)
    current = current_version(warehouse.root)
    kept = f"version {current} stays current" if current else "nothing is published yet"
    errors.print(f"Not published; {kept}.")


def _finish(settings: Settings, warehouse: Warehouse, started: float, *, restricted: bool) -> None:
    from assets.publish.version import current_version
    from dagster_project.summary import print_summary

    _tell_warnings(warehouse)
    print_summary(console, settings, warehouse, restricted=restricted)
    seconds = time.monotonic() - started
    console.print()
    good(f"published version {current_version(warehouse.root)} in {seconds:.0f} s")
    note(f"  {warehouse.published / 'current' / 'kithwork.duckdb'}")


def _tell_warnings(warehouse: Warehouse) -> None:
    from dagster_project.build_state import read_check_results

    for result in read_check_results(warehouse):
        if result.status in {"warned", "error"}:
            warn(result.message)
