"""Columns of a number and its 95 % interval, the same in every table of estimates."""

from __future__ import annotations

import pyarrow as pa


def interval_fields(*names: str) -> list[pa.Field]:
    """``name``, ``name_ci_low`` and ``name_ci_high`` for each name; NULL where undefined or unbounded.

    Examples
    --------
    >>> [field.name for field in interval_fields("ratio")]
    ['ratio', 'ratio_ci_low', 'ratio_ci_high']
    """
    return [
        pa.field(f"{name}{limit}", pa.float64()) for name in names for limit in ("", "_ci_low", "_ci_high")
    ]
