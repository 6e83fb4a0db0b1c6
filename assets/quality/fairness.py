"""A changed score must not put a group of people at a disadvantage (METRICS.md E2, role fairness)."""

from __future__ import annotations

from typing import Final

from assets.quality.definition import Check

ATTRIBUTES: Final = ("gender", "age_band", "working_time")
"""Whose groups are compared; other attributes of the table describe work, not people."""
FAIRNESS: Final = Check(
    id="fairness",
    title="fairness of a changed score",
    table="marts.fct_scorecard_fairness_month",
    asset_key=("marts", "fct_scorecard_fairness_month"),
    description="Standardised difference between the mean score of a gender, an age band or part-timers and "
    "that of everybody else, in the newest final month, for scores whose version is not the one that readers "
    "have.",
    remedy="understand the difference before the new version of the score is released: tenure, work and "
    "activity may explain it; then set quality.fairness with the reason",
    measure=f"""
        select
            changed.score || ' by ' || fairness.attribute_name as subject,
            sum(fairness.n_defined) as n_judged,
            sum(case when fairness.is_beyond_limit then fairness.n_defined else 0 end) as n_failing,
            max(abs(fairness.standardised_difference)) as measured
        from marts.fct_scorecard_fairness_month as fairness
        inner join quality.changed_scores as changed on fairness.score = changed.score
        where
            fairness.attribute_name in {ATTRIBUTES}
            and fairness.month_start = (
                select max(month_start) from marts.fct_scorecard_fairness_month where is_final
            )
        group by changed.score, fairness.attribute_name
    """,
    needs=("marts.fct_scorecard_fairness_month",),
    block=0.2,
    unit="z",
    needs_hr=True,
)
CHECKS: Final = (FAIRNESS,)
