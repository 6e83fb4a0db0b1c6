"""Sentences that look like questions and expect no answer, in five languages (F1, exclusion list)."""

from __future__ import annotations

import re
from typing import Final


def _any_of(lines: str) -> str:
    return "|".join(line.strip() for line in lines.strip().splitlines())


_TURNS: Final = _any_of(
    r"""
    guess (?:who|what|how)
    (?:do )?(?:you|ya) know what$
    (?:do you )?remember (?:when|how)
    have you heard$
    why not\b
    isn't (?:it|that|this) (?:great|nice|lovely|amazing|wonderful|cool|funny)
    who (?:doesn't|does not) (?:love|like|want|enjoy)
    who (?:even |really )?needs (?:sleep|weekends|holidays|that)
    who cares
    who would have thought
    who's (?:excited|in the mood)
    ready for the weekend
    (?:need|must) i say
    what else(?:$| is new)
    how (?:cool|great|awesome|nice|crazy) (?:is|are)\b
    ratet? mal
    (?:wisst ihr|weißt du) was$
    (?:wisst ihr|weißt du) noch
    erinnert ihr euch
    schon gehört$
    warum (?:eigentlich )?nicht\b
    ist (?:es|das) nicht (?:schön|toll|wunderbar|großartig|herrlich)
    wer (?:liebt|mag|will|hat) nicht
    wer liebt\b
    wer braucht (?:schon|denn)
    wer hätte das\b
    wer freut sich
    bereit fürs wochenende
    muss ich mehr
    was sonst$
    wie (?:cool|toll|geil|schön) ist\b
    devine[zr]?\b
    (?:vous savez|tu sais) quoi$
    vous vous souvenez
    tu te souviens
    pourquoi (?:donc )?ne pas\b
    pourquoi pas\b
    n'est-ce pas (?:merveilleux|génial|beau|formidable|super)
    qui n'(?:aime|a jamais)
    qui a besoin de (?:dormir|sommeil|vacances)
    qui l'(?:eût|aurait)
    qui a hâte
    prêts? pour le week-end
    faut-il en dire
    quoi d'autre$
    adivin\w+\b
    sab(?:éis|es|en) qué$
    os acordáis
    te acuerdas
    por qué no\b
    no es (?:una?|genial|maravilloso|increíble)
    a quién no le\b
    quién (?:no quiere|necesita (?:dormir|vacaciones)|lo diría|tiene ganas)
    listos para el fin de semana
    hace falta decir
    qué más$
    zgadnij
    (?:wiecie|wiesz) co$
    pamiętacie
    pamiętasz
    (?:dlaczego|czemu) (?:by )?nie\b
    czyż\b
    kto nie (?:lubi|kocha|chce)
    kto potrzebuje (?:snu|urlopu)
    kto by (?:pomyślał|się spodziewał)
    kto się cieszy
    gotowi na weekend
    muszę mówić więcej
    słyszeliście$
    """
)
_LEADING: Final = r"(?:(?:so|and|but|really|und|et|de toute façon|y|total|i|zresztą)\W+)*"
_EXPECTS_NO_ANSWER: Final = re.compile(rf"\W*{_LEADING}(?:{_TURNS})")
"""At the beginning of the sentence or of its last clause."""
_TIME_FLIES: Final = re.compile(
    _any_of(
        r"""
        where (?:did|has) (?:the|all the) (?:year|time|week|month|summer)
        wo ist (?:nur |bloß )?(?:das|die) (?:jahr|zeit|woche)
        où est passée? (?:l'année|le temps)
        dónde se ha ido el (?:año|tiempo)
        gdzie się podział
        """
    )
)
POLL: Final = re.compile(r"\W*(?:poll|umfrage|sondage|encuesta|ankieta)\b")
"""A vote is taken, no question asked."""
OWN_ANSWER: Final = re.compile(
    r"\s*¡?(?:i|we|me|us|ich|wir|moi|nous|c'est nous|yo|nosotros|nosotras|ja|my)\b"
    r"(?:[^\s.!?]*\s+){0,4}[^\s.!?]*!",
    re.IGNORECASE,
)
"""What follows the mark where the writer cries out the answer (*Who won? We did!*)."""


def expects_no_answer(folded: str) -> bool:
    """Whether a sentence (case-folded, without the mark) is a poll or a turn of speech."""
    last_clause = re.split(r"[,;:–—]", folded)[-1].strip()
    return (
        POLL.match(folded) is not None
        or any(_EXPECTS_NO_ANSWER.match(clause) for clause in (folded, last_clause))
        or _TIME_FLIES.search(folded) is not None
    )
