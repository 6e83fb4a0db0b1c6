"""K9_clock finds hours that move with the clock, and takes nobody's habits for a wrong zone."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
import pytest

from assets.quality.clock import CLOCK
from tests.conftest import SHARED_DATA
from tests.factories import working_hours
from tests.factories.working_file import write_working_file

ZONES = ("Europe/Warsaw", "America/Chicago")
SEEDS = {10: 40, 30: 20, 100: 8}
"""Group size to the number of groups per zone; every second one is read wrongly too."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """``measured`` per experiment: how the times were read, group size, seed and zone; one query for all."""
    frames = []
    for zone in ZONES:
        for size, n_seeds in SEEDS.items():
            for seed in range(n_seeds):
                events = working_hours.group(seed, size, zone)
                frames.append(_named(events, "right", size, seed, zone))
                if seed % 2:
                    utc = working_hours.utc_taken_for_local(events, zone)
                    frames.append(_named(utc, "utc as local", size, seed, zone))
                    local = working_hours.local_taken_for_utc(events, zone)
                    frames.append(_named(local, "local as utc", size, seed, zone))
    found = measure(tmp_path_factory.mktemp("clock") / "kithwork.duckdb", pl.concat(frames))
    parts = found["subject"].str.split("|")
    return found.with_columns(
        parts.list.get(0).alias("read"),
        parts.list.get(1).cast(pl.Int64).alias("size"),
    )


def _named(events, read, size, seed, zone):
    return events.with_columns(
        pl.lit(f"{read}|{size}|{seed}|").alias("source"), pl.lit(zone).alias("timezone")
    )


def measure(path, events):
    """The check's answer for every source of ``events`` (source, timezone, person, occurred_at)."""
    people = (
        events.select("source", "timezone", "person").unique(maintain_order=True).with_row_index("person_key")
    )
    events = events.join(people, on=["source", "timezone", "person"])
    with duckdb.connect(str(write_working_file(path))) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "insert into intermediate.int_person_timezones "
            "select person_key, date '2000-01-01', null, timezone from people"
        )
        connection.execute(
            "insert into intermediate.int_activities select source, 'post', person_key, person_key, "
            "occurred_at, true, cast(occurred_at as date), "
            "timezone(timezone, timezone('UTC', occurred_at)) from events"
        )
        return connection.sql(CLOCK.measure).pl()


def shares(measured, read, *sizes):
    """(taken for wrong, not decided, taken for right) of the groups."""
    chosen = measured.filter((pl.col("read") == read) & pl.col("size").is_in(sizes))
    wrong = (chosen["measured"] > CLOCK.warn).fill_null(False).mean()
    undecided = chosen["measured"].is_null().mean()
    return wrong, undecided, 1 - wrong - undecided


def test_times_read_rightly_hardly_ever_warn(measured):
    right = measured.filter(pl.col("read") == "right")
    assert right.height > 130
    assert shares(measured, "right", 10, 30, 100)[0] < 0.01
    assert shares(measured, "right", 30, 100)[2] > 0.9, "large groups are judged, and found right"


@pytest.mark.parametrize("read", ["utc as local", "local as utc"])
def test_a_wrong_zone_is_found(measured, read):
    assert shares(measured, read, 30)[0] > 0.9
    assert shares(measured, read, 100)[0] == 1
    blocked = measured.filter((pl.col("read") == read) & (pl.col("size") == 100))["measured"] > CLOCK.block
    assert blocked.mean() > 0.8


@pytest.mark.parametrize("read", ["utc as local", "local as utc"])
def test_of_few_people_a_wrong_zone_is_found_or_left_open_but_not_called_right(measured, read):
    wrong, _, right = shares(measured, read, 10)
    assert wrong > 0.3
    assert right < 0.05


def test_a_few_night_workers_whose_shift_rotates_do_not_make_a_clock_change(tmp_path):
    events = working_hours.group(3, 40, "Europe/Warsaw")
    late = (pl.col("person") < 4) & (pl.col("occurred_at") >= pl.datetime(2024, 3, 31))
    rotated = events.with_columns(
        pl.when(late)
        .then(pl.col("occurred_at").dt.offset_by("8h"))
        .otherwise("occurred_at")
        .alias("occurred_at")
    )
    found = measure(tmp_path / "k.duckdb", _named(rotated, "right", 40, 3, "Europe/Warsaw"))
    assert found["measured"][0] is None or found["measured"][0] < CLOCK.warn


def test_the_estimate_is_the_one_of_an_independent_computation(tmp_path):
    zone = "America/Chicago"
    events = working_hours.utc_taken_for_local(working_hours.group(11, 30, zone), zone)
    found = measure(tmp_path / "k.duckdb", _named(events, "right", 30, 11, zone))
    local = events.with_columns(
        pl.col("occurred_at")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(zone)
        .dt.replace_time_zone(None)
        .alias("t")
    ).filter(pl.col("t").dt.weekday() <= 5)
    shifts, weights = [], []
    for changed, direction in ((np.datetime64("2024-03-10"), 1), (np.datetime64("2024-11-03"), -1)):
        for _, own in local.group_by("person"):
            times = own["t"].to_numpy()
            days = times.astype("datetime64[D]")
            near = (days >= changed - 91) & (days < changed + 91)
            hours = (times[near] - days[near]) / np.timedelta64(1, "m") // 1 / 60
            slots, at = np.unique(
                (days[near] - changed).astype(int) * 24 + hours.astype(int), return_inverse=True
            )
            turn = np.exp(1j * np.pi / 12 * np.bincount(at, hours) / np.bincount(at))
            after = slots >= 0
            if min(after.sum(), (~after).sum()) < 3:
                continue
            turned = turn / np.exp(1j * np.angle(turn.mean()))
            off = turned.imag / turned.real.mean() * 12 / np.pi
            if turned.real.mean() >= 0.3:
                shifts.append(direction * (off[after].mean() - off[~after].mean()))
                weights.append(1 / (1 / after.sum() + 1 / (~after).sum() + 0.04))
    assert found["measured"][0] == pytest.approx(abs(np.average(shifts, weights=weights)), abs=1e-9)


def test_a_real_mail_trace_of_a_polish_factory(tmp_path):
    """Local times of 2010: right as Warsaw's, an hour off where they are taken for UTC."""
    file = SHARED_DATA / "manufacturing_email" / "communication.csv"
    if not file.exists():
        pytest.skip(f"{file} is there on the maintainers' machines only: its licence is not verified")
    mails = pl.read_csv(file, separator=";").select(
        pl.col("Sender").alias("person"), pl.col("EventDate").str.to_datetime().alias("occurred_at")
    )
    zone = "Europe/Warsaw"
    local = pl.col("occurred_at").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    utc = mails.with_columns(local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)).drop_nulls()
    read = [_named(utc, "right", 0, 0, zone), _named(mails, "local as utc", 0, 0, zone)]
    found = dict(measure(tmp_path / "k.duckdb", pl.concat(read)).select("subject", "measured").rows())
    assert found[f"right|0|0| {zone}"] < 0.25
    assert CLOCK.block < found[f"local as utc|0|0| {zone}"] < 1.25
