"""Finding landing files, and telling contents apart."""

from __future__ import annotations

import pytest

from assets.extract.landing import LandingError, resolved, unit_sha256


def test_globs_folders_and_files_are_found_relative_to_the_settings(tmp_path):
    for name in ("in/b.zip", "in/a.zip", "in/note.txt", "hr/x.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = resolved(["in/*.zip", "./hr", "in/note.txt", "in/a.zip"], tmp_path, "chat")
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == ["hr", "in/a.zip", "in/b.zip", "in/note.txt"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("absent", "does not exist"), ("*.zip", "matches no file"), ("empty", "empty folder")],
)
def test_a_landing_that_holds_nothing_is_told_with_the_place(tmp_path, pattern, expected):
    (tmp_path / "empty").mkdir()
    with pytest.raises(LandingError, match=expected) as caught:
        resolved([pattern], tmp_path, "chat")
    assert "chat" in str(caught.value) and str(tmp_path) in str(caught.value)


def test_a_folder_is_known_by_names_and_contents_not_by_its_own_name_or_times(tmp_path):
    def folder(name, **files):
        for member, text in files.items():
            (tmp_path / name / member).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / member).write_text(text)
        return unit_sha256(tmp_path / name)

    one = folder("one", a="1", b="2")
    assert folder("two", b="2", a="1") == one
    assert folder("three", a="12", b="") != one and folder("four", a="1", c="2") != one
    (tmp_path / "two/.DS_Store").write_text("junk")
    assert unit_sha256(tmp_path / "two") == one
