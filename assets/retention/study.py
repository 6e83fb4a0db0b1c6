"""All models of retention over one warehouse: the cards, and every estimate behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from assets.outcomes.retention import HEADLINE_LAG
from assets.retention import card, card_columns, estimates
from assets.retention.adjusted import adjusted, by_part, dose, negative_outcome, proportionality
from assets.retention.contagion import METHODS, TERM, contagion, exposures
from assets.retention.estimates import Estimate
from assets.retention.marginal_structural import marginal_structural
from assets.retention.parts import COUNTS_SQL, curve_of, parts_of, persons_of
from assets.retention.person_months import ROWS_SQL, UNOBSERVED, PersonMonths, person_months_of
from assets.statistics.clustered import Floats

CURVE_SQL: Final = (
    "select * from outcomes.retention_by_engagement where sample = 'common' order by lag_months"
)
STRATA_SQL: Final = "select * from intermediate.int_retention_stratified where stratification = $name"
PERMISSION_SQL: Final = """
select count(*) from reference.sources where has_network and not has_retention and kind = 'collaboration'
"""
NETWORK_SQL: Final = """
with sizes as (
    select month_start, avg(pagerank) as mean_pagerank
    from network.person_month
    where is_measured
    group by month_start
)
select
    network.strength_in + network.strength_out as network_strength,
    network.effective_size as network_effective_size,
    network.pagerank / sizes.mean_pagerank as network_pagerank
from intermediate.int_retention_exposures as exposures
inner join intermediate.int_retention_baselines as baselines
    on exposures.spell_key = baselines.spell_key and exposures.window_month = baselines.window_month
inner join intermediate.int_retention_windows as windows
    on exposures.spell_key = windows.spell_key and exposures.window_month = windows.window_month
left join network.person_month as network
    on exposures.person_key = network.person_key
    and exposures.window_month = network.month_start
    and network.is_measured
left join sizes on exposures.window_month = sizes.month_start
where exposures.lag_months = $lag
order by exposures.spell_key, exposures.month_start
"""
"""Positions in the network at the end of each window, in the order of ``ROWS_SQL``."""
NETWORK_QUESTIONS: Final = ("network_strength", "network_effective_size", "network_pagerank")
LANDMARK_SQL: Final = """
select * from outcomes.survival_summaries where dimension = 'landmark' and dimension_value = 'engaged'
"""
HISTORY_SQL: Final = "select count(*) as n from reference.months"

SCHEMAS: Final = {"retention_cards": card_columns.SCHEMA, "retention_estimates": estimates.SCHEMA}
"""Tables of schema ``outcomes`` and their columns."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What the models of one warehouse rest on."""

    rows: PersonMonths
    """Person-months at risk at the headline lag."""
    lag: int
    curve: Sequence[Row] = ()
    """Rows of ``outcomes.retention_by_engagement``, common sample."""
    strata: Sequence[Row] = ()
    """Rows of ``int_retention_stratified`` of one stratification."""
    counts: Sequence[Row] = ()
    """Rows of ``parts.COUNTS_SQL``."""
    positions: Mapping[str, Floats] = field(default_factory=dict)
    """By network question, shape (rows,), NaN where not measured; absent where it must not be used."""
    lost_colleagues: Floats | None = None
    """Shape (rows,), NaN without ties; None where it must not be used."""
    absent: str = "no_source"
    """Why positions or lost colleagues are absent."""
    landmark: Row | None = None
    """Row of ``outcomes.survival_summaries`` of the engaged from the landmark."""
    history_months: int = 0
    k_outcome: int = 10


def study_from(
    connection: duckdb.DuckDBPyConnection,
    on_model: Callable[[str], None] = lambda name: None,
    k_outcome: int = 10,
) -> dict[str, pa.Table]:
    """Read what SQL prepared and estimate; tables by the names of ``SCHEMAS``.

    ``on_model(name)`` is called before each model; ``k_outcome`` is the least number of persons
    in each arm of a part of the workforce.
    """
    curve = _dicts(connection, CURVE_SQL)
    lag = next((int(row["lag_months"]) for row in curve if row["is_headline"]), HEADLINE_LAG)
    at_lag = {"lag": lag}
    positions: dict[str, Floats] = {}
    lost_colleagues, absent = None, "purpose_missing"
    if connection.execute(PERMISSION_SQL).fetchall()[0][0] == 0:
        found = connection.execute(NETWORK_SQL, at_lag).to_arrow_table()
        positions = {name: _floats(found, name) for name in NETWORK_QUESTIONS}
        lost_colleagues = exposures(connection, lag).whole
        absent = "no_source"
    facts = Facts(
        rows=person_months_of(connection.execute(ROWS_SQL, at_lag).to_arrow_table()),
        lag=lag,
        curve=curve,
        strata=_dicts(connection, STRATA_SQL, {"name": card.STRATIFICATION}),
        counts=_dicts(connection, COUNTS_SQL),
        positions=positions,
        lost_colleagues=lost_colleagues,
        absent=absent,
        landmark=next(iter(_dicts(connection, LANDMARK_SQL)), None),
        history_months=_dicts(connection, HISTORY_SQL)[0]["n"],
        k_outcome=k_outcome,
    )
    return study(facts, on_model)


