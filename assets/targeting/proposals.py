"""Proposals with their evidence and the design that could measure them; units and pairs, never persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from assets.initiatives.power import persons_per_arm
from assets.outcomes.proportions import Interval, wilson_interval
from assets.targeting.flow_room import LEAST_PERSONS, PairRoom
from assets.targeting.participation_room import Floats, UnitGaps
from assets.targeting.rollout import LEAST_UNITS, MONTHS_BEFORE, MONTHS_BETWEEN, Rollout, planned, waves
from assets.wording import percent

MOST: Final = 12
"""Proposals of one kind: more than a programme can reach says nothing about where to begin."""
WELL_RECEIVED: Final = 0.8
"""Share of newcomers from which there is little left to win."""
BY_15_POINTS: Final = 0.15
FEW: Final = 0.05
"""A share below it would tell of everybody, or of one or two: it is said to be at most this (section 0.8)."""
QUARTERS_BEFORE, QUARTERS_BETWEEN = 2, 1
DESIGN_REASONS: Final = {
    "too_few_units": f"fewer than {LEAST_UNITS} units: too few ways to draw lots for a 95 % interval",
    "history_too_short": "there is too little history to learn how much the outcome moves by itself",
    "nothing_to_compare": "whether a second link carries the pair shows in its own next quarters",
    "change_too_small_to_be_seen": "a change as large as the room would not be seen",
}
"""Why a proposal could not be evaluated."""
Row = dict[str, Any]


def participation_proposals(gaps: UnitGaps, blocked: set[int], history: Floats) -> list[Row]:
    """Units whose interval lies below their peers; ``blocked`` units are left out (disclosure control).

    ``history``: participation of all units (units, months), no gaps.
    """
    clear = [i for i in np.argsort(gaps.gap * gaps.n_persons) if gaps.high[i] < 0]
    chosen = [i for i in clear if int(gaps.unit_keys[i]) not in blocked][:MOST]
    if not chosen:
        return []
    wanted = float(-gaps.gap[chosen].mean())
    plan = planned(history, len(chosen), MONTHS_BEFORE, MONTHS_BETWEEN, wanted)
    wave = waves(len(chosen))
    rows = []
    for place, i in enumerate(chosen):
        room, low, high = -gaps.gap[i], -gaps.high[i], -gaps.low[i]
        observed = float(np.clip(gaps.observed[i], FEW, 1 - FEW))
        seen = -gaps.raw_gap[i] if observed == gaps.observed[i] else gaps.expected[i] - observed
        reading = (
            f"Participation {percent(observed)} where people in like jobs and places reach "
            f"{percent(gaps.expected[i])}: about {percent(room)} of the unit's {gaps.n_persons[i]} people "
            f"are to be won (95 % {percent(low)} to {percent(high)}, shrunk for chance; "
            f"{percent(seen)} as seen; {len(gaps.gap)} units looked at)."
        )
        rows.append(
            _row(
                "participation", int(gaps.unit_keys[i]), None, int(gaps.n_persons[i]), len(gaps.gap),
                (observed, float(gaps.expected[i]), float(room), float(low), float(high), "shrunk_95"),
                plan, int(wave[place]), (MONTHS_BEFORE, MONTHS_BETWEEN, "months", "participation"), reading,
            )
        )  # fmt: skip
    return rows


def pair_proposals(rooms: Sequence[PairRoom], n_pairs: int, history: Floats) -> list[Row]:
    """Pairs with little flow, and pairs whose flow rests on one person; most missing weight first."""
    rows: list[Row] = []
    for kind in ("little_flow", "one_person"):
        chosen = sorted((r for r in rooms if r.kind == kind), key=lambda r: (-r.missing, r.one, r.other))[
            :MOST
        ]
        if not chosen:
            continue
        wanted = 1.0 - float(np.mean([r.observed or 0.0 for r in chosen]))
        plan = (
            planned(history, len(chosen), QUARTERS_BEFORE, QUARTERS_BETWEEN, wanted)
            if kind == "little_flow"
            else Rollout("none", len(chosen), None, "nothing_to_compare")
        )
        wave = waves(len(chosen))
        for place, room in enumerate(chosen):
            rows.append(_pair_row(kind, room, n_pairs, plan, int(wave[place])))
    return rows


def _pair_row(kind: str, room: PairRoom, n_pairs: int, plan: Rollout, wave: int) -> Row:
    if kind == "little_flow":
        distances = [None if v is None else 1 - v for v in (room.observed, room.high, room.low)]
        facts = (room.observed, 1.0, *distances)
        seen = (
            f"fewer than {LEAST_PERSONS} people of a side have ties to the other"
            if room.observed is None
            else f"{percent(room.observed)} of what chance would bring "
            f"({percent(room.low)} to {percent(room.high)})"
        )
        reading = (
            f"Little flows between these groups in each quarter looked at: {seen}; {n_pairs} pairs looked "
            "at. Whether they should work together is not in the data."
        )
    else:
        distances = [None if v is None else v - 0.5 for v in (room.observed, room.low, room.high)]
        facts = (room.observed, 0.5, *distances)
        reading = (
            f"{percent(room.observed)} of what flows between these groups hangs on one person "
            f"({percent(room.low)} to {percent(room.high)} in the last quarters; {n_pairs} pairs looked at): "
            "a second link would carry it if that person moved on."
        )
    return _row(
        kind, room.one, room.other, room.n_population, n_pairs, (*facts, "range_of_quarters"), plan, wave,
        (QUARTERS_BEFORE, QUARTERS_BETWEEN, "quarters", "flow against chance"), reading,
        reason="few_persons_on_one_side" if room.observed is None else None,
    )  # fmt: skip


def newcomer_proposals(contacts: dict[str, tuple[int, int]], hires_per_month: float, least: int) -> list[Row]:
    """``contacts`` maps manager and buddy to newcomers with the contact by day 30 and newcomers in all."""
    rows = []
    words = {"newcomer_manager": "the early talks with their manager",
             "newcomer_buddy": "a tie to a settled colleague"}  # fmt: skip
    for kind, (k, n) in contacts.items():
        if n < least:
            continue
        interval = wilson_interval(k, n)
        if interval is None or interval.high >= WELL_RECEIVED:
            continue
        # Interval and plan must not tell what the share hides.
        is_few = k < FEW * n
        shown = max(k / n, FEW)
        if is_few:
            interval = Interval(0.0, FEW)
        said = f"At most {percent(FEW)}" if is_few else percent(shown)
        sureness = "" if is_few else f" (95 % {percent(interval.low)} to {percent(interval.high)})"
        needed = 2 * persons_per_arm(shown, min(1.0, shown + BY_15_POINTS))
        months = needed / hires_per_month if hires_per_month else float("inf")
        plan = Rollout(
            "newcomers_by_lot", needed, BY_15_POINTS, None if months <= 12 else "change_too_small_to_be_seen"
        )
        reading = (
            f"{said} of {n} newcomers of a year had {words[kind]} within 30 days{sureness}. A lot per "
            f"newcomer finds 15 points with {needed} of them, "
            + (f"about {months:.0f} months of hires." if months <= 36 else "more than three years of hires.")
        )
        rows.append(
            _row(
                kind, 0, None, n, len(contacts),
                (shown, None, 1 - shown, 1 - interval.high, 1 - interval.low,
                 "band" if is_few else "wilson_95"), plan, None,
                (0, 0, "", "that share"), reading,
            )
        )  # fmt: skip
    return rows


def _row(
    kind: str, unit: int, other: int | None, n_persons: int, n_examined: int, facts: tuple[Any, ...],
    plan: Rollout, wave: int | None, periods: tuple[int, int, str, str], reading: str,
    reason: str | None = None,
) -> Row:  # fmt: skip
    before, between, name, outcome = periods
    text = _plan_words(plan, wave, before, between, name, outcome)
    caution = (
        " The units were picked for being low: part of any rise is chance coming back, so before and after "
        "alone proves nothing."
        if kind == "participation"
        else ""
    )
    return {
        "kind": kind,
        "org_unit_key": unit,
        "other_org_unit_key": other,
        "n_persons": n_persons,
        "n_examined": n_examined,
        **dict(
            zip(
                ("observed", "expected", "room", "room_low", "room_high", "interval_kind"), facts, strict=True
            )
        ),
        "design": plan.design,
        "wave": wave if plan.design.startswith("waves") else None,
        "n_design_units": plan.n_units,
        "n_periods_before": before,
        "n_periods_between": between,
        "minimum_detectable_change": plan.minimum_detectable_change,
        "can_be_evaluated": plan.reason is None,
        "design_reason": plan.reason,
        "reading": f"{reading} {text}{caution}".strip(),
        "reason": reason,
    }


def _counted(number: int, plural: str) -> str:
    """
    >>> _counted(1, "quarters"), _counted(2, "months")
    ('1 quarter', '2 months')
    """
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"


def _plan_words(plan: Rollout, wave: int | None, before: int, between: int, name: str, outcome: str) -> str:
    if plan.design == "newcomers_by_lot":
        return ""
    if plan.minimum_detectable_change is None:
        return f"Cannot be evaluated: {DESIGN_REASONS[plan.reason or 'too_few_units']}."
    whom = "these" if plan.design == "waves_among_proposed" else "all"
    start = f" This one starts in wave {wave}." if wave else ""
    text = (
        f"To measure it: {whom} {plan.n_units} start in two waves by lot, {_counted(between, name)} apart, "
        f"after {_counted(before, name)} of history; that finds a change of "
        f"{plan.minimum_detectable_change:.2g} in {outcome} in four of five cases.{start}"
    )
    return (
        text
        if plan.reason is None
        else f"{text} Less than that would go unseen: {DESIGN_REASONS[plan.reason]}."
    )
