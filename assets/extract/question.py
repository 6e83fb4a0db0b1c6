"""Whether a text asks something: a documented rule for five languages (metric specification, F1).

A text is a question if one of its sentences ends in ``?`` outside of code, links and quotations
and that sentence asks. It asks if it has an interrogative pattern of English, German, French,
Spanish or Polish:

* a question word anywhere in it (*who, warum, comment, cuándo, dlaczego* ...), or
* it begins with a verb or particle that opens yes/no questions (*is, can, hat, kannst, est-ce,
  puede, czy* ...), or an inversion (*avez-vous, peut-on*), or ``¿``, or
* it begins with *any* / *somebody* and their like (*anyone, jemand, quelqu'un, alguien, ktoś*), or
* it is a clause of three words or more: in French and Polish, and in the German order of words,
  the mark alone makes a question of a statement.

It does not ask if it is a greeting (*how are you?*), a mere check-back (*ok?, right?, oder?*), a poll,
or one of the turns that expect no answer (*guess who ...?, you know what?, why not ...?, who needs
...?*) or that the writer answers at once (*Who won? We did!*).
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from assets.extract.turns_of_speech import OWN_ANSWER, POLL, expects_no_answer

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"(?:https?://|www\.)\S*[^\s?!.,;:)\]>]|(?:https?://|www\.)\S*")
_QUOTATION = re.compile(r"\"[^\"\n]*\"|„[^“”\"\n]*[“”\"]|“[^”\n]*”|«[^»\n]*»|»[^«\n]*«")
"""What somebody else said, or a title."""
_SENTENCE_END = re.compile(r"[.!\n]")
_LONGEST_QUESTION: Final = 2_000
"""Characters before the ``?`` that are looked at; a question word further away belongs to something else."""


def words_of(text: str) -> frozenset[str]:
    """The words of a list kept as text."""
    return frozenset(text.split())


_QUESTION_WORDS: Final = words_of(
    """
    who whom whose what whats what's when when's where where's why how how's which who's
    wer wen wem wessen was wann wo warum wieso weshalb wie welche welcher welches welchen welchem
    woher wohin wofür wofuer womit wozu worum woran wobei wodurch inwiefern
    qui que quoi quand où pourquoi comment quel quelle quels quelles combien lequel laquelle
    qué quién quiénes cuándo dónde cómo cuál cuáles cuánto cuánta cuántos cuántas adónde
    czy kto kogo komu kim co czego czym kiedy gdzie dlaczego czemu jak jaki jaka jakie jakim jakich
    który która które którym których ile skąd dokąd którędy po-co
    """
) - words_of("was que jak co wie qui kim")
"""The rest would match as conjunctions too (*the file that, so wie*): those count at the beginning only."""
_OPENING_WORDS: Final = words_of(
    """
    is are am was were do does did don't doesn't didn't isn't aren't wasn't weren't can can't could
    couldn't will won't would wouldn't shall should shouldn't may might must has have had haven't hasn't
    any anyone anybody anything somebody someone thoughts ideas
    ist sind bin war waren seid hat habt haben hast hatte hätte hätten kann kannst können könnt könnte könnten
    könntest darf dürfen soll sollen sollte sollten muss müssen will wollen würde würdest würden gibt gibt's
    weiß weiss weißt wisst kennt kennst wird werden wirst möchte möchtest brauchen braucht
    was wie jemand irgendwer irgendjemand
    est-ce qu'est-ce as-tu es-tu y-a-t-il a-t-on quelqu'un qui que peux-tu
    hay puede puedes pueden podemos alguien algún alguna tiene tienes tienen sabe sabes saben es está están
    son será debo debemos
    czy ktoś ktos coś cos może moze możecie możesz mozesz macie masz wiecie wiesz jest są zna znacie
    co jak kim da
    """
)
_POLITE: Final = words_of(
    """
    hi hello hey ok okay so and but also btw please hallo und aber bitte bonjour et mais hola y pero
    cześć hej a ale the guys all folks team quick question frage pytanie pregunta
    """
)
"""Words that may stand before the opening word."""
_INVERSION = re.compile(r"\b[a-zà-ÿ]+(?:-t)?-(?:je|tu|il|elle|on|nous|vous|ils|elles)\b")
_NO_QUESTION = re.compile(
    r"(?:(?:hi|hey|hello|hallo|hola|bonjour|cześć|hej|so|and|und|et|y|a)\W+)*"
    r"(?:how are (?:you|things)(?: all| everyone| today| doing)*|how(?: is|'s|s) it going|how do you do"
    r"|what(?:'s|s| is) up|sup|wie geht(?:'s|s| es)(?: dir| euch| ihnen)?|alles klar"
    r"|(?:comment )?ça va|comment allez-vous|qué tal|cómo estás|cómo están"
    r"|jak tam|jak się masz|co słychać"
    r"|right|ok|okay|no|yes|really|what|who knows|ja|nein|oder|nicht wahr|gell"
    r"|non|n'est-ce pas|hein|verdad|prawda|nie|tak)"
)
_TOKEN = re.compile(r"[\w][\w'’-]*")
_ENOUGH_WORDS: Final = 3
"""A clause; fewer words are an echo (*Lunch?*)."""
_CHECK_BACK = re.compile(
    r"right|ok|okay|no|yes|isn't it|oder|nicht wahr|gell|ja|non|n'est-ce pas|hein|verdad|no es así|vale"
    r"|prawda|nie|tak|co"
)


def is_question(text: str) -> bool:
    """Whether one sentence of ``text`` asks something. Plain text; code between backticks."""
    plain = without_code_and_links(text)
    if "?" not in plain:
        return False
    parts = _QUOTATION.sub(" ", plain).split("?")
    return any(
        _asks(part[-_LONGEST_QUESTION:]) and OWN_ANSWER.match(after) is None
        for part, after in itertools.pairwise(parts)
    )


def without_code_and_links(text: str, *, keep_links: bool = False) -> str:
    """``text`` without what stands between backticks and, unless kept, without links."""
    if "`" in text:
        text = _CODE.sub(" ", text)
    if not keep_links and ("://" in text or "www." in text):
        text = _LINK.sub(" ", text)
    return text


def _asks(before_mark: str) -> bool:
    sentence = _SENTENCE_END.split(before_mark)[-1]
    folded = sentence.casefold().replace("’", "'").strip()
    if "¿" in folded:
        if POLL.match(folded):
            return False
        folded = folded[folded.rindex("¿") + 1 :].strip(" ,")
        return bool(folded) and not _expects_no_answer(folded)
    folded = folded.strip(" ,:-*_")
    if _expects_no_answer(folded):
        return False
    words = _TOKEN.findall(folded)
    last_clause = re.split(r"[,–—]", folded)[-1].strip()
    if _CHECK_BACK.fullmatch(last_clause) and _QUESTION_WORDS.isdisjoint(words):
        return False
    return _has_pattern(folded, words) or len(words) >= _ENOUGH_WORDS


def _expects_no_answer(folded: str) -> bool:
    """Greetings, polls and turns of speech; ``folded`` without the mark."""
    return _NO_QUESTION.fullmatch(folded) is not None or expects_no_answer(folded)


def _has_pattern(folded: str, words: list[str]) -> bool:
    """Whether a sentence is built as a question."""
    if not _QUESTION_WORDS.isdisjoint(words) or _INVERSION.search(folded):
        return True
    opening = next((word for word in words if word not in _POLITE), "")
    if opening in _OPENING_WORDS:
        return True
    # "@someone, could you ...": the clause after a comma, colon or dash opens anew
    clauses = [_TOKEN.match(clause.lstrip()) for clause in re.split(r"[,:;–—(]|\s-\s", folded)[1:]]
    return any(clause is not None and clause.group() in _OPENING_WORDS for clause in clauses)
