"""Polars frames as batches of the contract tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl
import pyarrow as pa

from assets.extract.contract import TABLES
from assets.extract.reading import Batch

BATCH_ROWS: Final = 250_000


def batches(table: str, frame: pl.DataFrame) -> Iterator[Batch]:
    """The frame's rows as batches with exactly the contract's columns; columns it lacks are NULL.

    A map column is a list of structs with the fields ``key`` and ``value``.
    """
    schema = TABLES[table]
    for part in frame.iter_slices(BATCH_ROWS):
        if part.height:
            columns = [
                _arrow(part[field.name], field.type)
                if field.name in part.columns
                else pa.nulls(part.height, field.type)
                for field in schema
            ]
            yield table, pa.RecordBatch.from_arrays(columns, schema=schema)


def _arrow(values: pl.Series, kind: pa.DataType) -> pa.Array:
    array = values.to_arrow()
    if pa.types.is_map(kind):
        pairs = array.flatten()
        return pa.MapArray.from_arrays(
            array.offsets.cast(pa.int32()),
            pairs.field("key").cast(kind.key_type),
            pairs.field("value").cast(kind.item_type),
        ).cast(kind)
    return array.cast(kind)
