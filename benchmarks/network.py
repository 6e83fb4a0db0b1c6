"""``make bench-network``: the network metrics beside igraph and networkit, on the same graph.

Each line is the best of ``--repeat`` runs in CPU seconds of one thread; a warm-up run compiles
first. Peers that are slow get fewer sources and are scaled up. networkit is left out where absent.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from assets.network import brokerage, centrality, communities, structural_holes
from assets.network.graph import Graph, symmetrised
from assets.network.lane_kernels import dependencies
from assets.network.locality import by_community
from assets.network.path_kernels import dependencies_nearby
from assets.network.reach_kernels import reciprocal_distances
from assets.network.sampling import pivot_sources
from assets.network.snapshot import SnapshotOptions, snapshot
from assets.network.weighted_kernels import bucket_plan, dependencies_weighted
from benchmarks.network_graphs import both_ways, month_tables, organisation

Timing = float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--degree", type=int, default=14)
    parser.add_argument("--pivots", type=int, default=32, help="sources behind the per-source lines")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--exact", action="store_true", help="exact betweenness and harmonic, whole graph")
    parser.add_argument("--snapshot", action="store_true", help="also one whole month, wall clock")
    chosen = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for people in chosen.people:
        graph, department = organisation(people, chosen.degree)
        print(f"\n{people:,} people, {graph.n_edges:,} mutual ties, largest degree {graph.out.degrees.max()}")
        print(f"{'CPU seconds':<34}{'kithwork':>10}{'igraph':>10}{'networkit':>10}{'ratio':>12}")
        peer = networkit_graph(graph)
        table = [
            *path_rows(graph, peer, chosen.pivots),
            *local_rows(graph, department),
            *whole_rows(graph, peer),
            *(exact_rows(graph) if chosen.exact else ()),
        ]
        for name, ours, igraph, networkit in table:
            show(name, *(best(call, chosen.repeat) for call in (ours, igraph, networkit)))
        if chosen.snapshot:
            whole_month(people, chosen.degree)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GB")


Row = tuple[str, Callable[[], Any], Callable[[], Any] | None, Callable[[], Any] | None]
"""What is measured, our call, igraph's and networkit's of the same thing."""

FEW: Final = 8
"""Sources that a slow peer gets, scaled up."""


def path_rows(graph: Graph, other: Peer | None, pivots: int) -> list[Row]:
    """Shortest paths from samples of sources."""
    peer, out, sources = graph.igraph, graph.out, pivot_sources(graph.n, pivots, 1)
    paths = (out.indptr, out.indices, out.indptr, out.indices)
    lengths, peer_lengths = 1.0 / out.weights, (1.0 / graph.weight).tolist()
    plan = bucket_plan(lengths)
    few, near = sources[:FEW].tolist(), by_community(graph).graph
    many = pivot_sources(graph.n, 4096, 1)
    return [
        (
            f"betweenness, {pivots} sources",
            lambda: dependencies(*paths, sources),
            scaled(lambda: peer.betweenness(sources=few), pivots / FEW),
            other and scaled(other.betweenness(FEW), pivots / FEW),
        ),
        (
            f"weighted betweenness, {pivots} sources",
            lambda: dependencies_weighted(out.indptr, out.indices, lengths, sources, *plan),
            scaled(lambda: peer.betweenness(sources=few, weights=peer_lengths), pivots / FEW),
            None,
        ),
        (
            f"betweenness within 3, {pivots} sources",
            lambda: dependencies_nearby(*paths, sources, 3),
            None,
            None,
        ),
        (
            "harmonic, 4,096 sources, near order",
            lambda: reciprocal_distances(near.out.indptr, near.out.indices, many),
            scaled(lambda: peer.harmonic_centrality(vertices=few), many.size / FEW),
            None,
        ),
        (
            "harmonic, 512 sources",
            lambda: centrality.harmonic_centrality(graph, pivots=min(512, graph.n - 1), engine="kernels"),
            scaled(lambda: peer.harmonic_centrality(vertices=few), 512 / FEW),
            None,
        ),
    ]


def local_rows(graph: Graph, department: np.ndarray) -> list[Row]:
    """What a person's own neighbourhood decides."""
    peer, arcs = graph.igraph, both_ways(graph, 0.4)
    return [
        (
            "constraint, clustering, triangles",
            lambda: structural_holes.ego_structure(graph, engine="kernels"),
            lambda: (peer.constraint(weights="weight"), peer.transitivity_local_undirected()),
            None,
        ),
        (
            "Gould-Fernandez",
            lambda: brokerage.gould_fernandez(arcs, department, engine="kernels"),
            None,
            None,
        ),
        (
            "reach within two",
            lambda: centrality.reach_within_two(graph, engine="kernels"),
            lambda: peer.neighborhood_size(order=2),
            None,
        ),
    ]


