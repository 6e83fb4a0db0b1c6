"""People whom a small file names by address, account or worker id, as the integers of the warehouse."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from assets.identity.declared import OptOut
from assets.identity.pseudonyms import keyed_hash
from assets.identity.refusals import Declarations, nodes_of_listed
from assets.identity.vault import Vault


def persons_of_listed(
    vault: Vault,
    key: bytes,
    listed: Sequence[OptOut],
    declared: Declarations,
    accounts: pa.Table,
    workers: pa.Table,
) -> list[set[int]]:
    """For each entry the person keys behind it; an empty set if the sources know nobody of that name.

    ``accounts`` and ``workers`` are as in schema ``identity``. What the entry says is looked up in the
    vault and leaves it as a key only.
    """
    if not listed:
        return []
    person_of = {
        hashed: person
        for table, column in ((accounts, "account_id"), (workers, "worker_id"))
        for hashed, person in zip(table[column].to_pylist(), table["person_key"].to_pylist(), strict=True)
        if person is not None
    }
    return [
        {person_of[hashed] for hashed in (keyed_hash(key, *place) for place in nodes) if hashed in person_of}
        for nodes in nodes_of_listed(vault, declared, listed)
    ]
