"""Tables of people and ties as the warehouse hands them to the network."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def population_tables(
    n: int = 60, groups: int = 4, seed: int = 1, within: float = 0.25, between: float = 0.02
) -> tuple[pa.Table, pa.Table]:
    """People in equal groups with reciprocated ties, more within groups; person ids are hashes."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % groups
    chance = np.where(group[:, None] == group[None, :], within, between)
    linked = np.triu(rng.random((n, n)) < chance, 1)
    a, b = np.nonzero(linked)
    src, dst = np.r_[a, b], np.r_[b, a]
    weight = rng.choice([0.3, 0.6, 1.0, 2.5], src.size)
    days = rng.integers(1, 6, src.size)
    keys = 1_000 + rng.permutation(n)
    people = pa.table(
        {
            "person_key": keys,
            "person_id": [f"{value:032x}" for value in rng.permutation(10 * n)[:n].tolist()],
            "group_key": group + 11,
            "org_unit_key": group + 11,
            "is_measured": np.arange(n) % 10 != 0,
        }
    )
    ties = pa.table(
        {
            "from_person_key": keys[src],
            "to_person_key": keys[dst],
            "weight": weight,
            "n_event_days": days,
            "is_tie": (weight >= 0.5) & (days >= 2),
        }
    )
    return ties, people


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def with_column(table: pa.Table, name: str, values: object) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))
