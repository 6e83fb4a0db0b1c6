"""Participation worked out day by day in pandas: the slow way, for comparison with the marts.

Every person has a row for every day, with what the person could have done and did; windows are
slices of it. Nothing here knows the SQL's segments or running counts.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

ROLLING = {"r28": 28, "r91": 91}
COUNTS = [
    "posts", "replies", "reactions", "contributions", "creations", "replies_received",
    "reactions_received", "timed_events", "after_hours_events",
]  # fmt: skip
FOREVER = pd.Timestamp("2262-01-01")
ALWAYS = pd.Timestamp("1700-01-01")
HOUR_FROM, HOUR_TO = 9, 17


class Warehouse:
    """Frames of a working file: HR and accounts as they are, messages as staging left them."""

    def __init__(self, database: Path) -> None:
        self._connection = duckdb.connect(str(database), read_only=True)
        self._connection.execute("set TimeZone = 'UTC'")
        bounds = self.frame("select * from reference.calendar_bounds").iloc[0]
        self.start, self.as_of = pd.Timestamp(bounds.start_date), pd.Timestamp(bounds.as_of)
        self.last_day = pd.Timestamp(bounds.as_of_date)
        self.default_zone = bounds.default_timezone
        self.zones = dict(self.rows("select location, timezone from reference.locations"))
        self.sources = set(self.column("select source from reference.sources where has_engagement"))
        self.ancestors = self.frame("select * from intermediate.int_org_unit_ancestors")
        self._offsets: dict[tuple[str, pd.Timestamp], pd.Timedelta] = {}
        self._jobs: dict[int, list[dict]] = {}
        jobs = self.frame("select * from intermediate.int_jobs")
        jobs["valid_from"] = pd.to_datetime(jobs.valid_from).fillna(ALWAYS)
        jobs["valid_to"] = pd.to_datetime(jobs.valid_to).fillna(FOREVER)
        for person, rows in jobs.groupby("person_key"):
            self._jobs[int(person)] = rows.to_dict("records")

    def frame(self, query: str) -> pd.DataFrame:
        """A query as a frame."""
        return self._connection.execute(query).df()

    def rows(self, query: str) -> list[tuple]:
        """A query as tuples."""
        return self._connection.execute(query).fetchall()

    def column(self, query: str) -> list:
        """The first column of a query."""
        return [row[0] for row in self.rows(query)]

    def job_on(self, person: int, day: pd.Timestamp, what: str):
        """A column of the person's job on a day; None without one."""
        for row in self._jobs.get(person, ()):
            if row["valid_from"] <= day < row["valid_to"]:
                return row[what] if pd.notna(row[what]) else None
        return None

    def location_on(self, person: int, day: pd.Timestamp) -> str:
        """The calendar that holds for a person on a day."""
        location = self.job_on(person, day, "location")
        return location if location in self.zones else ""

    def local(self, person: int, instant: pd.Timestamp) -> pd.Timestamp:
        """The clock on the person's wall at a UTC instant."""
        zone = self.zones.get(self.location_on(person, instant.normalize()), self.default_zone)
        key = (zone, instant.floor("15min"))
        if key not in self._offsets:
            hour = key[1].tz_localize("UTC")
            self._offsets[key] = hour.astimezone(ZoneInfo(zone)).tz_localize(None) - key[1]
        return instant + self._offsets[key]


