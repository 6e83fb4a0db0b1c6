"""The models of retention on invented careers: peers, planted truth, and data that must be refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from assets.outcomes.retention import retention_by_engagement
from assets.retention.adjusted import (
    ALL_ALIKE,
    adjusted,
    by_part,
    dose,
    fitted,
    negative_outcome,
    proportionality,
)
from assets.retention.card_columns import SCHEMA
from assets.retention.covariates import design, independent
from assets.retention.marginal_structural import marginal_structural, stabilised_weights
from assets.retention.parts import DIMENSIONS
from assets.retention.person_months import UNOBSERVED, Factor, PersonMonths
from assets.retention.report import report
from assets.retention.study import Facts, study

MONTHS = 15


def careers(
    people: int = 1_500,
    seed: int = 1,
    *,
    effect: float = np.log(0.5),
    confounded: bool = False,
    by_tenure: float = 0.0,
) -> PersonMonths:
    """Monthly rows until people leave; ``confounded``: a new manager unsettles and silences."""
    rng = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("spell", "month", "x", "tenure", "manager", "event")
    }
    columns |= {"other": [], "unseen": []}
    tenure0 = rng.integers(3, 120, people)
    level = rng.integers(0, 3, people)
    for person in range(people):
        x, manager = rng.random() < 0.6, False
        for month in range(MONTHS):
            manager = (
                rng.random() < (0.7 if manager else (0.1 if x else 0.25))
                if confounded
                else rng.random() < 0.2
            )
            x = rng.random() < (0.85 if x else 0.15) * (0.4 if manager and confounded else 1.0)
            tenure = tenure0[person] + month
            log_hazard = (
                np.log(0.03)
                - 0.3 * np.log1p(tenure / 12)
                - 0.2 * level[person]
                + (1.6 if manager and confounded else 0)
            )
            ratio = effect + by_tenure * (np.log1p(tenure / 12) - 1.7)
            event = rng.random() < -np.expm1(-np.exp(log_hazard + ratio * x))
            other = not event and rng.random() < 0.004
            for name, value in zip(
                columns, (person, month, x, tenure, manager, event, other, rng.random() < 0.02), strict=True
            ):
                columns[name].append(value)
            if event or other:
                break
    of = {name: np.array(values) for name, values in columns.items()}
    spell = of["spell"].astype(np.int64)
    n = len(spell)
    exposure = np.where(of["unseen"], UNOBSERVED, of["x"]).astype(np.int64)
    zero = Factor(np.zeros(n, dtype=np.int64), ("all",))
    return PersonMonths(
        spell=spell,
        person=spell,
        team=spell % 80,
        month=24_000 + of["month"].astype(np.int64),
        month_share=np.where(of["other"], 0.5, 1.0),
        years=np.where(of["other"], 0.5, 1.0) / 12,
        exposure=exposure,
        own_exposure=exposure,
        common_exposure=exposure,
        contributions=of["x"] * rng.poisson(6, n).astype(float),
        tenure=of["tenure"].astype(float),
        org_unit=Factor((spell // 160) % 3, ("11", "12", "13")),
        hire_year=Factor(spell % 4, ("2019", "2020", "2021", "2022")),
        level=Factor(level[spell], ("L1", "L2", "L3")),
        location=Factor((spell // 80) % 2, ("Porto", "Austin")),
        job_family=zero,
        age_band=zero,
        team_size=3.0 + spell % 7,
        team_attrition=np.where(spell % 11 == 0, np.nan, (spell * 7 % 5) / 20),
        is_part_time=spell % 9 == 0,
        has_new_manager=of["manager"].astype(bool),
        event=of["event"].astype(bool),
        redundancy=np.zeros(n, dtype=bool),
        involuntary=of["other"].astype(bool),
        unclassified=np.zeros(n, dtype=bool),
        other_exit=of["other"].astype(bool),
    )


@pytest.fixture(scope="module")
def rows() -> PersonMonths:
    return careers()


def test_the_model_is_that_of_statsmodels_and_finds_the_planted_ratio(rows: PersonMonths) -> None:
    observed = rows.where(rows.exposure != UNOBSERVED)
    engaged = {"engaged": (observed.exposure == 1).astype(float)}
    columns, found = fitted(observed, engaged, observed.event)
    again = independent(design(observed, engaged, observed.event), 1)
    assert columns.names == again.names and columns.covariates == "full"
    offset = np.where(observed.event, 0, np.log(observed.month_share))
    peer = sm.GLM(
        observed.event.astype(float),
        columns.values,
        family=sm.families.Binomial(sm.families.links.CLogLog()),
        offset=offset,
    ).fit(cov_type="cluster", cov_kwds={"groups": observed.team}, tol=1e-12)
    assert found.coefficients == pytest.approx(peer.params, abs=1e-5)
    assert found.standard_errors == pytest.approx(peer.bse, rel=1e-4)
    estimate = adjusted(rows, rows.exposure)[0]
    assert estimate.low < 0.5 < estimate.high and estimate.high / estimate.low < 2.2
    assert estimate.n_teams == 80 and estimate.reason is None


def test_unobserved_months_are_a_level_or_left_out(rows: PersonMonths) -> None:
    few = adjusted(rows, rows.exposure)
    hidden = np.where(np.arange(len(rows)) % 4 == 0, UNOBSERVED, rows.exposure)
    many = adjusted(rows, hidden)
    assert [e.term for e in few] == [e.term for e in many] == ["engaged", "unobserved"]
    assert few[1].ratio is None and few[1].reason in ("too_few_events", "too_few_expected_events")
    assert many[1].low < 0.75 < many[1].high  # a mixture of both, of rates 1 and 0.5


def test_a_ratio_that_changes_with_tenure_is_found_and_told_by_tenure() -> None:
    changing = proportionality(careers(2_500, 3, by_tenure=0.9))
    assert changing.p_value < 0.01
    ratios = [e.ratio for e in changing.by_tenure if e.ratio is not None]
    assert ratios == sorted(ratios) and len(ratios) >= 2
    assert proportionality(careers(2_500, 4)).p_value > 0.01


def test_ratios_by_level_and_per_doubling(rows: PersonMonths) -> None:
    *levels, alike = by_part(rows, Factor(rows.level.codes // 2, ("L1 and L2", "L3")), "level")
    assert alike.term == ALL_ALIKE and alike.p_value > 0.01 and alike.ratio is None
    assert [e.term for e in levels] == ["L1 and L2", "L3"] and {e.method for e in levels} == {"by_level"}
    assert all(e.low < 0.5 < e.high for e in levels)
    amount = dose(rows, rows.contributions, "dose", "contributions")
    assert amount.high < 1 and amount.ratio == pytest.approx(0.5 ** (1 / np.log2(7)), abs=0.1)


def test_weights_are_those_of_pooled_logistic_models_and_undo_time_varying_confounding() -> None:
    biased = careers(3_000, 5, effect=0.0, confounded=True)
    crude = biased.event[biased.exposure == 1].mean() / biased.event[biased.exposure == 0].mean()
    assert crude < 0.75
    found = marginal_structural(biased)
    assert found.weights is not None and 0.95 < found.weights.mean < 1.05
    assert found.weights.minimum < found.weights.percentile_1 < 1 < found.weights.percentile_99
    assert found.estimate.low < 1 < found.estimate.high
    assert found.estimate.ratio > crude + 0.1


def test_weights_without_anything_that_changes_are_one(rows: PersonMonths) -> None:
    still = replace(
        rows.where(rows.exposure != UNOBSERVED),
        has_new_manager=np.zeros(int((rows.exposure != UNOBSERVED).sum()), dtype=bool),
    )
    assert stabilised_weights(still, np.zeros(len(still), dtype=bool)) == pytest.approx(np.ones(len(still)))


def test_the_negative_control_sees_only_bias(rows: PersonMonths) -> None:
    fair = negative_outcome(rows)
    assert fair.term == "involuntary" and (fair.reason or fair.low < 1 < fair.high)
    rng = np.random.default_rng(6)
    unfair = rng.random(len(rows)) < np.where(rows.exposure == 1, 0.005, 0.02)
    found = negative_outcome(replace(rows, redundancy=unfair, involuntary=unfair))
    assert found.term == "redundancy" and found.high < 1


def changed(rows: PersonMonths, **columns: Any) -> PersonMonths:
    return replace(rows, **columns)


def test_bad_data_gives_a_reason_and_no_number(rows: PersonMonths) -> None:
    n = len(rows)
    nobody, everybody = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    one = nobody.copy()
    one[7] = True
    cases = {
        "no_events": changed(rows, event=nobody),
        "too_few_expected_events": changed(rows, event=one),
        "no_exposure_contrast": changed(rows, exposure=np.ones(n, dtype=np.int64)),
        "too_few_teams": changed(rows, team=rows.team % 3),
        "separation": changed(rows, exposure=np.where(rows.event, 0, np.arange(n) % 2).astype(np.int64)),
    }
    for reason, case in cases.items():
        for estimate in (*adjusted(case, case.exposure)[:1], marginal_structural(case).estimate):
            assert estimate.reason == reason and estimate.ratio is None and estimate.low is None
        assert proportionality(case).p_value is None
        assert all(e.reason and e.p_value is None for e in by_part(case, case.location, "location"))
    everybody_left = adjusted(changed(rows, event=everybody), rows.exposure)[0]
    assert everybody_left.ratio is None and everybody_left.reason is not None
    blind = adjusted(rows, np.full(n, UNOBSERVED))[0]
    assert blind.ratio is None and blind.reason == "no_events"
    stuck = changed(rows, exposure=(rows.spell % 2).astype(np.int64))  # nobody ever changes
    assert marginal_structural(stuck).estimate.reason in ("separation", "not_converged")
    mirrored = changed(rows, level=Factor((rows.exposure == 1).astype(np.int64), ("L1", "L2")))
    assert adjusted(mirrored, mirrored.exposure)[0].reason == "collinear"


def test_a_constant_or_doubled_covariate_changes_nothing(rows: PersonMonths) -> None:
    plain = adjusted(rows, rows.exposure)[0]
    doubled = adjusted(changed(rows, job_family=rows.location), rows.exposure)[0]
    constant = adjusted(changed(rows, team_size=np.full(len(rows), 4.0)), rows.exposure)[0]
    assert doubled.ratio == pytest.approx(plain.ratio, rel=1e-6)
    assert constant.ratio == pytest.approx(plain.ratio, rel=0.05)


def test_fewer_events_mean_a_smaller_declared_set(rows: PersonMonths) -> None:
    events = np.flatnonzero(rows.event)
    for n_events, name in ((130, "reduced"), (60, "minimal")):
        kept = np.zeros(len(rows), dtype=bool)
        kept[events[:: max(len(events) // n_events, 1)][:n_events]] = True
        assert design(rows, {"engaged": rows.exposure * 1.0}, kept).covariates == name


def counts_of(rows: PersonMonths) -> list[dict[str, Any]]:
    """Rows of ``parts.COUNTS_SQL`` at a lag of 3, and of 0 with half of the events."""
    found = []
    for dimension in DIMENSIONS:
        part = getattr(rows, dimension)
        for code, name in enumerate(part.names):
            for exposure, word in ((1, "engaged"), (0, "not_engaged"), (-1, "unobserved")):
                inside = (part.codes == code) & (rows.common_exposure == exposure)
                found += [
                    {
                        **dict.fromkeys(DIMENSIONS),
                        dimension: name, "lag_months": lag, "exposure": word, "event_clock": "exit",
                        "n_events": int(rows.event[inside].sum()) // (1 if lag else 2),
                        "employed_days": int(rows.years[inside].sum() * 365.25),
                    }
                    for lag in (0, 3)
                ]  # fmt: skip
    return found


def study_of(rows: PersonMonths, curve: list[dict[str, Any]], counts: list[dict[str, Any]]) -> dict[str, Any]:
    return study(Facts(rows, 3, curve, (), counts))


def curve_row(lag: int, ratio: float) -> dict[str, Any]:
    names = {f.name for f in SCHEMA}
    return {
        **dict.fromkeys(names, None),
        "lag_months": lag, "is_publishable": True, "is_headline": lag == 3, "rate_engaged": 10 * ratio,
        "rate_not_engaged": 10.0, "rate_ratio": ratio, "rate_ratio_ci_low": ratio / 1.5,
        "rate_ratio_ci_high": ratio * 1.5, "n_persons_engaged": 700, "n_persons_not_engaged": 600,
        "n_events_engaged": 90, "n_events_not_engaged": 120, "person_years_engaged": 900.0,
        "person_years_not_engaged": 700.0, "person_years_unobserved": 20.0, "expected_events_engaged": 118.0,
        "expected_events_not_engaged": 92.0, "observed_share": 0.99, "event_clock": "exit",
        "raw_retention_gap": 0.02, "raw_retention_gap_ci_low": 0.01, "raw_retention_gap_ci_high": 0.03,
        "raw_retention_gap_banner": "Not causal.", "log_change_error": None,
    }  # fmt: skip


def test_cards_say_what_they_rest_on_and_never_that_it_was_the_cause(rows: PersonMonths) -> None:
    curve = [curve_row(lag, ratio) for lag, ratio in ((0, 0.3), (1, 0.4), (2, 0.5), (3, 0.55), (6, 0.9))]
    strata = [
        {
            "lag_months": 3, "stratification": "tenure_level", "reason": None, "mh_rate_ratio": 0.52,
            "mh_rate_ratio_ci_low": 0.4, "mh_rate_ratio_ci_high": 0.7, "heterogeneity": 9.0,
            "heterogeneity_freedom": 8, "expected_events_engaged": 80.0,
            "expected_events_not_engaged": 60.0,
        }
    ]  # fmt: skip
    landmark = {
        "rmst_12_difference": 0.4, "rmst_12_difference_ci_low": 0.1, "rmst_12_difference_ci_high": 0.7,
        "comparison_reason": None, "mean_reason": None,
    }  # fmt: skip
    facts = Facts(rows, 3, curve, strata, counts_of(rows), absent="purpose_missing", landmark=landmark)
    tables = study(facts)
    listed = tables["retention_cards"].to_pylist()
    cards = {card["question"]: card for card in listed if card["dimension"] == "organisation"}
    main = cards["engaged"]
    assert main["lag_curve"] == "0: 0.30, 1: 0.40, 2: 0.50, 3: 0.55, 6: 0.90"
    assert main["crude_rate_ratio"] == 0.3 and main["lagged_rate_ratio"] == 0.55
    assert main["mh_heterogeneity_p_value"] == pytest.approx(0.3423, abs=1e-4)
    assert main["adjusted_hazard_ratio_ci_low"] < 0.5 < main["adjusted_hazard_ratio_ci_high"]
    assert main["e_value"] > main["e_value_ci"] > 1
    assert main["negative_exposure_reason"] == "no_source"
    assert "The ratio moves to 1 as the lag grows" in main["reading"]
    assert "consistent with withdrawal or decaying exposure" in main["reading"]
    assert "associated with lower turnover" in main["reading"]
    assert cards["network_strength"]["adjusted_reason"] == "purpose_missing"
    page = report(
        [{**card, "suppression_reason": None} for card in listed],
        [{**e, "suppression_reason": e["reason"]} for e in tables["retention_estimates"].to_pylist()],
    )
    for text in (page, *(card["reading"] for card in listed)):
        for word in ("because of", "effect of", "reduces", "causes", "prevents", "due to", "leads to"):
            assert word not in text
    assert "Raw gap: +2.0 points" in page and "not permitted for the purpose retention" in page
    few = study(replace(facts, curve=[{**row, "is_publishable": False} for row in curve]))
    hidden = few["retention_cards"].to_pylist()[0]
    assert hidden["lagged_rate_ratio"] is None and hidden["mh_reason"] == "too_few_expected_events"
    assert hidden["reading"].startswith("Too little to compare")
    for ratio in ("adjusted_hazard_ratio", "msm_odds_ratio", "rmst_12_difference", "e_value"):
        assert hidden[ratio] is None
    assert (
        hidden["adjusted_reason"]
        == hidden["msm_reason"]
        == hidden["rmst_reason"]
        == "too_few_expected_events"
    )
    assert hidden["ratio_reported"] is None and hidden["proportionality_reason"] == "too_few_expected_events"


def test_every_figure_of_a_card_keeps_the_rule_for_itself(rows: PersonMonths) -> None:
    """20 expected separations per arm, also where a figure rests on fewer rows than the card (H9)."""
    curve = [{**curve_row(0, 0.3), "is_publishable": False}, curve_row(3, 0.55)]
    strata = {
        "lag_months": 3, "stratification": "tenure_level", "reason": None, "mh_rate_ratio": 0.52,
        "expected_events_engaged": 19.9, "expected_events_not_engaged": 60.0,
    }  # fmt: skip
    found = study(Facts(rows, 3, curve, [strata]))["retention_cards"].to_pylist()[0]
    assert found["adjusted_hazard_ratio"] is not None and found["lagged_rate_ratio"] == 0.55
    assert found["crude_rate_ratio"] is None and found["lag_curve"] == "0: –, 3: 0.55"
    assert found["mh_rate_ratio"] is None and found["mh_reason"] == "too_few_expected_events"

    seldom = np.where(np.arange(len(rows)) % 25 == 0, rows.contributions, 0.0)  # most amounts are 0
    amount = dose(rows, seldom, "dose", "contributions")
    assert rows.event.sum() > 40 and amount.expected_events < 20
    assert amount.ratio is None and amount.reason == "too_few_expected_events"

    loyal = rows.event & ((rows.exposure != 1) | (np.cumsum(rows.event & (rows.exposure == 1)) <= 2))
    two = adjusted(replace(rows, event=loyal), rows.exposure)[0]
    assert two.expected_events > 20 and two.fewest_events == 2
    assert two.ratio is None and two.p_value is None and two.reason == "few_events_in_one_group"


def curve_from(rows: PersonMonths) -> list[dict[str, Any]]:
    """The curve of lags 0 and 3 that these rows give, by the function of the pipeline."""
    counted = [
        {
            "lag_months": lag, "exposure": word, "sample": "common", "event_clock": "exit",
            "history_months": 18, "n_events": int(rows.event[inside].sum()),
            "employed_days": int(rows.years[inside].sum() * 365.25),
            "n_persons": len(np.unique(rows.person[inside])),
        }
        for exposure, word in ((1, "engaged"), (0, "not_engaged"))
        for inside in [rows.exposure == exposure]
        for lag in (0, 3)
    ]  # fmt: skip
    nobody = pa.table({"index_date": [], "exposure": [], "n_persons": [], "n_retained": []})
    return list(retention_by_engagement(pa.Table.from_pylist(counted), nobody).to_pylist())


def unexplained(rows: PersonMonths, lost: np.ndarray) -> dict[str, Any]:
    """The resignations in ``lost`` without a known kind: exits, but nobody's decision."""
    return {"event": rows.event & ~lost, "unclassified": lost, "other_exit": rows.other_exit | lost}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda r: {"event": np.zeros(len(r), dtype=bool)}, "too_few_expected_events"),
        (lambda r: {"event": np.arange(len(r)) == 7}, "too_few_expected_events"),
        (lambda r: {"event": np.ones(len(r), dtype=bool)}, "no_variation"),
        (lambda r: {"exposure": np.where(r.event, 0, np.arange(len(r)) % 2)}, "separation"),
        (lambda r: {"level": Factor((r.exposure == 1).astype(np.int64), ("L1", "L2"))}, "collinear"),
        (lambda r: {"team_size": np.full(len(r), 4.0)}, None),
        (lambda r: {"job_family": r.location}, None),
        (lambda r: unexplained(r, r.event), "too_few_expected_events"),
        (lambda r: unexplained(r, r.event & (np.arange(len(r)) % 3 > 0)), None),
    ],
    ids=[
        "nobody left", "one left", "all left", "separation", "collinear", "constant", "doubled",
        "unknown reasons", "mostly unknown reasons",
    ],
)  # fmt: skip
def test_bad_data_through_a_whole_card(rows: PersonMonths, spoil: Any, reason: str | None) -> None:
    """Every question's card and every estimate has a number or a reason, and a page can be written."""
    spoilt = replace(rows, **spoil(rows))
    tables = study(Facts(spoilt, 3, curve_from(spoilt), (), counts_of(spoilt)))
    cards, estimates = (tables[name].to_pylist() for name in ("retention_cards", "retention_estimates"))
    main = cards[0]
    assert main["question"] == "engaged" and main["adjusted_reason"] == reason
    known = spoilt.common_exposure != UNOBSERVED
    n_unknown, n_events = (
        int(spoilt.unclassified[known].sum()),
        int(spoilt.event[spoilt.exposure != UNOBSERVED].sum()),
    )
    assert main["n_unclassified_exits"] == n_unknown
    assert main["n_events_engaged"] + main["n_events_not_engaged"] == n_events  # none is made up
    if n_unknown:
        share = f"{100 * n_unknown / (n_unknown + n_events):.0f} %" if n_events else "Nearly all"
        assert f"{share} of the exits that may have been resignations have no known kind" in main["reading"]
    else:
        assert "known kind" not in main["reading"]
    for card in cards:
        assert (card["adjusted_hazard_ratio"] is None) == (card["adjusted_reason"] is not None)
        assert card["reading"] and "nan" not in card["reading"] and "inf" not in card["reading"]
        if card["adjusted_reason"] is not None:
            assert card["e_value"] is None and card["adjusted_p_value"] is None
    for estimate in estimates:
        numbers = [estimate[name] for name in ("ratio", "ratio_ci_low", "ratio_ci_high")]
        assert all(number is None for number in numbers) or np.isfinite(numbers).all()
        assert estimate["reason"] or estimate["ratio"] is not None or estimate["term"] == ALL_ALIKE
    assert report(
        [{**card, "suppression_reason": None} for card in cards],
        [{**e, "suppression_reason": e["reason"]} for e in estimates],
    )
