"""Commands that show a page of the published version, before there is one."""

from __future__ import annotations

import pytest

from tests.factories.builds import kithwork


@pytest.mark.parametrize("words", [("retention",), ("success",), ("proposals",), ("initiative", "I1")])
def test_before_the_first_build_every_command_says_what_is_missing(tmp_path, words):
    settings = tmp_path / "kithwork.yaml"
    settings.write_text("warehouse: ./warehouse\nsources: []\n", encoding="utf-8")
    told = kithwork(*words, "--config", settings)
    assert told.code == 2, told.said
    assert "Traceback" not in told.said
