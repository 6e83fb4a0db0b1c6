import struct
import zipfile
from pathlib import Path

import pytest

from assets.extract.archives import Limits, UnreadableMemberError, open_archive
from assets.extract.landing_units import exports_below
from assets.extract.reading import UnreadableLandingError
from tests.factories.slack_export import write_folder, write_zip

CONTENT = {"Users.json": b"[]", "general/2024-01-02.json": b"[1]", "general/2024-01-03.json": b"[2]"}


def _reason(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableLandingError) as error, open_archive(path, limits or Limits()):
        pass
    assert path.name not in str(error.value), "a landing path may hold a name"
    return error.value.reason


def test_zip_and_folder_look_alike(tmp_path):
    for path in (write_zip(tmp_path / "export.zip", CONTENT), write_folder(tmp_path / "export", CONTENT)):
        with open_archive(path) as archive:
            assert archive.members() == sorted(CONTENT)
            assert archive.read("general/2024-01-03.json") == b"[2]"
            with archive.open("general/2024-01-02.json") as stream:
                assert stream.read() == b"[1]"
            assert archive.size("Users.json") == 2
            assert archive.find("users.JSON") == "Users.json"
            assert archive.find("groups.json") is None
            assert archive.refused == []


def test_what_operating_systems_leave_behind_is_no_member(tmp_path):
    litter = {"__MACOSX/._users.json": b"x", ".DS_Store": b"x", "general/.hidden.json": b"x"}
    for path in (
        write_zip(tmp_path / "e.zip", CONTENT | litter),
        write_folder(tmp_path / "e", CONTENT | litter),
    ):
        with open_archive(path) as archive:
            assert archive.members() == sorted(CONTENT)


def test_unreadable_archives_are_told_apart(tmp_path):
    whole = write_zip(tmp_path / "whole.zip", {"a.json": b"[]" * 5_000}).read_bytes()
    (tmp_path / "empty.zip").touch()
    (tmp_path / "text.zip").write_text("dear customer, your export is ready")
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    encrypted = bytearray(whole)
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = bytes(encrypted).index(header) + flags
        encrypted[at : at + 2] = struct.pack("<H", 1)
    (tmp_path / "encrypted.zip").write_bytes(encrypted)
    found = {
        name: _reason(tmp_path / f"{name}.zip") for name in ("absent", "empty", "text", "cut", "encrypted")
    }
    assert found == {
        "absent": "missing",
        "empty": "empty_file",
        "text": "not_a_zip",
        "cut": "truncated_zip",
        "encrypted": "encrypted_zip",
    }


def test_an_archive_that_would_explode_is_refused_unread(tmp_path):
    bomb = write_zip(tmp_path / "bomb.zip", {"general/2024-01-02.json": b" " * (40 << 20)})
    assert _reason(bomb) == "zip_bomb"
    assert _reason(write_zip(tmp_path / "many.zip", CONTENT), Limits(members=2)) == "zip_bomb"
    assert _reason(write_zip(tmp_path / "large.zip", CONTENT), Limits(total_bytes=5)) == "zip_bomb"
    with open_archive(write_zip(tmp_path / "small.zip", {"a.json": b" " * 100_000})) as archive:
        assert archive.size("a.json") == 100_000


@pytest.mark.parametrize(
    "name", ["../evil.json", "/etc/evil.json", "a/../../evil.json", "C:\\evil.json", "..\\evil.json"]
)
def test_an_entry_that_leaves_the_archive_is_never_opened(tmp_path, name):
    path = write_zip(tmp_path / "e.zip", CONTENT | {name: b"[666]"})
    with open_archive(path) as archive:
        assert archive.members() == sorted(CONTENT)
        assert [refused.reason for refused in archive.refused] == ["path_traversal"]
        assert "evil" not in archive.refused[0].position + archive.refused[0].detail


def test_a_link_out_of_a_folder_is_never_followed(tmp_path):
    (tmp_path / "secret.json").write_text("[]")
    folder = write_folder(tmp_path / "export", CONTENT)
    (folder / "linked.json").symlink_to(tmp_path / "secret.json")
    with open_archive(folder) as archive:
        assert archive.members() == sorted(CONTENT)
        assert [refused.reason for refused in archive.refused] == ["path_traversal"]


def test_of_two_entries_with_one_name_the_later_is_read_and_the_clash_told(tmp_path):
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name, content in (("a.json", "[1]"), ("a.json", "[22]"), ("b.json", "[]"), ("b.json", "[]")):
            archive.writestr(name, content)
    with open_archive(path) as opened:
        assert opened.members() == ["a.json", "b.json"]
        assert opened.read("a.json") == b"[22]"
        assert [refused.reason for refused in opened.refused] == ["duplicate_member"]


def test_a_damaged_member_does_not_take_the_others_along(tmp_path):
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.json", "[11111]")
        archive.writestr("good.json", "[2]")
    path.write_bytes(path.read_bytes().replace(b"[11111]", b"[11911]"))
    with open_archive(path) as opened:
        with pytest.raises(UnreadableMemberError) as error:
            opened.read("bad.json")
        assert error.value.reason == "broken_member"
        assert opened.read("good.json") == b"[2]"


def test_exports_are_found_in_zips_folders_and_when_named(tmp_path):
    unpacked = write_folder(tmp_path / "b_unpacked", CONTENT)
    zipped = write_zip(tmp_path / "a" / "x.ZIP", CONTENT) if (tmp_path / "a").mkdir() is None else None
    (tmp_path / "a" / "readme.txt").write_text("not an export")
    odd = write_zip(tmp_path / "odd.export", CONTENT)
    assert exports_below([tmp_path, odd, unpacked], frozenset({"users.json"})) == [zipped, unpacked, odd]
