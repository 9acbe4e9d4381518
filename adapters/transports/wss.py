"""WS-Security 1.0: username tokens, and signatures of which only what they cover is used.

A signature must cover exactly the Body and the Timestamp, each found by an Id that occurs once, at its own place in
the envelope; what is read afterwards is the signed bytes, parsed anew. So a message wrapped around another's signed
part has nothing to gain.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha1, sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, load_der_x509_certificate
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from adapters.errors import Fatal
from schemas.findings import Text

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
SECURITY = f"{{{WSSE}}}Security"
TIMESTAMP = f"{{{WSU}}}Timestamp"
ID = f"{{{WSU}}}Id"
PASSWORD_TEXT = f"{_OASIS}-username-token-profile-1.0#PasswordText"
PASSWORD_DIGEST = f"{_OASIS}-username-token-profile-1.0#PasswordDigest"
_SIGNATURE = f"{{{DS}}}Signature"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_METHODS = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.ECDSA_SHA256})
_DIGESTS = frozenset({DigestAlgorithm.SHA256})
_NONCE_BYTES = range(8, 65)
_ID_NAMES = ("Id", "ID", "id")


class Flaw(Enum):
    """What is wrong with a message's security."""

    MALFORMED = "malformed"
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"


class Insecure(Fatal):
    """A message whose security cannot be relied on. `reason` is for the sender's developer, in English."""

    def __init__(self, flaw: Flaw, reason: str) -> None:
        super().__init__(Text(f"报文的安全信息不可信：“{reason}”", reason))
        self.flaw = flaw
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """Who the sender says it is. `nonce` and `created` belong to a digest; with a plain password they are empty."""

    username: str
    password: str
    is_digest: bool
    nonce: bytes
    created: str

    def matches(self, secret: bytes) -> bool:
        """Whether the password, or Base64(SHA-1(nonce + created + secret)), is right."""
        expected = secret
        if self.is_digest:
            digest = sha1(self.nonce + self.created.encode() + secret, usedforsecurity=False).digest()
            expected = base64.b64encode(digest)
        return hmac.compare_digest(expected, self.password.encode())


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature covers, parsed anew from the signed bytes.

    `nonce` names what was signed, not the signature: of one statement there are several good signatures, and several
    ways of writing each.
    """

    body: etree._Element
    created: datetime
    nonce: str


def username_token(security: etree._Element) -> UsernameToken | None:
    """The token of a Security header. Raises Insecure (malformed)."""
    token = _only(security, f"{{{WSSE}}}UsernameToken")
    if token is None:
        return None
    username = _only(token, f"{{{WSSE}}}Username")
    password = _only(token, f"{{{WSSE}}}Password")
    if username is None or password is None:
        raise Insecure(Flaw.MALFORMED, "UsernameToken needs Username and Password")
    kind = password.get("Type", PASSWORD_TEXT)
    if kind not in (PASSWORD_TEXT, PASSWORD_DIGEST):
        raise Insecure(Flaw.MALFORMED, "Password Type must be PasswordText or PasswordDigest")
    nonce, created = b"", ""
    if kind == PASSWORD_DIGEST:
        nonce = _base64(_text(_only(token, f"{{{WSSE}}}Nonce")), "Nonce")
        created = _text(_only(token, f"{{{WSU}}}Created"))
        if len(nonce) not in _NONCE_BYTES or not created:
            raise Insecure(Flaw.MALFORMED, "A digest needs a Nonce of 8 to 64 bytes and Created")
    return UsernameToken(_text(username).strip(), _text(password), kind == PASSWORD_DIGEST, nonce, created)


def is_signed(security: etree._Element) -> bool:
    """Whether a Security header brings a signature."""
    return security.find(_SIGNATURE) is not None


def certificate_of(security: etree._Element) -> bytes:
    """DER of the one certificate that the message names; nothing about it is believed yet. Raises Insecure."""
    tokens = [*security.findall(f"{{{WSSE}}}BinarySecurityToken"), *security.iter(f"{{{DS}}}X509Certificate")]
    found = {_base64(_text(token), "certificate") for token in tokens}
    if len(found) != 1:
        raise Insecure(Flaw.MALFORMED, "The message must bring exactly one X.509 certificate")
    return found.pop()


def verify(envelope: etree._Element, body: etree._Element, security: etree._Element, pinned: bytes) -> Signed:
    """What the signature covers, made with the private key of the `pinned` certificate (DER). Raises Insecure."""
    timestamp = _only(security, TIMESTAMP)
    if timestamp is None:
        raise Insecure(Flaw.SIGNATURE, "The Security header needs a Timestamp")
    _check_identity(envelope, body, timestamp)
    signature = _only_signature(envelope, security)
    _check_algorithms(signature, {f"#{body.get(ID)}", f"#{timestamp.get(ID)}"})
    parts = {result.signed_xml.tag: result for result in _verified(envelope, security, _certificate(pinned))}
    if parts.keys() != {body.tag, TIMESTAMP}:
        raise Insecure(Flaw.SIGNATURE, "The signature must cover the Body and the Timestamp")
    info = etree.tostring(signature.find(f"{{{DS}}}SignedInfo"), method="c14n", exclusive=True)
    return Signed(
        body=parts[body.tag].signed_xml,
        created=_created(parts[TIMESTAMP].signed_xml),
        nonce=sha256(info).hexdigest(),
    )


def instant(text: str) -> datetime:
    """An xs:dateTime; without a zone it is UTC. Raises Insecure (malformed)."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Insecure(Flaw.MALFORMED, "Created and Expires must be xs:dateTime") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _created(timestamp: etree._Element) -> datetime:
    """When the message was made, unless it says that it has expired."""
    created, expires = (_only(timestamp, f"{{{WSU}}}{name}") for name in ("Created", "Expires"))
    if created is None:
        raise Insecure(Flaw.MALFORMED, "Timestamp needs Created")
    if expires is not None and instant(_text(expires)) <= datetime.now(UTC):
        raise Insecure(Flaw.TIMESTAMP, "The message has expired")
    return instant(_text(created))


