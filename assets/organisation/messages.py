"""What was written, as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from assets.organisation.arrays import Ints

SLACK, VIVA_ENGAGE = 0, 1


@dataclass
class Messages:
    """Columns of equal length. Times are UTC seconds since 1970; -1 where there is nothing."""

    author: Ints
    sent: Ints
    platform: Ints
    channel: Ints
    """Number of the channel, -1 in chats."""
    chat: Ints
    """Number of the direct or group chat, -1 in channels."""
    parent: Ints
    """Row of the message answered, -1 for posts and chats."""
    mentioned: Ints
    """Person mentioned, -1 for none."""

    def __len__(self) -> int:
        return len(self.author)


@dataclass
class Reactions:
    """Who reacted to which message row; ``at`` orders them, the platform keeps no time."""

    author: Ints
    message: Ints
    at: Ints


@dataclass
class Conversations:
    """Everything written, and the chats it was written in."""

    messages: Messages
    reactions: Reactions
    chats: list[tuple[int, ...]]
    """Members of each chat, sorted; two for a direct one."""


def joined(parts: list[Messages]) -> Messages:
    """Parts one after the other; their parents must already count from the first part on."""
    return Messages(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Messages)))
