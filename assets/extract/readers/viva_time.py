"""The times of Viva Engage exports, which changed their format over the years."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FORMATS: Final = ("%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M%z", "%Y-%m-%d%z")
_NAIVE_FORMATS: Final = tuple(shape.removesuffix("%z") for shape in _FORMATS)
_ZONE = re.compile(r"\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))$", re.IGNORECASE)
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_EPOCH_SECONDS = re.compile(r"\d{9,10}")
_TO_THE_SECOND = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@lru_cache(maxsize=4_096)
def viva_micros(text: str, timezone: str, time_format: str | None) -> int | None:
    """Microseconds since 1970, UTC; None if ``text`` is no time.

    ``2022/11/11 20:59:10 +0000``, ISO 8601 with ``T``, ``Z`` or an offset, ``... UTC``, with or
    without fractions, or seconds since 1970. Times without a zone are local times of
    ``timezone``. A declared ``time_format`` (as in ``strptime``) is tried first.
    """
    found = _declared(text, time_format) if time_format else None
    if found is None:
        found = _usual(text.strip())
    if found is None:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(timezone))
    return (found - _EPOCH) // _MICROSECOND


def _declared(text: str, time_format: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), time_format)
    except ValueError:
        return None


def _usual(text: str) -> datetime | None:
    if _EPOCH_SECONDS.fullmatch(text):
        return _EPOCH + timedelta(seconds=int(text))
    zone = _ZONE.search(text) if ":" in text else None
    if zone is not None:
        offset = "+0000" if zone[1] else f"{zone[2]}{zone[3]}"
        text = text[: zone.start()]
    text = _LONG_FRACTION.sub(r"\1", text.replace("/", "-").replace("T", " ").replace("t", " "))
    if _TO_THE_SECOND.fullmatch(text):  # what nearly every row holds, read without strptime's price
        try:
            return datetime.fromisoformat(text + offset if zone is not None else text)
        except ValueError:
            return None
    for shape in _FORMATS if zone is not None else _NAIVE_FORMATS:
        try:
            return datetime.strptime(text + offset if zone is not None else text, shape)
        except ValueError:
            continue
    return None
