"""Which of the two engines computes a metric: igraph, or the kernels."""

from __future__ import annotations

from typing import Final, Literal

from assets.network.graph import Graph

Engine = Literal["auto", "igraph", "kernels"]
KERNEL_VERTICES: Final = 3_000
"""Below this many vertices igraph is done before numba has compiled its first kernel."""


def uses_kernels(graph: Graph, engine: Engine) -> bool:
    """Whether the kernels do the work for this graph."""
    return engine == "kernels" or (engine == "auto" and graph.n > KERNEL_VERTICES)
