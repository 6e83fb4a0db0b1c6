"""What the lake demands of every batch: the table's schema, pseudonyms only, known words only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from assets.extract.contract import ENUMS, TABLES, TERM_COLUMNS

_PSEUDONYM: Final = r"^[0-9a-f]{32}$"
IDENTITY_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    table: tuple(name for name in schema.names if name.endswith(("account_id", "worker_id")))
    for table, schema in TABLES.items()
}
"""Columns that may hold nothing but keyed hashes."""


class ContractViolationError(Exception):
    """A reader broke the contract: an error of the program, not of the data."""


@dataclass(frozen=True)
class Outsider:
    """A row with a word outside a closed vocabulary; ``value`` goes to the vault only."""

    position: str
    table: str
    column: str
    value: str

    @property
    def detail(self) -> str:
        """What was expected."""
        return f"{self.column}: expected one of {', '.join(sorted(ENUMS[self.table, self.column]))}"


def checked(table: str, batch: pa.RecordBatch) -> None:
    """Raise ``ContractViolationError`` unless ``batch`` may enter ``table``; no value is repeated."""
    if table not in TABLES:
        raise ContractViolationError(f"{table!r} is no table of the contract")
    wanted = TABLES[table]
    if not batch.schema.equals(wanted, check_metadata=False):
        differing = [
            name
            for name in dict.fromkeys([*wanted.names, *batch.schema.names])
            if name not in wanted.names
            or name not in batch.schema.names
            or wanted.field(name).type != batch.schema.field(name).type
        ]
        raise ContractViolationError(
            f"a batch of {table} differs from the contract in {', '.join(differing) or 'column order'}"
        )
    for name in IDENTITY_COLUMNS[table]:
        distinct = pc.unique(batch.column(name)).drop_null()
        if len(distinct) and not pc.all(pc.match_substring_regex(distinct, _PSEUDONYM)).as_py():
            raise ContractViolationError(
                f"{table}.{name} holds something else than pseudonyms; it did not pass the border"
            )
    for name in TERM_COLUMNS.get(table, ()):
        distinct = pc.unique(batch.column(name).flatten()).drop_null()
        if len(distinct) and not pc.all(pc.match_substring_regex(distinct, _PSEUDONYM)).as_py():
            raise ContractViolationError(
                f"{table}.{name} holds something else than hashed terms; it did not pass the border"
            )


def split_by_vocabulary(
    table: str, batch: pa.RecordBatch, offset: int
) -> tuple[pa.RecordBatch, list[Outsider]]:
    """The rows whose words are all known, and the others; ``offset`` rows came before this batch."""
    keep: pa.Array | None = None
    outsiders: list[Outsider] = []
    for (owner, column), allowed in ENUMS.items():
        if owner != table:
            continue
        values = batch.column(column)
        known = pc.or_kleene(pc.is_in(values, pa.array(sorted(allowed))), pc.is_null(values))
        if pc.all(known).as_py() in (True, None):
            continue
        for index in pc.indices_nonzero(pc.invert(known)).to_pylist():
            outsiders.append(
                Outsider(f"row {offset + index + 1} of {table}", table, column, values[index].as_py())
            )
        keep = known if keep is None else pc.and_(keep, known)
    return (batch if keep is None else batch.filter(keep)), outsiders
