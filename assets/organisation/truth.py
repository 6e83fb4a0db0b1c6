"""What was planted and what happened behind the files. The pipeline never reads this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from assets.organisation.contagion import CONTAGIOUS_MONTHS, STRONG
from assets.organisation.conversation_truth import experts, questions, thanks
from assets.organisation.employment import CONFOUNDED_HAZARD, LEVEL_HAZARD
from assets.organisation.engagement import CONFOUNDED_ACTIVITY, CONTRIBUTING_WEEKS, EXPOSURE_MONTHS
from assets.organisation.hr_files import org_unit_id, reorganised_on
from assets.organisation.people_truth import (
    accounts,
    org_units,
    people,
    person_months,
    positions,
    spells,
    ties,
)
from assets.organisation.programme_truth import mix_shift_truth, programme_truth
from assets.organisation.structure import ISOLATED_PLACE, PLACES
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
        "people": people(traces),
        "ties": ties(traces),
        "positions": positions(history),
        "org_units": org_units(history),
        "accounts": accounts(traces),
        "experts": experts(traces),
        "questions": questions(traces),
        "thanks": thanks(traces),
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
