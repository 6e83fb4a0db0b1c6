"""The synthetic organisation through the whole pipeline: what was planted comes back, nothing else.

Tolerances stand in docs/synthetic_organisation.md.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest

from assets.identity.key import load_key
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash
from tests.factories.builds import build, kithwork, manifest, published_rows, working_rows
from tests.factories.planted import (
    effect,
    last_final_month,
    planted,
    planted_ties,
    positions,
    retention,
    share_above,
    truth,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """No effect of engagement, no confounding; withdrawal, silo, hubs, brokers and programmes as by default.

    The workforce becomes younger: newcomers who write and leave more often pull the ratio above 1 a little.
    """
    folder = tmp_path_factory.mktemp("synthetic") / "null"
    null = ["--hazard-ratio", "1", "--confounding", "0", "--voluntary-rate", "0.4"]
    generated = kithwork("generate", "--people", "500", "--out", folder, *null)
    assert generated.code == 0, generated.said
    assert f"kithwork build --config {folder / 'kithwork.yaml'}" in generated.out
    outcome = build(folder / "kithwork.yaml")
    assert outcome.code == 0, outcome.said
    return folder / "kithwork.yaml"


def test_hubs_are_the_most_sought_people(built):
    ranks = share_above(built, "degree_in", "hub")
    assert len(ranks) >= 2
    assert max(ranks) < 0.10


def test_hubs_are_as_sought_as_the_ties_planted_to_them(built):
    """In ties as in messages: a hub has the rank and the degree that its ties give it, and sampling.

    The network of 13 weeks sees a share of all planted ties. A hub's degree is at least that share of its
    own, less 2.24 Poisson errors (one-sided 5 % for four hubs at once). Whom the planted ties put among the
    top 5 %, the network does too; a hub of late, or one whom many of its admirers left, they need not.
    """
    month = last_final_month(built)
    rows = working_rows(
        built,
        "select workers.worker_id, people.degree_in from network.person_month as people"
        " inner join identity.workers using (person_key)"
        f" where people.is_measured and people.month_start = date '{month}'",
    )
    degrees, ties = dict(rows), planted_ties(built, month)
    seen = sum(degrees.values()) / sum(ties.get(person, 0) for person in degrees)
    hubs = [person for person in positions(built, "hub") if person in degrees]
    n_top = 0
    for hub in hubs:
        expected = seen * ties[hub]
        assert degrees[hub] >= expected - 2.24 * expected**0.5
        if sum(ties.get(person, 0) > ties[hub] for person in degrees) < 0.05 * len(degrees):
            n_top += 1
            assert sum(degree > degrees[hub] for degree in degrees.values()) < 0.05 * len(degrees)
    assert n_top >= 2


def test_brokers_stand_between_others(built):
    ranks = share_above(built, "betweenness", "broker")
    assert len(ranks) >= 3
    assert sorted(ranks)[len(ranks) // 2] < 0.10
    assert max(ranks) < 0.20


def test_the_silo_is_the_most_inward_department_and_flagged(built):
    """Others may be flagged where half of their people know nobody elsewhere, but only by chance.

    The flag asks for half of the people without ties outside. A share of n people has an error of at most
    half over root n; 2.84 of them hold for eleven departments at once (two-sided 5 %, Bonferroni). Whoever
    has no desk seldom writes to anybody elsewhere: departments of such people may be beyond it.
    """
    rows = working_rows(
        built,
        f"""
        select
            units.path_text, network.ei_excess, network.silo_flag, network.share_without_external,
            0.5 / sqrt(network.n_nodes)
        from network.org_unit_month as network
        inner join marts.dim_org_unit as units using (org_unit_key)
        where units.depth = 2 and network.month_start = date '{last_final_month(built)}'
            and network.ei_excess is not null
        order by network.ei_excess
        """,
    )
    units = pl.read_parquet(built.parent / "truth" / "org_units.parquet")
    without_desk = set(units.filter("is_frontline")["department"])
    (path, excess, is_flagged, share, error), *others = rows
    assert path.endswith(units.filter("is_silo")["department"][0]) and is_flagged is True
    assert excess < others[0][1] - 0.3  # well apart from the next one
    assert share > 0.5 + 2.84 * error
    assert len(others) <= 11
    for path, _, is_flagged, share, error in others:
        assert share < 0.5 + 2.84 * error or path.split(" > ")[-1] in without_desk
        assert is_flagged is (share >= 0.5)


def test_a_true_null_comes_back_as_null(built):
    """Extract to outcomes: at the lag of three months the interval covers 1."""
    _, low, high, engaged, quiet = retention(built, 3)
    assert engaged + quiet >= 60
    assert low < 1 < high
    assert high / low < 4  # and is narrow enough to mean something


def test_withdrawal_looks_like_an_effect_without_lag(built):
    """The same organisation at lag 0: people who have decided to leave are quiet."""
    _, _, high, _, _ = retention(built, 0)
    assert high < 1


def test_dirt_is_met_and_the_gate_passes(built):
    statuses = {check["id"]: check["status"] for check in manifest(built)["checks"]}
    assert "failed" not in statuses.values() and statuses["K2"] == "passed"
    months = published_rows(
        built,
        "select count(*), min(participation_rate), max(participation_rate) from fct_participation_org_month "
        "where org_unit_key = 0 and is_final",
    )
    n_months, low, high = months[0]
    assert n_months >= 17 and 0.4 < low < high < 0.9


def test_the_summary_fits_a_terminal_of_80_columns(built):
    told = kithwork("summary", "--config", built).out
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80
    for heading in ("95 % interval", "contributions*", "Technology > Platform Engineering", "silo"):
        assert heading in told


def test_the_programme_that_works_comes_back_and_ends_with_itself(built, tmp_path):
    """Planted: 12 points more participation in half of the teams for six months."""
    _, low, high, is_headline = effect(built, "I1", "did")
    assert is_headline and 0 < low < 0.12 < high
    assert high - low < 0.16  # narrow enough to mean something
    _, low, high, _ = effect(built, "I1", "sustained_3")
    assert low < 0 < high
    told = kithwork("initiative", "I1", "--config", built, "--out", tmp_path)
    assert told.code == 0, told.said
    page = (tmp_path / "initiative_I1.md").read_text(encoding="utf-8")
    assert "participation changed through the initiative by +" in page
    assert "<svg" in (tmp_path / "initiative_I1.svg").read_text(encoding="utf-8")
    unknown = kithwork("initiative", "I9", "--config", built, "--out", tmp_path)
    assert unknown.code == 2 and "known: I1, I2" in unknown.said


def test_the_programme_without_effect_shows_none_though_its_teams_rose(built):
    raw, *_ = effect(built, "I2", "raw_change", "contribution_rate")
    _, low, high, _ = effect(built, "I2", "did", "contribution_rate")
    assert raw > 0.1  # the quietest teams move back to the middle
    assert low < 0 < high


def test_participation_rises_by_younger_people_too_and_the_split_says_so(built):
    """I2 split: what the mix of people adds is told apart; with the mix held the planted effect is within."""
    (row,) = published_rows(
        built,
        "select change, rate_effect, composition_effect, standardised_change, standardised_change_ci_low,"
        " standardised_change_ci_high from fct_initiative_composition"
        " where initiative_id = 'I1' and outcome = 'participation_rate'",
    )
    change, rate, composition, standardised, low, high = row
    working = truth(built)["initiatives"][0]
    assert change == pytest.approx(rate + composition)
    # small groups are merged before they are compared, which can only hide a part of the shift
    assert 0.2 * working["kitagawa"]["composition_effect"] < composition
    assert composition < 1.5 * working["kitagawa"]["composition_effect"]
    assert working["kitagawa"]["share_young_after"] > 2 * working["kitagawa"]["share_young_before"]
    assert standardised < change
    assert low < working["effect_realised"] < high


def test_success_goes_with_bridges_as_planted_and_with_nothing_else(built, tmp_path):
    """After Benjamini and Hochberg: sales and satisfaction with outside ties, nothing of what is noise."""
    rows = published_rows(
        built,
        "select metric, driver, lag_months, estimate, estimate_ci_low, estimate_ci_high, q_value"
        " from fct_success_association where q_value is not null",
    )
    per_bridge = truth(built)["success_metrics"]["per_bridge"]
    found = {(metric, driver, lag): rest for metric, driver, lag, *rest in rows}
    for metric, planted_slope in (("sales_per_head", 1.0), ("customer_satisfaction", 0.12)):
        assert per_bridge[metric] == planted_slope
        estimate, low, high, q = found[metric, "cross_unit_ties", 2]
        assert q < 0.05 and low < planted_slope * 1.35 and high > planted_slope * 0.65
        assert estimate == pytest.approx(planted_slope, rel=0.35)
    assert len(found) >= 50
    assert {metric for (metric, *_), (*_, q) in found.items() if q < 0.05} == {
        metric for metric, slope in per_bridge.items() if slope
    }
    told = kithwork("success", "--config", built, "--out", tmp_path / "pages")
    assert told.code == 0, told.said
    page = (tmp_path / "pages" / "success.md").read_text(encoding="utf-8")
    assert f"{len(found)} tests" in page and "sales_per_head is" in page
    assert "not shown to be caused" in page and "ideas_per_head is" not in page


def test_proposals_name_the_silo_most_of_all(built, tmp_path):
    pairs = published_rows(
        built,
        "select units.name, others.name from fct_initiative_proposal as proposals"
        " inner join dim_org_unit as units using (org_unit_key)"
        " inner join dim_org_unit as others on proposals.other_org_unit_key = others.org_unit_key"
        " where kind = 'little_flow'",
    )
    counted = Counter(name for pair in pairs for name in pair).most_common()
    silo = truth(built)["silo"]
    assert counted[0][0] == silo and counted[0][1] >= 2 * counted[1][1]
    told = kithwork("proposals", "--config", built, "--out", tmp_path / "pages")
    assert told.code == 0, told.said
    page = (tmp_path / "pages" / "proposals.md").read_text(encoding="utf-8")
    assert page.count(silo) >= len([pair for pair in pairs if silo in pair])
    assert "To measure it" in page and "no order of merit" in page
    told = kithwork("proposals", "--config", built, "--out", tmp_path / "proposals.md")
    assert told.code == 1 and "--out names a folder" in told.said


def test_the_retention_card_withholds_what_so_few_exits_cannot_say(built, tmp_path):
    """18 of 20 expected separations: the card says why it is silent, and gives no ratio at that lag."""
    told = kithwork("retention", "--config", built, "--out", tmp_path / "pages")
    assert told.code == 0, told.said
    page = (tmp_path / "pages" / "retention.md").read_text(encoding="utf-8")
    ((expected, ratio, reason),) = published_rows(
        built,
        "select expected_events_not_engaged, lagged_rate_ratio, suppression_reason from fct_retention_card"
        " where question = 'engaged'",
    )
    assert 10 < expected < 20 and ratio is None and reason == "too_few_expected_events"
    assert "fewer than 20 separations would be expected" in page
    assert "Raw gap" in page and "Not causal" in page


def test_planted_experts_are_found_and_who_hides_a_topic_is_not(built):
    """Of the experts who are still there, by topic, at the last month: the top of everybody's list."""
    key = load_key(None, built.parent / "kithwork.key")
    rows = working_rows(
        built,
        "select topics.topic, workers.worker_id, expertise.expertise_score,"
        " rank() over (partition by topics.topic_key order by expertise.expertise_score desc nulls last)"
        " from marts.fct_expertise_month as expertise inner join identity.topics using (topic_key)"
        " inner join identity.workers using (person_key)"
        " where month_start = (select max(month_start) from marts.fct_expertise_month)",
    )
    found = {(topic, worker): (score, place) for topic, worker, score, place in rows}
    people = working_rows(built, "select worker_id from identity.workers inner join marts.dim_person"
                          " using (person_key) where is_employed")  # fmt: skip
    present = {worker for (worker,) in people}
    places, scores = [], []
    for topic, worker, is_hidden in planted(built, "experts").iter_rows():
        hashed = keyed_hash(key, "worker", WORKER_SPACE, worker)
        if is_hidden:
            assert (topic, hashed) not in found
        elif hashed in present:
            score, place = found.get((topic, hashed), (None, 999))
            scores.append(score or 0.0)
            places.append(place)
    assert len(places) >= 10
    assert sum(place <= 8 for place in places) >= 0.7 * len(places)
    assert sorted(scores)[len(scores) // 4] >= 70


def test_planted_questions_come_back_with_topic_answer_acceptance_and_repeat(built):
    truth = {row["message_id"]: row for row in planted(built, "questions").iter_rows(named=True)}
    rows = working_rows(
        built,
        "select question.message_id, topic.topic, question.n_answers > 0,"
        " question.accepted_answer_at is not null, question.similar_question_key is not null"
        " from marts.fct_question as question inner join marts.fct_question_topic using (question_key)"
        " inner join identity.topics as topic using (topic_key)"
        " where question.deleted_at is null and topic.kind = 'declared'",
    )
    found = {message: rest for message, *rest in rows}
    # Those of refused people, and of others who do not count, are missing.
    assert len(found.keys() & truth.keys()) > 0.9 * len(truth)
    assert set(found) <= set(truth)
    pairs = [(truth[message], rest) for message, rest in found.items()]
    assert all(rest[0] == row["topic"] for row, rest in pairs)
    answered = [rest[1] for row, rest in pairs if row["answer_id"] is not None]
    assert sum(answered) > 0.95 * len(answered)
    assert not any(rest[1] for row, rest in pairs if row["answer_id"] is None)
    accepted = [rest[2] for row, rest in pairs if row["is_accepted"]]
    assert sum(accepted) > 0.9 * len(accepted) > 50
    assert sum(rest[2] for row, rest in pairs if not row["is_accepted"]) < 0.05 * len(pairs)
    repeated = [rest[3] for row, rest in pairs if row["repeats_message_id"] is not None]
    assert sum(repeated) > 0.6 * len(repeated) > 20
    alike = [rest[3] for row, rest in pairs if row["repeats_message_id"] is None]
    assert sum(alike) < 0.1 * len(alike)


def test_a_sales_person_with_an_exception_finds_who_met_it_and_whom_to_ask(built):
    """The story: `kithwork experts` by a term of the topic, as somebody types it."""
    key = load_key(None, built.parent / "kithwork.key")
    topic = "Pricing exceptions"
    wide = {"COLUMNS": "200"}
    found = kithwork("experts", "special discount", "--limit", "8", "--config", built, environment=wide)
    assert found.code == 0, found.said
    assert topic in found.out and "Has anyone met it before?" in found.out
    ids = dict(working_rows(built, "select worker_id, person_id from identity.workers"
                            " inner join marts.dim_person using (person_key) where is_employed"))  # fmt: skip
    experts = planted(built, "experts").filter(pl.col("topic") == topic)
    shown = {
        worker: ids[hashed][:12] in found.out
        for worker, _ in experts.filter(~pl.col("is_hidden")).select("worker_id", "topic").iter_rows()
        if (hashed := keyed_hash(key, "worker", WORKER_SPACE, worker)) in ids
    }
    assert shown and any(shown.values()), "a planted expert who is still there is named"
    for worker in experts.filter(pl.col("is_hidden"))["worker_id"]:
        hashed = keyed_hash(key, "worker", WORKER_SPACE, worker)
        assert hashed not in ids or ids[hashed][:12] not in found.out, "who hides a topic is not found by it"
    earlier = planted(built, "questions").filter((pl.col("topic") == topic) & pl.col("is_accepted"))
    assert any(message in found.out for message in earlier["message_id"]), "an earlier case"
    names = pl.read_parquet(built.parent / "truth" / "people.parquet")["name"]
    assert not any(name in found.out for name in names), "pseudonyms unless --names"


def test_planted_thanks_for_answers_and_documents_come_back(built):
    """Counted for each person's own window to the last final month."""
    key = load_key(None, built.parent / "kithwork.key")
    rows = working_rows(
        built,
        "select worker_id, observed_from, observed_to, n_answers, n_thanked_answers, n_documents,"
        " n_thanked_documents from marts.fct_recognition_person_month"
        " inner join intermediate.int_scorecard_population using (person_key, month_start)"
        " inner join identity.workers using (person_key)"
        f" where month_start = '{last_final_month(built)}' and n_answers is not null",
    )
    objects = {}
    for row in planted(built, "thanks").iter_rows(named=True):
        worker = keyed_hash(key, "worker", WORKER_SPACE, row["worker_id"])
        objects.setdefault(worker, []).append(row)
    found, expected = [], []
    for worker, begin, end, *counts in rows:
        own = [row for row in objects.get(worker, ()) if begin <= row["sent_at"].date() < end]
        kinds = [
            [row for row in own if row["kind"] == kind and row["is_shared"]]
            for kind in ("answer", "document")
        ]
        found.append(counts)
        expected.append([n for kind in kinds for n in (len(kind), sum(row["is_thanked"] for row in kind))])
    assert len(found) > 400
    for total, wanted in zip(np.sum(found, axis=0), np.sum(expected, axis=0), strict=True):
        assert total == pytest.approx(wanted, rel=0.08)
    thanked = [sum(counts[n] for counts in expected) for n in (1, 3)]
    assert min(thanked) > 10, "something was planted"
    same = sum(a == b for a, b in zip(found, expected, strict=True))
    assert same > 0.9 * len(found)


def test_planted_searches_come_back_with_what_became_of_them(built):
    key = load_key(None, built.parent / "kithwork.key")
    rows = working_rows(
        built,
        "select worker_id, started_at, is_successful, is_asked from intermediate.int_search_sessions"
        " inner join identity.workers using (person_key)",
    )
    found = {(worker, started): rest for worker, started, *rest in rows}
    truth = planted(built, "searches")
    pairs = [
        (row, found[place])
        for row in truth.iter_rows(named=True)
        if (place := (keyed_hash(key, "worker", WORKER_SPACE, row["worker_id"]), row["searched_at"])) in found
    ]
    assert len(pairs) > 0.9 * len(truth) > 100
    judged = [(row, success) for row, (success, _) in pairs if success is not None]
    assert sum(success == row["is_successful"] for row, success in judged) > 0.97 * len(judged)
    asked = [is_asked for row, (_, is_asked) in pairs if row["outcome"] == "asked"]
    assert sum(asked) > 0.9 * len(asked) > 20
    assert not any(is_asked for row, (_, is_asked) in pairs if row["outcome"] != "asked")
