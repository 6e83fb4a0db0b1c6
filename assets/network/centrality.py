"""Who is central: degree, strength, betweenness, harmonic, PageRank, coreness, clustering.

Metric specification, table C. Path metrics take ``1 / W`` as length, never ``W``: a strong tie is
a short one. Undefined values are NaN (they become NULL). Small graphs go through igraph, large ones
through the kernels; both give the same numbers (see tests), so the choice is only one of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import Engine, uses_kernels
from assets.network.graph import Graph
from assets.network.structural_holes import ego_structure

EXACT_VERTICES: Final = 20_000
"""Above this many vertices paths are counted from sampled pivots (metric specification, C)."""
DEFAULT_PIVOTS: Final = 256
DAMPING: Final = 0.85

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Values per vertex, their standard errors (None if exact) and how they were found."""

    values: Values
    standard_error: Values | None
    method: str


def degree(graph: Graph) -> NDArray[np.int64]:
    """Neighbours of each vertex; for a directed graph in-degree plus out-degree. Freeman 1979."""
    return graph.out.degrees + graph.into.degrees if graph.is_directed else graph.out.degrees


def degree_in(graph: Graph) -> NDArray[np.int64]:
    """Number of predecessors of each vertex."""
    return graph.into.degrees


def degree_out(graph: Graph) -> NDArray[np.int64]:
    """Number of successors of each vertex."""
    return graph.out.degrees


def strength_in(graph: Graph) -> Values:
    """Sum of incoming weight, the load on a person; 0 without ties."""
    if not graph.is_directed:
        return strength_out(graph)
    return np.bincount(graph.dst, weights=graph.weight, minlength=graph.n).astype(np.float64)


def strength_out(graph: Graph) -> Values:
    """Sum of outgoing weight, the initiative of a person; 0 without ties."""
    rows, _, weights = graph.arcs
    return np.bincount(rows, weights=weights, minlength=graph.n).astype(np.float64)


def degree_centrality(graph: Graph) -> Values:
    """``degree / (n - 1)``, 0..1 on an undirected graph; NaN for a single vertex. Freeman 1979."""
    if graph.n < 2:
        return np.full(graph.n, np.nan)
    return degree(graph) / (graph.n - 1)


def betweenness_scale(graph: Graph) -> float:
    """Number of pairs that a vertex can lie between; 0 below three vertices."""
    pairs = (graph.n - 1) * (graph.n - 2)
    return float(pairs if graph.is_directed else pairs / 2)


def betweenness(
    graph: Graph,
    *,
    is_weighted: bool = False,
    cutoff: int | None = None,
    pivots: int | None = None,
    seed: int = 1,
    engine: Engine = "auto",
) -> Estimate:
    """Shortest paths through each vertex, not normalised (divide by :func:`betweenness_scale`).

    ``cutoff`` counts only paths of at most that many hops (Brandes 2008's bounded betweenness);
    ``is_weighted`` measures paths with lengths ``1 / W``. With fewer ``pivots`` than vertices, paths
    from a seeded sample of sources are scaled by ``n / pivots`` (Brandes & Pich 2007) and carry the
    standard error of that sampling. Brandes 2001. Isolates are 0.

    >>> star = Graph.from_edges(5, [0, 0, 0, 0], [1, 2, 3, 4], is_directed=False)
    >>> betweenness(star).values.tolist()
    [6.0, 0.0, 0.0, 0.0, 0.0]
    """
    if is_weighted and cutoff is not None:
        raise ValueError("a cutoff counts hops; it has no meaning for weighted lengths")
    bound = f"_cutoff{cutoff}" if cutoff is not None else ""
    if pivots is not None and pivots < graph.n:
        from assets.network.sampling import sampled_betweenness

        values, error = sampled_betweenness(graph, pivots, seed, cutoff=cutoff, is_weighted=is_weighted)
        return Estimate(values, error, f"sampled_{pivots}_pivots{bound}_seed{seed}")
    if uses_kernels(graph, engine):
        from assets.network.sampling import exact_betweenness

        return Estimate(
            exact_betweenness(graph, cutoff=cutoff, is_weighted=is_weighted), None, f"exact{bound}"
        )
    lengths = (1.0 / graph.weight).tolist() if is_weighted and graph.n_edges else None
    values = graph.igraph.betweenness(directed=graph.is_directed, cutoff=cutoff, weights=lengths)
    return Estimate(np.asarray(values, dtype=np.float64), None, f"exact{bound}")


def harmonic_centrality(
    graph: Graph, *, pivots: int | None = None, seed: int = 1, engine: Engine = "auto"
) -> Estimate:
    """Mean of ``1 / distance`` to all others, 0..1; unreachable counts 0. Defined for any graph.

    Unweighted and, for a directed graph, along outgoing arcs. With fewer ``pivots`` than vertices
    the mean is over a seeded sample of others (undirected graphs only). Isolates 0; NaN for n = 1.
    """
    if graph.n < 2:
        return Estimate(np.full(graph.n, np.nan), None, "exact")
    if pivots is not None and pivots < graph.n:
        from assets.network.sampling import sampled_harmonic

        values, error = sampled_harmonic(graph, pivots, seed)
        return Estimate(values, error, f"sampled_{pivots}_pivots_seed{seed}")
    if uses_kernels(graph, engine):
        from assets.network.sampling import exact_harmonic

        return Estimate(exact_harmonic(graph), None, "exact")
    mode = "out" if graph.is_directed else "all"
    return Estimate(np.asarray(graph.igraph.harmonic_centrality(mode=mode), dtype=np.float64), None, "exact")


