"""Renumbering for the cache changes no value."""

import numpy as np
import pytest

from assets.network import centrality
from assets.network.locality import by_community
from tests.factories.graphs import random_graph


@pytest.mark.parametrize("is_directed", [True, False])
def test_renumbered_graph_has_the_same_values_at_the_same_people(is_directed):
    for seed in range(6):
        graph = random_graph(seed, is_directed=is_directed, is_weighted=True, n=40)
        for membership in (None, np.arange(40) % 7):
            moved = by_community(graph, membership)
            np.testing.assert_array_equal(
                moved.restored(centrality.degree(moved.graph)), centrality.degree(graph)
            )
            for is_weighted in (True, False):
                np.testing.assert_allclose(
                    moved.restored(centrality.betweenness(moved.graph, is_weighted=is_weighted).values),
                    centrality.betweenness(graph, is_weighted=is_weighted).values,
                    atol=1e-9,
                )


def test_communities_lie_side_by_side():
    graph = random_graph(3, is_directed=False, is_weighted=False, n=30)
    membership = np.arange(30) % 3
    moved = by_community(graph, membership)
    placed = np.empty(30, dtype=np.int64)
    placed[moved.number] = membership
    assert (np.diff(placed) >= 0).all()
