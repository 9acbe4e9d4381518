"""Contract codes: random, checked, forgiving."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.trust.codes import CROCKFORD, CodeScheme, grouped

SCHEME = CodeScheme()
codes = st.builds(
    lambda seed, year: CodeScheme(entropy=random.Random(seed).randbytes).draw(year),
    st.integers(0, 2**64),
    st.integers(2000, 2099),
)


@given(codes)
def test_a_drawn_code_parses_to_itself(code: str) -> None:
    assert len(code) == SCHEME.length == 20
    assert SCHEME.parse(code) == code


@given(codes, st.integers(0, 19), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_is_noticed_unless_it_reads_alike(code: str, at: int, character: str) -> None:
    altered = code[:at] + character + code[at + 1 :]
    alike = str.maketrans("OIL", "011")
    if altered.translate(alike) != code.translate(alike):
        assert SCHEME.parse(altered) is None


@given(codes)
def test_input_may_be_lower_case_grouped_full_width_and_confuse_o_with_zero(code: str) -> None:
    printed = grouped(code)
    assert SCHEME.parse(printed.lower()) == code
    assert SCHEME.parse(f"  {printed.replace('-', ' ')}\n") == code
    assert SCHEME.parse("".join(chr(ord(character) + 0xFEE0) for character in code)) == code
    confused = code.replace("0", "O").replace("1", "l")
    assert SCHEME.parse(confused) == code


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_none(text: str) -> None:
    parsed = SCHEME.parse(text)
    assert parsed is None or SCHEME.parse(parsed) == parsed


def test_the_random_part_draws_on_75_bits() -> None:
    drawn = {SCHEME.draw(2026)[4:-1] for _ in range(2000)}
    assert len(drawn) == 2000
    assert {character for code in drawn for character in code} == set(CROCKFORD)
    assert len(CROCKFORD) ** SCHEME.random_length == 2**75
