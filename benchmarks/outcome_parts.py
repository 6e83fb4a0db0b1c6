"""The parts of ``benchmarks.outcomes_scale``: what each runs on, its models and its estimators.

Tables are made by one process and the part is run by another, so that neither's memory counts for the
other. Retention runs on an organisation of the generator; the rest on random tables, straight in DuckDB.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

PROJECT = Path(__file__).resolve().parents[1] / "dbt"
TIES, MESSAGES = 12, 5
"""Directed ties, and messages, per person and month of the random tables."""
VIEWS: Final = ("int_survival_spells", "int_initiative_person_months")

Step = Callable[[str, Callable[[], object]], object]
"""Runs something under a name and measures it."""


class Part(NamedTuple):
    """One part: the tables it needs, its models in order, and what Python does after them."""

    title: str
    tables: str
    """``generated``, or ``random``."""
    models: tuple[str, ...]
    after: Callable[[duckdb.DuckDBPyConnection, Step], str]
    """Runs the estimators; says what came out."""


def make_generated(database: str, people: int, months: int) -> None:
    """Simulate an organisation and write what the retention models read."""
    from assets.organisation.history import simulate
    from assets.organisation.plan import Plan
    from assets.organisation.streams import Streams
    from assets.organisation.structure import build_structure
    from benchmarks.retention_tables import write_inputs

    plan = Plan(people=people, months=months, seed=7)
    streams = Streams(plan.seed)
    history = simulate(plan, build_structure(plan, streams), streams)
    with duckdb.connect(database) as connection:
        write_inputs(connection, history)
        write_surroundings(connection)


def make_random(database: str, people: int, months: int) -> None:
    """Random people, ties, exits, messages, initiatives and success metrics."""
    texts = [
        Path(__file__).with_name(f"{name}_tables.sql").read_text(encoding="utf-8")
        for name in ("attrition", "initiative")
    ]
    text = "".join(texts).format(people=people, months=months, ties=TIES, messages=MESSAGES)
    with duckdb.connect(database, config={"threads": 2, "memory_limit": "3GB"}) as connection:
        connection.execute(text)


def make_newcomers(database: str, people: int, months: int) -> None:
    """The random tables with what adoption and onboarding read besides; the other parts are done by then."""
    text = Path(__file__).with_name("newcomer_tables.sql").read_text(encoding="utf-8")
    with duckdb.connect(database, config={"threads": 2, "memory_limit": "3GB"}) as connection:
        connection.execute(text.format(people=people, months=months, messages=MESSAGES))


def write_surroundings(connection: duckdb.DuckDBPyConnection) -> None:
    """Random ties and positions, one permitted source, no survival curves: what stands around the models."""
    from assets.outcomes.survival_tables import SCHEMAS

    connection.execute("create schema outcomes; create schema network; create schema marts")
    connection.execute(
        "create table reference.sources as "
        "select true as has_network, true as has_retention, 'collaboration' as kind"
    )
    connection.execute(
        "create table intermediate.int_person_months as select distinct person_key, month_start, "
        "person_key % 2000 as org_unit_key from intermediate.int_employment_segments "
        "join intermediate.int_spells using (spell_key)"
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
        "round(0.5 + random() * 5, 9) as weight, true as is_tie from network.person_month, "
        f"range({TIES})"
    )
    for name, schema in SCHEMAS.items():
        connection.register("nothing", schema.empty_table())
        connection.execute(f"create table outcomes.{name} as select * from nothing")
        connection.unregister("nothing")


def write_curve(connection: duckdb.DuckDBPyConnection) -> None:
    """``outcomes.retention_by_engagement`` of the counts, without the raw gap."""
    from assets.outcomes.retention import COUNTS_SQL, retention_by_engagement

    gap = connection.execute(
        "select date '2024-01-01' as index_date, 'x' as exposure, 1 as n_persons, 1 as n_retained limit 0"
    ).to_arrow_table()
    curve = retention_by_engagement(connection.execute(COUNTS_SQL).to_arrow_table(), gap)
    connection.register("curve", curve)
    connection.execute("create table outcomes.retention_by_engagement as select * from curve")
    connection.unregister("curve")


def _retention(connection: duckdb.DuckDBPyConnection, step: Step) -> str:
    from assets.retention.study import study_from

    step("rates by lag", lambda: write_curve(connection))
    found: dict[str, list[dict[str, object]]] = {}

    def cards() -> None:
        """Every card and estimate."""
        for name, table in study_from(connection).items():
            found[name] = table.to_pylist()

    step("retention cards", cards)
    rows = connection.execute("select count(*) from intermediate.int_retention_person_months").fetchall()
    with_number = [e for e in found["retention_estimates"] if e["ratio"] is not None]
    return (
        f"{rows[0][0]:,} person-months; {len(with_number)} of {len(found['retention_estimates'])} "
        "ratios have a number"
    )


def _survival(connection: duckdb.DuckDBPyConnection, step: Step) -> str:
    from assets.outcomes.survival_tables import LIVES_SQL, survival_tables

    found = []

    def curves() -> None:
        """Every curve and summary."""
        lives = connection.execute(LIVES_SQL).to_arrow_table()
        found.append((lives.num_rows, survival_tables(lives, 10)))

    step("survival tables", curves)
    return f"{found[0][0]:,} lives"


def _initiatives(connection: duckdb.DuckDBPyConnection, step: Step) -> str:
    from assets.initiatives.step import estimate_from
    from assets.success.step import associations_from

    effects: list[dict[str, object]] = []
    step(
        "effects of initiatives, diffusion",
        lambda: effects.extend(estimate_from(connection, 5)["initiative_effects"].to_pylist()),
    )
    found: list[dict[str, object]] = []
    step("success associations", lambda: found.extend(associations_from(connection).to_pylist()))
    known = sum(row["effect"] is not None for row in effects)
    tested = sum(row["p_value"] is not None for row in found)
    return f"{known} of {len(effects)} effects and {tested} of {len(found)} associations have a number"


def _newcomers(connection: duckdb.DuckDBPyConnection, step: Step) -> str:
    del step
    return ", ".join(
        f"{connection.execute(f'select count(*) from {table}').fetchall()[0][0]:,} rows of {table}"
        for table in ("marts.fct_adoption_curve", "marts.fct_new_hire_attrition")
    )


PARTS: Final = (
    Part(
        "Retention",
        "generated",
        (
            "int_retention_windows", "int_retention_clock", "int_retention_person_months",
            "int_retention_exposures", "int_retention_exposure_counts", "int_retention_baselines",
            "int_retention_stratified",
        ),
        _retention,
    ),
    Part(
        "Turnover, survival, attrition in the network",
        "random",
        (
            "int_turnover_months", "fct_turnover_org_month", "fct_turnover_attribute_month",
            "int_survival_spells", "fct_network_attrition_quarter",
        ),
        _survival,
    ),
    Part(
        "Initiatives and success metrics",
        "random",
        (
            "int_initiative_targets", "int_initiatives", "int_initiative_units",
            "int_initiative_person_months", "int_initiative_persons", "int_initiative_guardrails",
            "int_initiative_unit_months", "int_initiative_cells", "int_participation_weeks",
            "int_initiative_participation_weeks", "int_success_values", "fct_success_driver_month",
        ),
        _initiatives,
    ),
    Part(
        "Adoption curve, attrition of newcomers (J1)",
        "newcomers",
        ("int_adoption_spells", "fct_adoption_curve", "int_new_hires", "fct_new_hire_attrition"),
        _newcomers,
    ),
)  # fmt: skip
"""In this order: the newcomers' tables replace some that the parts before read."""
MAKERS: Final = {
    "generated": ("generated", make_generated),
    "random": ("random", make_random),
    "newcomers": ("random", make_newcomers),
}
"""Which file a part's tables are in, and who makes them; a maker runs once."""


