"""What readers find in a published version, and when."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.publish import version as versions
from assets.publish.catalogue import PublicationError, published_tables
from assets.publish.publication import SuppressionLeakError
from assets.quality.definition import CheckResult
from tests.factories.publication_case import dbt_manifest, publish_case

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    root = tmp_path_factory.mktemp("warehouse")
    warned = CheckResult(
        "K2", "identity match rate", "identity.accounts", ("identity", "accounts"), "warned",
        "K2 identity match rate: e.g. 0123abcd", 0.85, 0.97, "chat", 100, 15, ("0123abcd",),
        "two agencies without HR records", True,
    )  # fmt: skip
    publication = publish_case(root, results=(warned,))
    return root, publication


def test_readers_find_group_tables_with_descriptions_behind_the_pointer(warehouse):
    root, publication = warehouse
    assert publication.version.startswith("0001-2024-03-31-")
    with duckdb.connect(str(root / "published/current/kithwork.duckdb"), read_only=True) as connection:
        tables = dict(connection.execute("select table_name, comment from duckdb_tables()").fetchall())
        columns = dict(
            connection.execute(
                "select column_name, comment from duckdb_columns() where table_name like 'fct_part%'"
            ).fetchall()
        )
        rows = connection.execute(
            "select org_unit_key, participation_rate, suppression_reason from fct_participation_org_month "
            "where month_start = date '2024-03-01' order by 1"
        ).fetchall()
    assert set(tables) == {"dim_org_unit", "fct_flow", "fct_participation_org_month"}
    assert "it's described. Grain: one row per unit and month." in tables["fct_participation_org_month"]
    assert columns["participation_rate"] == "Share of people | who took part."
    assert [(unit, None if rate is None else float(rate), why) for unit, rate, why in rows] == [
        (0, 0.6, None),
        (1, 0.7, None),
        (2, None, "complementary"),
        (3, None, "below_minimum_group_size"),
    ]


def test_persons_and_small_groups_are_in_the_restricted_file_only(warehouse):
    root, _ = warehouse
    with duckdb.connect(str(root / "restricted/current/kithwork_restricted.duckdb"), read_only=True) as c:
        assert c.execute("select count(*) from dim_person").fetchone() == (40,)
        small = c.execute(
            "select participation_rate from fct_participation_org_month where org_unit_key = 3 limit 1"
        ).fetchone()
    assert float(small[0]) == 0.25
    published = sorted(path.name for path in (root / "published/current").iterdir())
    assert published == [
        "data_dictionary.md",
        "dim_org_unit.parquet",
        "fct_flow.parquet",
        "fct_participation_org_month.parquet",
        "graphs",
        "kithwork.duckdb",
        "manifest.json",
        "metrics.md",
    ]


def test_the_manifest_tells_everybody_what_was_checked_but_shows_no_key_of_anybody(warehouse):
    root, publication = warehouse
    text = (root / "published/current/manifest.json").read_text()
    manifest = json.loads(text)
    assert manifest["version"] == publication.version
    flow = manifest["tables"]["fct_flow"]
    assert (flow["rows"], flow["inputs"], len(flow["sha256"])) == (3, ["data"], 64)
    assert manifest["tables"]["fct_participation_org_month"]["suppressed"] == {
        "below_minimum_group_size": 2,
        "complementary": 2,
    }
    by_id = {check["id"]: check for check in manifest["checks"]}
    assert by_id["K2"]["override_reason"] == "two agencies without HR records"
    assert by_id["K18"]["status"] == "passed"
    assert "0123abcd" not in text
    assert "0123abcd" in (root / "restricted/current/manifest.json").read_text()


def test_graphs_hold_units_for_everybody_and_pseudonyms_for_few(warehouse):
    root, _ = warehouse
    import igraph

    (units,) = (root / "published/current/graphs").iterdir()
    graph = igraph.Graph.Read_GraphML(str(units))
    assert sorted(graph.vs["name"]) == ["R&D <East>", "Sales"]
    assert graph.ecount() == 1 and graph.es["weight"] == [2.5], "the withheld pairs are not drawn"
    persons = igraph.Graph.Read_GraphML(str(root / "restricted/current/graphs/persons.graphml"))
    assert persons.ecount() == 20 and all(len(name) == 32 for name in persons.vs["id"])
    assert ElementTree.parse(units).getroot().tag.endswith("graphml")


def test_published_files_are_read_only_and_old_versions_still_go(tmp_path):
    for rate in (0.61, 0.62, 0.63):
        publication = publish_case(
            tmp_path, f"update marts.fct_participation_org_month set participation_rate = {rate}", keep=2
        )
    assert [version.sequence for version in versions.versions(tmp_path)] == [2, 3]
    assert publication.removed[0].startswith("0001-")
    folder = (tmp_path / "published/current").resolve()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o555
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*") if p.is_file()} == {0o444}
    assert sorted(p.name for p in (tmp_path / "published").iterdir() if not p.is_symlink()) == [
        version.id for version in versions.versions(tmp_path)
    ]


def test_rollback_moves_both_sides_at_once_and_forward_again(tmp_path):
    first = publish_case(tmp_path).version
    second = publish_case(tmp_path, as_of=date(2024, 4, 1)).version
    assert versions.current_version(tmp_path) == second
    assert versions.rollback(tmp_path) == (second, first)
    for side in ("published", "restricted"):
        assert (tmp_path / side / "current").resolve().name == first
    with pytest.raises(versions.VersionError, match="oldest version that is kept"):
        versions.rollback(tmp_path)
    with pytest.raises(versions.VersionError, match=f"there is no version nope; there are: {first}"):
        versions.rollback(tmp_path, "nope")
    versions.rollback(tmp_path, second)
    third = publish_case(tmp_path, as_of=date(2024, 4, 2)).version
    assert third.startswith("0003-")


def test_the_same_content_has_the_same_hash(tmp_path):
    first, second = publish_case(tmp_path), publish_case(tmp_path)
    assert first.version.split("-")[-1] == second.version.split("-")[-1]
    third = publish_case(tmp_path, "update marts.fct_tie_month set weight = 2 where from_person_key = 7")
    assert third.version.split("-")[-1] != second.version.split("-")[-1]


@pytest.mark.parametrize("stage", ["begin", "write_tables", "publish_draft", "move_pointer"])
def test_a_kill_leaves_the_old_version_and_leftovers_that_the_next_build_removes(tmp_path, stage):
    publish_case(tmp_path)
    before = versions.current_version(tmp_path)
    script = f"""
        import os, signal, sys
        sys.path.insert(0, {str(REPOSITORY)!r})
        from assets.publish import publication, version
        home = version if {stage!r} != "write_tables" else publication
        original = getattr(home, {stage!r})
        def killed(*args, **kwargs):
            if {stage!r} in ("begin", "write_tables"):
                original(*args, **kwargs)
            elif {stage!r} == "publish_draft":
                (args[0].side("published")).rename(args[0].root / "published" / args[1])
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(home, {stage!r}, killed)
        from tests.factories.publication_case import publish_case
        from pathlib import Path
        publish_case(Path({str(tmp_path)!r}), "delete from marts.fct_tie_month")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert versions.current_version(tmp_path) == before
    assert (tmp_path / "published/current/manifest.json").is_file()
    after = publish_case(tmp_path).version
    known = {version.id for version in versions.versions(tmp_path)}
    assert after in known and versions.current_version(tmp_path) == after
    for side in ("published", "restricted"):
        assert {p.name for p in (tmp_path / side).iterdir()} == {*known, "current"}


