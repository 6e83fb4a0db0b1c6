"""Cost of turnover, survival, attrition in the network, initiatives and success on a large organisation.

    python benchmarks/attrition.py --people 100000 --months 24

Makes the tables that these models read straight in DuckDB (random, nothing else is built), runs the
compiled SQL and the Python steps on two threads and prints CPU seconds, wall seconds and memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TypeVar

import duckdb

from assets.initiatives.step import estimate_from
from assets.outcomes.survival_tables import LIVES_SQL, survival_tables
from assets.success.step import associations_from

PROJECT = Path(__file__).resolve().parents[1] / "dbt"
MODELS = (
    "int_turnover_months",
    "fct_turnover_org_month",
    "fct_turnover_attribute_month",
    "int_survival_spells",
    "fct_network_attrition_quarter",
    "int_initiative_targets",
    "int_initiatives",
    "int_initiative_units",
    "int_initiative_person_months",
    "int_initiative_persons",
    "int_initiative_guardrails",
    "int_initiative_unit_months",
    "int_initiative_cells",
    "int_participation_weeks",
    "int_initiative_participation_weeks",
    "int_success_values",
    "fct_success_driver_month",
)
T = TypeVar("T")
VIEWS = ("int_survival_spells", "int_initiative_person_months")

PARTS = ("attrition", "initiative")
TABLES = "".join(Path(__file__).with_name(f"{name}_tables.sql").read_text(encoding="utf-8") for name in PARTS)


def main(arguments: list[str] | None = None) -> tuple[float, float]:
    """Print one line per step; wall and CPU seconds of all of them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=100_000)
    words.add_argument("--months", type=int, default=24)
    words.add_argument("--ties", type=int, default=12, help="directed ties per person and month")
    words.add_argument("--messages", type=int, default=5, help="messages per person and month")
    chosen = words.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "kithwork.duckdb"
        queries = compiled(Path(folder), database)
        with duckdb.connect(str(database), config={"threads": 2, "memory_limit": "2GB"}) as connection:
            timed("make tables", lambda: connection.execute(TABLES.format(**vars(chosen))))
            began = time.monotonic(), time.process_time()
            steps(connection, queries)
            taken = time.monotonic() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"| all of these | {taken[0]:.1f} | {taken[1]:.1f} | {peak:.2f} |")
    return taken


def steps(connection: duckdb.DuckDBPyConnection, queries: dict[str, str]) -> None:
    """Every model and every estimator, as a build runs them."""
    for model in MODELS:
        kind = "view" if model in VIEWS else "table"
        schema = "intermediate" if model.startswith("int_") else "marts"
        statement = f"create {kind} {schema}.{model} as {queries[model]}"
        timed(model, lambda statement=statement: connection.execute(statement))  # type: ignore[misc]
    lives = timed("lives", lambda: connection.execute(LIVES_SQL).to_arrow_table())
    timed("survival tables", lambda: survival_tables(lives, 10))
    found = timed("effects of initiatives, diffusion", lambda: estimate_from(connection, 5))
    effects = found["initiative_effects"].to_pylist()
    known = sum(row["effect"] is not None for row in effects)
    associations = timed("success associations", lambda: associations_from(connection)).to_pylist()
    tested = sum(row["p_value"] is not None for row in associations)
    print(f"{known} of {len(effects)} effects and {tested} of {len(associations)} associations have a number")


def timed(name: str, step: Callable[[], T]) -> T:
    """Run a step and print its wall and CPU seconds and the peak of memory."""
    cpu, wall = time.process_time(), time.monotonic()
    result = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    taken = f"{time.monotonic() - wall:.1f} | {time.process_time() - cpu:.1f} | {peak:.2f}"
    print(f"| {name} | {taken} |", flush=True)
    return result


def compiled(folder: Path, database: Path) -> dict[str, str]:
    """The models' SQL for this database."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["KITHWORK_DATABASE"] = str(database)
    project, target = str(PROJECT), str(folder / "target")
    command = ["-q", "compile", "--select", *MODELS, "--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", target, "--log-path", str(folder / "logs")]
    with redirect_stdout(StringIO()):
        outcome = dbtRunner().invoke(command)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not outcome.success:
        raise SystemExit(f"dbt could not compile: {outcome.exception}")
    found = {path.stem: path for path in (folder / "target" / "compiled").rglob("*.sql")}
    return {model: found[model].read_text(encoding="utf-8") for model in MODELS}


if __name__ == "__main__":
    main()
