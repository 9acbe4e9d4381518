"""What is sent in the place of a passkey: refused before a library decodes it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256

import cbor2
import pytest

from gateway.persons import passkeys
from gateway.persons.passkeys import BadPasskey, MadePasskey, Site
from gateway.trust.cbor import NotTheShape

SITE, CHALLENGE = Site("https://hub.example.cn"), b"c" * 32
HUGE = b"\xd8\x1e\x81" + cbor2.dumps("1e5000000")
"""A fraction of 13 bytes: seconds to decode, with one digit more hours."""
DEEP = b"\x81" * 5000 + b"\x00"
KEPT = MadePasskey(id=b"x" * 16, public_key=b"", uses=0)


def coded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def answer(kind: str, **response: bytes) -> str:
    client = json.dumps({"type": kind, "challenge": coded(CHALLENGE), "origin": SITE.origin}).encode()
    parts = {"clientDataJSON": client, **response}
    told = {"id": coded(KEPT.id), "rawId": coded(KEPT.id), "type": "public-key"}
    return json.dumps(told | {"response": {name: coded(raw) for name, raw in parts.items()}})


def head(flags: int, rest: bytes = b"") -> bytes:
    return sha256(b"hub.example.cn").digest() + bytes([flags]) + bytes(4) + rest


def attested(statement: bytes, data: bytes) -> bytes:
    parts = (cbor2.dumps("fmt"), cbor2.dumps("none"), cbor2.dumps("attStmt"), statement)
    return b"".join((b"\xa3", *parts, cbor2.dumps("authData"), cbor2.dumps(data)))


def with_key(key: bytes) -> bytes:
    return head(0x45, bytes(16) + b"\x00\x10" + KEPT.id + key)


@pytest.mark.parametrize("rest", [b"\xa1\x61a" + HUGE, HUGE, DEEP])
@pytest.mark.parametrize("flags", [0x85, 0x05, 0xC5, 0x45])
def test_a_signature_over_more_than_the_head_is_no_passkey(flags: int, rest: bytes) -> None:
    said = answer("webauthn.get", authenticatorData=head(flags, rest), signature=b"s" * 64)
    with pytest.raises(BadPasskey) as refused:
        passkeys.uses_after(SITE, said, CHALLENGE, KEPT)
    assert type(refused.value.__cause__) is ValueError


@pytest.mark.parametrize(
    "attestation",
    [
        attested(HUGE, with_key(b"\xa0")),
        attested(b"\xa0", with_key(b"\xa1\x01" + HUGE)),
        attested(b"\xa0", with_key(DEEP)),
        attested(DEEP, with_key(b"\xa0")),
        attested(b"\xbf\xff", with_key(b"\xa0")),
        attested(b"\xa0", with_key(b"\xa0")) + b"\x00",
    ],
)
def test_an_attestation_that_costs_more_than_it_is_long_is_no_passkey(attestation: bytes) -> None:
    with pytest.raises(BadPasskey) as refused:
        passkeys.made(SITE, answer("webauthn.create", attestationObject=attestation), CHALLENGE)
    assert type(refused.value.__cause__) is NotTheShape


@pytest.mark.parametrize(
    "strange",
    ["", "[]", "{}", '{"rawId": 1}', '{"response": []}', "[" * 5000, answer("x")[:-1], "\ud800", "x" * 20_000],
)
def test_what_is_no_answer_is_no_passkey(strange: str) -> None:
    for read in (
        passkeys.id_in,
        passkeys.challenge_in,
        lambda said: passkeys.made(SITE, said, CHALLENGE),
        lambda said: passkeys.uses_after(SITE, said, CHALLENGE, KEPT),
    ):
        with pytest.raises(BadPasskey):
            read(strange)
