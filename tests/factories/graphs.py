"""Toy graphs with known answers, and seeded random ones of every awkward shape."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assets.network.graph import Graph

DATA = Path(__file__).resolve().parents[1] / "network" / "data"
LOCAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

KITE_EDGES = "0-1 0-2 0-3 0-5 1-3 1-4 1-6 2-3 2-5 3-4 3-5 3-6 4-6 5-6 5-7 6-7 7-8 8-9"  # Krackhardt 1990
BROKERAGE_NODES = ("a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2")
BROKERAGE_ARCS = "a1>a2 a2>a3 a3>a1 a2>b1 b1>a3 b1>b2 b2>b3 b3>b1 c1>b1 b1>c2 c2>a2 b2>c1 c1>c2 a3>c1"


def kite() -> Graph:
    pairs = [tuple(map(int, edge.split("-"))) for edge in KITE_EDGES.split()]
    return Graph.from_edges(10, [a for a, _ in pairs], [b for _, b in pairs], is_directed=False)


def brokerage_digraph() -> tuple[Graph, np.ndarray]:
    """The eight people in three groups on which the brokerage figures were worked out by hand."""
    number = {name: i for i, name in enumerate(BROKERAGE_NODES)}
    arcs = [arc.split(">") for arc in BROKERAGE_ARCS.split()]
    graph = Graph.from_edges(8, [number[a] for a, _ in arcs], [number[b] for _, b in arcs])
    return graph, np.array([0, 0, 0, 1, 1, 1, 2, 2])


def undirected(n: int, pairs: list[tuple[int, int]], weights: list[float] | None = None) -> Graph:
    return Graph.from_edges(n, [a for a, _ in pairs], [b for _, b in pairs], weights, is_directed=False)


def directed(n: int, pairs: list[tuple[int, int]], weights: list[float] | None = None) -> Graph:
    return Graph.from_edges(n, [a for a, _ in pairs], [b for _, b in pairs], weights)


def star(n: int) -> Graph:
    return undirected(n, [(0, i) for i in range(1, n)])


def cycle(n: int) -> Graph:
    return undirected(n, [(i, (i + 1) % n) for i in range(n)])


def complete(n: int) -> Graph:
    return undirected(n, [(i, j) for i in range(n) for j in range(i)])


def from_csv(name: str, *, is_directed: bool) -> tuple[Graph, list[str]]:
    """A classic network, and its node ids in vertex order (numeric order of the ids)."""
    with (DATA / f"{name}_nodes.csv").open() as file:
        ids = sorted((row["id"] for row in csv.DictReader(file)), key=int)
    number = {node: i for i, node in enumerate(ids)}
    with (DATA / f"{name}_edges.csv").open() as file:
        rows = list(csv.DictReader(file))
    graph = Graph.from_edges(
        len(ids),
        [number[row["from"]] for row in rows],
        [number[row["to"]] for row in rows],
        is_directed=is_directed,
    )
    return graph, ids


def random_graph(seed: int, *, is_directed: bool, is_weighted: bool, n: int | None = None) -> Graph:
    """One of many shapes, chosen by the seed, with loops and duplicate edges in the raw input."""
    rng = np.random.default_rng(seed)
    size = int(n if n is not None else rng.integers(2, 40))
    shape = seed % 8
    if shape == 0:  # sparse: disconnected, isolates
        src, dst = rng.integers(0, size, (2, max(size // 2, 1)))
    elif shape == 1:  # dense
        src, dst = rng.integers(0, size, (2, size * size // 2))
    elif shape == 2:  # star with some extra edges
        src = np.r_[np.zeros(size - 1, int), rng.integers(0, size, 3)]
        dst = np.r_[np.arange(1, size), rng.integers(0, size, 3)]
    elif shape == 3:  # complete
        src, dst = (index.ravel() for index in np.indices((size, size)))
    elif shape == 4:  # one hub in a sparse crowd
        src = np.r_[rng.integers(0, size, size), np.full(size, size - 1)]
        dst = rng.integers(0, size, 2 * size)
    elif shape == 5:  # two communities joined by one bridge
        half = max(size // 2, 1)
        src = np.r_[rng.integers(0, half, 3 * size), rng.integers(half, max(size, half + 1), 3 * size), 0]
        dst = np.r_[rng.integers(0, half, 3 * size), rng.integers(half, max(size, half + 1), 3 * size), half]
        src, dst = np.minimum(src, size - 1), np.minimum(dst, size - 1)
    elif shape == 6:  # long path with chords
        src = np.r_[np.arange(size - 1), rng.integers(0, size, 2)]
        dst = np.r_[np.arange(1, size), rng.integers(0, size, 2)]
    else:  # no edges but loops
        src = dst = rng.integers(0, size, 3)
    weight = None
    if is_weighted:  # few distinct values, so that equally long paths occur
        weight = rng.choice([0.5, 1.0, 2.0, 4.0], src.size)
    graph = Graph.from_edges(size, src, dst, weight, is_directed=is_directed)
    if is_weighted:
        return graph
    return Graph(size, graph.src, graph.dst, np.ones(graph.n_edges), is_directed)


def random_graphs(count: int, **kinds: bool) -> Iterator[tuple[int, Graph]]:
    for seed in range(count):
        yield seed, random_graph(seed, **kinds)  # type: ignore[arg-type]


def bottleneck_graph(n_blocks: int, block: int, bridges: int, seed: int) -> Graph:
    """Dense blocks in a ring joined by few low-degree bridge people: degree does not predict paths."""
    rng = np.random.default_rng(seed)
    src: list[int] = []
    dst: list[int] = []
    for b in range(n_blocks):
        first = b * block
        members = np.arange(first + bridges, first + block)
        src.extend(rng.choice(members, block * 4).tolist())
        dst.extend(rng.choice(members, block * 4).tolist())
        following = ((b + 1) % n_blocks) * block
        for bridge in range(first, first + bridges):
            src.extend([bridge, bridge])
            dst.extend([int(rng.choice(members)), following + int(rng.integers(bridges, block))])
    return Graph.from_edges(n_blocks * block, src, dst, is_directed=False)