def person_days(warehouse: Warehouse) -> pd.DataFrame:
    """One row per employed person and day: unit, workday, eligible, account; opted-out ones marked."""
    spells = warehouse.frame(
        "select s.*, p.is_opted_out from intermediate.int_spells s join identity.persons p "
        "using (person_key) where not s.is_contingent"
    )
    absences = warehouse.frame("select * from intermediate.int_absences")
    account_from = dict(
        warehouse.rows(
            "select a.person_key, min(coalesce(cast(s.created_at as date), date '1900-01-01')) "
            "from intermediate.int_accounts a left join staging.stg_accounts s using (source, account_id) "
            "join reference.sources f using (source) "
            "where a.is_counted and f.has_engagement and f.has_visible_contributions group by 1"
        )
    )
    calendar = {
        (place, pd.Timestamp(day)): (is_workday, is_covered)
        for place, day, is_workday, is_covered in warehouse.rows(
            "select location, date, is_workday, is_covered from reference.calendar_days"
        )
    }
    away = {
        (row.person_key, day)
        for row in absences.itertuples()
        for day in pd.date_range(
            max(row.absent_from, warehouse.start),
            min(pd.Timestamp(row.absent_to) - timedelta(days=1), warehouse.last_day),
        )
    }
    rows = []
    for spell in spells.itertuples():
        first = max(pd.Timestamp(spell.employed_from), warehouse.start)
        last = min(pd.Timestamp(str(spell.employed_to)[:10]) if spell.employed_to.year < 2200 else FOREVER,
                   warehouse.last_day + timedelta(days=1)) - timedelta(days=1)  # fmt: skip
        notice = pd.Timestamp(spell.notice_date) if pd.notna(spell.notice_date) else FOREVER
        since = account_from.get(spell.person_key)
        for day in pd.date_range(first, last) if first <= last else ():
            place = warehouse.location_on(spell.person_key, day)
            is_workday, is_covered = calendar[place, day]
            is_observable = since is not None and pd.Timestamp(since) <= day and day <= notice
            is_away = (spell.person_key, day) in away
            rows.append(
                (
                    spell.person_key,
                    day,
                    int(warehouse.job_on(spell.person_key, day, "org_unit_key") or 0),
                    place,
                    is_workday,
                    is_away,
                    is_observable,
                    is_observable and is_workday and is_covered and not is_away,
                    spell.is_opted_out,
                    since is not None and pd.Timestamp(since) <= warehouse.last_day,
                    pd.Timestamp(since) if since is not None else FOREVER,
                )
            )
    names = ["person", "day", "unit", "place", "is_workday", "is_away", "is_observable", "is_eligible",
             "is_opted_out", "has_account", "account_from"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def events(warehouse: Warehouse) -> pd.DataFrame:
    """One row per trace: person, local time, what (a count's name without n_), channel, thread."""
    counted = {
        (source, account): person
        for source, account, person in warehouse.rows(
            "select source, account_id, person_key from intermediate.int_accounts where is_counted"
        )
    }
    kinds = {
        (source, account): kind
        for source, account, kind in warehouse.rows(
            "select source, account_id, kind from intermediate.int_accounts"
        )
    }
    messages = _messages(warehouse, counted)
    author_of = {(m.source, m.message_id): m.person for m in messages.itertuples()}
    found: list[tuple] = []
    for m in messages.itertuples():
        parent_id = m.parent_message_id or m.thread_id
        parent = author_of.get((m.source, parent_id)) if parent_id != m.message_id else None
        parent = None if parent is None or pd.isna(parent) else int(parent)
        if pd.isna(m.person):
            continue
        person = int(m.person)
        if not (m.kind == "reply" and parent == person):
            found.append((person, m.sent_at, "timed_events", m.channel_id, m.source))
            if m.is_visible:
                what = "replies" if m.kind == "reply" else "praises" if m.kind == "praise" else "posts"
                found.append((person, m.sent_at, what, m.channel_id, m.source))
        if m.is_visible and m.kind == "reply" and parent is not None and parent != person:
            found.append((parent, m.sent_at, "replies_received", m.channel_id, m.source))
    by_id = {(m.source, m.message_id): m for m in messages.itertuples()}
    for source, message, account in warehouse.rows(
        "select distinct source, message_id, account_id from staging.stg_mentions "
        "where account_id is not null"
    ):
        m = by_id.get((source, message))
        if m is None or pd.isna(m.person) or not m.is_visible:
            continue
        if kinds.get((source, account), "person") not in ("bot", "service") and (
            counted.get((source, account)) != m.person and account != m.author_account_id
        ):
            found.append((int(m.person), m.sent_at, "mentions", m.channel_id, m.source))
    for source, message, account, at in warehouse.rows(
        "select source, message_id, account_id, reacted_at from staging.stg_reactions"
    ):
        m, person = by_id.get((source, message)), counted.get((source, account))
        if m is None or person is None or person == m.person or account == m.author_account_id:
            continue
        instant = pd.Timestamp(at) if at is not None else m.sent_at
        if instant > warehouse.as_of:
            continue
        if at is not None:
            found.append((person, instant, "timed_events", m.channel_id, source))
        if m.is_visible:
            found.append((person, instant, "reactions", m.channel_id, source))
            if pd.notna(m.person):
                found.append((int(m.person), instant, "reactions_received", m.channel_id, source))
    frame = pd.DataFrame(found, columns=["person", "at", "what", "channel", "source"])
    frame["local"] = [warehouse.local(p, at) for p, at in zip(frame.person, frame["at"], strict=True)]
    frame["day"] = frame.local.dt.normalize()
    return frame


def _messages(warehouse: Warehouse, counted: dict) -> pd.DataFrame:
    messages = warehouse.frame(
        "select m.*, c.kind as channel_kind, (source, message_id) in "
        "(select (source, message_id) from staging.stg_recipients) as is_addressed "
        "from staging.stg_messages m left join staging.stg_channels c using (source, channel_id)"
    )
    is_kept = (
        (messages.kind != "system")
        & messages.source.isin(warehouse.sources)
        & (messages.sent_at <= warehouse.as_of)
        & ~(messages.deleted_at < messages.sent_at + pd.Timedelta(hours=24))
    )
    messages = messages[is_kept].copy()
    messages["is_visible"] = ~messages.is_addressed & ~messages.channel_kind.isin(
        ["direct", "group_direct", "mailing_list"]
    )
    messages["kind"] = messages.kind.where(messages.kind.isin(["reply", "praise"]), "post")
    messages["thread_id"] = messages.thread_id.fillna(messages.message_id)
    messages["person"] = [
        counted.get(pair) for pair in zip(messages.source, messages.author_account_id, strict=True)
    ]
    messages["parent_message_id"] = messages.parent_message_id.where(messages.parent_message_id.notna(), None)
    return messages


def windows(warehouse: Warehouse) -> list[tuple[str, pd.Timestamp, pd.Timestamp, pd.Timestamp, float]]:
    """Kind, label, first and last day, and how much of the window's nominal length is covered."""
    found = []
    day = warehouse.start
    while day + timedelta(days=6) <= warehouse.last_day:
        if day.weekday() == 0:
            found.append(("week", day, day, day + timedelta(days=6), 1.0))
        day += timedelta(days=1)
    month = warehouse.start
    while month <= warehouse.last_day:
        full = month + pd.offsets.MonthEnd(0)
        last = min(full, warehouse.last_day)
        share = ((last - month).days + 1) / ((full - month).days + 1)
        found.append(("month", month, month, last, share))
        for kind, n in ROLLING.items():
            found.append((kind, month, last - timedelta(days=n - 1), last, 1.0))
        month = full + timedelta(days=1)
    return found


def person_windows(warehouse: Warehouse, days: pd.DataFrame, traces: pd.DataFrame) -> pd.DataFrame:
    """What ``int_person_windows`` should hold, for people who did not opt out."""
    workdays = {
        place: np.array(sorted(pd.to_datetime(rows.date[rows.is_workday])))
        for place, rows in warehouse.frame("select * from reference.calendar_days").groupby("location")
    }
    daily = _daily(days, traces)
    parts = []
    for kind, label, first, last, share in windows(warehouse):
        inside = daily[(daily.day >= first) & (daily.day <= last)]
        final = inside.sort_values("day").groupby("person").last()
        sums = inside.groupby("person")[[*COUNTS, "is_eligible", "is_active"]].sum()
        result = sums.rename(columns={"is_eligible": "eligible_days", "is_active": "active_days"})
        result["unit"] = final.unit
        result["is_opted_out"] = final.is_opted_out
        result["is_employed_at_end"] = final.day == last
        result["has_account"] = final.account_from <= last
        result["scheduled"] = [
            round(((workdays[p] >= first) & (workdays[p] <= last)).sum() / share) for p in final.place
        ]
        block = (last - inside.day).dt.days // 7
        for name, column in (("active_weeks", "is_active"), ("creating_weeks", "creations")):
            weeks = block[inside[column] > 0].groupby(inside.person).nunique() if kind == "r91" else None
            result[name] = 0 if weeks is None else weeks.reindex(result.index).fillna(0).astype(int)
        result["period_kind"], result["period_start"], result["period_end"] = kind, label, last
        parts.append(result.reset_index())
    table = pd.concat(parts, ignore_index=True)
    enough = (table.eligible_days >= 2) & (table.eligible_days >= 0.5 * table.scheduled)
    table["is_in"] = enough & ~table.is_opted_out
    table["is_partial"] = (table.eligible_days > 0) & ~enough & ~table.is_opted_out
    return table


def of_units(warehouse: Warehouse, table: pd.DataFrame) -> pd.DataFrame:
    """Each person once for every unit above the own one."""
    return table.merge(
        warehouse.ancestors.rename(columns={"org_unit_key": "unit", "ancestor_org_unit_key": "org_unit_key"}),
        on="unit",
    )


def _daily(days: pd.DataFrame, traces: pd.DataFrame) -> pd.DataFrame:
    observed = days[days.is_observable][["person", "day", "is_workday", "is_away"]]
    seen = traces.merge(observed, on=["person", "day"])
    is_late = (
        ~seen.is_workday | seen.is_away | (seen.local.dt.hour < HOUR_FROM) | (seen.local.dt.hour >= HOUR_TO)
    )
    late = seen[(seen.what == "timed_events") & is_late].assign(what="after_hours_events")
    visible = ["posts", "replies", "reactions", "mentions", "praises"]
    every = seen[seen.what.isin(visible)].assign(what="contributions")
    created = seen[seen.what.isin(["posts", "replies"])].assign(what="creations")
    counts = (
        pd.concat([seen, late, every, created])
        .groupby(["person", "day", "what"])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=COUNTS, fill_value=0)
        .reset_index()
    )
    daily = days.merge(counts, on=["person", "day"], how="left").fillna(dict.fromkeys(COUNTS, 0))
    daily["is_active"] = daily.contributions > 0
    return daily
