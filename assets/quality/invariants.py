"""K19: what must hold of every number in the marts, whatever the data.

Proportions lie in 0..1, scores in 0..100, indices in -1..1, parts sum to their whole. (That points
sum to scores, roles to their total and person-years to the organisation's are tests of dbt, which
every build runs.) The columns are found by their names, so that a new mart is covered without a new check;
a rate that is not a proportion (turnover can exceed 1) is named here as an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assets.quality.definition import Catalogue, Check

PROPORTION: Final = re.compile(
    r"(^|_)(participation_rate|contribution_rate|reach_rate|retention_rate|match_rate|blind_spot_rate)"
    r"(_registered|_\d+d)?$|_share$|^share_|(?<!expert)_coverage$|^stickiness$|^(density|reciprocity|transitivity)$"
    r"|^(clustering|local_clustering|gini_\w+|efficiency_share)$"
    r"|(^|_)answer_rate(_\w+)?$|^(response|thread_response|reuse|duplicate_question|contextual_thanks)_rate$"
    r"|^search_(success|to_question)_rate$|^(new_hire|voluntary|other)_attrition_\d+d$|^attrition_\d+d$"
    r"|^exit_ratio_\d+d$|^(manager_contact|buddy_tie)_\d+d$|^first_question_answered$"
    r"|^cohort_participation_(retention|survival)$|^community_health_index$|^adopted_share_registered$"
    r"|^cross_unit_(blau|participation)$|_reciprocity$|^(tie_)?persistence$|^survival$|_incidence_\d+$"
    r"|^retention_rate_\d+m$|^(load_concentration|bridge_dependency|turnover_network_damage)$"
    r"|^(regretted_broker_loss|reach2|connectedness|hierarchy|least_upper_boundedness)$"
    r"|^efficiency_(k94|ucinet)$|^tie_turnover_(lost|new)$|^mean_(team_)?contagion_exposure$"
)
"""Names of columns that hold a proportion; a test compares them with the registry of metrics."""
SCORED: Final = re.compile(
    r"^(score_value|percentile|weight_percentile|strength_percentile|expertise_score)$"
)
"""Names of columns that lie in 0..100."""
INDEX: Final = re.compile(r"^ei_index(_person)?$")
"""Names of columns that lie in -1..1."""
COUNTED: Final = re.compile(r"^n_\w+$|^(headcount|employed_days|eligible_days|person_years)$")
"""Names of columns that cannot be negative."""
TOLERANCE: Final = 1e-9


def _mart_columns(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for relation in sorted(catalogue):
        if relation.startswith("marts."):
            for column in sorted(catalogue[relation]):
                yield relation, column


def _ranges(catalogue: Catalogue) -> list[str]:
    parts = []
    for relation, column in _mart_columns(catalogue):
        if PROPORTION.search(column):
            bounds = f"{column} < -{TOLERANCE} or {column} > 1 + {TOLERANCE}"
        elif SCORED.search(column):
            bounds = f"{column} < -{TOLERANCE} or {column} > 100 + {TOLERANCE}"
        elif INDEX.search(column):
            bounds = f"abs({column}) > 1 + {TOLERANCE}"
        elif COUNTED.search(column):
            bounds = f"{column} < 0"
        else:
            continue
        parts.append(
            f"select '{relation}.{column}' as subject, count({column}) as n_judged, "
            f"count(*) filter (where {bounds}) as n_failing from {relation}"
        )
    return parts


def _sums(catalogue: Catalogue) -> list[str]:
    """Parts that must add up, where a mart has them."""
    parts = []
    for relation in sorted(catalogue):
        columns = catalogue[relation]
        if not relation.startswith("marts."):
            continue
        if {"n_internal_ties", "n_external_ties", "n_ties"} <= columns:
            parts.append(
                f"select '{relation}: internal + external = ties' as subject, count(n_ties) as n_judged, "
                "count(*) filter (where n_internal_ties + n_external_ties <> n_ties) as n_failing "
                f"from {relation}"
            )
        if {"n_defined", "n_population"} <= columns:
            parts.append(
                f"select '{relation}: defined within population' as subject, count(n_defined) as n_judged, "
                f"count(*) filter (where n_defined > n_population) as n_failing from {relation}"
            )
        if {"employed_days", "org_unit_key", "month_start"} <= columns and "dim_org_unit" in "".join(
            catalogue
        ):
            parts.append(_person_time(relation))
    return parts


def _person_time(relation: str) -> str:
    """Person-time of the top units stays within the organisation's."""
    return (
        f"select '{relation}: person-time of units' as subject, count(*) as n_judged, "
        "count(*) filter (where of_units > of_all + 0.5) as n_failing from ("
        f"select month_start, sum(employed_days) filter (where depth = 1) as of_units, "
        f"max(employed_days) filter (where org_unit_key = 0) as of_all "
        f"from {relation} inner join (select org_unit_key, depth from marts.dim_org_unit) as units "
        "using (org_unit_key) group by month_start)"
    )


def _measure(catalogue: Catalogue) -> str:
    parts = _ranges(catalogue) + _sums(catalogue)
    if not parts:
        return "select 'marts' as subject, 0 as n_judged, 0 as n_failing, null::double as measured"
    rows = " union all ".join(parts)
    return (
        f"with judged as ({rows}) select subject, n_judged, n_failing, n_failing::double as measured "
        "from judged where n_judged > 0"
    )


def _examples(catalogue: Catalogue) -> str:
    return f"select subject, subject as key from ({_measure(catalogue)}) where n_failing > 0"


CHECKS: Final = (
    Check(
        id="K19",
        title="metric invariants",
        table="marts",
        asset_key=("quality", "check_results"),
        description="Proportions within 0..1, scores within 0..100, indices within -1..1, counts not "
        "negative, parts that sum to their whole.",
        remedy="this is a defect of the computation, not of the data: report it with the named column",
        measure=_measure,
        examples=_examples,
        block=0.0,
        unit="count",
    ),
)
