"""Units whose landing file is gone: their rows stay, but refusals and a new key hold for them too.

They cannot be read again, so their rows in the lake are rewritten: pseudonyms of an earlier key
become today's, and rows of people who have opted out or were erased go away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.extract import lake
from assets.extract.batch_checks import IDENTITY_COLUMNS
from assets.extract.contract import TABLES, TERM_COLUMNS
from assets.extract.lake import UnitWriter, lake_file
from assets.extract.ledger import Ledger, UnitEntry
from assets.extract.reading import Batch

_REFERENCES = frozenset({("jobs", "manager_worker_id"), ("meetings", "organiser_account_id")})
"""Identity columns that only mention a person: a refusal empties them instead of removing the row."""
_HR_TABLES = frozenset({"workers", "spells", "jobs", "absences"})
"""Opt-outs keep these rows; erasures remove them."""


@dataclass(frozen=True)
class Rewriting:
    """What has changed since the rows were written."""

    renamed: Mapping[str, str]
    """Pseudonym under an earlier key to today's."""
    refused: frozenset[str]
    """Pseudonyms (of today's or an earlier key) whose traces must go."""
    erased: frozenset[str]
    """Pseudonyms of erased people: their HR rows go too."""


def rewrite(lake_root: Path, book: Ledger, entry: UnitEntry, change: Rewriting) -> None:
    """Rewrite a unit's rows in place, in one step; ``entry`` carries the new signature."""
    version = ""
    for table in entry.rows:
        path = lake_file(lake_root, table, entry.source, entry.sha256)
        if path.exists():
            version = str(pq.read_table(path, columns=["_reader_version"])[0][0].as_py())
            break
    writer = UnitWriter(lake_root, entry.source, entry.sha256, version)
    for table, batch in _changed_batches(lake_root, entry, change):
        writer.add(table, batch)
    written = writer.finish(entry.observed_at)
    lake.put(lake_root, book, written, replace(entry, is_present=False))


def _changed_batches(lake_root: Path, entry: UnitEntry, change: Rewriting) -> Iterator[Batch]:
    for table in entry.rows:
        path = lake_file(lake_root, table, entry.source, entry.sha256)
        if not path.exists():
            continue
        schema = TABLES[table]
        with pq.ParquetFile(path) as file:
            present = [name for name in schema.names if name in file.schema_arrow.names]
            for batch in file.iter_batches(columns=present):
                changed = changed_batch(table, _todays_columns(batch, schema), change)
                if changed.num_rows:
                    yield table, changed


def _todays_columns(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The rows of an older file, which may lack a column of today's contract: it is then NULL."""
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def changed_batch(table: str, batch: pa.RecordBatch, change: Rewriting) -> pa.RecordBatch:
    """One batch with today's pseudonyms and without refused people."""
    gone = change.erased if table in _HR_TABLES else change.refused | change.erased
    keep = pa.array([True] * batch.num_rows)
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name in IDENTITY_COLUMNS[table]:
        values = columns[name]
        present = pc.unique(values).drop_null().to_pylist()
        hit = [value for value in present if value in gone]
        if hit and (table, name) in _REFERENCES:
            values = pc.if_else(pc.is_in(values, pa.array(hit)), pa.scalar(None, pa.string()), values)
        elif hit:
            keep = pc.and_(keep, pc.invert(pc.is_in(values, pa.array(hit))))
        moved = {value: change.renamed[value] for value in present if value in change.renamed}
        if moved:
            old, new = pa.array(list(moved)), pa.array(list(moved.values()))
            values = pc.coalesce(new.take(pc.index_in(values, old)), values)
        columns[name] = values
    for name in TERM_COLUMNS.get(table, ()):
        columns[name] = _renamed_terms(columns[name], change.renamed)
    changed = pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)
    return changed.filter(keep)


def _renamed_terms(lists: pa.Array, renamed: Mapping[str, str]) -> pa.Array:
    """Lists of hashed terms under today's key."""
    flat = pc.unique(lists.flatten()).drop_null().to_pylist()
    if renamed.keys().isdisjoint(flat):
        return lists
    rows = [
        None if terms is None else [renamed.get(term, term) for term in terms] for terms in lists.to_pylist()
    ]
    return pa.array(rows, lists.type)
