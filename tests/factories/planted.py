"""What was planted in a generated organisation, and where its warehouse shows it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import polars as pl

from assets.identity.key import load_key
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash
from tests.factories.builds import published_rows, working_rows


def last_final_month(settings) -> date:
    """The last month that late data can no longer change."""
    return working_rows(settings, "select max(month_start) from reference.months where is_final")[0][0]


def positions(settings, role):
    """Pseudonyms of the people who held a planted position all through the last window of ties."""
    month = last_final_month(settings)
    frame = pl.read_parquet(settings.parent / "truth" / "positions.parquet")
    held = frame.filter(
        (pl.col("role") == role)
        & (pl.col("since") <= pl.lit(month).dt.offset_by("-2mo"))
        & (pl.col("until").is_null() | (pl.col("until") > pl.lit(month).dt.offset_by("1mo")))
    )
    key = load_key(None, settings.parent / "kithwork.key")
    return [keyed_hash(key, "worker", WORKER_SPACE, worker) for worker in held["worker_id"]]


def share_above(settings, column, role):
    """For each holder of a position, the share of measured people who exceed them in ``column``."""
    rows = working_rows(
        settings,
        f"""
        select workers.worker_id, percent_rank() over (order by people.{column} desc)
        from network.person_month as people
        inner join identity.workers using (person_key)
        where people.is_measured and people.month_start = date '{last_final_month(settings)}'
        """,
    )
    ranks = dict(rows)
    return [ranks[person] for person in positions(settings, role) if person in ranks]


def planted_ties(settings, month):
    """For each person's pseudonym, how many people turned a lot to them in a month as planted."""
    ties = planted(settings, "ties").filter(
        (pl.col("since") <= month) & (pl.col("until").is_null() | (pl.col("until") > month))
    )
    turned = [*ties.select("to_worker_id", "strength").iter_rows()]
    turned += [*ties.select("from_worker_id", "strength_back").iter_rows()]
    key = load_key(None, settings.parent / "kithwork.key")
    counted = Counter(worker for worker, strength in turned if strength >= 0.5)
    return {keyed_hash(key, "worker", WORKER_SPACE, worker): n for worker, n in counted.items()}


def retention(settings, lag, sample="own"):
    """A row of turnover by engagement at one lag."""
    rows = working_rows(
        settings,
        f"""
        select rate_ratio, rate_ratio_ci_low, rate_ratio_ci_high, n_events_engaged, n_events_not_engaged
        from outcomes.retention_by_engagement where sample = '{sample}' and lag_months = {lag}
        """,
    )
    return rows[0]


def effect(settings, initiative, method, outcome="participation_rate"):
    """One effect of an initiative as published."""
    rows = published_rows(
        settings,
        f"""
        select effect, effect_ci_low, effect_ci_high, is_headline from fct_initiative_effect
        where initiative_id = '{initiative}' and method = '{method}' and outcome = '{outcome}'
        """,
    )
    return rows[0]


def truth(settings):
    """What was planted, as one document."""
    return json.loads((settings.parent / "truth" / "planted.json").read_bytes())


def planted(settings, name):
    """A frame of the truth."""
    return pl.read_parquet(settings.parent / "truth" / f"{name}.parquet")