def test_a_leak_stops_the_publication(tmp_path, monkeypatch):
    before = publish_case(tmp_path).version
    monkeypatch.setattr("assets.publish.disclosure.complementary", lambda *_: set())
    with pytest.raises(SuppressionLeakError, match="K18 suppression leak: 2 recoverable cells") as raised:
        publish_case(tmp_path)
    assert raised.value.result.status == "failed"
    assert [version.id for version in versions.versions(tmp_path)] == [before]


def test_a_table_about_persons_is_never_published(tmp_path):
    with pytest.raises(PublicationError, match=r"fct_participation_org_month.*column 'person_key'"):
        publish_case(tmp_path, "alter table marts.fct_participation_org_month add column person_key bigint")


def test_publication_meta_with_a_typo_is_refused():
    manifest = dbt_manifest()
    manifest["nodes"]["fct_flow"]["config"]["meta"]["disclosure"]["popluation"] = "n"
    with pytest.raises(PublicationError, match=r"model fct_flow: meta\.disclosure has no key 'popluation'"):
        published_tables(manifest)
    manifest = dbt_manifest()
    manifest["nodes"]["fct_flow"]["config"]["meta"]["publish"] = "everybody"
    with pytest.raises(PublicationError, match="expected published or restricted"):
        published_tables(manifest)


READER = """
import os, sys
import duckdb  # before the change of user: nobody may read this machine's Python
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
path, mode = sys.argv[1], sys.argv[2]
if mode == "default":
    try:
        connection = duckdb.connect(path)
    except duckdb.Error as error:
        print("refused", flush=True)
        connection = None
    else:
        print("opened", flush=True)
else:
    connection = duckdb.connect(path, read_only=True)
    print(connection.execute("select count(*) from dim_org_unit").fetchone()[0], flush=True)
sys.stdin.read()
"""


def test_a_reader_in_its_tools_default_mode_locks_nobody_out(tmp_path):
    """As another user than root: the superuser could write a file of mode 0444."""
    root = tmp_path / "warehouse"
    root.mkdir()
    publish_case(root)
    (root / "published").chmod(0o755)
    for folder in [root, *root.parents]:  # pytest's folders are private
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    path = str(root / "published/current/kithwork.duckdb")

    def reader(mode):
        command = [sys.executable, "-c", READER, path, mode]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"HOME": "/nowhere"},
        )

    default = reader("default")
    first_word = default.stdout.readline().strip()
    polite = reader("read_only")
    assert first_word in ("refused", "opened")
    assert polite.stdout.readline().strip() == "4"
    another = reader("read_only")
    assert another.stdout.readline().strip() == "4"
    for process in (default, polite, another):
        process.communicate("", timeout=30)


def test_an_open_reader_does_not_hinder_the_next_publication(tmp_path):
    publish_case(tmp_path)
    path = tmp_path / "published/current/kithwork.duckdb"
    with duckdb.connect(str(path), read_only=True) as reader:
        publish_case(tmp_path, "delete from marts.fct_flow", keep=1)
        assert reader.execute("select count(*) from fct_flow").fetchone() == (3,)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("select count(*) from fct_flow").fetchone() == (0,)
