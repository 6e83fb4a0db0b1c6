"""Ties regressed on chart and place: against dense matrices, with known causes, where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest

from assets.network.graph import Graph
from assets.network.mrqap import mrqap
from tests.factories.graphs import random_graph


def dense(part: Graph | np.ndarray, n: int) -> np.ndarray:
    if isinstance(part, np.ndarray):
        return (part[:, None] == part[None, :]).astype(float)
    matrix = np.zeros((n, n))
    matrix[part.src, part.dst] = matrix[part.dst, part.src] = 1.0
    return matrix


def by_matrices(outcome: Graph, predictors: list, *, permutations: int, seed: int) -> tuple:
    """Coefficients and p by least squares on all pairs, one permutation after the other."""
    n = outcome.n
    upper = np.triu_indices(n, 1)
    y = dense(outcome, n)[upper]
    columns = [np.ones(y.size), *(dense(part, n)[upper] for part in predictors)]
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(n) for _ in range(permutations)]
    p_values = []
    for j in range(1, len(columns)):
        others = np.column_stack([c for i, c in enumerate(columns) if i != j])
        own = columns[j] - others @ np.linalg.lstsq(others, columns[j], rcond=None)[0]
        square = np.zeros((n, n))
        square[upper] = own
        square += square.T
        observed = t_statistic(y, others, own)
        hits = 1
        for order in orders:
            renamed = np.empty_like(square)
            renamed[np.ix_(order, order)] = square
            hits += abs(t_statistic(y, others, renamed[upper])) >= abs(observed) * (1 - 1e-9)
        p_values.append(hits / (permutations + 1))
    coefficients = np.linalg.lstsq(np.column_stack(columns), y, rcond=None)[0]
    return coefficients[1:], np.array(p_values)


def t_statistic(y: np.ndarray, others: np.ndarray, own: np.ndarray) -> float:
    design = np.column_stack([others, own])
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    variance = np.sum((y - design @ coefficients) ** 2) / (y.size - design.shape[1])
    return float(coefficients[-1] / np.sqrt(variance * np.linalg.inv(design.T @ design)[-1, -1]))


@pytest.mark.parametrize("seed", [seed for seed in range(16) if seed % 8 not in (3, 7)])
def test_counts_of_pairs_give_what_matrices_give(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 20))
    outcome, chart = (
        random_graph(k, is_directed=False, is_weighted=False, n=n) for k in (seed, 8 * seed + 6)
    )
    predictors = [chart, rng.integers(0, 3, n), rng.integers(5, 9, n)][: 1 + seed % 3]
    found = mrqap(outcome, predictors, permutations=99, seed=seed)
    coefficients, p_values = by_matrices(outcome, predictors, permutations=99, seed=seed)
    np.testing.assert_allclose(found.coefficients, coefficients, atol=1e-10)
    np.testing.assert_allclose(found.p_values, p_values)


def test_a_cause_is_told_from_its_companion():
    """Ties follow the place; the chart follows the place too and adds nothing."""
    rng = np.random.default_rng(5)
    n = 120
    place = rng.integers(0, 6, n)
    a, b = np.triu_indices(n, 1)
    same = place[a] == place[b]

    def drawn(within: float, across: float) -> Graph:
        kept = rng.random(a.size) < np.where(same, within, across)
        return Graph.from_edges(n, a[kept], b[kept], is_directed=False)

    chart, ties = drawn(0.3, 0.01), drawn(0.4, 0.05)
    alone = mrqap(ties, [chart], permutations=199)
    both = mrqap(ties, [chart, place], permutations=199)
    assert alone.p_values[0] == pytest.approx(1 / 200)
    assert both.p_values[1] == pytest.approx(1 / 200)
    assert both.p_values[0] > 0.05
    assert both.coefficients[1] == pytest.approx(0.35, abs=0.05)
    assert abs(both.coefficients[0]) < 0.05


@pytest.mark.parametrize(
    "predictors",
    [
        [np.zeros(20, dtype=np.int64)],
        [np.arange(20)],
        [np.arange(20) % 3, np.arange(20) % 3 + 7],
        [Graph.from_edges(20, [], [], is_directed=False)],
    ],
    ids=["one place", "a place each", "the same twice", "no chart"],
)
def test_what_cannot_be_told_apart_has_no_coefficient(predictors):
    found = mrqap(random_graph(3, is_directed=False, is_weighted=False, n=20), predictors, permutations=9)
    assert np.isnan(found.coefficients).all()
    assert np.isnan(found.p_values).all()


def test_no_tie_and_nothing_but_ties():
    a, b = np.triu_indices(10, 1)
    for outcome in (
        Graph.from_edges(10, [], [], is_directed=False),
        Graph.from_edges(10, a, b, is_directed=False),
    ):
        assert np.isnan(mrqap(outcome, [np.arange(10) % 2], permutations=9).coefficients).all()
