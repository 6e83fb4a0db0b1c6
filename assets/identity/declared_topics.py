"""What an organisation declares about topics: their terms, and who does not want to be found by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assets.extract.topic_terms import normalised_term
from assets.identity.declared import DeclarationError, OptOut, read_listed, read_required

ALL_TOPICS: Final = "*"
"""In the list of hidden topics: every topic, also the later ones."""
_SEPARATOR: Final = "|"


@dataclass(frozen=True)
class HiddenTopic:
    """One line of the list: the person (as in the opt-out list) and the topic, or ``*``."""

    person: OptOut
    topic: str


def read_topics(file: Path) -> dict[str, str]:
    """Declared term to its topic; columns topic, terms (separated by ``|``).

    The topic's own name is one of its terms. Raises ``DeclarationError``, also where one term
    is given to two topics.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, row in read_required(file, ("topic", "terms")):
        topic = " ".join(row["topic"].split())
        terms = {normalised_term(text) for text in [topic, *row["terms"].split(_SEPARATOR)]} - {""}
        for term in sorted(terms):
            if found.setdefault(term, topic) != topic:
                problems.append(
                    f"{file.name} row {number}: the term {term!r} belongs to {found[term]!r} above"
                )
    if problems:
        raise DeclarationError("\n".join(problems))
    return found


def read_hidden_topics(file: Path, sources: Sequence[str], topics: Mapping[str, str]) -> list[HiddenTopic]:
    """Who hides what: column topic (``*`` for all), and email, account or worker_id (and source).

    Raises ``DeclarationError`` as the opt-out list does. A topic may be one that does not exist
    yet: hashtags and channels come and go. ``topics`` is as from ``read_topics``: a term stands
    for its topic.
    """
    rows = dict(read_required(file, ("topic",)))
    hidden = []
    for person in read_listed(file, sources, "nobody is meant by it"):
        named = rows[person.row]["topic"]
        label = named if named == ALL_TOPICS else topics.get(normalised_term(named), named)
        hidden.append(HiddenTopic(person, label))
    return hidden
