"""Figures of people that arrive bit by bit are those computed afresh, whatever lives people lead.

One organisation is built as its data come: shuffled files until the middle of March, the days
after, late corrections and deletions of old days, and a bot that turns out to be a person.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.dbt.test_scorecard import network_rows
from tests.factories import scored_organisation
from tests.factories.dbt_project import DbtProject
from tests.factories.scored_organisation import Traffic

pytestmark = pytest.mark.slow

MARTS = tuple(
    f"+marts.{area},resource_type:model"
    for area in ("participation", "scorecard", "recognition", "onboarding", "knowledge")
)
EARLY, LAST = "2024-03-20 23:59:59", "2024-04-30 23:59:59"
CORRECTED = (date(2024, 2, 20), date(2024, 3, 10))
"""First and last day of what comes late or is deleted."""
TABLES = """
    select schema_name || '.' || table_name as name from duckdb_tables()
    where schema_name in ('intermediate', 'marts') order by 1
"""
PRICING, EXPORT = 1, 2
"""Topics; the second becomes known when one person has hidden the first."""
PART_TIMERS = 40
"""The first so many people work half the time."""
TWICE, REHIRED, MOVED, AWAY, UNSEEN, BOT, BRIEFLY = range(1, 8)
"""Two accounts; back after a gap; another unit in mid-April; on leave; no account; first taken for a bot;
gone and back between two month ends."""
SPELLS = {
    REHIRED: [("2020-01-01", "2024-02-15"), ("2024-03-11", None)],
    BRIEFLY: [("2020-01-01", "2024-03-06"), ("2024-03-18", None)],
}
"""First and last day employed."""


def lake_rows(made: Traffic) -> dict[str, list[dict[str, Any]]]:
    """The traffic with the six lives in it; every third post asks something."""
    rows = scored_organisation.lake_rows(made)
    for row in rows["messages"]:
        number = int(row["message_id"][1:])
        row["is_question"] = row["kind"] == "post" and number % 3 == 0
        row["topic_terms"] = [("pricing", "export")[number % 2]] if row["kind"] == "post" else None
    rows["messages"] = [row for row in rows["messages"] if row["author_account_id"] != f"a{UNSEEN}"]
    for row in rows["messages"]:
        if row["author_account_id"] == f"a{TWICE}" and int(row["message_id"][1:]) % 2:
            row["author_account_id"] = f"b{TWICE}"
    for table in ("reactions", "mentions"):
        rows[table] = [row for row in rows[table] if row["account_id"] != f"a{UNSEEN}"]
    rows["accounts"].append({"account_id": f"b{TWICE}", "kind": "person"})
    rows["spells"] = [row for row in rows["spells"] if int(row["worker_id"][1:]) not in SPELLS] + [
        {"worker_id": f"w{p}", "spell_number": n, "hire_date": hired, "termination_date": left,
         "termination_type": "voluntary" if left else None}
        for p, spells in SPELLS.items() for n, (hired, left) in enumerate(spells, 1)
    ]  # fmt: skip
    for row in rows["jobs"]:
        row["fte"] = 0.5 if int(row["worker_id"][1:]) <= PART_TIMERS else 1.0
    [job] = [row for row in rows["jobs"] if row["worker_id"] == f"w{MOVED}"]
    rows["jobs"].remove(job)
    rows["jobs"] += [
        {**job, "org_unit_id": unit, "org_unit_path": [unit], "valid_from": begin, "valid_to": end}
        for unit, begin, end in [("North", "2020-01-01", "2024-04-16"), ("South", "2024-04-16", None)]
    ]
    rows["absences"] = [
        {"worker_id": f"w{AWAY}", "absent_from": "2024-01-15", "absent_to": "2024-05-01", "kind": "leave"}
    ]
    return rows


def write(
    project: DbtProject,
    made: Traffic,
    as_of: str,
    touched: set[date] | None,
    is_bot: bool,
    touched_topics: tuple[int, ...] = (),
    hidden: tuple[tuple[int, int], ...] = (),
) -> None:
    """The organisation as it is known at ``as_of``; ``touched`` None: every month.

    The second topic is known once enough people have used its term: after ``EARLY``.
    """
    months = None if touched is None else sorted(month.isoformat() for month in touched)
    project.reference(start="2024-01-01", as_of=as_of, touched=months, touched_topics=touched_topics)
    people = [int(person) for person in made.people["person"]]
    accounts: list[dict[str, Any]] = [
        {"account_id": f"a{p}", "account_key": p, "person_key": p} for p in people if p not in (UNSEEN, BOT)
    ]
    accounts.append({"account_id": f"b{TWICE}", "account_key": 1000, "person_key": TWICE})
    bot = {"kind": "bot", "person_key": None} if is_bot else {"person_key": BOT}
    accounts.append({"account_id": f"a{BOT}", "account_key": BOT, **bot})
    topics = {"pricing": PRICING} if as_of == EARLY else {"pricing": PRICING, "export": EXPORT}
    workers = {f"w{p}": p for p in people}
    project.identity(accounts=accounts, workers=workers, topics=topics, hidden_topics=hidden)
    project.lake(lake_rows(scored_organisation.until(made, as_of)))


def months_about(days: set[date]) -> set[date]:
    """The months that a landing unit with events on these days touches: a day's neighbours count."""
    return {(day + timedelta(days=n)).replace(day=1) for day in days for n in (-1, 0, 1)}


