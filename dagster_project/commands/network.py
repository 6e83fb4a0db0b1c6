"""`kithwork network`: every network metric for any edge list, without a warehouse."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.console import console, fail, good, note, warn


class Ties(StrEnum):
    """Which ties the undirected metrics see."""

    mutual = "mutual"
    either = "either"


class Flow(StrEnum):
    """Which way information runs along an edge."""

    along = "along"
    against = "against"


def network(
    edges: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet, one edge per line; ends are columns named from/to, source/target, "
            "sender/recipient or respondent/nominee, else the first two."
        ),
    ],
    nodes: Annotated[Path | None, typer.Option(help="CSV or Parquet, one node per line.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of NODES with each node's group.")] = None,
    out: Annotated[
        Path,
        typer.Option(help="Folder for the tables (Parquet), the graph (GraphML, GEXF) and summary.json."),
    ] = Path("network"),
    directed: Annotated[
        bool, typer.Option("--directed/--undirected", help="Undirected: a line stands for both directions.")
    ] = True,
    weight: Annotated[
        str | None, typer.Option(help="Weight column, if it is not called weight; without one all are 1.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(help="Time column: ties of the last 91 days, decayed, on 2 days or more, from .5 on."),
    ] = None,
    ties: Annotated[
        Ties, typer.Option(help="Undirected metrics of directed data: ties both ways, or either way.")
    ] = Ties.mutual,
    flow: Annotated[
        Flow,
        typer.Option(help="Whether information runs along an edge or against it ('whom do you ask?')."),
    ] = Flow.along,
    window_days: Annotated[int, typer.Option(min=1, help="With --time: days that count.")] = 91,
    half_life_days: Annotated[float, typer.Option(min=0.1, help="With --time: decay.")] = 28.0,
    theta: Annotated[float, typer.Option(min=0.0, help="With --time: smallest strength of a tie.")] = 0.5,
    min_event_days: Annotated[int, typer.Option(min=1, help="With --time: fewest days.")] = 2,
    permutations: Annotated[int, typer.Option(min=0, help="Shuffles behind the E-I index's p.")] = 1_000,
    restarts: Annotated[int, typer.Option(min=1, help="Leiden runs; the best counts.")] = 50,
    ego: Annotated[
        bool, typer.Option("--ego", help="Also constraint and effective size inside each ego network.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 1,
) -> None:
    """Network metrics of an edge list: tables, graph files and a summary."""
    from assets.network.analysis import AnalysisOptions, analyse
    from assets.network.analysis_files import write_analysis
    from assets.network.edge_list import read_edges, read_nodes
    from assets.network.graph import GraphInputError

    try:
        edge_list = read_edges(edges, weight=weight, time=time)
        node_list = read_nodes(nodes, edge_list, group=group)
        _say_what_takes_long(node_list.ids.size)
        found = analyse(
            edge_list,
            node_list,
            AnalysisOptions(
                is_directed=directed,
                mutuality=ties.value,
                is_reversed=flow is Flow.against,
                window_days=window_days,
                half_life_days=half_life_days,
                theta=theta,
                min_event_days=min_event_days,
                seed=seed,
                permutations=permutations,
                restarts=restarts,
                with_ego=ego,
            ),
        )
    except GraphInputError as error:
        fail(str(error), code=2)
    try:
        files = write_analysis(out, found)
    except OSError as error:
        fail(f"{out}: cannot write there ({error.strerror}); name another folder with --out", code=1)
    _show(edges, edge_list.columns, found)
    good(f"{', '.join(files)} in {out}")


def _say_what_takes_long(n: int) -> None:
    from assets.network.centrality import EXACT_VERTICES
    from assets.network.engine import KERNEL_VERTICES

    if n > KERNEL_VERTICES:
        from assets.network.compilation import kernels_to_compile

        missing = kernels_to_compile()
        if missing:
            note(f"Compiling {', '.join(missing)} (once, about half a minute) ...")
    if n > EXACT_VERTICES:
        note(f"{n:,} nodes: paths are counted from sampled pivots; standard errors are in the table")


def _show(edges: Path, columns: tuple[str, str], found: Any) -> None:
    from rich.table import Table

    whole = found.summary
    console.rule(f"{edges.name}: {columns[0]} > {columns[1]}")
    lines = [
        ("nodes", f"{whole['n_nodes']:,} ({whole['n_isolates']:,} without an undirected tie)"),
        ("arcs, undirected ties", f"{whole['n_arcs']:,}, {whole['n_ties']:,} ({whole['undirected_ties']})"),
        ("components", f"{whole['n_components']:,}, the largest with {whole['largest_component']:,} nodes"),
        ("density, clustering", f"{_number(whole['density'])}, {_number(whole['transitivity'])}"),
        ("reciprocity", _number(whole["reciprocity"])),
        (
            "communities",
            f"{whole['n_communities']:,} of two or more, modularity {_number(whole['modularity_detected'])}",
        ),
        ("nodes whose loss cuts the net", str(whole["n_critical_people"])),
    ]
    if whole["ei_expected"] is not None:
        index, chance, p = (_number(whole[f"ei_{name}"]) for name in ("index", "expected", "p_value"))
        lines.append(("modularity of the groups", _number(whole["modularity_formal"])))
        lines.append(("E-I index of the groups", f"{index}, by chance {chance}, p {p}"))
    for name, value in lines:
        console.print(f"  {name:<32}{value}")
    for loss in whole["key_person_loss"] or []:
        console.print(
            f"  {'without the top ' + format(loss['share_removed'], '.0%'):<32}"
            f"largest component {loss['largest_component']:,}, mean distance {_number(loss['mean_distance'])}"
        )
    table = Table("node", "group", "ties", "betweenness", "constraint", "brokered", box=None, pad_edge=False)
    rows = found.persons.select(
        ["node_id", "group", "network_size", "betweenness_raw", "constraint_wholenet", "gf_total"]
    ).to_pylist()
    rows.sort(key=lambda row: (-row["betweenness_raw"], row["node_id"]))
    for row in rows[:10]:
        table.add_row(
            row["node_id"].replace("[", "\\["),
            (row["group"] or "").replace("[", "\\["),
            str(row["network_size"]),
            f"{row['betweenness_raw']:,.1f}",
            _number(row["constraint_wholenet"]),
            str(row["gf_total"]),
        )
    console.print("\nMost between others:")
    console.print(table)
    silos = [row["group"] for row in found.groups.to_pylist() if row["silo_flag"]]
    if silos:
        console.print(f"\nTurned inwards beyond chance: {', '.join(silos)}".replace("[", "\\["))
    for warning in whole["warnings"]:
        warn(warning)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3g}"