def study(facts: Facts, on_model: Callable[[str], None] = lambda name: None) -> dict[str, pa.Table]:
    """Every question's models and its cards: of the organisation, then of its parts."""
    rows, lag, curve = facts.rows, facts.lag, facts.curve
    at_lag = next((row for row in facts.strata if row["lag_months"] == lag), None)
    left = _share_left(rows)
    on_model("adjusted ratios")
    main = adjusted(rows, rows.exposure)
    without = adjusted(rows, rows.own_exposure, "without_carrying")
    on_model("ratios by tenure")
    proportional = proportionality(rows)
    on_model("weighted model")
    weighted = marginal_structural(rows)
    on_model("negative control and amounts")
    negative = negative_outcome(rows)
    amounts = _amounts(facts)
    on_model("colleagues who left")
    lost = _lost(facts)
    cards = [
        card.engaged_card(
            "engaged",
            lag,
            curve,
            at_lag,
            main[0],
            proportional,
            weighted,
            negative,
            left,
            facts.landmark,
            int(rows.unclassified[rows.common_exposure != UNOBSERVED].sum()),
        ),
        card.engaged_card("engaged_without_carrying", lag, [], None, without[0], None, None, None, left),
        *(card.dose_card(question, lag, amount) for question, amount in amounts.items()),
        card.contagion_card(lag, lost),
    ]
    on_model("parts of the workforce")
    parts, of_parts = _parts(facts)
    found = {
        "engaged": [*main, *proportional.by_tenure, *of_parts, weighted.estimate, negative],
        "engaged_without_carrying": without,
        **{question: [amount] for question, amount in amounts.items()},
        TERM: [*lost],
    }
    listed = [estimate.row(question) for question, many in found.items() for estimate in many]
    return {
        "retention_cards": pa.Table.from_pylist(card.counted([*cards, *parts]), schema=card_columns.SCHEMA),
        "retention_estimates": pa.Table.from_pylist(listed, schema=estimates.SCHEMA),
    }


def _amounts(facts: Facts) -> dict[str, Estimate]:
    rows = facts.rows
    seen = np.where(rows.own_exposure == UNOBSERVED, np.nan, rows.contributions)
    found = {"contributions": dose(rows, seen, "dose", "contributions")}
    for question in NETWORK_QUESTIONS:
        values = facts.positions.get(question)
        if values is None or bool(np.isnan(values).all()):
            found[question] = Estimate("dose", question, reason=facts.absent)
        else:
            found[question] = dose(rows, values, "dose", question)
    return found


def _lost(facts: Facts) -> tuple[Estimate, Estimate, Estimate]:
    values = facts.lost_colleagues
    if values is None or bool(np.isnan(values).all()):
        naive, both, within = (Estimate(name, TERM, reason=facts.absent) for name in METHODS)
        return naive, both, within
    return contagion(facts.rows, values)


def _parts(facts: Facts) -> tuple[list[dict[str, Any]], list[Estimate]]:
    """A card for each part of the workforce that the rule allows, and the estimates of all parts."""
    rows, cards, listed = facts.rows, [], []
    for dimension, (groups, part) in parts_of(rows, facts.counts, facts.lag, facts.k_outcome).items():
        *ratios, alike = by_part(rows, part, dimension)
        persons = persons_of(rows, part)
        for code, (group, ratio) in enumerate(zip(groups, ratios, strict=True)):
            curve = curve_of(facts.counts, dimension, group, persons[code], facts.history_months)
            left = _share_left(rows.where(part.codes == code))
            cards.append(
                card.part_card(facts.lag, dimension, part.names[code], curve, ratio, alike.p_value, left)
            )
        listed += [*ratios, alike]
    return cards, listed


def _share_left(rows: PersonMonths) -> float:
    return len(np.unique(rows.person[rows.event])) / max(len(np.unique(rows.person)), 1)


def _floats(table: pa.Table, name: str) -> Floats:
    return np.asarray(table[name].to_numpy(zero_copy_only=False)).astype(np.float64)


def _dicts(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    table: pa.Table = connection.execute(query, parameters or {}).to_arrow_table()
    return list(table.to_pylist())
