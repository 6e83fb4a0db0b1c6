"""Networks as GraphML, for Gephi, R, Python and yEd.

Written row by row: a graph of millions of ties never stands in memory as objects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import polars as pl

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
)
_KINDS: Final = {bool: "boolean", int: "long", float: "double", str: "string"}


def write_graphml(
    path: Path,
    nodes: pl.DataFrame,
    edges: pl.DataFrame,
    *,
    title: str,
) -> None:
    """A directed graph.

    ``nodes``: column ``id`` and attributes. ``edges``: columns ``source``, ``target`` (ids) and
    attributes. NULL and NaN attributes are left out; other types become text. An edge whose
    ends are not among the nodes is an error (``ValueError``).
    """
    known = set(nodes["id"].cast(pl.String))
    stray = (set(edges["source"].cast(pl.String)) | set(edges["target"].cast(pl.String))) - known
    if stray:
        raise ValueError(f"edge to a node that is not there: {min(stray)}")
    node_keys = _attributes(nodes, ("id",))
    edge_keys = _attributes(edges, ("source", "target"))
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for place, keys in (("node", node_keys), ("edge", edge_keys)):
            for name, kind in keys.items():
                file.write(
                    f'  <key id="{place}_{name}" for="{place}" attr.name={quoteattr(name)} '
                    f'attr.type="{kind}"/>\n'
                )
        file.write(f'  <graph id={quoteattr(title)} edgedefault="directed">\n')
        for row in nodes.iter_rows(named=True):
            file.write(f"    <node id={quoteattr(str(row['id']))}>{_data('node', node_keys, row)}</node>\n")
        for row in edges.iter_rows(named=True):
            ends = f"source={quoteattr(str(row['source']))} target={quoteattr(str(row['target']))}"
            file.write(f"    <edge {ends}>{_data('edge', edge_keys, row)}</edge>\n")
        file.write("  </graph>\n</graphml>\n")


def _attributes(frame: pl.DataFrame, without: Sequence[str]) -> dict[str, str]:
    kinds = {}
    for name, dtype in frame.schema.items():
        if name in without:
            continue
        if dtype == pl.Boolean:
            kinds[name] = "boolean"
        elif dtype.is_integer():
            kinds[name] = "long"
        elif dtype.is_float():
            kinds[name] = "double"
        else:
            kinds[name] = "string"
    return kinds


def _data(place: str, keys: Mapping[str, str], row: Mapping[str, Any]) -> str:
    parts = []
    for name in keys:
        value = row[name]
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f'<data key="{place}_{name}">{escape(text)}</data>')
    return "".join(parts)


def latest(frame: pl.DataFrame, period: str) -> tuple[pl.DataFrame, date | None]:
    """The rows of the latest period, and which it is; None where there are no rows."""
    if frame.is_empty():
        return frame, None
    last = frame[period].max()
    return frame.filter(pl.col(period) == last), last  # type: ignore[return-value]


def unit_graph(
    units: pl.DataFrame, flows: pl.DataFrame, ends: tuple[str, str], without: Iterable[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges of the org units' graph from ``dim_org_unit`` and shown flows."""
    names = [c for c in ("org_unit_id", "name", "path_text", "depth") if c in units.columns]
    used = pl.concat([flows[ends[0]], flows[ends[1]]]).unique().rename("org_unit_key").to_frame()
    nodes = used.join(units, on="org_unit_key", how="left").select(pl.col("org_unit_key").alias("id"), *names)
    dropped = {*ends, *without}
    edges = flows.select(
        pl.col(ends[0]).alias("source"),
        pl.col(ends[1]).alias("target"),
        *(c for c in flows.columns if c not in dropped),
    )
    return nodes.sort("id"), edges.sort("source", "target")


def person_graph(persons: pl.DataFrame, ties: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges of the persons' graph, with pseudonymous ids.

    ``persons``: person_key, person_id. ``ties``: from_person_key, to_person_key, weight and
    further attributes.
    """
    ids = persons.select("person_key", "person_id").unique("person_key")
    edges = (
        ties.join(ids.rename({"person_key": "from_person_key", "person_id": "source"}), on="from_person_key")
        .join(ids.rename({"person_key": "to_person_key", "person_id": "target"}), on="to_person_key")
        .select(
            "source", "target", *(c for c in ties.columns if c not in ("from_person_key", "to_person_key"))
        )
    )
    used = pl.concat([edges["source"], edges["target"]]).unique().sort()
    return pl.DataFrame({"id": used}), edges.sort("source", "target")
