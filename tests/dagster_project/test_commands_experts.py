"""`kithwork experts` as a user meets it: whether anyone has met it before, and whom to ask."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from assets.publish.version import CURRENT, POINTERS
from dagster_project.cli import app

SETTINGS = """
warehouse: ./warehouse
calendar: {start: 2024-01}
knowledge: {topics: ./topics.csv}
sources:
  - name: chat
    platform: slack
    landing: ./landing
    permission: {basis: works agreement, purposes: [engagement], reference: dpia.pdf}
"""
TOPICS = """topic,terms
Pricing exceptions,special discount|price override
Customs,tariff code
Secret plan,codeword
"""
PRICING, CUSTOMS, SECRET = 1, 2, 3
RESTRICTED = f"""
create table dim_person as select * from (values
    (1, 'aaaaaaaaaaaa0001'), (2, 'bbbbbbbbbbbb0002'), (3, 'cccccccccccc0003'), (4, 'dddddddddddd0004')
) t(person_key, person_id);
create table fct_expertise_month as select * from (values
    (1, {PRICING}, date '2024-05-01', 75.0, 6, 4, 2), (2, {PRICING}, date '2024-05-01', 91.7, 9, 5, 4),
    (3, {PRICING}, date '2024-05-01', null, 2, 2, 0), (4, {PRICING}, date '2024-04-01', 99.0, 9, 9, 9),
    (4, {SECRET}, date '2024-05-01', 80.0, 5, 3, 1), (3, {CUSTOMS}, date '2024-05-01', null, 1, 1, 0)
) t(person_key, topic_key, month_start, expertise_score, n_items, n_askers, n_accepted_answers);
create table fct_question as select * from (values
    (11, 'm11', 7, 'C1', 'chat', date '2024-03-02', 2, timestamp '2024-03-02 10:00', null),
    (12, 'm12', 7, 'C1', 'chat', date '2024-05-20', 1, null, null),
    (13, 'm13', 8, 'C2', 'chat', date '2024-05-25', 0, null, null),
    (14, 'm14', 7, 'C1', 'chat', date '2024-05-26', 3, null, timestamp '2024-05-27 09:00')
) t(
    question_key, message_id, channel_key, channel_id, source, local_date, n_answers, accepted_answer_at,
    deleted_at
);
alter table fct_question add column asked_at timestamp;
update fct_question set asked_at = cast(local_date as timestamp);
create table fct_question_topic as select * from (values
    (11, {PRICING}), (12, {PRICING}), (13, {PRICING}), (14, {PRICING}), (13, {SECRET})
) t(question_key, topic_key);
"""
PUBLISHED = f"""
create table dim_topic as select * from (values
    ({PRICING}, 'Pricing exceptions', 'declared', 42), ({CUSTOMS}, 'Customs', 'declared', 5)
) t(topic_key, topic, kind, n_defined);
create table dim_channel as select * from (values (7, 'sales-desk')) t(channel_key, name);
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a warehouse with one version; the topic ``Secret plan`` has too few people to be shown."""
    folder = tmp_path_factory.mktemp("experts")
    (folder / "kithwork.yaml").write_text(SETTINGS)
    (folder / "topics.csv").write_text(TOPICS)
    root = folder / "warehouse"
    version = "0001-2024-05-31-00000000"
    for part, file, tables in (
        ("published", "kithwork.duckdb", PUBLISHED),
        ("restricted", "kithwork_restricted.duckdb", RESTRICTED),
    ):
        (root / part / version).mkdir(parents=True)
        with duckdb.connect(str(root / part / version / file)) as connection:
            connection.execute(tables)
        (root / part / CURRENT).symlink_to(f"../{CURRENT}/{part}")
    pointer = root / POINTERS / version
    pointer.mkdir(parents=True)
    for part in ("published", "restricted"):
        (pointer / part).symlink_to(f"../../{part}/{version}")
    (root / CURRENT).symlink_to(f"{POINTERS}/{version}")
    return folder / "kithwork.yaml"


def experts(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["experts", *words, "--config", str(config)], env={"COLUMNS": "140"})


@pytest.mark.parametrize(
    "asked", ["Pricing exceptions", "pricing  EXCEPTIONS", "special discount", "#price override"]
)
def test_a_topic_is_found_by_name_or_term_with_its_experts_and_earlier_cases(
    config: Path, asked: str
) -> None:
    found = experts(config, asked)
    assert found.exit_code == 0, found.output
    said = found.output
    assert "Pricing exceptions" in said and "42 people" in said
    assert said.index("bbbbbbbbbbbb") < said.index("aaaaaaaaaaaa"), "the best first"
    assert "3 questions, 2 with an answer" in said, "what was deleted does not count"
    assert said.index("m11") < said.index("m12") < said.index("m13"), "accepted, then answered, then the rest"
    assert "sales-desk" in said and "m14" not in said


def test_too_little_evidence_and_what_was_known_a_month_ago_make_nobody_an_expert(config: Path) -> None:
    said = experts(config, "special discount").output
    assert "cccccccccccc" not in said, "two items are not enough"
    assert "dddddddddddd" not in said, "of an earlier month"
    nobody = experts(config, "tariff code")
    assert nobody.exit_code == 0
    assert "nobody has enough evidence" in nobody.output and "0 questions" in nobody.output


def test_an_unknown_topic_is_said_with_the_nearest(config: Path) -> None:
    unknown = experts(config, "pricing")
    assert unknown.exit_code == 2
    assert "no topic is called 'pricing'" in unknown.output and "Pricing exceptions" in unknown.output
    assert experts(config).exit_code == 2, "a topic or --list"


def test_a_topic_below_the_threshold_does_not_exist_for_anybody(config: Path) -> None:
    for asked in ("Secret plan", "codeword"):
        hidden = experts(config, asked)
        assert hidden.exit_code == 2 and "dddddddddddd" not in hidden.output
    listed = experts(config, "--list").output
    assert "Pricing exceptions" in listed and "Customs" in listed and "Secret" not in listed


def test_no_more_is_shown_than_asked_for_and_ids_are_cut(config: Path) -> None:
    said = experts(config, "special discount", "--limit", "1").output
    assert "bbbbbbbbbbbb" in said and "aaaaaaaaaaaa" not in said and "m12" not in said
    assert "bbbbbbbbbbbb0002" not in said


def test_nothing_published_yet_is_said(tmp_path: Path) -> None:
    (tmp_path / "kithwork.yaml").write_text(SETTINGS)
    (tmp_path / "topics.csv").write_text(TOPICS)
    (tmp_path / "warehouse").mkdir()
    early = experts(tmp_path / "kithwork.yaml", "anything")
    assert early.exit_code == 1 and "nothing is published yet" in early.output
