"""The rows of an export of chats on their way out, and how its reactions are named there."""

from __future__ import annotations

from assets.extract.message_buffer import MessageBuffer
from assets.extract.reading import Border
from assets.extract.row_buffer import RowBuffer
from assets.extract.text_features import RECOGNITION_REACTIONS


class ChatRows:
    """The rows of one export on their way out."""

    def __init__(self, border: Border) -> None:
        self.messages = MessageBuffer(border)
        self.mentions = RowBuffer("mentions")
        self.reactions = RowBuffer("reactions")
        self.recipients = RowBuffer("recipients")
        self.memberships = RowBuffer("memberships")
        self.links = RowBuffer("links")
        self._border = border
        self._reaction_names: dict[str, tuple[str, bool]] = {}

    def buffers(self) -> tuple[MessageBuffer | RowBuffer, ...]:
        """All of them, to be emptied."""
        return self.messages, self.mentions, self.reactions, self.recipients, self.memberships, self.links

    def reaction_name(self, name: str) -> tuple[str, bool]:
        """The name as it is kept, and whether it is a recognition.

        Without the skin tone, which tells of a person's looks; a custom emoji that carries a
        person's name becomes a keyed hash.
        """
        known = self._reaction_names.get(name)
        if known is None:
            base = name.partition("::")[0]
            is_recognition = base.casefold() in RECOGNITION_REACTIONS
            if not is_recognition and self._border.names_a_person(base.replace("-", " ")):
                base = self._border.message_id(f"reaction {base}")
            known = self._reaction_names[name] = (base, is_recognition)
        return known
