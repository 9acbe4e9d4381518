"""SM2 with SM3 and SM4-GCM: by the standards' vectors, both ways with OpenSSL, and through every door that signs."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from gateway.base.settings import Cipher, RelaySettings, Settings
from gateway.trust import sm2
from gateway.trust.sealing import Seal, SealBroken
from gateway.trust.signing import Algorithm, PublicKey, Purpose, SigningKey
from gateway.trust.sm2 import Sm2PrivateKey, Sm2PublicKey
from gateway.trust.sm4 import Sm4Gcm
from schemas import samples
from tests.conftest import Partner, issue_partner, running
from tests.integration.test_relay import Receiver, settled, subscribe
from tests.processes import environment, running_beside, yizhan

# GB/T 32918.5 annex A.2: the recommended curve, identifier 1234567812345678, message "message digest".
NUMBER = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
POINT = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNATURE = (
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
OPENSSL = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A key pair that OpenSSL has made."""
    openssl(tmp_path, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "private.pem")
    openssl(tmp_path, "pkey", "-in", "private.pem", "-pubout", "-out", "public.pem")
    return tmp_path


def signed_by_openssl(folder: Path, message: bytes) -> bytes:
    (folder / "message").write_bytes(message)
    openssl(folder, "pkeyutl", "-sign", "-inkey", "private.pem", *OPENSSL, "-in", "message", "-out", "signature")
    r, s = decode_dss_signature((folder / "signature").read_bytes())
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def openssl_takes(folder: Path, key: Sm2PublicKey, message: bytes, signature: bytes) -> None:
    (folder / "key.pem").write_text(key.as_pem(), encoding="ascii")
    (folder / "message").write_bytes(message)
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    (folder / "signature").write_bytes(der)
    arguments = ("-pubin", "-inkey", "key.pem", *OPENSSL, "-in", "message", "-sigfile", "signature")
    openssl(folder, "pkeyutl", "-verify", *arguments)


def test_the_signature_of_the_standard_verifies_and_no_altered_one() -> None:
    key, signature = Sm2PublicKey(bytes.fromhex(POINT)), bytes.fromhex(SIGNATURE)
    assert key.verifies(signature, b"message digest")
    assert not key.verifies(signature, b"message digesT")
    for at in range(64):
        altered = bytearray(signature)
        altered[at] ^= 1
        assert not key.verifies(bytes(altered), b"message digest")
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    for other in (ORDER - s, 0, ORDER, 2**256 - 1):
        assert not key.verifies(r + other.to_bytes(32, "big"), b"message digest")
    assert not key.verifies(signature + b"\0", b"message digest")


def test_the_key_of_the_standard_signs(tmp_path: Path) -> None:
    private = Sm2PrivateKey(bytes.fromhex(NUMBER + POINT))
    made = private.sign(b"message digest")
    assert private.public_key().verifies(made, b"message digest")
    openssl_takes(tmp_path, private.public_key(), b"message digest", made)


def test_no_two_signatures_share_their_random_number() -> None:
    private = Sm2PrivateKey.generate()
    assert len({private.sign(b"x")[:32] for _ in range(300)}) == 300


def test_openssl_and_we_take_each_others_signatures(theirs: Path) -> None:
    key = Sm2PublicKey.from_pem((theirs / "public.pem").read_text("ascii"))
    assert key.as_pem() == (theirs / "public.pem").read_text("ascii")
    for message in (b"", b"x" * 70_000):
        assert key.verifies(signed_by_openssl(theirs, message), message)
        ours = SigningKey.generate(Algorithm.SM2)
        assert isinstance(ours.public.key, Sm2PublicKey)
        openssl_takes(theirs, ours.public.key, message, ours.sign(message))


@pytest.mark.parametrize(
    "point", [bytes(64), b"\xff" * 64, bytes.fromhex(POINT)[:-1], bytes.fromhex(POINT)[:-1] + b"\x14"]
)
def test_what_is_no_point_of_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(ValueError, match="SM2"):
        Sm2PublicKey(point)


def test_a_key_is_published_and_read_back() -> None:
    public = SigningKey.generate(Algorithm.SM2).public
    jwk = public.as_jwk(Purpose.QR)
    assert (jwk["kty"], jwk["crv"], jwk["alg"]) == ("EC", "SM2", "SM2SM3")
    assert PublicKey.from_jwk(jwk) == public
    raw = SigningKey.generate(Algorithm.SM2)
    assert SigningKey.from_bytes(Algorithm.SM2, raw.to_bytes()).public == raw.public


def test_sm4_gcm_is_that_of_rfc_8998() -> None:
    """Appendix A.1."""
    aead = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    nonce, aad = bytes.fromhex("00001234567800000000ABCD"), bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15"
        "A56834CBCF98C397B4024A2691233B8D83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert aead.encrypt(nonce, plain, aad) == sealed
    assert aead.decrypt(nonce, sealed, aad) == plain
    for wrong in (sealed[:-1] + b"\0", sealed[:15], b""):
        with pytest.raises(InvalidTag):
            aead.decrypt(nonce, wrong, aad)


