"""Another key: every pseudonym made anew from the vault's originals, integer keys kept.

The vault changes in one transaction, so a killed process leaves it wholly under the old key or
wholly under the new one. The lake follows on its next extraction, because the key is part of
what makes a unit count as read. With a key file the new key waits beside the old one
(``.next``) until the vault has changed; ``finish_pending_rotation`` completes what was cut short.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pyarrow as pa

from assets.identity import vault as vaults
from assets.identity.key import PENDING_SUFFIX, KeyProblemError, load_key, must_match, write_key
from assets.identity.pseudonyms import KEY_BYTES, TERM_KIND, fingerprint, keyed_hash
from assets.identity.vault import Vault
from assets.layout import Warehouse


def rotate(warehouse: Warehouse, old: bytes, new: bytes) -> int:
    """Change the vault from ``old`` to ``new``; the number of identities.

    Running it again after it has happened is harmless. Raises ``KeyMismatchError`` if the vault
    belongs to neither key.
    """
    with vaults.opened_unchecked(warehouse.vault, None) as vault:
        found = vault.meta("key_fingerprint")
        if found != fingerprint(new):
            must_match("vault", found, old)
        return _rehash(vault, new)


def rekey(warehouse: Warehouse, new: bytes) -> int:
    """As ``rotate``, for a warehouse whose key is lost: the vault's originals suffice."""
    with vaults.opened_unchecked(warehouse.vault, None) as vault:
        return _rehash(vault, new)


def rotate_key_file(warehouse: Warehouse, key_file: Path) -> bytes:
    """Make a new key, change the vault to it and put it into ``key_file``; the new key."""
    finish_pending_rotation(warehouse, key_file)
    old = load_key(None, key_file)
    new = secrets.token_bytes(KEY_BYTES)
    write_key(_pending(key_file), new)
    rotate(warehouse, old, new)
    _pending(key_file).replace(key_file)
    return new


def finish_pending_rotation(warehouse: Warehouse, key_file: Path) -> bool:
    """Complete a rotation that was cut short; whether there was one. Call it before ``load_key``."""
    pending = _pending(key_file)
    if not pending.exists():
        return False
    try:
        new = load_key(None, pending)
    except KeyProblemError:
        pending.unlink()  # killed while it was written: the vault cannot know it
        return True
    if vaults.exists(warehouse.vault) and vaults.stored_fingerprint(warehouse.vault) != fingerprint(new):
        rotate(warehouse, load_key(None, key_file), new)
    pending.replace(key_file)
    return True


def _pending(key_file: Path) -> Path:
    return key_file.with_name(key_file.name + PENDING_SUFFIX)


def _rehash(vault: Vault, key: bytes) -> int:
    rows = vault.connection.execute("select kind, source, original_id, hashed_id from identities").fetchall()
    n_identities = len(rows)
    rows += [(TERM_KIND, "", term, hashed) for hashed, term in vault.terms().items()]
    renamed = pa.table(
        {
            "former": pa.array([row[3] for row in rows], pa.string()),
            "current": pa.array([keyed_hash(key, *row[:3]) for row in rows], pa.string()),
        }
    )
    connection = vault.connection
    with vault.transaction():
        connection.register("renamed", renamed)
        for table, column in (
            ("former_hashes", "current"),
            ("identities", "hashed_id"),
            ("labels", "hashed_id"),
            ("keys", "hashed_id"),
            ("terms", "hashed_id"),
        ):
            connection.execute(
                f"update {table} set {column} = renamed.current from renamed"
                f" where {table}.{column} = renamed.former"
            )
        connection.execute("insert into former_hashes from renamed where former <> current")
        connection.execute("delete from former_hashes where former = current")
        connection.execute("update meta set value = ? where name = 'key_fingerprint'", [fingerprint(key)])
    connection.unregister("renamed")
    return n_identities