def without(made: Traffic, keys: set[int]) -> Traffic:
    """The traffic without some messages, what answers them and what happened to them."""
    gone = keys | set(made.messages[made.messages["parent"].isin(keys)]["key"])
    return Traffic(
        made.people,
        made.messages[~made.messages["key"].isin(gone)],
        made.reactions[~made.reactions["key"].isin(gone)],
        made.mentions[~made.mentions["key"].isin(gone)],
    )


def shuffled(made: Traffic, seed: int) -> Traffic:
    frames = (made.people, made.messages, made.reactions, made.mentions)
    return Traffic(*(frame.sample(frac=1, random_state=seed) for frame in frames))


def state(project: DbtProject) -> dict[str, list[str]]:
    """Every table that dbt made, row by row; list columns as text."""
    return {
        name: [str(row) for (row,) in project.rows(f"select t::varchar from {name} as t order by 1")]
        for (name,) in project.rows(TABLES)
    }


class Arrived:
    """The organisation after its last correction, and what was there before and afresh."""

    def __init__(self, project: DbtProject) -> None:
        self.project = project
        everything = scored_organisation.traffic(11)
        days = {row.key: row.sent_at.date() for row in everything.messages.itertuples()}
        old = [key for key, day in days.items() if CORRECTED[0] <= day <= CORRECTED[1]]
        chance = random.Random(5)
        chosen = chance.sample(old, 24)
        late, deleted = set(chosen[:12]), set(chosen[12:])
        self.made = without(everything, deleted)
        project.reset()
        project.computed(network_person_month=network_rows(self.made))
        write(project, shuffled(without(everything, late), 1), EARLY, None, True)
        project.run(*MARTS)
        touched = months_about({d for d in days.values() if d > date.fromisoformat(EARLY[:10])})
        [(self.hiding,)] = project.rows(
            "select min(person_key) from marts.fct_expertise_month where month_start < '2024-04-01' "
            f"and topic_key = {PRICING}"
        )
        hidden = ((self.hiding, PRICING),)
        touched |= {date(2024, 3, 1)}
        topics = (PRICING, EXPORT)
        write(project, shuffled(without(everything, late), 2), LAST, touched, True, topics, hidden)
        project.run(*MARTS)
        self.before = state(project)
        changed = set(everything.messages["key"]) - set(without(everything, late | deleted).messages["key"])
        # An answer to what is deleted or late goes or comes with it.
        touched = months_about({days[key] for key in changed})
        self.first_touched = min(touched)
        write(project, shuffled(self.made, 3), LAST, touched, True, hidden=hidden)
        project.run(*MARTS)
        self.corrected = state(project)
        project.run(*MARTS, full_refresh=True)
        self.afresh = state(project)


@pytest.fixture(scope="module")
def arrived(parsed_dbt_project: DbtProject) -> Arrived:
    return Arrived(parsed_dbt_project)


def test_bit_by_bit_equals_afresh(arrived: Arrived) -> None:
    different = [name for name, rows in arrived.afresh.items() if rows != arrived.corrected[name]]
    assert not different
    assert len(arrived.afresh) > 40


