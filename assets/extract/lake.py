"""The lake: contract tables as Parquet, a file per table and landing unit, replaced in one step.

A unit's rows are first written beside the lake, batch by batch with bounded memory; once all of
them are complete and on disk they are renamed into place, and the ledger entry comes last. A
process killed anywhere leaves either the old rows or rows that the next run replaces; ``sweep``
clears what nobody accounts for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.batch_checks import ContractViolationError, Outsider, checked, split_by_vocabulary
from assets.extract.contract import TABLES, lake_schema
from assets.extract.ledger import Ledger, UnitEntry
from assets.extract.touched import Span

ROW_GROUP = 131_072
"""Rows per Parquet row group: DuckDB's own chunking, so that its threads share a file evenly."""
STAGING = ".staging"
EMPTY = "source=_empty/empty.parquet"

__all__ = [
    "ContractViolationError",
    "UnitWriter",
    "WrittenUnit",
    "ensure_tables",
    "put",
    "sweep",
    "take_away",
]


@dataclass(frozen=True)
class WrittenUnit:
    """A unit's complete files, not yet in the lake."""

    source: str
    sha256: str
    files: Mapping[str, Path]
    rows: Mapping[str, int]
    months: frozenset[date]
    first_at: datetime | None
    last_at: datetime | None


class UnitWriter:
    """Takes a unit's batches in any order of tables; ``finish`` or ``abandon`` it."""

    def __init__(self, lake: Path, source: str, sha256: str, reader_version: str) -> None:
        self._source = source
        self._sha256 = sha256
        self._reader_version = reader_version
        self._folder = lake / STAGING / source / sha256
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        self._open: dict[str, pa.ipc.RecordBatchFileWriter] = {}
        self._rows: dict[str, int] = {}
        self._span = Span()

    @property
    def n_rows(self) -> int:
        """Rows taken so far, over all tables."""
        return sum(self._rows.values())

    def add(self, table: str, batch: pa.RecordBatch) -> list[Outsider]:
        """Take a batch; rows outside a closed vocabulary are left out and returned.

        Raises ``ContractViolationError`` where the batch does not have the table's schema or
        holds something else than pseudonyms in an identity column.
        """
        checked(table, batch)
        inside, outside = split_by_vocabulary(table, batch, self._rows.get(table, 0))
        if inside.num_rows:
            if table not in self._open:
                self._open[table] = pa.ipc.new_file(
                    str(self._folder / f"{table}.arrow"),
                    TABLES[table],
                    options=pa.ipc.IpcWriteOptions(compression="lz4"),
                )
            self._open[table].write_batch(inside.replace_schema_metadata(None))
            self._rows[table] = self._rows.get(table, 0) + inside.num_rows
            self._span.add(table, inside)
        return outside

    def finish(self, observed_at: datetime | None) -> WrittenUnit:
        """Complete the Parquet files; every row gets ``observed_at``, the export's latest instant."""
        self._close()
        extracted_at = datetime.now(UTC)  # told to people, never used in a computation
        files: dict[str, Path] = {}
        for table in sorted(self._rows):
            path = self._folder / f"{table}.parquet"
            self._to_parquet(table, path, observed_at, extracted_at)
            files[table] = path
        span = self._span
        return WrittenUnit(
            self._source,
            self._sha256,
            files,
            dict(self._rows),
            frozenset(span.months),
            span.first_at,
            span.last_at,
        )

    def abandon(self) -> None:
        """Throw away what was written so far."""
        with suppress(Exception):
            self._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        for writer in self._open.values():
            writer.close()
        self._open.clear()

    def _to_parquet(
        self, table: str, path: Path, observed_at: datetime | None, extracted_at: datetime
    ) -> None:
        raw = self._folder / f"{table}.arrow"
        schema = lake_schema(table)
        constants = (self._source, self._sha256, observed_at, extracted_at, self._reader_version)
        with pa.memory_map(str(raw)) as stream, path.open("wb") as sink:
            reader = pa.ipc.open_file(stream)
            with pq.ParquetWriter(sink, schema, compression="zstd", compression_level=1) as writer:
                for rows in _grouped(reader):
                    n = rows.num_rows
                    added = [
                        pa.repeat(pa.scalar(value, schema.field(name).type), n)
                        for name, value in zip(schema.names[-len(constants) :], constants, strict=True)
                    ]
                    writer.write_table(
                        pa.table([*rows.columns, *added], schema=schema), row_group_size=ROW_GROUP
                    )
            sink.flush()
            os.fsync(sink.fileno())
        raw.unlink()


