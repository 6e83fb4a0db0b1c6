"""Schema ``reference`` of the working file: calendar, places and sources, from settings and coverage.

The wall clock is never asked: the warehouse ends at ``as_of``, a setting or the last instant
that a collaboration source covers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import holidays
import pyarrow as pa

from assets.extract.contract import lake_schema

DAYS_BEFORE_START = 400
"""Calendar days kept before the first month: a window of 13 weeks and a year of history for tenure."""
FINAL_AFTER = timedelta(days=7)
"""Late data: a month is provisional until this long after its end (metric specification, 0.2)."""
_MOST_MONTHS = 1200
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class CalendarError(Exception):
    """Calendar or places that cannot be used; the message names the setting and the remedy."""


@dataclass(frozen=True)
class Calendar:
    """``start``: first day of the first month. ``as_of``: the setting; a date means its whole day,
    an instant without a zone is in ``default_timezone``; None: from the data.
    """

    start: date
    as_of: date | datetime | None
    default_timezone: str


@dataclass(frozen=True)
class Location:
    """A place of work; ``holidays`` is a country code such as PL or US-TX, None for no holidays."""

    name: str
    timezone: str
    holidays: str | None = None
    workdays: Sequence[str] = _WEEKDAYS[:5]


@dataclass(frozen=True)
class SourceFacts:
    """One configured feed: its platform, kind (collaboration, hr, survey, initiatives) and purposes."""

    source: str
    platform: str
    kind: str
    has_engagement: bool
    has_network: bool
    has_retention: bool
    has_visible_contributions: bool
    reactions_reason: str | None = None


@dataclass(frozen=True)
class ReferenceReport:
    """What was written: the last covered instant (naive UTC) and rows per table."""

    as_of: datetime
    rows: dict[str, int]


def write_reference(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    calendar: Calendar,
    locations: Sequence[Location],
    sources: Sequence[SourceFacts],
) -> ReferenceReport:
    """Replace calendar_bounds, months, locations, calendar_days and sources, in one transaction.

    Raises ``CalendarError`` for an unknown holiday calendar, an ``as_of`` before the first
    month, and a lake without a single date.
    """
    _lake_views(connection, lake, ("source_coverage", "messages", "jobs", "spells"))
    as_of = _as_of(connection, calendar, sources)
    last_day = as_of.date()
    if last_day < calendar.start:
        raise CalendarError(
            f"calendar.start {calendar.start:%Y-%m} lies after the last covered day {last_day};"
            f" set calendar.start to {last_day:%Y-%m} or earlier"
        )
    months = list(_months(calendar.start, as_of))
    places = [Location("", calendar.default_timezone), *sorted(locations, key=lambda place: place.name)]
    tables = {
        "calendar_bounds": pa.table(
            {
                "start_date": pa.array([calendar.start], pa.date32()),
                "as_of": pa.array([as_of], pa.timestamp("us")),
                "as_of_date": pa.array([last_day], pa.date32()),
                "default_timezone": pa.array([calendar.default_timezone]),
            }
        ),
        "months": _columns(
            months, [("month_start", pa.date32()), ("month_end", pa.date32()), ("is_final", pa.bool_())]
        ),
        "locations": _columns(
            [(place.name, place.timezone) for place in places],
            [("location", pa.string()), ("timezone", pa.string())],
        ),
        "sources": _source_table(sources),
        "workday_candidates": _workdays(places, calendar.start - timedelta(days=DAYS_BEFORE_START), last_day),
    }
    _covered_days(connection, sources)
    return ReferenceReport(as_of, _write(connection, tables))


def _write(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> dict[str, int]:
    rows = {name: table.num_rows for name, table in tables.items()}
    connection.execute("begin")
    try:
        connection.execute("create schema if not exists reference")
        for name, table in tables.items():
            connection.register("incoming", table)
            if name == "workday_candidates":
                connection.execute(
                    "create or replace table reference.calendar_days as"
                    " select location, date, is_workday, date in (select date from covered_days)"
                    " as is_covered from incoming order by location, date"
                )
            else:
                connection.execute(f"create or replace table reference.{name} as select * from incoming")
            connection.unregister("incoming")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    rows["calendar_days"] = rows.pop("workday_candidates")
    return rows


def _lake_views(connection: duckdb.DuckDBPyConnection, lake: Path, tables: Sequence[str]) -> None:
    for table in tables:
        files = sorted(str(path).replace("'", "''") for path in (lake / table).glob("source=*/*.parquet"))
        if files:
            listed = ", ".join(f"'{file}'" for file in files)
            connection.execute(
                f"create or replace temp view lake_{table} as select * from read_parquet([{listed}],"
                " union_by_name = true, hive_partitioning = false)"
            )
        else:
            connection.register(f"lake_{table}", lake_schema(table).empty_table())


def _as_of(
    connection: duckdb.DuckDBPyConnection, calendar: Calendar, sources: Sequence[SourceFacts]
) -> datetime:
    """The last covered instant, as naive UTC."""
    setting = calendar.as_of
    if isinstance(setting, datetime):
        local = setting if setting.tzinfo else setting.replace(tzinfo=ZoneInfo(calendar.default_timezone))
        return local.astimezone(UTC).replace(tzinfo=None)
    if setting is not None:
        return datetime.combine(setting, time.max)
    names = [facts.source for facts in sources if facts.kind == "collaboration"]
    questions = (
        "select max(covered_to) - interval 1 microsecond from lake_source_coverage"
        " where list_contains($names, source)",
        "select max(sent_at) from lake_messages where list_contains($names, source)",
        "select greatest((select max(_observed_at) from lake_jobs),"
        " (select max(_observed_at) from lake_spells)) where $names is not null",
        "select greatest((select max(valid_from) from lake_jobs), (select max(hire_date) from lake_spells))"
        "::timestamp at time zone 'UTC' where $names is not null",
    )
    for question in questions:
        row = connection.execute(f"select epoch_us(({question}))", {"names": names}).fetchone()
        if row and row[0] is not None:
            return datetime(1970, 1, 1) + timedelta(microseconds=row[0])
    raise CalendarError(
        "no source covers a single instant, so the warehouse has no last day; see what was unreadable"
        " or quarantined, or set calendar.as_of"
    )


def _months(start: date, as_of: datetime) -> Iterator[tuple[date, date, bool]]:
    month = start.replace(day=1)
    count = 0
    while month <= as_of.date():
        following = (month + timedelta(days=32)).replace(day=1)
        count += 1
        if count > _MOST_MONTHS:
            raise CalendarError(
                f"the last covered day {as_of.date()} lies more than {_MOST_MONTHS} months after"
                f" calendar.start {start:%Y-%m}; correct calendar.start or set calendar.as_of"
            )
        yield month, following, as_of >= datetime.combine(following, time.min) + FINAL_AFTER
        month = following


def _workdays(places: Sequence[Location], first: date, last: date) -> pa.Table:
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    names: list[str] = []
    flags: list[bool] = []
    for place in places:
        free = public_holidays(place, range(first.year, last.year + 1))
        working = {_WEEKDAYS.index(day) for day in place.workdays}
        names += [place.name] * len(days)
        flags += [day.weekday() in working and day not in free for day in days]
    return pa.table(
        {
            "location": pa.array(names, pa.string()),
            "date": pa.array(days * len(places), pa.date32()),
            "is_workday": pa.array(flags, pa.bool_()),
        }
    )


def public_holidays(place: Location, years: range) -> set[date]:
    """Public holidays of a place; ``CalendarError`` names an unknown country or region."""
    if place.holidays is None:
        return set()
    country, _, region = place.holidays.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        near = difflib.get_close_matches(country.upper(), known, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise CalendarError(
            f"locations.{place.name}.holidays: no holiday calendar of {country!r}; expected an ISO country"
            f" code, with a region where wanted (PL, US-TX){hint}"
        )
    if region and region not in known[country]:
        raise CalendarError(
            f"locations.{place.name}.holidays: {country} has no region {region!r}; it has"
            f" {', '.join(known[country]) or 'none'}"
        )
    return set(holidays.country_holidays(country, subdiv=region or None, years=years))


def _covered_days(connection: duckdb.DuckDBPyConnection, sources: Sequence[SourceFacts]) -> None:
    """Temporary table covered_days: days (UTC) that a source of visible contributions covers.

    A row of calendars (contains: meetings) says nothing of contributions.
    """
    names = [s.source for s in sources if s.has_engagement and s.has_visible_contributions]
    connection.execute(
        "create or replace temp table covered_days as with ranges as (select distinct"
        " covered_from::timestamp::date as first,"
        " (covered_to - interval 1 microsecond)::timestamp::date as last"
        " from lake_source_coverage where list_contains($names, source)"
        " and not coalesce(list_contains(contains, 'meetings'), false)"
        " and covered_from < covered_to)"
        " select distinct unnest(generate_series(first, last, interval 1 day))::date as date from ranges",
        {"names": names},
    )


def _source_table(sources: Sequence[SourceFacts]) -> pa.Table:
    flags = ("has_engagement", "has_network", "has_retention", "has_visible_contributions")
    names = ("source", "platform", "kind", *flags, "reactions_reason")
    rows = [tuple(getattr(facts, name) for name in names) for facts in sources]
    return _columns(rows, [(name, pa.bool_() if name in flags else pa.string()) for name in names])


def _columns(rows: Sequence[tuple[object, ...]], columns: Sequence[tuple[str, pa.DataType]]) -> pa.Table:
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [pa.array(value, kind) for value, (_, kind) in zip(values, columns, strict=True)]
    return pa.table(arrays, names=[name for name, _ in columns])
