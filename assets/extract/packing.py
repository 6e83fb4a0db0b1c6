"""Small lake files of one month put together: thousands of tiny files scan hundreds of times slower.

A packed file ``lake/<table>/source=<name>/<month>-<digest>.parquet`` holds the rows of many
landing units as they were, each with its ``_file_sha256``: nothing that reads the lake can tell
the difference. The ledger says which unit's rows lie where.

Both directions go the same way: new files are written beside the lake and renamed into place
(nobody accounts for them yet), then one step of the ledger lets them count, then what they replace
is deleted. Killed before the ledger's step, ``lake.sweep`` removes the new files; killed after it,
the old ones.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.contract import TABLES, lake_schema
from assets.extract.lake import ROW_GROUP, STAGING, lake_file, sync
from assets.extract.ledger import Ledger, UnitEntry

SMALL_BYTES: Final = 4 << 20
"""A file from this size on is left alone: opening it costs little beside reading it."""
MIN_FILES: Final = 8
"""Fewer small files of a month are not worth the writing."""
MAX_BYTES: Final = 32 << 20
"""Of the files that go into one: it is put together, and taken apart, in memory."""

_KEPT_APART: Final = frozenset({"quarantine"})
"""Looked up by unit, and hopefully short."""


@dataclass(frozen=True)
class _Piece:
    """A file that may be packed: a unit's own, or a packed one that is still small."""

    path: Path
    units: tuple[str, ...]
    size: int


def pack(lake: Path, ledger: Ledger, source: str) -> int:
    """Put small files of the same table and month together; how many went into others.

    A month is that of a unit's first event. Doing it again does nothing until more have arrived.
    Raises ``OSError``; the lake is whole after it.
    """
    entries, packed = ledger.units(source), ledger.packed(source)
    n_packed = 0
    for table in sorted(TABLES.keys() - _KEPT_APART):
        for month, pieces in sorted(_small_pieces(lake, entries, packed, table).items()):
            for chosen in _batches(pieces):
                _replace(lake, ledger, source, table, chosen, _together(month, chosen))
                n_packed += len(chosen)
    return n_packed


def unpack(lake: Path, ledger: Ledger, source: str, units: Collection[str]) -> None:
    """Give these units their own files again, before they are replaced or rewritten.

    The others stay together. Raises ``OSError``; the lake is whole after it.
    """
    leaving = set(units)
    members: dict[tuple[str, str], list[str]] = {}
    for (table, unit), name in ledger.packed(source).items():
        members.setdefault((table, name), []).append(unit)
    for (table, name), inside in sorted(members.items()):
        if leaving.isdisjoint(inside):
            continue
        path = lake_file(lake, table, source, inside[0]).with_name(name)
        if not path.exists():  # lost: its units count as not read, and are read again
            ledger.repack(source, table, dict.fromkeys(inside))
            continue
        staying = tuple(unit for unit in inside if unit not in leaving)
        places = {unit: f"{unit}.parquet" for unit in inside if unit in leaving}
        if staying:
            places |= _together(name.rpartition("-")[0], [_Piece(path, staying, 0)])
        _replace(lake, ledger, source, table, [_Piece(path, tuple(inside), 0)], places)


def _small_pieces(
    lake: Path, entries: Sequence[UnitEntry], packed: Mapping[tuple[str, str], str], table: str
) -> dict[str, list[_Piece]]:
    """Month to the small files of a table."""
    inside: dict[tuple[str, Path], list[str]] = {}
    for entry in entries:
        if entry.rows.get(table):
            path = lake_file(lake, table, entry.source, entry.sha256)
            month = f"{entry.first_at:%Y-%m}" if entry.first_at else "undated"
            if name := packed.get((table, entry.sha256)):
                path, month = path.with_name(name), name.rpartition("-")[0]
            inside.setdefault((month, path), []).append(entry.sha256)
    found: dict[str, list[_Piece]] = {}
    for (month, path), units in inside.items():
        if path.exists() and (size := path.stat().st_size) < SMALL_BYTES:
            found.setdefault(month, []).append(_Piece(path, tuple(units), size))
    return found


def _batches(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that become one file each, smallest first; what is left over waits for more."""
    chosen: list[_Piece] = []
    n_bytes = 0
    for piece in sorted(pieces, key=lambda piece: (piece.size, piece.path.name)):
        if n_bytes + piece.size > MAX_BYTES and len(chosen) >= MIN_FILES:
            yield chosen
            chosen, n_bytes = [], 0
        chosen.append(piece)
        n_bytes += piece.size
    if len(chosen) >= MIN_FILES:
        yield chosen


def _together(month: str, pieces: Iterable[_Piece]) -> dict[str, str]:
    """Every unit of the pieces to the name of the one file that will hold them all."""
    units = sorted(unit for piece in pieces for unit in piece.units)
    digest = hashlib.sha256("\n".join(units).encode()).hexdigest()[:16]
    return dict.fromkeys(units, f"{month}-{digest}.parquet")


def _replace(
    lake: Path, ledger: Ledger, source: str, table: str, pieces: Sequence[_Piece], places: dict[str, str]
) -> None:
    """Move units' rows from ``pieces`` into the files that ``places`` names, in one step of the ledger."""
    folder = pieces[0].path.parent
    beside = lake / STAGING / source / "packing"
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    of_unit = _by_unit([_read(piece.path, table) for piece in pieces])
    for name in sorted(set(places.values())):
        units = sorted(unit for unit, file in places.items() if file == name)
        written = beside / name
        _write(pa.concat_tables([of_unit[unit] for unit in units]), written)
        written.replace(folder / name)
    sync(folder)
    ledger.repack(
        source, table, {unit: None if name == f"{unit}.parquet" else name for unit, name in places.items()}
    )
    for piece in pieces:
        if piece.path.name not in places.values():
            piece.path.unlink()
    shutil.rmtree(beside, ignore_errors=True)


def _read(path: Path, table: str) -> pa.Table:
    """A file's rows with today's columns: an older file may lack one, which is then NULL."""
    schema = lake_schema(table)
    with pq.ParquetFile(path) as file:
        rows = file.read()
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _by_unit(tables: Sequence[pa.Table]) -> dict[str, pa.Table]:
    """Each unit's rows, in their order."""
    rows = pa.concat_tables(tables)
    units = rows["_file_sha256"].combine_chunks().dictionary_encode()
    codes = units.indices.to_numpy()
    rows = rows.take(pa.array(np.argsort(codes, kind="stable")))
    ends = np.cumsum(np.bincount(codes, minlength=len(units.dictionary)))
    starts = [0, *ends[:-1]]
    names = units.dictionary.to_pylist()
    return {
        name: rows.slice(int(start), int(end - start))
        for name, start, end in zip(names, starts, ends, strict=True)
    }


def _write(rows: pa.Table, path: Path) -> None:
    with path.open("wb") as sink:
        pq.write_table(rows, sink, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        sink.flush()
        os.fsync(sink.fileno())
