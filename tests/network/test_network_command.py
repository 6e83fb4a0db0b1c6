"""`kithwork network` on classic networks: files, columns, summary, graph files others can read."""

import json

import igraph
import networkx as nx
import numpy as np
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from dagster_project.commands.network import network
from tests.factories.graphs import BROKERAGE_ARCS, BROKERAGE_NODES, DATA, LOCAL_DATA

COLUMNS = {
    *("node_id", "network_size", "degree_in", "degree_out", "strength_in", "strength_out", "betweenness"),
    *("betweenness_raw", "harmonic_centrality", "pagerank", "coreness", "local_clustering"),
    *("effective_size", "efficiency", "constraint_wholenet", "gf_coordinator", "gf_consultant"),
    *("gf_gatekeeper", "gf_representative", "gf_liaison", "gf_total", "ei_index_person"),
    "participation_coef",
}


def run(*arguments):
    app = typer.Typer()
    app.command()(network)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def persons(folder):
    rows = pq.read_table(folder / "persons.parquet").to_pylist()
    return {row["node_id"]: row for row in rows}


def test_kite_from_files(tmp_path):
    result = run(
        DATA / "kite_edges.csv",
        "--nodes",
        DATA / "kite_nodes.csv",
        "--undirected",
        "--out",
        tmp_path / "kite",
    )
    assert result.exit_code == 0, result.output
    found = persons(tmp_path / "kite")
    assert set(next(iter(found.values()))) >= COLUMNS
    assert found["8"]["betweenness_raw"] == pytest.approx(14.0)
    assert found["4"]["network_size"] == 6
    assert found["8"]["betweenness"] == pytest.approx(9 / 36)
    assert found["8"]["constraint_wholenet"] == pytest.approx(0.4311, abs=1e-4)
    summary = json.loads((tmp_path / "kite" / "summary.json").read_text())
    assert summary["n_ties"] == 18 and summary["modularity_detected"] == pytest.approx(0.2222, abs=1e-4)
    assert "mean little below 30" in result.output


def test_other_definitions_of_structural_holes_come_only_when_asked_for(tmp_path):
    arguments = (DATA / "kite_edges.csv", "--undirected", "--out", tmp_path / "kite")
    assert run(*arguments).exit_code == 0
    assert "constraint_ego" not in persons(tmp_path / "kite")["8"]
    assert run(*arguments, "--ego").exit_code == 0
    heather = persons(tmp_path / "kite")["8"]
    assert heather["constraint_ego"] == pytest.approx(0.6111, abs=1e-4)
    assert heather["constraint_wholenet"] == pytest.approx(0.4311, abs=1e-4)


