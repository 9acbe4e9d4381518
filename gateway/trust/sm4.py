"""SM4-GCM (GB/T 32907, RFC 8998) by `cryptography`, whose OpenSSL may lack it. Nonces are the caller's."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.trust.sm2 import SmUnavailable
from schemas.findings import Text

_TAG_BYTES = 16


class Sm4Gcm:
    """The face of `AESGCM` over SM4."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    @classmethod
    def must_be_there(cls) -> None:
        """Raises SmUnavailable where the library has no SM4."""
        try:
            cls(bytes(16)).encrypt(bytes(12), b"", b"")
        except UnsupportedAlgorithm:
            raise SmUnavailable(
                Text("所装 cryptography 不含 SM4，请改用 AES", "This build of cryptography has no SM4: seal by AES")
            ) from None

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Raises InvalidTag."""
        tag = data[-_TAG_BYTES:].ljust(_TAG_BYTES, b"\0")  # too short to have one: it does not match
        decryptor = Cipher(self._key, modes.GCM(nonce.ljust(12, b"\0"), tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-_TAG_BYTES]) + decryptor.finalize()
