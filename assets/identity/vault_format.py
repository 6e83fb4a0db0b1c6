"""The vault's file: its tables, the version of their format, and writing it anew."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import duckdb

from assets.identity.pseudonyms import fingerprint

FORMAT_VERSION = 2
FILE_NAME = "vault.duckdb"

_SCHEMA = """
create table meta (name varchar, value varchar);
create table identities (kind varchar, source varchar, hashed_id varchar, original_id varchar);
create table labels (
    hashed_id varchar, name varchar, handle varchar, email varchar,
    first_unit varchar, last_unit varchar, last_seen timestamp
);
create table keys (kind varchar, hashed_id varchar, key bigint);
create table landing (source varchar, sha256 varchar, path varchar);
create table originals (original_id varchar, source varchar, unit varchar, original varchar);
create table erasures (mark varchar, hashed_id varchar);
create table former_hashes (former varchar, current varchar);
create table terms (hashed_id varchar, term varchar);
create view known as
select
    identities.kind, identities.source, identities.hashed_id, identities.original_id,
    arg_max(labels.name, row(coalesce(last_seen, timestamp '0001-01-01'), last_unit))
        filter (where labels.name is not null) as name,
    arg_max(labels.handle, row(coalesce(last_seen, timestamp '0001-01-01'), last_unit))
        filter (where labels.handle is not null) as handle,
    arg_max(labels.email, row(coalesce(last_seen, timestamp '0001-01-01'), last_unit))
        filter (where labels.email is not null) as email
from identities left join labels using (hashed_id)
group by identities.kind, identities.source, identities.hashed_id, identities.original_id;
"""

_UPGRADES = {2: "create table if not exists terms (hashed_id varchar, term varchar)"}
"""What an older vault lacks, by the format that brought it."""


class VaultFormatError(Exception):
    """The vault was written by another version of Kithwork; the message says what to do."""


def prepare(connection: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Make the tables of a new vault in one transaction, or check the format of an older one.

    A killed process leaves all tables or none. ``key`` None: only an existing vault will do.
    """
    tables = connection.execute("select count(*) from duckdb_tables() where table_name = 'meta'")
    if (tables.fetchone() or (0,))[0]:
        row = connection.execute("select value from meta where name = 'format_version'").fetchone()
        found = int(row[0]) if row else 0
        if found > FORMAT_VERSION:
            raise VaultFormatError(
                f"the vault has format {found}, this Kithwork reads up to {FORMAT_VERSION}; "
                "use the newer Kithwork that wrote it"
            )
        if found < FORMAT_VERSION:
            _upgrade(connection, found)
        return
    if key is None:
        raise VaultFormatError("the vault is empty; `kithwork build` fills it")
    values = {
        "format_version": str(FORMAT_VERSION),
        "key_fingerprint": fingerprint(key),
        "vault_id": secrets.token_hex(16),
        "erasure_key": secrets.token_hex(32),
        "next_account_key": "1",
        "next_person_key": "1",
    }
    connection.execute("begin")
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    for item in values.items():
        connection.execute("insert into meta values (?, ?)", list(item))
    connection.execute("commit")


def _upgrade(connection: duckdb.DuckDBPyConnection, found: int) -> None:
    """Bring an older vault to today's format, in one transaction."""
    connection.execute("begin")
    for version, statement in sorted(_UPGRADES.items()):
        if version > found:
            connection.execute(statement)
    connection.execute("update meta set value = ? where name = 'format_version'", [str(FORMAT_VERSION)])
    connection.execute("commit")


def compact(folder: Path) -> None:
    """Write the vault anew: what was deleted leaves the file's free blocks, too.

    No connection may be open. A killed process leaves the old file.
    """
    before = os.umask(0o077)
    try:
        beside = folder / f"{FILE_NAME}.compact"
        beside.unlink(missing_ok=True)
        with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
            names = (str(path).replace("'", "''") for path in (folder / FILE_NAME, beside))
            for name, path in zip(("present", "renewed"), names, strict=True):
                connection.execute(f"attach '{path}' as {name}")
            connection.execute("copy from database present to renewed")
        beside.replace(folder / FILE_NAME)
    finally:
        os.umask(before)
