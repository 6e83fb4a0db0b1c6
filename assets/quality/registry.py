"""Every quality check, in the order in which results are shown."""

from __future__ import annotations

from typing import Final

from assets.quality import arrival, behaviour, clock, fairness, hr_consistency, invariants, people, volume
from assets.quality.definition import Check

SUPPRESSION_LEAK: Final = Check(
    id="K18",
    title="suppression leak",
    table="published",
    asset_key=("publish", "published_version"),
    description="Withheld cells that subtraction within the published hierarchy would reveal. Runs on the "
    "tables as they are about to be published.",
    remedy="this is a defect of disclosure control: report it with the named table",
    measure="",
    block=0.0,
    unit="count",
)
"""Computed by ``assets.publish``, after disclosure control; the others run before it."""

CHECKS: Final[tuple[Check, ...]] = (
    *(check for check in arrival.CHECKS if check.id == "landing"),
    *volume.CHECKS,
    *(
        check
        for check in sorted(
            (
                *people.CHECKS,
                *hr_consistency.CHECKS,
                *behaviour.CHECKS,
                clock.CLOCK,
                *(check for check in arrival.CHECKS if check.id != "landing"),
            ),
            key=lambda check: (int(check.id[1:].split("_")[0]), check.id),
        )
    ),
    *invariants.CHECKS,
    *fairness.CHECKS,
)
"""The checks of the gate."""

ALL_CHECKS: Final = (*CHECKS, SUPPRESSION_LEAK)
"""What settings may override and what the documentation lists."""
