"""Channels of a large organisation: each has a name of its own, as on the platforms."""

from __future__ import annotations

from assets.organisation.messages import SLACK
from assets.organisation.places import build_channels
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure


def test_no_two_channels_have_one_name_however_large_the_organisation_is() -> None:
    """At 20,000 people two divisions have departments of one name; a Slack export would mix their files."""
    plan = Plan(people=20_000, months=18)
    streams = Streams(plan.seed)
    channels = build_channels(build_structure(plan, streams), streams)
    slack = [
        name for name, platform in zip(channels.names, channels.platform, strict=True) if platform == SLACK
    ]
    assert len(set(slack)) == len(slack) > 1000
    assert len(set(channels.names)) == len(channels.names)
    assert "platform-engineering-north-2" in slack
