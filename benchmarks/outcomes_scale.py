"""What all models of outcomes cost at scale: seconds and memory of each part and of all.

    python -m benchmarks.outcomes_scale [people] [months]

Tables are made, models compiled and each part run in a process of its own, so that a part's memory is
its models' only; what is made and compiled is not counted. Limits for all parts together: 100,000 people
over 24 months within 5 minutes and 4 GB on 2 cores.
"""

from __future__ import annotations

import multiprocessing
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.outcome_parts import MAKERS, PARTS, compiled, run

UNIT = 1024**3 if platform.system() == "Darwin" else 1024**2
"""Of the high-water mark that the system tells."""


class Cost(NamedTuple):
    """What a part took."""

    wall: float
    cpu: float
    peak: float
    """GB, of its process alone."""
    steps: tuple[tuple[str, float, float], ...]
    """Name, wall and CPU seconds."""
    said: str


def measured(part: int, database: str, queries: dict[str, str]) -> Cost:
    """Run one part in this process."""
    steps: list[tuple[str, float, float]] = []

    def step(name: str, work: Callable[[], object]) -> object:
        """Do it and note what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        steps.append((name, time.perf_counter() - wall, time.process_time() - cpu))
        return result

    said = run(PARTS[part], database, queries, step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT
    wall, cpu = (sum(each[place] for each in steps) for place in (1, 2))
    return Cost(wall, cpu, peak, tuple(steps), said)


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a function that runs in a fresh process; raises what it raises."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply(work, arguments)
        pool.close()
        pool.join()
    return result


def measure(people: int, months: int, folder: Path, say: Callable[[str], None]) -> list[Cost]:
    """Make the tables, run every part and say what each took; the parts' costs."""
    queries = apart(compiled, folder)
    made: set[str] = set()
    costs = []
    for place, part in enumerate(PARTS):
        name, maker = MAKERS[part.tables]
        database = str(folder / f"{name}.duckdb")
        if part.tables not in made:
            apart(maker, database, people, months)
            made.add(part.tables)
        cost: Cost = apart(measured, place, database, queries)
        costs.append(cost)
        say(f"\n{part.title}: {cost.said}\n\n| step | seconds | CPU seconds |\n|---|---|---|")
        for step, wall, cpu in cost.steps:
            say(f"| {step} | {wall:.1f} | {cpu:.1f} |")
    say("\n| part | seconds | CPU seconds | peak memory, GB |\n|---|---|---|---|")
    for part, cost in zip(PARTS, costs, strict=True):
        say(f"| {part.title} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:.2f} |")
    wall, cpu = (sum(getattr(cost, name) for cost in costs) for name in ("wall", "cpu"))
    say(f"| all | {wall:.1f} | {cpu:.1f} | {max(cost.peak for cost in costs):.2f} |")
    return costs


def main(say: Callable[[str], None] = print) -> None:
    """Print the tables of docs/performance.md."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    months = int(sys.argv[2]) if len(sys.argv) > 2 else 24
    say(f"{people:,} people, {months} months, two threads")
    with tempfile.TemporaryDirectory() as folder:
        measure(people, months, Path(folder), say)


if __name__ == "__main__":
    main()
