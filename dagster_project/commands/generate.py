"""``kithwork generate``: a synthetic organisation as real files, with planted, known effects."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from assets.organisation.plan import Plan

if TYPE_CHECKING:
    from assets.organisation.generation import Summary


def _effect(words: str) -> Any:
    return typer.Option(help=words, rich_help_panel="Planted effects")


def _structure(words: str) -> Any:
    return typer.Option(
        help=words, rich_help_panel="Planted structure, there unless switched off", show_default=False
    )


def _dirt(words: str) -> Any:
    return typer.Option(
        help=words, rich_help_panel="Everyday dirt, there unless switched off", show_default=False
    )


def _fault(words: str, *flags: str) -> Any:
    return typer.Option(*flags, help=words, rich_help_panel="Faults to plant")


def generate(
    out: Annotated[Path, typer.Option(help="Folder to write; a generated one is replaced.")],
    people: Annotated[int, typer.Option(help="Headcount at the start.")] = Plan.people,
    months: Annotated[int, typer.Option(help="Observed calendar months.")] = Plan.months,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files, byte for byte.")] = Plan.seed,
    start: Annotated[str, typer.Option(help="First month, YYYY-MM.")] = Plan.start,
    voluntary_rate: Annotated[
        float, typer.Option(help="Voluntary exits per person and year.")
    ] = Plan.voluntary_rate,
    hazard_ratio: Annotated[
        float, _effect("What engagement multiplies the voluntary hazard by; 1 is the null.")
    ] = Plan.hazard_ratio,
    confounding: Annotated[
        float, _effect("Tenure and level raise engagement and lower the hazard; 0 is off.")
    ] = Plan.confounding,
    withdrawal: Annotated[
        float, _effect("Share of activity that a leaver drops before leaving; 0 is off.")
    ] = Plan.withdrawal_depth,
    withdrawal_months: Annotated[
        int, _effect("Calendar months from the decision to the exit.")
    ] = Plan.withdrawal_months,
    contagion: Annotated[
        float, _effect("What a strong tie who left multiplies the voluntary hazard by; 1 is off.")
    ] = Plan.contagion,
    hardship: Annotated[
        float, _effect("Spread of the log hazard between teams and quarters; 0 is off.")
    ] = Plan.hardship,
    initiative_effect: Annotated[
        float, _effect("Share of people who join in through the working programme; 0 is off.")
    ] = Plan.initiative_effect,
    initiative_assignment: Annotated[
        str, _effect("How its teams are chosen: random, phased, targeted.")
    ] = Plan.initiative_assignment,
    mix_shift: Annotated[
        bool, _structure("Younger people take part more, and become more.")
    ] = Plan.mix_shift,
    success_metrics: Annotated[bool, _structure("Sales, satisfaction, ratings.")] = Plan.success_metrics,
    success_effect: Annotated[
        float, _effect("How much sales and satisfaction depend on bridges; 0 is off.")
    ] = Plan.success_effect,
    success_lag: Annotated[int, _effect("Months from the bridges to the sales.")] = Plan.success_lag,
    brokers: Annotated[bool, _structure("People who join many departments.")] = Plan.brokers,
    hubs: Annotated[bool, _structure("People everybody turns to.")] = Plan.hubs,
    silo: Annotated[bool, _structure("A department turned inwards.")] = Plan.silo,
    bridge: Annotated[bool, _structure("Two departments joined by one person.")] = Plan.bridge,
    isolated_site: Annotated[bool, _structure("A site that talks to itself.")] = Plan.isolated_site,
    reorganisation: Annotated[
        bool, _structure("Halfway a team is renamed and another one moves.")
    ] = Plan.reorganisation,
    bots: Annotated[bool, _dirt("Accounts of bots.")] = Plan.bots,
    other_accounts: Annotated[
        bool, _dirt("Service, shared, guest and stray accounts.")
    ] = Plan.other_accounts,
    untidy_emails: Annotated[
        bool, _dirt("Other domain, plus tags, upper case, missing addresses.")
    ] = Plan.untidy_emails,
    nicknames: Annotated[bool, _dirt("People called by a nickname.")] = Plan.nicknames,
    second_export: Annotated[
        bool, _dirt("A later Slack export that overlaps the first.")
    ] = Plan.second_export,
    messages_without_time: Annotated[int, _fault("Slack messages without ts.")] = Plan.messages_without_time,
    future_messages: Annotated[
        int, _fault("Slack messages dated more than a year ahead.")
    ] = Plan.future_messages,
    overlapping_spells: Annotated[
        int, _fault("HR spells that overlap; blocks publication.")
    ] = Plan.overlapping_spells,
    manager_cycle: Annotated[
        bool, _fault("The head reports to a report; blocks publication.", "--manager-cycle")
    ] = Plan.manager_cycle,
    hint: Annotated[bool, typer.Option("--hint/--no-hint", help="Say how to build it.", hidden=True)] = True,
) -> None:
    """Write a synthetic organisation with planted, known effects, ready to build.

    Everything in it is invented. What was planted is told in OUT/truth, which no build reads.
    """
    options = dict(locals())  # every option but three bears the name of a parameter of the plan
    hint = options.pop("hint")
    summary = _write(options.pop("out"), options | {"withdrawal_depth": options.pop("withdrawal")})
    if hint:
        Console().print(f"Build it: kithwork build --config {summary.settings}", soft_wrap=True)


def _write(out: Path, parameters: dict[str, Any]) -> Summary:
    from assets.identity.key import make_key
    from assets.organisation.generation import generate as write_organisation

    started = time.monotonic()
    try:
        plan = Plan(**parameters)
        summary = write_organisation(plan, out)
        if not (out / "kithwork.key").exists():  # ready to build; kept when the files are replaced
            make_key(out / "kithwork.key")
    except (ValueError, FileExistsError) as problem:
        Console(stderr=True).print(f"[red]Not generated:[/red] {problem}")
        raise typer.Exit(code=2) from None
    _show(summary, plan, time.monotonic() - started)
    return summary


def _show(summary: Summary, plan: Plan, seconds: float) -> None:
    console = Console()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows = (
        ("people", f"{plan.people:,} at the start, {summary.people:,} in all"),
        ("units", f"{summary.departments} departments, {summary.teams} teams"),
        ("Slack", f"{summary.slack_messages:,} messages, {summary.reactions:,} reactions"),
        ("Viva Engage", f"{summary.viva_engage_messages:,} messages"),
        ("voluntary exits", f"{summary.voluntary_exits:,} in {plan.months} months"),
        ("planted", f"hazard ratio {plan.hazard_ratio:g}, confounding {plan.confounding:g}, "
                    f"withdrawal {plan.withdrawal_depth:g} over {plan.withdrawal_months} months"),
        ("silo", summary.silo or "none"),
    )  # fmt: skip
    for label, value in rows:
        table.add_row(f"[dim]{label}[/dim]", value)
    console.print(
        f"[bold]{plan.company}[/bold], an invented organisation (seed {plan.seed}, {seconds:.1f} s)"
    )
    console.print(table)
