"""Normal forms of hostile text: Unicode's own wherever a language could mean it, and in time that grows with it."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.plain_text import MOST_MARKS, is_stream_safe, normalised

MARKS = "\u0301\u0323\u0345\u093c\u3099\u302a\U0001d165"


@given(st.text(st.sampled_from(f"aé張〇ａ가ﷺ①{MARKS}"), max_size=120))
def test_a_text_with_few_marks_in_a_row_has_the_form_of_unicode(text: str) -> None:
    if is_stream_safe(text):
        assert normalised("NFKC", text) == unicodedata.normalize("NFKC", text)
    else:
        assert normalised("NFKC", text) == text


@pytest.mark.parametrize("before", ["", "a", "张", "ａ"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_are_counted_in_a_row(before: str, mark: str) -> None:
    assert is_stream_safe(before + mark * MOST_MARKS + "b" + mark * MOST_MARKS)
    assert not is_stream_safe(before + "中文" * 50 + mark * (MOST_MARKS + 1))


def test_marks_that_a_letter_hides_are_counted() -> None:
    assert not is_stream_safe("\u0344" * 16 + "\u0301" * 15)


def test_no_letter_that_is_or_has_a_mark_is_passed_over() -> None:
    for point in range(sys.maxunicode + 1):
        letter = chr(point)
        if any(map(unicodedata.combining, unicodedata.normalize("NFKD", letter))) and not is_a_letter_with_few(letter):
            assert not is_stream_safe(letter * (MOST_MARKS + 1)), f"U+{point:04X}"


def is_a_letter_with_few(letter: str) -> bool:
    """A letter that begins with something else than a mark interrupts every row of them."""
    return not unicodedata.combining(unicodedata.normalize("NFKD", letter)[0])
