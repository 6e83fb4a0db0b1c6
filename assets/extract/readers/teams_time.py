"""The times of Microsoft Graph: instants with an offset, and local times beside the name of a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_LATEST_YEAR: Final = 2100
_UTC_NAMES: Final = frozenset({"utc", "gmt", "z", "tzone://microsoft/utc"})


class UnknownZoneError(ValueError):
    """A local time beside a zone that nobody here knows, or beside none."""


def graph_micros(text: Any) -> int | None:
    """Microseconds since 1970 of ``2021-03-28T21:11:12.395Z``; None for anything else.

    Fractions of more than six digits are cut. Graph writes the year 1 where it has no time; that
    and everything outside 1970-2100 is None, and so is a time without an offset.
    """
    found = _parsed(text)
    return None if found is None or found.tzinfo is None else _in_range(found)


def local_micros(moment: Any) -> int | None:
    """Microseconds since 1970 of a ``dateTimeTimeZone`` ({"dateTime": ..., "timeZone": ...}).

    None where there is no readable time. An hour that comes twice is its first pass. Raises
    ``UnknownZoneError``.
    """
    if not isinstance(moment, dict):
        return None
    found = _parsed(moment.get("dateTime"))
    if found is None:
        return None
    if found.tzinfo is None:
        name = moment.get("timeZone")
        zone = _zone(name) if isinstance(name, str) else None
        if zone is None:
            raise UnknownZoneError
        found = found.replace(tzinfo=zone)
    return _in_range(found)


def _in_range(found: datetime) -> int | None:
    if not _EPOCH.year <= found.year <= _LATEST_YEAR:
        return None
    micros = (found - _EPOCH) // _MICROSECOND
    return micros if micros > 0 else None


def _parsed(text: Any) -> datetime | None:
    if type(text) is not str:
        return None
    try:
        return datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", text))
    except ValueError:
        return None


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name or of Windows' own (``W. Europe Standard Time``)."""
    if name.casefold() in _UTC_NAMES:
        return ZoneInfo("UTC")
    if name in available_timezones():
        return ZoneInfo(name)
    from tzlocal.windows_tz import win_tz  # CLDR's table, read only where a calendar needs it

    return ZoneInfo(win_tz[name]) if name in win_tz else None