def test_a_correction_changes_only_periods_that_it_can_change(arrived: Arrived) -> None:
    assert arrived.before != arrived.corrected, "the correction is seen"
    columns = arrived.project.rows(
        "select table_schema || '.' || table_name, list(column_name) from information_schema.columns "
        "where table_schema in ('intermediate', 'marts') group by 1"
    )
    checked = 0
    for name, names in columns:
        end = next((c for c in ("period_end", "month_start") if c in names), None)
        if end is None or name not in arrived.before:
            continue
        [earlier] = arrived.project.rows(
            f"select list(t::varchar) from {name} as t where {end} < '{arrived.first_touched}'"
        )
        rows = set(earlier[0] or [])
        assert rows <= set(arrived.before[name]), name
        checked += bool(rows)
    assert checked > 15


def test_a_topic_that_becomes_known_later_has_its_history_and_a_hidden_one_has_none(
    arrived: Arrived,
) -> None:
    months = arrived.project.rows(
        "select topic_key, min(month_start), count(*) from marts.fct_expertise_month group by 1 order by 1"
    )
    assert [row[:2] for row in months] == [(PRICING, date(2024, 1, 1)), (EXPORT, date(2024, 1, 1))]
    assert all(n > 100 for _, _, n in months)
    ((hidden, shown),) = arrived.project.rows(
        f"select sum((topic_key = {PRICING})::int), sum((topic_key = {EXPORT})::int) "
        f"from marts.fct_expertise_month where person_key = {arrived.hiding}"
    )
    assert hidden == 0 and shown > 0
    [(waiting,)] = arrived.project.rows("select count(*) from marts.fct_waiting_question_month")
    assert waiting > 10


def april(arrived: Arrived, table: str, columns: str) -> dict[int, tuple]:
    rows = arrived.project.rows(f"select person_key, {columns} from {table} where month_start = '2024-04-01'")
    return {row[0]: row[1:] for row in rows}


def test_lives_count_for_what_they_are_in_scorecard_and_recognition(arrived: Arrived) -> None:
    population = april(
        arrived, "intermediate.int_scorecard_population", "eligible_days, is_measured, org_unit_key"
    )
    window = np.busday_count("2024-01-31", "2024-05-01")
    since_rehire = np.busday_count("2024-03-11", "2024-05-01")
    days = {person: population[person][:2] for person in (TWICE, REHIRED, MOVED, AWAY, UNSEEN, BOT)}
    assert days[TWICE] == days[MOVED] == (window, True)
    assert days[REHIRED] == (since_rehire, True), "a rehire begins anew: the window ends at the gap"
    assert days[AWAY] == days[UNSEEN] == days[BOT] == (0, False)
    units = dict(arrived.project.rows("select name, org_unit_key from intermediate.int_org_units"))
    assert population[MOVED][2] == units["South"]
    expected = scored_organisation.expected_inputs(arrived.made, date(2024, 5, 1))
    found = pd.DataFrame(
        arrived.project.dicts(
            "select person_key, component, numerator from marts.fct_scorecard_component_month "
            f"where month_start = '2024-04-01' and person_key = {TWICE} and component in ('posts', 'replies')"
        )
    ).set_index("component")["numerator"]
    rows = {(row[0], row[1]): row[2] for row in expected.itertuples(index=False)}
    assert found["posts"] + found["replies"] > 0
    assert {name: found[name] for name in ("posts", "replies")} == {
        name: rows[TWICE, name] for name in ("posts", "replies")
    }, "two accounts are one person"
    received = april(arrived, "marts.fct_recognition_person_month", "n_received, n_given, eligible_days")
    assert received[AWAY][:2] == received[UNSEEN][:2] == (None, None), "not observed is not 0"
    assert received[TWICE][2] == window
    scores = arrived.project.rows(
        "select distinct person_key, null_reason from marts.fct_scorecard_month "
        f"where month_start = '2024-04-01' and person_key in ({AWAY}, {UNSEEN}, {BOT}) order by 1"
    )
    assert scores == [(p, "too_few_eligible_days") for p in (AWAY, UNSEEN, BOT)]


