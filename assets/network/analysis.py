"""Every metric for any edge list: what ``kithwork network`` computes, without a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from assets.network import centrality, communities, robustness, roles, structural_holes
from assets.network.brokerage import Brokerage, boundary_over_expected, external_units_reached
from assets.network.edge_list import EdgeList, NodeList, vertex_numbers
from assets.network.graph import Graph, symmetrised
from assets.network.layout import layout
from assets.network.population import Population
from assets.network.role_stability import Events, ties_of
from assets.network.snapshot import SnapshotOptions, snapshot_of
from assets.network.ties import directed_ties, mutual_ties

SIMULATED_VERTICES: Final = 5_000
"""Up to here the summary simulates the loss of key people."""
GF_COLUMNS: Final = ("coordinator", "consultant", "gatekeeper", "representative", "liaison")
GROUP_COLUMNS: Final = (
    "group",
    "ei_index_person",
    "participation_coef",
    *(f"gf_{role}" for role in GF_COLUMNS),
    "is_boundary_spanner",
    "is_central_connector",
    "is_hub",
)
"""Undefined, and so NULL, when nobody said which group a node belongs to."""

Mutuality = Literal["mutual", "either"]


@dataclass(frozen=True)
class AnalysisOptions:
    """How edges become ties.

    ``mutuality``: undirected metrics run on ties that go both ways (geometric mean) or on ties that
    go at least one way (sum). ``is_reversed``: arcs run against the flow of information ("whom do
    you ask?"), so brokerage turns them. ``with_ego``: also structural holes as seen inside each ego
    network, on the undirected ties. The window, its decay, ``theta`` and ``min_event_days``
    apply to edges with times only.
    """

    is_directed: bool = True
    mutuality: Mutuality = "mutual"
    is_reversed: bool = False
    window_days: int = 91
    half_life_days: float = 28.0
    theta: float = 0.5
    min_event_days: int = 2
    seed: int = 1
    permutations: int = 1_000
    restarts: int = 50
    with_ego: bool = False


@dataclass(frozen=True)
class Analysis:
    """Tables, the two graphs, coordinates and a summary fit for JSON."""

    ids: list[str]
    directed: Graph
    mutual: Graph
    persons: pa.Table
    groups: pa.Table
    pairs: pa.Table
    xy: NDArray[np.float64]
    summary: dict[str, Any]


def analyse(edges: EdgeList, nodes: NodeList, options: AnalysisOptions | None = None) -> Analysis:
    """Metrics of table C per node, of section D per group, per pair of groups and of the whole.

    No metric is withheld for small graphs here: the summary says when numbers are too few to mean
    much. Raises :class:`assets.network.graph.GraphInputError` where the edges cannot be a graph.
    """
    chosen = options or AnalysisOptions()
    population, warnings = _population(edges, nodes, chosen)
    gates_open = SnapshotOptions(
        seed=chosen.seed,
        min_nodes=0,
        min_coverage=-1.0,
        min_ties=0,
        min_modularity_nodes=0,
        permutations=chosen.permutations,
        leiden_restarts=chosen.restarts if population.n <= centrality.EXACT_VERTICES else 1,
    )
    found = snapshot_of(date(1970, 1, 1), population, gates_open)
    persons = found.tables["person_month"]
    community = np.asarray(persons["community"].to_pylist(), dtype=np.int64)
    xy = layout(population.mutual, community, seed=chosen.seed)
    ids = [str(node) for node in nodes.ids.tolist()]
    pivots = gates_open.pivots if population.n > gates_open.exact_vertices else None
    raw = centrality.betweenness(population.mutual, pivots=pivots, seed=chosen.seed)
    persons = _persons(persons, ids, nodes, raw, population, xy)
    if chosen.with_ego:
        persons = _with_ego(persons, population.mutual)
    groups = _labelled(found.tables["org_unit_month"], nodes, {"org_unit_key": "group"})
    pairs = _labelled(
        found.tables["org_unit_pair_month"],
        nodes,
        {"from_org_unit_key": "from_group", "to_org_unit_key": "to_group"},
    )
    whole = found.tables["organisation_month"].drop(["month_start"]).to_pylist()[0]
    if not nodes.has_groups:
        persons, groups = _without(persons, GROUP_COLUMNS), groups.slice(0, 0)
        whole |= dict.fromkeys(("modularity_formal", "ei_index", "ei_expected", "ei_p_value"))
    summary = {
        **whole,
        "betweenness_method": raw.method,
        "undirected_ties": "as given" if not chosen.is_directed else chosen.mutuality,
        "agreement_of_communities_with_groups": communities.normalised_mutual_information(
            community, population.group
        )
        if population.n and nodes.has_groups
        else None,
        "n_critical_people": int(
            robustness.critical_people(
                population.mutual, directed=population.directed, groups=population.group
            ).sum()
        ),
        "key_person_loss": _key_person_loss(population.mutual),
        "warnings": [*nodes.warnings, *warnings, *_doubts(population, chosen)],
    }
    return Analysis(ids, population.directed, population.mutual, persons, groups, pairs, xy, summary)


def _population(edges: EdgeList, nodes: NodeList, options: AnalysisOptions) -> tuple[Population, list[str]]:
    src, dst = vertex_numbers(nodes, edges)
    n = nodes.ids.size
    warnings = []
    loops = int(np.sum(src == dst))
    if loops:
        warnings.append(f"{loops} edges join a node with itself; they are left out")
    seen = np.zeros(n, dtype=bool)
    seen[src[src != dst]] = True
    seen[dst[src != dst]] = True
    if edges.times is not None:
        directed, mutual = _timed(n, src, dst, edges, edges.times, options)
    elif options.is_directed:
        directed = Graph.from_edges(n, src, dst, edges.weights)
        mutual = symmetrised(directed, "mutual")
    else:
        mutual = Graph.from_edges(n, src, dst, edges.weights, is_directed=False)
        directed = Graph(n, *mutual.arcs)
    if options.is_directed and options.mutuality == "either":
        mutual = symmetrised(directed, "sum")
    repeated = src.size - loops - (directed if options.is_directed else mutual).n_edges
    if repeated > 0 and edges.times is None:
        warnings.append(f"{repeated} edges repeat a pair or weigh 0; weights of one pair are added up")
    flow = (
        Graph.from_edges(n, directed.dst, directed.src, directed.weight) if options.is_reversed else directed
    )
    population = Population(
        person_key=np.arange(n, dtype=np.int64),
        person_id=nodes.ids,
        group=nodes.group,
        is_measured=np.ones(n, dtype=bool),
        raw=directed,
        directed=directed,
        mutual=mutual,
        flow=flow,
        seen=seen,
        n_unknown_ends=0,
    )
    return population, warnings


def _timed(
    n: int,
    src: NDArray[np.int64],
    dst: NDArray[np.int64],
    edges: EdgeList,
    times: pl.Series,
    options: AnalysisOptions,
) -> tuple[Graph, Graph]:
    """Ties of the window that ends with the last edge: decayed by day, with both thresholds."""
    day = times.dt.date().cast(pl.Int32).to_numpy().astype(np.int64)
    age = int(day.max(initial=0)) - day
    inside = (age < options.window_days) & (src != dst)
    weight = edges.weights * 0.5 ** (age / options.half_life_days)
    if not options.is_directed:
        src, dst = np.r_[src, dst], np.r_[dst, src]
        inside, weight, day = np.tile(inside, 2), np.tile(weight, 2), np.tile(day, 2)
    ties = ties_of(Events(src[inside], dst[inside], weight[inside], day[inside]))
    return (
        directed_ties(n, ties, theta=options.theta, min_event_days=options.min_event_days),
        mutual_ties(n, ties, theta=options.theta, min_event_days=options.min_event_days),
    )


def _persons(
    table: pa.Table,
    ids: list[str],
    nodes: NodeList,
    raw: centrality.Estimate,
    population: Population,
    xy: NDArray[np.float64],
) -> pa.Table:
    """Table C with readable ids and groups, raw betweenness, role candidates and coordinates."""
    labels = [nodes.group_labels[key] for key in nodes.group.tolist()]
    table = table.drop(["month_start", "person_key", "group_key", "is_measured"])
    columns = {name: table[name] for name in table.column_names}
    front = {"node_id": pa.array(ids, pa.string()), "group": pa.array(labels, pa.string())}
    extra: dict[str, pa.Array] = {"betweenness_raw": pa.array(raw.values)}
    for name, mask in role_candidates(columns, population).items():
        extra[f"is_{name}"] = pa.nulls(len(ids), pa.bool_()) if mask is None else pa.array(mask)
    extra |= {"x": pa.array(xy[:, 0]), "y": pa.array(xy[:, 1])}
    return pa.table({**front, **columns, **extra})


def _with_ego(persons: pa.Table, mutual: Graph) -> pa.Table:
    """Other definitions of two metrics; not comparable with those on the whole network."""
    for name, values in {
        "constraint_ego": structural_holes.constraint_ego(mutual),
        "effective_size_valued": structural_holes.effective_size_valued(mutual),
    }.items():
        persons = persons.append_column(name, pa.array(values, from_pandas=True))
    return persons


def role_candidates(columns: dict[str, Any], population: Population) -> dict[str, roles.Mask | None]:
    """Role labels of one snapshot (candidates: no second quarter, no bootstrap)."""

    def numbers(name: str) -> NDArray[np.float64]:
        return np.asarray(columns[name].cast(pa.float64()).to_numpy(), dtype=np.float64)

    brokered = Brokerage(
        np.column_stack(
            [np.asarray(columns[f"gf_{role}"].to_pylist(), dtype=np.int64) for role in GF_COLUMNS]
        )
        if population.n
        else np.empty((0, 5), dtype=np.int64)
    )
    given = roles.PersonNetwork(
        group=population.group,
        measured=population.is_measured,
        degree=numbers("network_size"),
        degree_in=numbers("degree_in"),
        strength_in=numbers("strength_in"),
        strength_out=numbers("strength_out"),
        pagerank=numbers("pagerank"),
        coreness=numbers("coreness"),
        betweenness=numbers("betweenness"),
        constraint=numbers("constraint_wholenet"),
        participation=numbers("participation_coef"),
        boundary_ratio=boundary_over_expected(brokered, population.group),
        external_units=external_units_reached(population.mutual, population.group).astype(np.float64),
    )
    wanted = ("central_connector", "boundary_spanner", "information_broker", "hub", "peripheral")
    if population.n == 0:
        return dict.fromkeys(wanted)
    found = roles.role_labels(given)
    return {name: found[name] for name in wanted}


def _without(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """The table with these columns all NULL."""
    for name in names:
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.nulls(table.num_rows, table.schema.field(name).type))
    return table


def _labelled(table: pa.Table, nodes: NodeList, names: dict[str, str]) -> pa.Table:
    """Group keys replaced by their labels, the month dropped."""
    table = table.drop(["month_start"])
    columns = {}
    for name in table.column_names:
        if name in names:
            labels = [nodes.group_labels[key] for key in table[name].to_pylist()]
            columns[names[name]] = pa.array(labels, pa.string())
        else:
            columns[name] = table[name]
    return pa.table(columns)


def _key_person_loss(graph: Graph) -> list[dict[str, Any]] | None:
    if not 10 <= graph.n <= SIMULATED_VERTICES:
        return None
    return [
        {
            "share_removed": loss.share,
            "n_removed": loss.n_removed,
            "largest_component": loss.largest_component,
            "mean_distance": None if np.isnan(loss.mean_distance) else loss.mean_distance,
        }
        for loss in robustness.key_person_loss(graph)
    ]


def _doubts(population: Population, options: AnalysisOptions) -> list[str]:
    """What a reader should know before reading the numbers."""
    doubts = []
    if population.n < 30:
        doubts.append(f"{population.n} nodes: percentiles and comparisons mean little below 30")
    if population.directed.n_edges and not population.mutual.n_edges:
        doubts.append(
            "no tie goes both ways, so undirected metrics see no network; "
            "use --ties either, or --undirected if each line stands for both directions"
        )
    return doubts
