"""What ``kithwork network`` leaves behind: tables, graph files, summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from assets.network.analysis import Analysis
from assets.network.graph_files import write_gexf, write_graphml

NODE_ATTRIBUTES: Final = (
    "group",
    "community",
    "network_size",
    "degree_in",
    "degree_out",
    "strength_in",
    "strength_out",
    "betweenness",
    "betweenness_raw",
    "harmonic_centrality",
    "pagerank",
    "coreness",
    "local_clustering",
    "effective_size",
    "constraint_wholenet",
    "participation_coef",
    "ei_index_person",
    "gf_total",
    "is_articulation",
)


def write_analysis(folder: Path, found: Analysis) -> list[str]:
    """Write all files into ``folder`` (made if needed, same names replaced); returns their names.

    The graph files hold the directed ties; ``nodes`` and ``edges`` are the same graph as Parquet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "persons": found.persons,
        "groups": found.groups,
        "pairs": found.pairs,
        "nodes": found.persons.select(["node_id", "group", "community", "x", "y"]),
        "edges": _edges(found),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    attributes = {name: found.persons[name].to_pylist() for name in NODE_ATTRIBUTES}
    write_graphml(folder / "graph.graphml", found.directed, found.ids, attributes, found.xy)
    write_gexf(folder / "graph.gexf", found.directed, found.ids, attributes, found.xy)
    text = json.dumps(_without_nan(found.summary), indent=2, ensure_ascii=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    return [*(f"{name}.parquet" for name in tables), "graph.graphml", "graph.gexf", "summary.json"]


def _edges(found: Analysis) -> pa.Table:
    ids = pa.array(found.ids, pa.string())
    graph = found.directed
    return pa.table(
        {
            "from_node_id": ids.take(pa.array(graph.src)),
            "to_node_id": ids.take(pa.array(graph.dst)),
            "weight": graph.weight,
        }
    )


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and value != value else value
