"""Reading what the proposals need from the working file; everything else is pure."""

from __future__ import annotations

from typing import Any, Final

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from assets.targeting.flow_room import pair_rooms
from assets.targeting.participation_room import Floats, unit_gaps
from assets.targeting.proposals import newcomer_proposals, pair_proposals, participation_proposals
from assets.targeting.tables import PROPOSALS

MONTHS_SEEN: Final = 3
"""Final months over which participation is averaged."""
HISTORY: Final = 9
QUARTERS: Final = 3

MONTHS_SQL: Final = "select month_start from reference.months where is_final order by month_start"
PERSONS_SQL: Final = """
select
    org_unit_key, avg(case when is_participant then 1.0 else 0.0 end) as rate,
    coalesce(max(job_family), '') || '|' || coalesce(max(location), '') as cell
from marts.fct_person_month
where is_eligible and is_participant is not null and month_start >= ?
    and is_final
group by org_unit_key, person_key
order by org_unit_key, person_key
"""
UNIT_MONTHS_SQL: Final = """
select org_unit_key, month_start, count(*) as n,
    avg(case when is_participant then 1.0 else 0.0 end) as rate
from marts.fct_person_month
where is_eligible and is_participant is not null and month_start >= ? and is_final
group by org_unit_key, month_start
order by org_unit_key, month_start
"""
PARENTS_SQL: Final = "select org_unit_key, parent_org_unit_key from marts.dim_org_unit order by all"
SIZES_SQL: Final = """
select group_key, count(*) as n from intermediate.int_network_population
where month_start = ? and group_key is not null group by group_key order by group_key
"""
FLOWS_SQL: Final = "select * from marts.fct_org_unit_flow_month where is_final order by all"
NEWCOMERS_SQL: Final = """
select
    count(*) filter (where has_manager_contact_30d), count(has_manager_contact_30d),
    count(*) filter (where has_buddy_tie_30d), count(has_buddy_tie_30d), count(*)
from marts.fct_onboarding_person
where cohort_kind = 'hire' and cohort_month >= ?
"""


def proposals_from(connection: duckdb.DuckDBPyConnection, k_view: int, k_outcome: int) -> pa.Table:
    """The table of ``tables.PROPOSALS``; empty where nothing has room or nothing is observed."""
    months = [row[0] for row in connection.execute(MONTHS_SQL).fetchall()]
    if not months:
        return PROPOSALS.empty_table()
    rows = _participation(connection, months, k_view) + _pairs(connection, months, k_view)
    since = months[max(0, len(months) - 12)]
    counted = connection.execute(NEWCOMERS_SQL, [since]).fetchall()[0]
    contacts = {"newcomer_manager": counted[0:2], "newcomer_buddy": counted[2:4]}
    rows += newcomer_proposals(contacts, counted[4] / min(12, len(months)), k_outcome)
    return pa.Table.from_pylist(rows, schema=PROPOSALS)


def _frame(connection: duckdb.DuckDBPyConnection, query: str, *values: Any) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(connection.execute(query, list(values)).to_arrow_table()))


def _participation(
    connection: duckdb.DuckDBPyConnection, months: list[Any], k_view: int
) -> list[dict[str, Any]]:
    persons = _frame(connection, PERSONS_SQL, months[max(0, len(months) - MONTHS_SEEN)])
    if not persons.height:
        return []
    cell = persons["cell"].rank("dense").cast(pl.Int64).to_numpy()
    gaps = unit_gaps(
        persons["org_unit_key"].to_numpy(), cell, persons["rate"].cast(pl.Float64).to_numpy(), k_view
    )
    by_month = _frame(connection, UNIT_MONTHS_SQL, months[max(0, len(months) - HISTORY)])
    parents = dict(connection.execute(PARENTS_SQL).fetchall())
    small = set(by_month.filter(pl.col("n") < k_view)["org_unit_key"].to_list())
    # a small sibling could be found by subtraction, so its siblings are not spoken of
    families = {parents.get(unit) for unit in small}
    units = gaps.unit_keys.tolist()
    blocked = {unit for unit in units if unit in small or parents.get(unit) in families}
    return participation_proposals(gaps, blocked, _history(by_month, units))


def _history(by_month: pl.DataFrame, units: list[int]) -> Floats:
    """Participation of units that are there in every month, shape (units, months)."""
    wide = (
        by_month.filter(pl.col("org_unit_key").is_in(units))
        .pivot(on="month_start", index="org_unit_key", values="rate", sort_columns=True)
        .sort("org_unit_key")
        .drop_nulls()
    )
    return wide.drop("org_unit_key").cast(pl.Float64).to_numpy()


def _pairs(connection: duckdb.DuckDBPyConnection, months: list[Any], k_view: int) -> list[dict[str, Any]]:
    ends = [months[i] for i in range(len(months) - 1, 1, -3)]  # the first two look back past the beginning
    if len(ends) < 2:
        return []
    found = connection.execute(SIZES_SQL, [ends[0]]).fetchall()
    sizes = {key: n for key, n in found if n >= k_view}
    flows = _frame(connection, FLOWS_SQL)
    rooms = pair_rooms(flows, sizes, ends[:QUARTERS][::-1])
    n_pairs = len(sizes) * (len(sizes) - 1) // 2
    return pair_proposals(rooms, n_pairs, _flow_history(flows, sizes, ends[::-1]))


def _flow_history(flows: pl.DataFrame, sizes: dict[int, int], ends: list[Any]) -> Floats:
    """Flow relative to chance of pairs with ties in every quarter, shape (pairs, quarters)."""
    pair = pl.concat_list("from_org_unit_key", "to_org_unit_key").list.sort()
    wide = (
        flows.filter(
            pl.col("from_org_unit_key").is_in(list(sizes)), pl.col("to_org_unit_key").is_in(list(sizes)),
            pl.col("month_start").is_in(ends),
        )
        .with_columns(pair.list.get(0).alias("one"), pair.list.get(1).alias("other"))
        .group_by("one", "other", "month_start")
        .agg(pl.col("flow_ratio").mean())
        .pivot(on="month_start", index=["one", "other"], values="flow_ratio", sort_columns=True)
        .sort("one", "other")
        .drop_nulls()
    )  # fmt: skip
    return np.asarray(wide.drop("one", "other").cast(pl.Float64).to_numpy())
