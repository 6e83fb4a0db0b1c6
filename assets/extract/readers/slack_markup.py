"""Slack's message markup: who is mentioned, and the plain text that is left.

Slack writes references as ``<...>`` and escapes ``&``, ``<`` and ``>`` everywhere else, so the
markup is unambiguous: ``<@U1>`` or ``<@U1|name>`` a mention, ``<!channel>`` a broadcast,
``<#C1|name>`` a channel, ``<https://x|label>`` a link, ``<mailto:a@b|a@b>`` an address.
"""

from __future__ import annotations

import html
import re
from typing import Final, NamedTuple

_REFERENCE = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"<@([A-Za-z0-9]+)")
_BROADCAST = re.compile(r"<!(?:channel|here|everyone|group|subteam\^)")
_PERMALINK = re.compile(r"<https?://[^/<>|]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})")
_UPLOAD = re.compile(r"<@[^<>]*> (?:uploaded|shared|posted|created|imported)\b[^<>:]*:\s*<")
_COMMENT_ON_UPLOAD: Final = "> and commented: "


class Mentions(NamedTuple):
    """The accounts a text mentions, each once, in order; and whether it calls everybody."""

    accounts: list[str]
    is_broadcast: bool


NO_MENTIONS: Final = Mentions([], False)


def mentions(text: str) -> Mentions:
    """Whom ``text`` mentions.

    A user group (``<!subteam^...>``) counts as a broadcast: its members are unknown.
    """
    if "<@" not in text and "<!" not in text:
        return NO_MENTIONS
    accounts = list(dict.fromkeys(_MENTION.findall(text)))
    return Mentions(accounts, _BROADCAST.search(text) is not None)


def linked_messages(text: str) -> list[str]:
    """The ids of Slack messages that ``text`` links to, each once."""
    if "/archives/" not in text:
        return []
    found = (f"{channel}:{seconds}.{micros}" for channel, seconds, micros in _PERMALINK.findall(text))
    return list(dict.fromkeys(found))


def plain_text(text: str) -> str:
    """``text`` without references to people, channels and addresses; links bare, entities resolved."""
    if "<" in text:
        text = _REFERENCE.sub(_readable, text)
    return html.unescape(text) if "&" in text else text


def comment_on_upload(text: str) -> str:
    """What a person wrote in an old file-share record, whose beginning Slack wrote itself.

    ``<@U1|ana> uploaded a file: <https://x|plan.pdf> and commented: Looks good`` gives
    ``Looks good``; without a comment nothing is left. Newer records hold the comment alone.
    """
    if _UPLOAD.match(text) is None:
        return text
    return text.partition(_COMMENT_ON_UPLOAD)[2]


def _readable(match: re.Match[str]) -> str:
    reference, _, label = match.group(1).partition("|")
    if reference.startswith(("http://", "https://")):
        label_is_link = label in reference or "://" in label
        return f" {reference} " if label_is_link else f" {reference} {label} "
    if reference.startswith("!date"):
        return f" {label} "
    return " "
