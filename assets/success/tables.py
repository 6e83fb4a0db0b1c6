"""The table that the success step writes, with its schema."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

ASSOCIATIONS: Final = pa.schema(
    [
        pa.field("metric", pa.string(), nullable=False),
        pa.field("entity_type", pa.string(), nullable=False),
        pa.field("driver", pa.string(), nullable=False),
        pa.field("lag_months", pa.int64(), nullable=False),
        pa.field("unit", pa.string()),
        pa.field("higher_is_better", pa.bool_()),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_units", pa.int64()),
        pa.field("n_periods", pa.int64()),
        pa.field("n_cells", pa.int64()),
        pa.field("n_tests", pa.int64(), nullable=False),
        pa.field("inference", pa.string()),
        pa.field("estimate", pa.float64()),
        pa.field("estimate_ci_low", pa.float64()),
        pa.field("estimate_ci_high", pa.float64()),
        pa.field("standardised", pa.float64()),
        pa.field("standardised_ci_low", pa.float64()),
        pa.field("standardised_ci_high", pa.float64()),
        pa.field("p_value", pa.float64()),
        pa.field("p_value_clustered", pa.float64()),
        pa.field("q_value", pa.float64()),
        pa.field("is_discovery", pa.bool_()),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)
"""One row per metric, kind of entity, driver and lag; numbers NULL where ``reason`` says why."""
