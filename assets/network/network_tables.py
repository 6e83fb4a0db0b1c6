"""Schemas of the network tables and how arrays become Arrow columns: NaN and masked become NULL."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_INT, _REAL, _TEXT, _BOOL, _DAY = pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32()

SCHEMAS: Final = {
    "person_month": pa.schema(
        {
            "month_start": _DAY,
            "person_key": _INT,
            "group_key": _INT,
            "network_size": _INT,
            "degree_in": _INT,
            "degree_out": _INT,
            "strength_in": _REAL,
            "strength_out": _REAL,
            "degree_centrality": _REAL,
            "betweenness": _REAL,
            "betweenness_weighted": _REAL,
            "betweenness_se": _REAL,
            "betweenness_method": _TEXT,
            "harmonic_centrality": _REAL,
            "harmonic_method": _TEXT,
            "pagerank": _REAL,
            "coreness": _INT,
            "local_clustering": _REAL,
            "effective_size": _REAL,
            "efficiency": _REAL,
            "constraint_wholenet": _REAL,
            "is_articulation": _BOOL,
            "ei_index_person": _REAL,
            "participation_coef": _REAL,
            "reach2": _REAL,
            "gf_coordinator": _INT,
            "gf_consultant": _INT,
            "gf_gatekeeper": _INT,
            "gf_representative": _INT,
            "gf_liaison": _INT,
            "gf_total": _INT,
            "community": _INT,
            "is_measured": _BOOL,
        }
    ),
    "org_unit_month": pa.schema(
        {
            "month_start": _DAY,
            "org_unit_key": _INT,
            "n_nodes": _INT,
            "n_ties": _INT,
            "density": _REAL,
            "mean_degree": _REAL,
            "ei_index": _REAL,
            "ei_expected": _REAL,
            "ei_excess": _REAL,
            "ei_p_value": _REAL,
            "n_external_ties": _INT,
            "n_internal_ties": _INT,
            "share_without_external": _REAL,
            "n_units_reached": _INT,
            "silo_flag": _BOOL,
            "n_hubs": _INT,
            "n_brokers": _INT,
            "n_articulation": _INT,
            "n_isolates": _INT,
        }
    ),
    "org_unit_pair_month": pa.schema(
        {
            "month_start": _DAY,
            "from_org_unit_key": _INT,
            "to_org_unit_key": _INT,
            "weight": _REAL,
            "n_ties": _INT,
            "n_people_from": _INT,
            "n_people_to": _INT,
            "n_from": _INT,
            "n_to": _INT,
            "flow": _REAL,
            "flow_ratio": _REAL,
            "bridge_dependency": _REAL,
        }
    ),
    "organisation_month": pa.schema(
        {
            "month_start": _DAY,
            "n_nodes": _INT,
            "n_arcs": _INT,
            "n_ties": _INT,
            "n_isolates": _INT,
            "n_components": _INT,
            "largest_component": _INT,
            "reciprocity": _REAL,
            "density": _REAL,
            "transitivity": _REAL,
            "modularity_formal": _REAL,
            "modularity_detected": _REAL,
            "n_communities": _INT,
            "graph_coverage": _REAL,
            "ei_index": _REAL,
            "ei_expected": _REAL,
            "ei_p_value": _REAL,
        }
    ),
}
"""Grain: one row per month and person, unit, ordered pair of units, and month alone."""


def as_table(name: str, columns: dict[str, Any]) -> pa.Table:
    """The columns in the order and types of ``SCHEMAS[name]``; NaN and None are NULL."""
    schema = SCHEMAS[name]
    n = len(columns["month_start"])
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
    return pa.array([None if _is_nan(value) else value for value in values], type=kind)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and np.isnan(value)