def test_fairness_to_part_timers_is_their_mean_score_less_that_of_the_others(arrived: Arrived) -> None:
    scores = pd.DataFrame(
        arrived.project.dicts(
            "select person_key, score, score_value from marts.fct_scorecard_month "
            "where month_start = '2024-04-01' and score_value is not null"
        )
    )
    found = {
        (row["score"], row["attribute_value"]): row
        for row in arrived.project.dicts(
            "select * from marts.fct_scorecard_fairness_month "
            "where month_start = '2024-04-01' and attribute_name = 'working_time'"
        )
    }
    assert {value for _, value in found} == {"part time", "full time"}
    for score, values in scores.groupby("score"):
        is_part = (values["person_key"] <= PART_TIMERS).to_numpy()
        part, full = values["score_value"][is_part], values["score_value"][~is_part]
        row = found[score, "part time"]
        assert (row["n_defined"], row["n_rest"]) == (len(part), len(full))
        spread = np.sqrt(
            (part.var(ddof=0) * len(part) + full.var(ddof=0) * len(full)) / (len(part) + len(full) - 2)
        )
        difference = (part.mean() - full.mean()) / spread
        assert row["standardised_difference"] == pytest.approx(difference, abs=1e-6)
        assert row["is_beyond_limit"] == (abs(difference) > 0.2)


@pytest.mark.parametrize("person", SPELLS)
def test_no_interval_and_no_change_of_a_score_spans_a_rehire(arrived: Arrived, person: int) -> None:
    """What is written between two spells counts for neither, and a score has no month before."""
    (_, left), (back, _) = SPELLS[person]
    rehired = date.fromisoformat(str(back))
    intervals = arrived.project.rows(
        "select month_start, observed_from, observed_to from intermediate.int_scorecard_population "
        f"where person_key = {person} and month_start >= '2024-03-01' order by 1"
    )
    assert intervals == [
        (date(2024, 3, 1), rehired, date(2024, 4, 1)),
        (date(2024, 4, 1), rehired, date(2024, 5, 1)),
    ]
    written = arrived.made.messages[arrived.made.messages["author"] == person]
    days = written["sent_at"].dt.date
    assert ((days > date.fromisoformat(str(left))) & (days < rehired)).any(), "there is something in the gap"
    [(first, n_counted)] = arrived.project.rows(
        "select min(sent_at), count(*) from intermediate.int_scorecard_contributions "
        f"where month_start = '2024-04-01' and person_key = {person}"
    )
    assert first >= datetime.combine(rehired, datetime.min.time()) and n_counted > 5
    changes = arrived.project.rows(
        "select month_start, previous_value, score_change, own_change, peer_change "
        f"from marts.fct_scorecard_month where person_key = {person} and month_start = '2024-03-01'"
    )
    assert changes and {row[1:] for row in changes} == {(None,) * 4}


def test_the_month_before_a_short_gap_had_a_score(arrived: Arrived) -> None:
    """Else it would be no merit that March compares with nothing."""
    [(n_scores,)] = arrived.project.rows(
        "select count(score_value) from marts.fct_scorecard_month "
        f"where person_key = {BRIEFLY} and month_start = '2024-02-01'"
    )
    assert n_scores > 0


def test_a_rehire_is_a_newcomer_once_more(arrived: Arrived) -> None:
    rows = arrived.project.rows(
        "select person_key, hire_date, is_rehire from marts.fct_onboarding_person order by 1"
    )
    assert rows == [(REHIRED, date(2024, 3, 11), True), (BRIEFLY, date(2024, 3, 18), True)]


def test_a_bot_that_turns_out_to_be_a_person_counts_from_the_start(arrived: Arrived) -> None:
    project = arrived.project
    write(project, arrived.made, LAST, None, False)
    project.run(*MARTS)
    population = april(arrived, "intermediate.int_scorecard_population", "is_measured")
    assert population[BOT] == (True,)
    months = project.rows(
        "select month_start, sum(numerator) > 0 from marts.fct_scorecard_component_month "
        f"where person_key = {BOT} and component in ('posts', 'replies') group by 1 order by 1"
    )
    own = arrived.made.messages[arrived.made.messages["author"] == BOT]["sent_at"]
    firsts = [date(2024, month, 1) for month in (1, 2, 3, 4)]
    ends = [datetime(2024, month + 1, 1) for month in (1, 2, 3, 4)]
    assert months == [(m, bool((own < end).any())) for m, end in zip(firsts, ends, strict=True)]
    assert months[-1][1]
