"""HR rows, accounts and posts of a few invented employees, for tests of the dbt marts.

An employee is a number; ``w<n>`` is the worker, ``a<n>`` the account, ``n`` the person key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.factories.dbt_project import DbtProject
from tests.factories.lake import Row

FULL: dict[str, Any] = {"hire_date": "2020-01-01"}
"""Employed all the time."""


def posts(person: int, day: str, n: int = 1, kind: str = "post") -> list[dict[str, Any]]:
    """``n`` posts of one person on one day, at ten in the morning."""
    return [
        {
            "message_id": f"{person}-{day}-{kind}-{i}",
            "channel_id": "c1",
            "author_account_id": f"a{person}",
            "kind": kind,
            "sent_at": f"{day} 10:{i:02}",
        }
        for i in range(n)
    ]


def hr_rows(people: Mapping[int, Row | Sequence[Row]]) -> dict[str, list[Row]]:
    """Lake rows of spells, jobs and workers.

    Each person has one dict of spell columns, or a list of them; ``path`` in the first one is
    the org unit path held all the time (default Sales).
    """
    spells: list[Row] = []
    jobs: list[Row] = []
    workers: list[Row] = []
    for person, stated in people.items():
        facts = [dict(stated)] if isinstance(stated, Mapping) else [dict(row) for row in stated]
        path = facts[0].pop("path", ("Sales",))
        worker = {"worker_id": f"w{person}"}
        spells += [{**worker, "spell_number": i, **row} for i, row in enumerate(facts, start=1)]
        workers.append({**worker, "is_contingent": False})
        jobs.append({**worker, "org_unit_id": path[-1], "org_unit_path": list(path)})
    return {"spells": spells, "jobs": jobs, "workers": workers}


def employ(
    project: DbtProject,
    people: Mapping[int, Row | Sequence[Row]],
    messages: Sequence[Row] = (),
    **lake: Sequence[Row],
) -> None:
    """Write identity and lake: HR rows of ``people``, their accounts and messages.

    Tables named in ``lake`` replace those made here.
    """
    project.identity(
        accounts=[{"account_id": f"a{p}", "account_key": p, "person_key": p} for p in people],
        workers={f"w{p}": p for p in people},
    )
    project.lake(
        {
            **hr_rows(people),
            "messages": messages,
            "channels": [{"channel_id": "c1", "kind": "public", "audience": "internal"}],
            "accounts": [{"account_id": f"a{p}", "kind": "person"} for p in people],
            **lake,
        }
    )
