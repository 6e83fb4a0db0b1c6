"""`kithwork erase`: remove a person from everything Kithwork wrote, and prove it."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.commands.writing import existing_warehouse, locked, locked_warehouse, told
from dagster_project.console import bad, fail, good, note, warn


def erase(
    worker_id: Annotated[str | None, typer.Option(help="The person's worker id in the HR files.")] = None,
    email: Annotated[str | None, typer.Option(help="One of the person's e-mail addresses.")] = None,
    prove: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Only search the warehouse for TEXT (a name, an address; may be repeated); "
            "exit code 1 if it is found.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Erase a person, with all accounts and addresses known of them, and refuse them for ever.

    The vault forgets them at once, lake and tables with the next build. Afterwards, --prove.
    """
    if prove:
        if worker_id or email:
            fail("--prove searches and erases nobody: erase first, build, then prove", code=2)
        _prove(prove, config)
        return
    if not worker_id and not email:
        fail("give --worker-id or --email of the person to erase, or --prove TEXT", code=2)
    from assets.identity.erasure import erase as erase_person
    from assets.publish.inputs import LAST_BUILD
    from dagster_project.resources import declarations_of, key_of

    settings = checked_settings(config)
    existing_warehouse(settings)
    if not yes:
        typer.confirm("Erase this person for ever? It cannot be undone", abort=True)
    with locked_warehouse(settings, "kithwork erase") as warehouse:
        key, declarations = key_of(settings), declarations_of(settings)
        # Files and settings stay as they were: without this the next build would find nothing to do.
        (warehouse.state / LAST_BUILD).unlink(missing_ok=True)
        report = erase_person(warehouse, key, declarations, worker_id=worker_id, email=email)
    good(
        f"erased from the vault and refused from now on: accounts {report.n_accounts}, "
        f"worker ids {report.n_workers}, e-mail addresses {report.n_addresses}"
    )
    if report.sources:
        note(f"The next build reads again: {', '.join(report.sources)}")
    warn(
        "landing files, aliases, overrides and the opt-out list are yours: remove the person there, too. "
        "Older published versions and backups keep pseudonymous rows until they are removed"
    )
    note("Next: kithwork build, then kithwork erase --prove TEXT with the person's names and addresses")


def _prove(texts: list[str], config: ConfigOption) -> None:
    from assets.identity.erasure import find_strings

    if any(len(text.strip()) < 3 for text in texts):
        fail("--prove: a text of fewer than three characters is found everywhere", code=2)
    warehouse = existing_warehouse(checked_settings(config))
    with told(), locked(warehouse.root, "kithwork erase --prove"):
        n_files = sum(path.is_file() for path in warehouse.root.rglob("*"))
        found = find_strings(warehouse.root, texts, leave_out=[warehouse.vault.name])
        in_vault = find_strings(warehouse.vault, texts) if warehouse.vault.is_dir() else []
    for number in range(1, len(texts) + 1):
        places = list(dict.fromkeys((one.file, one.where) for one in found if one.number == number))
        for file, where in places:
            bad(f"text {number} is in {file} ({where})")
        if not places:
            good(f"text {number}: not found in {n_files:,} files, outside the vault")
        if any(one.number == number for one in in_vault):
            warn(f"text {number}: the vault knows it")
        if places and _may_be_chance(texts[number - 1]):
            warn(f"text {number}: so few hexadecimal digits stand in files by chance, as part of a hash")
    if found:
        fail(f"{len(found)} finding(s). After an erasure, `kithwork build` must have run to its end")


def _may_be_chance(text: str) -> bool:
    """Whether hashes, of which a warehouse has many thousands, are likely to hold the text."""
    return len(text) < 8 and all(sign in "0123456789abcdef" for sign in text.casefold())
