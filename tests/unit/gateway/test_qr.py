"""The QR statement: verifies offline, and not after any single change."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import cwt
import PIL.Image
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.trust import qr, qr_image
from gateway.trust.signing import Algorithm, PublicKey, Purpose, SigningKey

STATEMENT = qr.QrStatement(
    "LY26QNBK2D7R0XW9M3EC",
    "91350100M000100Y43",
    "outbound",
    date(2026, 12, 1),
    date(2026, 12, 8),
    23,
    datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    bytes(range(16)),
)
QR_ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def signed(algorithm: Algorithm = Algorithm.EDDSA) -> tuple[str, dict[bytes, PublicKey]]:
    key = SigningKey.generate(algorithm)
    return qr.QrSigner(key, "https://verify.example.test").sign(STATEMENT), {key.public.kid: key.public}


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_statement_comes_back_verified(algorithm: Algorithm) -> None:
    text, keys = signed(algorithm)
    assert qr.verify(text, keys) == STATEMENT


def test_the_text_is_one_url_in_qr_alphanumeric_characters() -> None:
    text, _ = signed()
    assert text.startswith("HTTPS://VERIFY.EXAMPLE.TEST/V/")
    assert set(text) <= QR_ALPHANUMERIC


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_single_character_change_fails(algorithm: Algorithm) -> None:
    text, keys = signed(algorithm)
    for at, character in enumerate(text):
        for other in {"A", "B", "7", "2", "/", "0", character.lower(), character.upper()} - {character}:
            with pytest.raises(qr.NotAStatement):
                qr.verify(text[:at] + other + text[at + 1 :], keys)


PREFIX = "HTTPS://VERIFY.EXAMPLE.TEST/GW/V/"
WRITTEN = {
    "as printed": "HTTPS://VERIFY.EXAMPLE.TEST/GW/V/PAYLOAD",
    "by a browser": "https://verify.example.test/GW/V/PAYLOAD",
    "all in lower case": "https://verify.example.test/gw/v/payload",
    "with a slash, a query and a fragment": "https://Verify.Example.Test/GW/V/PAYLOAD/?from=singlemessage&isappinstalled=0#top",
    "escaped as a whole": "HTTPS%3A%2F%2FVERIFY.EXAMPLE.TEST%2FGW%2FV%2FPAYLOAD",
    "escaped in part": "https://verify.example.test/%47W/V/PAYLOAD%20",
    "without its scheme": "verify.example.test/GW/V/PAYLOAD",
    "with its usual port": "https://verify.example.test:443/GW/V/PAYLOAD",
    "broken into lines": " https://verify.example.test/GW/V/PAY\r\n LOAD\n",
    "the payload alone": "payload",
    "the address of a verdict": "https://verify.example.test/verify?text=https%3A%2F%2Fverify.example.test%2FGW%2FV%2Fpayload",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_an_address_is_read_however_it_was_passed_on(name: str) -> None:
    assert qr.as_printed(WRITTEN[name], PREFIX) == f"{PREFIX}PAYLOAD"


@pytest.mark.parametrize(
    "entered",
    [
        "https://verify.example.test.evil.test/GW/V/PAYLOAD",
        "https://verify.example.test@evil.test/GW/V/PAYLOAD",
        "https://verify.example.test:8443/GW/V/PAYLOAD",
        "https://verify.example.test/V/PAYLOAD",
        "https://evil.test/verify?text=payload",
        "https://[evil/GW/V/PAYLOAD",
    ],
)
def test_the_address_of_somebody_else_stays_theirs(entered: str) -> None:
    assert not qr.as_printed(entered, PREFIX).startswith(PREFIX)


@pytest.mark.parametrize("missing", range(5))
def test_bits_that_base32_leaves_over_are_not_free(missing: int) -> None:
    key = SigningKey.generate()
    statement = replace(STATEMENT, agency_uscc=STATEMENT.agency_uscc[missing:])
    text = qr.QrSigner(key, "https://verify.example.test").sign(statement)
    for last in set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") - {text[-1]}:
        with pytest.raises(qr.NotAStatement):
            qr.verify(text[:-1] + last, {key.public.kid: key.public})


@settings(max_examples=300)
@given(st.data())
def test_any_edit_fails(data: st.DataObject) -> None:
    text, keys = signed()
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    inserted = data.draw(st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567/:."), max_size=3))
    edited = text[:at] + inserted + text[at + cut :]
    if edited != text:
        with pytest.raises(qr.NotAStatement):
            qr.verify(edited, keys)


@given(st.text(max_size=400))
def test_foreign_text_is_refused_and_nothing_else_happens(text: str) -> None:
    _, keys = signed()
    with pytest.raises(qr.NotAStatement):
        qr.verify(text, keys)


def test_decimals_in_hostile_cbor_are_refused_like_anything_else() -> None:
    _, keys = signed()
    hostile = "QLCYEGR3TLFAAA2YEBQWCYLBMFQWCYLBMFQWCYLBMFQWCYLBMFQWCYLBMFQWCYLBMFQWC"
    with pytest.raises(qr.NotAStatement):
        qr.verify(f"HTTPS://VERIFY.EXAMPLE.TEST/V/{hostile}", keys)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1965, 1, 1), date(2300, 1, 1), date(9999, 12, 31)])
def test_any_calendar_date_can_be_stated(day: date) -> None:
    key = SigningKey.generate()
    statement = replace(STATEMENT, depart_on=day, return_on=None)
    text = qr.QrSigner(key, "https://verify.example.test").sign(statement)
    assert qr.verify(text, {key.public.kid: key.public}) == statement


def test_another_key_does_not_verify() -> None:
    text, _ = signed()
    _, others = signed()
    with pytest.raises(qr.NotAStatement, match="unknown key"):
        qr.verify(text, others)


def test_the_algorithm_is_the_keys_own_not_the_messages() -> None:
    text, keys = signed(Algorithm.ES256)
    ((kid, _),) = keys.items()
    other = SigningKey.generate(Algorithm.EDDSA).public
    with pytest.raises(qr.NotAStatement, match="algorithm"):
        qr.verify(text, {kid: other})


def test_a_published_key_verifies_as_well_as_the_original() -> None:
    text, keys = signed()
    published = [key.as_jwk(Purpose.QR) for key in keys.values()]
    assert qr.verify(text, {key.kid: key for key in map(PublicKey.from_jwk, published)}) == STATEMENT


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_another_cose_library_reads_the_statement(algorithm: Algorithm) -> None:
    import base64

    text, keys = signed(algorithm)
    (public,) = keys.values()
    prefix, encoded = text[: text.rindex("/") + 1], text[text.rindex("/") + 1 :]
    message = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    key = cwt.COSEKey.from_jwk({**public.as_jwk(Purpose.QR), "kid": public.kid.hex()})
    key_with_kid = cwt.COSEKey.new({**key.to_dict(), 2: public.kid})
    payload = cwt.COSE.new().decode(message, keys=[key_with_kid], external_aad=prefix.encode())
    assert STATEMENT.code.encode() in payload


LOOKS_LINEAR_TOO = (
    "HTTPS://VERIFY.EXAMPLE.TEST/V/2KCE3IQBE4CERKDKBHSZ5KCI4KQFQVVCAYNGWCLLQ45AAAIAACDXITCZGI3EIRZYII3TSUSTGBLEKWRX"
    "KJBVG4RZGEYTCMBRGA2U2QJQGBAUEQ2EGRJGQZDPNVSXG5DJMMMUH4YZIP3QGUAGTOL7GY3BFJTQVCP7XDTJKJHFLBACLUWR7RRMBA6AQK3QR6YM"
    "DYJAXXPZYYWJSNRFM6ZCCWDAG22BUDVNEG44BZ2J5CKQOVWGVGND57AHFKFZO4D7O7ZFSE4Y5OPMQOVXA4"
)
"""A statement whose drawing, 25 mm wide, has rows of modules that pass for a linear code."""


def test_an_image_of_one_qr_has_one_text() -> None:
    image = PIL.Image.open(io.BytesIO(qr_image.png(LOOKS_LINEAR_TOO, size_mm=25)))
    assert len(zxingcpp.read_barcodes(image)) > 1  # else this text tests nothing
    assert qr_image.texts_in(image) == [LOOKS_LINEAR_TOO]
