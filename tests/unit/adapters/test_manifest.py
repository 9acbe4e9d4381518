"""What a partner's marker claims, however it is written."""

from __future__ import annotations

from hashlib import sha256

import pytest

from adapters.transports.manifest import BadManifest, Manifest, parse

DIGEST = sha256(b"content").hexdigest()


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("", Manifest()),
        (f"sha256={DIGEST}", Manifest(DIGEST)),
        (f"sha256={DIGEST.upper()}", Manifest(DIGEST)),
        (f"SHA256 = {DIGEST.upper()}\r\nROWS = 12", Manifest(DIGEST, 12)),
        (f"\ufeffSHA-256: {DIGEST.title()}\n\nRows:0\n", Manifest(DIGEST, 0)),
    ],
)
def test_a_claim_counts_in_either_case(line: str, claim: Manifest) -> None:
    assert parse(line.encode()) == claim
    parse(line.encode()).check(DIGEST, claim.rows)


@pytest.mark.parametrize(
    "line",
    [
        f"sha256={DIGEST}\nSHA256={DIGEST}",
        f"rows={DIGEST}",
        "sha256=12",
        "rows=-1",
        "md5=900150983cd24fb0d6963f7d28e17f72",
    ],
)
def test_a_claim_that_cannot_be_held_is_none(line: str) -> None:
    with pytest.raises(BadManifest):
        parse(line.encode())
