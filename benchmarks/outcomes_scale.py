"""What all models of outcomes cost at scale: seconds and memory, SQL and Python apart.

    python -m benchmarks.outcomes_scale [people] [months]

Retention runs on an organisation of the generator, turnover, survival, attrition in the network,
initiatives and success on tables that benchmarks/attrition.py makes. Each part runs in a process of its
own, so that memory counts its models only. Limits for both together: 100,000 people over 24 months within
5 minutes and 4 GB on 2 cores.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from assets.outcomes.survival_tables import SCHEMAS
from benchmarks import attrition
from benchmarks.retention_tables import MODELS, compiled_models, write_inputs


def generate(database: str, people: int, months: int) -> None:
    """Simulate an organisation and write the tables that the models read."""
    from assets.organisation.history import simulate
    from assets.organisation.plan import Plan
    from assets.organisation.streams import Streams
    from assets.organisation.structure import build_structure

    plan = Plan(people=people, months=months, seed=7)
    streams = Streams(plan.seed)
    history = simulate(plan, build_structure(plan, streams), streams)
    with duckdb.connect(database) as connection:
        write_inputs(connection, history)


def measure(database: str, models: dict[str, str], say: Callable[[str], None]) -> tuple[float, float]:
    """Run every model of retention and say what each step took; wall and CPU seconds of all."""
    from assets.outcomes.retention import COUNTS_SQL, retention_by_engagement
    from assets.retention import card, estimates  # noqa: F401 - imports are not part of a step
    from assets.retention.study import study_from

    began = time.perf_counter(), time.process_time()
    last = began

    def told(step: str) -> None:
        nonlocal last
        now = time.perf_counter(), time.process_time()
        say(f"| {step} | {now[0] - last[0]:.1f} | {now[1] - last[1]:.1f} | {_peak():.2f} |")
        last = now

    say("| step | seconds | CPU seconds | peak memory so far, GB |\n|---|---|---|---|")
    connection = duckdb.connect(database, config={"threads": 2, "memory_limit": "2GB"})
    for name in MODELS:
        connection.execute(f"create table intermediate.{name} as {models[name]}")
        told(name)
    _others(connection)
    last = time.perf_counter(), time.process_time()
    counts = connection.execute(COUNTS_SQL).to_arrow_table()
    gap = connection.execute(
        "select date '2024-01-01' as index_date, 'x' as exposure, 1 as n_persons, 1 as n_retained limit 0"
    ).to_arrow_table()
    curve = retention_by_engagement(counts, gap)
    connection.register("curve", curve)
    connection.execute("create table outcomes.retention_by_engagement as select * from curve")
    told("rates by lag")
    step = "person-months"

    def on_model(name: str) -> None:
        nonlocal step
        told(step)
        step = name

    tables = study_from(connection, on_model)
    told(step)
    rows = connection.execute("select count(*) from intermediate.int_retention_person_months").fetchall()
    total = time.perf_counter() - began[0], time.process_time() - began[1]
    say(f"| all, {rows[0][0]:,} person-months | {total[0]:.1f} | {total[1]:.1f} | {_peak():.2f} |")
    for row in tables["retention_estimates"].to_pylist():
        say(f"{row['method']}, {row['term']}: {row['ratio']} {row['covariates']} {row['reason'] or ''}")
    return total


def _others(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables that are not part of what is measured: random ties and positions, one permitted source."""
    connection.execute("create schema outcomes; create schema network; create schema marts")
    connection.execute(
        "create table reference.sources as "
        "select true as has_network, true as has_retention, 'collaboration' as kind"
    )
    connection.execute(
        "create table network.person_month as select month_start, person_key, 5 * random() as strength_in, "
        "5 * random() as strength_out, 9 * random() as effective_size, random() as pagerank, "
        "true as is_measured "
        "from reference.months, (select distinct person_key from intermediate.int_spells)"
    )
    connection.execute(
        "create table marts.fct_tie_month as select month_start, person_key as from_person_key, "
        "cast(random() * (select max(person_key) from intermediate.int_spells) as bigint) as to_person_key, "
        "round(0.5 + random() * 5, 9) as weight, true as is_tie from network.person_month, range(12)"
    )
    for name, schema in SCHEMAS.items():
        connection.register("nothing", schema.empty_table())
        connection.execute(f"create table outcomes.{name} as select * from nothing")
        connection.unregister("nothing")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main(say: Callable[[str], None] = print) -> None:
    """Print a table of steps."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    months = int(sys.argv[2]) if len(sys.argv) > 2 else 24
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "scale.duckdb")
        child = context.Process(target=generate, args=(database, people, months))
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(f"the organisation could not be made (exit {child.exitcode})")
        with context.Pool(1) as pool:  # dbt's memory is not the models'
            models = pool.apply(compiled_models, (Path(folder),))
        say(f"{people:,} people, {months} months")
        retention = measure(database, models, say)
    with context.Pool(1) as pool:
        others = pool.apply(attrition.main, (["--people", str(people), "--months", str(months)],))
    say(f"all: {retention[0] + others[0]:.0f} s, {retention[1] + others[1]:.0f} CPU s")


if __name__ == "__main__":
    main()
