"""Generated pages are what the code generates today."""

from __future__ import annotations

from dagster_project.documentation import PAGE, generated_dictionary


def test_the_data_dictionary_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == generated_dictionary(), "run `make docs`"
