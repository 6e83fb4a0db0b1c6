"""What a crude comparison says at each lag, where the truth is planted.

    python -m benchmarks.lag_curve

Seeded. The generator's history, the warehouse's own exposure and risk tables, no files in between. No
programme and no mix shift: both change who is engaged, and the table is about lag and confounding.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from assets.organisation.history import simulate as play
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from benchmarks.retention_tables import compiled_models, modelled

PEOPLE, MONTHS = 6_000, 24
PLANTED = ((1.0, 1.0), (0.8, 1.0), (0.8, 0.0), (1.0, 0.0))
"""True hazard ratio and confounding."""
RATIOS_SQL = """
select lag_months, mh_rate_ratio, mh_rate_ratio_ci_low, mh_rate_ratio_ci_high
from intermediate.int_retention_stratified where stratification = 'none' order by lag_months
"""


def curve(
    hazard_ratio: float, confounding: float, models: dict[str, str], people: int = PEOPLE
) -> dict[int, tuple[float, float, float]]:
    """Lag to the crude rate ratio, engaged against not engaged, and its interval."""
    plan = Plan(
        people=people, months=MONTHS, hazard_ratio=hazard_ratio, confounding=confounding,
        initiative_effect=0.0, mix_shift=False,
    )  # fmt: skip
    streams = Streams(plan.seed)
    with modelled(play(plan, build_structure(plan, streams), streams), models) as connection:
        return {lag: (r, low, high) for lag, r, low, high in connection.execute(RATIOS_SQL).fetchall()}


def main() -> None:
    """Print the table of docs/synthetic_organisation.md."""
    with tempfile.TemporaryDirectory() as folder:
        models = compiled_models(Path(folder))
    curves = {planted: curve(*planted, models) for planted in PLANTED}
    lags = list(next(iter(curves.values())))
    print(f"| planted | {' | '.join(f'lag {lag}' for lag in lags)} |")
    print("|---" * (len(lags) + 1) + "|")
    for (ratio, confounding), found in curves.items():
        cells = " | ".join(f"{found[lag][0]:.2f}" for lag in lags)
        print(
            f"| hazard ratio {ratio:g}, confounding {confounding:g}, withdrawal 0.7 | {cells} |", flush=True
        )


if __name__ == "__main__":
    main()
