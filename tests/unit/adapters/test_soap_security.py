"""WS-Security: good tokens and signatures are taken; wrapping and its relatives fail."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from hashlib import sha1

import pytest
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from adapters.transports import soap, wss
from adapters.transports.soap import Version
from adapters.transports.wss import DS, ID, WSSE, WSU, Flaw, Insecure, Signed
from tests.soap_messages import Signer, envelope, request_of, signed, signer, stamp, with_username

MINE, STRANGER = signer(), signer()
_BODY = Version.SOAP11.tag("Body")


class LaxSigner(XMLSigner):
    """Signs with algorithms that the library would no longer sign with."""

    def check_deprecated_methods(self) -> None:
        """Anything goes."""


def message(**given: object) -> etree._Element:
    return signed(envelope(request_of("GetReceipt", submission_id="mine")), given.pop("by", MINE), **given)


def verified(root: etree._Element, pinned: Signer = MINE) -> Signed:
    parsed = soap.parse("text/xml", None, etree.tostring(root))
    assert parsed.security is not None
    return wss.verify(parsed.envelope, parsed.body, parsed.security, pinned.der)


def refused(root: etree._Element, pinned: Signer = MINE, flaw: Flaw = Flaw.SIGNATURE) -> str:
    with pytest.raises(Insecure) as error:
        verified(root, pinned)
    assert error.value.flaw is flaw
    return error.value.reason


def forged_body() -> etree._Element:
    body = etree.Element(_BODY)
    body.append(request_of("GetReceipt", submission_id="forged"))
    return body


# -- good signatures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_what_a_good_signature_covers_is_used(kind: str) -> None:
    by = signer(kind)
    found = verified(message(by=by), by)
    assert found.body[0][0].text == "mine"
    assert abs(found.created - wss.instant(stamp())) < timedelta(seconds=60)


def test_the_same_signature_has_the_same_nonce_and_another_has_another() -> None:
    root = message()
    assert verified(root).nonce == verified(deepcopy(root)).nonce != verified(message(created=stamp(-1))).nonce


def test_the_certificate_may_stand_in_the_signature_itself() -> None:
    root = message()
    security = root[0][0]
    token = security.find(f"{{{WSSE}}}BinarySecurityToken")
    info = security.find(f"{{{DS}}}Signature/{{{DS}}}KeyInfo")
    data = etree.SubElement(info, f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = token.text
    info.remove(info[0])
    security.remove(token)
    assert wss.certificate_of(security) == MINE.der
    assert verified(root).body[0][0].text == "mine"


# -- attacks -----------------------------------------------------------------------------------------------------------


def body_moved_into_the_header(root: etree._Element) -> None:
    """The classic: the signed Body hides in a header, another takes its place."""
    etree.SubElement(root[0], "{urn:x}Wrapper").append(root[1])
    root.append(forged_body())


def body_moved_and_its_id_taken(root: etree._Element) -> None:
    body_moved_into_the_header(root)
    root[1].set(ID, "body")


def body_moved_and_its_id_taken_in_another_spelling(root: etree._Element) -> None:
    body_moved_into_the_header(root)
    root[1].set("Id", "body")


def body_moved_and_another_id_given(root: etree._Element) -> None:
    body_moved_into_the_header(root)
    root[1].set(ID, "other")


def body_moved_into_the_security_header(root: etree._Element) -> None:
    root[0][0].append(root[1])
    root.append(forged_body())
    root[1].set(ID, "other")


def body_moved_into_an_object_of_the_signature(root: etree._Element) -> None:
    holder = etree.SubElement(root[0][0].find(f"{{{DS}}}Signature"), f"{{{DS}}}Object")
    holder.append(root[1])
    root.append(forged_body())
    root[1].set(ID, "other")


def body_altered(root: etree._Element) -> None:
    root[1][0][0].text = "forged"


def timestamp_replaced(root: etree._Element) -> None:
    security = root[0][0]
    old = security.find(f"{{{WSU}}}Timestamp")
    new = deepcopy(old)
    new[0].text = stamp(100)
    etree.SubElement(root[0], "{urn:x}Wrapper").append(old)
    security.append(new)


def second_signature(root: etree._Element) -> None:
    root[0][0].append(deepcopy(root[0][0].find(f"{{{DS}}}Signature")))


def signature_hidden_deeper(root: etree._Element) -> None:
    etree.SubElement(root[0][0], "{urn:x}Wrapper").append(root[0][0].find(f"{{{DS}}}Signature"))


def duplicate_id_somewhere(root: etree._Element) -> None:
    etree.SubElement(root[0], "{urn:x}Other", {"{http://www.w3.org/XML/1998/namespace}id": "body"})


def stylesheet_transform(root: etree._Element) -> None:
    root.find(f".//{{{DS}}}Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")


def empty_signature_value(root: etree._Element) -> None:
    root.find(f".//{{{DS}}}SignatureValue").text = None


def reference_to_everything(root: etree._Element) -> None:
    root.find(f".//{{{DS}}}Reference").set("URI", "")


def reference_by_xpointer(root: etree._Element) -> None:
    root.find(f".//{{{DS}}}Reference").set("URI", "#xpointer(id('body'))")


@pytest.mark.parametrize(
    "attack",
    [
        body_moved_into_the_header,
        body_moved_and_its_id_taken,
        body_moved_and_its_id_taken_in_another_spelling,
        body_moved_and_another_id_given,
        body_moved_into_the_security_header,
        body_moved_into_an_object_of_the_signature,
        body_altered,
        timestamp_replaced,
        second_signature,
        signature_hidden_deeper,
        duplicate_id_somewhere,
        stylesheet_transform,
        empty_signature_value,
        reference_to_everything,
        reference_by_xpointer,
    ],
)
def test_attacks_fail(attack: Callable[[etree._Element], None]) -> None:
    root = message()
    attack(root)
    refused(root)


@pytest.mark.parametrize(
    "references", [["#body"], ["#timestamp"], ["#body", "#token"], ["#body", "#timestamp", "#token"]]
)
def test_body_and_timestamp_and_nothing_else_must_be_covered(references: list[str]) -> None:
    refused(message(references=references))


def test_a_signature_over_another_element_with_the_bodys_place_taken_fails() -> None:
    """What is signed is a part of the body, not the Body."""
    root = envelope(request_of("GetReceipt", submission_id="mine"))
    root[1][0].set(ID, "part")
    refused(signed(root, MINE, references=["#part", "#timestamp"]))


def test_a_foreign_certificate_fails() -> None:
    assert "erif" in refused(message(by=STRANGER))
    refused(message(by=STRANGER, certificate=MINE))


def test_an_expired_certificate_fails() -> None:
    by = signer(valid_days=-1)
    assert "valid" in refused(message(by=by), by)


def test_sha1_fails() -> None:
    refused(message(tool=LaxSigner, options={"signature_algorithm": "rsa-sha1"}))
    refused(message(tool=LaxSigner, options={"digest_algorithm": "sha1"}))


@pytest.mark.parametrize("algorithm", ["rsa-sha512", "sha256-rsa-MGF1"])
def test_an_algorithm_that_is_not_listed_fails(algorithm: str) -> None:
    refused(message(options={"signature_algorithm": algorithm}))


def test_the_public_certificate_is_no_secret_to_sign_with() -> None:
    """HMAC under the public key, as in the confusion of algorithms."""
    refused(message(options={"signature_algorithm": "hmac-sha256"}, key=MINE.der))


def test_another_canonical_form_fails() -> None:
    refused(message(options={"c14n_algorithm": CanonicalizationMethod.CANONICAL_XML_1_0}))


def test_an_expired_message_fails() -> None:
    refused(message(expires=stamp(-1)), flaw=Flaw.TIMESTAMP)


def test_a_timestamp_is_needed() -> None:
    root = message()
    root[0][0].remove(root[0][0].find(f"{{{WSU}}}Timestamp"))
    refused(root)


def test_whatever_is_moved_about_only_the_signed_body_is_ever_used() -> None:
    """Elements dropped, doubled, moved and renamed at random: a refusal, or exactly what was signed."""
    chance, taken, original = random.Random(20170804), 0, message()
    for _ in range(400):
        root = deepcopy(original)
        for _ in range(chance.randint(1, 3)):
            disturb(chance, root)
        try:
            parsed = soap.parse("text/xml", None, etree.tostring(root))
            security = parsed.security
            if security is not None and wss.is_signed(security):
                body = wss.verify(parsed.envelope, parsed.body, security, MINE.der).body
                assert soap.raw_of(body) == soap.raw_of(original[1])
                taken += 1
        except (Insecure, soap.NotSoap):
            continue
    assert 0 < taken < 200


def disturb(chance: random.Random, root: etree._Element) -> None:
    everyone = list(root.iter())
    one, other = chance.choice(everyone[1:]), chance.choice(everyone)
    parent = one.getparent()
    match chance.randrange(5):
        case 0:
            parent.remove(one)
        case 1:
            parent.append(deepcopy(one))
        case 2 if other is not one and one not in other.iterancestors():
            other.append(one)
        case 3:
            one.tag = other.tag
        case 4:
            one.attrib.clear()


def test_two_certificates_are_one_too_many() -> None:
    root = message()
    other = etree.SubElement(root[0][0], f"{{{WSSE}}}BinarySecurityToken")
    other.text = base64.b64encode(STRANGER.der).decode()
    with pytest.raises(Insecure):
        wss.certificate_of(root[0][0])


def test_a_certificate_that_is_none_is_no_error_of_ours() -> None:
    with pytest.raises(Insecure):
        wss.verify(*(message(),) * 3, b"nonsense")


# -- username tokens ---------------------------------------------------------------------------------------------------


def token_of(raw: bytes) -> wss.UsernameToken:
    security = soap.parse("text/xml", None, raw).security
    assert security is not None
    found = wss.username_token(security)
    assert found is not None
    return found


def call() -> etree._Element:
    return envelope(request_of("GetReceipt", submission_id="x"))


@pytest.mark.parametrize("digest", [True, False])
def test_a_username_token_knows_the_secret(digest: bool) -> None:
    token = token_of(with_username(call(), "yz1", "s3cret", digest))
    assert token.username == "yz1"
    assert token.matches(b"s3cret")
    assert not token.matches(b"other")


def test_the_digest_is_that_of_the_profile() -> None:
    token = token_of(with_username(call(), "yz1", "s", nonce=b"12345678", created="2026-01-01T00:00:00Z"))
    expected = base64.b64encode(sha1(b"123456782026-01-01T00:00:00Zs", usedforsecurity=False).digest()).decode()
    assert (token.password, token.is_digest) == (expected, True)


@pytest.mark.parametrize("given", [{"nonce": b"short"}, {"nonce": b"x" * 65}, {"created": ""}])
def test_a_digest_needs_a_nonce_and_its_time(given: dict[str, object]) -> None:
    with pytest.raises(Insecure):
        token_of(with_username(call(), "yz1", "s", **given))


@pytest.mark.parametrize("name", ["Username", "Password"])
def test_an_ambiguous_token_is_refused(name: str) -> None:
    root = etree.fromstring(with_username(call(), "yz1", "s"))
    token = root[0][0][0]
    token.append(deepcopy(token.find(f"{{{WSSE}}}{name}")))
    with pytest.raises(Insecure):
        token_of(etree.tostring(root))


def test_two_security_headers_are_refused() -> None:
    root = call()
    root[0].append(deepcopy(root[0][0]))
    parsed = soap.parse("text/xml", None, etree.tostring(root))
    with pytest.raises(soap.NotSoap):
        _ = parsed.security


def test_a_time_without_zone_is_utc() -> None:
    assert wss.instant("2026-01-01T00:00:00") == wss.instant("2026-01-01T08:00:00+08:00")
    with pytest.raises(Insecure):
        wss.instant("yesterday")
