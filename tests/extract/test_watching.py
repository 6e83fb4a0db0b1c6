"""A landing file counts once it has not changed for a minute."""

from __future__ import annotations

from pathlib import Path

from assets.extract.watching import QUIET_SECONDS, look, remembered


def test_a_growing_file_is_waited_for(tmp_path: Path) -> None:
    export = tmp_path / "wilhelmina_export.zip"
    export.write_bytes(b"half")
    first = look([tmp_path], {}, now=1000.0)
    assert first.settled is None
    export.write_bytes(b"half and more")
    second = look([tmp_path], first.memory, now=1000.0 + QUIET_SECONDS)
    assert second.settled is None
    third = look([tmp_path], second.memory, now=1000.0 + 2 * QUIET_SECONDS)
    assert third.settled is not None


def test_the_same_files_give_the_same_fingerprint_and_others_another(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"a")
    memory = look([tmp_path], {}, now=0.0).memory
    settled = look([tmp_path], memory, now=100.0).settled
    assert settled == look([tmp_path], memory, now=500.0).settled
    (tmp_path / "b.zip").write_bytes(b"b")
    memory = look([tmp_path], memory, now=600.0).memory
    assert look([tmp_path], memory, now=700.0).settled not in {settled, None}


def test_what_is_kept_between_looks_holds_no_file_name(tmp_path: Path) -> None:
    (tmp_path / "wilhelmina.zip").write_bytes(b"a")
    text = look([tmp_path], {}, now=0.0).as_text()
    assert "wilhelmina" not in text
    assert remembered(text) == look([tmp_path], {}, now=0.0).memory
    assert remembered(None) == {}
