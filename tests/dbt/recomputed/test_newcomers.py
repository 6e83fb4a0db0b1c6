"""Early attrition, first ties and first contacts of newcomers."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

pytestmark = pytest.mark.slow


def test_early_attrition_is_lifelines_and_its_parts_add_up(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    hires["cohort_month"] = pd.to_datetime(hires.cohort_month)
    found = warehouse.frame("select * from marts.fct_new_hire_attrition where org_unit_key = 0")
    months = sorted(set(pd.to_datetime(found.cohort_month)))
    assert months
    checked = 0
    for row in found.itertuples():
        month = pd.Timestamp(row.cohort_month)
        first = month - pd.DateOffset(months=row.pooled_months - 1)
        members = hires[(hires.cohort_month >= first) & (hires.cohort_month <= month)]
        members = members[members.cohort_kind == row.cohort_kind]
        assert row.n_population == len(members)
        if len(members) < 2 or not members.is_exit.any():
            continue
        survival = KaplanMeierFitter().fit(members.duration, members.is_exit)
        causes = np.where(~members.is_exit, 0, np.where(members.termination_type == "voluntary", 1, 2))
        for horizon in (90, 180, 365):
            value = getattr(row, f"new_hire_attrition_{horizon}d")
            if np.isnan(value):
                assert members.duration.max() < horizon
                continue
            assert value == pytest.approx(1 - survival.predict(horizon), abs=1e-6)
            parts = [getattr(row, f"{part}_attrition_{horizon}d") for part in ("voluntary", "other")]
            assert sum(parts) == pytest.approx(value, abs=1e-6)
            if members.duration[members.is_exit].is_unique:
                fitter = AalenJohansenFitter(calculate_variance=False)
                incidence = fitter.fit(members.duration, causes, event_of_interest=1).cumulative_density_
                reached = incidence[incidence.index <= horizon].iloc[-1, 0]
                assert parts[0] == pytest.approx(reached, abs=1e-4)
            checked += 1
    assert checked >= 3


def _ego(warehouse, hire, until: pd.Timestamp, dyads: pd.DataFrame) -> tuple[dict, dict]:
    """Faded weights to and from everybody, of whole weeks since the week of hire."""
    first = pd.Timestamp(hire.hire_date) - pd.Timedelta(days=pd.Timestamp(hire.hire_date).weekday())
    last = until - pd.Timedelta(days=6)
    inside = dyads[
        (dyads.week_start >= max(first, last - pd.Timedelta(weeks=12))) & (dyads.week_start <= last)
    ]
    fade = 0.5 ** ((last - inside.week_start).dt.days / 28)
    sides = []
    for own, other in (("from_person_key", "to_person_key"), ("to_person_key", "from_person_key")):
        mine = inside[own] == hire.person_key
        sides.append((inside.weight * fade)[mine].groupby(inside[other][mine]).sum().to_dict())
    event_days = inside.n_further_event_days
    both = {}
    for own, other in (("from_person_key", "to_person_key"), ("to_person_key", "from_person_key")):
        mine = inside[own] == hire.person_key
        for person, n in event_days[mine].groupby(inside[other][mine]).sum().items():
            both[person] = both.get(person, 0) + n
    mutual = {
        p for p in set(sides[0]) & set(sides[1])
        if round((sides[0][p] * sides[1][p]) ** 0.5, 9) >= 0.5 and both[p] >= 2
    }  # fmt: skip
    return {"out": sum(sides[0].values()), "in": sum(sides[1].values())}, {"mutual": mutual}


def test_networks_of_newcomers_are_networkx(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    dyads = warehouse.frame("select * from intermediate.int_dyad_weeks")
    dyads["week_start"] = pd.to_datetime(dyads.week_start)
    found = warehouse.frame("select * from marts.fct_onboarding_person").set_index("spell_key")
    ties = warehouse.frame(
        "select month_start, period_end, from_person_key as a, to_person_key as b from marts.fct_tie_month "
        "where mutual_weight >= 0.5 - 1e-12 and n_pair_event_days >= 2"
    )
    months = warehouse.frame("select person_key, month_start, group_key from intermediate.int_person_months")
    group = {(r.person_key, r.month_start): r.group_key for r in months.itertuples()}
    medians = _peer_medians(warehouse)
    graphs = {m: nx.from_pandas_edgelist(rows, "a", "b") for m, rows in ties.groupby("month_start")}
    ends = ties.groupby("month_start").period_end.max()
    checked = arrived = 0
    for hire in hires.itertuples():
        row = found.loc[hire.spell_key]
        if pd.isna(row.network_days):
            continue
        day = pd.Timestamp(hire.hire_date)
        day += pd.Timedelta(days=6 - day.weekday())
        at = None
        for _ in range(27):
            known = [m for m, end in ends.items() if end <= day]
            if day >= pd.Timestamp(hire.observed_to) or day - pd.Timedelta(days=6) > dyads.week_start.max():
                break
            if known:
                _, ego = _ego(warehouse, hire, day, dyads)
                graph = graphs[known[-1]].subgraph(ego["mutual"])
                n = len(ego["mutual"])
                size = n - 2 * graph.number_of_edges() / n if n else 0
                is_outside = any(
                    group.get((p, known[-1]), hire.group_key) != hire.group_key for p in ego["mutual"]
                )
                need = medians(known[-1], hire)
                if is_outside and need and size >= 0.5 * need:
                    at = day
                    break
            day += pd.Timedelta(weeks=1)
        assert bool(row.has_network) == (at is not None), hire.spell_key
        if at is not None:
            present = _present_days(warehouse, hire)
            # A day of leave has the number of the last day before it.
            assert row.network_days == sum(day <= at for day in present)
            arrived += 1
        checked += 1
    assert checked > 10 and arrived > 1


def _present_days(warehouse, hire) -> list[pd.Timestamp]:
    """The days since hire without those of an absence."""
    absences = warehouse.frame(
        f"select absent_from, absent_to from intermediate.int_absences where person_key = {hire.person_key}"
    )
    every = pd.date_range(hire.hire_date, warehouse.last_day + pd.Timedelta(days=400))
    away = [(pd.Timestamp(row.absent_from), pd.Timestamp(row.absent_to)) for row in absences.itertuples()]
    return [day for day in every if not any(first <= day < to for first, to in away)]


def _peer_medians(warehouse):
    peers = warehouse.frame(
        "select m.month_start, m.level, m.job_family, coalesce(n.effective_size, 0) as size "
        "from intermediate.int_person_months m join marts.fct_person_network_month n "
        "using (person_key, month_start) "
        "where m.tenure_months between 12 and 23 and m.is_employed_month_end and n.is_measured"
    )

    def median(month, hire) -> float:
        now = peers[peers.month_start == month]
        close = now[(now.level == hire.level) & (now.job_family == hire.job_family)]
        chosen = close if len(close) >= 10 else now
        return float(chosen["size"].median()) if len(chosen) else 0.0

    return median


def test_contact_with_the_manager_counts_days_of_one_to_ones(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    talks = warehouse.frame(
        "select from_person_key as a, to_person_key as b, local_date from intermediate.int_interactions "
        "where interaction_type in ('direct_message', 'mail') and attention = 1"
    )
    talks["local_date"] = pd.to_datetime(talks.local_date)
    seen = 0
    for hire in hires[hires.has_manager_contact_30d.notna()].itertuples():
        first = pd.Timestamp(hire.hire_date)
        present = _present_days(warehouse, hire)
        pair = {hire.person_key, hire.manager_person_key}
        mine = talks[talks.a.isin(pair) & talks.b.isin(pair) & (talks.local_date >= first)]
        early = mine[mine.local_date <= present[13]].local_date.nunique()
        month = mine[mine.local_date <= present[29]].local_date.nunique()
        assert hire.has_manager_contact_30d == (early >= 1 and month >= 3)
        seen += month > 0
    assert seen > 0
