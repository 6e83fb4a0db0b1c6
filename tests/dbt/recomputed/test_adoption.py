"""Adoption, and what becomes of those who adopted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from lifelines import KaplanMeierFitter

from assets.identity.key import load_key
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash

pytestmark = pytest.mark.slow


def test_adoption_curve_is_lifelines_and_agrees_with_what_was_planted(warehouse, traces, days, built):
    visible = traces[traces.what.isin(["posts", "replies", "reactions", "mentions", "praises"])]
    visible = visible.merge(days[~days.is_opted_out][["person", "day"]], on=["person", "day"])
    visible = visible.assign(week=visible.day - pd.to_timedelta(visible.day.dt.weekday, unit="D"))
    firsts = visible.groupby(["person", "week"]).day.min().reset_index().sort_values("week")
    second = firsts.groupby("person").nth(1).set_index("person").day
    spells = warehouse.frame("select * from intermediate.int_adoption_spells")
    rows = []
    for spell in spells.itertuples():
        begin, end = pd.Timestamp(spell.origin_date), pd.Timestamp(spell.observed_to)
        at = second.get(spell.person_key)
        is_adopted = at is not None and begin <= at < end
        rows.append((((at - begin).days + 1) if is_adopted else (end - begin).days, is_adopted))
    durations, is_adopted = zip(*rows, strict=True)
    assert spells.duration.tolist() == list(durations)
    assert spells.is_adopted.tolist() == list(is_adopted)
    curve = warehouse.frame("select * from marts.fct_adoption_curve where org_unit_key = 0")
    fitted = KaplanMeierFitter().fit(durations, is_adopted)
    np.testing.assert_allclose(
        curve.adopted_share, 1 - fitted.predict(curve.days_since_start).to_numpy(), atol=1e-8
    )
    times, adopted = np.array(durations), np.array(is_adopted)
    ended = [int(((times < day) & ~adopted).sum()) for day in curve.days_since_start]
    assert curve.n_partial.tolist() == ended
    assert (curve.n_defined + curve.n_partial == len(times)).all()
    key = load_key(None, built.parent / "kithwork.key")
    truth = pl.read_parquet(built.parent / "truth" / "people.parquet").to_dicts()
    person_of = dict(warehouse.rows("select worker_id, person_key from identity.workers"))
    kept = {person_of.get(keyed_hash(key, "worker", WORKER_SPACE, t["worker_id"])): t for t in truth}
    planted = json.loads((built.parent / "truth" / "planted.json").read_bytes())
    programmes = [month for programme in planted["initiatives"] for month in programme["by_month"]]
    calm = firsts[firsts.day < pd.Timestamp(min(programmes))]  # programmes and the young wake people
    first = calm.groupby("person").day.min()
    hired = warehouse.rows("select person_key, hire_date from intermediate.int_spells")
    old = {person for person, day in hired if pd.Timestamp(day) < warehouse.start}
    silent = [p for p, t in kept.items() if t["never_posts"] and p in old]
    assert len(silent) >= 5 and not set(silent) & set(first.index), "who never posts is never found posting"
    gaps = [
        (first[p] - warehouse.start).days - t["adoption_months"] * 30
        for p, t in kept.items()
        if p in first.index and p in old
    ]
    assert len(gaps) > 40
    assert min(gaps) > -5, "nobody is found posting before the planted adoption"


def test_a_published_curve_tells_neither_that_all_nor_that_none_adopted(built):
    """Of a unit where all adopted, or none did by a day, a curve and its counts give a bound at most."""
    folder = built.parent / "warehouse" / "published" / "current"
    curve = pl.read_parquet(folder / "fct_adoption_curve.parquet")
    bounded = curve.filter(pl.col("suppression_reason") == "at_most_5_percent")
    assert bounded.height > 5
    for column in ("adopted_share", "n_defined", "n_partial", "n_at_risk"):
        assert bounded[column].null_count() == bounded.height
    assert not curve.filter(pl.col("adopted_share").is_in([0.0, 1.0])).height
    assert not curve.filter(pl.col("adopted_share_registered").is_in([0.0, 1.0])).height
    open_yet = curve.filter(pl.col("n_at_risk").is_not_null())
    assert open_yet.height > 100
    assert open_yet["n_at_risk"].min() >= 5, "so that many have not adopted by the day"
    assert (open_yet["n_at_risk"] < open_yet["n_defined"]).sum() > 100


def test_cohorts_keep_leavers_apart(warehouse, expected):
    adopters = warehouse.frame("select * from intermediate.int_adoption_spells where is_adopted")
    weeks = expected[expected.period_kind == "week"].set_index(["person", "period_start"])
    labels = sorted(set(weeks.index.get_level_values(1)))
    found = warehouse.frame("select * from marts.fct_cohort_participation where cohort_kind = 'all'")
    for row in found.itertuples():
        n, left, away, done = 0, 0, 0, 0
        for spell in adopters.itertuples():
            week = pd.Timestamp(spell.adoption_week) + pd.Timedelta(weeks=row.weeks_since_adoption)
            if week not in labels:
                continue
            if (spell.person_key, week) not in weeks.index:
                left += 1
                continue
            state = weeks.loc[(spell.person_key, week)]
            left += not state.is_employed_at_end
            away += bool(state.is_employed_at_end and not state.is_in)
            n += bool(state.is_employed_at_end and state.is_in)
            done += bool(state.is_employed_at_end and state.is_in and state.contributions > 0)
        assert (row.n_left, row.n_partial, row.n_defined) == (left, away, n)
        if n:
            assert row.cohort_participation_retention == pytest.approx(done / n)
