"""The small authority of an installation that certifies its seals: X.509, with its limits in every subject.

It is no licensed authority, and its seals are no certified products under GB/T 38540: readers that do not know its root
say so, and the service itself says whether a seal is one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.base.clock import Clock
from gateway.seals.faces import Face

LIMITS = "示例章, 非认证印章产品 / sample seal, not a certified product"
_ROOT_NAME = "驿站示例印章根证书 Yizhan sample seal root"
_ROOT_LIFE = timedelta(days=20 * 365)
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST_COMMON_NAME = 64
"""Bytes: X.520 counts characters, readers and libraries do not agree."""
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both in DER."""

    certificate: bytes
    private_key: bytes

    @classmethod
    def of(cls, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Self:
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return cls(certificate.public_bytes(Encoding.DER), private)


def new_root() -> Pair:
    """A root that signs certificates of seals and nothing else."""
    key, now = ec.generate_private_key(ec.SECP256R1()), Clock.now()
    subject = _subject(_ROOT_NAME)
    certificate = (
        _begun(subject, subject, key.public_key())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + _ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair.of(certificate, key)


def new_seal(root: Pair, number: UUID, face: Face, *, valid_from: datetime, valid_until: datetime) -> Pair:
    """The certificate and key of a seal, for signatures on documents. It names the seal by its number."""
    issuer = x509.load_der_x509_certificate(root.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(_subject(face.name, "".join(face.purpose)), issuer.subject, key.public_key())
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(number.urn)]), critical=False)
        .add_extension(_signed_by(issuer), critical=False)
        .sign(_private(root), hashes.SHA256())
    )
    return Pair.of(certificate, key)


def pem(certificate: bytes) -> bytes:
    """A certificate as readers of documents import it."""
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def _private(pair: Pair) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(pair.private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we have made it
    return key


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(name: str, purpose: str = "") -> x509.Name:
    """A name longer than a common name is cut there; the seal's own row, and its picture, have all of it."""
    cut = name.encode()[:_LONGEST_COMMON_NAME].decode(errors="ignore")
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "驿站 Yizhan"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, LIMITS),
        x509.NameAttribute(NameOID.COMMON_NAME, cut),
    ]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.TITLE, purpose)] if purpose else attributes)


def _signed_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(
    *, digital_signature: bool = False, content_commitment: bool = False, key_cert_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
