"""From vault and lake to the identity tables that the warehouse works with: pseudonyms and keys only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

from assets.extract.contract import lake_schema
from assets.extract.reading import Refusals
from assets.identity import vault as vaults
from assets.identity.dismissals import DISMISSED_RULES, Dismissal, dismissed_rules
from assets.identity.matching import (
    PERSON_KINDS,
    Account,
    Matching,
    Worker,
    match_to_hr,
    match_to_themselves,
)
from assets.identity.refusals import Declarations
from assets.identity.topics import TopicRules, clear_topics
from assets.identity.vault import Vault
from assets.layout import Warehouse

SCHEMAS: Final[dict[str, pa.Schema]] = {
    "accounts": pa.schema(
        [
            ("account_key", pa.int64()),
            ("account_id", pa.string()),
            ("source", pa.string()),
            ("kind", pa.string()),
            ("person_key", pa.int64()),
            ("match_method", pa.string()),
        ]
    ),
    "persons": pa.schema(
        [
            ("person_key", pa.int64()),
            ("person_id", pa.string()),
            ("is_in_hr", pa.bool_()),
            ("is_opted_out", pa.bool_()),
        ]
    ),
    "workers": pa.schema([("worker_id", pa.string()), ("person_key", pa.int64())]),
    "unmatched_accounts": pa.schema(
        [
            ("account_key", pa.int64()),
            ("source", pa.string()),
            ("kind", pa.string()),
            ("reason", pa.string()),
        ]
    ),
    "match_counts": pa.schema(
        [("source", pa.string()), ("kind", pa.string()), ("method", pa.string()), ("n", pa.int64())]
    ),
}


@dataclass(frozen=True)
class IdentityTables:
    """The tables of schema ``identity`` by name, and what should be told about them."""

    tables: dict[str, pa.Table]
    messages: list[str]


def identify(
    warehouse: Warehouse,
    key: bytes,
    sources: Sequence[str],
    declared: Declarations,
    refusals: Refusals,
    *,
    has_hr: bool,
    topics: TopicRules | None = None,
    dismissals: Sequence[Dismissal] = (),
) -> IdentityTables:
    """Match the accounts of the collaboration ``sources``; keys come from the vault's registry.

    Accounts that are refused are left out. The topics are cleared, and ``dismissals`` of
    recommendations brought to persons, on the way, because that needs names and keys together.
    ``has_hr``: whether an HR feed is configured.
    """
    kinds, in_hr = _from_lake(warehouse, sources)
    with vaults.opened(warehouse.vault, key) as vault:
        accounts, workers = _from_vault(vault, kinds, in_hr, sources, refusals)
        if has_hr:
            matching = match_to_hr(
                accounts,
                workers,
                aliases=declared.aliases,
                overrides=declared.overrides,
                worker_id_sources=declared.worker_id_sources,
                refusals=refusals,
            )
        else:
            matching = match_to_themselves(
                accounts, workers, aliases=declared.aliases, known_persons=vault.known_keys("person")
            )
        account_keys = vault.assign_keys("account", [a.account_id for a in accounts])
        person_keys = vault.assign_keys("person", list(matching.persons))
        tables = _tables(matching, account_keys, person_keys, has_hr)
        cleared = clear_topics(
            vault,
            warehouse.lake,
            key,
            topics or TopicRules(),
            declared,
            tables["accounts"],
            tables["workers"],
        )
        tables[DISMISSED_RULES], unknown = dismissed_rules(
            vault, key, dismissals, declared, tables["accounts"], tables["workers"]
        )
    return IdentityTables({**tables, **cleared.tables}, [*matching.messages, *cleared.messages, *unknown])


def _from_lake(
    warehouse: Warehouse, sources: Sequence[str]
) -> tuple[dict[tuple[str, str], str], frozenset[str]]:
    """The latest kind of each account by (source, account_id), and the worker ids of the HR records."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in ("accounts", "workers"):
            files = [str(path) for path in (warehouse.lake / table).glob("source=*/*.parquet")]
            if files:
                connection.read_parquet(files, union_by_name=True, hive_partitioning=False).create_view(table)
            else:
                connection.register(table, lake_schema(table).empty_table())
        kinds = connection.execute(
            "select source, account_id, arg_max(kind, row(coalesce(updated_at, timestamptz '0001-01-01'),"
            " coalesce(_observed_at, timestamptz '0001-01-01'), _file_sha256))"
            " from accounts where list_contains(?, source) group by source, account_id",
            [list(sources)],
        ).fetchall()
        workers = connection.execute("select distinct worker_id from workers").fetchall()
    return {(source, account): kind for source, account, kind in kinds}, frozenset(w for (w,) in workers)


def _from_vault(
    vault: Vault,
    kinds: dict[tuple[str, str], str],
    in_hr: frozenset[str],
    sources: Sequence[str],
    refusals: Refusals,
) -> tuple[list[Account], list[Worker]]:
    addresses: dict[str, set[str]] = defaultdict(set)
    for _, _, hashed, _, email in vault.addresses():
        addresses[hashed].add(email)
    accounts = [
        Account(
            row["source"],
            row["hashed_id"],
            row["original_id"],
            kinds.get((row["source"], row["hashed_id"])) or "person",
            row["name"],
            row["handle"],
            row["email"],
            frozenset(addresses.get(row["hashed_id"], ())),
        )
        for row in vault.known("account").to_pylist()
        if row["source"] in sources
        and not refusals.refuses_account(row["source"], row["original_id"], row["email"])
    ]
    workers = [
        Worker(
            row["hashed_id"],
            row["original_id"],
            row["email"],
            frozenset(addresses.get(row["hashed_id"], ())),
            row["hashed_id"] in in_hr,
        )
        for row in vault.known("worker").to_pylist()
    ]
    return accounts, workers


def _tables(
    matching: Matching, account_keys: dict[str, int], person_keys: dict[str, int], has_hr: bool
) -> dict[str, pa.Table]:
    accounts = sorted(
        (
            account_keys[m.account.account_id],
            m.account.account_id,
            m.account.source,
            m.kind,
            person_keys[m.person_id] if m.person_id else None,
            m.method,
        )
        for m in matching.matches
    )
    persons = sorted(
        (person_keys[person], person, has_hr, opted_out) for person, opted_out in matching.persons.items()
    )
    workers = sorted((worker, person_keys[person]) for worker, person in matching.workers.items())
    unmatched = sorted(
        (account_keys[m.account.account_id], m.account.source, m.kind, m.reason)
        for m in matching.matches
        if has_hr and m.person_id is None and m.kind in PERSON_KINDS
    )
    counted = Counter((m.account.source, m.kind, m.method) for m in matching.matches)
    counts = sorted((*place, n) for place, n in counted.items())
    rows: dict[str, Sequence[tuple[object, ...]]] = {
        "accounts": accounts,
        "persons": persons,
        "workers": workers,
        "unmatched_accounts": unmatched,
        "match_counts": counts,
    }
    return {name: _table(SCHEMAS[name], content) for name, content in rows.items()}


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema
    )