def compiled(folder: Path) -> dict[str, str]:
    """The SQL of every part's models, without the file's name before the tables."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["KITHWORK_DATABASE"] = str(folder / "kithwork.duckdb")
    project, target = str(PROJECT), str(folder / "target")
    models = [model for part in PARTS for model in part.models]
    command = ["-q", "compile", "--select", *models, "--project-dir", project, "--profiles-dir", project]
    command += ["--target-path", target, "--log-path", str(folder / "logs")]
    with redirect_stdout(StringIO()):
        outcome = dbtRunner().invoke(command)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not outcome.success:
        raise SystemExit(f"dbt could not compile: {outcome.exception}")
    found = {path.stem: path for path in (folder / "target" / "compiled").rglob("*.sql")}
    return {model: found[model].read_text(encoding="utf-8").replace('"kithwork".', "") for model in models}


def run(part: Part, database: str, queries: dict[str, str], step: Step) -> str:
    """Every model and estimator of a part, as a build runs them; says what came out."""
    with duckdb.connect(database, config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for model in part.models:
            kind = "view" if model in VIEWS else "table"
            schema = "intermediate" if model.startswith("int_") else "marts"
            statement = f"create {kind} {schema}.{model} as {queries[model]}"
            step(model, lambda statement=statement: connection.execute(statement))  # type: ignore[misc]
        return part.after(connection, step)
