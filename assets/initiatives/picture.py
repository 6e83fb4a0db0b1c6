"""One initiative as a picture: participation week by week, and the effect month by month. SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from assets.initiatives.measures import measure_of
from assets.initiatives.reading import OUTCOME_WORDS, amount
from assets.initiatives.report import Findings

WIDTH: Final = 820
HEIGHT: Final = 620
LEFT: Final = 88
RIGHT: Final = 24
TARGET: Final = "#1b6ca8"
COMPARISON: Final = "#7a7a7a"
Scale = Callable[[float], float]


def picture(found: Findings) -> str:
    """An SVG document; a panel without data says so."""
    title = f"{found.registry['initiative_id']}: {found.registry['name'] or ''}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 24, title, size=16, weight="600"),
        *_curve(found, 60, 290),
        *_event_study(found, 360, 570),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _curve(found: Findings, top: int, bottom: int) -> list[str]:
    rows = [
        r for r in found.weeks if r["population"] == "all_eligible" and r["participation_rate"] is not None
    ]
    parts = [_text(LEFT, top - 12, "Share of people with a contribution in 28 days, by week", weight="600")]
    if not rows:
        return [*parts, _text(LEFT, top + 40, "nothing may be shown")]
    days = [r["week_end"].toordinal() for r in rows]
    x = _scale(min(days), max(days), LEFT, WIDTH - RIGHT)
    y = _scale(0, 1, bottom, top)
    parts += _shade(found, x, (min(days), max(days)), top, bottom)
    parts += _axis(y, [0, 0.25, 0.5, 0.75, 1], lambda v: f"{v:.0%}")
    parts += [
        _text(x(day), bottom + 16, date.fromordinal(day).strftime("%b %Y"), anchor="middle")
        for day in _months(min(days), max(days))
    ]
    for side, colour in (("comparison", COMPARISON), ("target", TARGET)):
        mine = sorted((r for r in rows if r["side"] == side), key=lambda r: r["week_end"])
        if not mine:
            continue
        points = [(x(r["week_end"].toordinal()), r) for r in mine]
        band = [f"{at:.1f},{y(r['participation_ci_high']):.1f}" for at, r in points]
        band += [f"{at:.1f},{y(r['participation_ci_low']):.1f}" for at, r in reversed(points)]
        line = " ".join(f"{at:.1f},{y(r['participation_rate']):.1f}" for at, r in points)
        parts.append(f'<polygon points="{" ".join(band)}" fill="{colour}" opacity="0.15"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    parts.append(_text(WIDTH - RIGHT, top - 12, "targets", colour=TARGET, anchor="end"))
    parts.append(_text(WIDTH - RIGHT - 60, top - 12, "comparison", colour=COMPARISON, anchor="end"))
    return parts


def _event_study(found: Findings, top: int, bottom: int) -> list[str]:
    rows = [r for r in found.months if r["outcome"] == found.metric and r["effect"] is not None]
    words = OUTCOME_WORDS[found.metric]
    parts = [
        _text(
            LEFT, top - 12, f"Targets minus comparison, {words}: change since the ringed month", weight="600"
        )
    ]
    if not rows:
        return [*parts, _text(LEFT, top + 40, "no comparison could be made")]
    rows = sorted(rows, key=lambda r: r["months_since_start"])
    ends = [
        v for r in rows for v in (r["effect_ci_low"], r["effect_ci_high"], r["effect"], 0.0) if v is not None
    ]
    room = 0.05 * (max(ends) - min(ends) or 1)
    low, high = min(ends) - room, max(ends) + room
    months = [r["months_since_start"] for r in rows]
    x = _scale(min(months) - 0.5, max(months) + 0.5, LEFT, WIDTH - RIGHT)
    y = _scale(low, high, bottom, top)
    end = _whole_months(found)
    parts += [_rect(x(-0.5), x(end - 0.5) if end is not None else WIDTH - RIGHT, top, bottom)]
    scale = measure_of(found.metric).scale
    parts += _axis(y, [low + room, 0.0, high - room], lambda v: amount(v, scale) if v else "0")
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="#333"/>')
    for row in rows:
        at = x(row["months_since_start"])
        if row["effect_ci_low"] is not None:
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y(row["effect_ci_low"]):.1f}" '
                f'y2="{y(row["effect_ci_high"]):.1f}" stroke="{TARGET}" stroke-width="2"/>'
            )
        fill = "white" if row["is_reference"] else TARGET
        parts.append(
            f'<circle cx="{at:.1f}" cy="{y(row["effect"]):.1f}" r="4" fill="{fill}" stroke="{TARGET}"/>'
        )
        parts.append(_text(at, bottom + 16, str(row["months_since_start"]), anchor="middle"))
    parts.append(
        _text(
            LEFT, bottom + 36, "months since the start; bars: 95 % intervals; ring: the month compared with"
        )
    )
    return parts


def _whole_months(found: Findings) -> int | None:
    """Months from the first whole month to the end; None while it runs."""
    first, end = found.registry["first_month"], found.registry["end_month"]
    return None if end is None else (end.year - first.year) * 12 + end.month - first.month


def _shade(found: Findings, x: Scale, days: tuple[int, int], top: int, bottom: int) -> list[str]:
    start = max(found.registry["starts_on"].toordinal(), days[0])
    ends_on = found.registry["ends_on"]
    end = min(ends_on.toordinal() if ends_on else days[1], days[1])
    return [_rect(x(start), x(end), top, bottom)] if start < end else []


def _rect(left: float, right: float, top: int, bottom: int) -> str:
    width = max(0.0, right - left)
    return f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{bottom - top}" fill="#f2e8c9"/>'


def _axis(y: Scale, values: Sequence[float], label: Callable[[float], str]) -> list[str]:
    parts = []
    for value in values:
        at = y(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e4e4e4"/>')
        parts.append(_text(LEFT - 8, at + 4, label(value), anchor="end"))
    return parts


def _months(first: int, last: int) -> list[int]:
    """About six month starts between two days."""
    begin, end = date.fromordinal(first), date.fromordinal(last)
    numbers = range(begin.year * 12 + begin.month, end.year * 12 + end.month)
    starts = [date(number // 12, number % 12 + 1, 1).toordinal() for number in numbers]
    return starts[:: max(1, len(starts) // 6)]


def _scale(low: float, high: float, at_low: float, at_high: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: at_low + (value - low) / span * (at_high - at_low)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    weight: str = "400",
    colour: str = "#222",
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
