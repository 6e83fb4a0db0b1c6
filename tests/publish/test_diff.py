"""The comparison of two versions names what moved a number."""

from __future__ import annotations

from assets.publish.diff import Mover, TableDiff, VersionDiff, diff
from tests.factories.publication_case import publish_case

RATE = "update marts.fct_participation_org_month set participation_rate = 0.8 where org_unit_key = 1"


def test_a_single_change_is_the_cause_and_the_number_is_shown(tmp_path):
    a = publish_case(tmp_path).version
    b = publish_case(tmp_path, RATE, data={"chat": "data2"}).version
    found = diff(tmp_path, a, b)
    (table,) = found.tables
    assert (table.name, table.causes, table.n_moved) == ("fct_participation_org_month", ("data",), 2)
    text = "\n".join(found.lines())
    assert "changed: data (chat changed)" in text
    assert "org_unit_key 1, month_start 2024-02-01 participation_rate: 0.7 -> 0.8" in text


def test_a_change_that_the_table_does_not_depend_on_is_no_candidate(tmp_path):
    a = publish_case(tmp_path).version
    b = publish_case(tmp_path, RATE, hr={"hris": "hr2"}, settings="settings2", code="code2").version
    (table,) = diff(tmp_path, a, b).tables
    assert table.causes == ("settings", "code")


def test_hr_corrections_move_what_hr_feeds(tmp_path):
    a = publish_case(tmp_path).version
    rename = "update marts.dim_org_unit set name = 'Sales and service' where org_unit_key = 2"
    b = publish_case(tmp_path, rename, hr={"hris": "hr2"}).version
    (table,) = diff(tmp_path, a, b).tables
    assert (table.name, table.causes) == ("dim_org_unit", ("HR corrections",))


def test_rows_that_come_and_go_and_values_newly_withheld_are_told(tmp_path):
    a = publish_case(tmp_path).version
    b = publish_case(
        tmp_path,
        "delete from marts.fct_flow where from_org_unit_key = 2",
        "update marts.fct_participation_org_month set n_population = 4 where org_unit_key = 1",
        data={"chat": "data1", "mail": "data9"},
    ).version
    found = diff(tmp_path, a, b)
    tables = {table.name: table for table in found.tables}
    assert (tables["fct_flow"].n_added, tables["fct_flow"].n_removed) == (0, 1)
    assert any(
        "now withheld: below_minimum_group_size" in mover.note
        for mover in tables["fct_participation_org_month"].movers
    )
    assert "data (mail new)" in "\n".join(found.lines())


def test_tables_of_which_no_number_moved_share_a_line_and_the_smaller_moves_are_counted() -> None:
    moved = TableDiff("fct_a", ("data",), 1_200, 0, 0, (Mover("month 1", "rate", 0.1, 0.9),))
    silent = [TableDiff(name, ("code",), 0, 0, 0, ()) for name in ("fct_b", "fct_c")]
    assert VersionDiff("1", "2", {"data": "chat changed"}, (moved, *silent)).lines()[2:] == [
        "fct_a: 1,200 numbers moved, 0 rows new, 0 rows gone; moved by data",
        "    month 1 rate: 0.1 -> 0.9",
        "    and 1,199 more, which moved less",
        "no number moved, only columns, reasons or last digits, in: fct_b, fct_c",
    ]


def test_nothing_changed_says_so(tmp_path):
    a, b = publish_case(tmp_path).version, publish_case(tmp_path).version
    assert diff(tmp_path, a, b).lines()[1:] == [
        "  nothing changed: same data, HR files, identity, settings and code",
        "no published number moved",
    ]
