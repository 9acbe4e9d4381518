"""What anybody may show to the verifier: a statement that is altered is never believed, and nothing else happens."""

from __future__ import annotations

import base64
import time
from contextlib import suppress

import pytest

from gateway.trust import cbor, qr
from gateway.trust.signing import Algorithm, SigningKey
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs
from tests.unit.gateway.test_qr import STATEMENT


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256])
def test_an_altered_statement_is_never_believed(algorithm: Algorithm) -> None:
    key = SigningKey.generate(algorithm)
    text = qr.QrSigner(key, "https://verify.example.test").sign(STATEMENT)
    for data in inputs(f"text-{algorithm}", [text.encode()], 2_000):
        _must_be_refused(data.decode("utf-8", errors="replace"), text, key)


def test_an_altered_message_behind_the_address_is_never_believed() -> None:
    """Mutations of the signed bytes themselves: they pass the letters of the text, and come to the parser."""
    key = SigningKey.generate(Algorithm.EDDSA)
    text = qr.QrSigner(key, "https://verify.example.test").sign(STATEMENT)
    head, _, letters = text.rpartition("/")
    message = base64.b32decode(letters + "=" * (-len(letters) % 8))
    for data in inputs("message", [message], 2_000):
        _must_be_refused(f"{head}/{base64.b32encode(data[:700]).decode().rstrip('=')}", text, key)


def test_payloads_of_any_bytes_are_statements_or_refused() -> None:
    for data in inputs("payload", [STATEMENT._payload()], 2_000):
        began = time.thread_time()
        with suppress(qr.NotAStatement):
            qr.QrStatement._from_payload(data)
        assert time.thread_time() - began < MOST_CPU_SECONDS, data[:200]


def test_any_bytes_are_read_to_their_end_or_refused() -> None:
    for data in inputs("cbor", [STATEMENT._payload()], 2_000):
        given = cbor.Reader(data)
        steps = 0
        with suppress(ValueError):
            while steps <= len(data):
                given.integer_or_null()
                steps += 1
        assert steps <= len(data)


def _must_be_refused(shown: str, text: str, key: SigningKey) -> None:
    began = time.thread_time()
    try:
        found = qr.verify(shown, {key.public.kid: key.public})
    except qr.NotAStatement:
        found = None
    assert time.thread_time() - began < MOST_CPU_SECONDS, shown[:200]
    assert found is None or shown == text, shown
