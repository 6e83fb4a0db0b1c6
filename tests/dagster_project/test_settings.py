"""Every mistake in kithwork.yaml is answered with key, value and expectation."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from dagster_project.feeds import reader_version
from dagster_project.resources import source_facts_of
from dagster_project.settings import PLATFORMS, Settings, SettingsError, load

GOOD = """
calendar: {start: 2024-01}
sources:
  - name: chat
    platform: slack
    landing: ./landing
    permission: {basis: works agreement, purposes: [engagement], reference: file 12}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "kithwork.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(written(folder, text))
    return str(error.value)


@pytest.mark.parametrize(("platform", "is_visible"), [("slack", True), ("teams", True), ("outlook", False)])
def test_where_nobody_can_contribute_nobody_is_expected_to(
    tmp_path: Path, platform: str, is_visible: bool
) -> None:
    """The reader of Teams reads calendars without channels too; every platform has a reader."""
    settings = load(written(tmp_path, GOOD.replace("platform: slack", f"platform: {platform}")))
    (facts,) = source_facts_of(settings)
    assert (facts.platform, facts.has_visible_contributions, facts.has_engagement) == (
        platform,
        is_visible,
        True,
    )
    assert all(reader_version(name).startswith(f"{name} ") for name in PLATFORMS)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, GOOD))
    assert settings.warehouse_path == tmp_path / "warehouse"
    assert settings.sources[0].landing == ["./landing"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "calender: 3", ["calender is not a setting", "did you mean 'calendar'"]),
        (GOOD.replace("platform: slack", "platform: slak"), ["sources.0.platform", "'slak'", "'slack'"]),
        (GOOD.replace("platform: slack", "platform: linkedin"), ["refused", "terms forbid"]),
        (GOOD + "timezone: Europe/Warsw", ["'Europe/Warsw'", "did you mean 'Europe/Warsaw'"]),
        (GOOD + "privacy: {k_view: 4}", ["privacy.k_view", "greater than or equal to 5", "4"]),
        (GOOD.replace("2024-01", "January"), ["calendar.start", "'January'"]),
        (GOOD + "quality: {K2: {block: 0.8}}", ["quality.K2.reason is missing"]),
        (GOOD + "warehouse: [", ["not valid YAML"]),
        (GOOD + "timezone: ${KITHWORK_NO_SUCH_VARIABLE}", ["KITHWORK_NO_SUCH_VARIABLE", "environment"]),
        ("- a\n- b", ["expected a mapping"]),
    ],
)
def test_a_mistake_names_key_value_and_expectation(tmp_path: Path, text: str, expected: list[str]) -> None:
    message = problem(tmp_path, text)
    for part in expected:
        assert part in message


def test_a_source_without_permission_is_refused_with_an_example(tmp_path: Path) -> None:
    content = yaml.safe_load(GOOD)
    del content["sources"][0]["permission"]
    message = problem(tmp_path, yaml.safe_dump(content))
    assert "permission is missing" in message
    assert "purposes" in message


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    message = problem(tmp_path, GOOD.replace("slack", "slak") + "timezone: Nowhere/At_All")
    assert len(message.splitlines()) == 2


def test_two_feeds_of_one_name_are_refused(tmp_path: Path) -> None:
    content = yaml.safe_load(GOOD)
    content["sources"].append(content["sources"][0])
    assert "two feeds are named 'chat'" in problem(tmp_path, yaml.safe_dump(content))


def test_the_key_is_never_shown_in_a_message(tmp_path: Path) -> None:
    message = problem(tmp_path, GOOD + "privacy: {key: [0123456789abcdef]}")
    assert "0123456789abcdef" not in message


def test_fingerprint_changes_with_what_can_change_a_result(tmp_path: Path) -> None:
    before = load(written(tmp_path, GOOD)).fingerprint()
    assert load(written(tmp_path, GOOD + "limits: {threads: 1}")).fingerprint() == before
    assert load(written(tmp_path, GOOD + "ties: {theta: 0.6}")).fingerprint() != before


def test_the_template_names_every_setting_and_loads(tmp_path: Path) -> None:
    template = (files("dagster_project") / "templates" / "kithwork.yaml").read_text(encoding="utf-8")
    assert load(written(tmp_path, template)).warehouse == "./warehouse"
    for section, model in Settings.model_fields.items():
        assert f"{section}:" in template
        for field in getattr(model.annotation, "model_fields", {}):
            assert f"{field}:" in template, f"{section}.{field} is not in the template"


def test_the_templates_defaults_are_the_models_defaults(tmp_path: Path) -> None:
    template = (files("dagster_project") / "templates" / "kithwork.yaml").read_text(encoding="utf-8")
    from_template, from_nothing = load(written(tmp_path, template)), load(written(tmp_path, GOOD))
    assert from_template.ties == from_nothing.ties
    assert from_template.network == from_nothing.network
    assert from_template.publish == from_nothing.publish
    assert from_template.privacy == from_nothing.privacy
