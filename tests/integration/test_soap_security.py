"""Who may call SOAP, and how: by connector, by certificate, each message once."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from lxml import etree
from zeep.wsse.username import UsernameToken

from adapters.transports.soap import Version
from adapters.transports.wss import SECURITY
from gateway.access.accounts import Accounts, ProofKind, Role
from gateway.base.settings import Settings
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey
from schemas import samples
from tests.conftest import Partner
from tests.integration.test_soap import call, post, text, zeep_of
from tests.soap_messages import Signer, envelope, plain, request_of, signed, signer, stamp, with_username

_ALL = ("username_text", "username_digest", "x509", "hmac")


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Connectors that differ in their SOAP doors: `open`, one for each way of proof, and `shut`."""
    folder = tmp_path_factory.mktemp("mappings")
    for name, schemes in {"open": _ALL, "shut": (), **{scheme: (scheme,) for scheme in _ALL}}.items():
        shutil.copytree(settings.mappings / "huaxia", folder / name)
        file = folder / name / "connector.yaml"
        doors = f"\ndoors:\n  soap:\n    security: [{', '.join(schemes)}]\n" if schemes else "\n"
        file.write_text(file.read_text("utf-8").replace("connector: huaxia", f"connector: {name}") + doors, "utf-8")
    return settings.model_copy(update={"mappings": folder})


@pytest.fixture(scope="module")
def mine() -> Signer:
    return signer()


@pytest.fixture(scope="module")
def issue(settings: Settings) -> Callable[..., Partner]:
    """Issues a credential bound to a connector, or to none, known by a certificate if one is given."""

    async def made(connector: str | None, certificate: Signer | None) -> Partner:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        accounts = Accounts(database, MasterKey.load(settings.master_key, Path("unused")))
        tenant = await accounts.ensure_tenant(
            "acme", "acme 旅行社", "350203", "91350100M000100Y43", speaks_for="000000"
        )
        issued = await accounts.issue(tenant, Role.PARTNER, connector)
        if certificate is not None:
            await accounts.add_proof(issued.id, ProofKind.X509, certificate.der)
        await database.close()
        return Partner("acme", issued.id, issued.secret)

    return lambda connector=None, certificate=None: asyncio.run(made(connector, certificate))


def lookup() -> etree._Element:
    return request_of("LookUp", kind="contract", code=["x"])


def code_of(found: etree._Element) -> str:
    return text(found, ".//y:Refusal/y:code")


def sent(client: httpx.Client, root: etree._Element) -> str:
    return code_of(post(client, etree.tostring(root))[1])


def attempts(client: httpx.Client, caller: Partner, certificate: Signer) -> dict[str, str]:
    """The refusal of each way of proof, "" for one that is taken."""
    key, secret = caller.api_key, caller.secret
    by_hmac = client.post("/soap", content=plain(lookup()), headers={"Content-Type": "text/xml"}, auth=caller.auth)
    return {
        "username_text": code_of(post(client, with_username(envelope(lookup()), key, secret, digest=False))[1]),
        "username_digest": code_of(post(client, with_username(envelope(lookup()), key, secret))[1]),
        "x509": sent(client, signed(envelope(lookup()), certificate)),
        "hmac": code_of(etree.fromstring(by_hmac.content)),
    }


@pytest.mark.parametrize("connector", [*_ALL, "open", "shut", "gone", None])
def test_a_connector_says_what_may_be_used(
    client: httpx.Client, issue: Callable[..., Partner], connector: str | None
) -> None:
    certificate = signer()
    allowed = {"open": set(_ALL), "shut": set(), "gone": set(), None: set(_ALL) - {"username_text"}}
    found = attempts(client, issue(connector, certificate), certificate)
    assert {scheme for scheme, code in found.items() if code == ""} == allowed.get(connector, {connector})
    assert {code for code in found.values() if code} <= {"AUTH-005"}


def test_a_bearer_key_is_a_plain_secret(client: httpx.Client, issue: Callable[..., Partner]) -> None:
    for connector, code in ((None, "AUTH-005"), ("hmac", "AUTH-005"), ("username_text", "")):
        _, found = post(client, plain(lookup()), **issue(connector).bearer)
        assert code_of(found) == code


def test_one_proof_is_enough_and_two_are_too_many(
    client: httpx.Client, issue: Callable[..., Partner], mine: Signer
) -> None:
    caller = issue("open", mine)
    both = etree.fromstring(with_username(signed(envelope(lookup()), mine), caller.api_key, caller.secret))
    assert sent(client, both) == "AUTH-001"
    raw = with_username(envelope(lookup()), caller.api_key, caller.secret)
    assert code_of(post(client, raw, **caller.bearer)[1]) == "AUTH-001"


@pytest.mark.parametrize("digest", [True, False])
def test_a_wrong_secret_is_refused(client: httpx.Client, issue: Callable[..., Partner], digest: bool) -> None:
    raw = with_username(envelope(lookup()), issue("open").api_key, "wrong", digest)
    assert code_of(post(client, raw)[1]) == "AUTH-001"


def test_a_digest_is_good_once_and_only_for_a_while(client: httpx.Client, issue: Callable[..., Partner]) -> None:
    caller = issue()
    raw = with_username(envelope(lookup()), caller.api_key, caller.secret)
    assert [code_of(post(client, raw)[1]) for _ in range(2)] == ["", "AUTH-004"]
    for seconds in (-400, 400):
        stale = with_username(envelope(lookup()), caller.api_key, caller.secret, created=stamp(seconds))
        assert code_of(post(client, stale)[1]) == "AUTH-003"


