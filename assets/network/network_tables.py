"""Schemas of the network tables and how arrays become Arrow columns: NaN and masked become NULL."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network.table_schemas import MONTHLY, QUARTERLY

SCHEMAS: Final = {**MONTHLY, **QUARTERLY}
"""Every network table; the first column is its period."""


def as_table(name: str, columns: dict[str, Any]) -> pa.Table:
    """The columns in the order and types of ``SCHEMAS[name]``; NaN and None are NULL."""
    schema = SCHEMAS[name]
    n = len(columns[schema.names[0]])
    arrays = [
        pa.nulls(n, field.type) if columns[field.name] is None else _column(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def masked(values: NDArray[Any], shown: NDArray[np.bool_]) -> pa.Array:
    """An Arrow array that is NULL where ``shown`` is false or the value is NaN."""
    hidden = ~shown
    if values.dtype.kind == "f":
        hidden = hidden | np.isnan(values)
    return pa.array(values, mask=hidden)


def _column(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values.cast(kind)
    if isinstance(values, np.ndarray):
        return masked(values, np.ones(values.size, dtype=bool)).cast(kind)
    return pa.array(values, type=kind, from_pandas=True)
