"""From tables of ties and people to a graph with attributes: the one place where keys meet vertices.

Attributes are joined by id, never by position.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.network.graph import Graph, GraphInputError, positions
from assets.network.ties import TieArrays, directed_ties, flow_ties, mutual_ties_of

NO_UNIT = 0
"""Key of the whole organisation: the group of people whose unit is unknown."""


@dataclass(frozen=True)
class Population:
    """One month's people, ordered by person id, and the graphs on them.

    ``raw`` holds every directed weight before any threshold; ``directed`` = G_dir, ``mutual`` =
    G_und, ``flow`` = G_dir turned to the flow of information. ``channel_weight``: all weight per
    interaction type, where the input tells types apart. ``seen`` marks people with any interaction
    in the window, below the thresholds too;
    ``n_unknown_ends`` counts ties left out because one end is not among the people.
    """

    person_key: NDArray[np.int64]
    person_id: NDArray[Any]
    group: NDArray[np.int64]
    is_measured: NDArray[np.bool_]
    raw: Graph
    directed: Graph
    mutual: Graph
    flow: Graph
    seen: NDArray[np.bool_]
    n_unknown_ends: int
    channel_weight: dict[str, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of people, isolates included."""
        return int(self.person_key.size)

    @property
    def coverage(self) -> float:
        """Share of people with any observable interaction; NaN without people (B7)."""
        return float(self.seen.mean()) if self.n else float("nan")


def read_population(
    ties: pa.Table, people: pa.Table, *, theta: float = 0.5, min_event_days: int = 2
) -> Population:
    """The population of one month.

    ``people``: person_key, person_id (unique), group_key (int or NULL = no unit), is_measured.
    ``ties``: from_person_key, to_person_key, weight, n_event_days; optionally is_tie (used for G_dir
    in place of the thresholds), n_event_days_both, and ``w_<interaction type>`` components.
    Raises :class:`GraphInputError` with the row and the value on anything else.
    """
    order = _order_by_id(people)
    keys = _integers(people, "person_key")[order]
    by_key = np.argsort(keys, kind="stable")
    if keys.size and (np.diff(keys[by_key]) == 0).any():
        twice = keys[by_key][1:][np.diff(keys[by_key]) == 0][0]
        raise GraphInputError(f"people: person_key {int(twice)} stands twice; one row per person")
    sorted_keys = keys[by_key]
    ends = [_integers(ties, name) for name in ("from_person_key", "to_person_key")]
    found = [positions(sorted_keys, end) for end in ends]
    known = (found[0] >= 0) & (found[1] >= 0)
    src, dst = by_key[found[0][known]], by_key[found[1][known]]
    arrays = _tie_arrays(ties, known, src, dst)
    n = keys.size
    raw = Graph.from_edges(n, src, dst, arrays.weight)
    directed = directed_ties(n, arrays, theta=theta, min_event_days=min_event_days)
    if "is_tie" in ties.column_names:
        is_tie = _booleans(ties, "is_tie")[known]
        directed = Graph.from_edges(n, src[is_tie], dst[is_tie], arrays.weight[is_tie])
    flow = directed
    if arrays.components:
        flow = flow_ties(n, arrays, theta=theta, min_event_days=min_event_days)
    seen = np.zeros(n, dtype=bool)
    active = arrays.weight > 0
    seen[src[active]] = True
    seen[dst[active]] = True
    return Population(
        person_key=keys,
        person_id=np.asarray(people["person_id"].to_pylist(), dtype=object)[order],
        group=_groups(people)[order],
        is_measured=_booleans(people, "is_measured")[order],
        raw=raw,
        directed=directed,
        mutual=mutual_ties_of(raw, arrays, theta=theta, min_event_days=min_event_days),
        flow=flow,
        seen=seen,
        n_unknown_ends=int((~known).sum()),
        channel_weight={name: float(values.sum()) for name, values in arrays.components.items()},
    )


def _order_by_id(people: pa.Table) -> NDArray[np.int64]:
    ids = people["person_id"]
    if ids.null_count:
        raise GraphInputError(f"people: {ids.null_count} rows without person_id; every person has one")
    order = np.asarray(pc.sort_indices(people, sort_keys=[("person_id", "ascending")])).astype(np.int64)
    ordered = pc.take(ids, pa.array(order)).to_pylist()
    for left, right in pairwise(ordered):
        if left == right:
            raise GraphInputError(f"people: person_id {left} stands twice; one row per person")
    return order


def _tie_arrays(
    ties: pa.Table, known: NDArray[np.bool_], src: NDArray[np.int64], dst: NDArray[np.int64]
) -> TieArrays:
    weight = _numbers(ties, "weight")
    bad = np.flatnonzero(~np.isfinite(weight) | (weight < 0))
    if bad.size:
        raise GraphInputError(
            f"ties: row {int(bad[0])} has weight {weight[bad[0]]} ({bad.size} such rows); "
            "weights are finite and not negative"
        )
    has_both = "n_event_days_both" in ties.column_names
    return TieArrays(
        src=src,
        dst=dst,
        weight=weight[known],
        event_days=_integers(ties, "n_event_days")[known],
        event_days_both=_integers(ties, "n_event_days_both")[known] if has_both else None,
        components={
            name.removeprefix("w_"): np.nan_to_num(_numbers(ties, name)[known])
            for name in ties.column_names
            if name.startswith("w_")
        },
    )


def _groups(people: pa.Table) -> NDArray[np.int64]:
    column = people["group_key"]
    if not pa.types.is_integer(column.type) and column.null_count < len(column):
        raise GraphInputError(f"people: group_key is {column.type}; it is an integer key or NULL")
    filled = pc.fill_null(column.cast(pa.int64()), NO_UNIT)
    return np.asarray(filled.to_numpy(), dtype=np.int64)


def _integers(table: pa.Table, name: str) -> NDArray[np.int64]:
    column = _column(table, name)
    if column.null_count:
        raise GraphInputError(f"{name}: {column.null_count} rows are NULL; every row needs a value")
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(_column(table, name).cast(pa.float64()).to_numpy(), dtype=np.float64)


def _booleans(table: pa.Table, name: str) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(_column(table, name), False).to_numpy(), dtype=bool)


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise GraphInputError(f"column {name} is missing; there are {', '.join(table.column_names)}")
    return table[name]
