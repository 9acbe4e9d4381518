"""Passkeys (WebAuthn level 2): what a browser is asked to make and to sign, and whether it did.

A passkey counts for both factors: it is held by whoever signs in, and unlocked by a PIN or a finger there.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import cbor2
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.trust.cbor import Reader

_NAME = "驿站 Yizhan"
LONGEST = 16_384
"""Characters of what a browser answers."""
_STUMBLES = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What comes of an answer that no browser gives."""
_FLAGS_AT, _HAS_EXTENSIONS = 32, 0x80
_HEAD, _AAGUID = 37, 16
_DEEPEST = 4
"""Bytes of authenticator data before the passkey itself, of the model's number, and how deep an attestation nests."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages are served, `https://hub.example.cn`: passkeys are bound to it."""

    origin: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys for it: not for a number, and only where the way is protected."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https:") or self.host == "localhost"
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePasskey:
    id: bytes
    public_key: bytes
    uses: int


class BadPasskey(Exception):
    """What a browser has answered proves nothing."""


def making(site: Site, login: str, challenge: bytes, known: Sequence[bytes]) -> str:
    """What a browser is asked in order to make a passkey, as JSON; `known` are those there are."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=_NAME,
        user_name=login,
        user_id=login.encode(),
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(options)


def signing(site: Site, challenge: bytes) -> str:
    """What a browser is asked in order to sign in, as JSON."""
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


def challenge_in(answer: str) -> bytes:
    """The challenge that a browser says it has signed. Raises BadPasskey."""
    return _part(answer, lambda found: base64url_to_bytes(_client_data(found)["challenge"]))


def id_in(answer: str) -> bytes:
    """The passkey that a browser says it has used. Raises BadPasskey."""
    return _part(answer, lambda found: base64url_to_bytes(found["rawId"]))


def made(site: Site, answer: str, challenge: bytes) -> MadePasskey:
    """The passkey that a browser has made. Raises BadPasskey."""
    try:
        _must_be_plain(_bytes_of(answer, "attestationObject"))
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _STUMBLES as error:
        raise BadPasskey from error
    return MadePasskey(id=found.credential_id, public_key=found.credential_public_key, uses=found.sign_count)


def uses_after(site: Site, answer: str, challenge: bytes, kept: MadePasskey) -> int:
    """The count of uses after one that is proved. Raises BadPasskey, also where a count has gone back."""
    try:
        _must_have_no_extension(_bytes_of(answer, "authenticatorData"))
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.uses,
            require_user_verification=True,
        )
    except _STUMBLES as error:
        raise BadPasskey from error
    return found.new_sign_count


def _bytes_of(answer: str, name: str) -> bytes:
    return _part(answer, lambda found: base64url_to_bytes(found["response"][name]))


def _must_be_plain(attestation: bytes) -> None:
    """The library decodes whatever CBOR it is given, tags that stand for huge numbers as well. Raises ValueError."""
    reader = Reader(attestation)
    reader.must_be_plain(_DEEPEST)
    reader.must_end()
    data = cbor2.loads(attestation)["authData"]  # nothing but numbers, strings, arrays and maps: seen just now
    _must_be_asked_for(data)
    key_at = _HEAD + _AAGUID + 2 + int.from_bytes(data[_HEAD + _AAGUID : _HEAD + _AAGUID + 2], "big")
    reader = Reader(data[key_at:])
    reader.must_be_plain(_DEEPEST)
    reader.must_end()


def _must_have_no_extension(data: bytes) -> None:
    """A signature is over the head alone. Raises ValueError."""
    _must_be_asked_for(data)
    if len(data) != _HEAD:
        raise ValueError("more than the head")


def _must_be_asked_for(data: bytes) -> None:
    """No extension is asked for (WebAuthn 6.1). Raises ValueError, IndexError."""
    if data[_FLAGS_AT] & _HAS_EXTENSIONS:
        raise ValueError("an extension")


def _part(answer: str, take: Any) -> bytes:
    if len(answer) > LONGEST:
        raise BadPasskey
    try:
        return take(json.loads(answer))
    except _STUMBLES as error:
        raise BadPasskey from error


def _client_data(found: Any) -> Any:
    return json.loads(base64url_to_bytes(found["response"]["clientDataJSON"]))
