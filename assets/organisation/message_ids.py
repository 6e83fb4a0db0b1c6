"""The ids that the platforms give to messages, as the readers name them."""

from __future__ import annotations

from assets.organisation.accounts import slack_id
from assets.organisation.messages import SLACK, Messages
from assets.organisation.viva_engage_files import FIRST_MESSAGE


class MessageIds:
    """Public messages only: chats have other folders."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def of(self, row: int) -> str:
        """``<channel>:<ts>`` on Slack, the running number on Viva Engage."""
        m = self._messages
        if m.platform[row] != SLACK:
            return str(FIRST_MESSAGE + row)
        return f"{slack_id(int(m.channel[row]), 'C')}:{int(m.sent[row])}.{row % 1_000_000:06d}"
