"""What a snapshot depends on beside its inputs, and how much work a month gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from assets.network import centrality
from assets.network.engine import KERNEL_VERTICES

SMALL: Final = KERNEL_VERTICES
"""Up to this many people permutations cost milliseconds: every month gets them."""


@dataclass(frozen=True)
class SnapshotOptions:
    """All of it is part of the fingerprint.

    ``permutations``, ``leiden_restarts`` and ``resamples`` are those of a thorough month (the newest
    final one); ``large_*`` take their place above ``exact_vertices`` people.
    """

    theta: float = 0.5
    min_event_days: int = 2
    half_life_days: float = 28.0
    window_weeks: int = 13
    seed: int = 1
    min_nodes: int = 30
    min_coverage: float = 0.6
    min_ties: int = 30
    min_modularity_nodes: int = 100
    cutoff: int = 3
    exact_vertices: int = centrality.EXACT_VERTICES
    pivots: int = centrality.DEFAULT_PIVOTS
    weighted_exact_vertices: int = 5_000
    weighted_pivots: int = 32
    permutations: int = 1_000
    leiden_restarts: int = 50
    large_leiden_restarts: int = 3
    resamples: int = 200
    large_resamples: int = 20
    qap_permutations: int = 2_000


def for_month(options: SnapshotOptions, n_people: int, *, is_thorough: bool) -> SnapshotOptions:
    """The options of one month: less of what only sharpens a figure, for past months and large ones.

    Past months get one Leiden run and, above :data:`SMALL` people, no permutations (p is NULL then).
    """
    restarts = options.leiden_restarts
    if n_people > options.exact_vertices:
        restarts = options.large_leiden_restarts
    return replace(
        options,
        leiden_restarts=restarts if is_thorough else 1,
        permutations=options.permutations if is_thorough or n_people <= SMALL else 0,
    )
