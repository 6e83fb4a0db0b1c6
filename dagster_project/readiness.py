"""What `kithwork doctor` checks: one finding per line, each problem with what to do about it.

Nothing is changed and no value of the data and no key is shown.
"""

from __future__ import annotations

import platform
import stat
from collections.abc import Callable, Iterator, Sized
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.finding import Finding

if TYPE_CHECKING:
    from dagster_project.settings import Settings

PACKAGE = "kithwork"
_SHOWN = ("dagster", "dbt-core", "dbt-duckdb", "duckdb")
_PURPOSES = ("engagement", "network", "retention")
_HEADROOM = 200_000_000
"""Bytes that a build needs whatever the landing's size: run history, dbt's artefacts, spill files."""


def versions() -> Iterator[Finding]:
    """Python and every library against what this version of Kithwork was made for."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    remedy = "run `make setup`, which installs the locked versions"
    python = platform.python_version()
    wanted = metadata.metadata(PACKAGE)["Requires-Python"] or ""
    if python not in SpecifierSet(wanted):
        yield Finding("fail", f"versions: Python is {python}, expected {wanted}", remedy)
    shown, n_right = [f"Python {python}"], 0
    for text in metadata.requires(PACKAGE) or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Finding("fail", f"versions: {requirement.name} is not installed", remedy)
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            expected = str(requirement.specifier)
            yield Finding("fail", f"versions: {requirement.name} is {found}, expected {expected}", remedy)
        elif requirement.name in _SHOWN:
            shown.append(f"{requirement.name} {found}")
        else:
            n_right += 1
    others = f" and {n_right} other libraries as required" if n_right else ""
    yield Finding("good", f"versions: {', '.join(shown)}{others}")


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that can be checked once the settings file is right."""
    from dagster_project.landing_readiness import landing_bytes, landing_findings

    yield from landing_findings(settings)
    yield from permissions(settings)
    yield from key_file(settings)
    yield from warehouse_folder(settings)
    yield from declarations(settings)
    yield from places(settings)
    yield from thresholds(settings)
    yield from disk(settings, landing_bytes(settings))


def permissions(settings: Settings) -> Iterator[Finding]:
    """What each source may be used for, and what that leaves empty."""
    for feed in settings.feeds:
        allowed = [purpose for purpose in _PURPOSES if purpose in feed.permission.purposes]
        barred = [f"no {purpose}" for purpose in _PURPOSES if purpose not in allowed]
        line = f"permission of {feed.name}: {', '.join(allowed)}{' only' if barred else ''}"
        line += f"; will feed {' and '.join(barred)} table" if barred else ""
        yield Finding("good", f"{line} (basis: {feed.permission.basis}; {feed.permission.reference})")
    for purpose in _PURPOSES:
        if not any(purpose in source.permission.purposes for source in settings.sources):
            yield Finding("warn", f"no source has the purpose {purpose}: its tables stay empty")
    if not settings.hr:
        yield Finding(
            "warn", "no HR feed: every account is a person of its own, and there is no turnover or retention"
        )


def key_file(settings: Settings) -> Iterator[Finding]:
    """The key: there, private, of the right shape; only its fingerprint is shown."""
    from assets.identity.key import KeyProblemError
    from assets.identity.pseudonyms import fingerprint
    from dagster_project.resources import key_of

    file = settings.path(settings.privacy.key_file)
    try:
        key = key_of(settings)
    except KeyProblemError as error:
        yield Finding("fail", f"key: {error}")
        return
    if settings.privacy.key is not None:
        yield Finding("good", f"key: from privacy.key, fingerprint {fingerprint(key)}")
        return
    yield Finding("good", f"key: {file}, private, fingerprint {fingerprint(key)}")
    if file.is_relative_to(settings.warehouse_path):
        yield Finding(
            "warn",
            "key: it lies inside the warehouse, so whoever has a backup can undo the pseudonyms",
            "move it out and set privacy.key_file",
        )


def warehouse_folder(settings: Settings) -> Iterator[Finding]:
    """Format, modes, who writes it now, and whether the key is the vault's."""
    from assets.publish.migrate import FORMAT, WarehouseFormatError, check_format, format_of

    root = settings.warehouse_path
    try:
        check_format(root)
        found = format_of(root)
    except WarehouseFormatError as error:
        yield Finding("fail", f"warehouse: {error}")
        return
    if found is None:
        yield _new_warehouse(root)
        return
    open_folders = list(_open_to_others(root))
    yield from open_folders
    if not open_folders:
        yield Finding("good", f"warehouse: {root}, format {FORMAT}, private (mode 700)")
    yield from _lock_and_vault(settings, may_open_vault=not open_folders)


def _new_warehouse(root: Path) -> Finding:
    import os

    if root.exists() and not root.is_dir():
        return Finding("fail", f"warehouse: {root} is a file, expected a folder", "set another `warehouse`")
    place = _existing(root)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("fail", f"warehouse: {place} cannot be written", "make it yours, or set `warehouse`")
    return Finding("good", f"warehouse: nothing there yet; the first build makes {root}")


