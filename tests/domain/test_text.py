"""Text from outside as it is shown: nothing hides in it or turns it round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.text import shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, naïve 日本 👍", "plain text, naïve 日本 👍"),
        ("invoice\u202efdp.exe", "invoice[U+202E]fdp.exe"),
        ("pay\u200bpal", "pay[U+200B]pal"),
        ("a\u00a0b", "a[U+00A0]b"),
        ("tab\there", "tab[U+0009]here"),
        ("null\0", "null[U+0000]"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("half \ud800 character", "half [U+D800] character"),
        ("filler\u3164", "filler[U+3164]"),
        ("heart\ufe0f", "heart[U+FE0F]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("two\nlines", "two[U+000A]lines"),
        ("\u2066isolated\u2069", "[U+2066]isolated[U+2069]"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_number(text, shown):
    assert visible(text) == shown


def test_lines_are_kept_where_asked_for_and_carriage_returns_never():
    assert visible("a\r\nb", keep_lines=True) == "a[U+000D]\nb"


@given(st.text())
def test_shown_text_can_always_be_encoded_and_holds_no_control(text):
    shown = visible(text)
    assert shown.encode("utf-8").decode("utf-8").isprintable()


def test_long_text_is_cut_with_a_mark():
    assert shortened("abcdef", 3) == "abc…"
    assert shortened("abc", 3) == "abc"