def test_values_of_either_cipher_open_whichever_seals() -> None:
    key = os.urandom(32)
    aes, sm4 = Seal(key), Seal(key, Cipher.SM4)
    for one, other in ((aes, sm4), (sm4, aes)):
        assert other.open(one.seal(b"x", b"place"), b"place") == b"x"
        with pytest.raises(SealBroken):
            other.open(one.seal(b"x", b"place"), b"elsewhere")
    assert (aes.seal(b"x", b"p")[0], sm4.seal(b"x", b"p")[0]) == (1, 2)
    assert aes.blind("1") == sm4.blind("1")
    assert sm4.overhead == len(sm4.seal(b"", b"p"))


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    relay = RelaySettings(allowed_hosts=frozenset({"127.0.0.1:*"}), timeout_seconds=5)
    return settings.model_copy(update={"relay": relay, "cipher": Cipher.SM4})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    """A service that seals by SM4 and signs by SM2."""
    for purpose in ("qr", "receipt"):
        assert yizhan(settings, "keys", "rotate", purpose, "--algorithm", "SM2SM3").returncode == 0
    with running(settings) as opened:
        yield opened


def test_a_contract_is_signed_verified_and_read_back(
    client: httpx.Client, partner: Partner, settings: Settings, tmp_path: Path
) -> None:
    pushed = client.post("/v1/contracts", json=samples.contract(1), auth=partner.auth)
    assert pushed.status_code == 201, pushed.text
    (record,) = pushed.json()["records"]
    keys = tmp_path / "jwks.json"
    keys.write_text(client.get("/.well-known/jwks.json").text, encoding="utf-8")
    assert '"SM2SM3"' in keys.read_text("utf-8")
    for text in (record["qr_text"], pushed.json()["receipt"]):
        assert yizhan(settings, "verify", text, "--offline", keys).returncode == 0
        spoilt = text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]
        assert yizhan(settings, "verify", spoilt, "--offline", keys).returncode == 1
    assert client.post("/v1/verify", json={"text": record["qr_text"]}).json()["verdict"] != "forged"
    assert client.get(f"/v1/contracts/{record['code']}", auth=partner.auth).json()["body"]["travellers"]


def test_a_webhook_is_signed_by_sm2(client: httpx.Client, partner: Partner, settings: Settings, tmp_path: Path) -> None:
    receiver = Receiver(tmp_path)
    try:
        target = subscribe(client, partner, f"{receiver.url}/ok", signing=["sm2"])
        client.post("/v1/contracts", json=samples.contract(2), auth=partner.auth).raise_for_status()
        with running_beside(settings, "relay"):
            settled(client, partner, target, 1)
        (received,) = receiver.received("/ok")
    finally:
        receiver.stop()
    (shown,), headers = target["keys"], received["headers"]
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{received['body']}".encode()
    key, signature = shown.removeprefix("whpk_sm2_"), headers["webhook-signature"].removeprefix("vsm2,")
    openssl_takes(tmp_path, Sm2PublicKey(b64decode(key)), message, b64decode(signature))


def test_a_partner_signs_requests_by_its_own_key(client: httpx.Client, settings: Settings, theirs: Path) -> None:
    made = yizhan(
        settings, "partner", "add", "keyed", "--title", "甲", "--division", "350203", "--sm2-key", theirs / "public.pem"
    )
    (key_id,) = [line.split()[-1] for line in made.stdout.splitlines() if line.startswith("api key")]

    def call(path: str, query: str = "", signed_path: str | None = None) -> httpx.Response:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
        digest = hashlib.new("sm3", b"").hexdigest()
        lines = ["YIZHAN2-SM2-SM3", "GET", signed_path or path, query, timestamp, nonce, "", "", "", "", digest]
        made = signed_by_openssl(theirs, "\n".join(lines).encode()).hex()
        fields = f"Credential={key_id}, Timestamp={timestamp}, Nonce={nonce}, Signature={made}"
        return client.get(path, headers={"Authorization": f"YIZHAN2-SM2-SM3 {fields}"})

    assert call("/v1/connectors").status_code == 200
    refused = call("/v1/connectors", signed_path="/v1/changes")
    assert (refused.status_code, refused.json()["code"]) == (401, "AUTH-002")
    openssl(theirs, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "private.pem")
    assert call("/v1/connectors").json()["code"] == "AUTH-002"


def test_without_the_library_sm2_is_refused_by_name_and_all_else_works(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "gmssl_pyx.py").write_text("raise ImportError\n", encoding="utf-8")
    without = environment(settings) | {"PYTHONPATH": str(tmp_path)}
    command = "from gateway.cli.main import main; main()"

    def said(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", command, *arguments], env=without, capture_output=True, text=True, check=False
        )

    refused = said("keys", "rotate", "qr", "--algorithm", "SM2SM3")
    assert (refused.returncode, "yizhan[sm]" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)
    assert said("keys", "rotate", "qr", "--algorithm", "EdDSA").returncode == 0
    assert said("keys", "list").returncode == 0


def test_a_target_by_sm2_without_the_library_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    other = issue_partner(settings, "without")
    with running(settings) as client:
        sm2._library.cache_clear()
        monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
        answer = client.post("/v1/targets", json={"url": "https://1.1.1.1", "signing": ["sm2"]}, auth=other.auth)
        assert (answer.status_code, answer.json()["code"]) == (422, "TARGET-001")
        assert "yizhan[sm]" in answer.text
    sm2._library.cache_clear()
