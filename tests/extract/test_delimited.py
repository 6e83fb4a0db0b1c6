from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.extract import delimited, text_records
from assets.extract.columns import Wanted
from assets.extract.delimited import ROW, open_table, read_frame
from assets.extract.reading import Border, ReaderOptions, UnreadableLandingError
from tests.factories.delimited_files import KEY, write

WANTED = Wanted(("worker_id", "name"), ("level",))


def frame_of(path: Path, wanted: Wanted = WANTED, **options: object) -> tuple[list[tuple], Border]:
    border = Border("feed", KEY)
    frame = read_frame(open_table(path, ReaderOptions(**options), wanted), border, "workers")  # type: ignore[arg-type]
    return frame.rows(), border


def refusal(path: Path, wanted: Wanted = WANTED, **options: object) -> UnreadableLandingError:
    with pytest.raises(UnreadableLandingError) as caught:
        frame_of(path, wanted, **options)
    return caught.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_names_survive_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "worker_id;name\n1;Zoë\n2;Müller\n", encoding=encoding)
    assert frame_of(path)[0] == [(2, "1", "Zoë"), (3, "2", "Müller")]


def test_damaged_bytes_in_a_utf8_file_cost_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, "worker_id;name\n1;Zoë\n2;Łucja\n".encode() + b"3;Zo\xeb\n4;Jan\n")
    rows, border = frame_of(path)
    assert [row[1] for row in rows] == ["1", "2", "4"]
    assert [(r.position, r.reason) for r in border.rejected] == [("row 4", "undecodable_text")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_found(tmp_path: Path, sign: str, line_end: str) -> None:
    lines = [sign.join(cells) for cells in (("worker_id", "name"), ("1", "Ana"), ("2", "Bo"))]
    path = write(tmp_path, line_end.join(lines))
    assert frame_of(path)[0] == [(2, "1", "Ana"), (3, "2", "Bo")]


def test_delimiter_of_the_header_wins_over_separators_in_values(tmp_path: Path) -> None:
    path = write(tmp_path, "worker_id,name\n1,unit:a;unit:b;unit:c\n2,unit:a;unit:b\n")
    assert frame_of(path)[0][0] == (2, "1", "unit:a;unit:b;unit:c")


def test_broken_lines_cost_themselves_only(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'worker_id,name\n1,"line\nbreak"\n2,"never closed\n3,c\n\n4,a "nick" b\n5\n6,"x, y"\n7,a,b\n'
        + "8," + "x" * (text_records.MAX_LINE_BYTES + 1) + "\n9,i\n",
    )  # fmt: skip
    rows, border = frame_of(path)
    assert rows == [
        (2, "1", "line\nbreak"),
        (5, "3", "c"),
        (7, "4", 'a "nick" b'),
        (9, "6", "x, y"),
        (12, "9", "i"),
    ]
    assert {(r.position, r.reason) for r in border.rejected} == {
        ("row 4", "unbalanced_quote"),
        ("row 8", "wrong_number_of_fields"),
        ("row 10", "wrong_number_of_fields"),
        ("row 11", "huge_line"),
    }
    originals = {r.position: r.original for r in border.rejected}
    assert originals["row 4"] == '2,"never closed' and originals["row 10"] == "7,a,b"


@settings(deadline=None, max_examples=60)
@given(
    lines=st.lists(
        st.one_of(
            st.tuples(st.just("good"), st.from_regex(r"\A[a-z]{1,5}\Z")),
            st.tuples(st.just("bad"), st.sampled_from(['"open,y', "one", "a,b,c", '"a"b",c"'])),
        ),
        max_size=12,
    ),
    block=st.integers(min_value=8, max_value=64),
)
def test_every_line_is_read_or_reported_whatever_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], block: int
) -> None:
    good = [(row, text) for row, (kind, text) in enumerate(lines, start=2) if kind == "good"]
    content = "worker_id,name\n" + "".join(f"{t},n\n" if kind == "good" else f"{t}\n" for kind, t in lines)
    path = write(tmp_path_factory.mktemp("lines"), content)
    before = text_records.BLOCK_BYTES
    text_records.BLOCK_BYTES = block  # type: ignore[misc]
    try:
        rows, border = frame_of(path)
    except UnreadableLandingError as error:
        assert error.reason == "no_readable_rows" and not good
        return
    finally:
        text_records.BLOCK_BYTES = before  # type: ignore[misc]
    reported = {int(r.position.split()[1]) for r in border.rejected}
    read = {row[0] for row in rows}
    assert set(good) <= {(row[0], row[1]) for row in rows}
    assert not read & reported
    assert len(read) + len(reported) == len(lines)


