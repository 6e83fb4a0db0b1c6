"""The table that the targeting step writes, with its schema."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

PROPOSALS: Final = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("org_unit_key", pa.int64(), nullable=False),
        pa.field("other_org_unit_key", pa.int64()),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_examined", pa.int64(), nullable=False),
        pa.field("observed", pa.float64()),
        pa.field("expected", pa.float64()),
        pa.field("room", pa.float64()),
        pa.field("room_low", pa.float64()),
        pa.field("room_high", pa.float64()),
        pa.field("interval_kind", pa.string()),
        pa.field("design", pa.string(), nullable=False),
        pa.field("wave", pa.int64()),
        pa.field("n_design_units", pa.int64()),
        pa.field("n_periods_before", pa.int64()),
        pa.field("n_periods_between", pa.int64()),
        pa.field("minimum_detectable_change", pa.float64()),
        pa.field("can_be_evaluated", pa.bool_(), nullable=False),
        pa.field("design_reason", pa.string()),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)
"""One row per kind, org unit and other org unit (NULL where one unit is proposed)."""
