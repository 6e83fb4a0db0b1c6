"""Whether each feed's landing is there, may be read, and is what its reader expects.

Only tables of contents and headers are looked at; rows that cannot be read are the build's matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.finding import Finding

if TYPE_CHECKING:
    from assets.extract.extraction import Feed
    from dagster_project.settings import Settings

_MOST_OPENED = 50
"""Units opened per feed; of a long archive of exports the latest by name are looked at."""


def landing_findings(settings: Settings) -> Iterator[Finding]:
    """One line per feed, or one per problem."""
    from assets.extract.landing import LandingError
    from dagster_project.feeds import feed, feed_names

    for name in feed_names(settings):
        try:
            yield from _of_feed(feed(settings, name))
        except LandingError as error:
            yield Finding("fail", f"landing of {error}")
        except OSError as error:
            yield Finding("fail", f"landing of {name}: {error.filename}: {error.strerror}")


def landing_bytes(settings: Settings) -> int:
    """The size of everything that the settings name as input; what cannot be seen counts nothing."""
    total = 0
    for place in settings.landing_paths():
        for path in _files(place):
            try:
                total += path.stat().st_size
            except OSError:
                continue
    return total


def _of_feed(feed: Feed) -> Iterator[Finding]:
    from assets.extract.reading import UnreadableLandingError

    closed = [path for place in feed.landing for path in _files(place) if not os.access(path, os.R_OK)]
    for path in closed:
        yield Finding("fail", f"landing of {feed.name}: {path} may not be read", f"chmod u+r '{path}'")
    units = feed.reader.discover(feed.landing)
    if not units:
        places = ", ".join(map(str, feed.landing))
        expected = (feed.reader.discover.__doc__ or "").split("\n")[0].rstrip(".")
        yield Finding("fail", f"landing of {feed.name}: nothing to read in {places}; expected: {expected}")
        return
    n_wrong = len(closed)
    for unit in [unit for unit in units if unit not in closed][-_MOST_OPENED:]:
        try:
            _recognise(feed, unit)
        except UnreadableLandingError as error:
            n_wrong += 1
            yield Finding("fail", f"landing of {feed.name}: {unit}: {error}")
    if not n_wrong:
        n_bytes = sum(path.stat().st_size for unit in units for path in _files(unit))
        what = "1 unit" if len(units) == 1 else f"{len(units):,} units"
        yield Finding("good", f"landing of {feed.name}: {what}, {n_bytes / 1e6:,.1f} MB")


def _recognise(feed: Feed, unit: Path) -> None:
    """Open a unit as its reader would. Raises ``UnreadableLandingError``."""
    if feed.reader.NAME == "slack":
        _recognise_slack(unit)
    elif feed.reader.NAME == "teams":
        _recognise_teams(unit)
    elif feed.reader.NAME == "viva_engage":
        _recognise_viva_engage(feed, unit)
    else:
        _recognise_table(feed, unit)


def _recognise_slack(unit: Path) -> None:
    from assets.extract.archives import open_archive
    from assets.extract.readers.slack_directory import read_channels
    from assets.extract.reading import Border, UnreadableLandingError

    with open_archive(unit) as archive:
        if not read_channels(archive, Border("doctor", bytes(32))):
            raise UnreadableLandingError(
                "not_a_slack_export",
                "neither a list of channels (channels.json) nor a folder with day files; expected the "
                "export as Slack made it",
            )


def _recognise_teams(unit: Path) -> None:
    from assets.extract.archives import open_archive
    from assets.extract.readers.teams import refuse_unless_export

    with open_archive(unit) as archive:
        refuse_unless_export(archive)


def _recognise_viva_engage(feed: Feed, unit: Path) -> None:
    from assets.extract.archives import open_archive
    from assets.extract.readers.viva_tables import csv_member
    from assets.extract.reading import UnreadableLandingError

    options = feed.options
    with open_archive(unit) as archive:
        member = csv_member(archive, "Messages.csv", encoding=options.encoding, columns=options.columns)
        if member is None:
            raise UnreadableLandingError(
                "not_a_viva_engage_export",
                "there is no Messages.csv; expected the network data export as Viva Engage made it",
            )
        member.header()


def _recognise_table(feed: Feed, unit: Path) -> None:
    from assets.extract.delimited import open_table

    table = open_table(unit, feed.options, feed.reader.WANTED)  # type: ignore[attr-defined]
    if feed.reader.NAME == "csv":
        from assets.extract.hr.csv import file_kind

        file_kind(list(table.names), feed.options)


def _files(place: Path) -> Iterator[Path]:
    """The file itself, or the files of a folder."""
    if place.is_dir():
        yield from (path for path in place.rglob("*") if path.is_file())
    else:
        yield place