def whole_rows(graph: Graph, other: Peer | None) -> list[Row]:
    """What takes the graph as a whole; a graph keeps its pairs, so each run gets a fresh one."""
    arcs = both_ways(graph, 0.4)
    return [
        (
            "PageRank",
            lambda: centrality.pagerank(arcs),
            lambda: arcs.igraph.pagerank(weights="weight"),
            other and other.pagerank,
        ),
        ("mutual graph from arcs", lambda: symmetrised(replace(arcs), "mutual"), None, None),
        (
            "Leiden, one run (igraph's)",
            lambda: communities.leiden(graph, restarts=1),
            None,
            other and other.leiden,
        ),
    ]


def exact_rows(graph: Graph) -> list[Row]:
    """Every source: minutes to hours for the peers on large graphs."""
    peer, out, near = graph.igraph, graph.out, by_community(graph).graph.out
    every = np.arange(graph.n, dtype=np.int32)
    paths = (out.indptr, out.indices, out.indptr, out.indices)
    return [
        (
            "betweenness within 3, exact",
            lambda: dependencies_nearby(*paths, every, 3),
            lambda: peer.betweenness(cutoff=3),
            None,
        ),
        (
            "betweenness, exact",
            lambda: dependencies(near.indptr, near.indices, near.indptr, near.indices, every),
            lambda: peer.betweenness(),
            None,
        ),
        (
            "harmonic, exact",
            lambda: centrality.harmonic_centrality(graph, engine="kernels"),
            lambda: peer.harmonic_centrality(),
            None,
        ),
    ]


class Peer:
    """The same graph in networkit, on one thread."""

    def __init__(self, graph: Graph, networkit: Any) -> None:
        networkit.setNumberOfThreads(1)
        self.networkit = networkit
        self.graph = networkit.Graph(graph.n, weighted=False)
        for a, b in zip(graph.src.tolist(), graph.dst.tolist(), strict=True):
            self.graph.addEdge(a, b)

    def betweenness(self, sources: int) -> Callable[[], Any]:
        return lambda: self.networkit.centrality.EstimateBetweenness(self.graph, sources).run()

    def pagerank(self) -> Any:
        return self.networkit.centrality.PageRank(self.graph, damp=0.85, tol=1e-10).run()

    def leiden(self) -> Any:
        return self.networkit.community.ParallelLeiden(self.graph).run()


def networkit_graph(graph: Graph) -> Peer | None:
    try:
        import networkit
    except ImportError:
        return None
    return Peer(graph, networkit)


def whole_month(people: int, degree: int) -> None:
    """One snapshot as the pipeline computes it for the past: no permutations, one Leiden run."""
    ties, members = month_tables(people, degree, seed=3)
    started = time.perf_counter()
    found = snapshot(date(2024, 1, 1), ties, members, SnapshotOptions(), is_thorough=False)
    print(f"whole month: {time.perf_counter() - started:.1f} s wall, {found.facts}")


def scaled(call: Callable[[], Any], factor: float) -> Callable[[], Any]:
    """Marks a call that stands for ``factor`` times its own work."""

    def run() -> Any:
        return call()

    run.factor = factor  # type: ignore[attr-defined]
    return run


def best(call: Callable[[], Any] | None, repeat: int) -> Timing:
    """Least CPU time of ``repeat`` runs after one that is not counted; scaled up where marked."""
    if call is None:
        return None
    times = []
    for _ in range(repeat + 1):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return min(times[1:] or times) * getattr(call, "factor", 1.0)


def show(name: str, ours: Timing, igraph: Timing, networkit: Timing) -> None:
    cells = "".join(f"{'-' if t is None else format(t, '.3f'):>10}" for t in (ours, igraph, networkit))
    peers = [t for t in (igraph, networkit) if t is not None]
    ratio = f"{min(peers) / ours:.1f}x" if peers and ours else ""
    print(f"{name:<34}{cells}{ratio:>12}", flush=True)


if __name__ == "__main__":
    main()
