"""The drawn organisation against the lived one: hierarchy and collaboration compared. D7.

The chart is an array ``managers``: for each vertex its manager's number, -1 at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph, GraphInputError
from assets.network.qap import Qap, qap

Variant = Literal["reports", "reports_and_siblings"]
Managers = NDArray[np.int64]


@dataclass(frozen=True)
class FormalInformal:
    """Overlap of formal ties F and informal ties I; NaN where undefined.

    ``jaccard`` = |F and I| / |F or I|; ``informal_outside_formal`` = |I - F| / |I|;
    ``unused_formal`` = |F - I| / |F|. Distances are steps on the chart (manager to report),
    ``n_unreachable`` informal ties between different charts are left out of them.
    """

    variant: Variant
    n_both: int
    n_formal_only: int
    n_informal_only: int
    jaccard: float
    informal_outside_formal: float
    unused_formal: float
    mean_distance_informal: float
    mean_distance_all: float
    n_unreachable: int
    qap: Qap


def formal_informal(
    informal: Graph,
    managers: Managers,
    *,
    variant: Variant = "reports",
    permutations: int = 2_000,
    seed: int = 1,
) -> FormalInformal:
    """Compare an undirected collaboration graph with the chart on the same vertices."""
    formal = formal_graph(managers, variant)
    common = np.intersect1d(formal.arc_keys(), informal.arc_keys()).size
    formal_only, informal_only = formal.n_edges - common, informal.n_edges - common
    distances = chart_distances(managers, informal.src, informal.dst)
    reachable = distances >= 0
    return FormalInformal(
        variant=variant,
        n_both=common,
        n_formal_only=formal_only,
        n_informal_only=informal_only,
        jaccard=_ratio(common, common + formal_only + informal_only),
        informal_outside_formal=_ratio(informal_only, informal.n_edges),
        unused_formal=_ratio(formal_only, formal.n_edges),
        mean_distance_informal=_ratio(float(distances[reachable].sum()), int(reachable.sum())),
        mean_distance_all=mean_chart_distance(managers),
        n_unreachable=int((~reachable).sum()),
        qap=qap(formal, informal, permutations=permutations, seed=seed),
    )


def formal_graph(managers: Managers, variant: Variant = "reports") -> Graph:
    """Undirected graph of manager and report, with ``reports_and_siblings`` also reports of one manager."""
    chart = checked_chart(managers)
    n = chart.size
    reports = np.flatnonzero(chart >= 0)
    src, dst = [reports], [chart[reports]]
    if variant == "reports_and_siblings":
        order = reports[np.argsort(chart[reports], kind="stable")]
        _, starts = np.unique(chart[order], return_index=True)
        for team in np.split(order, starts[1:]) if order.size else []:
            a, b = np.triu_indices(team.size, 1)
            src.append(team[a])
            dst.append(team[b])
    pairs = Graph.from_edges(n, np.concatenate(src), np.concatenate(dst), is_directed=False)
    return Graph(n, pairs.src, pairs.dst, np.ones(pairs.n_edges), is_directed=False)


def checked_chart(managers: Managers) -> Managers:
    """The chart, self-managed vertices made tops; raises on unknown managers and on cycles."""
    chart = np.asarray(managers, dtype=np.int64).copy()
    n = chart.size
    unknown = np.flatnonzero((chart < -1) | (chart >= n))
    if unknown.size:
        raise GraphInputError(
            f"manager {int(chart[unknown[0]])} of vertex {int(unknown[0])} is not a vertex; "
            "use -1 for people without a manager here"
        )
    chart[chart == np.arange(n)] = -1
    if (_depths(chart) < 0).any():
        circle = int(np.flatnonzero(_depths(chart) < 0)[0])
        raise GraphInputError(f"the managers above vertex {circle} form a circle; a chart has none")
    return chart


def without_circles(managers: Managers) -> Managers:
    """The chart with every manager link of a circle cut, so that its people stand at a top."""
    chart = np.asarray(managers, dtype=np.int64).copy()
    chart[chart == np.arange(chart.size)] = -1
    while (lost := _depths(chart) < 0).any():
        # From anybody below a circle, as many steps up as there are people end inside it.
        vertex = int(np.flatnonzero(lost)[0])
        for _ in range(int(lost.sum())):
            vertex = int(chart[vertex])
        start = vertex
        while chart[vertex] >= 0:
            chart[vertex], vertex = -1, int(chart[vertex])
        chart[start] = -1
    return chart


def chart_distances(managers: Managers, src: NDArray[np.int32], dst: NDArray[np.int32]) -> NDArray[np.int64]:
    """Steps on the chart between the ends of each pair; -1 where no common superior exists."""
    chart = checked_chart(managers)
    depth = _depths(chart)
    a, b = src.astype(np.int64), dst.astype(np.int64)
    steps = np.zeros(a.size, dtype=np.int64)
    while True:
        apart = (a != b) & (a >= 0) & (b >= 0)
        if not apart.any():
            break
        up_a = apart & (depth[np.maximum(a, 0)] >= depth[np.maximum(b, 0)])
        up_b = apart & (depth[np.maximum(b, 0)] >= depth[np.maximum(a, 0)])
        a, b = np.where(up_a, chart[np.maximum(a, 0)], a), np.where(up_b, chart[np.maximum(b, 0)], b)
        steps += up_a.astype(np.int64) + up_b
    return np.where((a == b) & (a >= 0), steps, -1)


def mean_chart_distance(managers: Managers) -> float:
    """Mean steps over all pairs that have a way on the chart; NaN without such a pair.

    A line with ``s`` people below it and ``t - s`` elsewhere in its tree lies on ``s (t - s)`` ways.
    """
    chart = checked_chart(managers)
    depth = _depths(chart)
    below = np.ones(chart.size, dtype=np.int64)
    top = np.arange(chart.size)
    for vertex in np.argsort(-depth, kind="stable"):
        if chart[vertex] >= 0:
            below[chart[vertex]] += below[vertex]
    for vertex in np.argsort(depth, kind="stable"):
        if chart[vertex] >= 0:
            top[vertex] = top[chart[vertex]]
    lines = chart >= 0
    size = below[top]
    total = float(np.sum(below[lines] * (size[lines] - below[lines])))
    trees = below[chart < 0].astype(np.float64)
    return _ratio(total, float(np.sum(trees * (trees - 1) / 2)))


def position_against_network(
    level: NDArray[np.float64], pagerank: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Level percentile minus PageRank percentile, -100..100 per person; publish per level only."""
    from assets.network.centrality import mid_rank_percentile

    return mid_rank_percentile(level) - mid_rank_percentile(pagerank)


def _depths(chart: Managers) -> NDArray[np.int64]:
    """Steps to the top; -1 for vertices that never reach one."""
    depth = np.where(chart < 0, 0, -1).astype(np.int64)
    while True:
        ready = (depth < 0) & (chart >= 0) & (depth[np.maximum(chart, 0)] >= 0)
        if not ready.any():
            return depth
        depth[ready] = depth[chart[ready]] + 1


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
