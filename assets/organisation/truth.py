"""What was planted and what happened behind the files. The pipeline never reads this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from assets.organisation.accounts import worker_id
from assets.organisation.arrays import FAR, Ints
from assets.organisation.contagion import CONTAGIOUS_MONTHS, STRONG
from assets.organisation.employment import CONFOUNDED_HAZARD, LEVEL_HAZARD
from assets.organisation.engagement import CONFOUNDED_ACTIVITY, CONTRIBUTING_WEEKS, EXPOSURE_MONTHS
from assets.organisation.history import History
from assets.organisation.hr_files import org_unit_id, reorganised_on
from assets.organisation.message_ids import MessageIds
from assets.organisation.messages import SLACK
from assets.organisation.period import WARM_UP
from assets.organisation.programme_truth import mix_shift_truth, programme_truth
from assets.organisation.regret import regret
from assets.organisation.roster import EXIT_TYPES, VOLUNTARY
from assets.organisation.structure import ISOLATED_PLACE, PLACES
from assets.organisation.ties import KINDS
from assets.organisation.topics import TOPICS
from assets.organisation.traces import Traces


@dataclass(frozen=True)
class Truth:
    """The truth as frames and one document."""

    frames: dict[str, pl.DataFrame]
    planted: dict[str, Any]
    dirt: list[dict[str, Any]]


def write_truth(
    folder: Path, traces: Traces, searches: pl.DataFrame, success: dict[str, Any] | None = None
) -> Truth:
    """Write ``truth/*.parquet`` and ``truth/*.json``.

    ``searches`` and ``success`` are what ``write_searches`` and ``write_success`` planted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    history = traces.history
    frames = {
        "spells": spells(history),
        "person_months": person_months(history),
        "people": _people(traces),
        "ties": _ties(traces),
        "positions": _positions(history),
        "org_units": _org_units(history),
        "accounts": _accounts(traces),
        "experts": _experts(traces),
        "questions": _questions(traces),
        "thanks": _thanks(traces),
        "searches": searches,
    }
    truth = Truth(frames, _planted(traces) | {"success_metrics": success}, _dirt(traces))
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet", statistics=False)
    for name, document in (
        ("planted", truth.planted),
        ("dirt", truth.dirt),
        ("plan", history.plan.as_dict()),
    ):
        (folder / f"{name}.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return truth


def _dates(days: Ints) -> pl.Series:
    """Day numbers as dates, NULL where the day never comes."""
    numbers = pl.Series(np.where(days >= FAR, 0, days), dtype=pl.Int32).cast(pl.Date)
    return pl.select(pl.when(pl.lit(pl.Series(days < FAR))).then(pl.lit(numbers))).to_series()


def _worker_ids(persons: Ints) -> list[str]:
    return [worker_id(int(p)) for p in persons]


def spells(history: History) -> pl.DataFrame:
    """One row per spell: also what HR does not know (decision, exits after the end, every regret)."""
    roster, regrets = history.roster, regret(history)
    return pl.DataFrame(
        {
            "worker_id": _worker_ids(roster.person),
            "spell": np.arange(len(roster)),
            "hire_date": _dates(roster.hired),
            "exit_date": _dates(roster.exit),
            "exit_type": [EXIT_TYPES[k] for k in roster.exit_type.tolist()],
            "decided_on": _dates(roster.decided),
            "withdrawal_from": _dates(roster.decided),
            "notice_date": _dates(roster.notice),
            "is_regretted": regrets.is_regretted,
            "is_regret_assessed": regrets.is_assessed,
            "is_exit_in_period": roster.exit < history.period.end_day,
        }
    )


def person_months(history: History) -> pl.DataFrame:
    """One row per spell and month: the exposure and hazard by which the decision was drawn.

    ``is_decision`` says whether this spell decided in this month to leave. ``rate`` is the
    expected contributions per working day before withdrawal.
    """
    parts = []
    for state, activity in zip(history.states, history.activity, strict=True):
        first, end = history.period.bounds[state.month], history.period.bounds[state.month + 1]
        decided = history.roster.decided[state.rows]
        parts.append(
            pl.DataFrame(
                {
                    "spell": state.rows,
                    "worker_id": _worker_ids(history.roster.person[state.rows]),
                    "month": [history.period.label(state.month)] * len(state.rows),
                    "is_observed": [state.month >= WARM_UP] * len(state.rows),
                    "is_at_risk": state.hazard > 0,
                    "is_engaged": state.engaged,
                    "confounder": state.confounder,
                    "tenure_years": (first - history.roster.hired[state.rows]) / 365.25,
                    "hazard": state.hazard,
                    "is_near_leaver": state.is_near_leaver,
                    "hardship": state.hardship,
                    "is_decision": (decided >= first)
                    & (decided < end)
                    & (history.roster.exit_type[state.rows] == VOLUNTARY),
                    "rate": activity.rate,
                    "contributions": activity.contributions.sum(axis=1),
                    "direct_chats": activity.direct.sum(axis=1),
                    "days_present": activity.present.sum(axis=1),
                }
            )
        )
    frame = pl.concat(parts)
    return frame.with_columns(pl.col("month").str.to_date())


def _people(traces: Traces) -> pl.DataFrame:
    latent, n = traces.history.latent, traces.history.persons
    return pl.DataFrame(
        {
            "worker_id": _worker_ids(np.arange(n)),
            "name": [name.full for name in traces.accounts.names],
            "sociability": latent.sociability[:n],
            "adoption_months": latent.adoption[:n],
            "never_posts": latent.never_posts[:n],
            "has_account": traces.accounts.has_account,
        }
    )


def _ties(traces: Traces) -> pl.DataFrame:
    ties, period = traces.ties, traces.history.period
    label = [period.label(m) for m in range(period.months)]
    return pl.DataFrame(
        {
            "from_worker_id": _worker_ids(ties.low),
            "to_worker_id": _worker_ids(ties.high),
            "kind": [KINDS[k] for k in ties.kind.tolist()],
            "strength": ties.strength_up,
            "strength_back": ties.strength_down,
            "since": [label[m] for m in ties.since.tolist()],
            "until": [label[m] if m < FAR else None for m in ties.until.tolist()],
        },
        schema_overrides={"until": pl.String},
    ).with_columns(pl.col("since", "until").str.to_date())


def _positions(history: History) -> pl.DataFrame:
    label = history.period.label
    return pl.DataFrame(
        {
            "role": [t.role for t in history.terms],
            "worker_id": [worker_id(t.person) for t in history.terms],
            "since": [label(t.since) for t in history.terms],
            "until": [label(t.until) if t.until < FAR else None for t in history.terms],
        },
        schema={"role": pl.String, "worker_id": pl.String, "since": pl.String, "until": pl.String},
    ).with_columns(pl.col("since", "until").str.to_date())


def _org_units(history: History) -> pl.DataFrame:
    structure = history.structure
    n = len(structure.teams)
    return pl.DataFrame(
        {
            "org_unit_id": [org_unit_id(t) for t in range(n)],
            "path_before": [structure.path(t, False) for t in range(n)],
            "path_after": [structure.path(t, True) for t in range(n)],
            "department": [structure.departments[d] for d in structure.team_department.tolist()],
            "is_frontline": structure.team_frontline,
            "is_silo": structure.team_department == structure.silo,
            "location": [PLACES[p].name for p in structure.team_place.tolist()],
        }
    )


def _accounts(traces: Traces) -> pl.DataFrame:
    rows = [
        {
            "slack_id": a.slack_id, "slack_email": a.slack_email, "viva_engage_id": a.viva_id or None,
            "kind": a.kind, "worker_id": worker_id(a.person) if a.person >= 0 else None,
        }
        for a in traces.accounts.all()
        if a.person < 0 or traces.accounts.has_account[a.person]
    ]  # fmt: skip
    kinds = {"viva_engage_id": pl.Int64, "slack_email": pl.String, "worker_id": pl.String}
    return pl.DataFrame(rows, schema_overrides=kinds)


def _experts(traces: Traces) -> pl.DataFrame:
    """One row per planted expert."""
    knowledge = traces.knowledge
    rows = [
        {
            "topic": TOPICS[topic].name,
            "worker_id": worker_id(person),
            "is_hidden": (topic, person) in knowledge.hidden,
        }
        for topic, person in knowledge.experts
    ]
    schema = {"topic": pl.String, "worker_id": pl.String, "is_hidden": pl.Boolean}
    return pl.DataFrame(rows, schema=schema)


def _questions(traces: Traces) -> pl.DataFrame:
    """One row per planted question, with the platform's own ids as the readers see them."""
    knowledge, messages, ids = traces.knowledge, traces.messages, MessageIds(traces.messages)
    rows = [
        {
            "platform": "slack" if messages.platform[row] == SLACK else "viva_engage",
            "message_id": ids.of(row),
            "topic": TOPICS[topic].name,
            "worker_id": worker_id(int(messages.author[row])),
            "asked_at": int(messages.sent[row]),
            "answer_id": ids.of(answer) if (answer := knowledge.answer.get(row)) is not None else None,
            "answered_by": worker_id(int(messages.author[answer])) if answer is not None else None,
            "is_accepted": answer in knowledge.accepted,
            "repeats_message_id": ids.of(knowledge.repeats[row]) if row in knowledge.repeats else None,
            "links_to_message_id": ids.of(knowledge.links[answer]) if answer in knowledge.links else None,
        }
        for row, topic in sorted(knowledge.topic.items())
    ]
    text = ("platform", "message_id", "topic", "worker_id")
    may_lack = ("answer_id", "answered_by", "repeats_message_id", "links_to_message_id")
    schema: dict[str, Any] = dict.fromkeys((*text, *may_lack), pl.String)
    schema |= {"asked_at": pl.Int64, "is_accepted": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(pl.from_epoch("asked_at", time_unit="s"))


def _thanks(traces: Traces) -> pl.DataFrame:
    """One row per answer or document: whether somebody else took part, and whether one said thanks."""
    messages, ids, thanks = traces.messages, MessageIds(traces.messages), traces.thanks
    rows = sorted(row for row in thanks.kinds if messages.author[row] < traces.history.persons)
    return pl.DataFrame(
        {
            "message_id": [ids.of(row) for row in rows],
            "kind": [thanks.kinds[row] for row in rows],
            "worker_id": [worker_id(int(messages.author[row])) for row in rows],
            "sent_at": messages.sent[rows],
            "is_shared": [row in thanks.shared for row in rows],
            "is_thanked": [row in thanks.thanked for row in rows],
        },
        schema_overrides={"message_id": pl.String, "kind": pl.String, "worker_id": pl.String},
    ).with_columns(pl.from_epoch("sent_at", time_unit="s"))


def _planted(traces: Traces) -> dict[str, Any]:
    history = traces.history
    plan, structure = history.plan, history.structure
    one, other = structure.bridged
    names = structure.departments
    return {
        "retention": {
            "hazard_ratio": plan.hazard_ratio,
            "lag_months": plan.withdrawal_months,
            "exposure_months": EXPOSURE_MONTHS,
            "contributing_weeks": CONTRIBUTING_WEEKS,
            "monthly_baseline_hazard": history.baseline,
            "level_hazard_ratio": LEVEL_HAZARD,
            "tenure_shape": plan.tenure_shape,
            "location_hazard_ratio": {place.name: place.hazard for place in PLACES},
        },
        "confounding": {
            "strength": plan.confounding,
            "log_activity_per_sd": plan.confounding * CONFOUNDED_ACTIVITY,
            "log_hazard_per_sd": plan.confounding * CONFOUNDED_HAZARD,
        },
        "regret": {"share_at_level_2": plan.regretted, "assessed": plan.regret_assessed},
        "withdrawal": {"months": plan.withdrawal_months, "depth": plan.withdrawal_depth},
        "contagion": {
            "hazard_ratio": plan.contagion,
            "months": CONTAGIOUS_MONTHS,
            "strong_from": STRONG,
            "hardship": plan.hardship,
        },
        "silo": names[structure.silo] if structure.silo >= 0 else None,
        "bridged_departments": [names[one], names[other]] if one >= 0 else None,
        "isolated_site": PLACES[ISOLATED_PLACE].name if plan.isolated_site else None,
        "reorganisation": {
            "on": str(np.datetime64(reorganised_on(history), "D")),
            "renamed": org_unit_id(structure.renamed_team) if structure.renamed_team >= 0 else None,
            "moved": org_unit_id(structure.moved_team) if structure.moved_team >= 0 else None,
        },
        "initiatives": [programme_truth(history, programme) for programme in history.programmes],
        "mix_shift": mix_shift_truth(history),
    }


def _dirt(traces: Traces) -> list[dict[str, Any]]:
    plan, accounts = traces.history.plan, traces.accounts
    found = list(accounts.dirt)
    counts = {
        "message_without_time": plan.messages_without_time, "future_message": plan.future_messages,
        "overlapping_spell": plan.overlapping_spells, "manager_cycle": int(plan.manager_cycle),
        "deleted_between_exports": int(traces.revisions.deleted_later.sum()),
        "edited_between_exports": int(traces.revisions.edited_later.sum()),
        "worker_without_account": int((~accounts.has_account).sum()),
    }  # fmt: skip
    return found + [{"what": what, "count": count} for what, count in counts.items() if count]
