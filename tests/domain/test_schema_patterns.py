"""Patterns from outside give re's answer in a time that a person would wait."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.schema import validate
from console.domain.schema_patterns import TooLong, found_in

PATTERNS = (
    r"^(a+)+$", r"^([a-z]+-)*[a-z]+$", r"(a|a)*b", r"(a?){30}a{30}", r"^\d{1,3}(\.\d{1,3}){3}$",
    r".*.*.*x", r"(^a|b$)+", r"a$\n?", r"^[^@]+@[^@]+\.[a-z]+$", r"(\w+\s?)*$", r"^$", "",
    r"(a|b|)*c?\Z", r"[\d_]+(?:x|y){2,3}$", r"^(?:\+|00)?[1-9]\d*$", r"([^a]|\S\D)+?1", r"(.\W)*b",
    r"\A(x|[^\sab])*$", r"(?:a{2}|b{0,2}){2,}$",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text("ab-.1x_y@ \nc+", max_size=8))
def test_the_automaton_agrees_with_re(pattern, text):
    # Long enough that the cheap way is out, with a tail that cannot complete a match by itself.
    from console.domain.schema_patterns import _plan

    automaton = _plan(pattern).automaton
    assert automaton is not None
    assert automaton.search(text) is (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "verdict"),
    [
        (r"^(a+)+$", "a" * 300_000 + "!", False),
        (r"^(a+)+$", "a" * 300_000, True),
        (r".*.*.*x", "a" * 300_000, False),
        (r"^([a-z]+-)*[a-z]+$", "ab-" * 100_000 + "1", False),
    ],
)
def test_a_pattern_made_to_hang_answers_at_once(pattern, text, verdict):
    start = time.perf_counter()
    assert found_in(pattern, text) is verdict
    assert time.perf_counter() - start < 5  # `re` alone would need longer than the universe has


def test_what_only_backtracking_could_tell_is_refused_in_words_not_tried():
    with pytest.raises(TooLong, match="Too long to be checked"):
        found_in(r"^(?=(a+)+$).*", "a" * 40)
    (message,) = validate({"pattern": r"(a+)+\1$"}, "a" * 60)
    assert message.message.startswith("Too long to be checked")


@pytest.mark.parametrize(
    ("pattern", "text", "verdict"),
    [
        (r"^(?=.*\d)(?=.*[a-z]).{8,}$", "abcdefg1", True),
        (r"^(?=.*\d)(?=.*[a-z]).{8,}$", "abcdefgh", False),
        (r"(?i)^cust-\d+$", "CUST-1", True),
        (r"\bsales\b", "the sales line", True),
        (r"^(?!x)(?>a+)b++$", "aabb", True),
        (r"(a)(?(1)b|c)", "ab", True),
        (r"[\S\s]", "\n", True),
        (r"[^\W\d]", "1", False),
    ],
)
def test_short_texts_have_every_pattern_that_python_knows(pattern, text, verdict):
    assert found_in(pattern, text) is verdict


def test_a_name_that_cannot_be_tried_lets_nothing_through():
    schema = {"patternProperties": {r"^(?=(a+)+$)a": {}}, "additionalProperties": False}
    (message,) = validate(schema, {"a" * 60: 1})
    assert message.message.startswith("Too long to be checked")


def test_an_automaton_without_end_gives_up_instead_of_eating_the_memory():
    dear = r"(a|b)*a" + "(a|b)" * 18 + "$"
    with pytest.raises(TooLong):
        found_in(dear, "".join(random.Random(1).choices("ab", k=400_000)))


def test_a_pattern_too_large_for_an_automaton_is_refused_on_long_texts():
    with pytest.raises(TooLong):
        found_in(r"((a{50}){50}b?)*c{5000}", "a" * 20_000)
