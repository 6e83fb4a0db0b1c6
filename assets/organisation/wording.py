"""Short sentences for messages: invented, harmless, and never the same page twice."""

from __future__ import annotations

import numpy as np

from assets.organisation.arrays import Flags, Ints

OPENINGS = (
    "Quick update:", "Heads-up:", "For everyone here:", "Small win today:", "Note to the team:", "Just in:",
    "As promised,", "After this morning's call,", "Looking ahead,", "One more thing:",
)  # fmt: skip
SUBJECTS = (
    "the quarterly forecast", "our onboarding checklist", "the new dashboard", "the supplier contract",
    "the release candidate", "the training plan", "the customer interview notes", "the warehouse layout",
    "the budget draft", "the safety walk", "the hiring pipeline", "the style guide", "the pricing sheet",
    "the incident review", "the travel policy", "the demo environment", "the audit list", "the shift roster",
)  # fmt: skip
STATES = (
    "is ready for review", "moved to next week", "needs a second pair of eyes", "is finally done",
    "has a few open points", "was approved", "looks better than expected", "is blocked by access rights",
    "got simpler after the workshop", "now has an owner", "is in the shared folder", "starts on Monday",
)  # fmt: skip
QUESTIONS = (
    "Does anyone know who owns {}?", "Where can I find {}?", "Can somebody explain how {} works?",
    "Has anybody seen the latest version of {}?", "Who could help me with {}?", "Is {} still valid?",
)  # fmt: skip
REPLIES = (
    "Thanks, that helps a lot.", "Good point.", "I will look at it this afternoon.",
    "Yes, it is in the wiki.",
    "We had the same problem last year; a restart fixed it.", "Count me in.", "Agreed, let us do it.",
    "Could you share the link?", "Done.", "Let me check and come back to you.", "Great work!",
    "I think we should ask the customer first.", "Not yet, maybe tomorrow.",
    "That was fixed in the last release.",
)  # fmt: skip
CHATS = (
    "Do you have five minutes?", "Sure.", "Call at two?", "Works for me.", "I sent you the file.",
    "Got it, thanks!",
    "Running late, start without me.", "Lunch?", "How did the meeting go?", "Better than I feared.",
    "Can you cover for me on Friday?", "Of course.", "See you there.", "Let us take it to the channel.",
)  # fmt: skip
SMALL_QUESTIONS = 0.06
"""Share of posts that ask something without a topic."""
LINKS = ("https://wiki.acme.example/page/{}", "https://tickets.acme.example/browse/AC-{}")


def write_texts(
    is_reply: Flags, is_chat: Flags, mentioned: list[str], addressed: list[str], rng: np.random.Generator
) -> list[str]:
    """One text per message.

    ``mentioned`` is the platform's markup of a mention, ``addressed`` the first name of whom a
    reply answers; both are empty where there is none.
    """
    n = len(is_reply)
    words, luck = rng.spawn(2)  # apart, so that further messages do not change the earlier ones
    picks: Ints = words.integers(0, 1 << 30, (n, 3))
    chance = luck.random((n, 3))
    rows = zip(
        is_reply.tolist(),
        is_chat.tolist(),
        mentioned,
        addressed,
        picks.tolist(),
        chance.tolist(),
        strict=True,
    )
    return [
        _chat(pick) if chat else _reply(mention, name, pick, luck) if reply else _post(mention, pick, luck)
        for reply, chat, mention, name, pick, luck in rows
    ]


def _chat(pick: list[int]) -> str:
    return CHATS[pick[0] % len(CHATS)]


def _reply(mention: str, name: str, pick: list[int], luck: list[float]) -> str:
    text = REPLIES[pick[0] % len(REPLIES)]
    if mention:
        return f"{mention} {text}"
    return f"{name}, {text[0].lower()}{text[1:]}" if name and luck[0] < 0.1 else text


def _post(mention: str, pick: list[int], luck: list[float]) -> str:
    subject = SUBJECTS[pick[0] % len(SUBJECTS)]
    if luck[0] < SMALL_QUESTIONS:
        text = QUESTIONS[pick[1] % len(QUESTIONS)].format(subject)
    else:
        text = f"{OPENINGS[pick[1] % len(OPENINGS)]} {subject} {STATES[pick[2] % len(STATES)]}."
    if luck[1] < 0.06:
        text = f"{text} {LINKS[pick[2] % 2].format(pick[1] % 9000)}"
    if mention:
        text = f"{text} {mention}, what do you think?" if luck[2] < 0.1 else f"{mention} {text}"
    return text
