"""The QR statement: a COSE_Sign1 (RFC 9052) CWT inside one HTTPS URL of QR alphanumeric characters.

A phone's camera opens the URL; a device with the published keys verifies the same text offline. No personal data.
Decoding is strict: every layer must be in its one canonical spelling and the URL before the statement is signed
too (as external_aad), so that one altered character anywhere never verifies.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import cbor2

from gateway.trust import cbor
from gateway.trust.signing import Algorithm, PublicKey, SigningKey

TEST_PATH = "/test"
"""Below the public address: where QRs of the sandbox lead."""
_COSE_ALG = {Algorithm.EDDSA: -8, Algorithm.ES256: -7, Algorithm.SM2: -65538}
"""RFC 9053; that of SM2 with SM3 is for private use (RFC 9052 section 11.1): no registry has one."""
_COSE_SIGN1_TAG = 18
_HEADER_ALG, _HEADER_KID = 1, 4
_CLAIM_IAT = 6
_CLAIM_CONTRACT = -65537  # private use, RFC 8392 section 9.1
_EPOCH = date(1970, 1, 1)
_TEXT = re.compile(r"(HTTPS?://[0-9A-Z.:-]+(?:/[0-9A-Z.-]+)*/V/)([A-Z2-7]{40,1200})")
_CONTENT_HASH_BYTES = 16
_LONGEST = 4000
_EMPTY = cbor2.dumps(b"")


class NotAStatement(ValueError):
    """The text is not a QR statement of ours, or it was altered. The message says which layer refused."""


class UnknownKey(NotAStatement):
    """Signed with a key that is not among the given ones; perhaps a newer one."""


class WithdrawnKey(NotAStatement):
    """Signed with a key that has leaked since. The statement may still be an honest one of before: ask the register."""

    def __init__(self, statement: QrStatement, since: datetime) -> None:
        super().__init__(f"signed with a key that is withdrawn since {since.isoformat(timespec='seconds')}")
        self.statement = statement
        self.since = since


@dataclass(frozen=True, slots=True)
class QrStatement:
    """What the QR says of a contract. `content_hash` is the first 16 bytes of the SHA-256 of the canonical record."""

    code: str
    agency_uscc: str
    contract_type: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    issued_at: datetime
    content_hash: bytes

    def _payload(self) -> bytes:
        contract = [
            self.code,
            self.agency_uscc,
            self.contract_type,
            _days(self.depart_on),
            _days(self.return_on),
            self.headcount,
            self.content_hash[:_CONTENT_HASH_BYTES],
        ]
        return cbor2.dumps({_CLAIM_IAT: int(self.issued_at.timestamp()), _CLAIM_CONTRACT: contract})

    @classmethod
    def _from_payload(cls, payload: bytes) -> QrStatement:
        given = cbor.Reader(payload)
        try:
            given.must_be_map(2)
            given.must_be_integer(_CLAIM_IAT)
            issued_at = datetime.fromtimestamp(given.integer(), UTC)
            given.must_be_integer(_CLAIM_CONTRACT)
            given.must_be_array(7)
            code, uscc, kind = given.text(), given.text(), given.text()
            departs, returns = _date(given.integer_or_null()), _date(given.integer_or_null())
            headcount, content = given.integer(), given.byte_string()
            given.must_end()
        except (ValueError, OverflowError, OSError):  # the last two are of dates far away
            raise NotAStatement("the claims are not those of a contract statement") from None
        return cls(code, uscc, kind, departs, returns, headcount, issued_at, content)


class QrSigner:
    """Signs statements with one key for one public address."""

    def __init__(self, key: SigningKey, public_url: str) -> None:
        self._key = key
        self._prefix = prefix_of(public_url)
        protected = cbor2.dumps({_HEADER_ALG: _COSE_ALG[key.public.algorithm], _HEADER_KID: key.public.kid})
        # Only the payload and the signature change: what stands before them is encoded once.
        self._signed_head = _to_be_signed(protected, self._prefix.encode(), b"")[: -len(_EMPTY)]
        self._message_head = cbor2.dumps(cbor2.CBORTag(_COSE_SIGN1_TAG, [protected, {}, b"", b""]))[: -2 * len(_EMPTY)]

    def sign(self, statement: QrStatement) -> str:
        """The text to be drawn as a QR code."""
        payload = statement._payload()
        encoded = _byte_string(payload)
        message = self._message_head + encoded + _byte_string(self._key.sign(self._signed_head + encoded))
        return self._prefix + base64.b32encode(message).rstrip(b"=").decode()


def prefix_of(public_url: str) -> str:
    """What stands before the statement in every QR of this address."""
    return f"{public_url}/v/".upper()


def as_printed(entered: str, prefix: str = "") -> str:
    """What was scanned, copied from a browser or typed, as a QR of the address `prefix` spells it.

    Browsers write a host in lower case and leave its port and scheme out; on the way an address is escaped, broken into
    lines, and gets a slash, a query or a fragment. What is signed is the printed spelling, so nothing is believed that
    was altered. The last part of the path alone is enough.
    """
    if len(entered) > _LONGEST:
        return entered
    text = "".join(unquote(entered).split())
    if "/" not in text:
        return prefix + text.upper()
    try:
        given, own = urlsplit(text if "://" in text else f"//{text}"), urlsplit(prefix)
    except ValueError:
        return text
    before, slash, payload = given.path.rstrip("/").upper().rpartition("/")
    is_own = _host(given) == _host(own)
    if is_own and payload == "VERIFY" and (typed := parse_qs(given.query).get("text")):  # the address of a verdict
        return as_printed(typed[0], prefix)
    if is_own and before + slash == own.path:
        return prefix + payload
    return f"{given.scheme.upper()}://{_host(given)}{before}{slash}{payload}"


def _host(address: SplitResult) -> str:
    """Host and port in upper case; without the port that its scheme has anyway."""
    usual = {"http": (":80",), "https": (":443",)}.get(address.scheme, (":80", ":443"))
    host = address.netloc.upper()
    return next((host.removesuffix(port) for port in usual if host.endswith(port)), host)


def looks_like_statement(text: str) -> bool:
    return _TEXT.fullmatch(text) is not None


def verify(text: str, keys: Mapping[bytes, PublicKey]) -> QrStatement:
    """The statement of `text`, verified with the published `keys` (by kid). Raises NotAStatement."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise NotAStatement("the text does not have the form of a contract QR")
    prefix, encoded = match.groups()
    protected, payload, signature = _parts(_from_base32(encoded))
    key = _key_for(protected, keys)
    if not key.verifies(signature, _to_be_signed(protected, prefix.encode(), payload)):
        raise NotAStatement("the signature does not match")
    statement = QrStatement._from_payload(payload)
    if (since := key.withdrawn_since) is None:
        return statement
    if statement.issued_at >= since:
        raise NotAStatement(f"signed after its key was withdrawn, {since.isoformat(timespec='seconds')}")
    raise WithdrawnKey(statement, since)


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Protected headers, payload and signature of a COSE_Sign1 message, RFC 9052 section 4.2, without other headers."""
    given = cbor.Reader(message)
    try:
        given.must_be_tag(_COSE_SIGN1_TAG)
        given.must_be_array(4)
        protected = given.byte_string()
        given.must_be_map(0)
        payload, signature = given.byte_string(), given.byte_string()
        given.must_end()
    except cbor.NotTheShape:
        raise NotAStatement("not a COSE_Sign1 message") from None
    return protected, payload, signature


def _key_for(protected: bytes, keys: Mapping[bytes, PublicKey]) -> PublicKey:
    given = cbor.Reader(protected)
    try:
        given.must_be_map(2)
        given.must_be_integer(_HEADER_ALG)
        algorithm = given.integer()
        given.must_be_integer(_HEADER_KID)
        kid = given.byte_string()
        given.must_end()
    except cbor.NotTheShape:
        raise NotAStatement("unknown protected headers") from None
    key = keys.get(kid)
    if key is None:
        raise UnknownKey(f"signed with an unknown key {kid.hex()}")
    if _COSE_ALG[key.algorithm] != algorithm:
        raise NotAStatement("the algorithm is not that of the key")
    return key


def _to_be_signed(protected: bytes, aad: bytes, payload: bytes) -> bytes:
    """Sig_structure, RFC 9052 section 4.4."""
    return cbor2.dumps(["Signature1", protected, aad, payload])


def _byte_string(data: bytes) -> bytes:
    """A CBOR byte string of 24 to 255 bytes, as payloads and signatures are."""
    return b"\x58" + len(data).to_bytes(1, "big") + data


def _from_base32(text: str) -> bytes:
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raise NotAStatement("not base32") from None
    if base64.b32encode(data).rstrip(b"=").decode() != text:
        raise NotAStatement("not canonical base32")
    return data


def _days(day: date | None) -> int | None:
    return None if day is None else (day - _EPOCH).days


def _date(days: int | None) -> date | None:
    """Raises OverflowError."""
    return None if days is None else _EPOCH + timedelta(days=days)