def test_brokerage_example_from_files(tmp_path):
    edges, nodes = tmp_path / "e.csv", tmp_path / "n.csv"
    edges.write_text("from,to\n" + "\n".join(arc.replace(">", ",") for arc in BROKERAGE_ARCS.split()))
    nodes.write_text("id,unit\n" + "\n".join(f"{node},{node[0]}" for node in BROKERAGE_NODES[::-1]))
    result = run(edges, "--nodes", nodes, "--group", "unit", "--ties", "either", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    found = persons(tmp_path / "o")
    assert [found["b1"][f"gf_{r}"] for r in ("coordinator", "gatekeeper", "representative", "liaison")] == [
        1,
        2,
        2,
        2,
    ]
    assert found["b1"]["effective_size"] == pytest.approx(4.0)
    assert found["c1"]["ei_index_person"] == pytest.approx(0.5)
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert summary["ei_index"] == 0 and summary["ei_p_value"] == pytest.approx(0.0071, abs=1e-4)
    groups = {row["group"]: row for row in pq.read_table(tmp_path / "o" / "groups.parquet").to_pylist()}
    assert groups["c"]["ei_index"] == pytest.approx(0.6667, abs=1e-4)


def test_graph_files_open_elsewhere_with_the_same_edges(tmp_path):
    run(
        DATA / "ht_advice_edges.csv",
        "--nodes",
        DATA / "ht_advice_nodes.csv",
        "--group",
        "dept",
        "--out",
        tmp_path,
    )
    edges = pq.read_table(tmp_path / "edges.parquet").to_pylist()
    expected = {(row["from_node_id"], row["to_node_id"]) for row in edges}
    assert len(expected) == 190
    gexf = nx.read_gexf(tmp_path / "graph.gexf")
    assert set(gexf.edges()) == expected
    graphml = igraph.Graph.Read_GraphML(str(tmp_path / "graph.graphml"))
    ids = graphml.vs["id"]
    assert {(ids[a], ids[b]) for a, b in graphml.get_edgelist()} == expected
    found = persons(tmp_path)
    assert dict(zip(ids, graphml.vs["degree_in"], strict=True)) == {
        k: v["degree_in"] for k, v in found.items()
    }
    assert {n: d["group"] for n, d in gexf.nodes(data=True)} == {k: v["group"] for k, v in found.items()}
    xy = np.column_stack([graphml.vs["x"], graphml.vs["y"]])
    assert len(np.unique(xy.round(3), axis=0)) == 21


def test_special_characters_in_ids_survive(tmp_path):
    edges = tmp_path / "e.csv"
    edges.write_text('from,to\n"A & <B>","say ""hi"""\n"say ""hi""","A & <B>"\n')
    result = run(edges, "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    ids = {"A & <B>", 'say "hi"'}
    assert set(nx.read_gexf(tmp_path / "o" / "graph.gexf").nodes()) == ids
    assert set(nx.read_graphml(tmp_path / "o" / "graph.graphml").nodes()) == ids


def test_the_same_seed_gives_the_same_files(tmp_path):
    for name in ("one", "two"):
        run(DATA / "karate_edges.csv", "--undirected", "--out", tmp_path / name, "--seed", 4)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.csv"], "no such file"),
        ([DATA / "kite_edges.csv", "--group", "team"], "needs --nodes"),
        ([DATA / "kite_edges.csv", "--weight", "mass"], "no column mass"),
    ],
)
def test_mistakes_are_told_and_exit_with_2(tmp_path, arguments, message):
    result = run(*arguments, "--out", tmp_path)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("edges", "nodes", "n_nodes"),
    [("from,to\n", None, 0), ("from,to\n", "id,team\na,1\n", 1), ("from,to\na,a\n", None, 1)],
)
def test_networks_without_a_tie_are_told_and_not_guessed(tmp_path, edges, nodes, n_nodes):
    """No edge at all, one node alone, a node tied to itself alone: counts 0, the rest undefined."""
    (tmp_path / "edges.csv").write_text(edges)
    arguments = [tmp_path / "edges.csv", "--out", tmp_path / "out"]
    if nodes:
        (tmp_path / "nodes.csv").write_text(nodes)
        arguments += ["--nodes", tmp_path / "nodes.csv", "--group", "team"]
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["n_nodes"], summary["n_ties"], summary["n_communities"]) == (n_nodes, 0, 0)
    assert summary["modularity_detected"] is summary["reciprocity"] is summary["ei_index"] is None


def test_published_figures_of_the_institution_mail_network():
    """SNAP's email-Eu-core: components, clustering and triangles as published with the data."""
    path = LOCAL_DATA / "networks" / "email-Eu-core.txt"
    if not path.exists():
        pytest.skip("the mail network of the research institution is not at hand")
    from assets.network.edge_list import read_edges, read_nodes, vertex_numbers
    from assets.network.graph import Graph, symmetrised
    from assets.network.graph_shape import component_sizes
    from assets.network.structural_holes import ego_structure

    edges = read_edges(path)
    nodes = read_nodes(None, edges)
    assert (nodes.ids.size, edges.weights.size) == (1_005, 25_571)
    graph = Graph.from_edges(nodes.ids.size, *vertex_numbers(nodes, edges))
    assert component_sizes(graph).max() == 986
    assert max(graph.igraph.connected_components(mode="strong").sizes()) == 803
    for engine in ("igraph", "kernels"):
        ego = ego_structure(symmetrised(graph, "weak"), engine=engine)
        assert ego.triangles.sum() / 3 == 105_461
        assert np.nan_to_num(ego.local_clustering).mean() == pytest.approx(0.3994, abs=1e-4)
