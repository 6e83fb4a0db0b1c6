"""`kithwork experts`: whether anyone has met it before, and whom to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail, note

if TYPE_CHECKING:
    from assets.knowledge.lookup import Found, Topic
    from assets.layout import Warehouse


def experts(
    topic: Annotated[str | None, typer.Argument(help="A topic, one of its terms, or a hashtag.")] = None,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option(min=1, help="People and threads shown at most.")] = 10,
    names: Annotated[
        bool, typer.Option("--names", help="Names from the vault instead of pseudonyms: mind who sees them.")
    ] = False,
    list_topics: Annotated[bool, typer.Option("--list", help="List the topics instead.")] = False,
) -> None:
    """Find who can be asked about a topic, and where it was answered before."""
    import duckdb

    from assets.knowledge import lookup
    from assets.layout import Warehouse
    from assets.publish.version import current_version
    from dagster_project.commands.writing import told
    from dagster_project.feeds import vocabulary_of

    settings = checked_settings(config)
    warehouse = Warehouse(settings.warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    if topic is None and not list_topics:
        fail("name a topic, or see them all with --list", code=2)
    database = warehouse.restricted / "current" / "kithwork_restricted.duckdb"
    published = warehouse.published / "current" / "kithwork.duckdb"
    with told(), duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"attach '{str(published).replace(chr(39), chr(39) * 2)}' as published (read_only)"
        )
        tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not tables.issuperset(lookup.TABLES):
            fail("the current version has no topics yet; `kithwork build` makes them")
        connection.execute("set search_path = 'main,published.main'")
        known = lookup.topics(connection)
        if topic is None or list_topics:
            _print_topics(known)
            return
        try:
            chosen = lookup.find_topic(topic, known, vocabulary_of(settings))
        except lookup.UnknownTopicError as error:
            fail(str(error), code=2)
        found = lookup.look_up(connection, chosen, limit)
    _print(found, _names(settings, warehouse, found) if names else {})


def _names(settings: Any, warehouse: Warehouse, found: Found) -> dict[int, str]:
    from assets.identity import vault
    from assets.identity.person_names import names_of
    from dagster_project.commands.writing import locked_warehouse

    with locked_warehouse(settings, "kithwork experts"), vault.opened(warehouse.vault, None) as opened:
        return names_of(opened, warehouse.database, [expert.person_key for expert in found.experts])


def _print_topics(known: list[Topic]) -> None:
    if not known:
        note("no topic is shown yet; see docs/knowledge.md for what makes one")
        return
    table = _grid("topic", "kind", ">people")
    for topic in known:
        table.add_row(_plain(topic.name), topic.kind, f"{topic.n_authors:,}")
    console.print(table)


def _print(found: Found, names: dict[int, str]) -> None:
    topic = found.topic
    console.print(
        f"[bold]{_plain(topic.name)}[/bold] [dim]{topic.kind}, used by {topic.n_authors:,} people[/dim]"
    )
    console.print(
        "\n[bold]Whom to ask[/bold] [dim]evidence of twelve months; who hid the topic is not here[/dim]"
    )
    if not found.experts:
        console.print("  nobody has enough evidence: three answers to two people")
    else:
        table = _grid("person", ">score", ">evidence", ">for people", ">accepted")
        for expert in found.experts:
            shown = names.get(expert.person_key, expert.person_id[:12])
            counts = (expert.n_items, expert.n_askers, expert.n_accepted_answers)
            table.add_row(_plain(shown), f"{expert.score:.0f}", *(f"{n:,}" for n in counts))
        console.print(table)
    console.print(
        "\n[bold]Has anyone met it before?[/bold] "
        f"[dim]{found.n_threads:,} questions, {found.n_answered:,} with an answer[/dim]"
    )
    if found.threads:
        table = _grid("asked on", ">replies", "where, and the message's id")
        for thread in found.threads:
            accepted = ", an answer accepted" if thread.is_accepted else ""
            place = f"{thread.channel}{accepted}\n{thread.source} {thread.message_id}"
            table.add_row(f"{thread.asked_on}", f"{thread.n_answers:,}", _plain(place))
        console.print(table)


def _grid(*columns: str) -> Any:
    """A borderless table; a column that begins with '>' is set to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", overflow="fold"
        )
    return table


def _plain(text: str) -> str:
    """Text from the data must neither style nor steer the terminal."""
    shown = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
    return shown.replace("[", "\\[")
