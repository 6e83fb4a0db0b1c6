"""Graphs as files that Gephi, R, Python and yEd open: GraphML and GEXF, coordinates included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph

_GRAPHML_TYPES: Final = {"boolean": "boolean", "integer": "long", "float": "double", "string": "string"}
_GEXF_TYPES: Final = {"boolean": "boolean", "integer": "long", "float": "double", "string": "string"}
_SCALE: Final = 1_000.0
"""Viewers think in points: coordinates of -1..1 would lie on one spot."""

Attributes = Mapping[str, list[Any]]


def write_graphml(
    path: Path, graph: Graph, ids: list[str], attributes: Attributes, xy: NDArray[np.float64]
) -> None:
    """GraphML with one key per attribute, ``x`` and ``y``; undefined values are left out."""
    everything = {**attributes, "x": (xy[:, 0] * _SCALE).tolist(), "y": (xy[:, 1] * _SCALE).tolist()}
    kinds = {name: kind_of(values) for name, values in everything.items()}
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for name, kind in kinds.items():
            file.write(
                f'<key id={quoteattr("n_" + name)} for="node" attr.name={quoteattr(name)} '
                f'attr.type="{_GRAPHML_TYPES[kind]}"/>\n'
            )
        file.write('<key id="e_weight" for="edge" attr.name="weight" attr.type="double"/>\n')
        default = "directed" if graph.is_directed else "undirected"
        file.write(f'<graph id="network" edgedefault="{default}">\n')
        for row, node in enumerate(ids):
            data = "".join(
                f"<data key={quoteattr('n_' + name)}>{_text(values[row])}</data>"
                for name, values in everything.items()
                if is_defined(values[row])
            )
            file.write(f"<node id={quoteattr(node)}>{data}</node>\n")
        for a, b, weight in _edges(graph, ids):
            file.write(f'<edge source={a} target={b}><data key="e_weight">{weight!r}</data></edge>\n')
        file.write("</graph>\n</graphml>\n")


def write_gexf(
    path: Path, graph: Graph, ids: list[str], attributes: Attributes, xy: NDArray[np.float64]
) -> None:
    """GEXF 1.3 with positions in the viz namespace; undefined values are left out."""
    kinds = {name: kind_of(values) for name, values in attributes.items()}
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">\n')
        default = "directed" if graph.is_directed else "undirected"
        file.write(f'<graph defaultedgetype="{default}">\n<attributes class="node">\n')
        for name, kind in kinds.items():
            file.write(
                f'<attribute id={quoteattr(name)} title={quoteattr(name)} type="{_GEXF_TYPES[kind]}"/>\n'
            )
        file.write("</attributes>\n<nodes>\n")
        for row, node in enumerate(ids):
            values = "".join(
                f'<attvalue for={quoteattr(name)} value="{_attribute(column[row])}"/>'
                for name, column in attributes.items()
                if is_defined(column[row])
            )
            x, y = (float(value) * _SCALE for value in xy[row])
            file.write(
                f"<node id={quoteattr(node)} label={quoteattr(node)}><attvalues>{values}</attvalues>"
                f'<viz:position x="{x:.3f}" y="{y:.3f}" z="0.0"/></node>\n'
            )
        file.write("</nodes>\n<edges>\n")
        for number, (a, b, weight) in enumerate(_edges(graph, ids)):
            file.write(f'<edge id="{number}" source={a} target={b} weight="{weight!r}"/>\n')
        file.write("</edges>\n</graph>\n</gexf>\n")


def kind_of(values: list[Any]) -> str:
    """``boolean``, ``integer``, ``float`` or ``string``, by the first defined value."""
    first = next((value for value in values if value is not None), "")
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, int):
        return "integer"
    return "float" if isinstance(first, float) else "string"


def is_defined(value: Any) -> bool:
    """NULL and NaN have no place in a graph file."""
    return value is not None and value == value


def _edges(graph: Graph, ids: list[str]) -> Iterable[tuple[str, str, float]]:
    quoted = [quoteattr(node) for node in ids]
    columns = (graph.src.tolist(), graph.dst.tolist(), graph.weight.tolist())
    return ((quoted[a], quoted[b], weight) for a, b, weight in zip(*columns, strict=True))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else escape(str(value))


def _attribute(value: Any) -> str:
    return _text(value).replace('"', "&quot;")
