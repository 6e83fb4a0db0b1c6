"""Edge and node lists as they come: columns, headers, bad lines; each refusal names line and value."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets.network.analysis import AnalysisOptions, analyse
from assets.network.edge_list import read_edges, read_nodes
from assets.network.graph import GraphInputError


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "ends"),
    [
        ("weight,from,to", ("from", "to")),
        ("x;Source;Target", ("Source", "Target")),
        ("sender\trecipient\tsent_at", ("sender", "recipient")),
        ("survey,respondent,nominee", ("respondent", "nominee")),
        ("who,whom,extra", ("who", "whom")),
    ],
)
def test_ends_are_found_by_name_or_place(tmp_path, header, ends):
    delimiter = next(d for d in ";\t," if d in header)
    line = delimiter.join(["1", "2", "3"])
    edges = read_edges(written(tmp_path, "e.csv", f"{header}\n{line}\n"))
    assert edges.columns == ends


def test_a_file_without_header_loses_no_edge(tmp_path):
    edges = read_edges(written(tmp_path, "e.txt", "# a comment\n0 1\n2 3\n"))
    assert edges.sources.to_list() == ["0", "2"]


def test_weights_come_from_weight_or_from_the_named_column_only(tmp_path):
    path = written(tmp_path, "e.csv", "from,to,amount,weight\na,b,7,2\n")
    assert read_edges(path).weights.tolist() == [2.0]
    assert read_edges(path, weight="amount").weights.tolist() == [7.0]
    plain = read_edges(written(tmp_path, "f.csv", "from,to,amount\na,b,7\n"))
    assert plain.weights.tolist() == [1.0] and not plain.has_weights


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "e.csv: the file is empty"),
        ("from,to\na,b\nc,\n", {}, "e.csv: line 3: to is empty"),
        ("from,to,weight\na,b,1\na,c,-2\n", {}, "e.csv: line 3: weight is '-2'"),
        ("from,to,weight\na,b,nan\n", {}, "e.csv: line 2: weight is 'nan'"),
        ("from,to,weight\na,b,heavy\n", {}, "e.csv: line 2: weight is 'heavy'"),
        ("from,to\na,b\n", {"weight": "w"}, "no column w; there are from, to"),
        ("from,to\na,b\n", {"time": "t"}, "no column t; there are from, to"),
        ("from,to,t\na,b,soon\n", {"time": "t"}, "e.csv: line 2: t is 'soon'"),
        ("from\na\n", {}, "an edge list has at least two"),
    ],
)
def test_bad_edge_lists(tmp_path, text, options, message):
    with pytest.raises(GraphInputError) as caught:
        read_edges(written(tmp_path, "e.csv", text), **options)
    assert message in str(caught.value)


def test_one_broken_line_among_many_is_named(tmp_path):
    lines = ["from,to,weight", *(f"a{i},b{i},1" for i in range(20_000))]
    lines[12_345] = "a,b,1,surplus"
    with pytest.raises(GraphInputError, match="line 12346 has 4 cells, line 1 has 3"):
        read_edges(written(tmp_path, "e.csv", "\n".join(lines)))


def test_missing_files_and_broken_parquet(tmp_path):
    with pytest.raises(GraphInputError, match="no such file"):
        read_edges(tmp_path / "none.csv")
    with pytest.raises(GraphInputError, match="not a readable Parquet file"):
        read_edges(written(tmp_path, "e.parquet", "no parquet"))


def test_parquet_keeps_numbers_as_ids(tmp_path):
    path = tmp_path / "e.parquet"
    pl.DataFrame({"source": [1, 2], "target": [2, 3], "weight": [1.5, 2.5]}).write_parquet(path)
    edges = read_edges(path)
    assert edges.sources.to_list() == ["1", "2"]
    assert edges.weights.tolist() == [1.5, 2.5]


def test_attributes_meet_nodes_by_id_whatever_their_order(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\nz,a\nm,z\n"))
    forward = written(tmp_path, "n.csv", "id,team\nz,red\na,blue\nm,red\n")
    backward = written(tmp_path, "m.csv", "team,id\nred,m\nblue,a\nred,z\n")
    for path in (forward, backward):
        nodes = read_nodes(path, edges, group="team")
        teams = {node: nodes.group_labels[g] for node, g in zip(nodes.ids, nodes.group, strict=True)}
        assert teams == {"a": "blue", "m": "red", "z": "red"}


def test_nodes_without_edges_and_edges_to_unlisted_nodes(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\na,b\nb,stranger\n"))
    nodes = read_nodes(written(tmp_path, "n.csv", "id,team\na,x\nb,\nlonely,x\n"), edges, group="team")
    assert nodes.ids.tolist() == ["a", "b", "lonely", "stranger"]
    labels = [nodes.group_labels[g] for g in nodes.group]
    assert labels == ["x", "(unknown)", "x", "(unknown)"]
    assert any("stranger" in warning for warning in nodes.warnings)
    assert any("1 nodes have no team" in warning for warning in nodes.warnings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,team\na,x\nb,y\na,z\n", "node a stands on line 2 and line 4"),
        ("id,team\na,x\n,y\n", "line 3: id is empty"),
        ("id,colour\na,x\n", "no column team; there are id, colour"),
    ],
)
def test_bad_node_lists(tmp_path, text, message):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\na,b\n"))
    with pytest.raises(GraphInputError, match=message):
        read_nodes(written(tmp_path, "n.csv", text), edges, group="team")


def test_empty_graph_and_single_node(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\n"))
    nothing = analyse(edges, read_nodes(None, edges))
    assert nothing.summary["n_nodes"] == 0 and nothing.persons.num_rows == 0
    one = analyse(edges, read_nodes(written(tmp_path, "n.csv", "id,team\na,x\n"), edges, group="team"))
    row = one.persons.to_pylist()[0]
    assert row["network_size"] == 0 and row["constraint_wholenet"] is None
    assert one.summary["modularity_formal"] is None


def test_edges_with_times_become_ties_of_the_last_window(tmp_path):
    rows = ["from,to,at"]
    rows += [f"a,b,2024-06-{day:02d}T09:00:00Z" for day in (1, 15, 30)]  # a tie
    rows += ["a,c,2024-06-30"]  # one day only
    rows += [f"a,d,2024-01-{day:02d}" for day in (1, 2, 3)]  # before the window
    edges = read_edges(written(tmp_path, "e.csv", "\n".join(rows)), time="at")
    found = analyse(edges, read_nodes(None, edges), AnalysisOptions())
    assert found.directed.n_edges == 1
    strength = sum(0.5 ** (age / 28) for age in (0, 15, 29))
    assert found.directed.weight[0] == pytest.approx(strength)


def test_seconds_since_1970_and_zoned_times_mean_the_same(tmp_path):
    for text in (
        "1717232400",
        "2024-06-01T09:00:00+00:00",
        "2024-06-01 11:00:00+02:00",
        "2024-06-01T09:00:00Z",
    ):
        edges = read_edges(written(tmp_path, "e.csv", f"from,to,at\na,b,{text}\n"), time="at")
        assert str(edges.times[0]) == "2024-06-01 09:00:00", text


def test_without_groups_group_metrics_are_null(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\na,b\nb,a\nb,c\n"))
    found = analyse(edges, read_nodes(None, edges))
    assert found.persons["ei_index_person"].to_pylist() == [None] * 3
    assert found.persons["gf_liaison"].to_pylist() == [None] * 3
    assert found.persons["gf_total"].to_pylist() == [0, 1, 0]
    assert found.groups.num_rows == 0 and found.summary["ei_index"] is None


def test_ties_either_way_see_what_mutual_ties_do_not(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\na,b\nb,c\n"))
    nodes = read_nodes(None, edges)
    mutual = analyse(edges, nodes)
    assert mutual.summary["n_ties"] == 0
    assert any("no tie goes both ways" in warning for warning in mutual.summary["warnings"])
    assert analyse(edges, nodes, AnalysisOptions(mutuality="either")).summary["n_ties"] == 2


def test_reversed_flow_swaps_gatekeepers_and_representatives(tmp_path):
    edges = read_edges(written(tmp_path, "e.csv", "from,to\na,b\nb,c\n"))
    nodes = read_nodes(written(tmp_path, "n.csv", "id,team\na,x\nb,x\nc,y\n"), edges, group="team")

    def brokered(**options):
        row = analyse(edges, nodes, AnalysisOptions(**options)).persons.to_pylist()[1]
        return row["gf_gatekeeper"], row["gf_representative"]

    assert brokered() == (0, 1)
    assert brokered(is_reversed=True) == (1, 0)


def test_order_of_lines_changes_nothing(tmp_path):
    rng = np.random.default_rng(3)
    lines = [f"n{a},n{b},{w}" for a, b, w in rng.integers(1, 30, (150, 3))]
    nodes_text = ["id,team", *(f"n{i},t{i % 3}" for i in rng.permutation(30))]
    results = []
    for seed in (0, 1):
        order = np.random.default_rng(seed).permutation(len(lines))
        shuffled = "\n".join(["from,to,weight", *(lines[i] for i in order)])
        edges = read_edges(written(tmp_path, "e.csv", shuffled))
        body = list(np.random.default_rng(seed + 9).permutation(nodes_text[1:]))
        nodes = read_nodes(written(tmp_path, "n.csv", "\n".join([nodes_text[0], *body])), edges, group="team")
        results.append(analyse(edges, nodes))
    assert results[0].persons.equals(results[1].persons)
    assert results[0].groups.equals(results[1].groups)
    assert results[0].summary == results[1].summary
