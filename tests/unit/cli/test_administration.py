"""What an operator enters of a partner."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from gateway.access.accounts import ProofKind
from gateway.base.errors import UserError
from gateway.cli.administration import _proofs


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize("written", ["openssh", "rfc4716", "pkcs8-pem"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_a_public_key_is_read_as_its_program_writes_it(
    tmp_path: Path, algorithm: str, written: str, mark: bytes
) -> None:
    """PuTTY and SecureCRT write RFC 4716: ---- BEGIN SSH2 PUBLIC KEY ----."""
    key = asyncssh.generate_private_key(algorithm, comment="rsa-key-20170804")
    file = tmp_path / "key.pub"
    file.write_bytes(mark + key.export_public_key(written))
    assert _proofs(file, None, None) == {ProofKind.SSH: key.public_data}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"ssh-rsa AAAA", b"PuTTY-User-Key-File-3: ssh-ed25519\n"])
def test_what_is_no_public_key_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.pub"
    file.write_bytes(content)
    with pytest.raises(UserError, match="无法读取"):
        _proofs(file, None, None)
