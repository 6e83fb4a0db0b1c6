"""What the commands that touch an existing warehouse share: the lock, the format, problems as words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.console import fail

if TYPE_CHECKING:
    from assets.layout import Warehouse
    from dagster_project.settings import Settings


@contextmanager
def told() -> Iterator[None]:
    """Problems that a user can solve end the command with their message and exit code 1."""
    import duckdb

    from assets.extract.ledger import LedgerFormatError
    from assets.identity.declared import DeclarationError
    from assets.identity.erasure import ErasureError
    from assets.identity.key import KeyProblemError
    from assets.identity.vault_format import VaultFormatError
    from assets.lock import WarehouseBusyError
    from assets.publish.backup import BackupError
    from assets.publish.migrate import WarehouseFormatError

    try:
        yield
    except (
        BackupError,
        DeclarationError,
        ErasureError,
        KeyProblemError,
        LedgerFormatError,
        VaultFormatError,
        WarehouseBusyError,
        WarehouseFormatError,
        OSError,
        duckdb.IOException,
    ) as error:
        fail(str(error))


@contextmanager
def locked(root: Path, holder: str) -> Iterator[None]:
    """Nobody else writes the warehouse ``root`` meanwhile; what is made in it is private.

    The vault is opened by one process at a time, so reading it needs the lock, too.
    """
    from assets.lock import BuildLock

    before = os.umask(0o077)
    lock = BuildLock(root)
    try:
        lock.acquire(holder)
        try:
            yield
        finally:
            lock.release()
    finally:
        os.umask(before)


@contextmanager
def locked_warehouse(settings: Settings, holder: str) -> Iterator[Warehouse]:
    """The warehouse, locked, of today's format, a key change that was cut short completed."""
    from assets.identity.rotation import finish_pending_rotation
    from assets.publish.migrate import check_format

    warehouse = existing_warehouse(settings)
    with told(), locked(warehouse.root, holder):
        check_format(warehouse.root)
        if settings.privacy.key is None:
            finish_pending_rotation(warehouse, settings.path(settings.privacy.key_file))
        yield warehouse


def existing_warehouse(settings: Settings) -> Warehouse:
    """The warehouse that has been built before; else exit code 1."""
    from assets.layout import Warehouse

    if not settings.warehouse_path.is_dir():
        fail(f"{settings.warehouse_path}: there is no warehouse yet; `kithwork build` makes one")
    return Warehouse(settings.warehouse_path)