def _grouped(reader: pa.ipc.RecordBatchFileReader) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    n = 0
    for index in range(reader.num_record_batches):
        batch = reader.get_batch(index)
        waiting.append(batch)
        n += batch.num_rows
        if n >= ROW_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting, n = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def lake_file(lake: Path, table: str, source: str, sha256: str) -> Path:
    """Where a unit's rows of a table lie."""
    return lake / table / f"source={source}" / f"{sha256}.parquet"


def put(lake: Path, ledger: Ledger, written: WrittenUnit, entry: UnitEntry) -> None:
    """Move a complete unit into the lake, instead of its earlier rows, and enter it in the ledger."""
    ledger.invalidate(entry.source, entry.sha256)  # killed from here on: it is simply read again
    for table, path in written.files.items():
        target = lake_file(lake, table, written.source, written.sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.replace(target)
    for table in written.files:
        sync(lake_file(lake, table, written.source, written.sha256).parent)
    for table in TABLES.keys() - written.files.keys():
        lake_file(lake, table, written.source, written.sha256).unlink(missing_ok=True)
    ledger.record(
        replace(
            entry,
            rows=written.rows,
            months=written.months,
            first_at=written.first_at,
            last_at=written.last_at,
        )
    )
    shutil.rmtree(lake / STAGING / written.source / written.sha256, ignore_errors=True)


def take_away(lake: Path, ledger: Ledger, source: str, sha256: str) -> None:
    """Remove a unit's rows; the months it touched are pending. A packed unit is to be unpacked before."""
    ledger.invalidate(source, sha256)
    for table in TABLES:
        lake_file(lake, table, source, sha256).unlink(missing_ok=True)
    ledger.remove(source, sha256)


def is_complete(lake: Path, entry: UnitEntry, packed: Mapping[tuple[str, str], str]) -> bool:
    """Whether every file that the ledger speaks of is there; ``packed`` as the ledger answers it."""
    return all(path.exists() for path in _accounted(lake, entry, packed))


def _accounted(lake: Path, entry: UnitEntry, packed: Mapping[tuple[str, str], str]) -> set[Path]:
    """The files that hold a unit's rows: its own, or those of many units (``assets.extract.packing``)."""
    return {
        lake_file(lake, table, entry.source, entry.sha256).with_name(
            packed.get((table, entry.sha256), f"{entry.sha256}.parquet")
        )
        for table, n in entry.rows.items()
        if n
    }


def sweep(lake: Path, ledger: Ledger, source: str) -> int:
    """Clear what a killed run of this source left behind; the number of files removed."""
    shutil.rmtree(lake / STAGING / source, ignore_errors=True)
    packed = ledger.packed(source)
    accounted = {path for entry in ledger.units(source) for path in _accounted(lake, entry, packed)}
    orphans = [path for path in lake.glob(f"*/source={source}/*") if path not in accounted]
    for path in orphans:
        path.unlink()
    return len(orphans)


def ensure_tables(lake: Path) -> None:
    """Give every contract table a file without rows, so that a query over it never fails."""
    for table in TABLES:
        path = lake / table / EMPTY
        schema = lake_schema(table)
        if path.exists() and pq.read_schema(path).equals(schema):
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        pq.write_table(schema.empty_table(), beside)
        beside.replace(path)


def sync(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
