"""Invented workplace posts, labelled by hand: does the writer ask something that others could answer?

``data/posts_<language>.txt``: ``?`` at the start of a line marks a question, ``.`` anything else:
statements, greetings, polls, check-backs, rhetorical questions, quotations, titles, links and code
with a question mark. Written as people write, before the rule was held against them. Below the
line ``# held out`` stand posts that no change of the rule has looked at.
"""

from __future__ import annotations

from pathlib import Path

LANGUAGES = ("en", "de", "fr", "es", "pl")
_DATA = Path(__file__).parent / "data"
_BORDER = "# held out"


def posts(language: str, held_out: bool | None = None) -> list[tuple[bool, str]]:
    """(is a question, text) of a language's posts: all of them, or those held out or not."""
    lines = (_DATA / f"posts_{language}.txt").read_text(encoding="utf-8").splitlines()
    border = lines.index(_BORDER)
    chosen = {None: lines[:border] + lines[border + 1 :], True: lines[border + 1 :], False: lines[:border]}
    return [(line[0] == "?", line[2:]) for line in chosen[held_out]]
