"""Accounts that no single person stands behind, recognised by their names.

Platforms flag most bots; exports and mail traces do not. The patterns are conservative: they ask
for a whole word (``bot``), a well-known address (``no-reply@``) or a well-known shared mailbox
(``helpdesk@``), because a person taken for a bot loses their traces, and surnames such as Abbot
or Talbot exist. They never overrule a match to a person of the HR records.
"""

from __future__ import annotations

import re
from typing import Final

_BOT_WORDS: Final = frozenset(
    {"bot", "bots", "chatbot", "slackbot", "hubot", "dependabot", "githubbot", "webhook", "webhooks"}
)
_SERVICE: Final = re.compile(
    r"""(no-?reply|donotreply|mailerdaemon|postmaster|notifications?|alerts?|daemon|cron|autoreply
    |automation|jenkins|root|system)""",
    re.VERBOSE,
)
_SERVICE_PREFIX: Final = re.compile(r"(svc|srv|sa)[-_.]")
_SHARED: Final = re.compile(
    r"""(all|billing|careers|contact|everyone|facilities|feedback|frontdesk|helpdesk|hello|hr|info
    |invoices|itsupport|jobs|mailroom|marketing|newsletter|office|orders|payroll|press|reception
    |recruiting|sales|servicedesk|staff|support|team)""",
    re.VERBOSE,
)
_SHARED_PREFIX: Final = re.compile(r"(room|meetingroom|conf|conferenceroom|printer|scanner)[-_.]")


def automation_kind(name: str | None, handle: str | None, email: str | None) -> str | None:
    """'bot', 'service' or 'shared' where the labels say so plainly, else None.

    >>> automation_kind("Deploy Bot", None, None)
    'bot'
    >>> automation_kind("Jane Abbot", "jabbot", "jane.abbot@example.org") is None
    True
    >>> automation_kind(None, None, "no-reply@example.org")
    'service'
    """
    local = email.split("@", 1)[0].casefold() if email and "@" in email else None
    labels = [label.casefold() for label in (name, handle, local) if label]
    if any(_BOT_WORDS & set(re.split(r"[\W_]+", label)) for label in labels):
        return "bot"
    for label in (handle, local):
        if not label:
            continue
        plain = label.casefold().split("@", 1)[0]
        squeezed = re.sub(r"[\W_]+", "", plain)
        if _SERVICE.fullmatch(squeezed) or _SERVICE_PREFIX.match(plain):
            return "service"
        if _SHARED.fullmatch(squeezed) or _SHARED_PREFIX.match(plain):
            return "shared"
    return None
