"""The partner's guide, followed as it stands: every sample of every chapter, in order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from standardwebhooks import Webhook

from gateway.access.accounts import Role
from gateway.access.divisions import SANDBOX
from gateway.base.settings import HttpSettings, RelaySettings, Settings
from gateway.console.guide.chapters import GUIDE, NAMES, example_files
from gateway.console.shell.rendering import STRICT
from gateway.onboarding.faults import Fault
from gateway.onboarding.states import RegistrationState
from gateway.trust.sm2 import Sm2PublicKey
from schemas import samples
from tests.components import needs
from tests.conftest import Partner, issue_partner, running, until
from tests.guide import Block, Reader, blocks
from tests.integration.sftp import DropProcess, export, issue_account
from tests.integration.test_records import pdf_with
from tests.templates import filled

_names = iter(f"reads-{number}" for number in range(1, 10_000))


def samples_of(name: str) -> list[Block]:
    """What is to be typed in a chapter; `text` and `http` only show. The English one has the same (test_docs.py)."""
    return [block for block in blocks(GUIDE / f"{name}.zh-CN.md") if block.language not in ("text", "http")]


def shell_of(name: str) -> list[Block]:
    found = samples_of(name)
    assert {block.language for block in found} == {"bash"}
    return found


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """The service at an http address, as on a developer's machine: a bearer key may be sent."""
    needs("shell")
    relay = RelaySettings(allowed_hosts=frozenset({"127.0.0.1:*"}))
    return settings.model_copy(update={"http": HttpSettings(public_url="http://127.0.0.1"), "relay": relay})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture
def tester(settings: Settings) -> Partner:
    return issue_partner(settings, next(_names), division=SANDBOX, speaks_for="")


@pytest.fixture
def reader(client: httpx.Client, tester: Partner, tmp_path: Path) -> Reader:
    return Reader(tmp_path, str(client.base_url), KEY_ID=tester.api_key, SECRET=tester.secret)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_is_served_in_the_language_of_its_reader(client: httpx.Client, name: str) -> None:
    path = "/guide" if name == "index" else f"/guide/{name}"
    for tag, other in (("zh-CN", "en"), ("en", "zh-CN")):
        page = client.get(path, headers={"Accept-Language": tag})
        assert (page.status_code, page.headers["content-language"]) == (200, tag)
        assert page.headers["content-security-policy"] == STRICT
        assert f'<a href="{path}" aria-current="page">' in page.text
        switched = client.get(f"{path}?lang={other[:2]}", headers={"Accept-Language": tag})
        assert switched.headers["content-language"] == other
    at = NAMES.index(name)
    assert page.text.count('rel="prev"') == (at > 0)
    assert page.text.count('rel="next"') == (at < len(NAMES) - 1)


def test_examples_and_templates_are_kept_under_their_names(client: httpx.Client) -> None:
    for path, content in example_files().items():
        answer = client.get(f"/guide/examples/{path}")
        assert answer.content == content.read_bytes()
        assert answer.headers["content-disposition"] == f'attachment; filename="{content.name}"'
    for kind in ("contract", "roster"):
        assert client.get(f"/guide/templates/{kind}.xlsx").headers["content-disposition"].endswith(f'"{kind}.xlsx"')


@pytest.mark.parametrize(
    "path",
    ["nothing", "index", "rest.en.md", "examples/java", "examples/../python/README.md", "examples/java/..%2fREADME.md",
     "templates/agency.xlsx", "templates/..%2fcontract.xlsx"],
)  # fmt: skip
def test_what_is_no_part_of_the_guide_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(f"/guide/{path}").status_code == 404


