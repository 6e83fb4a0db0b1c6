"""Cost of the survival, turnover, attrition and diffusion steps on a large organisation.

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

from assets.initiatives.diffusion import TARGETS_SQL, WAITING_SQL, diffusion
from assets.outcomes.survival_tables import LIVES_SQL, survival_tables

PROJECT = Path(__file__).resolve().parents[1] / "dbt"
MODELS = (
    "int_turnover_months",
    "fct_turnover_org_month",
    "fct_turnover_attribute_month",
    "int_survival_spells",
    "fct_network_attrition_quarter",
)
T = TypeVar("T")
VIEWS = ("int_survival_spells",)

TABLES = Path(__file__).with_name("attrition_tables.sql").read_text(encoding="utf-8")


def main() -> None:
    """Print one line per step."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=100_000)
    words.add_argument("--months", type=int, default=24)
    words.add_argument("--ties", type=int, default=12, help="directed ties per person and month")
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "kithwork.duckdb"
        queries = compiled(Path(folder), database)
        with duckdb.connect(str(database), config={"threads": 2, "memory_limit": "3GB"}) as connection:
            timed("make tables", lambda: connection.execute(TABLES.format(**vars(chosen))))
            total = time.process_time()
            for model in MODELS:
                kind = "view" if model in VIEWS else "table"
                schema = "intermediate" if model.startswith("int_") else "marts"
                statement = f"create {kind} {schema}.{model} as {queries[model]}"
                timed(model, lambda statement=statement: connection.execute(statement))  # type: ignore[misc]
            lives = timed("lives", lambda: connection.execute(LIVES_SQL).to_arrow_table())
            timed("survival_tables", lambda: survival_tables(lives, 10))
            waiting = timed("waiting", lambda: connection.execute(WAITING_SQL).to_arrow_table())
            targets = connection.execute(TARGETS_SQL).to_arrow_table()
            found = timed("diffusion", lambda: diffusion(waiting, targets, ["a"]))
            print([row["reason"] for row in found.to_pylist()], waiting.num_rows, "person-months")
            total = time.process_time() - total
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{'all steps':32}{total:8.1f} s of CPU, at most {peak:.1f} GB")


def timed(name: str, step: Callable[[], T]) -> T:
    """Run a step and print its CPU and wall seconds."""
    cpu, wall = time.process_time(), time.monotonic()
    result = step()
    print(f"{name:32}{time.process_time() - cpu:8.1f} s of CPU {time.monotonic() - wall:8.1f} s", flush=True)
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
