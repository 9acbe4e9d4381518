"""What anybody may show to the verifier: a statement that is altered is never believed, and nothing else happens."""

from __future__ import annotations

import base64
import time
from contextlib import suppress

from gateway.trust import cbor, qr
from gateway.trust.signing import Algorithm, SigningKey
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs
from tests.unit.gateway.test_qr import STATEMENT


def test_an_altered_statement_is_never_believed() -> None:
    keys = {algorithm: SigningKey.generate(algorithm) for algorithm in (Algorithm.EDDSA, Algorithm.ES256)}
    signed = {algorithm: _signed(key) for algorithm, key in keys.items()}
    for algorithm, data in inputs("QR text", {each: [text.encode()] for each, text in signed.items()}, 2_000):
        _must_be_refused(data.decode("utf-8", errors="replace"), signed[algorithm], keys[algorithm])


def test_an_altered_message_behind_the_address_is_never_believed() -> None:
    """Mutations of the signed bytes themselves: they pass the letters of the text, and come to the parser."""
    key = SigningKey.generate(Algorithm.EDDSA)
    text = _signed(key)
    head, _, letters = text.rpartition("/")
    message = base64.b32decode(letters + "=" * (-len(letters) % 8))
    for _, data in inputs("QR message", {None: [message]}, 2_000):
        _must_be_refused(f"{head}/{base64.b32encode(data[:700]).decode().rstrip('=')}", text, key)


def test_payloads_of_any_bytes_are_statements_or_refused() -> None:
    for _, data in inputs("QR payload", {None: [STATEMENT._payload()]}, 4_000):
        began = time.thread_time()
        with suppress(qr.NotAStatement):
            qr.QrStatement._from_payload(data)
        _must_be_read_to_its_end(data)
        assert time.thread_time() - began < MOST_CPU_SECONDS, data[:200]


def _must_be_read_to_its_end(data: bytes) -> None:
    given = cbor.Reader(data)
    steps = 0
    with suppress(ValueError):
        while steps <= len(data):
            given.integer_or_null()
            steps += 1
    assert steps <= len(data)


def _signed(key: SigningKey) -> str:
    return qr.QrSigner(key, "https://verify.example.test").sign(STATEMENT)


def _must_be_refused(shown: str, text: str, key: SigningKey) -> None:
    began = time.thread_time()
    try:
        found = qr.verify(shown, {key.public.kid: key.public})
    except qr.NotAStatement:
        found = None
    assert time.thread_time() - began < MOST_CPU_SECONDS, shown[:200]
    assert found is None or shown == text, shown
