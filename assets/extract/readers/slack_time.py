"""Slack's times: seconds since 1970 as text with six decimals, which also identify a message."""

from __future__ import annotations

import re
from typing import Any

_TS = re.compile(r"(\d{1,10})(?:\.(\d{1,6}))?", re.ASCII)


def ts_micros(ts: Any) -> int | None:
    """Microseconds since 1970 of ``"1433558319.000002"``; None if it is no time (or no text, or 0).

    Numbers are taken too. Ten digits of seconds end in the year 2286.
    """
    if type(ts) is str:
        if len(ts) == 17 and ts[10] == "." and ts.isascii():
            whole, fraction = ts[:10], ts[11:]
            if whole.isdigit() and fraction.isdigit():
                return int(whole + fraction) or None
        match = _TS.fullmatch(ts)
        if match is None:
            return None
        micros = int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))
        return micros or None
    if isinstance(ts, (int, float)) and not isinstance(ts, bool) and 0 < ts < 10**10:
        return round(ts * 1_000_000)
    return None