def test_zeep_sends_a_plain_password_where_that_is_allowed(client: httpx.Client, issue: Callable[..., Partner]) -> None:
    caller = issue("username_text")
    service = zeep_of(client, UsernameToken(caller.api_key, caller.secret))
    assert service.SubmitContracts(contract=[samples.contract(520)]).records[0].status == "accepted"


@pytest.mark.parametrize("port", ["11", "12"])
def test_zeep_signs(client: httpx.Client, issue: Callable[..., Partner], port: str) -> None:
    certificate = signer()
    issue("x509", certificate)
    body = samples.contract(530 + int(port))
    service = zeep_of(client, Signature(certificate), port)
    assert service.SubmitContracts(contract=[body]).records[0].key == body["business_no"]


class Signature:
    """zeep's hook for WS-Security. Its own signature needs a library in C that is not everywhere."""

    def __init__(self, certificate: Signer) -> None:
        self._signer = certificate

    def apply(self, message: etree._Element, headers: dict[str, str]) -> tuple[etree._Element, dict[str, str]]:
        header = etree.Element(f"{{{etree.QName(message).namespace}}}Header")
        etree.SubElement(header, SECURITY)
        message.insert(0, header)
        return signed(message, self._signer), headers

    def verify(self, message: etree._Element) -> None:
        """Answers are not signed; TLS and the receipt vouch for them."""


@pytest.mark.parametrize("version", Version)
def test_a_signed_submission_is_stored(client: httpx.Client, issue: Callable[..., Partner], version: Version) -> None:
    certificate = signer("ec")
    caller = issue("x509", certificate)
    body = samples.contract(500 + list(Version).index(version))
    root = signed(envelope(request_of("SubmitContracts", contract=[body]), version), certificate)
    _, found = post(client, etree.tostring(root), **{"Content-Type": version.content_type})
    assert text(found, ".//y:records/y:status") == "accepted"
    assert client.get(f"/v1/contracts/{text(found, './/y:records/y:code')}", auth=caller.auth).json()["body"] == body


def test_a_signed_message_is_good_once(client: httpx.Client, issue: Callable[..., Partner]) -> None:
    certificate = signer()
    issue("x509", certificate)
    root = signed(envelope(lookup()), certificate)
    assert [sent(client, root) for _ in range(2)] == ["", "AUTH-004"]


VALUE = "{http://www.w3.org/2000/09/xmldsig#}SignatureValue"


def the_other(value: str) -> str:
    """Beside (r, s) the signature (r, n - s) of P-256 is as good."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = base64.b64decode(value)
    return base64.b64encode(raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")).decode()


SPELLED_ANEW: dict[str, Callable[[str], str]] = {
    "lines": lambda value: "\n".join(value),
    "junk between": lambda value: f"{value[:8]}!{value[8:]}",
    "junk behind": lambda value: f"{value}====",
    "the other one": the_other,
}


@pytest.mark.parametrize("how", SPELLED_ANEW)
def test_a_signature_spelled_anew_is_no_new_one(client: httpx.Client, issue: Callable[..., Partner], how: str) -> None:
    certificate = signer("ec")
    issue("x509", certificate)
    root = signed(envelope(lookup()), certificate)
    assert sent(client, root) == ""
    (value,) = root.iter(VALUE)
    value.text = SPELLED_ANEW[how]("".join((value.text or "").split()))
    assert sent(client, root) in ("AUTH-002", "AUTH-004")


def test_a_wrapped_message_changes_nothing(client: httpx.Client, issue: Callable[..., Partner]) -> None:
    certificate = signer()
    caller = issue("x509", certificate)
    root = signed(envelope(lookup()), certificate)
    etree.SubElement(root[0], "{urn:x}Wrapper").append(root[1])
    body = etree.SubElement(root, Version.SOAP11.tag("Body"))
    body.append(request_of("SubmitContracts", contract=[samples.contract(510)]))
    assert sent(client, root) == "AUTH-002"
    found = call(client, issue(), "LookUp", kind="contract", business_no=[samples.contract(510)["business_no"]])
    assert not text(found, ".//y:records/y:code")
    assert caller.api_key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"created": stamp(-400)}, "AUTH-003"),
        ({"created": stamp(-600), "expires": stamp(-300)}, "AUTH-003"),
        ({"references": ["#body"]}, "AUTH-002"),
    ],
)
def test_a_signature_must_be_fresh_and_cover_all(
    client: httpx.Client, issue: Callable[..., Partner], given: dict[str, object], code: str
) -> None:
    certificate = signer()
    issue("x509", certificate)
    assert sent(client, signed(envelope(lookup()), certificate, **given)) == code


def test_a_certificate_that_nobody_registered_is_a_stranger(client: httpx.Client) -> None:
    assert sent(client, signed(envelope(lookup()), signer())) == "AUTH-001"


def test_another_partners_certificate_does_not_lend_its_name(
    client: httpx.Client, issue: Callable[..., Partner], mine: Signer
) -> None:
    """The message names a registered certificate, but another key signed it."""
    issue("x509", mine)
    assert sent(client, signed(envelope(lookup()), signer(), certificate=mine)) == "AUTH-002"