def test_the_first_page_and_the_sandbox_lead_to_the_scenarios(
    client: httpx.Client, settings: Settings, tmp_path: Path
) -> None:
    operator = issue_partner(settings, "hub", Role.OPERATOR, "000000")
    reader = Reader(tmp_path, str(client.base_url))

    def types(block: Block) -> Any:
        return json.loads(reader.types(block))

    register, fetch, push = shell_of("index")
    registered = types(register)
    reader.known |= {"NUMBER": registered["registration_id"], "TOKEN": registered["token"]}
    accepted = {"state": "sandbox", "reason": "资料齐全"}
    where = f"/v1/registrations/{registered['registration_id']}/state"
    client.post(where, json=accepted, headers=operator.bearer).raise_for_status()
    given = types(fetch)
    reader.known |= {"KEY_ID": given["id"], "SECRET": given["secret"]}
    (record,) = types(push)["records"]
    assert (record["status"], record["code_printed"][:2]) == ("accepted", "TS")

    generate, try_out, break_, reset, conformance, progress = shell_of("sandbox")
    reader.types(generate)
    assert len(json.loads((tmp_path / "samples.json").read_text("utf-8"))["records"]) == 10
    assert types(try_out)["counts"]["rejected"] == 1
    assert types(break_)["faults"] == dict.fromkeys(Fault, 0) | {"lost_reply": 1, "busy": 2}
    client.put("/v1/sandbox/faults", json={"lost_reply": 0, "busy": 0}, headers=bearer(reader)).raise_for_status()
    assert {each["scenario"] for each in types(conformance)["scenarios"] if each["passed"]} >= {"ordinary"}
    types(reset)
    assert client.get(f"/v1/contracts/{record['code']}", headers=bearer(reader)).status_code == 404
    assert types(progress)["state"] == RegistrationState.SANDBOX


def bearer(reader: Reader) -> dict[str, str]:
    return {"Authorization": f"Bearer {reader.known['KEY_ID']}.{reader.known['SECRET']}"}


def test_the_sandbox_names_every_state_and_every_fault() -> None:
    page = (GUIDE / "sandbox.zh-CN.md").read_text("utf-8")
    assert [name for name in (*RegistrationState, *Fault) if f"| `{name}` |" not in page] == []