def _open_to_others(root: Path) -> Iterator[Finding]:
    from assets.layout import Warehouse

    for folder in (root, Warehouse(root).vault):
        mode = stat.S_IMODE(folder.stat().st_mode) if folder.is_dir() else 0o700
        if mode & 0o077:
            yield Finding(
                "fail", f"warehouse: others can enter {folder} (mode {mode:o})", f"chmod 700 '{folder}'"
            )


def _lock_and_vault(settings: Settings, *, may_open_vault: bool) -> Iterator[Finding]:
    import duckdb

    from assets.identity import vault
    from assets.identity.key import PENDING_SUFFIX, KeyProblemError, must_match
    from assets.identity.vault_format import VaultFormatError
    from assets.layout import Warehouse
    from assets.lock import WarehouseBusyError
    from dagster_project.commands.writing import locked
    from dagster_project.resources import key_of

    pending = settings.path(settings.privacy.key_file + PENDING_SUFFIX)
    if settings.privacy.key is None and pending.exists():
        yield Finding("warn", "key: a change of the key was cut short; the next build completes it")
        may_open_vault = False
    folder = Warehouse(settings.warehouse_path).vault
    try:
        with locked(settings.warehouse_path, "kithwork doctor"):
            stored = vault.stored_fingerprint(folder) if may_open_vault else None
    except WarehouseBusyError as error:
        yield Finding("warn", f"lock: {error}; the vault was not looked at")
        return
    except OSError as error:
        yield Finding("fail", f"lock: {settings.warehouse_path} cannot be written ({error.strerror})")
        return
    except (VaultFormatError, duckdb.Error) as error:
        yield Finding("fail", f"vault: {error}", "restore it from a backup")
        return
    yield Finding("good", "lock: nobody is writing the warehouse")
    if stored is None:
        return
    try:
        must_match("vault", stored, key_of(settings))
    except KeyProblemError as error:
        if hasattr(error, "found"):  # a key that is missing was told before
            yield Finding("fail", f"key: {error}")
        return
    yield Finding("good", "vault: written with this key")


def declarations(settings: Settings) -> Iterator[Finding]:
    """Opt-outs, aliases, overrides and topics: every problem with its row, never with its value."""
    from assets.identity import declared, declared_topics
    from assets.identity.declared_topics import read_hidden_topics
    from assets.identity.dismissals import read_dismissals

    sources = [source.name for source in settings.sources]
    readers: tuple[tuple[str, str | None, Callable[[Path], Sized]], ...] = (
        ("privacy.opt_out", settings.privacy.opt_out, lambda f: declared.read_opt_outs(f, sources)),
        ("identity.aliases", settings.identity.aliases, declared.read_aliases),
        ("identity.overrides", settings.identity.overrides, lambda f: declared.read_overrides(f, sources)),
        ("knowledge.topics", settings.knowledge.topics, declared_topics.read_topics),
        ("knowledge.hidden", settings.knowledge.hidden, lambda f: read_hidden_topics(f, sources, {})),
        ("scorecard.dismissed", settings.scorecard.dismissed, lambda f: read_dismissals(f, sources)),
    )
    for name, file, read in readers:
        if file is None:
            continue
        try:
            n_lines = len(read(settings.path(file)))
        except declared.DeclarationError as error:
            yield from (Finding("fail", f"{name}: {line}") for line in str(error).splitlines())
        else:
            yield Finding("good", f"{name}: {n_lines} line(s)")


def places(settings: Settings) -> Iterator[Finding]:
    """Holiday calendars of every location; time zones were checked with the settings."""
    from assets.warehouse.reference import CalendarError, Location, public_holidays

    n_right = 0
    year = int(settings.calendar.start[:4])
    for name, place in settings.locations.items():
        try:
            public_holidays(Location(name, place.timezone, place.holidays), range(year, year + 1))
        except CalendarError as error:
            yield Finding("fail", str(error))
        else:
            n_right += 1
    if n_right:
        yield Finding("good", f"locations: {n_right} with known time zone and holidays")


def thresholds(settings: Settings) -> Iterator[Finding]:
    """Changed thresholds name checks that exist."""
    from assets.quality.definition import limits_in_force
    from assets.quality.registry import ALL_CHECKS

    for check_id, override in settings.quality.items():
        try:
            limits = limits_in_force(ALL_CHECKS, {check_id: override.model_dump()})[check_id]
        except ValueError as error:
            yield Finding("fail", str(error))
        else:
            text = f"quality: {check_id} warns at {limits.warn}, blocks at {limits.block}"
            yield Finding("warn", f"{text}, because: {limits.reason}")


def disk(settings: Settings, n_landing: int) -> Iterator[Finding]:
    """Free space where the warehouse lies, against the size of the landing."""
    import shutil

    free = shutil.disk_usage(_existing(settings.warehouse_path)).free
    text = f"disk: {_size(free)} free for a landing of {_size(n_landing)}"
    if free < n_landing + _HEADROOM:
        yield Finding("fail", text, "make room, or set `warehouse` to another disk")
    elif free < 5 * n_landing + _HEADROOM:
        yield Finding("warn", text, "a first build and five versions may need about five times the landing")
    else:
        yield Finding("good", text)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.1f} MB"
