"""Dates and times as people write them: one style per file, detected or declared.

``01/02/2020`` is January or February, and a wrong guess moves every hire of a company. So the
order of day and month is taken from the setting ``time_format``, else from the file's own
values (a 25 can only be a day), else the file is refused. Years first (ISO 8601), month names
and dotted dates (always day first) need no decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from assets.extract.reading import UnreadableLandingError

Order = Literal["day_first", "month_first"]

_TIME_OF_DAY: Final = r"[T ]\s*\d{1,2}:\d{2}.*$"
_OFFSET: Final = r"(?:Z|z|\s?UTC|\s?GMT|[+-]\d{2}:?\d{2})$"
_NUMERIC: Final = r"^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}(?:\D|$)"

_YEAR_FIRST: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
_NAMED: Final = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d.%m.%Y")
_ORDERED: Final[dict[Order, tuple[str, ...]]] = {
    "day_first": ("%d/%m/%Y", "%d-%m-%Y"),
    "month_first": ("%m/%d/%Y", "%m-%d-%Y"),
}
_CLOCKS: Final = ("T%H:%M:%S%.f", " %H:%M:%S%.f", " %H:%M", "T%H:%M", " %I:%M:%S %p", " %I:%M %p")

EARLIEST_DATE: Final = date(1900, 1, 1)
"""Nobody employed today was born before; earlier years are two-digit years misread."""

EARLIEST_YEAR: Final = 1970
LATEST_YEAR: Final = 2100
"""Traces outside these years come from broken clocks; one of them would stretch the calendar."""


@dataclass(frozen=True)
class DateStyle:
    """How a file writes its dates: the declared format, and the order of numeric dates (None: unknown)."""

    declared: str | None
    order: Order | None


@dataclass(frozen=True)
class _Evidence:
    n_year_first: int
    n_day_first: int
    n_month_first: int
    n_open: int


def decide_style(columns: Mapping[str, pl.Series], declared: str | None, clock: str = "") -> DateStyle:
    """The style of the text columns given by name.

    ``clock`` is what a declared format of these columns goes on with, for the advice in errors.
    Values that contradict the rest are left to the caller, as rows; but where most numeric
    dates cannot be told apart, or both orders are proven, ``UnreadableLandingError`` is raised.
    """
    if declared:
        return DateStyle(_rust_format(declared), _declared_order(declared))
    evidence = {name: _evidence(values) for name, values in columns.items() if values.dtype == pl.String}
    day_first = [name for name, found in evidence.items() if found.n_day_first]
    month_first = [name for name, found in evidence.items() if found.n_month_first]
    n_numeric = sum(e.n_day_first + e.n_month_first + e.n_open for e in evidence.values())
    advice = (
        f'declare it in the feed\'s settings: time_format: "%d/%m/%Y{clock}" or "%m/%d/%Y{clock}" '
        "(with the separator of the file)"
    )
    if n_numeric == 0 or n_numeric < sum(e.n_year_first for e in evidence.values()):
        return DateStyle(None, None)
    if day_first and month_first:
        raise UnreadableLandingError(
            "mixed_date_formats",
            f"day-first dates in {_listed(day_first)} and month-first dates in {_listed(month_first)}, "
            f"so dates such as 01/02/2020 have two meanings; export one format, or {advice}",
        )
    if not day_first and not month_first:
        if not any(e.n_open for e in evidence.values()):
            return DateStyle(None, None)
        raise UnreadableLandingError(
            "ambiguous_dates",
            f"no date in {_listed([n for n, e in evidence.items() if e.n_open])} shows whether day "
            f"or month comes first; {advice}",
        )
    return DateStyle(None, "day_first" if day_first else "month_first")


def parse_dates(values: pl.Series, style: DateStyle) -> pl.Series:
    """Dates; NULL where absent, unreadable or before 1900. A time of day is cut off."""
    if values.dtype == pl.Date:
        return values
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.date()
    text = values.cast(pl.String).str.strip_chars()
    if style.declared:
        parsed = _declared_dates(text, style.declared)
        day_only = text.str.replace(_TIME_OF_DAY, "")
        formats: tuple[str, ...] = _YEAR_FIRST
    else:
        parsed = pl.Series(values.name, [None], dtype=pl.Date).new_from_index(0, len(values))
        day_only = text.str.replace(_TIME_OF_DAY, "")
        formats = (*_YEAR_FIRST, *_NAMED, *(_ORDERED[style.order] if style.order else ()))
    for shape in formats:
        if parsed.null_count() == text.null_count():
            break
        parsed = parsed.zip_with(parsed.is_not_null(), day_only.str.to_date(shape, strict=False))
    return _only_if(parsed, parsed >= EARLIEST_DATE).alias(values.name)


def parse_instants(values: pl.Series, style: DateStyle, timezone: str) -> pl.Series:
    """UTC instants in microseconds; NULL where absent, unreadable or outside 1970-2100.

    Times without an offset are local times of ``timezone``. An hour that comes twice when
    clocks go back is its first pass; one that is skipped when they go forward is unreadable.
    Whole numbers are seconds or milliseconds since 1970.
    """
    if isinstance(values.dtype, pl.Datetime) or values.dtype == pl.Date:
        naive = values.cast(pl.Datetime("us", getattr(values.dtype, "time_zone", None)))
        instants = _as_utc(naive, timezone)
    elif values.dtype.is_numeric():
        instants = _from_epoch(values.cast(pl.Float64))
    else:
        instants = _from_text(values.cast(pl.String).str.strip_chars(), style, timezone)
    in_range = instants.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)
    return _only_if(instants, in_range).alias(values.name)


def _from_text(text: pl.Series, style: DateStyle, timezone: str) -> pl.Series:
    formats = [style.declared] if style.declared else []
    days = (*_YEAR_FIRST[:2], *(_ORDERED[style.order] if style.order else ()), *_NAMED[-1:])
    formats += [day + clock for day in days for clock in _CLOCKS]
    naive = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(text))
    for shape in formats:
        if naive.null_count() == text.null_count():
            return _as_utc(naive, timezone)
        if "%z" not in shape and "%Z" not in shape:
            naive = naive.zip_with(naive.is_not_null(), _naive_times(text, shape))
    instants = _as_utc(naive, timezone)
    rest = text.filter(instants.is_null() & text.is_not_null())
    if rest.len():
        found = _less_usual_times(rest.unique(), formats, style, timezone)
        late = rest.replace_strict(found["text"], found["instant"], default=None, return_dtype=instants.dtype)
        places = (instants.is_null() & text.is_not_null()).arg_true()
        instants = instants.scatter(places, late) if late.null_count() < late.len() else instants
    return instants


def _less_usual_times(text: pl.Series, formats: list[str], style: DateStyle, timezone: str) -> pl.DataFrame:
    """Times with an offset, epochs and days without a time; one row per text."""
    with_offset = text.str.contains(_OFFSET) & text.str.contains(r"\d:\d{2}")
    bare = text.str.replace(_OFFSET, "").str.strip_chars_end()
    offset = text.str.extract(r"([+-]\d{2}:?\d{2})$").str.replace(":", "").fill_null("+0000")
    shifted = _only_if(bare + offset, with_offset)
    instants = _from_epoch(
        _only_if(text, text.str.contains(r"^\d{9,10}(\.\d+)?$|^\d{12,13}$")).cast(pl.Float64)
    )
    for shape in formats:
        if "%p" in shape or "%I" in shape:
            continue
        shape = shape if "%z" in shape else shape + "%z"
        instants = instants.zip_with(instants.is_not_null(), _zoned_times(shifted, shape))
    midnight = parse_dates(_only_if(text, ~text.str.contains(":")), style)
    epochs = text.str.contains(r"^\d+(\.\d+)?$")
    midnight = _only_if(midnight, ~epochs).cast(pl.Datetime("us"))
    instants = instants.zip_with(instants.is_not_null(), _as_utc(midnight, timezone))
    return pl.DataFrame({"text": text, "instant": instants})


def _naive_times(text: pl.Series, shape: str) -> pl.Series:
    try:
        return text.str.to_datetime(shape, strict=False, time_unit="us", time_zone=None)
    except pl.exceptions.ComputeError:
        raise _bad_format(shape) from None


def _zoned_times(text: pl.Series, shape: str) -> pl.Series:
    return text.str.to_datetime(shape, strict=False, time_unit="us", time_zone="UTC")


def _declared_dates(text: pl.Series, shape: str) -> pl.Series:
    try:
        if "%H" in shape or "%I" in shape:
            return text.str.to_datetime(shape, strict=False, time_unit="us").dt.date()
        return text.str.to_date(shape, strict=False)
    except pl.exceptions.ComputeError:
        raise _bad_format(shape) from None


def _bad_format(shape: str) -> UnreadableLandingError:
    return UnreadableLandingError(
        "bad_time_format", f'time_format: {shape!r} is no date format; write e.g. "%d/%m/%Y %H:%M:%S"'
    )


def _from_epoch(numbers: pl.Series) -> pl.Series:
    """Seconds, or milliseconds where the number is too large for seconds."""
    seconds = numbers.zip_with(numbers.abs() < 1e11, numbers / 1000)
    sane = _only_if(seconds, seconds.abs() < 1e11)
    return (sane * 1_000_000).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))


def _as_utc(times: pl.Series, timezone: str) -> pl.Series:
    if times.dtype == pl.Datetime("us", "UTC"):
        return times
    if getattr(times.dtype, "time_zone", None):
        return times.dt.convert_time_zone("UTC")
    local = times.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def _evidence(values: pl.Series) -> _Evidence:
    text = values.drop_nulls()
    is_year_first = text.str.contains(r"^\s*\d{4}[-/.]?\d{2}[-/.]?\d{2}")
    parts = pl.DataFrame({"text": text.filter(~is_year_first)}).select(
        first=pl.col("text").str.extract(_NUMERIC, 1).cast(pl.Int32),
        second=pl.col("text").str.extract(_NUMERIC, 2).cast(pl.Int32),
    )
    first, second = pl.col("first"), pl.col("second")
    day, month, undecided = parts.select(
        day=((first > 12) & (second <= 12)).sum(),
        month=((second > 12) & (first <= 12)).sum(),
        undecided=((first <= 12) & (second <= 12) & (first != second)).sum(),
    ).row(0)
    return _Evidence(int(is_year_first.sum()), int(day or 0), int(month or 0), int(undecided or 0))


def _declared_order(shape: str) -> Order | None:
    day, month = shape.find("%d"), shape.find("%m")
    if day < 0 or month < 0:
        return None
    return "day_first" if day < month else "month_first"


def _rust_format(shape: str) -> str:
    """Python's ``.%f`` (a fraction) as Polars writes it."""
    return shape.replace(".%f", "%.f")


def _only_if(values: pl.Series, condition: pl.Series) -> pl.Series:
    nothing = pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, len(values))
    return values.zip_with(condition.fill_null(False), nothing)


def _listed(names: list[str]) -> str:
    return ", ".join(names)
