"""Hashtags and declared terms, and nothing else of a text."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.extract.batch_checks import ContractViolationError, checked
from assets.extract.contract import TABLES
from assets.extract.message_buffer import Message, MessageBuffer
from assets.extract.reading import Border
from assets.extract.text_features import FeatureExtractor
from assets.extract.topic_terms import MAX_TERMS, TermFinder, hashtag

KEY = b"k" * 32
FINDER = TermFinder(["Pricing exception", "discount", "Vertragsänderung"])


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Who approves a pricing exception? #sales", ["#sales", "pricing exception"]),
        ("(Discount!) DISCOUNT, discount.", ["discount"]),
        ("pricing of an exception, discounts", []),  # words in between, another word
        ("#PriceList #price_list #price-list", ["#price-list"]),
        ("Eine Vertragsa\u0308nderung steht an", ["vertragsänderung"]),  # decomposed umlaut
        ("see `#hidden` and https://x.example/#anchor and #1 and C# and a#b", []),
        ("```discount``` `pricing exception`", []),
        ("&#39; and ##x", []),
    ],
)
def test_terms_of_a_text(text, terms):
    assert FINDER.terms(text) == terms
    found = FeatureExtractor(KEY, FINDER).features([text]).topic_terms[0]
    assert found == (terms or None)


@given(st.text(max_size=80), st.text(max_size=80))
def test_looking_at_first_words_only_loses_no_term(before, after):
    text = f"{before} pricing exception {after}"
    found = FeatureExtractor(KEY, FINDER).features([text]).topic_terms[0]
    assert (found or []) == FINDER.terms(text)


def test_a_list_of_tags_is_cut():
    text = " ".join(f"#{chr(97 + n // 26)}{chr(97 + n % 26)}x" for n in range(60))
    assert len(TermFinder().terms(text)) == MAX_TERMS
    assert hashtag("price list") == "#price-list"


def test_terms_cross_the_border_as_hashes_only():
    border = Border("chat", KEY, vocabulary=["discount"])
    buffer = MessageBuffer(border)
    row = Message("m1", "c1", None, None, None, "post", 0, None, None, 0, None, None, False)
    buffer.append(row, "a discount for #partners")
    ((_, batch),) = buffer.last_batches()
    (terms,) = batch.column("topic_terms").to_pylist()
    assert sorted(border.terms.values()) == ["#partners", "discount"]
    assert set(terms) == border.terms.keys()
    checked("messages", batch)
    readable = pa.array([["discount"]], TABLES["messages"].field("topic_terms").type)
    place = batch.schema.names.index("topic_terms")
    with pytest.raises(ContractViolationError, match="hashed terms"):
        checked("messages", batch.set_column(place, batch.schema.field(place), readable))


def test_one_word_is_one_term_in_all_sources_and_another_under_another_key():
    one, other = Border("chat", KEY), Border("engage", KEY)
    assert one.term("discount") == other.term("discount")
    assert one.term("discount") != Border("chat", b"n" * 32).term("discount")
