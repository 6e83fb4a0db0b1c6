"""What the figures of people cost: participation, scorecard, knowledge, recognition, onboarding.

Takes a warehouse that ``kithwork build`` has built, works on a copy of its working file, and prints,
each measured in a process of its own: DuckDB's aggregation of the same events by person and week
(the floor), writing the finished tables once more without computing anything, making all these
tables anew, and making them again after one new day (the last month touched), with ratios, peak memory
and the dearest models.

    kithwork generate --people 20000 --months 18 --out big; kithwork build --config big/kithwork.yaml
    python -m benchmarks.people_marts --config big/kithwork.yaml
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from assets.layout import Warehouse
from assets.warehouse.connection import connected

AREAS = ("participation", "scorecard", "knowledge", "recognition", "onboarding")
SHOWN = 12
EVENTS = "intermediate.int_activities"
FLOOR = f"""
    create or replace temp table person_weeks as
    select person_key, week_start, count(*) as n_events, count(distinct local_date) as n_days
    from {EVENTS} group by person_key, week_start
"""
"""The plainest figure of people that there is: events and days of each person and week."""


def selection() -> str:
    """The models of these areas."""
    return " ".join(
        f"{layer}.{area},resource_type:model" for layer in ("intermediate", "marts") for area in AREAS
    )


def copied_tables(connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> int:
    """Write the tables of these models once more, one after the other; how many rows they have."""
    schemas = dict(connection.execute("select table_name, schema_name from duckdb_tables()").fetchall())
    rows = 0
    for name in models:
        if name in schemas:  # views have nothing to write
            connection.execute(f"create or replace table copied as from {schemas[name]}.{name}")
            rows += connection.execute("select count(*) from copied").fetchall()[0][0]
    connection.execute("drop table if exists copied")
    return rows


def measured_phase(
    phase: str, root: Path, variables: dict[str, Any], memory: str, written: Sequence[str] = ()
) -> dict[str, Any]:
    """Run one phase in this process: seconds, processor seconds, peak GB, seconds by model."""
    from assets.warehouse.dbt_invocation import DbtProject

    warehouse = Warehouse(root)
    dbt = DbtProject(warehouse, variables, memory=memory)
    models: dict[str, float] = {}
    rows = 0
    if phase not in ("floor", "copy"):
        dbt.parse()
        gc.freeze()  # as `kithwork build` does: what was loaded stays
        with connected(warehouse.database, memory=memory) as connection:
            condition = "" if phase == "full" else "where month_start = (select max(month_start) from m)"
            connection.execute(
                "create or replace table reference.touched_months as with m as (select month_start from "
                f"reference.months) select month_start from m {condition}"
            )
            connection.execute("create or replace table reference.touched_topics (topic_key bigint)")
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    if phase == "floor":
        with connected(warehouse.database, memory=memory) as connection:
            connection.execute(FLOOR)
            rows = connection.execute(f"select count(*) from {EVENTS}").fetchall()[0][0]
    elif phase == "copy":
        with connected(warehouse.database, memory=memory) as connection:
            rows = copied_tables(connection, written)
    else:
        os.environ["DBT_INDIRECT_SELECTION"] = "empty"  # models without their tests
        results = dbt.build(selection(), lambda name, status: None, full_refresh=phase == "full")
        broken = [f"{result.name}: {result.message}" for result in results if result.status != "success"]
        if broken:
            sys.exit(broken[0])
        models = {result.name: result.seconds for result in results}
    after = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1024**3 if platform.system() == "Darwin" else 1024**2
    return {
        "wall": time.monotonic() - started,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak": after.ru_maxrss / unit,
        "rows": rows,
        "models": models,
    }


def in_a_process(
    phase: str, root: Path, variables: dict[str, Any], memory: str, written: Sequence[str] = ()
) -> dict[str, Any]:
    """``measured_phase`` in a fresh process, so that peak memory is its own."""
    call = [sys.executable, "-m", "benchmarks.people_marts", "--phase", phase, "--root", str(root)]
    call += ["--variables", json.dumps(variables), "--memory", memory, "--written", *written]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(config: Path, memory: str) -> None:
    """Measure the three phases on a copy of the working file and print the table."""
    from dagster_project import settings as settings_file
    from dagster_project.resources import dbt_variables

    settings = settings_file.load(config)
    variables = dbt_variables(settings)
    built = Warehouse(settings.warehouse_path)
    with tempfile.TemporaryDirectory(dir=built.root.parent) as folder:
        copy = Warehouse(Path(folder))
        shutil.copyfile(built.database, copy.database)
        copy.lake.symlink_to(built.lake)
        copy.dbt_target.mkdir()
        floor, full = (in_a_process(name, copy.root, variables, memory) for name in ("floor", "full"))
        again = in_a_process("copy", copy.root, variables, memory, list(full["models"]))
        day = in_a_process("one day", copy.root, variables, memory)
    print(f"{platform.machine()}, {os.cpu_count()} processors, limit {memory}; {floor['rows']:,} events\n")
    print(f"{'':<34}{'wall s':>9}{'cpu s':>9}{'peak GB':>9}")
    for title, found in (
        ("by person and week (floor)", floor),
        (f"writing {again['rows']:,} rows again", again),
        ("all models", full),
        ("one new day", day),
    ):
        print(f"{title:<34}{found['wall']:>9.1f}{found['cpu']:>9.1f}{found['peak']:>9.2f}")
    print(
        f"\nall / floor: {full['wall'] / floor['wall']:.1f} by the clock, "
        f"{full['cpu'] / floor['cpu']:.1f} cpu; "
        f"writing again / floor: {again['cpu'] / floor['cpu']:.1f} cpu"
    )
    print(
        f"one day / all: {day['wall'] / full['wall']:.1%} by the clock, {day['cpu'] / full['cpu']:.1%} cpu\n"
    )
    print(f"{'seconds of a model':<44}{'all':>9}{'one day':>9}")
    for name, seconds in sorted(full["models"].items(), key=lambda item: -item[1])[:SHOWN]:
        print(f"{name:<44}{seconds:>9.2f}{day['models'].get(name, 0):>9.2f}")


def main() -> None:
    """Read the options; a phase prints JSON for ``in_a_process``."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--config", type=Path)
    options.add_argument("--memory", default="4GB")
    options.add_argument("--phase", help=argparse.SUPPRESS)
    options.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--variables", type=json.loads, help=argparse.SUPPRESS)
    options.add_argument("--written", nargs="*", default=[], help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.phase:
        phase = measured_phase(chosen.phase, chosen.root, chosen.variables, chosen.memory, chosen.written)
        print(json.dumps(phase))
    elif chosen.config:
        compare(chosen.config, chosen.memory)
    else:
        options.error("--config names the kithwork.yaml of a built warehouse")


if __name__ == "__main__":
    main()
