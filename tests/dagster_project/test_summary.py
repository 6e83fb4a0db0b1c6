"""The summary's own wording."""

from __future__ import annotations

import pytest

from dagster_project.summary import _short


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("Sales", "Sales"),
        ("Technology > Platform Engineering", "Technology > Platform Engineering"),
        ("Technology > Platform Engineering > Lantern", "… > Platform Engineering > Lantern"),
        ("Technology > A very long name of a single unit indeed", "… > A very long name of a single …"),
        ("x" * 40, "x" * 33 + "…"),
    ],
)
def test_a_long_path_keeps_the_whole_names_at_its_end(path: str, shown: str) -> None:
    assert _short(path) == shown and len(shown) <= 34
