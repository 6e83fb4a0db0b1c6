"""`kithwork key`: change the key of the pseudonyms, recover from its loss, recognise it.

No command shows a key; what may be shown is its fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.commands.writing import existing_warehouse, locked, locked_warehouse, told
from dagster_project.console import fail, good, note, warn

if TYPE_CHECKING:
    from assets.layout import Warehouse
    from dagster_project.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Change the key, recover from its loss, show its fingerprint.")

NewKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--new-key",
        metavar="FILE",
        help="Where privacy.key comes from the environment: the new key, made there if the file is absent.",
    ),
]


@app.command("rotate")
def rotate(config: ConfigOption = None, new_key: NewKeyOption = None) -> None:
    """Make a new key and every pseudonym anew; the integer keys stay.

    If the process dies, the same command (or the next build) completes the change.
    """
    from assets.identity import rotation
    from assets.identity.pseudonyms import fingerprint
    from dagster_project.resources import key_of

    settings = checked_settings(config)
    _check_new_key(settings, new_key)
    with locked_warehouse(settings, "kithwork key rotate") as warehouse:
        _check_vault(warehouse)
        if new_key is None:
            key_file = settings.path(settings.privacy.key_file)
            key = rotation.rotate_key_file(warehouse, key_file)
        else:
            key_file = new_key.expanduser().absolute()
            key = _key_in(key_file)
            rotation.rotate(warehouse, key_of(settings), key)
    _tell_new_key(settings, key_file, fingerprint(key))


@app.command("rekey")
def rekey(
    config: ConfigOption = None,
    new_key: NewKeyOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """After the key was lost: go on under another one, with pseudonyms from the vault's originals.

    A key that lies where the settings say becomes the vault's; without one, a new key is made.
    """
    from assets.identity import rotation, vault
    from assets.identity.pseudonyms import fingerprint
    from assets.publish.migrate import check_format

    settings = checked_settings(config)
    _check_new_key(settings, new_key)
    warehouse = existing_warehouse(settings)
    with told(), locked(warehouse.root, "kithwork key rekey"):
        check_format(warehouse.root)
        _check_vault(warehouse)
        key_file = (new_key or settings.path(settings.privacy.key_file)).expanduser().absolute()
        present = _present_key(key_file)
        found = vault.stored_fingerprint(warehouse.vault)
        if present is not None and fingerprint(present) == found:
            good(f"the key fits the vault (fingerprint {found}): nothing is lost, nothing was changed")
            note("`kithwork key rotate` changes a key that fits")
            return
        note(f"The vault was written with the key of fingerprint {found}.")
        if not yes:
            typer.confirm("Is that key lost for good? Every pseudonym is made anew", abort=True)
        key = _key_in(key_file)
        rotation.rekey(warehouse, key)
    _tell_new_key(settings, key_file, fingerprint(key))


@app.command("fingerprint")
def show_fingerprint(config: ConfigOption = None) -> None:
    """Show the fingerprints of key, vault and lake. Exit code 1 if the key is not the vault's."""
    from assets.identity.pseudonyms import fingerprint
    from assets.lock import WarehouseBusyError
    from dagster_project.resources import key_of

    settings = checked_settings(config)
    with told():
        own = fingerprint(key_of(settings))
        note(f"key    {own}")
        if not settings.warehouse_path.is_dir():
            note("there is no warehouse yet")
            return
        try:
            with locked(settings.warehouse_path, "kithwork key fingerprint"):
                in_vault, in_lake = _stored_fingerprints(settings)
        except WarehouseBusyError as error:
            warn(f"vault and lake were not looked at: {error}")
            return
    note(f"vault  {in_vault or 'none yet'}")
    note(f"lake   {in_lake or 'none yet'}")
    if in_vault is not None and in_vault != own:
        fail(
            "the key is not the vault's. Look for the right one in backups and password stores; "
            "if it is lost, `kithwork key rekey`"
        )
    if in_lake is not None and in_lake != own:
        note("the lake follows with the next `kithwork build`")


def _stored_fingerprints(settings: Settings) -> tuple[str | None, str | None]:
    from assets.extract import ledger
    from assets.identity import vault
    from assets.layout import Warehouse

    warehouse = Warehouse(settings.warehouse_path)
    in_vault = vault.stored_fingerprint(warehouse.vault)
    if not warehouse.ledger.exists():
        return in_vault, None
    with ledger.opened(warehouse.ledger) as book:
        return in_vault, book.key_fingerprint()


def _check_new_key(settings: Settings, new_key: Path | None) -> None:
    if settings.privacy.key is not None and new_key is None:
        fail(
            "privacy.key comes from the environment, so a new key cannot be put in its place here; "
            "name a private file for it: --new-key FILE",
            code=2,
        )
    if settings.privacy.key is None and new_key is not None:
        fail("--new-key is for keys from the environment; here the key file itself is renewed", code=2)


def _check_vault(warehouse: Warehouse) -> None:
    from assets.identity import vault

    if not vault.exists(warehouse.vault):
        fail(
            "there is no vault yet, so no pseudonym depends on a key: `kithwork init` makes a key, "
            "`kithwork build` the vault"
        )


def _present_key(file: Path) -> bytes | None:
    """The key in ``file``, else the one that a change cut short had made for it, else None."""
    from assets.identity.key import PENDING_SUFFIX, load_key

    pending = file.with_name(file.name + PENDING_SUFFIX)
    if not file.exists() and pending.exists():
        pending.replace(file)
    return load_key(None, file) if file.exists() else None


def _key_in(file: Path) -> bytes:
    """The key in ``file``, made if there is none."""
    from assets.identity.key import load_key, make_key

    return load_key(None, file) if file.exists() else make_key(file)


def _tell_new_key(settings: Settings, file: Path, fingerprint: str) -> None:
    good(f"the vault has the new key (fingerprint {fingerprint}); integer keys stay")
    if settings.privacy.key is None:
        note(f"  {file}: keep a copy in a safe place; copies of the old key are of use for old backups only")
    else:
        warn(f"put the content of {file} where privacy.key takes it from, then remove the file")
    note("Next: kithwork build, which reads the landing again under the new key")
