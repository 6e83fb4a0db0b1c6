"""What the invented organisation asks about: topics, their terms, and cases that come back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A topic as people call it, and the words by which its questions are known."""

    name: str
    terms: tuple[str, ...]


TOPICS = (
    Topic("Pricing exceptions", ("pricing exception", "special discount", "price override")),
    Topic("Contract clauses", ("liability clause", "renewal clause", "contract template")),
    Topic("Returns and warranty", ("warranty claim", "return shipment", "goodwill repair")),
    Topic("Customs and export", ("customs form", "export licence", "tariff code")),
    Topic("Data access", ("access request", "data export", "reporting database")),
    Topic("Site safety", ("safety inspection", "near miss", "lockout procedure")),
    Topic("Travel and expenses", ("expense report", "travel booking", "per diem")),
    Topic("Release process", ("release freeze", "hotfix branch", "rollback plan")),
)
QUESTIONS = (
    "Has anyone handled a {term} for {case} before?",
    "Who knows how a {term} works with {case}?",
    "Can somebody tell me who approves a {term} for {case}?",
    "What did you do about the {term} when it concerned {case}?",
)
WHO = (
    "a hospital group", "a shipping company", "one reseller in Norway", "our oldest customer",
    "a public tender",
    "the new subsidiary", "a seasonal workshop", "an airport operator", "two universities", "a family bakery",
    "the pilot region", "a museum shop",
)  # fmt: skip
WHAT = (
    "paying in quarterly rates", "without a local address", "that changed owners twice",
    "with a frozen credit line", "ordering far below minimum", "under an older agreement",
    "that needs everything in writing", "during the summer closing", "with three delivery sites",
    "whose papers are incomplete", "asking for monthly statements", "that wants to leave early",
)  # fmt: skip
ANSWERS = (
    "We did this in spring: ask the desk for form B, then add the old reference.",
    "Yes. It needs two signatures; the checklist in the handbook is right.",
    "Use the exception path, not the normal one, and note the reason in the record.",
    "I had exactly this; it went through after I attached the earlier decision.",
    "The limit was raised last year, so your team lead can approve it alone.",
    "Split it into two requests, otherwise the second half waits for the audit.",
)  # fmt: skip
SEEN_BEFORE = "We had this before, see {link} for what was decided."
N_CASES = len(QUESTIONS) * 3 * len(WHO) * len(WHAT)
"""Different questions per topic."""


def question(topic: int, case: int, is_tagged: bool) -> str:
    """The text of a case: the same case is asked in the same words; some carry a hashtag."""
    case, template = divmod(case, len(QUESTIONS))
    case, term = divmod(case, 3)
    who, what = divmod(case, len(WHAT))
    text = QUESTIONS[template].format(term=TOPICS[topic].terms[term], case=f"{WHO[who]} {WHAT[what]}")
    return f"{text} #{TOPICS[topic].terms[0].replace(' ', '-')}" if is_tagged else text
