"""Recommendation rules at and around their thresholds, their order, and what a person dismissed (E4, P32)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.recommendation_inputs import (
    little_echo,
    lost_tie,
    met,
    narrow_ties,
    one_sided,
    person,
    recommend,
)

pytestmark = pytest.mark.slow

APRIL, MAY, JUNE = date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1)
TODAY = date(2024, 6, 11)
ORDER = ["R8", "R5", "R1", "R2", "R3", "R4", "R6", "R7"]


def questions(key: int, n: int, month: date = MAY) -> dict[str, Any]:
    return {"person_key": key, "month_start": month, "n_open": n, "latest_message_id": "q", "channel_1": "c"}


def overload(key: int, month: date = MAY) -> dict[str, Any]:
    return {"person_key": key, "month_start": month, "is_measured": True, "participation_coef": 0.5,
            "is_overload_risk": True, "strength_in": 9.0, "strength_out": 3.0}  # fmt: skip


def thanked(key: int, month: date = MAY) -> dict[str, Any]:
    return {"person_key": key, "month_start": month, "n_received": 1, "n_given": 0}


def strong(key: int, other: int, weight: float, kind: str = "strong", month: date = APRIL) -> dict[str, Any]:
    return {
        "person_key": key,
        "other_person_key": other,
        "month_start": month,
        "tie_kind": kind,
        "weight": weight,
    }


def now(key: int, other: int, weight: float, month: date = MAY) -> dict[str, Any]:
    return {"month_start": month, "from_person_key": key, "to_person_key": other, "mutual_weight": weight}


def told(rows: list[dict[str, Any]], month: date = MAY) -> dict[int, list[str]]:
    """Who is shown what, in its order."""
    shown = sorted(
        (r["position"], r["person_key"], r["rule_id"])
        for r in rows
        if r["is_shown"] and r["month_start"] == month
    )
    found: dict[int, list[str]] = {}
    for _, key, rule in shown:
        found.setdefault(key, []).append(rule)
    return found


def test_thresholds_and_precedence(parsed_dbt_project: DbtProject) -> None:
    """One build, one person per case."""
    others = range(100, 112)
    people = [person(key, MAY, JUNE) for key in (*range(1, 31), *others)]
    people = [p for p in people if p["person_key"] != 111]  # 111 is not there any more
    changed = {
        1: {"tenure_days": 89}, 2: {"tenure_days": 90}, 7: {"is_measured": False},
        9: {"tenure_days": 30}, 10: {"is_measured": False, "tenure_days": 5},
    }  # fmt: skip
    people = [{**p, **changed.get(p["person_key"], {})} for p in people]
    tables = {
        "int_scorecard_population": people,
        "fct_waiting_question_month": [questions(k, n) for k, n in
                                       ((1, 5), (3, 1), (4, 2), (6, 9), (7, 9), (8, 3), (9, 9))],
        "fct_person_network_month": [overload(k) for k in (5, 6, 7, 9)],
        "fct_recognition_person_month": [thanked(k) for k in (1, 2, 4, 6, 8)],
        "fct_tie_kind_month": [
            strong(11, 100, 4.0), strong(12, 100, 4.0), strong(13, 100, 4.0), strong(14, 100, 4.0, "diverse"),
            strong(15, 101, 4.0), strong(16, 102, 4.0), strong(17, 103, 4.0), strong(18, 104, 4.0),
            strong(19, 105, 4.0), strong(20, 106, 4.0), strong(21, 111, 4.0),
            strong(22, 107, 4.0), strong(22, 108, 5.0), strong(22, 109, 5.0), strong(23, 110, 4.0),
        ],
        "fct_tie_month": [now(11, 100, 2.0), now(12, 100, 1.999), now(14, 100, 0.1), now(22, 108, 2.6)],
        "int_dyad_weeks": [
            # The last 28 days are Saturday, 4 May, to Friday, 31 May.
            *met(15, 101, date(2024, 4, 30), date(2024, 5, 3)),
            *met(16, 102, date(2024, 4, 30), date(2024, 5, 4)),
            *met(103, 17, date(2024, 5, 31)), *met(18, 104, date(2024, 6, 1)),
            *met(23, 110, date(2024, 5, 31), date(2024, 6, 2)),
        ],
        "int_absences": [
            {"person_key": 19, "absent_from": date(2024, 5, 31), "absent_to": date(2024, 6, 1)},
            {"person_key": 106, "absent_from": date(2024, 5, 1), "absent_to": date(2024, 5, 31)},
        ],
    }  # fmt: skip
    rows = recommend(parsed_dbt_project, tables)
    found = told(rows)
    assert found.get(1) == ["R8"], "89 days: R8 and nothing else"
    assert found.get(2) == ["R7"], "90 days: no newcomer any more"
    assert 3 not in found and found[4] == ["R1", "R7"], "one open question is too few, two are enough"
    assert found[5] == ["R5"] and found[6] == ["R5", "R7"], "leant on too much: R5 first, R1 not at all"
    assert not [r for r in rows if r["rule_id"] == "R1" and r["person_key"] in (5, 6, 9)]
    assert 7 not in found, "away for more than half of the window"
    assert found[8] == ["R1", "R7"]
    assert found[9] == ["R8"] and found[10] == ["R8"], "R8 silences R5 too, and needs no long window"
    [evidence] = [r["evidence"] for r in rows if (r["person_key"], r["rule_id"]) == (5, "R5")]
    assert evidence == "Others turn to you 75 % of the time, you to them for the rest."

    lost = {r["person_key"]: r["about_person_key"] for r in rows if r["rule_id"] == "R6"}
    assert lost == {
        12: 100,  # fell by a little more than half; 11 by half exactly, 14 was not strong
        13: 100,  # gone altogether
        15: 101,  # met last on the day before the 28 days; 16 on the first of them, 17 on the last
        18: 104,  # met after the window, in its last week; 23 in it and after it
        20: 106,  # the colleague was back on the last day; 19 is away on it; 111 is gone
        22: 109,  # the strongest of those that faded: 108 still has more than half
    }
    assert lost == {p["person_key"]: other for p in people if (other := lost_tie(tables, p)) is not None}, (
        "the rule written a second time says the same"
    )


def days(key: int, on: date, posts: int, replies: int = 0, reactions: int = 0) -> dict[str, Any]:
    return {"person_key": key, "local_date": on, "n_post": posts, "n_reply": replies, "n_reaction": reactions}


def responses(key: int, on: date, n: int) -> list[dict[str, Any]]:
    return [{"person_key": key, "month_start": MAY, "window_to": JUNE, "local_date": on}] * n


def echo(key: int, found: int, missed: int, too_young: int = 0) -> list[dict[str, Any]]:
    row = {"person_key": key, "month_start": MAY, "channel_id": "own", "source": "chat", "group_key": 1}
    judged = [True] * found + [False] * missed + [None] * too_young
    return [{**row, "is_responded_7d": answer} for answer in judged]


def test_thresholds_of_ties_echo_and_exchange(parsed_dbt_project: DbtProject) -> None:
    """R2 to R4, one person per case."""
    spread = {1: 0.0, 2: 0.1, 3: 0.2, 4: 0.2, **dict.fromkeys(range(5, 13), 0.9)}
    groups = {13: 2, 14: 3}
    reached = [(1, 13), (1, 5), (2, 13), (2, 14)]
    mid = date(2024, 5, 20)
    tables = {
        "int_scorecard_population": [person(k, MAY, JUNE, group_key=groups.get(k, 1)) for k in range(1, 41)],
        "fct_person_network_month": [
            {"person_key": k, "month_start": MAY, "is_measured": True, "participation_coef": x}
            for k, x in spread.items()
        ],
        "fct_tie_kind_month": [strong(a, b, 1.0, "diverse", MAY) for a, b in reached],
        "dim_channel": [{"source": "chat", "channel_id": c, "kind": "private" if c == "secret" else "public"}
                        for c in ("own", "b", "c", "d", "secret")],
        "int_scorecard_contributions": [
            *echo(21, 1, 4), *echo(22, 0, 4), *echo(23, 3, 7), *echo(24, 0, 4, too_young=3),
            *echo(25, 1, 4, too_young=9),
            *({"person_key": k, "month_start": MAY, "channel_id": c, "source": "chat", "group_key": groups[k],
               "is_responded_7d": None} for k in groups for c in ("own", "b", "c", "d", "secret")),
            {"person_key": 1, "month_start": MAY, "channel_id": "b", "source": "chat", "group_key": 1,
             "is_responded_7d": None},
        ],
        "int_person_contribution_days": [
            days(31, mid, 5, 1), days(32, mid, 5, 1), days(33, mid, 8, 2), days(34, mid, 5),
            days(35, date(2024, 5, 4), 6), days(36, date(2024, 5, 3), 6), days(37, mid, 6), days(38, JUNE, 6),
            days(39, mid, 0, 1, 6),
        ],
        "int_scorecard_responses": [
            *responses(31, mid, 4), *responses(32, mid, 5), *responses(37, date(2024, 5, 3), 9),
        ],
    }  # fmt: skip
    rows = recommend(parsed_dbt_project, tables)
    found = {(r["rule_id"], r["person_key"]): r for r in rows}
    assert {key for rule, key in found if rule == "R2"} == {1}, (
        "2 reaches two units; 3 and 4 share the 25th percentile, which is not below it"
    )
    narrow = found["R2", 1]
    assert [narrow[f"channel_{n}"] for n in (1, 2, 3)] == ["c", "d", "own"], "public, and 1 is not there"
    said = "Your ties reach 1 other units; 96 % of people have ties that spread wider than yours."
    assert narrow["evidence"] == said
    assert {key for rule, key in found if rule == "R3"} == {21, 25}, (
        "four are too few, three of ten are 30 %, and what is too young is not judged"
    )
    assert {key for rule, key in found if rule == "R4"} == {31, 35, 37, 39}, (
        "a balance of -0.2 fires; 5 for 6 does not, nor a fifth of replies, 5 gifts, other days than the 28"
    )
    said = "In four weeks you gave 6 times and received 4 times; 1 of what you gave were replies."
    assert found["R4", 31]["evidence"] == said


def test_channels_of_other_units_are_those_where_the_own_topics_are_discussed(
    parsed_dbt_project: DbtProject,
) -> None:
    """R2 names communities of shared topics; only who shares none is sent where others write (E4)."""
    in_window, too_old = date(2024, 5, 20), date(2024, 3, 1)
    opened = [
        (1, 1, "own", in_window, 7), (2, 13, "b", in_window, 7), (3, 14, "c", in_window, 7),
        (4, 15, "c", in_window, 7), (5, 13, "d", in_window, 8), (6, 13, "own", in_window, 7),
        (7, 5, "e", in_window, 7), (8, 13, "f", too_old, 7), (9, 13, "g", JUNE, 7),
        (10, 16, "h", in_window, 9),
    ]  # fmt: skip
    groups = {13: 2, 14: 3, 15: 3, 16: 2}
    tables = {
        "int_scorecard_population": [person(k, MAY, JUNE, group_key=groups.get(k, 1)) for k in range(1, 41)],
        "fct_person_network_month": [
            {"person_key": k, "month_start": MAY, "is_measured": True,
             "participation_coef": 0.0 if k < 4 else 0.9}
            for k in range(1, 41)
        ],
        "dim_channel": [{"source": "chat", "channel_id": c, "kind": "public"} for c in "bcdefgh"],
        "int_scorecard_contributions": [
            {"person_key": 13, "month_start": MAY, "channel_id": "d", "source": "chat", "group_key": 2,
             "is_responded_7d": None},
            {"person_key": 1, "month_start": MAY, "channel_id": "own", "source": "chat", "group_key": 1,
             "is_responded_7d": None},
        ],
        "fct_expertise_month": [{"person_key": 2, "month_start": MAY, "topic_key": 9}],
        "int_messages": [
            {"message_key": n, "author_person_key": who, "channel_id": c, "local_date": day}
            for n, who, c, day, _ in opened
        ],
        "int_thread_topics": [{"thread_key": n, "topic_key": topic} for n, *_, topic in opened],
    }  # fmt: skip
    rows = {r["person_key"]: r for r in recommend(parsed_dbt_project, tables) if r["rule_id"] == "R2"}
    named = {key: [row[f"channel_{n}"] for n in (1, 2, 3)] for key, row in rows.items()}
    assert named == {
        1: [
            "c",
            "b",
            None,
        ],  # two of one unit in c, one in b; elsewhere another topic, unit or time
        2: ["h", None, None],  # knows topic 9
        3: ["d", None, None],  # shares no topic: where others write
    }
    assert named == {key: narrow_ties(tables, person(key, MAY, JUNE))[2] for key in (1, 2, 3)}


def test_of_a_topic_only_its_liveliest_channels_are_looked_at(parsed_dbt_project: DbtProject) -> None:
    """Twenty of them: who writes in all of these is sent where others write, not to the next one."""
    names = [f"c{n:02}" for n in range(1, 22)]
    in_window = date(2024, 5, 20)
    tables = {
        "int_scorecard_population": [
            person(k, MAY, JUNE, group_key=2 if k in (13, 14) else 1) for k in range(1, 41)
        ],
        "fct_person_network_month": [
            {"person_key": k, "month_start": MAY, "is_measured": True,
             "participation_coef": 0.0 if k < 4 else 0.9}
            for k in range(1, 41)
        ],
        "dim_channel": [{"source": "chat", "channel_id": "d", "kind": "public"}],
        "int_scorecard_contributions": [
            {"person_key": who, "month_start": MAY, "channel_id": c, "source": "chat", "group_key": group,
             "is_responded_7d": None}
            for who, group, written in [(13, 2, ["d"]), (1, 1, names[:20]), (2, 1, names[:19])]
            for c in written
        ],
        "fct_expertise_month": [{"person_key": k, "month_start": MAY, "topic_key": 7} for k in (1, 2)],
        "int_messages": [
            {"message_key": n, "author_person_key": 13, "channel_id": c, "local_date": in_window}
            for n, c in enumerate(names, 1)
        ],
        "int_thread_topics": [{"thread_key": n, "topic_key": 7} for n in range(1, 22)],
    }  # fmt: skip
    rows = [r for r in recommend(parsed_dbt_project, tables) if r["rule_id"] == "R2"]
    named = {r["person_key"]: [r[f"channel_{n}"] for n in (1, 2, 3)] for r in rows}
    assert named[1] == ["d", None, None]
    assert named[2] == ["c20", None, None]
    assert all(named[k] == narrow_ties(tables, person(k, MAY, JUNE))[2] for k in (1, 2, 3))


def test_a_dismissed_rule_is_not_shown_and_the_next_one_moves_up(parsed_dbt_project: DbtProject) -> None:
    keys = range(1, 9)
    windows = [(APRIL, MAY), (MAY, JUNE), (JUNE, TODAY)]
    contributions = [
        {"person_key": k, "month_start": m, "is_responded_7d": False}
        for k in keys
        for m, _ in windows
        for _ in range(5)
    ]
    tables = {
        "int_scorecard_population": [person(k, m, end) for k in keys for m, end in windows],
        "fct_waiting_question_month": [questions(k, 2, m) for k in keys for m, _ in windows],
        "int_scorecard_contributions": contributions,
        "int_person_contribution_days": [
            {"person_key": k, "local_date": end - timedelta(days=3), "n_post": 6, "n_reply": 0,
             "n_reaction": 0}
            for k in keys for _, end in windows
        ],
        "fct_recognition_person_month": [thanked(k, m) for k in keys for m, _ in windows],
        "fct_person_network_month": [overload(8, m) for m, _ in windows],
    }  # fmt: skip
    forever = None
    dismissed = [
        (2, "R3", date(2024, 5, 1), forever),
        (3, "R1", date(2024, 4, 10), date(2024, 6, 1)),
        (4, "R1", date(2024, 4, 10), date(2024, 5, 31)),
        (5, "R4", date(2024, 6, 20), forever),  # after everything there is: what is shown now, and no other
        (6, "R1", date(2024, 5, 31), forever),
        (6, "R3", date(2024, 5, 31), forever),
        (6, "R1", date(2024, 5, 30), forever),
        (7, "R1", date(2024, 1, 1), date(2024, 2, 1)),
        (8, "R5", date(2024, 1, 1), forever),
    ]
    rows = recommend(parsed_dbt_project, tables, dismissed)
    assert len(rows) == len({(r["person_key"], r["month_start"], r["rule_id"]) for r in rows})
    april, may, june = (told(rows, m) for m in (APRIL, MAY, JUNE))
    everything = ["R1", "R3", "R4"]
    assert april[1] == may[1] == everything and june.get(1) == ["R7"], "three are cooling down"
    assert april[2] == everything, "the window ended on the day before the dismissal"
    assert may[2] == ["R1", "R4", "R7"] and 2 not in june, "R7 moved up, and cools down like the others"
    assert april[3] == may[3] == ["R3", "R4", "R7"] and june[3] == ["R1"], "until 1 June: then R1 is back"
    assert april[4] == ["R3", "R4", "R7"] and may[4] == everything, "May's window ends after 31 May"
    assert april[5] == may[5] == everything and june[5] == ["R7"]
    assert april[6] == everything and may[6] == ["R4", "R7"] and 6 not in june
    assert may[7] == everything, "long over"
    assert may[8] == ["R3", "R4", "R7"], "R5 is not shown, and R1 still not asked for"
    flags = {(r["person_key"], r["month_start"], r["rule_id"]): r for r in rows}
    gone = flags[2, MAY, "R3"]
    assert (gone["is_dismissed"], gone["is_shown"], gone["position"]) == (True, False, None)
    assert flags[5, JUNE, "R4"]["is_dismissed"] and not flags[5, MAY, "R4"]["is_dismissed"]
    assert sum(r["is_dismissed"] for r in rows if r["person_key"] in (1, 7)) == 0


def random_lives(rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """What the rules read of 120 people in two windows, drawn at random."""
    keys = range(1, 121)
    windows = [(MAY, JUNE), (JUNE, TODAY)]
    people = [
        person(k, m, end, tenure_days=int(rng.choice([40, 89, 90, 700])),
               is_measured=bool(rng.random() < 0.9), group_key=int(rng.integers(1, 4)))
        for k in keys for m, end in windows if rng.random() < 0.95
    ]  # fmt: skip
    pairs = [(int(a), int(b)) for a, b in rng.integers(1, 121, (700, 2)) if a != b]
    tables: dict[str, list[dict[str, Any]]] = {
        "int_scorecard_population": people,
        "fct_waiting_question_month": [
            questions(k, int(rng.integers(1, 4)), m) for k in keys for m, _ in windows
        ],
        "fct_person_network_month": [
            {**overload(k, m), "is_measured": is_seen,
             "is_overload_risk": is_seen and bool(rng.random() < 0.3),
             "participation_coef": None if rng.random() < 0.1 else int(rng.integers(0, 12)) / 16}
            for k in keys for m, _ in windows for is_seen in [bool(rng.random() < 0.95)]
        ],
        "fct_recognition_person_month": [
            thanked(k, m) for k in keys for m, _ in windows if rng.random() < 0.5
        ],
        "fct_tie_kind_month": [
            strong(a, b, float(rng.choice([2.0, 4.0])), str(rng.choice(["strong", "diverse"])), m)
            for m in (APRIL, MAY) for a, b in dict.fromkeys(pairs[:400])
        ],
        "fct_tie_month": [
            now(a, b, float(rng.choice([0.5, 1.0, 2.0])), m)
            for m in (MAY, JUNE) for a, b in dict.fromkeys(pairs[:300])
        ],
        "int_dyad_weeks": [
            row for a, b in dict.fromkeys(pairs[:180])
            for row in met(a, b, *(date(2024, 4, 1) + timedelta(days=int(n)) for n in rng.integers(0, 75, 2)))
        ],
        "dim_channel": [
            {"source": "chat", "channel_id": f"c{n}", "kind": "public" if n % 5 else "private"}
            for n in range(12)
        ],
        "int_scorecard_contributions": [
            {"person_key": p["person_key"], "month_start": p["month_start"], "group_key": p["group_key"],
             "source": "chat", "channel_id": f"c{rng.integers(0, 12)}",
             "is_responded_7d": [True, False, None][rng.choice(3, p=[0.25, 0.6, 0.15])]}
            for p in people for _ in range(int(rng.integers(0, 12)))
        ],
        "int_person_contribution_days": [
            days(k, day, *(int(n) for n in rng.poisson((1.5, 0.5, 1.0))))
            for k in keys for day in (date(2024, 4, 25) + timedelta(days=n) for n in range(0, 50, 7))
        ],
        "int_scorecard_responses": [
            {"person_key": p["person_key"], "month_start": p["month_start"], "window_to": p["window_to"],
             "local_date": p["window_to"] - timedelta(days=int(rng.integers(1, 60)))}
            for p in people for _ in range(int(rng.integers(0, 12)))
        ],
        "int_absences": [
            {"person_key": k, "absent_from": day, "absent_to": day + timedelta(days=int(rng.integers(1, 20)))}
            for k in range(1, 121, 6)
            for day in [date(2024, 5, 15) + timedelta(days=int(rng.integers(0, 25)))]
        ],
    }  # fmt: skip
    tables["fct_expertise_month"] = [
        {"person_key": p["person_key"], "month_start": p["month_start"], "topic_key": int(rng.integers(1, 9))}
        for p in people if rng.random() < 0.4
    ]  # fmt: skip
    tables["int_messages"] = [
        {"message_key": n, "author_person_key": int(rng.integers(1, 121)),
         "channel_id": f"c{rng.integers(0, 12)}",
         "local_date": date(2024, 3, 1) + timedelta(days=int(rng.integers(0, 110)))}
        for n in range(400)
    ]  # fmt: skip
    tables["int_thread_topics"] = [
        {"thread_key": n, "topic_key": int(topic)}
        for n in range(400) for topic in set(rng.integers(1, 20, rng.integers(0, 3)).tolist())
    ]  # fmt: skip
    return tables


def test_random_lives_agree_with_the_rules_written_a_second_time(parsed_dbt_project: DbtProject) -> None:
    rng = np.random.default_rng(17)
    tables = random_lives(rng)
    people = tables["int_scorecard_population"]
    dismissed = [
        (int(rng.integers(1, 121)), str(rng.choice(ORDER)),
         date(2024, 5, 1) + timedelta(days=int(rng.integers(0, 45))),
         None if rng.random() < 0.5 else date(2024, 6, 20) - timedelta(days=int(rng.integers(0, 20))))
        for _ in range(150)
    ]  # fmt: skip
    dismissed = [d for d in dismissed if d[3] is None or d[3] > d[2]]
    rows = recommend(parsed_dbt_project, tables, dismissed)
    found = {(r["person_key"], r["month_start"], r["rule_id"]): (r["position"], r["is_shown"]) for r in rows}

    def has(table: str, one: dict[str, Any], **least: int) -> bool:
        return any(
            r["person_key"] == one["person_key"] and r["month_start"] == one["month_start"]
            and all(r[name] >= n for name, n in least.items())
            for r in tables[table]
        )  # fmt: skip

    shown_before: dict[int, dict[date, tuple[date, list[str]]]] = {}
    expected = {}
    fits = {}
    for one in sorted(people, key=lambda p: p["month_start"]):
        key, month, end = one["person_key"], one["month_start"], one["window_to"]
        is_overloaded = any(
            r["is_overload_risk"]
            for r in tables["fct_person_network_month"] if (r["person_key"], r["month_start"]) == (key, month)
        )  # fmt: skip
        fits[key, month] = narrow_ties(tables, one), little_echo(tables, one), one_sided(tables, one)
        fires = {
            "R5": is_overloaded,
            "R1": has("fct_waiting_question_month", one, n_open=2) and not is_overloaded,
            **{f"R{n}": fit is not None for n, fit in enumerate(fits[key, month], 2)},
            "R6": lost_tie(tables, one) is not None,
            "R7": has("fct_recognition_person_month", one),
        }
        if one["tenure_days"] < 90:
            fires = {"R8": True}
        elif not one["is_measured"]:
            fires = {}
        unwanted = {
            rule for who, rule, begin, until in dismissed
            if who == key and (begin < end or month == JUNE) and (until is None or end <= until)
        }  # fmt: skip
        fired = [rule for rule in ORDER if fires.get(rule)]
        kept = [rule for rule in fired if rule not in unwanted]
        before = shown_before.get(key, {}).get((month - timedelta(days=1)).replace(day=1))
        cooling = set(before[1]) if before and (end - before[0]).days < 28 else set()
        left = [rule for rule in kept if rule not in cooling]
        shown_before.setdefault(key, {})[month] = (end, kept[:3])
        for rule in fired:
            position = left.index(rule) + 1 if rule in left else None
            expected[key, month, rule] = (position, position is not None and position <= 3)
    assert found == expected
    for row in rows:
        narrow, echoes, gifts = fits[row["person_key"], row["month_start"]]
        if row["rule_id"] == "R2":
            assert [row[f"channel_{n}"] for n in (1, 2, 3)] == narrow[2]
            assert row["evidence"].startswith(f"Your ties reach {narrow[0]} other units; ")
        if row["rule_id"] == "R3":
            assert row["evidence"].startswith("{1} of your {0} ".format(*echoes))
        if row["rule_id"] == "R4":
            said = "In four weeks you gave {} times and received {} times; {} of".format(*gifts)
            assert row["evidence"].startswith(said)
    rules = [rule for _, _, rule in expected]
    counts = {rule: rules.count(rule) for rule in ORDER}
    assert min(counts.values()) > 8, f"every rule fires for some: {counts}"