def closeness(graph: Graph) -> Values:
    """``(reachable) / (sum of distances)`` inside the own component; NaN for isolates.

    Not comparable between components: prefer :func:`harmonic_centrality`.
    """
    mode = "out" if graph.is_directed else "all"
    return np.asarray(graph.igraph.closeness(mode=mode), dtype=np.float64)


def pagerank(graph: Graph, *, damping: float = DAMPING, tolerance: float = 1e-13) -> Values:
    """Share of time a random walker along weighted arcs spends at each vertex; sums to 1.

    The walker jumps to a random vertex with probability ``1 - damping``, and always from a vertex
    without outgoing arcs. Power iteration until the L1 change is below ``tolerance``.

    >>> chain = Graph.from_edges(3, [0, 1], [1, 2])
    >>> pagerank(chain).round(4).tolist()
    [0.1844, 0.3412, 0.4744]
    """
    if graph.n == 0:
        return np.empty(0)
    from scipy.sparse import csr_array

    rows, columns, weights = graph.arcs
    out = np.bincount(rows, weights=weights, minlength=graph.n)
    share = weights / out[rows]
    transition = csr_array((share, (columns, rows)), shape=(graph.n, graph.n))
    dangling = out == 0
    rank = np.full(graph.n, 1.0 / graph.n)
    for _ in range(1_000):
        lost = float(rank[dangling].sum())
        following = damping * (transition @ rank) + (damping * lost + 1.0 - damping) / graph.n
        following /= following.sum()
        change = float(np.abs(following - rank).sum())
        rank = following
        if change < tolerance:
            break
    return np.asarray(rank, dtype=np.float64)


def eigenvector(graph: Graph) -> Values:
    """Eigenvector centrality with maximum 1; 0 outside the dominant component: prefer PageRank.

    Of an undirected graph; NaN without edges.
    """
    if graph.n_edges == 0:
        return np.full(graph.n, np.nan)
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import eigsh

    rows, columns, weights = graph.arcs
    matrix = csr_array((weights, (rows, columns)), shape=(graph.n, graph.n))
    # A start of one's own: the library's is random, and equal graphs must give equal numbers.
    start = np.bincount(rows, weights=weights, minlength=graph.n)
    _, vectors = eigsh(matrix, k=1, which="LA", v0=start, tol=1e-9)
    values = np.abs(vectors[:, 0])
    return np.asarray(np.round(values / values.max(), 10), dtype=np.float64)


def coreness(graph: Graph) -> NDArray[np.int64]:
    """Largest k such that the vertex is in the k-core, unweighted. Seidman 1983."""
    return np.asarray(graph.igraph.coreness(mode="all"), dtype=np.int64)


def local_clustering(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Share of pairs of neighbours that are tied themselves, 0..1; NaN below two neighbours."""
    if uses_kernels(graph, engine):
        return ego_structure(graph, engine="kernels").local_clustering
    values = graph.igraph.transitivity_local_undirected(mode="nan")
    return np.asarray(values, dtype=np.float64)


def reach_within_two(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Share of the others within two hops, 0..1; NaN for a single vertex."""
    if graph.n < 2:
        return np.full(graph.n, np.nan)
    if uses_kernels(graph, engine):
        from assets.network.reach_kernels import count_within_two

        counts = count_within_two(graph.out.indptr, graph.out.indices)
    else:
        counts = np.asarray(graph.igraph.neighborhood_size(order=2, mode="out"), dtype=np.int64) - 1
    return np.asarray(counts / (graph.n - 1), dtype=np.float64)


def articulation_points(graph: Graph) -> NDArray[np.bool_]:
    """Vertices whose removal splits their component (undirected)."""
    found = np.zeros(graph.n, dtype=bool)
    found[np.asarray(graph.igraph.articulation_points(), dtype=np.int64)] = True
    return found


def mid_rank_percentile(values: Any) -> Values:
    """``100 (count(x < v) + 0.5 count(x = v)) / n`` among the defined values; NaN stays NaN.

    Metric specification, 0.7. Ties share a value; the largest possible is ``100 (n - 0.5) / n``.

    >>> mid_rank_percentile([0, 0, 0, 1, 2, 2, 5, 8, 13, 40]).tolist()
    [15.0, 15.0, 15.0, 35.0, 50.0, 50.0, 65.0, 75.0, 85.0, 95.0]
    """
    given = np.asarray(values, dtype=np.float64)
    defined = ~np.isnan(given)
    result = np.full(given.size, np.nan)
    ordered = np.sort(given[defined])
    if ordered.size:
        below = np.searchsorted(ordered, given[defined], side="left")
        upto = np.searchsorted(ordered, given[defined], side="right")
        result[defined] = 100.0 * (below + 0.5 * (upto - below)) / ordered.size
    return result