def _check_identity(envelope: etree._Element, *parts: etree._Element) -> None:
    """No Id occurs twice, under whatever spelling of the attribute; the parts have theirs as wsu:Id."""
    seen: set[str] = set()
    for element in envelope.iter():
        for name, value in element.attrib.items():
            if etree.QName(name).localname in _ID_NAMES:
                if value in seen:
                    raise Insecure(Flaw.SIGNATURE, "An Id occurs twice")
                seen.add(value)
    if not all(part.get(ID) for part in parts):
        raise Insecure(Flaw.SIGNATURE, "Body and Timestamp need a wsu:Id")


def _only_signature(envelope: etree._Element, security: etree._Element) -> etree._Element:
    found = list(envelope.iter(_SIGNATURE))
    if len(found) != 1 or found[0].getparent() is not security:
        raise Insecure(Flaw.SIGNATURE, "There must be one Signature, in the Security header")
    return found[0]


def _check_algorithms(signature: etree._Element, references: set[str]) -> None:
    """The signature refers to nothing but the parts, and uses nothing but what is allowed."""
    info = signature.find(f"{{{DS}}}SignedInfo")
    if info is None or _algorithm(info, "CanonicalizationMethod") != _EXCLUSIVE:
        raise Insecure(Flaw.SIGNATURE, "SignedInfo must be in exclusive canonical form")
    found = info.findall(f"{{{DS}}}Reference")
    if len(found) != len(references) or {reference.get("URI") for reference in found} != references:
        raise Insecure(Flaw.SIGNATURE, "The signature must refer to the Body and the Timestamp, and to nothing else")
    for reference in found:
        transforms = reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
        if [transform.get("Algorithm") for transform in transforms] != [_EXCLUSIVE]:
            raise Insecure(Flaw.SIGNATURE, "The one transform must be exclusive canonicalisation")
        if _algorithm(reference, "DigestMethod") != DigestAlgorithm.SHA256.value:
            raise Insecure(Flaw.SIGNATURE, "The digest must be SHA-256")
    if _algorithm(info, "SignatureMethod") not in {method.value for method in _METHODS}:
        raise Insecure(Flaw.SIGNATURE, "The signature must be RSA or ECDSA with SHA-256")


def _verified(envelope: etree._Element, security: etree._Element, certificate: Certificate) -> list[Any]:
    """The verified references. Whatever the library trips over, the signature is no good."""
    header = security.getparent()
    assert header is not None  # noqa: S101 - a Security element is found in a header only
    rules = SignatureConfiguration(
        location=f"./{header.tag}/{SECURITY}/",
        expect_references=2,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
    )
    try:
        return XMLVerifier().verify(envelope, x509_cert=certificate, expect_config=rules)  # pyright: ignore[reportReturnType]
    except (SignXMLException, etree.LxmlError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError) as error:
        raise Insecure(Flaw.SIGNATURE, str(error)[:200]) from None


def _certificate(der: bytes) -> Certificate:
    try:
        return load_der_x509_certificate(der)
    except ValueError:
        raise Insecure(Flaw.MALFORMED, "The certificate cannot be read") from None


def _algorithm(parent: etree._Element, name: str) -> str | None:
    found = parent.find(f"{{{DS}}}{name}")
    return None if found is None else found.get("Algorithm")


def _only(parent: etree._Element, tag: str) -> etree._Element | None:
    """The one child of that name. Raises Insecure when there are several."""
    found = parent.findall(tag)
    if len(found) > 1:
        raise Insecure(Flaw.MALFORMED, f"{etree.QName(tag).localname} occurs twice")
    return found[0] if found else None


def _text(element: etree._Element | None) -> str:
    return "" if element is None else element.text or ""


def _base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Insecure(Flaw.MALFORMED, f"{what} is not Base64") from None
