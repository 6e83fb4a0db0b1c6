"""The verdict on withdrawal, from exports to the published card: given where it was planted, and only there.

Two organisations in which engagement keeps nobody. In one of them leavers fall silent when they have
decided, four calendar months before they go; in the other they write until the last day. Both are quiet
enough that half of the people are not engaged, so that 500 people suffice for the card to speak. The verdict
is not one of the seed: the warehouse's curve gives it to 12 of 12 such organisations, and to 2 of 40.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.identity.key import write_key
from assets.organisation.generation import generate
from assets.organisation.plan import Plan
from tests.factories.builds import build, kithwork, published_rows

VERDICT = "consistent with withdrawal or decaying exposure"


def card_of(folder: Path, withdrawal_depth: float) -> tuple[dict[str, object], str]:
    """The published card of the main question, and the page that `kithwork retention` writes of it."""
    plan = Plan(
        people=500, months=18, seed=1, voluntary_rate=0.5, hazard_ratio=1.0, confounding=0.0, mix_shift=False,
        withdrawal_depth=withdrawal_depth, withdrawal_months=4, contributions=5.0, direct_sessions=0.3,
        initiative_effect=0.0, success_metrics=False, knowledge=False, second_export=False,
    )  # fmt: skip
    generate(plan, folder)
    write_key(folder / "kithwork.key", bytes(range(32)))
    settings = folder / "kithwork.yaml"
    outcome = build(settings)
    assert outcome.code == 0, outcome.said
    names = ("is_publishable", "lag_curve", "crude_rate_ratio", "reading", "suppression_reason")
    (row,) = published_rows(
        settings,
        f"select {', '.join(names)} from fct_retention_card"
        " where question = 'engaged' and dimension = 'organisation'",
    )
    told = kithwork("retention", "--config", settings, "--out", folder / "pages")
    assert told.code == 0, told.said
    return dict(zip(names, row, strict=True)), (folder / "pages" / "retention.md").read_text("utf-8")


@pytest.mark.parametrize("withdrawal_depth", [1.0, 0.0])
def test_the_card_says_withdrawal_where_it_was_planted_and_only_there(
    tmp_path: Path, withdrawal_depth: float
) -> None:
    card, page = card_of(tmp_path / "organisation", withdrawal_depth)
    assert card["is_publishable"] and card["crude_rate_ratio"] is not None
    # One or two exits of unknown kind are told as a band, which is no reason to withhold the ratio.
    assert card["suppression_reason"] in (None, "outcome_count_banded")
    assert (VERDICT in str(card["reading"])) == bool(withdrawal_depth)
    assert (VERDICT in page) == bool(withdrawal_depth)
    curve = dict(part.split(": ") for part in str(card["lag_curve"]).split(", "))
    assert (float(curve["1"]) < 0.3) == bool(withdrawal_depth)
    assert "does not move to 1" in str(card["reading"]) or withdrawal_depth
