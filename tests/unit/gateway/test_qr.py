"""The QR statement: verifies offline, and not after any single change."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import cbor2
import cwt
import PIL.Image
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.trust import cbor, qr, qr_image
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


def spelled(message: bytes) -> str:
    return "HTTPS://VERIFY.EXAMPLE.TEST/V/" + base64.b32encode(message).rstrip(b"=").decode()


def message_of(*parts: object, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, list(parts)))


HOSTILE = {
    "a fraction that takes hours to compute": b"\xd8\x1e\x82\x6b1e999999999\x01" + bytes(20),
    "a decimal of a huge exponent": b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01" + bytes(20),
    "a bignum": b"\xc2\x58\xff" + b"\xff" * 255,
    "a regular expression": b"\xd8\x23\x78\x20" + b"(" * 32,
    "a set of sets": b"\xd9\x01\x02\x81" * 12,
    "a reference to itself": b"\xd8\x1c\x81\xd8\x1d\x00" + bytes(20),
    "arrays in arrays": b"\x81" * 700,
    "tags on tags": b"\xd2" * 700,
    "a length beyond the end": b"\xd2\x84\x5b" + b"\xff" * 8 + bytes(20),
    "an array of 2^64 items": b"\x9b" + b"\xff" * 8 + bytes(20),
    "no length": b"\xd2\x9f\x43abc\xa0\x40\x40\xff" + bytes(20),
    "a longer length than is needed": b"\xd2\x98\x04\x40\xa0\x40\x40" + bytes(20),
    "nothing after the tag": b"\xd2" + bytes(30),
    "another tag": message_of(b"\xa0", {}, bytes(30), b"", tag=17),
    "headers that nobody signed": message_of(b"\xa0", {4: b"kid"}, bytes(30), b""),
    "a fifth part": message_of(b"\xa0", {}, bytes(30), b"", b""),
    "something behind": message_of(b"\xa0", {}, bytes(30), b"") + b"\x00",
    "text for the signature": message_of(b"\xa0", {}, bytes(30), "x"),
    "a header too many": message_of(cbor2.dumps({1: -8, 4: b"kid", 5: b""}), {}, bytes(30), b""),
    "headers in another order": message_of(cbor2.dumps({4: b"kid", 1: -8}), {}, bytes(30), b""),
    "a header twice": message_of(b"\xa2\x01\x27\x01\x27", {}, bytes(30), b""),
    "a fraction among the headers": message_of(b"\xa2\x01\xd8\x1e\x82\x6b1e999999999\x01", {}, bytes(30), b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_decoded_but_the_one_shape_that_is_signed(name: str) -> None:
    _, keys = signed()
    with pytest.raises(qr.NotAStatement, match=r"not a COSE_Sign1 message|unknown protected headers"):
        qr.verify(spelled(HOSTILE[name]), keys)


def test_the_payload_is_not_looked_into_before_its_signature() -> None:
    text, keys = signed()
    protected, _, _, signature = parts_of(text)
    with pytest.raises(qr.NotAStatement, match="the signature does not match"):
        qr.verify(spelled(message_of(protected, {}, b"\xd8\x1e\x82\x6b1e999999999\x01", signature)), keys)


CLAIMS = [STATEMENT.code, STATEMENT.agency_uscc, "outbound", None, None, 23, bytes(16)]
FOREIGN_CLAIMS = {
    "no map": cbor2.dumps(CLAIMS),
    "one claim": cbor2.dumps({6: 1}),
    "another claim": cbor2.dumps({6: 1, -65538: CLAIMS}),
    "a claim twice": b"\xa2\x06\x01\x06\x01",
    "six facts": cbor2.dumps({6: 1, -65537: CLAIMS[:6]}),
    "a text for a day": cbor2.dumps({6: 1, -65537: [*CLAIMS[:3], "1", None, 23, bytes(16)]}),
    "a day that no calendar has": cbor2.dumps({6: 1, -65537: [*CLAIMS[:3], 2**62, None, 23, bytes(16)]}),
    "a second that no calendar has": cbor2.dumps({6: 2**63, -65537: CLAIMS}),
    "half a head": cbor2.dumps({6: 1, -65537: [*CLAIMS[:5], 1.5, bytes(16)]}),
    "bytes that are no text": cbor2.dumps({6: 1, -65537: CLAIMS}).replace(b"outbound", b"outboun\xff"),
    "something behind": cbor2.dumps({6: 1, -65537: CLAIMS}) + b"\xf6",
}


@pytest.mark.parametrize("name", FOREIGN_CLAIMS)
def test_what_is_signed_but_no_statement_is_refused(name: str) -> None:
    key = SigningKey.generate()
    protected = cbor2.dumps({1: -8, 4: key.public.kid})
    structure = cbor2.dumps(["Signature1", protected, b"HTTPS://VERIFY.EXAMPLE.TEST/V/", FOREIGN_CLAIMS[name]])
    text = spelled(message_of(protected, {}, FOREIGN_CLAIMS[name], key.sign(structure)))
    with pytest.raises(qr.NotAStatement, match="the claims are not those"):
        qr.verify(text, {key.public.kid: key.public})


def parts_of(text: str) -> list[Any]:
    encoded = text[text.rindex("/") + 1 :]
    return cbor2.loads(base64.b32decode(encoded + "=" * (-len(encoded) % 8))).value


@given(st.integers(-(2**64), 2**64 - 1), st.binary(max_size=300), st.text(max_size=300))
def test_what_another_library_writes_is_read(number: int, data: bytes, text: str) -> None:
    given_ = cbor.Reader(cbor2.dumps([number, data, text, None]))
    given_.must_be_array(4)
    assert (given_.integer(), given_.byte_string(), given_.text()) == (number, data, text)
    assert given_.integer_or_null() is None
    given_.must_end()


@given(st.binary(max_size=40))
def test_what_is_read_as_a_number_has_one_spelling(data: bytes) -> None:
    reader = cbor.Reader(data)
    try:
        number = reader.integer()
        reader.must_end()
    except cbor.NotTheShape:
        return
    assert cbor2.dumps(number) == data


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


def test_of_the_two_signatures_of_es256_one_is_taken() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for _ in range(8):
        text, keys = signed(Algorithm.ES256)
        protected, unprotected, payload, signature = parts_of(text)
        other = (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
        assert qr.verify(spelled(message_of(protected, unprotected, payload, signature)), keys) == STATEMENT
        with pytest.raises(qr.NotAStatement, match="the signature does not match"):
            qr.verify(spelled(message_of(protected, unprotected, payload, signature[:32] + other)), keys)


def test_a_published_key_verifies_as_well_as_the_original() -> None:
    text, keys = signed()
    published = [key.as_jwk(Purpose.QR) for key in keys.values()]
    assert qr.verify(text, {key.kid: key for key in map(PublicKey.from_jwk, published)}) == STATEMENT


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256])
def test_another_cose_library_reads_the_statement(algorithm: Algorithm) -> None:
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