def test_contracts_go_over_rest_from_the_first_push_to_a_large_document(reader: Reader, tmp_path: Path) -> None:
    least, *typed = samples_of("rest")
    push, batch, amend, look_up, sign, picture, document, changes, letters, *upload = typed
    (tmp_path / "contract.json").write_text(least.text, "utf-8")

    def types(block: Block) -> Any:
        return json.loads(reader.types(block))

    pushed = types(push)
    (record,) = pushed["records"]
    assert record["status"] == "accepted"
    assert types(push) == pushed, "the same key and bytes"
    assert types(batch)["counts"]["accepted"] == 5
    (amended,) = types(amend)["records"]
    assert (amended["status"], amended["code"], amended["version"]) == ("amended", record["code"], 2)
    assert [found["code"] for found in types(look_up)["records"]] == [record["code"]]
    reader.known |= {"CODE": record["code"], "SUBMISSION": pushed["submission_id"]}
    assert types(sign)["state"] == "signed"
    reader.types(picture)
    assert (tmp_path / "qr.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "final.pdf").write_bytes(pdf_with((tmp_path / "qr.png").read_bytes()))
    assert types(document)["sha256"]
    assert types(changes)["changes"][0]["code"] == record["code"]
    assert types(letters)["dead_letters"] == []
    (tmp_path / "large.json").write_bytes(orjson.dumps([samples.contract(number) for number in range(900, 905)]))
    begin, part, complete = upload
    reader.known["FILE"] = "large.json"
    session = types(begin)
    assert (session["parts"], session["missing"]) == (1, [1])
    reader.known["UPLOAD"] = session["upload_id"]
    reader.types(part)
    assert types(complete)["submission_id"]


def test_what_is_signed_as_the_page_says_is_taken(reader: Reader, tmp_path: Path) -> None:
    python, curl, sm2 = samples_of("signing")
    key_id, secret = reader.known["KEY_ID"], reader.known["SECRET"]

    def own(block: Block) -> Block:
        return Block(block.language, block.text.replace("yz0123456789abcdef", key_id).replace("the secret", secret))

    said = StringIO()
    with redirect_stdout(said):
        exec(reader.here(own(python)), {})  # noqa: S102
    assert "connectors" in said.getvalue()
    (tmp_path / "contract.json").write_bytes(orjson.dumps(samples.contract(1)))
    assert json.loads(reader.types(own(curl)))["records"][0]["code"]
    reader.known["LINES_TO_SIGN"] = "YIZHAN2-SM2-SM3\nPOST"
    reader.types(sm2)
    r, s = decode_dss_signature((tmp_path / "signature.der").read_bytes())
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert Sm2PublicKey.from_pem((tmp_path / "public.pem").read_text()).verifies(signature, b"YIZHAN2-SM2-SM3\nPOST")


@pytest.mark.parametrize("language", ["python", "php"])
def test_a_contract_goes_over_soap(client: httpx.Client, partner: Partner, language: str, tmp_path: Path) -> None:
    (example,) = [block for block in samples_of("soap") if block.language == language]
    reader = Reader(tmp_path, str(client.base_url), KEY_ID=partner.api_key, SECRET=partner.secret)
    reader.known["YIZHAN_URL"] = reader.url
    (tmp_path / f"example.{language}").write_text(example.text, "utf-8")
    program = needs("php") if language == "php" else sys.executable
    status, key, code, *_ = reader.types(Block("bash", f"{program} example.{language}")).split()
    assert (status, key[:9]) == ("accepted", "ERP-2026-")
    assert client.get(f"/v1/contracts/{code}", auth=partner.auth).json()["key"] == key


def test_a_file_is_dropped_and_its_receipt_fetched(drop: DropProcess, settings: Settings, tmp_path: Path) -> None:
    put, get = samples_of("sftp")
    assert {put.language, get.language} == {"sftp"}
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    public = paramiko.Ed25519Key.from_private_key_file(str(tmp_path / "key")).asbytes()
    account = issue_account(settings, "drops", "laoqiao", key=public)
    options = [f"UserKnownHostsFile={tmp_path}/known", "StrictHostKeyChecking=no", "BatchMode=yes"]
    program = Path(needs("ssh")).with_name("sftp")
    command = [program, "-q", "-F", "/dev/null", *(word for each in options for word in ("-o", each)), "-i", "key"]
    command += ["-P", str(drop.port), "-b", "-", f"{account.api_key}@127.0.0.1"]
    (tmp_path / "export.csv").write_bytes(export("GUIDE-1"))

    def types(block: Block) -> None:
        subprocess.run(command, input=block.text, text=True, cwd=tmp_path, check=True, timeout=30, capture_output=True)

    types(put)
    until((drop.folder / account.api_key / "receipts/export.csv.receipt.json").exists, "a receipt", of=drop.process)
    types(get)
    assert orjson.loads((tmp_path / "export.csv.receipt.json").read_bytes())["counts"]["accepted"] == 1


def test_a_template_is_fetched_pushed_and_comes_back_with_what_is_wrong(reader: Reader, tmp_path: Path) -> None:
    fetch, push, rejected = shell_of("spreadsheets")
    reader.types(fetch)
    assert (tmp_path / "contracts.xlsx").read_bytes().startswith(b"PK")
    (empty,) = json.loads(reader.types(push))["records"]
    assert [finding["code"] for finding in empty["findings"]] == ["INTAKE-114"], "nobody has filled it in"
    bad = samples.contract(2) | {"return_on": "2016-01-01"}
    (tmp_path / "contracts.xlsx").write_bytes(filled("contract.v1", [samples.contract(1), bad]))
    answer = json.loads(reader.types(push))
    assert [record["status"] for record in answer["records"]] == ["accepted", "rejected"]
    reader.known["SUBMISSION"] = answer["submission_id"]
    reader.types(rejected)
    assert (tmp_path / "rejected.xlsx").read_bytes().startswith(b"PK")


def test_webhooks_are_subscribed_checked_and_redelivered(reader: Reader) -> None:
    subscribe, check, deliveries, redeliver, new_key = samples_of("webhooks")
    reader.known["HOOK"] = "http://127.0.0.1:9/hooks"
    target = json.loads(reader.types(subscribe))
    (secret,) = target["keys"]
    reader.known["TARGET"] = target["target_id"]
    assert json.loads(reader.types(deliveries))["deliveries"] == []
    reader.types(redeliver)
    assert json.loads(reader.types(new_key))["key"].startswith("whsec_")
    made: dict[str, Callable[..., bool]] = {}
    exec(check.text, made)  # noqa: S102
    now, body = datetime.now(UTC), '{"type": "contract.created"}'
    verdicts = [
        made["is_true"](signed(secret, at, body), sent.encode(), secret)
        for at, sent in ((now, body), (now, body + " "), (now - timedelta(days=1), body))
    ]
    assert verdicts == [True, False, False]


def signed(secret: str, at: datetime, body: str) -> dict[str, str]:
    made = Webhook(secret).sign("msg_1", at, body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": made}
