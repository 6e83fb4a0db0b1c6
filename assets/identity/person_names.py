"""Names of persons from the vault, for somebody who may see them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from assets.identity.vault import Vault


def names_of(vault: Vault, database: Path, person_keys: Collection[int]) -> dict[int, str]:
    """Person key to name: as HR has it, else as an account has it; those without a name are left out.

    ``database`` is the working file, whose identity tables say which accounts are whose.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        pairs = connection.execute(
            "select worker_id, person_key, 0 from identity.workers where list_contains($1, person_key)"
            " union all select account_id, person_key, 1 from identity.accounts"
            " where list_contains($1, person_key) order by 3, 1",
            [sorted(person_keys)],
        ).fetchall()
    labels = {
        row["hashed_id"]: row["name"]
        for kind in ("worker", "account")
        for row in vault.known(kind).to_pylist()
        if row["name"]
    }
    names: dict[int, str] = {}
    for hashed, person, _ in pairs:
        if hashed in labels:
            names.setdefault(person, labels[hashed])
    return names
