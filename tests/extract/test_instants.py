from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.extract.instants import DateStyle, decide_style, parse_dates, parse_instants
from assets.extract.reading import UnreadableLandingError

ANY = DateStyle(None, None)


def test_a_25_decides_which_number_is_the_day() -> None:
    values = pl.Series(["01/02/2020", "25/02/2020"])
    style = decide_style({"hired": values}, None)
    assert parse_dates(values, style).to_list() == [date(2020, 2, 1), date(2020, 2, 25)]
    american = pl.Series(["01/02/2020", "02/25/2020"])
    assert parse_dates(american, decide_style({"hired": american}, None))[0] == date(2020, 1, 2)


def test_another_column_of_the_file_may_decide() -> None:
    style = decide_style({"from": pl.Series(["01/02/2020"]), "to": pl.Series(["31/12/2020"])}, None)
    assert parse_dates(pl.Series(["01/02/2020"]), style).to_list() == [date(2020, 2, 1)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [(["01/02/2020", "03/04/2020"], "ambiguous_dates"), (["25/02/2020", "02/25/2020"], "mixed_date_formats")],
)
def test_dates_that_could_mean_two_things_are_refused_with_the_setting(
    values: list[str], reason: str
) -> None:
    with pytest.raises(UnreadableLandingError) as caught:
        decide_style({"hire_date": pl.Series(values)}, None)
    assert caught.value.reason == reason
    assert 'time_format: "%d/%m/%Y"' in str(caught.value) and "hire_date" in str(caught.value)


def test_a_declared_format_decides() -> None:
    values = pl.Series(["01/02/2020", "2020-03-04"])
    assert parse_dates(values, decide_style({"d": values}, "%d/%m/%Y")).to_list() == [
        date(2020, 2, 1),
        date(2020, 3, 4),
    ]


def test_a_few_undecidable_dates_among_iso_dates_are_left_as_unreadable() -> None:
    values = pl.Series(["2020-01-31", "2020-02-28", "01/02/2020"])
    assert parse_dates(values, decide_style({"d": values}, None)).to_list()[2] is None


def test_dates_as_people_write_them() -> None:
    texts = ["2020-01-31", "20200131", "31.01.2020", "31-Jan-2020", "31 January 2020", "2020-01-31T00:00:00Z"]
    assert parse_dates(pl.Series(texts), ANY).to_list() == [date(2020, 1, 31)] * len(texts)


def test_impossible_and_two_digit_years_are_unreadable() -> None:
    values = pl.Series(["30/02/2020", "13/13/2020", "1/2/20", "soon", "0001-01-01"])
    assert parse_dates(values, DateStyle(None, "day_first")).null_count() == 5


@pytest.mark.parametrize(
    "text",
    [
        "2010-06-02 17:40:10",
        "2010-06-02T17:40:10",
        "2010-06-02T15:40:10Z",
        "2010-06-02 17:40:10+02:00",
        "2010-06-02T15:40:10.000Z",
        "2010/06/02 15:40:10 +0000",
        "1275493210",
        "1275493210000",
        "02.06.2010 17:40:10",
    ],
)
def test_one_instant_in_many_spellings(text: str) -> None:
    parsed = parse_instants(pl.Series([text]), ANY, "Europe/Warsaw")
    assert parsed.to_list() == [datetime(2010, 6, 2, 15, 40, 10, tzinfo=UTC)]


def test_an_afternoon_is_an_afternoon() -> None:
    parsed = parse_instants(pl.Series(["06/02/2010 5:40:10 PM"]), DateStyle(None, "month_first"), "UTC")
    assert parsed.to_list() == [datetime(2010, 6, 2, 17, 40, 10, tzinfo=UTC)]


def test_clock_changes_and_broken_clocks() -> None:
    texts = pl.Series(["2010-03-28 02:30:00", "2010-10-31 02:30:00", "2199-01-01 00:00:00"])
    parsed = parse_instants(texts, ANY, "Europe/Warsaw")
    assert parsed.to_list() == [None, datetime(2010, 10, 31, 0, 30, tzinfo=UTC), None]


def test_a_parquet_time_without_zone_is_local_and_one_with_zone_is_not() -> None:
    local = pl.Series([datetime(2010, 6, 2, 17)])
    assert parse_instants(local, ANY, "Europe/Warsaw")[0].hour == 15
    assert parse_instants(local.dt.replace_time_zone("UTC"), ANY, "Europe/Warsaw")[0].hour == 17


@settings(deadline=None, max_examples=50)
@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)), st.sampled_from(" T"))
def test_iso_times_come_back(moment: datetime, separator: str) -> None:
    parsed = parse_instants(pl.Series([moment.isoformat(separator)]), ANY, "UTC")
    assert parsed.to_list() == [moment.replace(tzinfo=UTC)]
