"""A working file with small marts and the dbt manifest that describes them, ready to publish."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.publish.disclosure import Thresholds
from assets.publish.publication import BuildFacts, Publication, publish

FACTS = BuildFacts(
    as_of=date(2024, 3, 31),
    code_version="0.1.0",
    code="code1",
    settings="settings1",
    key="key1",
    identity="identity1",
    data={"chat": "data1"},
    hr={"hris": "hr1"},
)


def model(name: str, meta: dict[str, Any], columns: dict[str, str], *parents: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "schema": "marts",
        "description": f"What {name} holds; it's described.",
        "config": {"meta": meta},
        "columns": {column: {"description": text} for column, text in columns.items()},
        "depends_on": {"nodes": list(parents)},
    }


def dbt_manifest() -> dict[str, Any]:
    """Two group tables, their dimension, and three restricted tables."""
    unit_rule = {"keys": ["org_unit_key", "month_start"], "unit": ["org_unit_key"], "period": "month_start"}
    participation = {"threshold": "k_view", "population": "n_population", **unit_rule}
    flow = {
        "threshold": "k_view",
        "population": "n_population",
        "keys": ["month_start", "from_org_unit_key", "to_org_unit_key"],
        "unit": ["from_org_unit_key", "to_org_unit_key"],
        "period": "month_start",
    }
    chat, hr = "source.kithwork.lake.messages", "source.kithwork.lake.spells"
    nodes = {
        "stg_messages": {
            "resource_type": "model",
            "name": "stg_messages",
            "config": {},
            "depends_on": {"nodes": [chat]},
        },
        "dim_org_unit": model("dim_org_unit", {"publish": "published"}, {"name": "The unit's name."}, hr),
        "fct_participation_org_month": model(
            "fct_participation_org_month",
            {"publish": "published", "grain": "one row per unit and month", "disclosure": participation},
            {"participation_rate": "Share of people | who took part."},
            "stg_messages",
        ),
        "fct_flow": model(
            "fct_flow", {"publish": "published", "disclosure": flow}, {"weight": "Weight."}, "stg_messages"
        ),
        "dim_person": model("dim_person", {"publish": "restricted"}, {"person_id": "Pseudonym."}, hr),
        "fct_tie_month": model("fct_tie_month", {"publish": "restricted"}, {}, "stg_messages"),
    }
    return {
        "nodes": nodes,
        "sources": {
            chat: {"source_name": "lake", "name": "messages"},
            hr: {"source_name": "lake", "name": "spells"},
        },
    }


def write_marts(path: Path, *changes: str) -> Path:
    """40 people in units 1 (20), 2 (16) and 3 (4) below 0; then ``changes`` as SQL."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in (
            "create schema marts",
            """
            create table marts.dim_org_unit as from (values
                (0::bigint, 'organisation', 'Everybody', null::bigint, 0), (1, 'u1', 'R&D <East>', 0, 1),
                (2, 'u2', 'Sales', 0, 1), (3, 'u3', 'Legal', 0, 1)
            ) t(org_unit_key, org_unit_id, name, parent_org_unit_key, depth)
            """,
            """
            create table marts.fct_participation_org_month as
            select u as org_unit_key, m as month_start, n as n_population, r as participation_rate,
                null::varchar as suppression_reason
            from (
                values (0::bigint, 40::bigint, 0.6::double), (1, 20, 0.7), (2, 16, 0.5), (3, 4, 0.25)
            ) t(u, n, r),
                (values (date '2024-02-01'), (date '2024-03-01')) s(m)
            """,
            """
            create table marts.fct_flow as
            select date '2024-03-01' as month_start, a as from_org_unit_key, b as to_org_unit_key,
                n1 + n2 as n_population, n1 as n_from, n2 as n_to, 6::bigint as n_people_from,
                5::bigint as n_people_to, 2.5::double as weight, null::varchar as suppression_reason
            from (
                values (1::bigint, 2::bigint, 20::bigint, 16::bigint), (2, 1, 16, 20), (1, 3, 20, 4)
            ) t(a, b, n1, n2)
            """,
            "create table marts.people as select i as person_key from range(1, 41) t(i)",
            "create view marts.dim_person as "
            "select person_key, md5('p' || person_key) as person_id from kithwork.marts.people",
            """
            create table marts.fct_tie_month as
            select date '2024-03-01' as month_start, i as from_person_key, 1 + i % 40 as to_person_key,
                1.5 as weight, 3 as n_event_days, i % 2 = 0 as is_tie
            from range(1, 41) t(i)
            """,
            *changes,
        ):
            connection.execute(statement)
    return path


def publish_case(root: Path, *changes: str, facts: BuildFacts = FACTS, **options: Any) -> Publication:
    """Publish the marts below ``root``; ``facts`` fields can be replaced by name."""
    database = write_marts(root / "kithwork.duckdb", *changes)
    results = options.pop("results", ())
    overridden = {
        name: options.pop(name) for name in list(options) if name in BuildFacts.__dataclass_fields__
    }
    return publish(
        root, database, dbt_manifest(), replace(facts, **overridden), results, Thresholds(), **options
    )
