"""The HTML of Teams messages as plain text, the messages it links to, and the names of reactions."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import unquote

_QUOTED_REPLY = re.compile(r"<blockquote\b[^>]*schema\.skype\.com/Reply.*?</blockquote>", re.I | re.S)
_MENTION = re.compile(r"<at\b[^>]*>.*?</at>", re.I | re.S)
_CODE = re.compile(r"<(pre|codeblock|code)\b[^>]*>(.*?)</\1>", re.I | re.S)
_LINK = re.compile(r"<a\b[^>]*?\bhref=[\"']([^\"']*)[\"'][^>]*>(.*?)</a>", re.I | re.S)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_PERMALINK = re.compile(
    r"https://teams\.(?:microsoft\.com|cloud\.microsoft)/l/message/([^/?\"'<>\s]+)/(\d+)", re.I
)
_SKIN_TONES: Final = dict.fromkeys((*range(127995, 128000), 65039))
_EMOJI_NAMES: Final = {
    "\U0001f44d": "+1",
    "\U0001f44f": "clap",
    "\U0001f64f": "pray",
    "\U0001f64c": "raised_hands",
    "\U0001f647": "bow",
    "\U0001f490": "bouquet",
    "\U0001f3c6": "trophy",
    "\U0001f3c5": "sports_medal",
    "\U0001f396": "military_medal",
    "\U0001f947": "first_place_medal",
    "\u2705": "white_check_mark",
    "\u2714": "heavy_check_mark",
    "\u2611": "ballot_box_with_check",
    "\u2764": "heart",
}
"""Emojis whose names decide something: recognition, agreement, acceptance."""


def plain_text(content: str, is_html: bool) -> str:
    """The text without mentions, tags and what it quotes of others; code between backticks, links bare."""
    if not is_html:
        return content
    if "<" in content:
        content = _MENTION.sub(" ", _QUOTED_REPLY.sub(" ", content))
        content = _LINK.sub(_bare_link, _CODE.sub(_marked_code, content))
        content = _TAG.sub(" ", content)
    return html.unescape(content) if "&" in content else content


def linked_messages(content: str) -> list[tuple[str, str]]:
    """(conversation, message) ids of Teams messages that a body links to, each once."""
    if "/l/message/" not in content:
        return []
    found = ((unquote(place), message) for place, message in _PERMALINK.findall(html.unescape(content)))
    return list(dict.fromkeys(found))


def reaction_name(reaction_type: str, display_name: str | None) -> str:
    """``like``, ``heart`` and their like as Graph names them, an emoji by its name where that decides.

    Skin tones are dropped: they tell of a person's looks. A custom emoji goes by its own name.
    """
    if reaction_type == "custom" and display_name:
        return display_name
    bare = reaction_type.translate(_SKIN_TONES) or reaction_type
    return _EMOJI_NAMES.get(bare, bare)


def _marked_code(match: re.Match[str]) -> str:
    return f" `{_TAG.sub(' ', match[2])}` "


def _bare_link(match: re.Match[str]) -> str:
    address, label = html.unescape(match[1]), _TAG.sub(" ", match[2])
    if not address.startswith(("http://", "https://")):
        return f" {label} "
    return f" {address} " if "://" in label else f" {address} {label} "
