"""`make bench`: how long a build of the sample organisation takes, and what it needs.

Generates the sample organisation into a temporary folder, builds it, builds it again unchanged,
then adds nothing but a comment to the settings, and prints wall time, processor time and peak
memory of each, with the seconds of every stage beside DuckDB's own scan of the lake.

    python -m benchmarks.build [--people 500] [--months 18]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from assets.extract.contract import TABLES

KITHWORK = Path(sys.executable).parent / "kithwork"


def measured(*arguments: str) -> tuple[float, float, float, str]:
    """Run the command; wall seconds, processor seconds, peak memory in GB, what it printed."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(KITHWORK), *arguments], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 1024**3 if platform.system() == "Darwin" else 1024**2
    return time.monotonic() - started, spent, after.ru_maxrss / unit, done.stdout


def lake_scan(lake: Path) -> float:
    """Seconds that DuckDB needs to read every value of the lake once: the floor of any build."""
    started = time.monotonic()
    with duckdb.connect() as connection:
        for table in TABLES:
            files = str(lake / table / "**" / "*.parquet").replace("'", "''")
            connection.execute(f"select sum(hash(t)) from read_parquet('{files}') as t").fetchall()
    return time.monotonic() - started


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=500)
    options.add_argument("--months", type=int, default=18)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "organisation"
        settings = str(out / "kithwork.yaml")
        print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
        print(f"{chosen.people} people, {chosen.months} months\n")
        print(f"{'':<22}{'wall s':>9}{'cpu s':>9}{'peak GB':>9}")
        rows = [
            (
                "generate",
                (
                    "generate",
                    "--people",
                    str(chosen.people),
                    "--months",
                    str(chosen.months),
                    "--out",
                    str(out),
                ),
            ),
            ("build", ("build", "--config", settings)),
            ("build, unchanged", ("build", "--config", settings)),
        ]
        stages = ""
        for name, arguments in rows:
            wall, cpu, peak, printed = measured(*arguments)
            print(f"{name:<22}{wall:>9.1f}{cpu:>9.1f}{peak:>9.2f}")
            stages = printed if name == "build" else stages
        floor = lake_scan(out / "warehouse" / "lake")
        print(f"{'scan of the lake':<22}{floor:>9.2f}\n")
        print(
            "\n".join(line for line in stages.splitlines() if line.endswith(" s") and line.startswith("  "))
        )
        for path in (out / "warehouse").rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)


if __name__ == "__main__":
    main()
