"""Table C of the metric specification: every metric of every person on the whole graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.network import brokerage, centrality, dyads, structural_holes, ties
from assets.network.locality import by_community
from assets.network.population import Population
from assets.network.snapshot_options import SMALL, SnapshotOptions


@dataclass(frozen=True)
class PersonMetrics:
    """One entry per person, in the order of the population; NaN where undefined.

    ``methods``: how betweenness, weighted betweenness and harmonic centrality were found; a sample
    names its pivots and its seed.
    """

    columns: dict[str, NDArray[Any]]
    methods: dict[str, str]


def person_metrics(
    population: Population, options: SnapshotOptions, membership: NDArray[np.int64] | None = None
) -> PersonMetrics:
    """Table C on the whole graph: every person, measured or not, isolates included.

    ``membership``, a community per person, only orders the memory of large graphs.
    """
    directed, mutual, group = population.directed, population.mutual, population.group
    ego = structural_holes.ego_structure(mutual)
    alters = centrality.degree(mutual)
    with np.errstate(invalid="ignore", divide="ignore"):
        efficiency = np.where(alters > 0, ego.effective_size / alters, np.nan)
    paths, methods = _path_metrics(population, options, membership)
    pagerank = centrality.pagerank(directed)
    columns: dict[str, NDArray[Any]] = {
        "network_size": alters,
        "degree_in": centrality.degree_in(directed),
        "degree_out": centrality.degree_out(directed),
        "strength_in": centrality.strength_in(directed),
        "strength_out": centrality.strength_out(directed),
        "degree_centrality": centrality.degree_centrality(mutual),
        **paths,
        "eigenvector": centrality.eigenvector(mutual),
        "pagerank": pagerank,
        "influence_rank": _influence_rank(pagerank, population.is_measured),
        "coreness": centrality.coreness(mutual),
        "local_clustering": ego.local_clustering,
        "effective_size": ego.effective_size,
        "efficiency": efficiency,
        "constraint_wholenet": ego.constraint,
        "is_articulation": centrality.articulation_points(mutual),
        "ei_index_person": brokerage.ei_index_person(mutual, group),
        "participation_coef": brokerage.participation_coefficient(mutual, group),
        "reach2": centrality.reach_within_two(mutual),
        **_brokerage(population),
        "n_external_units": brokerage.external_units_reached(mutual, group),
        **_tie_types(population),
        "mean_reciprocity": ties.mean_reciprocity(population.raw, directed),
    }
    return PersonMetrics(columns, methods)


def _path_metrics(
    population: Population, options: SnapshotOptions, membership: NDArray[np.int64] | None
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    mutual, n = population.mutual, population.n
    if n > SMALL and membership is not None:
        near = by_community(mutual, membership)
        moved = replace(population, mutual=near.graph)
        columns, methods = _path_metrics(moved, options, None)
        return {name: near.restored(values) for name, values in columns.items()}, methods
    pivots = options.pivots if n > options.exact_vertices else None
    scale = centrality.betweenness_scale(mutual) or np.nan
    between = centrality.betweenness(mutual, cutoff=options.cutoff, pivots=pivots, seed=options.seed)
    # A weighted search costs about five unweighted ones: sampled earlier, and from fewer pivots.
    few = options.pivots if n > options.weighted_exact_vertices else None
    few = options.weighted_pivots if n > options.exact_vertices else few
    weighted = centrality.betweenness(mutual, is_weighted=True, pivots=few, seed=options.seed)
    harmonic = centrality.harmonic_centrality(mutual, pivots=pivots, seed=options.seed)
    unknown = np.full(n, np.nan)

    def error(found: centrality.Estimate, over: float) -> NDArray[np.float64]:
        return unknown if found.standard_error is None else found.standard_error / over

    columns = {
        "betweenness": between.values / scale,
        "betweenness_se": error(between, scale),
        "betweenness_weighted": weighted.values / scale,
        "betweenness_weighted_se": error(weighted, scale),
        "harmonic_centrality": harmonic.values,
        "harmonic_se": error(harmonic, 1.0),
    }
    methods = {
        "betweenness": between.method,
        "betweenness_weighted": weighted.method,
        "harmonic": harmonic.method,
    }
    return columns, methods


def _influence_rank(pagerank: NDArray[np.float64], is_measured: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mid-rank percentile among measured people."""
    return centrality.mid_rank_percentile(np.where(is_measured, pagerank, np.nan))


def _brokerage(population: Population) -> dict[str, NDArray[Any]]:
    found = brokerage.gould_fernandez(population.flow, population.group)
    ratios = brokerage.observed_over_expected(found, population.group)
    return {
        **{f"gf_{role}": found.counts[:, i] for i, role in enumerate(brokerage.ROLES)},
        "gf_total": found.total,
        **{f"gf_{role}_ratio": ratios[:, i] for i, role in enumerate(brokerage.ROLES)},
        "gf_boundary_ratio": brokerage.boundary_over_expected(found, population.group),
    }


def _tie_types(population: Population) -> dict[str, NDArray[Any]]:
    found = dyads.tie_types(population.mutual)
    n = population.n
    return {
        f"n_{kind}_ties": np.bincount(found.ego[found.kind == kind], minlength=n).astype(np.int64)
        for kind in ("strong", "diverse")
    }
