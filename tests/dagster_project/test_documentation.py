"""Generated pages are what the code generates today."""

from __future__ import annotations

from dagster_project.documentation import generated_pages


def test_the_generated_pages_are_up_to_date() -> None:
    outdated = [
        page.name for page, text in generated_pages().items() if page.read_text(encoding="utf-8") != text
    ]
    assert not outdated, "run `make docs`"
