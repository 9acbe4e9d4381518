"""Numbers of people and agencies: the worked examples of the standards, and agreement with python-stdnum."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_2

from schemas.identifiers import (
    Fault,
    check_character,
    document_fault,
    is_chinese_passport,
    is_known_division,
    is_uscc,
    is_usual_guide_card,
    is_usual_license,
    likely_document_type,
    resident_id_fault,
    upgrade_resident_id,
)

VALID = [
    ("resident_id", "11010519491231002X"),
    ("resident_id", "110105491231002"),
    ("permanent_residence", "91184019850312001X"),
    ("permanent_residence", "ABC123456789012"),
    ("hmt_residence_permit", "810000199003070015"),
    ("hk_macau_permit", "C12345678"),
    ("hk_macau_permit", "CA1234567"),
    ("hk_macau_permit", "W12345678"),
    ("taiwan_permit", "L12345678"),
    ("taiwan_permit", "T12345678"),
    ("home_return_permit", "H12345678"),
    ("home_return_permit", "M1234567801"),
    ("taiwan_compatriot_permit", "12345678"),
    ("taiwan_compatriot_permit", "1234567801"),
    ("passport", "L898902C3"),
    ("other", "anything"),
]


@pytest.mark.parametrize(("document_type", "number"), VALID)
def test_a_number_of_the_right_form_has_no_fault(document_type, number):
    assert document_fault(document_type, number) is None


@pytest.mark.parametrize(
    ("document_type", "number", "fault"),
    [
        ("resident_id", "110105194912310021", Fault.CHECK),
        ("resident_id", "11010519491231002x", Fault.FORM),
        ("resident_id", "91184019850312001X", Fault.FORM),
        ("resident_id", "810000199003070015", Fault.FORM),
        ("resident_id", "1101051949123100", Fault.FORM),
        ("permanent_residence", "11010519491231002X", Fault.FORM),
        ("hmt_residence_permit", "11010519491231002X", Fault.FORM),
        ("hk_macau_permit", "CI1234567", Fault.FORM),
        ("taiwan_compatriot_permit", "123456789", Fault.FORM),
        ("passport", "E1", Fault.FORM),
    ],
)
def test_a_wrong_number_says_why(document_type, number, fault):
    assert document_fault(document_type, number) is fault


def test_an_impossible_birth_date_is_told_from_a_wrong_check_character():
    first17 = "11010519490231002"
    assert resident_id_fault(first17 + check_character(first17)) is Fault.BIRTH


def test_a_15_digit_number_is_upgraded_by_inserting_the_century_and_adding_the_check():
    assert upgrade_resident_id("110105491231002") == "11010519491231002X"
    assert upgrade_resident_id("11010549123100") is None


@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
def test_the_check_character_is_that_of_iso_7064(first17):
    assert check_character(first17) == mod_11_2.calc_check_digit(first17)


@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_altered_digit_never_passes(first17, position, digit):
    number = first17 + check_character(first17)
    altered = number[:position] + digit + number[position + 1 :]
    assert altered == number or resident_id_fault(altered) is not None


@given(st.dates(min_value=date(1900, 1, 1)), st.integers(0, 999), st.sampled_from("0123456789X"))
def test_resident_numbers_agree_with_stdnum(born, sequence, last):
    number = f"110105{born:%Y%m%d}{sequence:03d}{last}"
    assert (resident_id_fault(number) is None) == ric.is_valid(number)


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_credit_codes_agree_with_stdnum(middle, division):
    first17 = f"91{division}{middle}"
    code = first17 + uscc.calc_check_digit(first17)
    assert is_uscc(code)
    assert not is_uscc(first17 + ("0" if code[-1] != "0" else "1"))


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110105MA00ABCD4R"])
def test_published_credit_codes_are_valid(code):
    assert is_uscc(code)


@pytest.mark.parametrize(
    "code", ["", "654226193105231140", "91350100M000100Y44", "9135010OM000100Y43", "91350100I000100Y43", "9" * 17]
)
def test_other_credit_codes_are_not(code):
    assert not is_uscc(code)


PASSPORTS = ["E12345678", "EA1234567", "G12345678", "141234567", "151234567", "SE1234567", "S1234567", "S12345678"]
PASSPORTS += ["PE1234567", "P1234567", "P.1234567", "DE1234567", "K12345678", "MA1234567"]


@pytest.mark.parametrize("number", PASSPORTS)
def test_chinese_passports_of_every_series_are_known(number):
    assert is_chinese_passport(number)


@pytest.mark.parametrize("number", ["EI1234567", "EO1234567", "E1234567", "L898902C3", "161234567"])
def test_other_numbers_are_no_chinese_passports(number):
    assert not is_chinese_passport(number)


@pytest.mark.parametrize("number", ["L-BJ-CJ00144", "L-SH-00321", "L-SH-WZ00016", "L-HAN00132", "L-HAN003741"])
def test_licences_seen_in_public_lists_are_usual(number):
    assert is_usual_license(number)


@pytest.mark.parametrize("number", ["BJ-00144", "L-BJ-0144", "l-bj-cj00144", "L-BJ-CJ00144 "])
def test_other_licences_are_odd(number):
    assert not is_usual_license(number)


@pytest.mark.parametrize("number", ["D-1101-012345", "DZG2017BJ12345", "A1B2C3"])
def test_guide_cards_of_known_forms(number):
    assert is_usual_guide_card(number)


def test_counties_of_today_and_of_the_past_are_known():
    assert is_known_division("110105")
    assert is_known_division("110103"), "Chongwen was dissolved in 2010; its people keep their numbers"
    assert not is_known_division("999999")


@pytest.mark.parametrize(
    ("number", "document_type"),
    [
        ("11010519491231002X", "resident_id"),
        ("E12345678", "passport"),
        ("91184019850312001X", "permanent_residence"),
        ("810000199003070015", "hmt_residence_permit"),
        ("C12345678", "hk_macau_permit"),
        ("H12345678", "home_return_permit"),
        ("12345678", None),
    ],
)
def test_a_number_betrays_its_document(number, document_type):
    assert likely_document_type(number) == document_type