def test_columns_are_found_by_mapping_and_without_regard_to_case(tmp_path: Path) -> None:
    path = write(tmp_path, "EmployeeID;NAME;Other\n7;Ana;x\n")
    assert frame_of(path, columns={"worker_id": "EmployeeID"})[0] == [(2, "7", "Ana")]


def test_a_missing_column_is_said_with_what_was_found_and_what_to_write(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "EmployeeID;name\n7;Ana\n"))
    assert error.reason == "missing_column"
    assert "known in the file: name; and 1 other" in str(error)
    assert "did you mean 'EmployeeID'" in str(error)
    assert "columns: {worker_id: EmployeeID}" in str(error)
    assert "Ana" not in str(error)


def test_a_missing_column_repeats_no_header_that_may_be_a_name(tmp_path: Path) -> None:
    """A cross table of people, and a name that lies near to a known column's."""
    for header in ("name;Ana Kowalska;Bo Worker", "email;Workerid-Ana;Employe Idzik", "Anagrade;Manager Ana"):
        error = refusal(write(tmp_path, f"{header}\n1;2;3\n"), columns={"level": "Anagrades"})
        told = str(error).replace("Anagrades", "").casefold()
        assert error.reason == "missing_column"
        assert [
            word for word in ("ana", "kowalska", "bo", "idzik") if re.search(rf"\b{word}|{word}\b", told)
        ] == []
        assert "columns: {worker_id: <column of the file>}" in str(error)


def test_a_mapped_column_that_is_missing_names_the_setting(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "worker_id;name;Grade\n7;Ana;1\n"), columns={"level": "Grades"})
    assert "columns.level" in str(error) and "'Grade'" in str(error)


def test_a_mapped_name_that_no_reader_knows_is_refused(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "worker_id;name\n7;Ana\n"), columns={"levl": "name"})
    assert "did you mean level?" in str(error)


def test_a_file_without_header_is_refused_without_repeating_its_values(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "ana@example.org;Ana Kowalska\nbo@example.org;Bo\n"))
    assert error.reason == "no_header"
    assert "ana" not in str(error).lower()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04rest of a workbook", "not_text"),
        (b"\x00\x01\x02\x03 binary \x00", "not_text"),
        (b"worker_id\n1\n", "no_delimiter"),
        (b"worker_id;name;name\n1;a;b\n", "duplicate_column"),
        (b"worker_id;name\n1,2\n3,4\n", "no_readable_rows"),
        (b"PAR1 cut off", "not_parquet"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    error = refusal(write(tmp_path, content))
    assert error.reason == reason
    assert str(tmp_path) not in str(error)


def test_parquet_gives_the_same_text_as_csv(tmp_path: Path) -> None:
    frame = pl.DataFrame({"worker_id": [1, 2], "name": ["Ana", " "], "unused": [1.0, 2.0]})
    frame.write_parquet(tmp_path / "file.parquet")
    border = Border("feed", KEY)
    table = open_table(tmp_path / "file.parquet", ReaderOptions(), WANTED)
    read = read_frame(table, border, "workers")
    assert delimited.as_text(read["worker_id"]).to_list() == ["1", "2"]
    assert read["name"].to_list() == ["Ana", None]
    assert read[ROW].to_list() == [2, 3]


def test_discovery_takes_tables_and_leaves_lock_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.PARQUET", ".hidden.csv", "~$open.csv", "notes.md"):
        (tmp_path / name).write_text("x")
    named = tmp_path / "notes.md"
    assert delimited.discover([tmp_path]) == [tmp_path / "a.PARQUET", tmp_path / "b.csv"]
    assert named in delimited.discover([tmp_path, named])
