"""Synthetic organisations for the network benchmarks: teams, departments, bridges, heavy tails."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assets.network.graph import Graph


def organisation(people: int, degree: int, seed: int = 1) -> tuple[Graph, np.ndarray]:
    """A mutual graph of about ``degree`` ties per person, and each person's department.

    Half of the ties lie inside a team's neighbourhood, a third inside a division, the rest goes to
    people in proportion to a lognormal popularity; vertex numbers carry no order.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(people)
    place = np.empty(people, dtype=np.int64)
    place[order] = np.arange(people)
    n_edges = people * degree // 2
    a = rng.integers(0, people, n_edges)
    reach = np.where(rng.random(n_edges) < 0.6, 15, 300)
    near = order[(place[a] + np.rint(rng.normal(0, 1, n_edges) * reach).astype(np.int64)) % people]
    popularity = np.cumsum(rng.lognormal(0, 1, people))
    far = np.searchsorted(popularity / popularity[-1], rng.random(n_edges))
    b = np.where(rng.random(n_edges) < 0.15, far, near)
    weight = rng.choice([0.5, 0.7, 1.0, 1.5, 2.5, 4.0], n_edges)
    graph = Graph.from_edges(people, a, b, weight, is_directed=False)
    return graph, place // 60


def both_ways(graph: Graph, one_way: float, seed: int = 1) -> Graph:
    """A directed graph: every tie in both directions, and that share of arcs more without an answer."""
    rng = np.random.default_rng(seed)
    extra = int(graph.n_edges * 2 * one_way)
    src = np.concatenate([graph.src, graph.dst, rng.integers(0, graph.n, extra)])
    dst = np.concatenate([graph.dst, graph.src, rng.integers(0, graph.n, extra)])
    weight = np.concatenate([graph.weight, graph.weight, np.full(extra, 0.6)])
    return Graph.from_edges(graph.n, src, dst, weight)


def month_tables(people: int, degree: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Ties and people of one month as the warehouse hands them over."""
    graph, department = organisation(people, degree, seed)
    arcs = both_ways(graph, 0.4, seed)
    members = pa.table(
        {
            "person_key": np.arange(people),
            "person_id": [f"{(key * 2_654_435_761) % 2**32:08x}{key:024x}" for key in range(people)],
            "group_key": department + 1,
            "org_unit_key": department + 1,
            "is_measured": np.ones(people, dtype=bool),
        }
    )
    ties = pa.table(
        {
            "from_person_key": arcs.src.astype(np.int64),
            "to_person_key": arcs.dst.astype(np.int64),
            "weight": arcs.weight,
            "n_event_days": np.full(arcs.n_edges, 3),
            "is_tie": np.ones(arcs.n_edges, dtype=bool),
        }
    )
    return ties, members
